"""E10: failed tries, changed controls, new privileges."""

from __future__ import annotations

import json
from typing import Any

STRONG = {"H1": "I", "H2": "C", "H3": "C", "H4": "I"}


def test_a_refused_try_on_the_target(small: Any, ask: Any, marks: Any) -> None:
    small.did(-5, "account_deactivated", on="@protected", result="denied", error="approval_missing")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E10")
    assert "a refused or failed account.deactivate on the target" in item.value
    assert len(item.evidence) == 1
    assert marks(item) == STRONG


def test_a_refused_try_on_another_target_or_long_before_is_none(
    small: Any, ask: Any, marks: Any
) -> None:
    small.did(-5, "account_deactivated", on="@else", result="denied")
    small.did(-3000, "account_deactivated", on="@protected", result="denied")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E10")
    assert item.known
    assert marks(item) == {}


def test_a_privilege_given_just_before(small: Any, ask: Any, marks: Any) -> None:
    given = {
        "uuid": "5b1e0b9e-0000-11e8-8c1a-000000000001",
        "published": "2017-11-02T11:00:00.000Z",
        "eventType": "group.user_membership.add",
        "severity": "INFO",
        "displayMessage": "Add user to group membership",
        "actor": {"id": "00u1", "type": "User", "alternateId": "lead", "displayName": "lead"},
        "outcome": {"result": "SUCCESS", "reason": None},
        "target": [{"id": "00u2", "type": "User", "alternateId": "worker", "displayName": "w"}],
        "transaction": {"id": "t-1", "type": "WEB", "detail": {}},
        "debugContext": {"debugData": {}},
        "authenticationContext": {"externalSessionId": "s-1", "authenticationStep": 0},
        "client": {"ipAddress": "10.1.4.2"},
        "securityContext": {},
        "request": {"ipChain": []},
        "legacyEventType": None,
        "version": "0",
    }
    small.files["okta_system.jsonl"] = json.dumps(given) + "\n"
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E10")
    assert "group.member_add to the account by lead" in item.value
    assert marks(item) == STRONG
