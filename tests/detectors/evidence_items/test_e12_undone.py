"""E12: undone or reported by the account itself."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("account_restored", "undid the act itself"),
        ("note_added", "wrote a note on it"),
        ("case_opened", "opened a case on it"),
    ],
)
def test_within_half_an_hour(small: Any, ask: Any, marks: Any, action: str, told: str) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(12, action, on="@protected")
    item = ask("E12")
    assert told in item.value
    assert marks(item) == {"H1": "C", "H2": "I", "H3": "I"}


def test_later_or_by_another_it_is_not(small: Any, ask: Any, marks: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(12, "account_restored", on="@protected", login="lead")
    small.did(31, "note_added", on="@protected")
    item = ask("E12")
    assert item.known
    assert marks(item) == {}


def test_logs_that_end_too_soon(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(20, "profile_viewed", on="@else", login="lead")
    assert "the half hour after the act" in ask("E12").value
