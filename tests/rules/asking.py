"""Rules written to a file, asked of made-up events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
from forensics.rules.correlate_conditions import readable
from forensics.rules.logsource import LogSource
from forensics.rules.match import RuleRun

ARROW = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}
SCHEMA = pa.schema([(column.name, ARROW[column.type]) for column in event.COLUMNS])
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def base(name: str, **logsource: str) -> dict[str, Any]:
    """A rule for the events whose action (or `eventName`, of a log source) holds its name."""
    field = "eventName|contains" if logsource else "action|contains"
    return {
        "title": name,
        "name": name,
        "logsource": logsource or {"category": "admin_action"},
        "detection": {"it": {field: name}, "condition": "it"},
    }


def correlation(name: str, kind: str, *rules: str, **more: Any) -> dict[str, Any]:
    """A correlation within ten seconds by actor, unless said otherwise."""
    asked = {"type": kind, "rules": list(rules), "group-by": ["actor"], "timespan": "10s"}
    return {"title": name, "name": name, "correlation": {**asked, **more}}


def scanned(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    sources: Sequence[LogSource] = (),
    engine: DuckDBEngine | None = None,
) -> RuleRun:
    """What the rules match in these rows."""
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump_all([readable(one) for one in documents]), "utf-8")
    asked = engine or DuckDBEngine(threads=1)
    asked.register("events", pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA))
    return match.scan(asked, load.load([file]).faultless().rules, list(sources))
