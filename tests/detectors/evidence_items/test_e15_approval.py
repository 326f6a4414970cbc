"""E15: a valid approval on file."""

from __future__ import annotations

from typing import Any


def test_granted_by_another_before(small: Any, ask: Any, marks: Any) -> None:
    small.approval(-10)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E15")
    assert item.value.startswith("An approval is on file: granted by lead as ts_lead at")
    assert marks(item) == {"H2": "I", "H4": "C"}


def test_granted_to_oneself_is_none(small: Any, ask: Any, marks: Any) -> None:
    small.approval(-10, login="worker")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E15")
    assert "granted by the acting person" in item.value
    assert marks(item) == {"H4": "I"}


def test_granted_by_ones_own_second_account_is_none(small: Any, ask: Any) -> None:
    small.files["accounts.csv"] += "worker-adm,,worker,admin\n"
    small.approval(-10, login="worker-adm")
    small.did(0, "account_deactivated", on="@protected")
    assert "granted by the acting person" in ask("E15").value


def test_granted_only_afterwards_is_none(small: Any, ask: Any, marks: Any) -> None:
    small.approval(10)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E15")
    assert "granted only after the act" in item.value
    assert marks(item) == {"H4": "I"}


def test_denied_or_revoked(small: Any, ask: Any, marks: Any) -> None:
    small.approval(-20)
    small.did(
        -10, "approval_revoked", login="lead", on="@protected",
        approval={"id": "ap-1", "for_action": "account_deactivated", "role": "ts_lead"},
    )  # fmt: skip
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E15")
    assert item.value.startswith("Approval was revoked by lead")
    assert marks(item)["H4"] == "I"


def test_for_another_target_or_two_days_before_is_none(small: Any, ask: Any) -> None:
    other = {"id": "C-2", "type": "user_report"}
    small.approval(-10, on="@else")
    small.approval(-3000, case=other)
    small.did(0, "account_deactivated", on="@protected")
    assert ask("E15").value == "No approval is recorded as asked for or granted."


def test_who_takes_back_an_own_approval_leaves_the_others(small: Any, ask: Any) -> None:
    taken = {"id": "ap-1", "for_action": "account_deactivated", "role": "ts_lead"}
    small.approval(-20)
    small.approval(-15, login="lead-2")
    small.did(-10, "approval_revoked", login="lead-2", on="@protected", approval=taken)
    small.did(0, "account_deactivated", on="@protected")
    assert ask("E15").value.startswith("An approval is on file: granted by lead as ts_lead at")


def test_records_that_begin_later_tell_of_no_absence(small: Any, ask: Any) -> None:
    small.approval(-10, on="@else")
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E15").known


def test_where_no_approval_is_ever_recorded(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E15").known
