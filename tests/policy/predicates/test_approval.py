"""Two persons: which approvals count, which do not, and which may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forensics.policy import Verdict
from forensics.policy.predicates import approval

POLICY = """
id: T1
title: two persons
level: critical
scope: {{action: account.deactivate, outcome: success}}
require:
  - approval: {{{params}}}
on_unknown: report
"""
NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)
FULL = "role: [ts_lead, duty_manager], max_age: 24h, approver_phase_not: [last_day, ended]"


def recorded_before(world: Any, days: float = 10, **fields: Any) -> None:
    """Of something else an approval is recorded so long before."""
    other = {"uid": "old", "target": "@someone", "case_id": "C-0", "phases": None}
    world.approve(-60 * 24 * days, **(other | fields))


def verdict(world: Any, params: str = FULL, *, recorded: bool = True) -> Verdict:
    """The verdict on the one act; approvals were recorded long before, unless that is said."""
    if recorded and not any(one["event_uid"] == "old" for one in world.events):
        recorded_before(world)
    found = world.judge(POLICY.format(params=params)).verdicts
    assert len(found) == 1, found
    first: Verdict = found[0]
    return first


def test_a_second_persons_prior_approval_is_compliant(world: Any) -> None:
    world.approve()
    world.act()
    found = verdict(world)
    assert found.value == "compliant"
    assert found.level == "informational"
    assert found.sentences == ("approved by lead-1 (ts_lead) at 2017-11-02 11:50:00Z",)
    assert found.evidence == ("e0",)


def test_no_approval_where_approvals_are_recorded_is_a_violation(world: Any) -> None:
    world.approve(target="@someone", case_id="C-9")
    world.act()
    found = verdict(world)
    assert (found.value, found.level, found.missing) == ("violation", "critical", ())
    assert found.sentences == (
        (
            "no approval by another person in role ts_lead or duty_manager covering"
            " account.deactivate on @headofstate before 2017-11-02 12:00:00Z;"
            " 0 approvals found in console, which records approvals since 2017-10-23"
        ),
    )


def test_no_source_that_records_approvals_is_unknown(world: Any) -> None:
    world.act()
    found = verdict(world, recorded=False)
    assert found.value == "unknown"
    assert found.missing == ("a record of approvals",)


def test_a_failed_approval_still_shows_that_approvals_are_recorded(world: Any) -> None:
    recorded_before(world, outcome="denied")
    world.act()
    assert verdict(world).value == "violation"


REFUSED = [
    ({"minutes": 10}, "it came after the act"),
    ({"minutes": -25 * 60}, "it was too old"),
    ({"approval_for": "account.suspend"}, "it is for account.suspend"),
    ({"target": "@someone", "case_id": "C-1"}, "it is for another target"),
    ({"approval_by": "moderator"}, "its role moderator may not approve"),
    ({"actor": "contractor-7"}, "the approver is not another person than the actor"),
    ({"actor": "CONTRACTOR-7"}, "the approver is not another person than the actor"),
    ({"approval_requested_by": "lead-1"}, "the approver is not another person than the requester"),
    ({"phases": ["ended"]}, "the approver was leaving or had left"),
    ({"phases": ["ended", "last_day"]}, "the approver was leaving or had left"),
]


@pytest.mark.parametrize(("fields", "reason"), REFUSED)
def test_an_approval_that_does_not_count(world: Any, fields: dict[str, Any], reason: str) -> None:
    world.approve(**{"minutes": -10, **fields})
    world.act(case_id="C-1")
    found = verdict(world)
    assert found.value == "violation"
    assert f"does not count: {reason}" in found.sentences[0]
    assert found.evidence == ("e0",)


DOUBTED = [
    ({"approval_for": None}, "action that was approved"),
    ({"target": None, "case_id": "C-1"}, "target that was approved"),
    ({"outcome": "unknown"}, "outcome of the approval"),
    ({"outcome": None}, "outcome of the approval"),
    ({"approval_by": None}, "role of the approver"),
    ({"approval_requested_by": None}, "who asked for the approval"),
    ({"phases": ["employed", "last_day"]}, "employment of lead-1 as of 2017-11-02"),
    ({"phases": ["unknown"]}, "employment of lead-1 as of 2017-11-02"),
    ({"phases": None}, "employment of lead-1 as of 2017-11-02"),
    ({"minutes": 0}, "order of approval and act"),
]


@pytest.mark.parametrize(("fields", "fact"), DOUBTED)
def test_an_approval_that_may_count(world: Any, fields: dict[str, Any], fact: str) -> None:
    world.accounts = [{"account": "lead-1", "person": "lead-1", "kind": "personal"}]
    world.approve(**{"minutes": -10, **fields})
    world.act(case_id="C-1")
    found = verdict(world)
    assert found.value == "unknown"
    assert found.missing == (fact,)
    assert fact in found.sentences[0]


def test_rosters_that_differ_on_the_approvers_end_are_named(world: Any) -> None:
    grant = world.approve()
    ends = [
        {"source": "a.csv", "source_row": 2, "last_working_day": at(0).date()},
        {"source": "b.csv", "source_row": 3, "last_working_day": at(60 * 24 * 30).date()},
    ]
    world.person(grant, phases=["employed", "last_day"], ends=ends)
    world.act()
    found = verdict(world)
    fact = "the end of access of lead-1, on which rosters differ"
    assert (found.value, found.missing) == ("unknown", (fact,))
    told = f"not known are {fact} (2017-11-02 in a.csv:2 and 2017-12-02 in b.csv:3); 1 approval"
    assert told in found.sentences[0]


def test_two_accounts_of_one_person_are_one_person(world: Any) -> None:
    world.accounts = [
        {"account": "contractor-7", "person": "p7", "kind": "personal"},
        {"account": "contractor-7-admin", "person": "p7", "kind": "admin"},
    ]
    world.approve(actor="contractor-7-admin", approval_requested_by="lead-2")
    world.act()
    found = verdict(world)
    assert found.value == "violation"
    assert "not another person than the actor" in found.sentences[0]


def test_an_approver_whose_person_is_not_known_is_unknown(world: Any) -> None:
    grant = world.approve()
    world.person(grant, person=None, phases=["employed"])
    world.act()
    found = verdict(world)
    assert found.value == "unknown"
    assert found.missing == ("person behind account lead-1",)


def test_an_account_of_another_source_or_another_time_names_nobody(world: Any) -> None:
    grant = world.approve()
    world.person(grant, person=None, phases=["employed"])
    world.act()
    lead = {"account": "lead-1", "person": "p1", "kind": "personal"}
    world.accounts = [lead | {"source": "okta"}, lead | {"valid_to": world.events[0]["time"]}]
    assert verdict(world).value == "unknown"
    world.accounts = [lead | {"source": "console", "valid_from": world.events[0]["time"]}]
    assert verdict(world).value == "compliant"


def test_a_shared_account_is_no_person(world: Any) -> None:
    world.accounts = [{"account": "lead-1", "person": "p1", "kind": "shared"}]
    world.approve()
    world.act()
    assert verdict(world).missing == ("person behind account lead-1",)


def test_a_service_cannot_approve_but_may_execute(world: Any) -> None:
    world.accounts = [{"account": "bot", "kind": "service"}]
    world.approve(actor="bot")
    world.act()
    assert verdict(world).value == "violation"
    world.events[0]["actor"] = "lead-1"
    world.people = []
    world.person("e0", phases=["employed"])
    world.events[1].update(actor="runner", actor_type="service")
    world.accounts = [{"account": "contractor-7", "person": "p7", "kind": "personal"}]
    assert verdict(world).value == "compliant"


def test_a_revoked_approval_does_not_count(world: Any) -> None:
    world.approve()
    world.approve(-5, state="revoke")
    world.act()
    found = verdict(world)
    assert found.value == "violation"
    assert "it was revoked before the act" in found.sentences[0]


def test_a_revocation_of_another_approval_or_after_the_act_changes_nothing(world: Any) -> None:
    world.approve()
    world.approve(-5, state="revoke", approval_for="account.suspend")
    world.approve(-20, state="revoke")
    world.approve(5, state="revoke")
    world.act()
    assert verdict(world).value == "compliant"


def test_a_revocation_at_the_instant_of_the_act_is_unknown(world: Any) -> None:
    world.approve()
    world.approve(0, state="revoke")
    world.act()
    assert verdict(world).missing == ("order of revocation and act",)


@pytest.mark.parametrize(
    ("revoked", "granted", "value"),
    [
        ({}, {}, "unknown"),
        ({"sequence": 3}, {"sequence": 4}, "compliant"),
        ({"sequence": 4}, {"sequence": 3}, "violation"),
        ({"sequence": 3, "tenant": "T-1"}, {"sequence": 4, "tenant": "T-2"}, "unknown"),
        ({"time_precision": "ms"}, {"minutes": -4.99, "time_precision": "ms"}, "compliant"),
        ({"minutes": -4.99, "time_precision": "ms"}, {"time_precision": "ms"}, "violation"),
        ({"time_precision": "ms"}, {"minutes": -4.99, "time_precision": "min"}, "compliant"),
        ({"source": "portal"}, {"minutes": -4.99}, "unknown"),
    ],
)
def test_a_revocation_and_a_new_grant_are_told_apart_by_what_shows_their_order(
    world: Any, revoked: dict[str, Any], granted: dict[str, Any], value: str
) -> None:
    world.tolerance = {"console": 5, "portal": 5} if "source" in revoked else {}
    world.approve(-10)
    world.approve(**({"minutes": -5, "time_precision": "s"} | revoked), state="revoke")
    world.approve(**({"minutes": -5, "time_precision": "s"} | granted))
    world.act()
    found = verdict(world)
    assert found.value == value
    if value == "unknown":
        assert "order of approval and revocation" in found.missing
        assert "order of approval and revocation" in found.sentences[0]


def test_an_approval_without_a_time_is_no_absence(world: Any) -> None:
    world.approve()
    world.events[0]["time"] = None
    world.act()
    found = verdict(world)
    assert found.value == "unknown"
    assert found.missing == ("age of the approval at the act", "order of approval and act")
    assert "the approval by lead-1 at an unknown time may not count" in found.sentences[0]
    assert found.evidence == ("e0",)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({}, "unknown"),
        ({"approval_for": "account.suspend"}, "violation"),
        ({"minutes": -60 * 25}, "violation"),
        ({"minutes": 1}, "violation"),
        ({"case_id": "C-9"}, "violation"),
        ({"targets": ["@someone"]}, "violation"),
        ({"state": "revoke"}, "violation"),
    ],
)
def test_an_approval_that_names_neither_target_nor_case_may_be_for_any_act(
    world: Any, fields: dict[str, Any], value: str
) -> None:
    world.approve(**({"target": None} | fields))
    world.act(target_id="acct-1", case_id="C-1")
    found = verdict(world)
    assert found.value == value
    if value == "unknown":
        assert found.missing == ("target that was approved",)
        assert found.sentences[0].endswith(
            "an approval in time may be for it: it names neither a target nor a case"
        )


@pytest.mark.parametrize(
    ("approved", "acted", "value"),
    [
        # A name that another had before.
        (("@headofstate", "acct-9"), ("@headofstate", "acct-1"), "violation"),
        (("@headofstate", None), ("@headofstate", "acct-1"), "compliant"),
        (("@headofstate", "acct-9"), ("@headofstate", None), "compliant"),
        # An id under two names is one that was renamed, or given away.
        (("@other", "acct-1"), ("@headofstate", "acct-1"), "unknown"),
        (("acct-1", "acct-1"), ("@headofstate", "acct-1"), "compliant"),
    ],
)
def test_a_target_is_not_the_one_approved_where_name_and_id_contradict(
    world: Any,
    approved: tuple[str, str | None],
    acted: tuple[str, str | None],
    value: str,
) -> None:
    world.approve(target=approved[0], target_id=approved[1], case_id="C-1")
    world.act(target=acted[0], target_id=acted[1], case_id="C-1")
    found = verdict(world)
    assert found.value == value
    if value == "violation":
        told = "does not count: it is for another target of that name, with another id"
        assert told in found.sentences[0]
    if value == "unknown":
        assert found.missing == ("target that was approved",)


def test_ids_of_two_systems_contradict_only_where_they_share_any(world: Any) -> None:
    world.approve(source="portal", target_id="P-77")
    world.act(target_id="acct-1")
    assert verdict(world).value == "compliant"
    world.approve(-90, source="portal", target="@someone", target_id="acct-5", case_id="C-5")
    world.event(-80, "account.delete", target="@someone", target_id="ACCT-5")
    assert verdict(world).value == "violation"


def test_a_list_of_targets_need_not_have_the_first_ones_id(world: Any) -> None:
    world.approve(target="@x", target_id="acct-9", targets=["@x", "@headofstate"])
    world.act(target_id="acct-1")
    assert verdict(world).value == "compliant"


def test_the_error_of_one_clock_cancels_and_of_two_does_not(world: Any) -> None:
    world.tolerance = {"console": 5, "portal": 5}
    world.approve(-1 / 60)
    world.act()
    assert verdict(world).value == "compliant"
    world.events[0]["source"] = "portal"
    found = verdict(world)
    assert (found.value, found.missing) == ("unknown", ("order of approval and act",))
    world.events[0]["time"] = world.events[1]["time"].replace(hour=11)
    assert verdict(world).value == "compliant"


def test_granularity_of_stamps_leaves_the_order_open(world: Any) -> None:
    world.approve(-0.5, time_precision="min")
    world.act(time_precision="min")
    assert verdict(world).missing == ("order of approval and act",)


def test_two_approvals_need_two_persons(world: Any) -> None:
    world.approve()
    world.approve(-9, actor="lead-1-admin")
    world.act()
    world.accounts = [
        {"account": "lead-1", "person": "lead-1", "kind": "personal"},
        {"account": "lead-1-admin", "person": "lead-1", "kind": "admin"},
    ]
    found = verdict(world, "min: 2")
    assert found.value == "violation"
    assert "fewer than 2 approvals by other persons" in found.sentences[0]
    world.accounts = []
    assert verdict(world, "min: 2").value == "compliant"


def test_the_targets_id_names_the_target_too(world: Any) -> None:
    world.approve(target="ACCT-1")
    world.act(target_id="acct-1")
    assert verdict(world).value == "compliant"


def test_an_act_without_a_target_is_unknown(world: Any) -> None:
    world.approve()
    world.act(target=None)
    found = verdict(world)
    assert (found.value, found.missing) == ("unknown", ("target of the act",))


def test_without_people_different_accounts_are_unknown(world: Any) -> None:
    world.without = {"act_people", "accounts"}
    world.approve()
    world.act()
    found = verdict(world, "min: 1")
    assert found.value == "unknown"
    assert found.missing == ("person behind account lead-1",)


def test_the_approver_is_judged_as_known_then_and_now(world: Any) -> None:
    grant = world.approve()
    world.person(grant, belief="now", phases=["ended"])
    world.act()
    recorded_before(world)
    then, now = world.judge(POLICY.format(params=FULL)).verdicts
    assert (then.as_known, then.value) == ("at_act", "compliant")
    assert (now.as_known, now.value, now.level) == ("now", "violation", "critical")
    assert now.sentences[-1] == (
        "learned later: as known at the act the verdict was compliant (informational)"
    )


def test_faults_are_named_by_parameter() -> None:
    assert approval.validate({"min": 1, "by": "other_person", "before": "execute"}) == {}
    faults = approval.validate(
        {
            "min": True, "by": "anyone", "role": [], "covers": "action", "before": "effect",
            "max_age": "1 day", "approver_phase_not": ["left"], "roles": "x",
            "not_in_chain_of": "approver",
        }
    )  # fmt: skip
    assert sorted(faults) == [
        "approver_phase_not", "before", "by", "covers", "max_age", "min", "not_in_chain_of",
        "role", "roles",
    ]  # fmt: skip
    assert "Did you mean 'role'?" in faults["roles"]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


CHAIN = "not_in_chain_of: actor"


def managed(world: Any, *rows: tuple[str, str | None]) -> None:
    world.employment = [
        {
            "person": person,
            "manager": manager,
            "feed": "employees",
            "fact_no": number,
            "known_from": at(-60 * 24 * 30),
            "recorded_at": at(-60 * 24 * 30),
        }
        for number, (person, manager) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([("contractor-7", "boss"), ("lead-1", "chief"), ("boss", None), ("chief", None)], True),
        ([("contractor-7", "lead-1"), ("lead-1", None)], False),
        ([("contractor-7", "boss"), ("boss", "LEAD-1"), ("lead-1", None)], False),
        # The other way round: the approver works for the actor.
        ([("contractor-7", None), ("lead-1", "contractor-7")], False),
        # Managers in a circle.
        ([("contractor-7", "boss"), ("boss", "contractor-7"), ("lead-1", None)], True),
        ([("contractor-7", "lead-1"), ("lead-1", "contractor-7")], False),
        # A manager whom nothing else names may be anybody.
        ([("contractor-7", "nobody known"), ("lead-1", None)], None),
        ([("lead-1", "boss"), ("boss", None)], None),
        ([], None),
    ],
)
def test_an_approver_in_the_actors_line_of_management(
    world: Any, rows: list[tuple[str, str | None]], value: bool | None
) -> None:
    managed(world, *rows)
    world.approve()
    world.act()
    found = verdict(world, CHAIN)
    assert found.value == {True: "compliant", False: "violation", None: "unknown"}[value]
    if value is False:
        assert "the approver is in one line of management with the actor" in found.sentences[0]
    if value is None:
        assert found.missing == ("line of management of lead-1",)


def test_managers_are_those_known_then_and_now(world: Any) -> None:
    managed(world, ("contractor-7", None), ("lead-1", None), ("contractor-7", "lead-1"))
    world.employment[2].update(known_from=at(60), recorded_at=at(60))
    world.approve()
    world.act()
    assert verdict(world, CHAIN).value == "compliant"
    # Written down later, of a time before the act.
    world.employment[2].update(recorded_at=at(-60))
    then, now = world.judge(POLICY.format(params=CHAIN)).verdicts
    assert (then.value, now.value) == ("compliant", "violation")


@pytest.mark.parametrize(
    ("delegator", "value"),
    [("chief", "compliant"), ("contractor-7", "violation"), ("unheard-of", "unknown")],
)
def test_a_delegated_approver(world: Any, delegator: str, value: str) -> None:
    world.accounts = [
        {"account": name, "person": name, "kind": "personal"}
        for name in ("chief", "contractor-7", "lead-1")
    ]
    world.approve(on_behalf_of=delegator)
    world.act()
    found = verdict(world)
    assert found.value == value
    if value == "violation":
        assert "for contractor-7 at" in found.sentences[0]
        assert "who is the actor or the requester" in found.sentences[0]


def test_a_group_approves_in_a_role_and_as_nobody_in_particular(world: Any) -> None:
    world.accounts = [{"account": "ts-leads", "kind": "shared"}]
    grant = world.approve(actor="ts-leads")
    world.person(grant, person=None, account_kind="shared", phases=["unknown"])
    world.act()
    assert verdict(world, "role: ts_lead").missing == ("person behind account ts-leads",)
    assert verdict(world, "role: duty_manager").value == "violation"


def test_every_source_that_records_approvals_is_named(world: Any) -> None:
    world.approve(-60 * 24 * 40, source="portal")
    world.approve(10)
    world.act()
    told = (
        "; 1 approval found in console, which records approvals since 2017-11-02;"
        " 0 approvals found in portal, which records approvals since 2017-09-23"
    )
    assert verdict(world, recorded=False).sentences[0].endswith(told)


@pytest.mark.parametrize(
    ("records", "value"),
    [
        ([(60 * 24, {"target": "@someone"})], "unknown"),
        ([(-60 * 23, {"target": "@someone"})], "unknown"),
        ([(-60 * 24 - 1, {"target": "@someone"})], "violation"),
        # Another system, and one that has recorded an approval of what was done in this one.
        ([(-60 * 24 * 9, {"source": "hub", "target": "@someone"})], "unknown"),
        ([(-60 * 24 * 9, {"source": "hub"})], "violation"),
        ([(-60 * 24 * 9, {"source": "hub"}), (-60 * 24 * 20, {"source": "lab"})], "violation"),
    ],
)
def test_absence_is_told_only_by_records_that_begin_before(
    world: Any, records: list[tuple[float, dict[str, Any]]], value: str
) -> None:
    for minutes, fields in records:
        world.approve(minutes, **fields)
    world.act()
    found = verdict(world, recorded=False)
    assert found.value == value
    if value == "unknown":
        assert found.missing == ("a record of approvals at that time",)
        told = "no record of approvals of acts in console is known to begin 24h before the act"
        assert found.sentences[0].endswith(told)


def test_without_a_limit_of_age_records_must_begin_before_the_act(world: Any) -> None:
    world.approve(-1, target="@someone")
    world.act()
    assert verdict(world, "min: 1", recorded=False).value == "violation"
    world.events[0]["time"] = at(1)
    assert verdict(world, "min: 1", recorded=False).value == "unknown"


def test_records_of_another_tenant_tell_of_no_absence(world: Any) -> None:
    recorded_before(world, tenant="T-2")
    world.act(tenant="T-1")
    assert verdict(world).value == "unknown"
    world.events[0]["tenant"] = "t-1"
    assert verdict(world).value == "violation"


def test_persons_are_the_same_in_any_letters(world: Any) -> None:
    world.accounts = [
        {"account": "contractor-7", "person": "Person-7", "kind": "personal"},
        {"account": "admin-7", "person": "person-7", "kind": "admin"},
        {"account": "lead-1", "person": "lead", "kind": "personal"},
        {"account": "lead-1b", "person": "LEAD", "kind": "admin"},
    ]
    world.approve(actor="admin-7", approval_requested_by="lead-2")
    world.act()
    assert verdict(world, "min: 1").value == "violation"
    world.approve(-9)
    world.approve(-8, actor="lead-1b")
    found = verdict(world, "min: 2")
    assert found.value == "violation"
    assert (
        "; approved only by lead-1 (ts_lead) at 2017-11-02 11:51:00Z,"
        " lead-1b (ts_lead) at 2017-11-02 11:52:00Z, who are one person;" in found.sentences[0]
    )


BULK = ["@headofstate", "@newswire", "@anyone"]


def test_each_protected_target_of_one_act_must_be_covered(world: Any) -> None:
    world.targets.append({"target": "@newswire", "tier": "vip"})
    world.approve()
    world.act(targets=BULK)
    found = verdict(world)
    assert found.value == "violation"
    assert "covering account.deactivate on @newswire before" in found.sentences[0]
    assert "approved by lead-1 (ts_lead)" in found.sentences[0]
    world.approve(-9, target="@newswire")
    assert verdict(world).value == "compliant"
    world.targets = []
    assert verdict(world).value == "violation"
    world.approve(-8, target="@x", targets=["@x", "@anyone"])
    assert world.judge(POLICY.format(params=FULL)).compliant == {"T1": 1}


def test_of_a_list_that_mixes_names_and_ids_it_is_not_known_what_is_covered(world: Any) -> None:
    world.targets.append({"target": "acct-2", "tier": "vip"})
    world.approve(target_id="acct-1")
    world.approve(target="@newswire")
    world.act(target_id="acct-1", targets=["@headofstate", "acct-1", "@newswire", "acct-2"])
    assert verdict(world).value == "unknown"
    world.event(-90, "account.view", target="@newswire", target_id="acct-2")
    assert verdict(world).value == "compliant"


@pytest.mark.parametrize("case", [None, "C-1"])
def test_a_name_and_an_id_are_one_only_where_a_record_ties_them(
    world: Any, case: str | None
) -> None:
    world.targets.append({"target": "acct-1", "tier": "vip"})
    world.approve(case_id=case)
    world.act(target=None, target_id="acct-1", case_id=case)
    found = verdict(world)
    assert found.value == "unknown"
    assert "a record that ties the name of a target to its id" in found.missing
    world.event(-90, "account.view", target="@headofstate", target_id="acct-1")
    assert verdict(world).value == "compliant"
    world.events[0]["target"] = "@someone"
    assert verdict(world).value == "violation"


TAKEN = [
    ([("grant", {"actor": "lead-2"}), ("revoke", {"actor": "lead-2"})], "compliant", ()),
    ([("revoke", {"actor": "lead-2"})], "violation", ("e0", "e1")),
    ([("revoke", {"target": None, "case_id": "C-1"})], "unknown", ("e0", "e1")),
    ([("revoke", {"outcome": "unknown"})], "unknown", ("e0", "e1")),
    ([("revoke", {"outcome": "failure"})], "compliant", ()),
    ([("deny", {})], "violation", ("e0", "e1")),
    ([("deny", {"actor": "lead-2"})], "compliant", ()),
    ([("deny", {}), ("grant", {})], "compliant", ()),
]


@pytest.mark.parametrize(("records", "value", "evidence"), TAKEN)
def test_who_takes_back_which_approval(
    world: Any, records: list[tuple[str, dict[str, Any]]], value: str, evidence: tuple[str, ...]
) -> None:
    world.approve(case_id="C-1")
    for minutes, (state, fields) in enumerate(records):
        world.approve(minutes - 5, state=state, **fields)
    world.act(case_id="C-1")
    found = verdict(world)
    assert found.value == value
    assert set(found.evidence) >= set(evidence)


def test_an_approval_of_another_tenant_does_not_count(world: Any) -> None:
    world.approve(tenant="T-2")
    world.act(tenant="T-1")
    recorded_before(world, tenant="T-1")
    found = verdict(world)
    assert found.value == "violation"
    assert "does not count: it is for an act in t-2" in found.sentences[0]
    world.events[0]["tenant"] = None
    assert verdict(world).value == "compliant"
    world.approve(-60 * 24 * 9, tenant="T-3", target="@someone")
    assert verdict(world).missing == ("organisation of the approval",)


def test_the_age_by_one_clock_has_no_error_of_clocks(world: Any) -> None:
    world.tolerance = {"console": 10, "portal": 10}
    world.approve(-60 * 24 + 0.1)
    world.act()
    assert verdict(world).value == "compliant"
    world.events[0]["source"] = "portal"
    assert "age of the approval at the act" in verdict(world).missing
