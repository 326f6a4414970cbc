"""One account name in two cloud accounts: real records, and what a reader is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import api
from forensics.errors import UsageError

TRAILS = Path(__file__).parents[2].parent / "shared" / "real_logs" / "aws_cloudtrail"
ONE = TRAILS / "suzaku-sample-data" / "invictus-ir"
OTHER = TRAILS / "stratus-red-team" / "aws.persistence.iam-create-admin-user.json"
NAME = "malicious-iam-user"


@pytest.mark.skipif(not ONE.is_dir(), reason="the shared records are not here")
def test_users_of_two_cloud_accounts_are_two(tmp_path: Path) -> None:
    with api.create_case(tmp_path / "case") as case:
        case.ingest(ONE, OTHER)
        with pytest.raises(UsageError, match="123837392027, 229654561268"):
            case.outage(NAME)
        deleted = case.outage(NAME, tenant="123837392027")
        created = case.outage(NAME, "229654561268")
    (outage,) = deleted.outages
    assert outage.started_by is not None and outage.started_by.operation == "DeleteUser"
    assert (outage.end_earliest, outage.ended_by, outage.duration.longest) == (None, None, None)
    assert [one.state for one in deleted.intervals] == ["unknown", "active", "deleted"]
    assert created.outages == ()
    assert [one.state for one in created.intervals] == ["unknown", "active"]
    witnessed = {one.file for one in (outage.started_by, *outage.witnesses)}
    assert not any("iam-create-admin-user" in file for file in witnessed)
