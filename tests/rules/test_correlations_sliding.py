"""Correlations agree with a naive sliding-window evaluator on thousands of random histories."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asking import START, base, scanned
from sliding import Event, Rules, stretches, taking_part, windows

from forensics.rules.match import RuleRun

HISTORIES = 5_400

RULES: Rules = {
    "a": lambda one: "a" in one["action"],
    "b": lambda one: "b" in one["action"],
    "c": lambda one: "c" in one["action"],
}


def asked(kind: str, *rules: str, **more: Any) -> dict[str, Any]:
    group = ["tenant", "actor"]
    return {"type": kind, "rules": list(rules), "group-by": group, "timespan": "10s"} | more


WHO = {"aliases": {"who": {"a": "actor", "b": "target"}}, "group-by": ["tenant", "who"]}
CORRELATIONS: dict[str, dict[str, Any]] = {
    "count_gte": asked("event_count", "a", condition={"gte": 3}),
    "count_two_rules": asked("event_count", "a", "b", condition={"gt": 2}),
    "count_lte": asked("event_count", "a", condition={"lte": 1}),
    "count_eq": asked("event_count", "a", "b", condition={"eq": 2}),
    "count_neq": asked("event_count", "b", condition={"neq": 2}),
    "count_range": asked("event_count", "a", "b", condition={"gt": 1, "lte": 3}),
    "count_alias": asked("event_count", "a", "b", condition={"gte": 2}, **WHO),
    "values": asked("value_count", "a", "b", condition={"field": "target", "gte": 2}),
    "values_of_lists": asked("value_count", "a", condition={"field": "targets", "eq": 2}),
    "sum": asked("value_sum", "a", condition={"field": "reason", "gte": 6}),
    "average": asked("value_avg", "a", "b", condition={"field": "reason", "lt": 2}),
    "median": asked("value_median", "a", condition={"field": "reason", "gte": 2}),
    "percentile": asked(
        "value_percentile", "a", condition={"field": "reason", "gt": 2, "percentile": 75}
    ),
    "near": asked("temporal", "a", "b"),
    "near_some": asked("temporal", "a", "b", "c", condition={"gte": 2}),
    "near_alias": asked("temporal", "a", "b", **WHO),
    "near_or": asked("temporal", "a", "b", "c", condition="a and (b or c)"),
    "absent": asked("temporal", "a", "b", condition="a and not b"),
    "absent_of_three": asked("temporal", "a", "b", "c", condition="a and b and not c"),
    "absent_or": asked("temporal", "a", "b", "c", condition="a and (c or not b)"),
    "order": asked("temporal_ordered", "a", "b"),
    "order_of_three": asked("temporal_ordered", "a", "b", "c"),
    "order_back": asked("temporal_ordered", "c", "a"),
    "order_or": asked("temporal_ordered", "a", "b", "c", condition="a and b or b and c"),
    "order_without": asked("temporal_ordered", "a", "b", "c", condition="a and not b and c"),
    "order_unfollowed": asked("temporal_ordered", "a", "b", "c", condition="a and b and not c"),
    "unfollowed": asked("temporal_ordered", "a", "b", condition="a and not b"),
    "new": asked(
        "event_count", "a", condition={"gte": 1}, new_terms={"warm_up": "5s", "placeholders": ["-"]}
    ),
    "counted_matches": asked("event_count", "count_gte", condition={"gte": 2}, timespan="30s"),
    "many_then_b": asked("temporal_ordered", "count_gte", "b", timespan="20s"),
    "near_matches": asked("temporal", "near", "count_lte", "c"),
    "of_order": asked("temporal", "order", "c", timespan="15s", **{"group-by": ["tenant"]}),
    "pair": asked("event_count", "a", condition={"gte": 2}, timespan="3s"),
    "apart": asked("temporal", "pair", "a", timespan="30s", **{"group-by": ["tenant", "target"]}),
    "thrice_chained": asked("temporal", "many_then_b", "c", **{"group-by": ["tenant"]}),
}


def history(number: int, dice: random.Random) -> list[Event]:
    """Up to nine acts in forty seconds, with ties, two sources and missing values."""
    busy = dice.choice([["a"], ["a", "b"], ["a", "a", "b", "c", "ab", "x"], ["a", "b", "c"]])
    who = dice.choice([["ada", "ADA", None], ["ada"], ["ada", "bob", "-"]])
    latest = dice.choice([12, 25, 40])
    return [
        {
            "uid": f"{number:05}-{n}",
            "time": None if dice.random() < 0.02 else dice.randrange(latest),
            "tenant": f"{number}",
            "source": f"{number}-{dice.choice('xyy')}",
            "action": dice.choice(busy),
            "actor": dice.choice(who),
            "target": dice.choice(["ada", "Bob", "bob", None]),
            "targets": dice.choice([None, [], ["k"], ["K", "l"], ["m"]]),
            "reason": dice.choice(["1", "2", "3", "-1", "many", None]),
            "sequence": dice.choice([None, 1, 2, 3]),
        }
        for n in range(dice.randrange(1, 10))
    ]


def scan(folder: Path, histories: list[list[Event]]) -> RuleRun:
    rows = []
    for one in (one for events in histories for one in events):
        moment = None if one["time"] is None else START + timedelta(seconds=one["time"])
        rows.append({**one, "time": moment, "event_uid": one["uid"]})
    documents = [
        {"title": name, "name": name, "correlation": given | {"generate": True}}
        for name, given in CORRELATIONS.items()
    ]
    return scanned(folder, rows, [*map(base, "abc"), *documents])


@pytest.fixture(scope="module")
def histories() -> list[list[Event]]:
    dice = random.Random(20260105)
    return [history(number, dice) for number in range(HISTORIES)]


@dataclass(frozen=True)
class Told:
    """What the scan says of one rule: by history, the events and the groups."""

    uids: dict[str, set[str]]
    groups: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, histories: list[list[Event]]) -> dict[str, Told]:
    outcome = scan(tmp_path_factory.mktemp("sliding"), histories)
    assert not outcome.unsupported
    by_rule = {name: Told(defaultdict(set), defaultdict(list)) for name in CORRELATIONS}
    for row in outcome.matches.to_pylist():
        if row["rule_id"] in by_rule:
            by_rule[row["rule_id"]].uids[row["event_uid"].split("-")[0]].add(row["event_uid"])
    for row in outcome.groups.to_pylist():
        first, last = ((row[at] - START).seconds for at in ("first_time", "last_time"))
        by_rule[row["rule_id"]].groups[f"{int(row['keys'][0]):05}"].append(
            (tuple(row["keys"]), first, last, row["reached"], row["events"])
        )
    return by_rule


# Where something must not come between, a stretch may be said to begin before its first chain.
LOOSE = {"order_without"}


@pytest.mark.parametrize("name", CORRELATIONS)
def test_agrees_with_the_naive_evaluator(
    name: str, told: dict[str, Told], histories: list[list[Event]]
) -> None:
    asked_, rules = CORRELATIONS[name], {**RULES, **CORRELATIONS}
    few = set(asked_.get("condition", ())) <= {"lt", "lte", "field"}
    matched = 0
    for number, events in enumerate(histories):
        found = windows(asked_, rules, events)
        expected = taking_part(found)
        matched += bool(expected)
        assert told[name].uids[f"{number:05}"] == expected, events
        if name in LOOSE:
            continue
        times = {one["uid"]: one["time"] for one in events}
        groups = [
            (one.key, *_ends(times[uid] for uid in one.uids), one.reached, len(one.uids))
            for one in stretches(found, least=few)
        ]
        assert sorted(told[name].groups[f"{number:05}"]) == sorted(groups), events
    assert 20 < matched < HISTORIES - 20, matched


def _ends(moments: Iterable[int]) -> tuple[int, int]:
    listed = sorted(moments)
    return listed[0], listed[-1]
