"""Whether the events of a timeline are known to have come in the order in which they are shown."""

from __future__ import annotations

import pyarrow as pa

from forensics.engine import Engine
from forensics.timeline import order

COLUMN = "order_to_previous"
"""`after` or `before` the event above it, or `not established`; NULL for the first, or untimed."""

# What tells of the order of two events.
_READ = (
    "event_uid", "source", "tenant", "time", "time_precision", "time_basis", "sequence", "action",
    "session_id", "case_id", "target", "file_id", "record_no",
)  # fmt: skip
# Acts that nothing can come before but what is of another session, case or approval.
_CAUSED = """
(a.action = 'session.start' AND a.session_id = b.session_id)
OR (a.action = 'case.open' AND a.case_id = b.case_id)
OR (a.action = 'approval.request' AND b.action IN ('approval.grant', 'approval.deny')
    AND a.case_id = b.case_id AND lower(a.target) = lower(b.target))
OR (a.file_id = b.file_id AND a.record_no = b.record_no)
"""
_SAME_CLOCK = "a.source = b.source AND a.clock_segment = b.clock_segment"
_NUMBERED = """
a.source = b.source AND a.tenant IS NOT DISTINCT FROM b.tenant AND a.ordinal <> b.ordinal
"""
_MARKED = " ".join(
    (
        """
SELECT CASE
    WHEN a.place IS NULL OR a.time IS NULL OR b.time IS NULL THEN NULL
    WHEN""",
        _CAUSED,
        "THEN 'after' WHEN",
        _NUMBERED,
        "THEN CASE WHEN a.ordinal < b.ordinal THEN 'after' ELSE 'before' END WHEN",
        _SAME_CLOCK,
        """THEN CASE WHEN a.time_high <= b.time_low THEN 'after'
              WHEN b.time_high <= a.time_low THEN 'before' ELSE 'not established' END
    WHEN a.time_latest <= b.time_earliest THEN 'after'
    WHEN b.time_latest <= a.time_earliest THEN 'before'
    ELSE 'not established' END AS known
FROM timed AS b LEFT JOIN timed AS a ON a.place = b.place - 1 ORDER BY b.place
""",
    )
)


def marked(engine: Engine, found: pa.Table) -> pa.Table:
    """The events in the order given, with `COLUMN`; reads `clocks`, not the case once more.

    As `order.established` says of two events, and what begins a session, a case or an approval
    comes before what it begins. What shares a record is in the order of the record.
    """
    places = pa.array(range(found.num_rows), pa.int64())
    engine.register("shown_events", found.select(_READ).append_column("place", places))
    timed = order.timed(engine, "shown_events")
    known = engine.table(f"WITH timed AS ({timed}) {_MARKED}").column("known")
    return found.append_column(COLUMN, known.cast(pa.string()))
