"""What was done to a target, by whom, and on whose leave."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.errors import UsageError


def test_who_acted_on_it_and_when(small: Any) -> None:
    small.did(-30, "case_opened", login="intake", on="@protected")
    small.did(-2, "profile_viewed", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    small.did(9, "account_restored", on="@protected", login="lead")
    small.did(10, "account_deactivated", on="@else")
    shown = small.case().target("@PROTECTED")
    assert shown.tier == "vip"
    assert shown.events == 4
    assert [(one.account, one.n, one.destructive) for one in shown.actors] == [
        ("worker", 2, 1), ("intake", 1, 0), ("lead", 1, 0),
    ]  # fmt: skip
    assert [one.action for one in shown.acts] == ["account.restore", "account.deactivate"]
    (outage,) = shown.outages
    assert outage.started_by.actor == "worker"
    assert [one.state for one in shown.intervals][-2:] == ["deactivated", "active"]


def test_approvals_and_cases_on_it(small: Any) -> None:
    small.did(-30, "case_opened", login="intake", on="@protected")
    small.approval(-10)
    small.approval(-5, on="@else")
    small.did(0, "account_deactivated", on="@protected")
    small.did(1, "case_closed", on="@protected")
    shown = small.case().target("@protected")
    (approval,) = shown.approvals
    assert (approval.state, approval.account, approval.requested_by) == (
        "granted", "lead", "worker",
    )  # fmt: skip
    (case,) = shown.cases
    assert (case.case_id, case.opened_by, case.acts) == ("C-1", "intake", 1)
    assert case.closed_at is not None


def test_an_unknown_target_gets_near_names(small: Any) -> None:
    small.did(0, "account_suspended", on="@protected")
    with pytest.raises(UsageError, match="@protected"):
        small.case().target("@protcted")
