"""Which verdicts are named, which are only counted, and by which version acts are judged."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from forensics.findings import document
from forensics.policy import ApprovalReading, Telling, Verdict, evaluate, terms

P1 = """
id: P1
title: two persons
level: critical
scope: {action: account.deactivate, outcome: success, target.tier: [vip]}
require:
  - approval: {min: 1}
on_unknown: report
"""
P2 = """
id: P2
title: leavers
level: medium
scope: {action_class: destructive, outcome: success}
forbid:
  - employment: {phase: [notice, last_day]}
raise:
  - {if: {target.tier: vip}, level: high}
  - {if: {target.tier: vip, employment: {phase: [last_day]}}, level: critical}
on_unknown: report
"""


def test_verdicts_have_the_fields_that_findings_have() -> None:
    assert tuple(f.name for f in fields(Verdict)) == document.Verdict.__struct_fields__
    assert (
        tuple(f.name for f in fields(ApprovalReading)) == document.ApprovalReading.__struct_fields__
    )


def test_acts_are_named_or_counted(world: Any) -> None:
    world.act(1, uid="vip", phases=["employed"])
    world.act(2, uid="plain", target="@x", phases=["employed"])
    world.act(3, uid="leaver", target="@x", phases=["notice"])
    world.act(4, uid="who", target="@x", phases=["unknown"])
    world.act(5, uid="failed", outcome="failure", phases=["notice"])
    world.act(6, uid="other", action="account.restore", phases=["notice"])
    found = world.judge(P2)
    assert [(v.event_uid, v.value, v.level) for v in found.verdicts] == [
        ("vip", "compliant", "informational"),
        ("leaver", "violation", "medium"),
        ("who", "unknown", "medium"),
    ]
    assert found.compliant == {"P2": 2}
    assert found.unknown == {"P2": 1}
    assert found.unknown_counts == {"P2": {"employment of contractor-7": 1}}
    assert found.not_evaluated == {}


def test_unknown_acts_beyond_the_limit_are_counted(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["forensics.policy.evaluate"], "UNKNOWN_LISTED", 2)
    for minute in range(4):
        world.act(minute, target="@x", phases=["unknown"])
    world.act(9, uid="vip", phases=["unknown"])
    found = world.judge(P2)
    assert [v.event_uid for v in found.verdicts] == ["e0", "vip"]
    assert found.unknown == {"P2": 5}


def test_an_unknown_act_that_destroys_nothing_is_only_counted(world: Any) -> None:
    world.act(action="role.grant", target="@x", phases=["unknown"])
    scope = "scope: {privileged: true}"
    found = world.judge(P2.replace("scope: {action_class: destructive, outcome: success}", scope))
    assert (found.verdicts, found.unknown) == ((), {"P2": 1})


@pytest.mark.parametrize(
    ("target", "phase", "level"),
    [
        ("@x", "last_day", "medium"),
        ("@headofstate", "notice", "high"),
        ("@HeadOfState", "last_day", "critical"),
    ],
)
def test_the_level_is_raised(world: Any, target: str, phase: str, level: str) -> None:
    world.act(target=target, phases=[phase])
    assert world.judge(P2).verdicts[0].level == level


def test_a_raise_that_cannot_be_decided_is_said(world: Any) -> None:
    world.act(phases=["last_day", "notice"])
    found = world.judge(P2).verdicts[0]
    assert (found.value, found.level) == ("violation", "high")
    assert found.sentences[-1] == (
        "the level may be critical; not known: employment of contractor-7 as of 2017-11-02"
    )


def test_both_beliefs_are_told_when_they_differ(world: Any) -> None:
    act = world.act(phases=["employed"])
    world.person(act, belief="now", phases=["last_day"])
    then, now = world.judge(P2).verdicts
    assert (then.as_known, then.value) == ("at_act", "compliant")
    assert (now.as_known, now.value, now.level) == ("now", "violation", "critical")
    assert now.sentences[-1].startswith("learned later: as known at the act the verdict was compl")


def test_an_outcome_that_is_not_known_is_unknown_unless_nothing_is_wrong(world: Any) -> None:
    world.act(1, uid="wrong", outcome=None, phases=["notice"])
    world.act(2, uid="right", outcome="unknown", phases=["employed"])
    found = {v.event_uid: v for v in world.judge(P2).verdicts}
    assert found["wrong"].value == "unknown"
    assert found["wrong"].missing == ("outcome of the act",)
    assert found["right"].value == "compliant"


def test_a_tier_counts_only_while_it_is_valid(world: Any) -> None:
    world.approve(target="@other")
    world.act()
    noon = world.events[-1]["time"]
    hour = timedelta(hours=1)
    tier = {"target": "@HEADOFSTATE", "tier": "VIP"}
    for valid, value in (
        ({"valid_from": noon}, "violation"),
        ({"valid_from": noon - hour, "valid_to": noon + hour}, "violation"),
        ({"valid_to": noon}, None),
    ):
        world.targets = [tier | valid]
        assert [v.value for v in world.judge(P1).verdicts] == [value][: value is not None]


def test_a_tier_added_after_the_act_is_a_note(world: Any) -> None:
    world.act()
    world.targets = [
        {
            "target": "@headofstate",
            "tier": "vip",
            "valid_from": world.events[0]["time"].replace(day=6),
        }
    ]
    (found,) = world.judge(P1).verdicts
    assert (found.value, found.as_known, found.level) == ("not_applicable", "now", "informational")
    (said,) = found.sentences
    assert said.startswith("@headofstate is protected only since 2017-11-06, after the act,")


BULK = {"target": "@a", "targets": ["@a", "@b", "@HEADOFSTATE", "@c"]}


def test_an_act_on_several_targets_is_in_the_tier_of_any(world: Any) -> None:
    world.approve(target="@other")
    world.act(uid="bulk", **BULK)
    world.act(1, uid="ordinary", target="@a", targets=["@a", "@b"])
    found = world.judge(P2)
    assert [v.event_uid for v in found.verdicts] == ["bulk"]
    assert [v.event_uid for v in world.judge(P1).verdicts] == ["bulk"]


def test_the_target_of_a_bulk_act_that_was_protected_later_is_named(world: Any) -> None:
    world.act(**BULK)
    later = world.events[0]["time"].replace(day=6)
    world.targets = [{"target": "@headofstate", "tier": "vip", "valid_from": later}]
    (found,) = world.judge(P1).verdicts
    assert found.sentences[0].startswith("@HEADOFSTATE is protected only since 2017-11-06")


def test_the_target_whose_tier_is_open_is_named(world: Any) -> None:
    world.approve(target="@other")
    world.act(**BULK)
    world.tolerance = {"console": 5}
    start = world.events[-1]["time"] + timedelta(seconds=2)
    world.targets = [{"target": "@headofstate", "tier": "vip", "valid_from": start}]
    (found,) = world.judge(P1).verdicts
    assert found.value == "unknown"
    assert "tier of @HEADOFSTATE at the act" in found.missing


def test_an_act_whose_outcome_is_not_told_succeeded_or_did_not(world: Any) -> None:
    world.act(outcome=None, phases=["notice"])
    world.act(1, outcome="unknown", phases=["notice"])
    either = P2.replace("outcome: success", "outcome: [success, attempt]")
    assert [v.value for v in world.judge(either).verdicts] == ["violation", "violation"]
    written = P2.replace("outcome: success", "outcome: [success, failure, denied, pending]")
    assert [v.value for v in world.judge(written).verdicts] == ["violation", "violation"]
    some = P2.replace("outcome: success", "outcome: [success, failure]")
    assert [v.value for v in world.judge(some).verdicts] == ["unknown", "unknown"]


def test_the_reason_of_the_level_and_the_rows_behind_it_are_told(world: Any) -> None:
    world.targets = [
        {"target": "@headofstate", "tier": "vip", "source": "protected.csv", "source_row": 2}
    ]
    act = world.act()
    world.person(act, phases=["last_day"], source="providers.csv", source_row=4)
    (found,) = world.judge(P2).verdicts
    assert (found.level, found.sentences[1:]) == (
        "critical",
        (
            "the level is critical: @headofstate is vip (protected.csv:2), and what is said above",
            "the roster's row is providers.csv:4",
        ),
    )


def test_what_lowers_the_level_is_told_and_cited(world: Any) -> None:
    world.event(-30, "case.open", uid="opened", actor="lead-1", case_id="C-1", target="@x")
    world.event(-20, "case.assign", uid="assigned", actor="lead-1", case_id="C-1", target="@x",
                assignee="contractor-7")  # fmt: skip
    world.act(target="@x", case_id="C-1", phases=["notice"])
    lowered = "  - {if: {queue: {case: assigned_to_actor}}, level: low}\non_unknown"
    (found,) = world.judge(P2.replace("on_unknown", lowered)).verdicts
    assert (found.value, found.level) == ("violation", "low")
    assert any(
        one.startswith("the level is low: account.deactivate") and "case C-1" in one
        for one in found.sentences
    )
    assert "assigned" in found.evidence


def test_later_is_said_only_where_the_facts_surely_came_later(world: Any) -> None:
    act = world.act()
    world.person(act, belief="at_act", phases=["unknown"], learned_later=False)
    world.person(act, belief="now", phases=["employed"], learned_later=False)
    named = P2 + "annotate: [{if_known_later: backdated_notice}]\n"
    assert world.judge(named).verdicts[1].sentences[-1] == (
        "as known at the act the verdict was unknown (high); whether what decides was recorded only"
        " after it is not known"
    )
    world.person(act, belief="now", phases=["employed"], learned_later=True)
    assert world.judge(named).verdicts[1].sentences[-1] == (
        "learned later: as known at the act the verdict was unknown (high)"
    )
    world.person(act, belief="now", phases=["notice"], learned_later=True)
    note = world.judge(named).verdicts[1].sentences[-1]
    assert note.startswith("learned later (backdated_notice): as known at the act")


def test_the_acts_asked_about_are_judged_with_all_around_them(world: Any) -> None:
    limited = """
