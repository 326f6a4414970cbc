"""Controls that were tried as a table, for formats that machines read."""

from __future__ import annotations

import pyarrow as pa

from forensics.findings.backtest import Backtest

_NUMBERS = (
    "acts", "legitimate", "benign", "left_alone", "delayed", "stopped", "noticed", "unknown",
    "benign_hindered", "prevented", "could",
)  # fmt: skip
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("policy", "version", "title", "level", "file")),
        *((name, pa.int64()) for name in _NUMBERS),
        *((name, pa.float64()) for name in ("per_thousand", "median_minutes", "p95_minutes")),
        ("not_evaluated", pa.string()),
    ]
)


def compared(document: Backtest) -> pa.Table:
    """One row a control, in the order asked for; waits in minutes."""
    rows = [
        {name: getattr(one, name, None) for name in _SCHEMA.names}
        | {
            "median_minutes": one.wait.median if one.wait else None,
            "p95_minutes": one.wait.p95 if one.wait else None,
        }
        for one in document.controls
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
