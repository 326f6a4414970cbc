"""The door of the room: files in, relations and policies out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import PolicyLoad, approval_reading, refusals, register
from forensics.policy.terms import shipped
from forensics.sources.context import POLICY, PROTECTED_TARGETS, ContextFile, kind_of

OWN = b"""
id: P3-after-end
title: own
level: low
scope: {privileged: true}
forbid: [{employment: {phase: ended}}]
on_unknown: report
"""


def file(kind: str, data: bytes, name: str = "p.yml", day: int = 1) -> ContextFile:
    digest = hashlib.sha256(data).hexdigest()
    return ContextFile(kind, name, digest, data, datetime(2018, 1, day, tzinfo=UTC))


def _titles(load: PolicyLoad) -> list[str]:
    return [policy.title for policy in load.policies if policy.id == "P3-after-end"]


def test_without_files_the_shipped_policies_stand_and_targets_are_unknown() -> None:
    engine = DuckDBEngine(threads=1)
    load = register(engine, [])
    assert load.policies == shipped()
    assert {p.file.split("/")[0] for p in load.policies} == {"shipped"}
    assert (load.targets, load.problems, list(engine.relations())) == (0, (), [])


def test_a_policy_of_the_case_replaces_the_shipped_one() -> None:
    load = register(DuckDBEngine(threads=1), [file(POLICY, OWN)])
    assert [p.id for p in load.policies] == [p.id for p in shipped()]
    assert [p.id for p in load.policies if p.title == "own"] == ["P3-after-end"]


def test_a_faulty_policy_is_a_problem_and_the_shipped_one_stays() -> None:
    load = register(DuckDBEngine(threads=1), [file(POLICY, OWN.replace(b"low", b"lou"))])
    assert load.policies == shipped()
    assert load.problems[0].place == "p.yml"
    assert load.problems[0].remedy


def test_a_later_import_of_a_file_replaces_it_and_another_file_is_a_problem() -> None:
    later = file(POLICY, OWN.replace(b"title: own", b"title: later"), day=2)
    load = register(DuckDBEngine(threads=1), [later, file(POLICY, OWN)])
    assert (_titles(load), load.problems) == (["later"], ())
    other = file(POLICY, OWN.replace(b"title: own", b"title: other"), name="q.yml", day=3)
    load = register(DuckDBEngine(threads=1), [other, file(POLICY, OWN)])
    assert _titles(load) == ["other"]
    assert "also stands in p.yml" in load.problems[0].message


def test_two_versions_of_a_policy_are_kept() -> None:
    newer = OWN + b"effective: {from: 2017-06-01}\n"
    load = register(DuckDBEngine(threads=1), [file(POLICY, OWN), file(POLICY, newer, "q.yml")])
    assert [p.id for p in load.policies].count("P3-after-end") == 2


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
def test_protected_targets_are_read(delimiter: bytes) -> None:
    data = (
        b"\xef\xbb\xbfTarget,Tier,Valid_From,valid_to,note\r\n"
        b"@a,VIP,2017-01-20,,head\r\n"
        b'@b,protected,2017-01-20T05:30:00+05:30,2017-02-01,"two\nlines"\r\n'
        b"@c,vip,,,\r\n"
    ).replace(b",", delimiter)
    assert kind_of(Path("t.csv"), data) == PROTECTED_TARGETS
    engine = DuckDBEngine(threads=1)
    load = register(engine, [file(PROTECTED_TARGETS, data, "t.csv")])
    assert (load.targets, load.problems) == (3, ())
    rows = engine.rows("SELECT * FROM protected_targets ORDER BY target")
    start = datetime(2017, 1, 20, tzinfo=UTC)
    assert [(r["target"], r["tier"], r["valid_from"], r["source_row"]) for r in rows] == [
        ("@a", "vip", start, 2),
        ("@b", "protected", start, 4),
        ("@c", "vip", None, 5),
    ]
    assert rows[1]["valid_to"] == datetime(2017, 2, 1, tzinfo=UTC)


def test_faulty_rows_are_named_and_the_others_stay() -> None:
    data = (
        b"target,tier,valid_from,valid_to\n,vip,2017-01-01,\n@a,vip,soon,\n@b,vip\n"
        b"@c,vip,2017-02-01,2017-01-01\n@d,,2017-01-01,\n@e,vip,2017-02-29,\n@ok,vip,2017-01-01,\n"
    )
    load = register(DuckDBEngine(threads=1), [file(PROTECTED_TARGETS, data, "t.csv")])
    assert load.targets == 2
    assert [p.place for p in load.problems] == [
        "t.csv:2",
        "t.csv:3",
        "t.csv:5",
        "t.csv:6",
        "t.csv:7",
    ]
    assert all(problem.remedy for problem in load.problems)


@pytest.mark.parametrize("data", [b"", b"target,valid_from\n@a,2017-01-01\n", b"target\xff\n"])
def test_a_table_that_cannot_be_read_is_a_problem(data: bytes) -> None:
    engine = DuckDBEngine(threads=1)
    load = register(engine, [file(PROTECTED_TARGETS, data, "t.csv")])
    assert (load.targets, [p.place for p in load.problems]) == (0, ["t.csv"])


def test_approvals_tell_who_asked_and_who_granted(world: Any) -> None:
    world.event(-20, "approval.request", approval_for="account.deactivate", approval_by="ts_lead")
    world.approve()
    world.approve(-5, outcome="failure")
    world.approve(-4, state="deny", target=None, target_id="acct-1")
    rows = world.engine().rows("SELECT * FROM approvals ORDER BY time")
    assert [(r["state"], r["approver"], r["requested_by"], r["target"]) for r in rows] == [
        ("requested", None, "contractor-7", "@headofstate"),
        ("granted", "lead-1", "contractor-7", "@headofstate"),
        ("denied", "lead-1", "contractor-7", "acct-1"),
    ]


def test_cases_have_their_first_opening_and_last_assignment(world: Any) -> None:
    world.event(0, "case.open", case_id="C-1", actor="intake")
    world.event(1, "case.assign", case_id="C-1", assignee="contractor-7")
    world.event(2, "case.assign", case_id="C-1", assignee="contractor-8")
    world.event(3, "case.close", case_id="C-1")
    world.event(0, "case.open", case_id="C-2")
    world.event(1, "case.close", case_id="C-2")
    world.event(2, "case.open", case_id="C-2")
    world.event(3, "case.close", case_id="C-3")
    first, again, closed = world.engine().rows("SELECT * FROM cases ORDER BY case_id")
    assert (first["opened_by"], first["opened_uid"]) == ("intake", "e0")
    assert (first["assigned_to"], first["closed_at"]) == ("contractor-8", world.events[3]["time"])
    assert (again["opened_at"], again["closed_at"]) == (world.events[4]["time"], None)
    assert (closed["opened_at"], closed["target"]) == (None, "@headofstate")


def test_the_path_of_an_approved_act(world: Any) -> None:
    world.event(-20, "approval.request", approval_for="account.deactivate", approval_by="ts_lead")
    world.approve()
    act = world.act()
    reading = approval_reading(world.engine(), act)
    assert reading.requested == (
        "contractor-7 asked for account.deactivate on @headofstate at 2017-11-02 11:40:00Z",
    )
    assert reading.granted == (
        (
            "lead-1 (ts_lead) granted account.deactivate on @headofstate to contractor-7"
            " at 2017-11-02 11:50:00Z"
        ),
    )
    assert reading.denied == ()
    assert reading.sentence == f"Approval was granted before the act: {reading.granted[0]}."


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([], "No source in this case records approvals"),
        ([(-1450, "grant", {"target": "@x"})], "Nobody asked for, and nobody granted, approval of"),
        ([(-1450, "grant", {"approval_for": "account.suspend"})], "Nobody asked for"),
        ([(-1441, "grant", {})], "Nobody asked for"),
        ([(-10, "grant", {"target": "@x"})], ("Approvals of acts in console are recorded since"
         " 2017-11-02 11:50:00Z; whether account.deactivate on @headofstate was approved")),
        ([(10, "grant", {"case_id": "C-1"})], "Approvals of acts in console are recorded since"),
        ([(-9999, "grant", {"source": "hub", "target": "@x"})], ("No source in this case records"
         " approvals of acts in console; whether")),
        ([(-9999, "grant", {"source": "hub"})], "Nobody asked for"),
        ([(-10, "grant", {"actor": "contractor-7"})], ("Approval of account.deactivate on"
         " @headofstate was granted before the act, by no other person: contractor-7 (ts_lead)"
         " granted account.deactivate on @headofstate to contractor-7 at 2017-11-02 11:50:00Z,"
         " the account that acted.")),
        ([(-10, "grant", {"approval_requested_by": "lead-1"})], ("Approval of account.deactivate"
         " on @headofstate was granted before the act, by no other person")),
        ([(-10, "grant", {"tenant": "T-2"})], "Approvals of acts in console are recorded since"),
        ([(-10, "request", {})], "Approval was asked for and not granted before the act"),
        ([(-10, "deny", {})], "Approval was denied before the act"),
        ([(-10, "grant", {}), (-5, "revoke", {})], ("Approval of account.deactivate on @headofstate"
         " was revoked before the act")),
        ([(-10, "grant", {}), (-5, "deny", {})], ("Approval of account.deactivate on @headofstate"
         " was denied before the act")),
        ([(-10, "grant", {}), (-5, "deny", {"actor": "lead-2"})], "Approval was granted"),
        ([(-10, "grant", {}), (-9, "grant", {"actor": "lead-2"}), (-5, "revoke", {"actor":
         "lead-2"})], "Approval was granted before the act: lead-1"),
        ([(-5, "grant", {}), (-5, "revoke", {})], ("Approval of account.deactivate on @headofstate"
         " was granted before the act, and whether before or after that revoked is not known")),
        ([(-5, "grant", {"target_id": "acct-9"})], "Approvals of acts in console are recorded"),
        ([(-10, "grant", {}), (-5, "revoke", {"actor": "lead-2"})], ("Approval of"
         " account.deactivate on @headofstate was revoked before the act: lead-2")),
    ],
)  # fmt: skip
def test_the_path_of_an_act_without_approval(
    world: Any, records: list[tuple[int, str, dict[str, Any]]], sentence: str
) -> None:
    for minutes, state, extra in records:
        world.approve(minutes, state=state, **extra)
    act = world.act(case_id="C-1", tenant="T-1", target_id="acct-1")
    reading = approval_reading(world.engine(), act)
    assert reading.sentence.startswith(sentence)


def test_what_refuses_each_grant_is_told_by_its_uid(world: Any) -> None:
    uids = [
        world.approve(-9, actor="contractor-7"),
        world.approve(-8),
        world.approve(-7, actor="lead-2"),
        world.approve(-6, state="revoke"),
        world.approve(6, actor="lead-3", case_id="C-1"),
        world.approve(-6),
    ]
    act = world.act(case_id="C-1")
    found = refusals(world.engine(), act)
    assert found == {
        uids[0]: "it is by the account that acted",
        uids[1]: "it was revoked by lead-1 at 2017-11-02 11:54:00Z",
        uids[2]: "",
        uids[4]: "it came after the act",
        uids[5]: "it was revoked by lead-1 at 2017-11-02 11:54:00Z, before it or after",
    }


def test_a_grant_by_another_account_of_who_acted_is_told_as_that(world: Any) -> None:
    grant = world.approve(actor="lead-7")
    world.person(grant, person="Contractor-7", phases=["employed"])
    act = world.act()
    reading = approval_reading(world.engine(), act)
    assert reading.granted[0].endswith(", another account of the person who acted")
    assert "granted before the act, by no other person: lead-7" in reading.sentence


def test_an_approval_after_the_act_is_shown_as_such(world: Any) -> None:
    act = world.act(case_id="C-1")
    world.approve(10, case_id="C-1")
    assert approval_reading(world.engine(), act).granted[0].endswith("12:10:00Z, after the act")


def test_an_act_that_is_not_there_has_no_path(world: Any) -> None:
    world.act()
    assert approval_reading(world.engine(), "nobody").sentence == "The act is not in this case."
    reading = approval_reading(DuckDBEngine(threads=1), "e0")
    assert reading.sentence == "This case has no record of approvals."
