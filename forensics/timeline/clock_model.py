"""What is known of clocks: of a source its offset by segments, of two sources their difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Basis = Literal["told", "measured", "declared", "assumed"]
Verdict = Literal["consistent", "refuted", "contradicted", "no anchors"]


@dataclass(frozen=True)
class Segment:
    """A stretch of a source's clock in which nothing set it; offsets are clock minus true time, s.

    [since, until) is on that clock, None is unbounded. `number` is None between two segments,
    where a stamp may be of either.
    """

    number: int | None
    since: datetime | None
    until: datetime | None
    offset_low_s: float
    offset_high_s: float
    basis: Basis


@dataclass(frozen=True)
class Clock:
    """The clock of one source: its offset by segments, how that is known, and whether it holds.

    `anchors` counts by kind what ties it to others, or its stamps to its own numbers and writing.
    `refuted`: one constant offset cannot be. `contradicted`: what is declared, told or recorded of
    it cannot all be true. `disputed` says what is told of it, or of a clock tied to it, against the
    records. `evidence` are uids of the records that set bounds or contradict.
    """

    source: str
    segments: tuple[Segment, ...]
    anchors: Mapping[str, int]
    verdict: Verdict
    sentences: tuple[str, ...]
    evidence: tuple[str, ...]
    disputed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClockReading:
    """By how many seconds the clock of `first` is ahead of that of `second`: within [low, high].

    `refuted`: no constant difference fits all anchors; the bounds then span all of them, and
    `pieces` constant ones would fit, or a linear drift within `drift_ppm` parts per million.
    A bound is None where no anchor gives one. `evidence` are uids of the records that set bounds.
    """

    first: str
    second: str
    anchors: int
    low_s: float | None
    high_s: float | None
    verdict: Verdict
    sentence: str
    evidence: tuple[str, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)
    pieces: int = 1
    drift_ppm: tuple[float, float] | None = None


@dataclass(frozen=True)
class Clocks:
    """All clocks of a case by source, and all pairs of them."""

    sources: tuple[Clock, ...]
    pairs: tuple[ClockReading, ...]

    @property
    def disputed(self) -> tuple[str, ...]:
        """What is told of clocks and the records contradict, in words: to be said first."""
        return tuple(dict.fromkeys(said for one in self.sources for said in one.disputed))
