"""Rows of `timed_events` as stamps."""

from __future__ import annotations

from forensics.engine import Row
from forensics.timeline.order import Stamp

COLUMNS = """event_uid, source, time, time_low AS low, time_high AS high,
time_earliest AS earliest, time_latest AS latest, ordinal AS sequence, clock_segment AS segment,
t.tenant"""
"""What to select of `timed_events AS t` for `stamp`."""

ORDER = "earliest, latest, source, sequence NULLS LAST, record_no, event_no, event_uid"
"""The total order in which acts are gone through, over `COLUMNS`."""

_FIELDS = (
    "event_uid", "source", "time", "low", "high", "earliest", "latest", "sequence", "segment",
    "tenant",
)  # fmt: skip


def stamp(row: Row) -> Stamp:
    """The stamp of a row that has `COLUMNS`."""
    return Stamp(**{name: row[name] for name in _FIELDS})
