"""What correlations say beside the events: groups, what is open, and why something is not asked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asking import START, base, correlation, scanned

from forensics.engine.duckdb import DuckDBEngine
from forensics.rules.correlate_conditions import readable
from forensics.rules.logsource import LogSource
from forensics.rules.match import RuleRun

CLOUD = LogSource("cloud", "aws", "cloudtrail")
DESK = LogSource("desk", "zendesk", "audit")


def act(uid: str, second: float, action: str, **more: Any) -> dict[str, Any]:
    moment = START + timedelta(seconds=second)
    row = {"event_uid": uid, "source": "x", "time": moment, "action": action, "actor": "ada"}
    return row | {"raw": json.dumps({"eventName": action})} | more


def uids(run: RuleRun, name: str = "it") -> str:
    rows = run.matches.to_pylist()
    return "".join(row["event_uid"] for row in rows if row["rule_id"] == name)


def test_windows_hold_both_ends(tmp_path: Path) -> None:
    rows = [act("a", 0, "k"), act("b", 10, "k"), act("c", 20.000001, "k")]
    it = correlation("it", "event_count", "k", condition={"gte": 2})
    assert uids(scanned(tmp_path, rows, [base("k"), it])) == "ab"


def test_groups_say_what_a_finding_needs(tmp_path: Path) -> None:
    rows = [act(f"{n}", n, "k", actor="Ada") for n in range(3)]
    rows += [act("8", 40, "k", actor="ADA"), act("9", 41, "k"), act("n", 1, "k", actor=None)]
    it = correlation("it", "event_count", "k", condition={"gte": 2})
    run = scanned(tmp_path, rows, [base("k"), it])
    seconds = [0, 2, 40, 41]
    first, last, third, fourth = (START + timedelta(seconds=second) for second in seconds)
    assert run.groups.to_pylist() == [
        {"rule_id": "it", "group_no": 1, "keys": ["ada"], "first_time": first, "last_time": last,
         "reached": 3.0, "events": 3},
        {"rule_id": "it", "group_no": 2, "keys": ["ada"], "first_time": third,
         "last_time": fourth, "reached": 2.0, "events": 2},
    ]  # fmt: skip
    members = [(row["group_no"], row["event_uid"]) for row in run.members.to_pylist()]
    assert members == [(1, "0"), (1, "1"), (1, "2"), (2, "8"), (2, "9")]


def test_without_group_by_all_events_are_one_group(tmp_path: Path) -> None:
    rows = [act("a", 0, "k", actor=None), act("b", 1, "k")]
    it = correlation("it", "event_count", "k", condition={"gte": 2}, **{"group-by": None})
    run = scanned(tmp_path, rows, [base("k"), it])
    assert uids(run) == "ab"
    assert run.groups["keys"].to_pylist() == [[]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"sequence": 1}, {"sequence": 2}, "ab"),
        ({"sequence": 2}, {"sequence": 1}, ""),
        ({"sequence": 2}, {"sequence": None}, "ab"),
        ({"sequence": 2}, {"sequence": 1, "source": "y"}, "ab"),
        ({"sequence": 2}, {"sequence": 1, "tenant": "y"}, "ab"),
    ],
)
def test_equal_times_are_in_order_unless_the_record_says_otherwise(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], expected: str
) -> None:
    rows = [act("a", 5, "k", **first), act("b", 5, "l", **second)]
    it = correlation("it", "temporal_ordered", "k", "l")
    assert uids(scanned(tmp_path, rows, [base("k"), base("l"), it])) == expected


def test_one_event_does_not_follow_itself(tmp_path: Path) -> None:
    rules = [base("k"), base("l"), correlation("it", "temporal_ordered", "k", "l")]
    assert uids(scanned(tmp_path, [act("a", 0, "kl")], rules)) == ""
    rules[-1] = correlation("it", "temporal", "k", "l")
    assert uids(scanned(tmp_path, [act("a", 0, "kl")], rules)) == "a"


def test_absence_is_told_only_where_the_records_go_on(tmp_path: Path) -> None:
    rules = [base("off"), base("restored"), base("other")]
    rules += [correlation("it", "temporal", "off", "restored", condition="off and not restored")]
    told = [act("a", 0, "off"), act("b", 10, "other", actor="bob")]
    run = scanned(tmp_path, told, rules)
    assert (uids(run), run.undecided.num_rows) == ("a", 0)
    early = [act("a", 0, "off"), act("b", 9, "other"), act("c", 60, "other", source="y")]
    run = scanned(tmp_path, early, rules)
    assert uids(run) == ""
    until = START + timedelta(seconds=10)
    assert run.undecided.to_pylist() == [{"rule_id": "it", "event_uid": "a", "until": until}]
    restored = [act("a", 0, "off"), act("b", 10, "restored")]
    run = scanned(tmp_path, restored, rules)
    assert (uids(run), run.undecided.num_rows) == ("", 0)


@pytest.mark.parametrize(("ends", "expected"), [((10, 10), "a"), ((10, 9), ""), ((9, 10), "a")])
def test_absence_is_told_from_the_log_that_would_show_it(
    tmp_path: Path, ends: tuple[int, int], expected: str
) -> None:
    """Of two logs that could show it, the one that ends first decides; the log of `a` does not."""
    second = LogSource("cloud2", "aws", "cloudtrail")
    rows = [act("a", 0, "off", source="desk"), act("d", ends[0], "x", source="desk")]
    rows += [act("c", 10, "x", source="cloud"), act("e", ends[1], "x", source="cloud2")]
    fields = {"who": {"off": "actor", "on": "raw"}}
    rules = [base("off", product="zendesk"), base("on", product="aws")]
    asked = {"condition": "off and not on", "aliases": fields, "group-by": ["who"]}
    it = correlation("it", "temporal", "off", "on", **asked)
    run = scanned(tmp_path, _readable_actor(rows), [*rules, it], [CLOUD, DESK, second])
    assert uids(run) == expected
    assert run.undecided.num_rows == (not expected)


def _readable_actor(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row | {"raw": json.dumps({"eventName": row["action"], "actor": row["actor"]})}
        for row in rows
    ]


def test_new_terms_need_records_that_go_back(tmp_path: Path) -> None:
    terms = {"warm_up": "5s"}
    it = correlation(
        "it", "event_count", "k", condition={"gte": 1}, new_terms=terms,
        **{"group-by": ["actor", "target"]},
    )  # fmt: skip
    rows = [
        act("a", 0, "k", target="early"),
        act("b", 5, "k", target="Town"),
        act("c", 15, "k", target="town"),
        act("d", 25.5, "k", target="town"),
        act("e", 26, "k", target="Unknown"),
        act("f", 26, "k", target=None),
    ]
    run = scanned(tmp_path, rows, [base("k"), it])
    assert uids(run) == "bd"
    assert run.undecided.to_pylist() == [{"rule_id": "it", "event_uid": "a", "until": None}]


def test_rules_of_two_logs_meet_by_an_alias(tmp_path: Path) -> None:
    rules = [base("off", product="zendesk"), base("on", product="aws")]
    aliases = {"who": {"off": "actor", "on": "user.name"}}
    it = correlation(
        "it", "temporal_ordered", "off", "on", aliases=aliases, **{"group-by": ["who"]}
    )
    rows = [
        act("a", 0, "", source="desk", raw=json.dumps({"eventName": "off", "actor": "Ada"})),
        act("b", 5, "", source="cloud",
            raw=json.dumps({"eventName": "on", "user": {"name": "ada"}})),
        act("c", 6, "", source="cloud", raw=json.dumps({"eventName": "on", "actor": "ada"})),
    ]  # fmt: skip
    run = scanned(tmp_path, rows, [*rules, it], [CLOUD, DESK])
    assert (uids(run), run.evaluated["it"]) == ("ab", 3)
    absent = "this case holds no records of aws"
    run = scanned(tmp_path, rows[:1], [*rules, it], [CLOUD, DESK])
    assert run.not_applicable["it"] == absent
    counted = correlation("it", "event_count", "off", "on", condition={"gte": 1})
    run = scanned(tmp_path, rows[:1], [*rules, counted], [CLOUD, DESK])
    assert uids(run) == "a"
    either = correlation("it", "temporal", "off", "on", condition="off or on")
    assert uids(scanned(tmp_path, rows[:1], [*rules, either], [CLOUD, DESK])) == "a"
    without = correlation("it", "temporal", "off", "on", condition="off and not on")
    run = scanned(tmp_path, rows[:1], [*rules, without], [CLOUD, DESK])
    assert run.not_applicable["it"] == absent


def test_many_failures_then_a_success(tmp_path: Path) -> None:
    """The example of the specification; failures that go on do not hide the success."""
    many = correlation("many", "event_count", "fail", condition={"gte": 3})
    it = correlation("it", "temporal_ordered", "many", "enter")
    rows = [act(f"{n}", n, "fail") for n in range(4)] + [
        act("5", 3.5, "enter"),
        act("6", 4, "fail"),
    ]
    run = scanned(tmp_path, rows, [base("fail"), base("enter"), many, it])
    assert uids(run) == "01235"
    assert uids(run, "many") == ""
    assert run.groups["rule_id"].to_pylist() == ["it"]


def test_the_engine_is_left_without_rows(tmp_path: Path) -> None:
    engine = DuckDBEngine(threads=1)
    many = correlation("many", "event_count", "k", condition={"gte": 1})
    it = correlation("it", "temporal", "many", "k")
    assert uids(scanned(tmp_path, [act("a", 0, "k")], [base("k"), many, it], (), engine)) == "a"
    kept = [name for name in engine.relations() if name.startswith("correlation_")]
    assert kept
    assert not any(engine.rows(f"SELECT * FROM {name}") for name in kept)


def test_several_operators_become_bounds() -> None:
    condition = {"gt": 1, "lte": 3, "field": "target"}
    told = readable(correlation("it", "value_count", "k", condition=condition))["correlation"]
    assert told["condition"] == {"gt": 1, "field": "target"}
    assert told["bounds"] == {"gt": 1, "lte": 3}
    for other in (base("k"), correlation("it", "temporal", "k", condition="k"), "text", None, []):
        assert readable(other) is other


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"window": "session"}, "no key window"),
        ({"timespan": "900y"}, "three hundred years"),
        ({"group-by": ["nonsense"]}, "nonsense"),
        ({"aliases": {"who": {"l": "target"}}, "group-by": ["who"]}, "the alias who"),
        ({"aliases": {"who": {"m": "target"}}, "group-by": ["who"]}, "not among its rules"),
        ({"condition": {"gte": 2, "field": "target"}}, "counts no values"),
        ({"bounds": {"over": 2}}, "operators and numbers"),
        ({"bounds": {"gt": "2"}}, "no number"),
        ({"type": "value_count", "condition": {"gte": 2, "field": "nonsense"}}, "nonsense"),
        ({"type": "value_sum", "condition": {"gte": 2, "field": ["actor", "target"]}}, "one field"),
        ({"type": "value_sum", "condition": {"gte": 2, "field": "actor", "percentile": 9}}, "no p"),
        ({"type": "value_percentile", "condition": {"gte": 2, "field": "actor"}}, "percentile"),
        ({"type": "temporal", "rules": ["k", "l"], "condition": "not k and not l"}, "must occur"),
        (
            {"type": "temporal_ordered", "rules": ["k", "l"], "condition": "not k and l"},
            "one before it that must",
        ),
        ({"type": "temporal_ordered", "rules": ["k", "l"], "condition": {"gte": 1}}, "all its"),
        ({"new_terms": {"days": 3}}, "warm_up and placeholders"),
        ({"new_terms": {}, "condition": {"gte": 2}}, "gte: 1"),
        ({"new_terms": {}, "condition": {"gte": 1}, "group-by": None}, "group-by"),
        ({"new_terms": {"warm_up": "soon"}, "condition": {"gte": 1}}, "warm_up"),
        ({"new_terms": {"placeholders": "-"}, "condition": {"gte": 1}}, "are a list"),
        ({"rules": ["it", "k"]}, "refers to itself"),
    ],
)
def test_what_is_not_evaluated_says_why(tmp_path: Path, asked: dict[str, Any], why: str) -> None:
    given = {"condition": {"gte": 2}} | asked
    it = correlation("it", "event_count", "k", **given)
    run = scanned(tmp_path, [act("a", 0, "k")], [base("k"), base("l"), it])
    assert why in run.unsupported["it"]
    assert "it" not in run.evaluated


def test_a_condition_alone_names_its_rules(tmp_path: Path) -> None:
    it = correlation("it", "temporal_ordered", condition="l and k")
    del it["correlation"]["rules"]
    rows = [act("a", 0, "k"), act("b", 1, "l"), act("c", 2, "k")]
    assert uids(scanned(tmp_path, rows, [base("k"), base("l"), it])) == "bc"
