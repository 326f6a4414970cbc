"""One account name in two cloud accounts: real records, and what a reader is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

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


def test_a_recorded_approval_is_told_as_the_policies_judge_it(small: Any) -> None:
    small.files["accounts.csv"] += "worker-2,,worker,admin\n"
    small.approval(-60 * 24 * 9, on="@someone")
    for place, name in enumerate(("@own", "@again")):
        small.files["protected_targets.csv"] += f"{name},vip,2017-01-01T00:00:00Z,\n"
        login = "worker-2" if name == "@own" else "lead"
        small.approval(place - 20, on=name, login=login)
        if name == "@again":
            small.approval(place - 10, on=name, action="approval_revoked")
            small.approval(place - 5, on=name)
        small.did(place, "account_deactivated", on=name)
    case = small.case()
    loaded = case.facts.policies
    asked = tuple(one for one in loaded.policies if one.id == "P1-vip-two-person")
    case.facts.policies = replace(loaded, policies=asked)
    told = {}
    for name in ("@own", "@again"):
        (outage,) = case.outage(name).outages
        (told[name],) = (one.sentence for one in outage.stages if one.stage == "approved")
        (verdict,) = outage.verdicts
        assert verdict.value == ("compliant" if name == "@again" else "violation")
    short = "; it is not enough for P1-vip-two-person."
    assert told == {
        "@own": (
            "An approval is recorded by worker-2: 2017-11-02T11:40:00Z; it is by another account of"
            f" the person who acted{short}"
        ),
        "@again": "An approval is recorded by lead: 2017-11-02T11:56:00Z.",
    }
