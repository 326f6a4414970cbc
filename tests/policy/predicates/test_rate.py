"""Rate: what counts, when the limit is exceeded, and what leaves it open."""

from __future__ import annotations

from typing import Any

import pytest
from histories import History

from forensics.policy.predicates import rate

LIMIT: dict[str, Any] = {"count": 2, "per": "actor.id", "window": "10m"}


def burst(*minutes: float, **fields: Any) -> History:
    story = History(0)
    for place, minute in enumerate(minutes):
        given = {"actor": "ann", "target": f"t{place}"} | fields
        story.event(minute * 60, "account.suspend", act=True, **given)
    return story


def test_one_more_than_the_limit_within_the_window_exceeds_it(answer: Any) -> None:
    assert answer(burst(-9, -5), "rate", **LIMIT)["value"] is False
    found = answer(burst(-9, -5, 0), "rate", **LIMIT)
    assert found["value"] is True
    assert found["sentence"] == (
        "ann: 3 acts within 10m up to 2017-11-02 12:00:00Z; the limit is 2"
    )
    assert found["evidence"] == ["0-0", "0-1", "0-2"]
    assert answer(burst(-11, -5, 0), "rate", **LIMIT)["value"] is False


def test_a_stamp_at_the_edge_of_the_window_leaves_it_open(answer: Any) -> None:
    found = answer(burst(-10, -5, 0), "rate", **LIMIT)
    assert (found["value"], found["missing"]) == (None, ["exact times of the acts"])


def test_acts_stamped_alike_are_all_seen_by_each(answer: Any) -> None:
    assert answer(burst(0, 0, 0, time_precision="s"), "rate", **LIMIT)["value"] is True


def test_one_act_is_one_act(answer: Any) -> None:
    assert ": 1 act within 10m" in answer(burst(0), "rate", **LIMIT)["sentence"]


def test_a_request_tried_again_counts_once(answer: Any) -> None:
    tried = burst(-2, -1, 0, target="x", request_id="r1")
    assert answer(tried, "rate", **LIMIT)["value"] is False
    assert answer(burst(-2, -1, 0, request_id="r1"), "rate", **LIMIT)["value"] is True


def test_a_bulk_act_counts_with_its_targets(answer: Any) -> None:
    names = [f"n{number}" for number in range(12)]
    assert answer(burst(0, targets=names), "rate", **LIMIT)["value"] is True
    few = answer(burst(0, targets=names[:3]), "rate", **LIMIT)
    assert (few["value"], few["missing"]) == (None, ["number of targets of bulk acts"])
    assert answer(burst(0, targets=["id-1", "mail"]), "rate", **LIMIT)["value"] is False


def test_different_targets_are_counted_once_each(answer: Any) -> None:
    distinct = LIMIT | {"distinct": "target.id"}
    assert answer(burst(-2, -1, 0, target="x"), "rate", **distinct)["value"] is False
    assert answer(burst(-2, -1, 0), "rate", **distinct)["value"] is True
    nameless = answer(burst(-2, -1, 0, target=None), "rate", **distinct)
    assert (nameless["value"], nameless["missing"]) == (None, ["target.id of an act"])


def test_only_acts_that_the_selection_names_count(answer: Any) -> None:
    story = burst(-3, -2)
    story.event(-60, "account.delete", act=True, actor="ann")
    where = {"where": {"action": ["account.suspend"]}}
    assert answer(story, "rate", **LIMIT)["value"] is True
    found = answer(story, "rate", **LIMIT, **where)
    assert found["value"] is False
    assert found["sentence"] == "the act is none of those that the limit counts"


def test_another_account_has_a_count_of_its_own_and_nobody_has_none(answer: Any) -> None:
    story = burst(-3, -2)
    story.event(0, "account.suspend", act=True, actor="bob")
    assert answer(story, "rate", **LIMIT)["value"] is False
    found = answer(burst(0, actor=None), "rate", **LIMIT)
    assert (found["value"], found["missing"]) == (None, ["actor.id of the act"])


@pytest.mark.parametrize(
    ("params", "faulty"),
    [
        ({}, [""]),
        (LIMIT | {"count": True}, ["count"]),
        (LIMIT | {"per": "actr.id"}, ["per"]),
        (LIMIT | {"distinct": ["target.id", "case"]}, ["distinct"]),
        (
            LIMIT | {"window": "10 min", "sliding": False, "limit": 3},
            ["limit", "sliding", "window"],
        ),
        (LIMIT | {"where": {"target.teir": "vip"}}, ["where"]),
        (LIMIT | {"where": {"user_agent": "x"}}, ["where"]),
    ],
)
def test_faults_are_named_by_parameter(params: dict[str, Any], faulty: list[str]) -> None:
    found = rate.validate(params)
    assert sorted(found) == faulty
