"""What each key of a policy does to the verdict: scope, limit, exceptions, levels, and versions."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

BASE = """
id: X
title: leavers
level: medium
scope: {scope}
forbid:
  - employment: {{phase: [notice]}}
on_unknown: {on_unknown}
{more}
"""


def policy(
    scope: str = "{action_class: destructive}", more: str = "", on_unknown: str = "report"
) -> str:
    return BASE.format(scope=scope, more=more, on_unknown=on_unknown)


def values(world: Any, *policies: str) -> dict[str, str]:
    """By act, the value as known at the act of each act that is worth a verdict."""
    found = world.judge(*policies).verdicts
    return {one.event_uid: one.value for one in found if one.as_known == "at_act"}


SELECTED = [
    ("{actor|startswith: contractor-}", ["plain"]),
    ("{actor: CONTRACTOR-7}", ["plain"]),
    ("{actor|re: '^lead'}", ["lead"]),
    ("{actor|contains|all: [lea, '-1']}", ["lead"]),
    ("{actor|neq: lead-1}", ["plain"]),
    ("{src_ip|cidr: 10.1.0.0/16}", ["lead"]),
    ("{src_ip|cidr: [10.1.0.0/16, '2001:db8::/32']}", ["lead", "plain"]),
    ("{reason_code: null}", ["lead"]),
    ("{reason_code|exists: true}", ["plain"]),
    ("{action: account.*, actor: lead-*}", ["lead"]),
    ("{actor|fieldref: target}", []),
    ("[{actor: lead-1}, {reason_code: spam}]", ["lead", "plain"]),
    ("[{actor: lead-1, reason_code|exists: true}, {actor: nobody}]", []),
    ("{time|hour: 12}", ["lead", "plain"]),
    ("{outcome: attempt}", []),
    ("{session_id: s-1, actor: lead-1}", ["lead"]),
]


@pytest.mark.parametrize(("scope", "selected"), SELECTED)
def test_a_scope_selects_as_a_rule_does(world: Any, scope: str, selected: list[str]) -> None:
    world.act(1, uid="plain", src_ip="2001:db8::7", reason_code="spam", phases=["notice"])
    world.act(2, uid="lead", actor="lead-1", src_ip="10.1.2.3", session_id="s-1", phases=["notice"])
    found = values(world, policy(scope))
    assert sorted(uid for uid, value in found.items() if value == "violation") == selected


@pytest.mark.parametrize(
    ("scope", "fact"),
    [
        ("{src_ip|cidr: 10.0.0.0/8}", "src_ip of the act"),
        ("{reason_code|neq: spam}", "reason_code of the act"),
        ("{actor|fieldref: tenant}", "actor of the act"),
        ("[{src_ip: 10.0.0.1}, {reason_code: spam}]", "reason_code of the act"),
        ("{actor.kind: human}", "kind of account contractor-7"),
        ("{actor.account_class: break_glass}", "kind of account contractor-7"),
    ],
)
def test_what_is_not_recorded_leaves_the_scope_unknown(world: Any, scope: str, fact: str) -> None:
    world.act(actor_type=None, phases=["notice"], target="@x")
    world.person("e0", phases=["notice"], account_kind=None)
    (found,) = world.judge(policy(scope)).verdicts
    assert found.value == "unknown"
    assert fact in found.missing
    assert found.sentences[-1] == "it is not known whether the policy covers the act"


def test_a_scope_that_is_not_known_is_compliant_where_nothing_is_wrong(world: Any) -> None:
    world.act(phases=["employed"])
    assert values(world, policy("{src_ip: 10.0.0.1}")) == {"e0": "compliant"}


@pytest.mark.parametrize(
    ("actor_type", "kind", "human"),
    [
        ("user", "personal", "violation"),
        ("user", None, "violation"),
        (None, "admin", "violation"),
        ("service", None, None),
        ("system", "personal", None),
        ("user", "service", "unknown"),
    ],
)
def test_the_kind_of_an_actor(
    world: Any, actor_type: str | None, kind: str | None, human: str | None
) -> None:
    world.act(uid="a", actor_type=actor_type)
    world.person("a", phases=["notice"], account_kind=kind)
    assert values(world, policy("{actor.kind: human}")).get("a") == human


def test_an_account_that_a_complete_list_does_not_name_is_not_of_the_class(world: Any) -> None:
    scope = "{actor.account_class: break_glass}"
    world.accounts = [{"account": "bg-1", "kind": "break_glass"}]
    world.act(1, uid="own", actor="bg-1")
    world.person("own", phases=["notice"], account_kind="break_glass")
    world.act(2, uid="other")
    world.person("other", phases=["notice"], account_kind=None)
    # Who used a break-glass account is nobody's name; the other account is not asked about.
    assert values(world, policy(scope)) == {"own": "unknown"}
    world.accounts = None
    found = world.judge(policy(scope))
    assert found.not_evaluated == {"X": "this case has no accounts"}


def test_a_limit_that_is_exceeded_is_a_violation(world: Any) -> None:
    world.act(phases=["notice"])
    assert values(world, policy().replace("forbid:", "limit:")) == {"e0": "violation"}


@pytest.mark.parametrize(
    ("phases", "exception", "value"),
    [
        (["notice"], "employment: {phase: notice}", "compliant"),
        (["notice"], "employment: {phase: ended}", "violation"),
        (["notice"], "approval: {min: 1}", "unknown"),
        (["notice"], "target.tier: vip", "compliant"),
        (["notice"], "target.tier: vip, employment: {phase: ended}", "violation"),
        (["notice"], "src_ip: 10.0.0.1", "unknown"),
        (["unknown"], "target.tier: vip", "compliant"),
    ],
)
def test_an_exception_excuses(world: Any, phases: list[str], exception: str, value: str) -> None:
    world.act(phases=phases)
    (found,) = world.judge(policy(more=f"exceptions: [{{{exception}}}]")).verdicts
    assert found.value == value


def test_an_exception_says_what_excuses(world: Any) -> None:
    world.approve(-10)
    world.accounts = [{"account": "contractor-7", "person": "p7", "kind": "personal"}]
    world.act(phases=["notice"])
    found = world.judge(policy(more="exceptions: [{approval: {min: 1}}]")).verdicts[-1]
    assert found.value == "compliant"
    assert found.sentences[0].startswith("contractor-7 was in notice")
    assert found.sentences[1].startswith("excepted: approved by lead-1")
    assert "e0" in found.evidence


def test_what_unknown_counts_as(world: Any) -> None:
    world.act(1, uid="who", phases=["unknown"])
    world.act(2, uid="where", phases=["unknown"], outcome=None)
    scope = "{action_class: destructive, outcome: success}"
    assert values(world, policy(scope)) == {"who": "unknown", "where": "unknown"}
    found = world.judge(policy(scope, on_unknown="violation"))
    assert {v.event_uid: v.value for v in found.verdicts} == {
        "who": "violation",
        "where": "unknown",
    }
    strict = next(v for v in found.verdicts if v.event_uid == "who")
    assert strict.missing == ("employment of contractor-7 as of 2017-11-02",)
    assert strict.sentences[-1] == "what is not known counts as a violation of this policy"
    quiet = world.judge(policy(scope, on_unknown="ignore"))
    assert (quiet.verdicts, quiet.unknown) == ((), {"X": 2})


@pytest.mark.parametrize(
    ("raises", "level"),
    [
        ("{if: {target.tier: vip}, level: low}", "low"),
        ("{if: {target.tier: vip}, level: low}, {if: {action: account.*}, level: high}", "high"),
        ("{if: {action: account.*}, level: high}, {if: {outcome: success}, level: critical}",
         "critical"),
        ("{if: {action: role.grant}, level: low}", "medium"),
        ("{if: {employment: {phase: notice}}, level: low}", "low"),
    ],
)  # fmt: skip
def test_the_level_is_raised_or_else_lowered(world: Any, raises: str, level: str) -> None:
    world.act(phases=["notice"])
    assert world.judge(policy(more=f"raise: [{raises}]")).verdicts[0].level == level


def test_a_level_that_may_be_lower_is_said(world: Any) -> None:
    world.act(phases=["notice"])
    found = world.judge(policy(more="raise: [{if: {src_ip: 10.0.0.1}, level: low}]")).verdicts[0]
    assert found.level == "medium"
    assert found.sentences[-1] == "the level may be low; not known: src_ip of the act"


def test_a_belief_that_differs_is_annotated(world: Any) -> None:
    world.act(phases=["employed"])
    world.person("e0", belief="now", phases=["notice"])
    _, now = world.judge(policy(more="annotate: [{if_known_later: backdated_notice}]")).verdicts
    assert now.sentences[-1].startswith("learned later (backdated_notice): as known at the act")


def test_a_policy_that_has_ended_judges_no_more(world: Any) -> None:
    world.act(-1, uid="before", phases=["notice"])
    world.act(0, uid="after", phases=["notice"])
    ended = policy(more="effective: {from: 2017-01-01, to: 2017-11-02T12:00:00Z}")
    assert values(world, ended) == {"before": "violation"}


def test_what_todays_policy_would_not_allow_is_a_note(world: Any) -> None:
    world.act(-60, uid="before", phases=["ended"])
    world.act(-50, uid="both", phases=["notice"])
    world.act(0, uid="after", phases=["ended"])
    old = policy()
    new = policy(more="effective: {from: 2017-11-02T12:00:00Z}").replace("[notice]", "[ended]")
    found = world.judge(old, new).verdicts
    told = [(v.event_uid, v.as_known, v.value) for v in found]
    assert told == [
        ("before", "at_act", "compliant"),
        ("before", "now", "not_applicable"),
        ("both", "at_act", "violation"),
        ("after", "at_act", "violation"),
    ]
    note = found[1].sentences
    assert note[0].startswith("would violate today's policy (version ")
    assert note[0].endswith(", in force since 2017-11-02)")
    assert note[1].startswith("contractor-7 was past the end of access")


def test_a_question_is_asked_once_for_all_policies(world: Any) -> None:
    world.act(phases=["notice"])
    world.act(1, uid="grant", action="role.grant", phases=["notice"])
    other = policy("{action: role.grant}").replace("id: X", "id: Y")
    assert values(world, policy(), other) == {"e0": "violation", "grant": "violation"}


@pytest.mark.parametrize("on_unknown", ["report", "violation"])
def test_what_is_said_of_acts_agrees_with_how_they_are_counted(world: Any, on_unknown: str) -> None:
    chance = random.Random(5)
    for minute in range(300):
        world.act(
            minute,
            outcome=chance.choice(["success", "failure", None]),
            src_ip=chance.choice(["10.0.0.1", "192.0.2.1", None]),
            reason_code=chance.choice(["spam", None]),
            phases=chance.choice([["notice"], ["employed"], ["unknown"], ["notice", "employed"]]),
        )
    rule = policy(
        "[{outcome: success}, {src_ip|cidr: 10.0.0.0/8}]",
        "exceptions: [{reason_code: spam, src_ip: 192.0.2.1}, {src_ip|startswith: '172.'}]",
        on_unknown,
    )
    found = world.judge(rule)
    said = Counter(verdict.value for verdict in found.verdicts)
    assert said["compliant"] == found.compliant["X"] > 10
    assert said["unknown"] == found.unknown["X"] > 10
    assert said["violation"] > 10
