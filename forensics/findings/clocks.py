"""The ledger of clocks: how far each source's may be off, on what basis, and whether that holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from forensics.findings.document import CustodyHead, Document, Evidence
from forensics.findings.ledger import Counted

Basis = Literal["told", "measured", "declared", "assumed"]
ClockVerdict = Literal["consistent", "refuted", "contradicted", "no anchors"]


class ClockSegment(Document, frozen=True, kw_only=True):
    """A stretch of a source's clock in which nothing set it.

    It is ahead of true time by offset_low_s to offset_high_s seconds. [since, until) is on that
    clock, None is unbounded. `number` is None between two segments, where a stamp may be of either.
    """

    number: int | None
    since: datetime | None
    until: datetime | None
    offset_low_s: float
    offset_high_s: float
    basis: Basis


class ClockOfSource(Document, frozen=True, kw_only=True):
    """The clock of one source.

    `anchors` counts by kind what ties it to other clocks, or its stamps to its own numbers and
    writing. `refuted`: one constant offset cannot be; `contradicted`: what is declared, told or
    recorded of it cannot all be true. `disputed` are those of the `sentences` that say what was
    told of clocks against the records. `evidence` are uids.
    """

    source: str
    segments: tuple[ClockSegment, ...]
    anchors: tuple[Counted, ...]
    verdict: ClockVerdict
    sentences: tuple[str, ...]
    evidence: tuple[str, ...]
    disputed: tuple[str, ...] = ()


class ClockPair(Document, frozen=True, kw_only=True):
    """By how many seconds the clock of `first` is ahead of that of `second`.

    None: no anchor gives that bound. `pieces` constant differences, or a linear drift within
    `drift_ppm` parts per million, fit the anchors where one constant does not.
    """

    first: str
    second: str
    anchors: int
    kinds: tuple[Counted, ...]
    low_s: float | None
    high_s: float | None
    verdict: ClockVerdict
    pieces: int
    drift_ppm: tuple[float, float] | None
    sentence: str
    evidence: tuple[str, ...]


class ClockLedger(Document, frozen=True, kw_only=True):
    """What is known of all clocks of a case; `pairs` are those that an anchor ties together.

    `meaning` says of each kind of anchor what it rests on, `evidence` holds every record named.
    """

    schema: int
    tool_version: str
    sources: tuple[ClockOfSource, ...]
    pairs: tuple[ClockPair, ...]
    untied: int
    meaning: dict[str, str]
    drift_ppm: float
    evidence: tuple[Evidence, ...]
    custody: CustodyHead
