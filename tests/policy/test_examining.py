"""One act laid open: each policy's answers, or which entry of its scope keeps the act out."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.policy import terms
from forensics.policy.examining import Examined, examine

OWN = """
id: own
title: own
level: high
scope: {{action: account.deactivate, target.tier: vip, outcome: success}}
require: [{{approval: {{}}}}]
raise: [{{if: {{employment: {{phase: ended}}}}, level: critical}}]
on_unknown: report
effective: {{from: {since}}}
"""
RATE = """
id: rate
title: rate
level: low
scope: {action: account.deactivate}
limit: [{rate: {count: 1, per: actor.id, window: 1h}}]
on_unknown: report
"""


@pytest.fixture
def examined(world: Any) -> dict[tuple[str, str, str], Examined]:
    """Two versions of a policy and a rate about two acts, by policy, start of force and act."""
    world.approve(-200, approval_requested_by="someone", target="@other")
    act = world.act(0, uid="act")
    world.person(act, belief="now", phases=["ended"])
    world.act(5, uid="ordinary", target="@ordinary")
    policies = [
        terms.parse(text.encode(), "p.yml")
        for text in (OWN.format(since="2017-01-01"), OWN.format(since="2018-01-01"), RATE)
    ]
    found = examine(world.engine(), policies, {"act", "ordinary", "none"})
    return {
        (
            one.policy.id,
            "today" if one.today else "then" if one.in_force else "later",
            one.event_uid,
        ): one
        for one in found
    }


def test_answers_and_verdicts_under_both_beliefs(examined: Any) -> None:
    one = examined["own", "then", "act"]
    assert (one.in_scope, one.selections) == (True, ())
    assert (one.at_act.value, one.at_act.level, one.at_act.as_known) == (
        "violation",
        "high",
        "at_act",
    )
    assert (one.now.value, one.now.level, one.now.as_known) == ("violation", "critical", "now")
    approval, employment = one.asked
    assert (approval.clause, approval.term.predicate, approval.at_act.value) == (
        "require", "approval", False,
    )  # fmt: skip
    assert "no approval" in (approval.at_act.sentence or "")
    assert (employment.clause, employment.at_act.value, employment.now.value) == (
        "raise", False, True,
    )  # fmt: skip


def test_what_keeps_an_act_out_of_scope_is_told(examined: Any) -> None:
    one = examined["own", "then", "ordinary"]
    assert (one.in_scope, one.at_act, one.now, one.asked) == (False, None, None, ())
    ((action, tier, outcome),) = one.selections
    assert (action.held, tier.held, outcome.held) == (True, False, True)
    assert (tier.key, tier.wanted) == ("target.tier", "vip")


def test_a_version_that_came_later_judges_only_as_that_of_today(examined: Any) -> None:
    later, today = examined["own", "later", "act"], examined["own", "today", "act"]
    assert (later.in_scope, later.at_act) == (False, None)
    assert (today.in_scope, today.at_act.value) == (True, "violation")


def test_a_rate_sees_the_acts_around(examined: Any) -> None:
    assert examined["rate", "then", "act"].at_act.value == "compliant"
    assert examined["rate", "then", "ordinary"].at_act.value == "violation"
    assert not any(uid == "none" for _, _, uid in examined)


def test_a_case_without_acts_or_policies_answers_nothing(world: Any) -> None:
    world.act()
    engine = world.engine()
    assert examine(engine, [], {"e0"}) == ()
    engine.unregister("acts")
    assert examine(engine, [terms.parse(RATE.encode(), "p.yml")], {"e0"}) == ()
