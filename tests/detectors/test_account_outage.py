"""One account name in two cloud accounts: real records, and what a reader is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import api
from forensics.errors import UsageError

TRAILS = Path(__file__).parents[2].parent / "shared" / "real_logs" / "aws_cloudtrail"
ONE = TRAILS / "suzaku-sample-data" / "invictus-ir"
OTHER = TRAILS / "stratus-red-team" / "aws.persistence.iam-create-admin-user.json"
NAME = "malicious-iam-user"


@pytest.mark.skipif(not ONE.is_dir(), reason="the shared records are not here")
def test_users_of_two_cloud_accounts_are_two(
    tmp_path: Path, unjudged: Callable[[api.Case], api.Case]
) -> None:
    with api.create_case(tmp_path / "case") as case:
        case.ingest(ONE, OTHER)
        unjudged(case)
        with pytest.raises(UsageError, match="123837392027, 229654561268"):
            case.outage(NAME)
        deleted = case.outage(NAME, tenant="123837392027")
        created = case.outage(NAME, "229654561268")
    (outage,) = deleted.outages
    assert outage.started_by is not None and outage.started_by.operation == "DeleteUser"
    assert (outage.end_earliest, outage.ended_by, outage.duration.longest) == (None, None, None)
    assert [one.state for one in deleted.intervals] == ["not yet created", "active", "deleted"]
    assert created.outages == ()
    assert [one.state for one in created.intervals] == ["not yet created", "active"]
    witnessed = {one.file for one in (outage.started_by, *outage.witnesses)}
    assert not any("iam-create-admin-user" in file for file in witnessed)


def _duo(minute: int, action: str, status: str, **more: str) -> str:
    record = {
        "action": action,
        "description": json.dumps({"status": status, **more}),
        "isotimestamp": f"2026-01-05T09:{minute:02d}:00+00:00",
        "object": "bob",
        "timestamp": 1767603600 + 60 * minute,
        "username": "Ada Example",
    }
    return json.dumps(record)


def test_where_the_account_was_never_out_another_kind_answers(
    tmp_path: Path, unjudged: Callable[[api.Case], api.Case]
) -> None:
    log = tmp_path / "duo.jsonl"
    lines = (
        _duo(0, "user_create", "Active", realname=""),
        _duo(1, "user_update", "Bypass", notes="on leave"),
        _duo(5, "user_update", "Active"),
        _duo(9, "user_update", "Bypass"),
    )
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with api.create_case(tmp_path / "case") as case:
        case.ingest(log, source="duo_admin")
        found = unjudged(case).outage("bob")
        first, second = found.outages
        assert (found.kind, first.state, second.state) == ("mfa", "bypassed", "bypassed")
        assert found.other_kinds == (
            "bob has no outage as account.",
            "As mfa it has 2 outages: --kind mfa.",
        )
        # Not before the user was created, and perhaps by the change that shows it first.
        assert first.start_earliest is not None
        assert [act.operation for act in first.perhaps_started_by] == ["user_update"]
        assert found.intervals[0].state == "not yet created"
        assert len(case.target("bob").outages) == 2
        assert case.outage("bob", kind="account").outages == ()
        assert case.outage("bob", kind="mfa").other_kinds == ()
