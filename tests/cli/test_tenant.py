"""A name that two cloud accounts know: the command line asks which, and heeds the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TENANTS = ("111111111111", "222222222222")


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """A user deleted in one cloud account, and one of the same name created in another."""
    path = tmp_path / "trail.json"
    acts = [("DeleteUser", TENANTS[0], 2), ("CreateUser", TENANTS[1], 9)]
    records = [
        {
            "eventVersion": "1.08",
            "userIdentity": {
                "type": "IAMUser", "userName": "admin", "accountId": tenant,
                "arn": f"arn:aws:iam::{tenant}:user/admin",
            },
            "eventTime": f"2024-05-01T10:{minute:02d}:00Z",
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "sourceIPAddress": "10.0.0.1",
            "userAgent": "aws-cli",
            "requestParameters": {"userName": "worker"},
            "responseElements": None,
            "requestID": f"request-{minute}",
            "eventID": f"event-{minute}",
            "eventType": "AwsApiCall",
            "recipientAccountId": tenant,
        }
        for name, tenant, minute in acts
    ]  # fmt: skip
    path.write_text(json.dumps({"Records": records}), encoding="utf-8")
    return path


def test_the_tenants_are_named(run: Any, trail: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    for command in (("outage", "worker"), ("report", "outage", "worker", "-o", report)):
        said = run(*command, "--logs", trail)
        assert (said.code, said.out) == (2, "")
        assert "2 tenants: 111111111111, 222222222222" in said.err
        assert "Choose one with --tenant NAME." in said.err
    assert not report.exists()


def test_a_tenant_is_chosen(run: Any, trail: Path, tmp_path: Path) -> None:
    asked = ("--tenant", TENANTS[0], "--logs", trail)
    (outage,) = run("outage", "worker", "-t", "json", *asked).document["outages"]
    assert (outage["started_by"]["operation"], outage["ended_by"]) == ("DeleteUser", None)
    assert "No restoration is recorded up to 2024-05-01T10:09:00Z." in outage["sentences"]
    report = tmp_path / "report.json"
    run("report", "outage", "worker", "-o", report, *asked)
    assert json.loads(report.read_text("utf-8"))["outages"] == [outage]
    other = ("--tenant", TENANTS[1], "--logs", trail)
    assert run("outage", "worker", "-t", "json", *other).document["outages"] == []
