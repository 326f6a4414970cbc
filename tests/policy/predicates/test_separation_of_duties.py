"""Separation of duties: one person in two steps, by whichever account."""

from __future__ import annotations

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
        "the same person did approval.grant by ann-admin.0 at 2017-11-02 11:59:30Z,"
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
