"""E1: a report on the target in the account's queue before the act."""

from __future__ import annotations

from typing import Any


def test_a_report_in_ones_own_queue(small: Any, ask: Any, marks: Any, reported: Any) -> None:
    reported()
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E1")
    assert "had been assigned to this account" in item.value
    assert marks(item) == {"H1": "C", "H3": "I", "H4": "C"}
    assert item.basis == "published"
    assert len(item.evidence) == 2


def test_a_report_in_somebody_elses_queue(small: Any, ask: Any, marks: Any, reported: Any) -> None:
    reported(to="lead")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E1")
    assert "assigned to lead, not to this account" in item.value
    assert marks(item)["H1"] == "weak I"


def test_a_report_dealt_on_is_no_longer_in_the_queue(small: Any, ask: Any, reported: Any) -> None:
    reported()
    small.did(
        -5, "case_assigned", login="intake", on="@protected", session=None,
        assignee={"login": "lead"},
    )  # fmt: skip
    small.did(0, "account_deactivated", on="@protected")
    assert "assigned to lead" in ask("E1").value


def test_a_report_dealt_only_after_the_act_is_none(
    small: Any, ask: Any, marks: Any, reported: Any
) -> None:
    small.did(0, "account_deactivated", on="@protected", case=None)
    reported(minutes=10)
    item = ask("E1")
    assert "names no case; 0 open reports" in item.value
    assert marks(item)["H1"] == "I"


def test_a_closed_report_is_no_longer_there(small: Any, ask: Any, reported: Any) -> None:
    reported(minutes=-300)
    small.did(-200, "case_closed", on="@protected")
    small.did(0, "account_deactivated", on="@protected", case=None)
    assert "0 open reports" in ask("E1").value


def test_without_any_case_it_is_not_known(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E1")
    assert not item.known
    assert item.value.startswith("not known: the logs do not hold")
    assert item.bearings == ()
