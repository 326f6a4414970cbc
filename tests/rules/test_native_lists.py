"""Fields that stand in lists of names with values, as in the logs of Google Workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forensics import event
from forensics.evidence.imagined import imagined
from forensics.rules import load, match
from forensics.rules.logsource import declared
from forensics.sources.declaration import shipped
from forensics.sources.normalise import normalise_each

RULE = """title: One
logsource: {product: gcp, service: google_workspace.admin}
detection: {s: {ITEMS}, condition: s}
"""
ACTIVITY: dict[str, Any] = {
    "kind": "admin#reports#activity",
    "id": {
        "time": "2026-01-05T09:11:00.123Z",
        "uniqueQualifier": "-1",
        "applicationName": "admin",
        "customerId": "C01example",
    },
    "actor": {"callerType": "USER", "email": "ada@example.com"},
}


def parameter(name: str, **value: object) -> dict[str, object]:
    return {"name": name, **value}


def one(name: str, *parameters: dict[str, object]) -> dict[str, object]:
    return {"type": "SECURITY_SETTINGS", "name": name, "parameters": list(parameters)}


SINGLE = ACTIVITY | {
    "events": one("ALLOW_STRONG_AUTHENTICATION", parameter("NEW_VALUE", value="false"))
}
SEVERAL = ACTIVITY | {
    "events": [
        one("ENFORCE_STRONG_AUTHENTICATION", parameter("NEW_VALUE", value="true")),
        one(
            "CHANGE_APPLICATION_SETTING",
            parameter("NEW_VALUE", boolValue=False),
            parameter("SETTING_NAME", value="ContextAwareAccess"),
            parameter("COUNT", intValue="7"),
            parameter("GROUPS", multiValue=["red", "blue"]),
        ),
    ]
}
FLAT = ACTIVITY | {"event_name": "CHANGE_APPLICATION_SETTING", "NEW_VALUE": "false"}
LOGGED = {
    "insertId": "i-1",
    "timestamp": "2026-01-05T09:11:00Z",
    "logName": "organizations/1/logs/cloudaudit.googleapis.com%2Factivity",
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "admin.googleapis.com",
        "methodName": "google.admin.AdminService.allowStrongAuthentication",
        "authenticationInfo": {"principalEmail": "ada@example.com"},
        "metadata": {
            "event": [
                {
                    "eventName": "ALLOW_STRONG_AUTHENTICATION",
                    "parameter": [parameter("NEW_VALUE", value="false", type="TYPE_STRING")],
                }
            ]
        },
    },
}
ALL = ["SINGLE 0", "SEVERAL 0", "SEVERAL 1", "FLAT 0", "LOGGED 0"]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    declarations = shipped()
    found = []
    records = {"SINGLE": SINGLE, "SEVERAL": SEVERAL, "FLAT": FLAT, "LOGGED": LOGGED}
    for name, record in records.items():
        source = "gcp_audit" if name == "LOGGED" else "google_workspace_admin"
        (told,) = normalise_each(declarations[source], [json.dumps(record).encode()])
        assert isinstance(told, list)
        for number, row in enumerate(told):
            kept = {column: row[column] for column in event.BY_NAME}
            found.append(kept | {"event_uid": f"{name} {number}", "source": source})
    return found


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("new_value: 'false'", ["SINGLE 0", "SEVERAL 1", "FLAT 0", "LOGGED 0"]),
        ("NEW_VALUE: 'true'", ["SEVERAL 0"]),
        ("New_Value|contains: als", ["SINGLE 0", "SEVERAL 1", "FLAT 0", "LOGGED 0"]),
        ("setting_name|startswith: contextaware", ["SEVERAL 1"]),
        ("events.parameters.NEW_VALUE: 'false'", ["SINGLE 0", "SEVERAL 1"]),
        ("protoPayload.metadata.event.parameter.NEW_VALUE: 'false'", ["LOGGED 0"]),
        ("count: 7", ["SEVERAL 1"]),
        ("groups|all: [red, blue]", ["SEVERAL 1"]),
        ("groups: null", ["SINGLE 0", "SEVERAL 0", "FLAT 0", "LOGGED 0"]),
        ("nothing_of_the_kind|exists: false", ALL),
        ("new_value|exists: true", ALL),
        # An element of the list that is named is asked, not any value of the list.
        ("setting_name: 'false'", []),
    ],
)
def test_a_name_of_a_list_is_a_field(
    tmp_path: Path, rows: list[dict[str, Any]], items: str, expected: list[str]
) -> None:
    (tmp_path / "a.yml").write_text(RULE.replace("ITEMS", items), encoding="utf-8")
    rules = load.load([tmp_path]).faultless().rules
    sources = [found for each in shipped().values() if (found := declared(each))]
    engine = imagined(rows)
    try:
        run = match.scan(engine, rules, sources)
    finally:
        engine.close()
    assert run.unsupported == {}
    matched = {row["event_uid"] for row in run.matches.to_pylist()}
    assert sorted(matched) == sorted(expected)
