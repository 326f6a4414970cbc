"""The order of events: total for display, in truth as far as clocks and sequences tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import pyarrow as pa

from forensics.engine import Engine
from forensics.timeline import folds

Order = Literal["before", "after", "not established"]

ASSUMED_TOLERANCE_S = 5.0
"""How wrong, in seconds either way, a clock is taken to be that nothing measures or declares."""

DRIFT_PPM = 500.0
"""How fast, in parts per million, the error of a running clock changes at most, between its steps.

A clock that is corrected without being set is slewed no faster: "the slew rate is limited to
0.5 ms/s" (ntpd(8), option -x); quartz that nobody corrects keeps well within it.
"""

DISPLAY = "time NULLS LAST, source, sequence NULLS LAST, record_no, event_no, event_uid"
"""The total order in which events are shown, as the terms of an ORDER BY."""

# A stamp is truncated, so the act lies in [stamp, stamp + granule). A local time that occurred
# twice is read as the later of the two; one that never was can be an hour off either way.
STAMPED = """
SELECT e.*,
       e.time - CASE WHEN e.time_basis IN ('ambiguous', 'nonexistent')
                     THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END AS time_low,
       e.time + CASE e.time_precision
                    WHEN 'us' THEN INTERVAL 1 MICROSECOND
                    WHEN 'ms' THEN INTERVAL 1 MILLISECOND
                    WHEN 'min' THEN INTERVAL 1 MINUTE
                    WHEN 'day' THEN INTERVAL 24 HOUR
                    ELSE INTERVAL 1 SECOND END
              + CASE WHEN e.time_basis = 'nonexistent'
                     THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END AS time_high
FROM dated_events AS e
"""
"""The events with the bounds of their stamps on their sources' own clocks."""

_ON_ONE_SEGMENT = "c.source = s.source"
_ON_SEGMENTS = """c.source = s.source AND coalesce(s.time >= c.since, TRUE)
AND coalesce(s.time < c.until, TRUE) AND (s.time IS NOT NULL OR c.since IS NULL)"""

# A clock ahead by `offset` shows a later time.
_TIMED = """
SELECT o.*,
       time_low - to_microseconds(CAST(round(offset_high_s * 1e6) AS BIGINT)) AS time_earliest,
       time_high - to_microseconds(CAST(round(offset_low_s * 1e6) AS BIGINT)) AS time_latest
FROM (
    SELECT s.*,
           coalesce(c.offset_low_s, -5.0) AS offset_low_s,
           coalesce(c.offset_high_s, 5.0) AS offset_high_s,
           c.segment AS clock_segment,
"""
_ALL_ORDERED = "s.sequence AS ordinal"
_ORDERED = """
CASE WHEN NOT EXISTS (
    FROM unordered_numbers AS u
    WHERE u.source = s.source AND u.tenant IS NOT DISTINCT FROM s.tenant
) THEN s.sequence END AS ordinal
"""

_CLOCKED = """
SELECT count(*) = count(DISTINCT source) AS single,
       EXISTS (SELECT 1 FROM unordered_numbers) AS unordered
FROM clocks
"""

