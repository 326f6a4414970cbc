"""Users of a directory: whether an account is active, and never when work ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from forensics import people
from forensics.people.directory import read_states
from forensics.sources.context import DIRECTORY, ContextFile

MakeFile = Callable[..., ContextFile]

SCIM = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "2819c223",
    "externalId": "worker-1",
    "userName": "mod-1",
    "displayName": "Mod One",
    "active": False,
    "emails": [{"value": "old@x.example"}, {"value": "mod-1@x.example", "primary": True}],
    "meta": {"resourceType": "User", "lastModified": "2017-11-02T22:50:03Z"},
}
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "Resources": [SCIM]}
OKTA = {
    "id": "00u1",
    "status": "DEPROVISIONED",
    "activated": "2016-01-04T09:00:00.000Z",
    "statusChanged": "2017-11-02T22:50:03.000Z",
    "profile": {
        "login": "mod-2@x.example",
        "email": "mod-2@x.example",
        "firstName": "Mod",
        "lastName": "Two",
        "employeeNumber": "worker-2",
    },
}
REPORT = (
    "User,Login,Status,Activation date,Last Login\n"
    "Mod Three,mod-3@x.example,Active,2016-01-04,2017-11-01\n"
    "Mod Four,mod-4@x.example,Password Expired,,\n"
)


def states(*files: ContextFile) -> tuple[list[tuple[Any, ...]], list[str]]:
    found, problems = read_states(files)
    told = [(s.account, s.state, s.as_of, s.email, s.display_name, s.person) for s in found]
    return told, [f"{one.place} {one.message}" for one in problems]


def test_scim_says_that_an_account_is_inactive_as_of_its_last_change(make_file: MakeFile) -> None:
    at = datetime(2017, 11, 2, 22, 50, 3, tzinfo=UTC)
    wanted = ("mod-1", "inactive", at, "mod-1@x.example", "Mod One", "worker-1")
    lines = f"{json.dumps(SCIM)}\n{json.dumps(SCIM)}\n"
    for text in (json.dumps(SCIM), json.dumps([SCIM]), json.dumps(LIST), lines):
        told, problems = states(make_file(DIRECTORY, text, "users.json"))
        assert set(told) == {wanted}
        assert problems == []


def test_okta_users_and_their_report(make_file: MakeFile) -> None:
    told, problems = states(
        make_file(DIRECTORY, json.dumps([OKTA]), "okta.json"),
        make_file(DIRECTORY, REPORT, "report.csv"),
    )
    assert problems == []
    at = datetime(2017, 11, 2, 22, 50, 3, tzinfo=UTC)
    assert told[0] == ("mod-2@x.example", "inactive", at, "mod-2@x.example", "Mod Two", "worker-2")
    assert [(one[0], one[1], one[4]) for one in told[1:]] == [
        ("mod-3@x.example", "active", "Mod Three"),
        ("mod-4@x.example", "active", "Mod Four"),
    ]
    # Since when an account is active is told; since when it is anything else is not.
    assert told[1][2] == datetime(2016, 1, 4, 23, 59, 59, 999999, tzinfo=UTC)
    assert told[2][2] is None


@pytest.mark.parametrize(
    ("users", "message"),
    [
        ([{**SCIM, "active": None}], "users.json:1 The user has no status; it is not read."),
        ([{**SCIM, "userName": 7}], "users.json:1 The user has no account; it is not read."),
        ([SCIM, {**OKTA, "status": "GONE"}], "users.json:2 The status 'GONE' is unknown"),
        ([SCIM, "x"], "users.json:2 This is no user; it is not read."),
        ([{**SCIM, "meta": {"lastModified": "soon"}}], "users.json:1 The time 'soon' cannot be"),
        ([{**OKTA, "profile": []}], "users.json:1 The user has no account"),
    ],
)
def test_faulty_users_are_named(make_file: MakeFile, users: list[Any], message: str) -> None:
    _, problems = states(make_file(DIRECTORY, json.dumps(users), "users.json"))
    assert len(problems) == 1
    assert problems[0].startswith(message)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": 1}\n{', "\ufffd"])
def test_what_is_no_json_is_one_problem(make_file: MakeFile, text: str) -> None:
    told, problems = states(make_file(DIRECTORY, text, "users.json"))
    assert told == []
    assert len(problems) == 1
    assert "no user is read" in problems[0]


def test_an_inactive_account_is_no_departure(world: Any, make_file: MakeFile) -> None:
    world.load(employees="mod-1@x.example,,,worker-1,employee,,UTC,,,,2017-01-01,\n")
    people.register(world.engine, [make_file(DIRECTORY, json.dumps(SCIM), "users.json")])
    assert world.phases("mod-1", "2017-11-03T12:00:00+00:00") == ({"employed"}, {"employed"})
    shown = people.show(world.engine, "worker-1", datetime(2017, 11, 3, tzinfo=UTC))
    assert shown["states"] == []
    report = REPORT.replace("mod-3@x.example", "mod-1@x.example")
    people.register(world.engine, [make_file(DIRECTORY, report, "report.csv")])
    shown = people.show(world.engine, "worker-1", datetime(2017, 11, 3, tzinfo=UTC))
    assert [one["state"] for one in shown["states"]] == ["active"]


def test_an_employee_number_may_be_a_number(make_file: MakeFile) -> None:
    user = {**OKTA, "profile": {**OKTA["profile"], "employeeNumber": 102}}
    told, problems = states(make_file(DIRECTORY, json.dumps([user]), "okta.json"))
    assert problems == []
    assert told[0][5] == "102"