id: rate
title: rate
level: low
scope: {action: account.deactivate}
limit: [{rate: {count: 1, per: actor.id, window: 1h}}]
on_unknown: report
"""
    world.act(0, uid="first", target="@x")
    world.act(5, uid="second", target="@y")
    engine = world.engine()
    engine.define("wanted", "SELECT event_uid FROM events WHERE event_uid = 'second'")
    found = evaluate(engine, [terms.parse(limited.encode(), "p.yml")], telling=Telling("wanted"))
    assert [(v.event_uid, v.value) for v in found.verdicts] == [("second", "violation")]
    assert (found.compliant, found.unknown) == ({"rate": 0}, {"rate": 0})


def test_every_unknown_act_is_told_of_where_all_are_asked_for(world: Any) -> None:
    for minute in range(4):
        world.act(minute, action="role.grant", target="@x", phases=["unknown"])
    rule = terms.parse(
        P2.replace("{action_class: destructive, outcome: success}", "{privileged: true}").encode(),
        "p.yml",
    )
    found = evaluate(world.engine(), [rule], telling=Telling(every=True, most=None))
    assert [v.value for v in found.verdicts] == ["unknown"] * 4
    assert len(evaluate(world.engine(), [rule], telling=Telling(every=True, most=3)).verdicts) == 3
    ignoring = replace(rule, on_unknown="ignore")
    for ignored, count in ((False, 0), (True, 4)):
        telling = Telling(every=True, ignored=ignored)
        assert len(evaluate(world.engine(), [ignoring], telling=telling).verdicts) == count


def test_a_tier_that_begins_within_the_error_of_the_clock_is_unknown(world: Any) -> None:
    world.approve(target="@other")
    world.act()
    world.tolerance = {"console": 5}
    start = world.events[-1]["time"] + timedelta(seconds=2)
    world.targets = [{"target": "@headofstate", "tier": "vip", "valid_from": start}]
    (found,) = world.judge(P1).verdicts
    assert (found.value, found.missing) == ("unknown", ("tier of @headofstate at the act",))


def test_without_protected_targets_the_tier_is_unknown(world: Any) -> None:
    world.approve(target="@other")
    world.act()
    world.targets = None
    found = world.judge(P1)
    assert [(v.value, v.missing) for v in found.verdicts] == [
        ("unknown", ("list of protected targets",))
    ]
    assert found.not_evaluated == {"P1": "this case has no protected_targets"}


def test_an_approved_act_is_compliant_even_where_the_tier_is_unknown(world: Any) -> None:
    world.accounts = [{"account": "contractor-7", "person": "p7", "kind": "personal"}]
    world.approve()
    world.act()
    world.targets = None
    found = world.judge(P1)
    assert (found.compliant, found.verdicts) == ({"P1": 1}, ())


def test_an_act_is_judged_by_the_version_in_force(world: Any) -> None:
    world.act(-60, uid="before", phases=["notice"], target="@x")
    world.act(0, uid="at", phases=["notice"], target="@x")
    first = P2 + "effective: {from: 2017-11-02T10:00:00Z}\n"
    second = P2.replace("medium", "high").replace("  - {if: {target.tier: vip}, level: high}\n", "")
    second += "effective: {from: 2017-11-02T12:00:00Z}\n"
    found = world.judge(second, first)
    assert [(v.event_uid, v.level) for v in found.verdicts] == [
        ("before", "medium"),
        ("at", "high"),
    ]
    assert len({v.version for v in found.verdicts}) == 2


def test_a_case_without_acts_evaluates_nothing(world: Any) -> None:
    world.without = {"acts"}
    found = world.judge(P1, P2)
    assert found.not_evaluated == {"P1": "this case has no acts", "P2": "this case has no acts"}


def test_another_relation_may_hold_the_acts(world: Any) -> None:
    world.act(1, uid="a", phases=["notice"])
    world.act(2, uid="b", phases=["notice"])
    engine = world.engine()
    engine.define("one act", "SELECT * FROM acts WHERE event_uid = 'b'")
    found = evaluate(engine, [terms.parse(P2.encode(), "p.yml")], acts="one act")
    assert [v.event_uid for v in found.verdicts] == ["b"]


def test_hostile_names_stay_text(world: Any) -> None:
    name = "x' OR 1=1; -- $uids {0} %s \x1b[31m"
    world.approve(target="@other")
    world.act(target=name, actor=name)
    world.targets = [{"target": name, "tier": "vip"}]
    assert [v.value for v in world.judge(P1, P2).verdicts] == ["violation", "compliant"]


def test_the_same_case_gives_the_same_verdicts(world: Any) -> None:
    world.approve()
    for minute in range(30):
        world.act(minute, phases=[("notice", "unknown", "employed")[minute % 3]])
    assert world.judge(P1, P2) == world.judge(P2, P1)
