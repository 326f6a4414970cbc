from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
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
NORMALISED = {"category": "admin_action"}
CLOUDTRAIL = {"product": "aws", "service": "cloudtrail"}
SOURCE = LogSource("aws_cloudtrail", "aws", "cloudtrail", {"eventName": "operation"})
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def run(tmp_path: Path, rows: list[dict[str, Any]], *documents: dict[str, Any]) -> RuleRun:
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(rows, schema=SCHEMA))
    return match.scan(engine, load.load([file]).faultless().rules, [SOURCE])


def rule(detection: dict[str, Any], logsource: dict[str, str] = NORMALISED) -> dict[str, Any]:
    whole = {"condition": "selection"} | detection
    return {"title": "T", "name": "it", "logsource": logsource, "detection": whole}


def uids(outcome: RuleRun) -> str:
    return "".join(outcome.matches["event_uid"].to_pylist())


ROWS: list[dict[str, Any]] = [
    {
        "event_uid": "a",
        "source": "x",
        "actor": "Ada",
        "target": "100%_sure",
        "targets": ["100%_sure", "Admin"],
        "src_ip": "192.0.2.7",
        "sequence": 5,
        "time": START,
        "raw": "the Needle is here",
    },
    {
        "event_uid": "b",
        "source": "x",
        "actor": "bob",
        "target": "C:\\temp\\*",
        "targets": [],
        "src_ip": "2001:db8:0:1::5",
        "sequence": 50,
        "time": START + timedelta(hours=12),
        "on_behalf_of": "BOB",
        "reason": "rm -force",
    },
    # The reason of c holds "a secret" in base64.
    {"event_uid": "c", "source": "x", "target": "1000Xsure", "reason": "run YSBzZWNyZXQ= now"},
]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"actor": "ADA"}, "a"),
        ({"actor|cased": "ADA"}, ""),
        ({"actor|cased": "Ada"}, "a"),
        ({"actor": ["ada", "bob"]}, "ab"),
        ({"actor": "a*"}, "a"),
        ({"actor": "?da"}, "a"),
        ({"actor": "*"}, "ab"),
        ({"actor|contains": "D"}, "a"),
        ({"actor|startswith": "B"}, "b"),
        ({"actor|endswith": "b"}, "b"),
        ({"actor|re": "^A"}, "a"),
        ({"actor|re": "^a"}, ""),
        ({"actor|re|i": "^a"}, "a"),
        ({"actor": None}, "c"),
        ({"actor": ""}, "c"),
        ({"actor|exists": True}, "ab"),
        ({"actor|exists": False}, "c"),
        ({"targets": None}, "bc"),
        ({"target": "100%_sure"}, "a"),
        ({"target|contains": "%_"}, "a"),
        ({"target|contains": "0%"}, "a"),
        ({"target": "C:\\temp\\\\\\*"}, "b"),
        ({"target": "C:\\temp*"}, "b"),
        ({"targets": "admin"}, "a"),
        ({"targets|contains": "adm"}, "a"),
        ({"targets|contains|all": ["adm", "sure"]}, "a"),
        ({"target|contains|all": ["1", "sure"]}, "ac"),
        ({"src_ip|cidr": "192.0.2.0/24"}, "a"),
        ({"src_ip|cidr": "2001:db8::/48"}, "b"),
        ({"src_ip|cidr": "2001:db8:0:2::/64"}, ""),
        ({"sequence": 5}, "a"),
        ({"sequence|gt": 5}, "b"),
        ({"sequence|gte": 5}, "ab"),
        ({"sequence|lt": 50}, "a"),
        ({"on_behalf_of|fieldref": "actor"}, "b"),
        ({"target|fieldref|startswith": "actor"}, ""),
        ({"targets|fieldref": "target"}, "a"),
        ({"time|hour": 21}, "b"),
        ({"actor|neq": "ada"}, "bc"),
        ({"reason|base64offset|contains": "secret"}, "c"),
        ({"reason|windash|contains": "/Force"}, "b"),
        (["needle"], "a"),
        ({"actor": "ada", "sequence": 50}, ""),
        ([{"actor": "ada"}, {"sequence": 50}], "ab"),
    ],
)
def test_selection(tmp_path: Path, selection: Any, expected: str) -> None:
    outcome = run(tmp_path, ROWS, rule({"selection": selection}))
    assert outcome.evaluated == {"it": 3}
    assert uids(outcome) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("not one", "bc"),
        ("not (one or two)", "c"),
        ("1 of them", "ab"),
        ("all of them", ""),
        ("not 1 of t*", "ac"),
        (["one", "two"], "ab"),
    ],
)
def test_condition(tmp_path: Path, condition: Any, expected: str) -> None:
    detection = {"one": {"actor": "ada"}, "two": {"actor": "bob"}, "condition": condition}
    assert uids(run(tmp_path, ROWS, rule(detection))) == expected


