"""What became of Sigma rules as a table, for formats that machines read."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from forensics.findings.rules import RuleEntry

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "title", "level", "logsource", "status")),
        *((name, pa.int64()) for name in ("records", "matches", "ignored", "undecided")),
        *((name, pa.string()) for name in ("reason", "file", "version")),
        *((name, pa.list_(pa.string())) for name in ("tags", "falsepositives", "filters")),
    ]
)


def rule_rows(entries: Sequence[RuleEntry]) -> pa.Table:
    """One row a rule, in the order given."""
    rows = [{name: getattr(one, name) for name in _SCHEMA.names} for one in entries]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
