"""The order of events: total for display, in truth as far as clocks and sequences tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from forensics.engine import Engine

Order = Literal["before", "after", "not established"]

ASSUMED_TOLERANCE_S = 5.0
"""How wrong, in seconds either way, a clock is taken to be that nothing measures or declares."""

DISPLAY = "time NULLS LAST, source, sequence NULLS LAST, record_no, event_no, event_uid"
"""The total order in which events are shown, as the terms of an ORDER BY."""

CLOCKS = """
SELECT DISTINCT source,
       coalesce(tolerance_s, $assumed) * -1 AS offset_low_s,
       coalesce(tolerance_s, $assumed) AS offset_high_s,
       CASE WHEN tolerance_s IS NULL THEN 'assumed' ELSE 'declared' END AS basis
FROM (SELECT DISTINCT source FROM events) AS seen
LEFT JOIN (SELECT unnest($sources::VARCHAR[]) AS source,
                  unnest($tolerances::DOUBLE[]) AS tolerance_s) AS declared USING (source)
ORDER BY source
"""

# A stamp is truncated, so the act lies in [stamp, stamp + granule). A local time that occurred
# twice or never can be an hour off either way. A clock ahead by `offset` shows a later time.
TIMED_EVENTS = """
SELECT stamped.*,
       time_low - to_microseconds(CAST(round(offset_high_s * 1e6) AS BIGINT)) AS time_earliest,
       time_high - to_microseconds(CAST(round(offset_low_s * 1e6) AS BIGINT)) AS time_latest
FROM (
    SELECT e.*,
           coalesce(c.offset_low_s, -5.0) AS offset_low_s,
           coalesce(c.offset_high_s, 5.0) AS offset_high_s,
           e.time - CASE WHEN e.time_basis IN ('ambiguous', 'nonexistent')
                         THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END AS time_low,
           e.time + CASE e.time_precision
                        WHEN 'us' THEN INTERVAL 1 MICROSECOND
                        WHEN 'ms' THEN INTERVAL 1 MILLISECOND
                        WHEN 'min' THEN INTERVAL 1 MINUTE
                        WHEN 'day' THEN INTERVAL 24 HOUR
                        ELSE INTERVAL 1 SECOND END
                  + CASE WHEN e.time_basis IN ('ambiguous', 'nonexistent')
                         THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END AS time_high
    FROM events AS e LEFT JOIN clocks AS c ON c.source = e.source
) AS stamped
"""


@dataclass(frozen=True)
class Stamp:
    """When one event happened: bounds on its source's own clock, and bounds in true time.

    `low`/`high` hold its granularity and zone doubt; `earliest`/`latest` add the clock's tolerance.
    """

    event_uid: str
    source: str
    time: datetime
    low: datetime
    high: datetime
    earliest: datetime
    latest: datetime
    sequence: int | None = None

    @property
    def rank(self) -> tuple[datetime, datetime, str, int, str]:
        """A total order of stamps: by bounds, then source, sequence and uid."""
        return self.earliest, self.latest, self.source, self.sequence or 0, self.event_uid


def register(engine: Engine, tolerances: Mapping[str, float]) -> None:
    """Derive the relations `clocks` and `timed_events` from `events`.

    `tolerances` gives, by source, the seconds its clock may be off either way; a source without
    one is assumed to keep within `ASSUMED_TOLERANCE_S`. `clocks` has source, offset_low_s,
    offset_high_s (clock minus true time) and basis (declared or assumed; `clocks.register` adds
    measured). `timed_events` is `events` with time_low, time_high, time_earliest and
    time_latest.
    """
    engine.register("clocks", clocks(engine, tolerances))
    engine.define("timed_events", TIMED_EVENTS)


def clocks(engine: Engine, tolerances: Mapping[str, float]) -> pa.Table:
    """One row a source of `events`: how far its clock may be from true time, and on what basis."""
    sources = sorted(tolerances)
    parameters: dict[str, Any] = {
        "assumed": ASSUMED_TOLERANCE_S,
        "sources": sources,
        "tolerances": [float(tolerances[source]) for source in sources],
    }
    return engine.table(CLOCKS, parameters)


def established(first: Stamp, second: Stamp) -> Order:
    """Whether the first event certainly came before or after the second.

    Within one source its clock's constant error cancels and its sequence numbers decide; between
    sources only bounds that do not overlap do.
    """
    if first.source == second.source:
        numbered = first.sequence is not None and second.sequence is not None
        if numbered and first.sequence != second.sequence:
            return "before" if (first.sequence or 0) < (second.sequence or 0) else "after"
        if first.high <= second.low:
            return "before"
        return "after" if second.high <= first.low else "not established"
    if first.latest <= second.earliest:
        return "before"
    return "after" if second.latest <= first.earliest else "not established"


def shortest_s(start: Stamp, end: Stamp) -> float:
    """The least time in seconds from `start` to `end`, at least 0."""
    if start.source == end.source:
        return max(0.0, (end.low - start.high).total_seconds())
    return max(0.0, (end.earliest - start.latest).total_seconds())


def longest_s(start: Stamp, end: Stamp) -> float:
    """The most time in seconds from `start` to `end`, at least 0."""
    if start.source == end.source:
        return max(0.0, (end.high - start.low).total_seconds())
    return max(0.0, (end.latest - start.earliest).total_seconds())
