"""Histories whose acts people judged, with what tables beside the logs state, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import histories
import pyarrow as pa
from histories import NOON, STAMP, History
from sqlglot import exp

from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import predicates, relations, stated

BELIEFS = ("at_act", "now")
_TEXTS = pa.list_(pa.string())
_END = pa.struct(
    [
        ("source", pa.string()),
        ("source_row", pa.int64()),
        ("last_working_day", pa.date32()),
        ("access_end_latest", STAMP),
    ]
)
_TABLES = {
    "act_people": pa.schema(
        [
            ("event_uid", pa.string()),
            ("belief", pa.string()),
            ("account", pa.string()),
            ("person", pa.string()),
            ("account_kind", pa.string()),
            ("phases", _TEXTS),
            ("zone", pa.string()),
            ("site", pa.string()),
            ("last_working_day", pa.date32()),
            ("access_end_earliest", STAMP),
            ("access_end_latest", STAMP),
            ("recorded_at", STAMP),
            ("status", pa.string()),
            ("ends", pa.list_(_END)),
        ]
    ),
    "shifts": pa.schema(
        [
            ("person", pa.string()),
            ("starts_at", STAMP),
            ("starts_latest", STAMP),
            ("ends_at", STAMP),
            ("ends_latest", STAMP),
        ]
    ),
    "employment": pa.schema(
        [
            ("person", pa.string()),
            ("email", pa.string()),
            ("manager", pa.string()),
            ("feed", pa.string()),
            ("fact_no", pa.int64()),
            ("recorded_at", STAMP),
            ("known_from", STAMP),
        ]
    ),
    "act_doubts": pa.schema(
        [("event_uid", pa.string()), ("sentence", pa.string()), ("evidence", _TEXTS)]
    ),
    "addresses": pa.schema([("src_ip", pa.string()), ("ip", pa.string()), ("labels", _TEXTS)]),
    "enrichment": pa.schema([("input", pa.string())]),
}
_SHAPES = {
    "listed_entitlements": stated.ENTITLED,
    "holidays": stated.FREE,
    "change_windows": stated.CHANGES,
}


@dataclass
class Judged(History):
    """A history with rows of further relations, by name."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def row(self, relation: str, **values: Any) -> None:
        self.rows.setdefault(relation, []).append(values)

    def person(self, uid: str, person: str | None, **values: Any) -> None:
        """What people say of an act, in one `belief` or in both."""
        for belief in [values.pop("belief")] if "belief" in values else BELIEFS:
            known = {"account_kind": "personal", "phases": ["employed"], **values}
            self.row("act_people", event_uid=uid, belief=belief, person=person, **known)

    def of(self, relation: str) -> list[dict[str, Any]]:
        return self.rows.get(relation, [])

    def judgement(self, uid: str, belief: str) -> Mapping[str, Any] | None:
        """The row of people about an act."""
        found = [
            row
            for row in self.of("act_people")
            if (row["event_uid"], row["belief"]) == (uid, belief)
        ]
        return found[0] if found else None


def instant(at: float | None) -> datetime | None:
    """So many seconds from noon."""
    return None if at is None else NOON + timedelta(seconds=at)


def micros(when: datetime) -> int:
    """Microseconds from noon."""
    return (when - NOON) // timedelta(microseconds=1)


def engine(
    made: Sequence[Judged], *, present: Sequence[str] = (), scoped: Mapping[str, str] | None = None
) -> DuckDBEngine:
    """The case of all histories; the relations `present` are there even if no history has a row."""
    found = histories.engine(made, scoped=scoped)
    for name, schema in _TABLES.items():
        rows = [row for story in made for row in story.of(name)]
        found.register(f"rows_of_{name}", pa.Table.from_pylist(rows, schema=schema))
        found.define(name, f"SELECT * FROM rows_of_{name}")
    for name, shape in _SHAPES.items():
        rows = [row for story in made for row in story.of(name)]
        if rows or name in present:
            found.register_rows(name, shape, [_plain(row) for row in rows])
        elif name in relations.EMPTY:
            found.define(name, relations.EMPTY[name])
    found.define("all_acts", "SELECT * FROM timed_events WHERE time IS NOT NULL")
    found.define("approval_records", relations.APPROVALS_OF_ACTS)
    relations.define(found)
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date | datetime) else value
        for key, value in row.items()
    }


def answers(
    engine: DuckDBEngine, predicate: str, params: Mapping[str, Any]
) -> dict[tuple[str, str], dict[str, Any]]:
    """By uid and belief what the predicate says of each act."""
    plug_in = predicates.load()[predicate]
    assert plug_in.validate(params) == {}
    query = exp.select("*").from_(plug_in.sql(params).subquery("asked"))
    rows = engine.rows(query.sql(dialect="duckdb"))
    found = {(row["event_uid"], row["belief"]): row for row in rows}
    assert len(found) == len(rows)
    for row in rows:
        assert (row["value"] is None) == bool(row["missing"]), row
        assert row["sentence"], row
    return found


def compare(
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    expected: Mapping[tuple[str, str], bool | None],
) -> None:
    """All acts are answered, as expected, and every value is among the answers."""
    wrong = {
        key: (found[key]["value"], value, found[key]["sentence"])
        for key, value in expected.items()
        if found[key]["value"] is not value
    }
    assert wrong == {}, (len(wrong), dict(list(wrong.items())[:3]))
    assert found.keys() == expected.keys()
    assert set(expected.values()) == {True, False, None}
