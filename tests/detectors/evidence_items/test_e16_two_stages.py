"""E16: another identity, or an effect hours later."""

from __future__ import annotations

from typing import Any


def test_decided_and_executed_at_once(small: Any, ask: Any, marks: Any) -> None:
    small.did(-1, "decision_recorded", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "The same account executed it 60 s after it was begun" in item.value
    assert marks(item) == {}


def test_decided_by_another(small: Any, ask: Any, marks: Any) -> None:
    small.did(-5, "decision_recorded", on="@protected", login="lead")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "by another account, lead" in item.value
    assert marks(item) == {"H5": "C", "H6": "weak C"}


def test_begun_hours_before(small: Any, ask: Any, marks: Any) -> None:
    small.did(-240, "decision_recorded", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E16")
    assert "4.0 h after it was begun" in item.value
    assert marks(item)["H5"] == "C"


def test_only_the_execution_is_recorded(small: Any, ask: Any) -> None:
    small.did(-5, "decision_recorded", on="@else", case={"id": "C-2", "type": "user_report"})
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E16").known
