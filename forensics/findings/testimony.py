"""What claims about an outage come to together, as documents: each names who says what."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.base import Document

Grade = Literal["A", "B", "C", "D", "E"]


class Said(Document, frozen=True, kw_only=True):
    """One thing a claim says, in its own words, and as bounds in UTC or seconds; None is open.

    `form` is `start`, `end`, `duration`, or the state at an instant: `still_up_at`, `down_at`,
    `up_again_at`.
    """

    form: str
    text: str
    earliest: datetime | None
    latest: datetime | None
    shortest: float | None
    longest: float | None


class Claim(Document, frozen=True, kw_only=True):
    """What one witness or record says of the outage, and how it stands beside all others.

    `standing`: kept by all of the best readings, disputed where only some of these keep it, dropped
    where none does. `contradicts` are claims that it cannot stand beside, one to one. `place` is
    file and line of a statement, `evidence` are uids of the records it rests on.
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


class Bound(Document, frozen=True, kw_only=True):
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


class Reading(Document, frozen=True, kw_only=True):
    """Claims that can all hold, what they drop, and the bounds that follow; None is open.

    `lost` is the weight of what is dropped; `best` readings lose least.
    """

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


class Testimony(Document, frozen=True, kw_only=True):
    """All claims about one outage, weighed: what they bound, where they conflict, what could be.

    `bounds` rest on the claims that all of the best readings keep. `readings` are maximal: each
    claim that one drops contradicts what it keeps; least lost weight first. `complete` tells
    whether these are all there are. `records_close` names what of start, end and duration the
    records bound on both sides by themselves: there statements change no bound of the outage.
    """

    claims: tuple[Claim, ...]
    bounds: tuple[Bound, ...]
    conflicts: tuple[tuple[str, ...], ...]
    readings: tuple[Reading, ...]
    complete: bool
    records_close: tuple[str, ...]
    sentences: tuple[str, ...]
