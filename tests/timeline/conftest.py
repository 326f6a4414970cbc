"""Small tables of events, and the sample story's raw records read as plainly as can be."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from forensics import event
from forensics.engine.duckdb import DuckDBEngine

_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "VARCHAR[]": pa.list_(pa.string()),
}
SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in event.COLUMNS])

Row = dict[str, Any]
Load = Callable[[Iterable[Row]], DuckDBEngine]


def events(rows: Iterable[Row]) -> pa.Table:
    """An event table of these rows; what a row leaves out is filled as most records would."""
    filled = []
    for number, row in enumerate(rows):
        base: Row = {
            "event_uid": f"u{number}",
            "source": "console",
            "file_id": 1,
            "record_no": number,
            "event_no": 0,
            "time_precision": "ms",
            "time_basis": "utc",
            "outcome": "success",
            "target": "@headofstate",
            "target_type": "account",
            **row,
        }
        if isinstance(base["time"], str):
            base["time"] = datetime.fromisoformat(base["time"])
        base.setdefault(
            "targets", [base[name] for name in ("target", "target_id") if base.get(name)]
        )
        filled.append(base)
    return pa.Table.from_pylist(filled, schema=SCHEMA)


@pytest.fixture(scope="session")
def tabulate() -> Callable[[Iterable[Row]], pa.Table]:
    """An event table of rows that say only what matters."""
    return events


@pytest.fixture
def load() -> Iterator[Load]:
    """An engine over a small table of events, a new one for each."""
    with ExitStack() as stack:

        def loaded(rows: Iterable[Row]) -> DuckDBEngine:
            engine = DuckDBEngine(threads=1)
            stack.callback(engine.close)
            engine.register("events", events(rows))
            return engine

        yield loaded


_CONSOLE_VERBS = {
    "account_deactivated": "account.deactivate",
    "account_suspended": "account.suspend",
    "account_restored": "account.restore",
}


class Stories:
    """The sample stories, read as far as the room's questions need them."""

    folder = Path(__file__).parents[2] / "sample_logs"

    def events(self, name: str) -> list[Row]:
        """The events of one story, each record once."""
        folder = self.folder / name
        rows = {row["event_uid"]: row for row in _console(folder)}
        return [*rows.values(), *_probe(folder), *_okta(folder)]


@pytest.fixture
def stories() -> Stories:
    """The sample stories."""
    return Stories()


def _console(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("moderation_console*.gz")):
        for number, line in enumerate(gzip.decompress(path.read_bytes()).splitlines()):
            try:
                record = json.loads(line)
                time = record["ts"]
            except (ValueError, KeyError):
                continue
            target, actor = record.get("target") or {}, record["actor"]
            yield {
                "event_uid": record["id"],
                "source": "moderation_console",
                "record_no": number,
                "time": time,
                "sequence": record["seq"],
                "actor": actor["login"],
                "actor_id": actor["id"],
                "operation": record["action"],
                "action": _CONSOLE_VERBS.get(record["action"], "other"),
                "outcome": {"ok": "success", "denied": "denied"}.get(record["result"], "failure"),
                "target": target.get("handle") or target.get("id"),
                "target_id": target.get("id"),
                "target_type": target.get("type"),
                "case_id": (record.get("case") or {}).get("id"),
                "request_id": record["request"],
            }


def _probe(folder: Path) -> Iterator[Row]:
    text = (folder / "status_probe.csv").read_text(encoding="utf-8")
    for number, record in enumerate(csv.DictReader(text.splitlines())):
        yield {
            "event_uid": f"probe-{number}",
            "source": "status_probe",
            "record_no": number,
            "time": record["checked_at"],
            "actor": record["probe"],
            "action": "probe.observe",
            "target": record["target"],
            "asserted_state": {"active": "active", "not_found": "unavailable"}.get(record["state"]),
        }


def _okta(folder: Path) -> Iterator[Row]:
    lines = (folder / "okta_system.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        record = json.loads(line)
        yield {
            "event_uid": record["uuid"],
            "source": "okta_system",
            "record_no": number,
            "time": record["published"],
            "actor": record["actor"]["alternateId"],
            "operation": record["eventType"],
            "action": "other",
            "target": None,
            "request_id": record["transaction"]["id"],
        }