RECORDS: dict[str, Any] = {
    "a": {"eventName": "DeleteTrail", "requestParameters": {"name": "main", "on": True, "n": 17}},
    "b": {"eventName": "deletetrail", "resources": [{"ARN": "arn:1"}, {"ARN": "arn:2"}]},
    "c": {"eventName": "", "tags": ["X", "y"], "userIdentity": {"arn": None}},
    "d": {"id": 12345678901234567890, "odd.key": "v", 'qu"ote': "v"},
}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"eventName": "DeleteTrail"}, "ab"),
        ({"eventName": ""}, "c"),
        ({"eventName": None}, "de"),
        ({"eventName": "*"}, "abc"),
        ({"requestParameters.name": "MAIN"}, "a"),
        ({"requestParameters.on": True}, "a"),
        ({"requestParameters.on": "true"}, "a"),
        ({"requestParameters.n": 17}, "a"),
        ({"requestParameters.n|gt": 16.5}, "a"),
        ({"requestParameters|contains": "main"}, "a"),
        ({"resources.ARN": "arn:2"}, "b"),
        ({"tags": "x"}, "c"),
        ({"tags|all": ["x", "Y"]}, "c"),
        ({"userIdentity.arn": None}, "abcde"),
        ({"id": 12345678901234567890}, "d"),
        ({'qu"ote': "v"}, "d"),
    ],
)
def test_native_record(tmp_path: Path, selection: Any, expected: str) -> None:
    rows = [
        {
            "event_uid": uid,
            "source": "aws_cloudtrail",
            "raw": json.dumps(record),
            "operation": record.get("eventName") or None,
        }
        for uid, record in RECORDS.items()
    ]
    rows.append({"event_uid": "e", "source": "aws_cloudtrail", "raw": "not json"})
    rows.append({"event_uid": "f", "source": "another", "raw": rows[0]["raw"]})
    outcome = run(tmp_path, rows, rule({"selection": selection}, CLOUDTRAIL))
    assert outcome.evaluated == {"it": 5}
    assert uids(outcome) == expected


def test_rules_that_cannot_be_evaluated_say_why(tmp_path: Path) -> None:
    def named(name: str, selection: Any, logsource: dict[str, str] = NORMALISED) -> dict[str, Any]:
        return rule({"selection": selection}, logsource) | {"name": name}

    outcome = run(
        tmp_path,
        ROWS,
        named("absent", {"eventName": "x"}, CLOUDTRAIL),
        named("process", {"Image": "x"}, {"product": "aws", "category": "process_creation"}),
        named("typo", {"actr": "x"}),
        named("lookahead", {"actor|re": "(?=x)"}),
        named("placeholder", {"actor|expand": "%admins%"}),
        named("fine", {"actor": "ada"}),
    )
    assert set(outcome.evaluated) == {"fine"}
    assert outcome.not_applicable == {
        "absent": "this case holds no records of aws/cloudtrail",
        "process": "this case holds no records of aws/process_creation",
    }
    assert "actr" in outcome.unsupported["typo"]
    assert "(?=" in outcome.unsupported["lookahead"]
    assert "%admins%" in outcome.unsupported["placeholder"]


def counting(**correlation: Any) -> dict[str, Any]:
    asked = {"type": "event_count", "rules": ["it"], "timespan": "1m", "condition": {"gte": 2}}
    return {"title": "Many", "name": "many", "level": "low", "correlation": asked | correlation}


