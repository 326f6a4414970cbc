from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
import sqlglot

from forensics import event
from forensics.errors import UsageError
from forensics.timeline.query import TimelineQuery, around, near_names, run
from forensics.timeline.when import Instant

T0 = datetime(2017, 11, 2, 22, 50, tzinfo=UTC)

ROWS: list[dict[str, Any]] = [
    {"time": T0, "actor": "Contractor-7", "actor_id": "u-107", "action": "account.deactivate"},
    {
        "time": T0 + timedelta(minutes=11),
        "actor": "lead-sf-1",
        "actor_email": "lead-sf-1@platform.example",
        "action": "account.restore",
        "source": "okta",
    },
    {
        "time": T0,
        "actor": "contractor-7",
        "action": "data.export",
        "source": "audit",
        "sequence": 2,
    },
    {"time": T0, "actor": "contractor-7", "action": "case.view", "source": "audit", "sequence": 1},
    {
        "time": T0 + timedelta(hours=1),
        "actor": "employee-1",
        "action": "group_x.change",
        "target": "staff",
        "target_id": "g-9",
        "target_name": "All Staff",
        "targets": ["staff", "@Other"],
    },
]


def uids(table: pa.Table) -> list[str]:
    found: list[str] = table.column("event_uid").to_pylist()
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (TimelineQuery(), ["u3", "u2", "u0", "u1", "u4"]),
        (TimelineQuery(actor="CONTRACTOR-7"), ["u3", "u2", "u0"]),
        (TimelineQuery(actor="u-107"), ["u0"]),
        (TimelineQuery(actor=["u-107", "lead-sf-1@PLATFORM.example"]), ["u0", "u1"]),
        (TimelineQuery(target="all staff"), ["u4"]),
        (TimelineQuery(target="G-9"), ["u4"]),
        (TimelineQuery(target="@other"), ["u4"]),
        (TimelineQuery(action="account.*"), ["u0", "u1"]),
        (TimelineQuery(action="*.export"), ["u2"]),
        (TimelineQuery(action="group_x*"), ["u4"]),
        (TimelineQuery(action="groupAx*"), []),
        (TimelineQuery(source="OKTA"), ["u1"]),
        (TimelineQuery(since=T0 + timedelta(minutes=11)), ["u1", "u4"]),
        (TimelineQuery(until=T0 + timedelta(minutes=11)), ["u3", "u2", "u0"]),
        (TimelineQuery(limit=2), ["u3", "u2"]),
        (TimelineQuery(limit=0), []),
        (
            TimelineQuery(around=Instant(T0, T0, ""), window=timedelta(minutes=12)),
            ["u3", "u2", "u0", "u1"],
        ),
    ],
)
def test_every_part_of_a_question_must_hold(
    load: Any, query: TimelineQuery, expected: list[str]
) -> None:
    assert uids(run(load(ROWS), query)) == expected


def test_a_condition_brings_its_own_parameters(load: Any) -> None:
    either = sqlglot.parse_one("actor = $who OR action = 'data.export'", dialect="duckdb")
    query = TimelineQuery(condition=either, parameters={"who": "employee-1"}, action="*.export")
    assert uids(run(load(ROWS), query)) == ["u2"]


def test_values_are_never_read_as_sql(load: Any) -> None:
    hostile = "x' OR 1=1 --"
    query = TimelineQuery(actor=hostile, target=hostile, action=hostile, source=hostile)
    assert uids(run(load(ROWS), query)) == []


def test_events_come_with_their_file_and_raw_only_when_asked(load: Any) -> None:
    engine = load(ROWS)
    plain = run(engine, TimelineQuery(limit=1))
    names = [column.name for column in event.COLUMNS if column.name != "raw"]
    assert plain.column_names == [*names, "file", "file_sha256", "notes", "tags"]
    assert plain.column("file").to_pylist() == [None]
    files = pa.table({"file_id": [1], "path": ["a.jsonl"], "sha256": ["ab"]})
    engine.register("files", files)
    traced = run(engine, TimelineQuery(limit=1, raw=True))
    assert "raw" in traced.column_names
    assert traced.column("file").to_pylist() == ["a.jsonl"]
    assert traced.column("file_sha256").to_pylist() == ["ab"]


def test_a_star_inside_an_action_is_refused(load: Any) -> None:
    with pytest.raises(UsageError, match="in its middle"):
        run(load(ROWS), TimelineQuery(action="account.*.x"))


def test_a_negative_limit_is_refused(load: Any) -> None:
    with pytest.raises(UsageError, match="below 0"):
        run(load(ROWS), TimelineQuery(limit=-1))


def test_the_order_does_not_depend_on_the_order_of_the_records(load: Any) -> None:
    numbered = [{**row, "event_uid": f"u{n}", "record_no": n} for n, row in enumerate(ROWS)]
    assert uids(run(load(reversed(numbered)), TimelineQuery())) == ["u3", "u2", "u0", "u1", "u4"]


@pytest.mark.parametrize(
    ("column", "text", "nearest"),
    [
        ("target", "headofstate", "@headofstate"),
        ("target", "@headofstat", "@headofstate"),
        ("actor", "contractor", "Contractor-7"),
        ("actor", "lead-sf-2", "lead-sf-1"),
        ("action", "account.deactivat", "account.deactivate"),
    ],
)
def test_a_name_nobody_bears_has_near_ones(load: Any, column: Any, text: str, nearest: str) -> None:
    assert near_names(load(ROWS), column, text)[0] == nearest


def test_nothing_resembles_nonsense(load: Any) -> None:
    assert near_names(load(ROWS), "target", "zzzzzz") == []


def test_around_is_what_the_account_did_shortly_before_and_after(load: Any) -> None:
    assert around(load(ROWS), "contractor-7", T0, 30) == ["u3", "u2", "u0"]
    assert around(load(ROWS), ["contractor-7", "lead-sf-1"], T0, 5) == ["u3", "u2", "u0"]
