"""What a control does to one act: stops it, holds it for somebody, notices it, or cannot tell."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from forensics.errors import UsageError
from forensics.findings import backtest as document
from forensics.policy import backtest_model as model
from forensics.policy import terms
from forensics.policy.backtest import backtest
from forensics.policy.backtest_labels import parse
from forensics.policy.backtest_model import Assumptions, IncidentTried, Trial, Tried

APPROVAL = "require: [{approval: {min: 1, role: ts_lead}}]"
LAST_DAY = "forbid: [{employment: {phase: last_day}}]"
HEADING = """
id: P
title: a control
level: high
scope: {action: account.deactivate, outcome: success}
on_unknown: report
"""


def tried(world: Any, demands: str, labels: str = "", **how: Any) -> Tried:
    policy = terms.parse((HEADING + demands).encode(), "p.yml")
    listed = parse(labels.encode(), "incidents.yml") if labels else ()
    ((found,), _) = backtest(world.engine(), [policy], Trial(labels=listed, **how))
    return found


def incident(world: Any, demands: str, labels: str) -> IncidentTried:
    return tried(world, demands, f"- {{id: I, label: incident, {labels}}}").incidents[0]


@pytest.mark.parametrize("kind", ["Wait", "Share", "Lack", "IncidentTried", "ActTried", "Tried",
                                  "Answers"])  # fmt: skip
def test_the_document_has_the_fields_of_what_is_tried(kind: str) -> None:
    told = getattr(document, kind).__struct_fields__
    assert tuple(field.name for field in fields(getattr(model, kind))) == told


def test_an_act_that_breaks_both_demands_is_stopped_not_delayed(world: Any) -> None:
    world.approve(-60, for_action="x", target="@z")
    world.act(0, uid="leaver", phases=["last_day"])
    world.act(5, uid="unasked")
    found = tried(world, f"{APPROVAL}\n{LAST_DAY}")
    outcomes = {one.event_uid: (one.outcome, one.demands) for one in found.listed}
    assert outcomes == {
        "leaver": ("stopped", ("approval", "employment")),
        "unasked": ("delayed", ("approval",)),
    }


def test_too_few_answers_are_no_ground_and_the_assumption_counts(world: Any) -> None:
    for number in range(19):
        given = {"target": f"@{number}", "approval_for": "account.deactivate"}
        world.event(number, "approval.request", **given)
        world.approve(number + 7, target=f"@{number}")
    world.act(60)
    found = tried(world, APPROVAL, assumed=Assumptions(timedelta(minutes=12)))
    assert found.wait is not None
    assert (found.wait.median, found.waits[0].basis) == (12, "assumed")
    world.event(40, "approval.request", target="@20", approval_for="account.deactivate")
    world.approve(43, target="@20")
    found = tried(world, APPROVAL, assumed=Assumptions(timedelta(minutes=12)))
    # The act is of another hour than the requests.
    assert found.wait is not None
    assert (found.wait.median, found.waits[0].observed) == (7, 20)
    assert found.waits[0].basis == "observed: answers at any hour"


def test_without_a_record_of_approvals_nothing_is_concluded_unless_assumed(world: Any) -> None:
    world.act(0)
    found = tried(world, APPROVAL)
    assert (found.unknown, found.delayed) == (1, 0)
    assert found.lacking[0].label == "a record of approvals"
    assert tried(world, APPROVAL, assumed=Assumptions(unapproved=True)).delayed == 1
    world.approve(-500, target="@z")
    found = tried(world, APPROVAL, assumed=Assumptions(unapproved=True))
    assert (found.unknown, found.delayed) == (0, 1)


def test_what_shows_only_afterwards_stops_nothing(world: Any) -> None:
    world.act(0)
    world.act(10, uid="harmful", target="@x")
    world.event(9000, "access.review", target="@y")
    demand = "require: [{followed_by: {event: access.review, same: target, within: 1h}}]"
    found = tried(world, demand, "- {id: I, label: incident, events: [harmful]}")
    assert (found.noticed, found.delayed, found.stopped) == (1, 0, 0)
    assert found.incidents[0].value == "noticed"


def test_a_case_that_is_lacking_costs_the_actor_the_assumed_time(world: Any) -> None:
    world.event(-60, "case.open", case_id="C-1")
    world.act(-30, uid="named-before", case_id="C-1")
    world.act(0, uid="act-zero")
    world.act(1, uid="with-case", case_id="C-1")
    demand = "require: [{case: {linked: true}}]"
    found = tried(world, demand)
    assert found.wait is not None
    assert (found.delayed, found.wait.median, found.waits[0].basis) == (1, 5, "assumed")
    held = incident(world, demand, "events: [act-zero]")
    assert (held.value, held.held) == ("delayed", 0)


def test_what_cannot_be_tried_says_why(world: Any) -> None:
    world.act(0, phases=["last_day"])
    assert tried(world, LAST_DAY).not_evaluated is None
    world.without.add("protected_targets")
    policy = HEADING.replace("outcome: success", "target.tier: vip") + LAST_DAY
    ((found,), _) = backtest(world.engine(), [terms.parse(policy.encode(), "p.yml")], Trial())
    assert found.not_evaluated == "this case has no protected_targets"
    assert (found.unknown, found.legitimate) == (1, 1)
    with pytest.raises(UsageError, match="No policy is named"):
        backtest(world.engine(), [], Trial())
    world.without.add("acts")
    with pytest.raises(UsageError, match="has no acts"):
        tried(world, LAST_DAY)


def test_harm_decides_whether_what_is_held_is_held_in_time(world: Any) -> None:
    world.act(0, uid="first0", action="account.suspend", phases=["last_day"])
    world.act(10, uid="second", phases=["last_day"])
    labels = "events: [first0, second]"
    # Suspending is not in scope; it destroyed something before the act that would be stopped.
    assert incident(world, LAST_DAY, labels).value == "too_late"
    late = incident(world, LAST_DAY, f"{labels}, harm: 2017-11-02T12:10:00Z")
    assert (late.value, late.acts, late.covered, late.held) == ("prevented", 2, 1, 1)
    assert late.evidence == ("first0", "second")
    early = incident(world, LAST_DAY, f"{labels}, harm: '2017-11-02T12:09:00Z'")
    assert early.value == "too_late"
    world.tolerance["console"] = 90
    close = incident(world, LAST_DAY, f"{labels}, harm: '2017-11-02T12:09:00Z'")
    assert close.value == "unknown"


def test_acts_are_named_by_target_time_and_account(world: Any) -> None:
    world.act(0, uid="hisone", phases=["last_day"])
    world.act(1, uid="other1", actor="x", phases=["last_day"])
    span = "target: '@HeadOfState', from: 2017-11-02, to: 2017-11-03"
    assert incident(world, LAST_DAY, span).acts == 2
    assert incident(world, LAST_DAY, f"{span}, actor: Contractor-7").evidence == ("hisone",)
    gone = "target: '@headofstate', from: 2017-11-03, to: 2017-11-04"
    assert incident(world, LAST_DAY, gone).value == "no_record"
    world.act(2, uid="hisone-too", phases=["last_day"])
    with pytest.raises(UsageError, match="ids of 2 acts begin with 'hisone'"):
        incident(world, LAST_DAY, "events: [hisone]")


def test_a_benign_act_of_an_incident_is_the_incidents(world: Any) -> None:
    world.act(0, uid="act-one", phases=["last_day"])
    labels = "- {id: A, label: benign, events: [act-one]}\n"
    found = tried(world, LAST_DAY, labels)
    assert (found.benign, found.benign_hindered, found.stopped) == (1, 1, 1)
    both = tried(world, LAST_DAY, f"{labels}- {{id: B, label: incident, events: [act-one]}}")
    assert (both.benign, both.legitimate, both.prevented, both.could) == (0, 0, 1, 1)
    assert both.per_thousand is None


def test_teams_count_their_members_of_the_time(world: Any) -> None:
    world.act(0, phases=["last_day"])
    world.act(1, actor="other", phases=["last_day"])
    engine = world.engine()
    columns = [("team", "VARCHAR"), ("member", "VARCHAR")]
    columns += [(f"{end}_{side}", "TIMESTAMPTZ") for end in ("from", "to") for side in
                ("earliest", "latest")]  # fmt: skip
    left = {"team": "night", "member": "Contractor-7", "to_earliest": "2017-11-02T11:00:00Z"}
    rows = [{"team": "day", "member": "CONTRACTOR-7"}, left]
    engine.register_rows("team_members", columns, rows)
    policy = terms.parse((HEADING + LAST_DAY).encode(), "p.yml")
    ((found,), _) = backtest(engine, [policy], Trial())
    assert found.teams == (model.Share("day", 1, 0, 1),)
    assert [one.name for one in found.accounts] == ["contractor-7", "other"]
