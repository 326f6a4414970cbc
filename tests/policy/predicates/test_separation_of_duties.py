"""Separation of duties: one person in two steps, by whichever account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from histories import DAY, History

from forensics.policy.predicates import separation_of_duties

STEPS: dict[str, Any] = {
    "steps": ["approval.request", "approval.grant", "account.delete"],
    "on": ["case", "target"],
    "window": "30d",
}


def story(requester: str | None, approver: str | None, **grant: Any) -> History:
    made = History(0)
    for account, person, kind in (
        ("ann", "Ann", "personal"),
        ("ann-admin", "Ann", "admin"),
        ("bob", "Bob", "personal"),
        ("eve", "Eve", "personal"),
        ("desk", None, "shared"),
        ("robot", None, "service"),
    ):
        made.account(account, person, kind)
    made.event(-60, "approval.request", actor=made.own(requester), target="x")
    given = {"actor": made.own(approver), "approval_requested_by": made.own(requester)}
    made.event(-30, "approval.grant", **given | {"target": "x"} | grant)
    made.event(0, "account.delete", act=True, actor="ann.0", target="x")
    return made


@pytest.mark.parametrize(
    ("requester", "approver", "value"),
    [
        ("bob", "eve", False),
        ("ann", "eve", True),
        ("bob", "ann-admin", True),
        ("bob", "bob", True),
        ("stranger", "stranger", True),
        ("stranger", "eve", None),
        ("desk", "eve", None),
        (None, "eve", None),
        ("robot", "robot", False),
    ],
)
def test_who_did_what(
    answer: Any, requester: str | None, approver: str | None, value: bool | None
) -> None:
    found = answer(story(requester, approver), "separation_of_duties", **STEPS)
    assert found["value"] is value


def test_the_sentence_names_the_steps_and_the_missing_person(answer: Any) -> None:
    found = answer(story("bob", "ann-admin"), "separation_of_duties", **STEPS)
    assert found["sentence"] == (
        "the same person did approval.grant on x by ann-admin.0 at 2017-11-02 11:59:30Z,"
        " account.delete by ann.0 at 2017-11-02 12:00:00Z"
    )
    found = answer(story("desk", "eve"), "separation_of_duties", **STEPS)
    assert found["missing"] == ["person behind account desk.0"]


def test_another_object_and_another_month_do_not_count(answer: Any) -> None:
    made = story("bob", "ann-admin", target="y")
    assert answer(made, "separation_of_duties", **STEPS)["value"] is False
    made = story("bob", "eve")
    made.event(-31 * DAY, "approval.grant", actor="ann.0", target="x")
    assert answer(made, "separation_of_duties", **STEPS)["value"] is False


ASK: dict[str, Any] = STEPS | {"steps": ["approval.request", "approval.grant"]}


def granted(*requests: dict[str, Any], **grant: Any) -> History:
    """Requests an hour before bob's grant at noon, beside an older one of another matter."""
    made = History(0)
    made.account("bob", "Bob", "personal")
    made.account("bob-admin", "Bob", "admin")
    made.account("eve", "Eve", "personal")
    made.account("robot", None, "service")
    made.event(-DAY, "approval.request", actor="eve.0", target="z", case_id="C-5")
    for request in requests:
        given = {"actor": "bob-admin.0", "target": "x", "case_id": "C-1"} | request
        made.event(-3600, "approval.request", **given)
    given = {"actor": "bob.0", "target": "x", "case_id": "C-1"} | grant
    made.event(0, "approval.grant", act=True, **given)
    return made


@pytest.mark.parametrize(
    ("grant", "value"),
    [
        ({"approval_requested_by": "BOB.0"}, True),
        ({"approval_requested_by": "bob-admin.0"}, True),
        ({"approval_requested_by": "eve.0"}, False),
        ({"approval_requested_by": "stranger"}, None),
    ],
)
def test_a_grant_that_names_who_asked(
    answer: Any, grant: dict[str, Any], value: bool | None
) -> None:
    found = answer(granted(**grant), "separation_of_duties", **ASK)
    assert found["value"] is value
    if value:
        assert ", as approval.grant says, at 2017-11-02 12:00:00Z" in found["sentence"]


@pytest.mark.parametrize(
    ("request_of", "value"),
    [
        ({}, True),
        ({"case_id": "c-1", "target": None}, True),
        ({"actor": "robot.0", "approval_requested_by": "bob.0"}, True),
        ({"actor": "robot.0", "on_behalf_of": "bob-admin.0"}, True),
        ({"target": "y"}, False),
        ({"target": None, "target_id": "id-x"}, None),
        ({"approval_for": "account.delete"}, False),
        ({"tenant": "T2"}, False),
    ],
)
def test_which_request_is_of_the_same_matter(
    answer: Any, request_of: dict[str, Any], value: bool | None
) -> None:
    made = granted(request_of, approval_for="role.grant", tenant="T1")
    assert answer(made, "separation_of_duties", **ASK)["value"] is value


def test_the_sentence_says_what_was_requested(answer: Any) -> None:
    found = answer(granted({"approval_for": "role.grant"}), "separation_of_duties", **ASK)
    assert found["sentence"] == (
        "the same person did approval.request of role.grant on x by bob-admin.0 at 2017-11-02"
        " 11:00:00Z, approval.grant on x by bob.0 at 2017-11-02 12:00:00Z"
    )


def test_absence_needs_requests_recorded_before(answer: Any) -> None:
    made = granted()
    assert answer(made, "separation_of_duties", **ASK)["value"] is False
    made.events[0] |= {"at": 60, "time": made.events[0]["time"] + timedelta(days=1, seconds=60)}
    found = answer(made, "separation_of_duties", **ASK)
    assert found["missing"] == ["records of two of the steps before the act"]


def test_reciprocal_approvals_are_told_for_information(answer: Any) -> None:
    made = story("bob", "eve")
    for one, other in (("ann.0", "bob.0"), ("bob.0", "ann.0")):
        made.event(-DAY, "approval.grant", actor=one, approval_requested_by=other, target="z")
    found = answer(made, "separation_of_duties", **STEPS, reciprocal=1)
    assert found["value"] is False
    assert found["sentence"].endswith(
        "for information: ann.0 and bob.0 approved each other's requests 1 and 1 times within 30d"
        " before"
    )
    assert "information" not in answer(made, "separation_of_duties", **STEPS)["sentence"]


def test_faults_are_named_by_parameter() -> None:
    assert separation_of_duties.validate(STEPS) == {}
    faults = separation_of_duties.validate(
        {"steps": ["approval.grant"], "on": "object", "window": "30", "reciprocal": 0}
    )
    assert sorted(faults) == ["on", "reciprocal", "steps", "window"]
