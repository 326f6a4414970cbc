"""What lies beside logs is told by its header or its keys, never by its name alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.sources import context

SCIM = '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "active": tr'
PAGE = (
    '{"Resources": [{"userName": "a"}], "schemas": ["urn:ietf:params:scim:api:messages:2.0:List"]}'
)
OKTA = '[{"id": "1", "status": "ACTIVE", "activated": null, "profile": {"login": "a"}'


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "EmailAddress,ResignationDate,LastWorkingDate\n", context.EMPLOYEES),
        ("a.csv", "Worker,Provider,ContractEnd,Start,End\n", context.CONTRACTORS),
        ("a.csv", "personid,START,end\n", context.SHIFTS),
        ("a.csv", "Worker,Start,End,TimeZone\n", context.SHIFTS),
        ("a.csv", "Start,End\n", None),
        ("a.csv", "Account,Role,ValidFrom,ValidTo,Basis\n", context.ENTITLEMENTS),
        ("a.csv", "Person,Action,ValidFrom\n", context.ENTITLEMENTS),
        ("a.csv", "Date,Site,Name\n", context.HOLIDAYS),
        ("a.csv", "Date,Site,Name,Amount\n", None),
        ("a.csv", "Date,Name\n", None),
        ("a.csv", "Change,Start,End,Status\n", context.CHANGE_WINDOWS),
        ("a.csv", "User,Login,Status,Activation date,Last Login\n", context.DIRECTORY),
        ("a.csv", "Okta username,Okta user status,Status change date\n", context.DIRECTORY),
        ("a.csv", "login,status,time\n", None),
        ("a.json", SCIM, context.DIRECTORY),
        ("a.json", PAGE, context.DIRECTORY),
        ("a.json", OKTA, context.DIRECTORY),
        # A record about a user is not a list of users.
        ("a.json", '{"time": 1, "body": ' + SCIM, None),
        ("a.jsonl", '{"eventType": "user.lifecycle", "target": ' + OKTA, None),
        ("a.log", OKTA, None),
        ("m.toml", 'feed = "employees"\n[columns]\nPersonId = "x"\n', context.ROSTER_MAPPING),
        ("m.toml", 'name = "x"\n[recognise]\n', None),
    ],
)
def test_kinds(name: str, text: str, kind: str | None) -> None:
    assert context.kind_of(Path(name), text.encode()) == kind


def test_a_mapping_makes_other_tables_rosters_while_it_is_given() -> None:
    head = b"Employee #,Last Day,Pay\n"
    with context.mapped(["employee #", "Last day"]):
        assert context.kind_of(Path("hr.csv"), head) == context.ROSTER
        assert context.kind_of(Path("hr.csv"), b"Employee #,Pay\n") is None
    assert context.kind_of(Path("hr.csv"), head) is None