@pytest.mark.parametrize(
    "correlation",
    [
        {"group-by": ["nonsense"]},
    ],
)
def test_correlations_not_evaluated_say_why(tmp_path: Path, correlation: dict[str, Any]) -> None:
    base = rule({"selection": {"actor": "ada"}})
    outcome = run(tmp_path, ROWS, base, counting(**correlation))
    assert list(outcome.unsupported) == ["many"]
    assert outcome.unsupported["many"]


def test_base_rule_is_reported_only_when_the_correlation_generates(tmp_path: Path) -> None:
    base = rule({"selection": {"actor|exists": True}})
    silent = run(tmp_path, ROWS, base, counting(timespan="1d"))
    assert set(silent.matches["rule_id"].to_pylist()) == {"many"}
    assert set(silent.evaluated) == {"it", "many"}
    loud = run(tmp_path, ROWS, base, counting(timespan="1d", generate=True))
    assert set(loud.matches["rule_id"].to_pylist()) == {"it", "many"}


HISTORIES = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["ada", "ADA", "bob", None])), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.integers(1, 4))
def test_event_count_is_a_true_sliding_window(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[int, str | None]], least: int
) -> None:
    rows = [
        {"event_uid": f"{n:02}", "source": "x", "actor": actor, "action": "go"}
        | {"time": START + timedelta(seconds=second)}
        for n, (second, actor) in enumerate(history)
    ]
    correlation = counting(**{"group-by": ["actor"], "condition": {"gte": least}})
    base = rule({"selection": {"action": "go"}})
    outcome = run(tmp_path_factory.mktemp("rules"), rows, base, correlation)
    assert outcome.matches["event_uid"].to_pylist() == _naive(history, least, seconds=60)


def _naive(history: list[tuple[int, str | None]], least: int, seconds: int) -> list[str]:
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, (second, actor) in enumerate(history):
        if actor is not None:
            groups[actor.lower()].append((second, number))
    taking_part: set[int] = set()
    for members in groups.values():
        for start, _ in members:
            window = [number for second, number in members if start <= second <= start + seconds]
            if len(window) >= least:
                taking_part.update(window)
    return [f"{number:02}" for number in sorted(taking_part)]


VALUES = st.sampled_from(["a", "A", "ab", "b%", "_", "", None])
PATTERNS = st.sampled_from(["a", "A*", "*b", "?", "b%", "_", "*", "", None])
SELECTIONS = st.dictionaries(
    st.sampled_from(["actor", "target", "reason"]), st.lists(PATTERNS, min_size=1, max_size=3),
    min_size=1, max_size=2,
)  # fmt: skip
CONDITIONS = ["one", "not one", "one and not two", "not (one or two)", "one or not two"]


@settings(max_examples=150, deadline=None)
@given(
    events=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=6),
    one=SELECTIONS,
    two=SELECTIONS,
    condition=st.sampled_from(CONDITIONS),
)
def test_agrees_with_a_naive_evaluator(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[tuple[str | None, ...]],
    one: dict[str, list[str | None]],
    two: dict[str, list[str | None]],
    condition: str,
) -> None:
    # An event column never holds an empty text: it is stored as NULL.
    told = [
        dict(zip(("actor", "target", "reason"), (v or None for v in e), strict=True))
        for e in events
    ]
    rows: list[dict[str, Any]] = [
        {"event_uid": f"{n}", "source": "x", **row} for n, row in enumerate(told)
    ]
    detection = {"one": one, "two": two, "condition": condition}
    outcome = run(tmp_path_factory.mktemp("rules"), rows, rule(detection))
    expected = [
        str(n)
        for n, row in enumerate(told)
        if eval(condition, {"one": _selected(one, row), "two": _selected(two, row)})
    ]
    assert outcome.matches["event_uid"].to_pylist() == expected


def _selected(selection: dict[str, list[str | None]], row: dict[str, str | None]) -> bool:
    return all(any(_fits(row[f], p) for p in patterns) for f, patterns in selection.items())


def _fits(value: str | None, pattern: str | None) -> bool:
    if not pattern or value is None:
        return not pattern and value is None
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL) is not None