CLOCKS = pa.schema(
    [
        ("source", pa.string()),
        ("segment", pa.int32()),
        ("since", pa.timestamp("us", "UTC")),
        ("until", pa.timestamp("us", "UTC")),
        ("offset_low_s", pa.float64()),
        ("offset_high_s", pa.float64()),
        ("basis", pa.string()),
        ("kept_low_s", pa.float64()),
        ("kept_high_s", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Stamp:
    """When one event happened: bounds on its source's own clock, and bounds in true time.

    `low`/`high` hold its granularity and zone doubt; `earliest`/`latest` add the clock's offset.
    `segment` numbers the stretches between which the clock of the source was set; None where it
    is not known which of two it is. `sequence` counts within one source and `tenant`.
    """

    event_uid: str
    source: str
    time: datetime
    low: datetime
    high: datetime
    earliest: datetime
    latest: datetime
    sequence: int | None = None
    segment: int | None = 0
    tenant: str | None = None

    @property
    def rank(self) -> tuple[datetime, datetime, str, int, str]:
        """A total order of stamps: by bounds, then source, sequence and uid."""
        return self.earliest, self.latest, self.source, self.sequence or 0, self.event_uid

    @property
    def doubt(self) -> timedelta:
        """How far apart the least and the greatest offset of its clock are."""
        return (self.latest - self.earliest) - (self.high - self.low)


def register(engine: Engine, clocks: pa.Table) -> None:
    """Make `clocks` readable under that name, and `timed_events` from it and `events`.

    `clocks` has one row a segment of a source's clock: source, segment (NULL where a stamp may
    belong to either neighbour), since and until on that clock (NULL: unbounded), offset_low_s and
    offset_high_s (clock minus true time), basis, and kept_low_s and kept_high_s (what it was
    declared or assumed to keep within, where that and another's cannot be). `timed_events` is
    `events` with time_low, time_high, offset_low_s, offset_high_s, clock_segment, ordinal (the
    sequence number where it tells what came first), time_earliest and time_latest. Reads
    `unordered_numbers`.
    """
    folds.register(engine)
    engine.register("clocks", clocks)
    engine.define("timed_events", _timed(engine, STAMPED))


def timed(engine: Engine, events: str) -> str:
    """SQL of `timed_events` for the events of another relation that has the columns it reads.

    What has been read of them once need not be read again of the whole case.
    """
    dated = f"({folds.dated(engine, events)}) AS e"
    return _timed(engine, STAMPED.replace("dated_events AS e", dated))


def _timed(engine: Engine, stamped: str) -> str:
    (known,) = engine.rows(_CLOCKED)
    on = _ON_ONE_SEGMENT if known["single"] else _ON_SEGMENTS
    ordinal = _ORDERED if known["unordered"] else _ALL_ORDERED
    joined = (_TIMED, ordinal, "FROM (", stamped, ") AS s LEFT JOIN clocks AS c ON", on, ") AS o")
    return " ".join(joined)


def same_clock(first: Stamp, second: Stamp) -> bool:
    """Whether one clock that was not set in between stamped both."""
    return (
        first.source == second.source
        and first.segment is not None
        and first.segment == second.segment
    )


def established(first: Stamp, second: Stamp) -> Order:
    """Whether the first event certainly came before or after the second.

    Within one source and tenant sequence numbers decide; within one segment of its clock the
    constant error cancels; else only bounds that do not overlap do.
    """
    if _numbered(first, second):
        return "before" if (first.sequence or 0) < (second.sequence or 0) else "after"
    if same_clock(first, second):
        if first.high <= second.low:
            return "before"
        return "after" if second.high <= first.low else "not established"
    if first.latest <= second.earliest:
        return "before"
    return "after" if second.latest <= first.earliest else "not established"


def undecided(first: Stamp, second: Stamp) -> str:
    """Why the order of two events is not established, in a sentence; empty where it is."""
    if established(first, second) != "not established":
        return ""
    overlap = min(first.latest, second.latest) - max(first.earliest, second.earliest)
    if same_clock(first, second):
        overlap = min(first.high, second.high) - max(first.low, second.low)
        why = f"{first.source} stamps both, but no finer than that"
    elif first.source == second.source:
        why = f"the clock of {first.source} may have been set between them"
    else:
        why = f"the clocks of {first.source} and {second.source} may be off by as much"
    return (
        f"Their order is not established: for {overlap.total_seconds():.3f} s either may come "
        f"first ({why}), and no sequence of one log decides."
    )


def _numbered(first: Stamp, second: Stamp) -> bool:
    """Whether numbers of one log, which differ, tell which of two events came first."""
    return (
        first.source == second.source
        and first.tenant == second.tenant
        and first.sequence is not None
        and second.sequence is not None
        and first.sequence != second.sequence
    )


def shortest_s(start: Stamp, end: Stamp) -> float:
    """The least time in seconds from `start` to `end`, at least 0."""
    least = (end.earliest - start.latest).total_seconds()
    if same_clock(start, end):
        shown = (end.low - start.high).total_seconds()
        least = max(least, shown - _drifted(shown))
    return round(max(0.0, least), 6)


def longest_s(start: Stamp, end: Stamp) -> float:
    """The most time in seconds from `start` to `end`, at least 0."""
    most = (end.latest - start.earliest).total_seconds()
    if same_clock(start, end):
        shown = (end.high - start.low).total_seconds()
        most = min(most, shown + _drifted(shown))
    return round(max(0.0, most), 6)


def _drifted(shown_s: float) -> float:
    """How far a clock that shows so many seconds may have drifted within them.

    By `DRIFT_PPM` of the true time, which may itself be that much longer than the shown one.
    """
    rate = DRIFT_PPM / 1e6
    return abs(shown_s) * rate / (1 - rate)
