"""Whether the events of a timeline are known to have come in the order in which they are shown."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from forensics.engine import Engine

COLUMN = "order_to_previous"
"""`after` or `before` the event above it, or `not established`; NULL for the first, or untimed."""

# An hour that comes twice is placed by its numbers; beyond that stretch no stamp is moved.
_MOVED = timedelta(hours=3)
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
WITH placed AS (
    SELECT p.place, t.* FROM timed_events AS t JOIN places AS p ON p.event_uid = t.event_uid
    WHERE t.time BETWEEN $first AND $last
)
SELECT p.place, CASE
    WHEN b.place IS NULL THEN NULL
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
FROM places AS p
LEFT JOIN placed AS a ON a.place = p.place - 1
LEFT JOIN placed AS b ON b.place = p.place AND a.place IS NOT NULL
ORDER BY p.place
""",
    )
)


def marked(engine: Engine, found: pa.Table) -> pa.Table:
    """The events in the order given, with `COLUMN`; reads `timed_events`.

    As `order.established` says of two events, and what begins a session, a case or an approval
    comes before what it begins. What shares a record is in the order of the record.
    """
    uids = found.column("event_uid")
    places = pa.table({"event_uid": uids, "place": pa.array(range(len(uids)), pa.int64())})
    engine.register("places", places)
    ends = pc.min_max(found.column("time")).as_py()
    if ends["min"] is None:
        return found.append_column(COLUMN, pa.nulls(len(uids), pa.string()))
    # Without bounds every record of the case would be looked at for the few that are shown.
    bounds = {"first": ends["min"] - _MOVED, "last": ends["max"] + _MOVED}
    known = engine.table(_MARKED, bounds).column("known").cast(pa.string())
    return found.append_column(COLUMN, known)
