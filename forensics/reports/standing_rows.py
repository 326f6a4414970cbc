"""Findings and how they stand as a table, for formats that machines read."""

from __future__ import annotations

import pyarrow as pa

from forensics.findings.standing import FindingList

_TIME = pa.timestamp("us", "UTC")
_TEXT = ("rule", "title", "level", "verdict", "actor", "person", "target")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("state", pa.string()),
        *((name, pa.string()) for name in _TEXT),
        ("first_time", _TIME),
        ("last_time", _TIME),
        ("first_scan", pa.int64()),
        ("last_scan", pa.int64()),
        ("scans", pa.int64()),
        ("changed", pa.bool_()),
        ("reworded", pa.bool_()),
        ("standing", pa.string()),
        ("sentences", pa.list_(pa.string())),
        ("evidence", pa.list_(pa.string())),
    ]
)


def listing(document: FindingList) -> pa.Table:
    """One row a finding, in the order of the document."""
    rows = [
        {
            "id": one.standing.id,
            "state": one.standing.state,
            **{name: getattr(one.finding, name) for name in _TEXT},
            "first_time": one.finding.first_time,
            "last_time": one.finding.last_time,
            "first_scan": one.standing.first_scan,
            "last_scan": one.standing.last_scan,
            "scans": one.standing.scans,
            "changed": one.standing.changed,
            "reworded": one.standing.reworded,
            "standing": one.standing.sentence,
            "sentences": one.finding.sentences,
            "evidence": [item.event_uid for item in one.finding.evidence],
        }
        for one in document.findings
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
