"""Firsts of their kind, against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from forensics.baselines import cells, rare_nights


@pytest.fixture
def moderators(acts: Any) -> Any:
    """Four moderators of four acts a day for twenty days: eighty acts each."""
    for name in ("a", "b", "c", "d"):
        acts.employ(name, "moderator")
        for day in range(20):
            acts.did(name, day, "content.delete", n=4, reason_code="spam")
    acts.protect("@vip")
    return acts


def firsts(acts: Any) -> list[Any]:
    engine = acts.engine()
    cells.register(engine)
    rare_nights.register(engine)
    return rare_nights.readings(engine)


def test_a_first_is_told_with_its_counts(moderators: Any, first_day: int) -> None:
    moderators.did("a", 20, "content.delete", n=2, reason_code="legal")
    (one,) = firsts(moderators)
    assert (one.who, one.day, one.statistic) == ("a", first_day + 20, "first of its kind")
    # Nights with thirty own acts before: from the ninth on, twelve of each of four people, and
    # no first on any; the night itself is not among them.
    assert one.p == 1 / (4 * 12 + 1)
    bits = -math.log2((0 + 50 * 0.5 / 241) / (80 + 50))
    assert one.sentence == (
        "the reason code legal: in 2 acts of this night, in 0 of 80 own acts and in 0 of 240 acts"
        f" of 3 peers in the role moderator in the 90 days before ({bits:.1f} bits of surprise)."
        " Somebody did something as rare for the first time on 0 of 48 nights worked in that time."
    )


def test_the_act_and_the_tier_go_together(moderators: Any) -> None:
    moderators.did("b", 20, "content.delete", target="@VIP", reason_code="spam")
    (one,) = firsts(moderators)
    assert one.column == "action"
    assert one.values == ("content.delete on vip",)


def test_earlier_firsts_make_a_first_less_rare(moderators: Any) -> None:
    moderators.employ("e", "moderator")
    for day in range(10, 20):
        moderators.did("e", day, "content.delete", n=4, reason_code="spam")
    moderators.did("e", 20, "content.delete", reason_code="other")
    # Twelve nights of four people, and the last two of e, have thirty own acts before.
    assert [one.p for one in firsts(moderators)] == [1 / 51]
    moderators.did("a", 19, "content.delete", reason_code="legal")
    # With 76 own acts and not 40 before, a's first is the rarer: rarer than e's, so it counts.
    assert {one.who: one.p for one in firsts(moderators)} == {"a": 1 / 46, "e": 2 / 51}


@pytest.mark.parametrize(
    ("who", "day", "n"),
    [
        pytest.param("a", 3, 1, id="done before"),
        pytest.param("b", 5, 3, id="done by one in a hundred of the peers' acts"),
    ],
)
def test_what_is_no_first(moderators: Any, who: str, day: int, n: int) -> None:
    moderators.did("a", 20, reason_code="legal")
    assert [one for one in firsts(moderators) if one.column == "reason_code"]
    moderators.did(who, day, reason_code="legal", n=n)
    assert not [one for one in firsts(moderators) if one.column == "reason_code"]


def test_too_few_own_acts_make_no_first(moderators: Any) -> None:
    for day in range(20):
        moderators.did("new", day, reason_code="spam", n=1 + (day < 9))
    moderators.did("new", 20, reason_code="legal")
    assert firsts(moderators) == []
    moderators.did("new", 19, reason_code="spam")
    assert [one.who for one in firsts(moderators)] == ["new"]


def test_who_asked_is_told_of_a_new_approver(moderators: Any) -> None:
    for day in range(20):
        moderators.did("lead", day, "approval.grant", approval_requested_by="a", n=2)
        moderators.did("lead", day, "approval.grant", approval_requested_by="b", n=6)
    moderators.did("a-second", 20, "approval.grant", approval_requested_by="a")
    found = [one for one in firsts(moderators) if one.column == "approver"]
    assert [(one.who, one.values) for one in found] == [("a", ("a-second",))]


def test_history_is_ninety_days(moderators: Any) -> None:
    moderators.did("a", 0, "content.delete", reason_code="legal")
    for day in range(70, 91):
        moderators.did("a", day, n=4, reason_code="spam")
        moderators.did("b", day, n=4, reason_code="spam")
    moderators.did("a", 90, reason_code="legal")
    assert not [one for one in firsts(moderators) if one.values == ("legal",)]
    moderators.rows[-1]["reason_code"] = "spam"
    moderators.did("a", 91, reason_code="legal")
    assert [one for one in firsts(moderators) if one.values == ("legal",)]


def test_accounts_of_services_are_not_looked_at(moderators: Any) -> None:
    moderators.accounts.append({"account": "a", "person": "a", "kind": "service"})
    moderators.did("a", 20, reason_code="legal")
    moderators.did("b", 20, reason_code="other", actor_type="service")
    assert firsts(moderators) == []
