"""Records that nobody made, for trying a policy out: relations in memory, and nothing on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forensics import event
from forensics.engine.duckdb import DuckDBEngine

_COLUMNS = tuple((column.name, column.type) for column in event.COLUMNS)


def imagined(events: Sequence[Mapping[str, Any]]) -> DuckDBEngine:
    """An engine in which `events` and `recorded_events` are those rows; columns not given are NULL.

    Close it when it has answered.
    """
    engine = DuckDBEngine(threads=1)
    engine.register_rows("recorded_events", _COLUMNS, events)
    engine.define("events", "FROM recorded_events")
    return engine
