"""The outages of a case as a table, for formats that machines read."""

from __future__ import annotations

import msgspec
import pyarrow as pa

from forensics.findings.course import OutageList

_TIMES = ("start_earliest", "start_latest", "end_earliest", "end_latest")
_NUMBERS = {
    "number": pa.int64(),
    "shortest": pa.float64(),
    "longest": pa.float64(),
    "causes": pa.int64(),
    "together": pa.int64(),
    "claims": pa.int64(),
    "recorded": pa.float64(),
    "reasons": pa.list_(pa.string()),
    "perhaps_started_by": pa.list_(pa.string()),
    "gaps": pa.list_(pa.string()),
    "evidence": pa.list_(pa.string()),
}
_COLUMNS = (
    "kind", "target", "tenant", "number", "state", *_TIMES, "shortest", "longest", "started_by",
    "ended_by", "started_by_uid", "ended_by_uid", "causes", "together", "grade",
    "claims", "recorded", "reasons", "perhaps_started_by", "gaps", "evidence",
)  # fmt: skip
_SCHEMA = pa.schema(
    [
        (
            name,
            pa.timestamp("us", "UTC") if name in _TIMES else _NUMBERS.get(name, pa.string()),
        )
        for name in _COLUMNS
    ]
)


def listing(document: OutageList) -> pa.Table:
    """One row an outage, in the order of the document; durations in seconds."""
    rows = [
        {**msgspec.structs.asdict(one), "gaps": [gap.sentence for gap in one.gaps]}
        for one in document.outages
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
