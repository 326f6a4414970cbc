"""E7: the reason given, the case's, and peers'."""

from __future__ import annotations

from typing import Any


def _peers(small: Any, acts: int) -> None:
    for number in range(acts):
        small.did(-900 + number, "account_deactivated", login="lead", on=f"@user-{number}")


def test_the_reason_of_the_report(small: Any, ask: Any, marks: Any, reported: Any) -> None:
    _peers(small, 3)
    reported()
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E7")
    assert "The reason spam is that of the report; 3 of 3 acts" in item.value
    assert marks(item) == {"H1": "C", "H2": "weak I", "H3": "I", "H4": "C"}


def test_another_reason_that_peers_do_not_give(
    small: Any, ask: Any, marks: Any, reported: Any
) -> None:
    _peers(small, 30)
    reported(why="abusive")
    small.did(0, "account_deactivated", on="@protected", reason={"code": "other", "text": ""})
    item = ask("E7")
    assert "is not that of the report, abusive; 0 of 30" in item.value
    assert marks(item) == {"H2": "weak C", "H3": "weak C", "H4": "weak I"}


def test_another_reason_that_peers_often_give(
    small: Any, ask: Any, marks: Any, reported: Any
) -> None:
    _peers(small, 30)
    reported(why="abusive")
    small.did(0, "account_deactivated", on="@protected")
    assert marks(ask("E7")) == {}


def test_no_reason(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", reason=None)
    assert not ask("E7").known


def test_nothing_to_compare_with(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    assert "a report, or peers' acts" in ask("E7").value
