"""The acts of a review as a table, for formats that machines read."""

from __future__ import annotations

import pyarrow as pa

from forensics.findings.review import LeaverReview

_EVIDENCE = (
    "actor", "action", "operation", "outcome", "target", "case_id", "reason_code", "src_ip",
    "session_id", "device_id", "tool", "source", "file",
)  # fmt: skip
_TIME = pa.timestamp("us", "UTC")
_SCHEMA = pa.schema(
    [
        ("time", _TIME),
        ("time_earliest", _TIME),
        ("time_latest", _TIME),
        ("phases", pa.list_(pa.string())),
        ("windows", pa.list_(pa.string())),
        ("first_time", pa.bool_()),
        *((name, pa.string()) for name in _EVIDENCE),
        ("record_no", pa.int64()),
        ("event_uid", pa.string()),
    ]
)


def listing(document: LeaverReview) -> pa.Table:
    """One row an act, in order of time."""
    rows = [
        {
            "time": act.evidence.time,
            "time_earliest": act.evidence.earliest,
            "time_latest": act.evidence.latest,
            "phases": act.phases,
            "windows": act.windows,
            "first_time": act.first_time,
            **{name: getattr(act.evidence, name) for name in _EVIDENCE},
            "record_no": act.evidence.record_no,
            "event_uid": act.evidence.event_uid,
        }
        for act in document.acts
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
