"""What claims about an outage come to together: frozen values, each naming who says what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Grade = Literal["A", "B", "C", "D", "E"]


@dataclass(frozen=True)
class Said:
    """One thing a claim says, in its own words, and as bounds in UTC or seconds; None is open."""

    form: str
    text: str
    earliest: datetime | None = None
    latest: datetime | None = None
    shortest: float | None = None
    longest: float | None = None


@dataclass(frozen=True)
class Claim:
    """What one witness or record says of the outage, and how it stands beside all others.

    `standing`: kept by all of the best subsets, disputed where only some of these keep it, dropped
    where none does. `contradicts` are claims that it cannot stand beside, one to one.
    """

    id: str
    kind: Literal["statement", "record", "check"]
    who: str
    said_at: datetime | None
    grade: Grade
    says: tuple[Said, ...]
    quote: str | None
    reference: str | None
    place: str | None
    evidence: tuple[str, ...]
    standing: Literal["kept", "disputed", "dropped"]
    contradicts: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """One bound, and which claims together set it: its grade is that of the weakest of these.

    `sources` counts those who say so. `time` is UTC; lengths have `seconds`.
    """

    of: Literal[
        "start_earliest", "start_latest", "end_earliest", "end_latest", "shortest", "longest"
    ]
    time: datetime | None
    seconds: float | None
    by: tuple[str, ...]
    grade: Grade
    sources: int


@dataclass(frozen=True)
class Reading:
    """Claims that can all hold, what they drop, and the bounds that follow; None is open."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    lost: int
    best: bool
    start_earliest: datetime | None
    start_latest: datetime | None
    end_earliest: datetime | None
    end_latest: datetime | None
    shortest: float
    longest: float | None


@dataclass(frozen=True)
class Testimony:
    """All claims about one outage, weighed: what they bound, where they conflict, what could be.

    `bounds` rest on the claims that all of the best readings keep. `readings` are maximal: each
    claim that one drops contradicts what it keeps; least lost weight first. `complete` tells
    whether these are all there are. `records_close` names what of start, end and duration the
    records bound on both sides by themselves: there statements change nothing that is printed.
    """

    claims: tuple[Claim, ...]
    bounds: tuple[Bound, ...]
    conflicts: tuple[tuple[str, ...], ...]
    readings: tuple[Reading, ...]
    complete: bool
    records_close: tuple[str, ...]
    sentences: tuple[str, ...]
