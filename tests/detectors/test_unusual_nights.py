"""Unusual nights as findings: words, levels, budget, and a case that is too short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from forensics import api
from forensics.baselines.combine import RULE, UnusualNight
from forensics.baselines.reading import Reading
from forensics.detectors import Answer, scanning, unusual_nights
from forensics.findings.document import Finding

DAY = 24 * 60
BANNED = ("rogue", "malicious", "guilty", "suspect", "risk", "score")


@pytest.fixture(scope="module")
def case(lasting: Any) -> Iterator[api.Case]:
    """Thirty days of three suspensions each by two people; then fourteen each on one night."""
    for day in range(30):
        for login in ("worker", "lead"):
            for number in range(3):
                lasting.did(day * DAY + 20 * number, "account_suspended", login=login)
    for number in range(14):
        lasting.did(30 * DAY + number, "account_suspended", on="@protected" if number < 2 else None)
    for number in range(14):
        lasting.did(30 * DAY + number, "account_suspended", login="lead")
    yield lasting.case()


def asked(case: api.Case, budget: int = 5) -> Answer:
    case.facts.budget = budget
    return unusual_nights.DETECTOR.find(case.facts)


@pytest.fixture(scope="module")
def told(case: api.Case) -> list[Finding]:
    return asked(case).findings


def test_a_burst_is_told_with_its_counts_and_without_a_verdict(told: list[Finding]) -> None:
    assert [(one.actor, one.person) for one in told] == [("lead", "lead"), ("worker", "worker")]
    one = told[1]
    assert (one.rule, one.verdict, one.title) == (
        "unusual_nights",
        "match",
        "Unusual acts on 2017-12-02",
    )
    assert (
        "14 account.suspend this night, where 2.9 are usual (90 acts on 30 days worked"
        in " ".join(one.sentences)
    )
    assert one.innocent
    assert one.refutes
    assert one.counts[-1].label == "acts in this finding"
    assert (one.counts[-1].n, one.counts[-1].of) == (14, 14)
    assert len(one.evidence) == 14
    said = " ".join((one.title, *one.sentences, *one.innocent, *one.refutes)).lower()
    assert not [word for word in BANNED if word in said]


def test_unapproved_acts_on_protected_targets_raise_the_level(told: list[Finding]) -> None:
    assert {one.actor: one.level for one in told} == {"worker": "medium", "lead": "low"}


def test_the_same_night_has_the_same_id(case: api.Case, told: list[Finding]) -> None:
    assert [one.id for one in asked(case, budget=9).findings] == [one.id for one in told]
    assert len({one.id for one in told}) == 2


def test_what_the_budget_holds_back_is_counted(case: api.Case) -> None:
    answer = asked(case, budget=1)
    assert [one.actor for one in answer.findings] == ["lead"]
    (line,) = answer.evaluated
    assert line.endswith("1 unusual, and 1 more beyond the budget of 1 a night")
    assert answer.not_evaluated == [
        "unusual_nights: the first 20 nights of the case have too short a history"
    ]
    assert answer.failed == []


def test_a_scan_is_told_the_budget(case: api.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "all_detectors", lambda: (unusual_nights.DETECTOR,))
    assert [one.actor for one in case.scan(budget=1).findings] == ["lead"]
    assert [one.actor for one in case.scan().findings] == ["worker", "lead"]


def test_a_short_history_is_said_and_is_no_failure(small: Any) -> None:
    for day in range(20):
        small.did(day * DAY, "account_suspended")
    answer = asked(small.case())
    assert answer.not_evaluated == [
        "unusual_nights: history too short: 20 nights with acts, 21 are needed"
    ]
    assert answer.failed == []


def unusual(*readings: tuple[str, float | None], p: float | None = 1e-5) -> UnusualNight:
    made = tuple(Reading(name, "a", 1, p, "", (), "verb", ()) for name, p in readings)
    return UnusualNight("a", 1, p, made, (), 1)


@pytest.mark.parametrize(
    ("readings", "protected", "level"),
    [
        pytest.param([("x", 1e-6)], [], "low", id="one statistic"),
        pytest.param([("x", 1e-6), ("y", 1e-6)], [], "medium", id="two statistics"),
        pytest.param([("x", 1e-6), ("y", None)], [], "low", id="evidence beside it"),
        pytest.param([("x", 1e-6)], [False, True], "medium", id="not all approved"),
        pytest.param([("x", 1e-6), ("y", 1e-6)], [False], "medium", id="statistics are never high"),
        pytest.param([("x", 1e-6), ("y", 1e-6)], [True], "low", id="approved"),
        pytest.param([(RULE, None)], [], "medium", id="a session in doubt"),
        pytest.param([(RULE, None)], [True], "medium", id="a session in doubt, approved"),
        pytest.param([(RULE, None)], [False], "high", id="a session in doubt, protected"),
    ],
)
def test_levels(
    readings: list[tuple[str, float | None]], protected: list[bool], level: str
) -> None:
    doubted = any(name == RULE for name, _ in readings)
    assert unusual_nights.level(unusual(*readings), protected, doubted=doubted, grave=True) == level


def test_far_beyond_chance_is_medium_where_acts_are_grave() -> None:
    night = unusual(("x", 1e-8), p=1e-7)
    assert unusual_nights.level(night, [], doubted=False, grave=True) == "medium"
    assert unusual_nights.level(night, [], doubted=False, grave=False) == "low"
    assert unusual_nights.level(night, [True], doubted=False, grave=True) == "low"
