"""E11: what would hide the act, or another account of the same person."""

from __future__ import annotations

from typing import Any

STRONG = {"H1": "I", "H2": "C", "H3": "C", "H4": "I"}


def test_nothing_of_the_kind(small: Any, ask: Any, marks: Any) -> None:
    small.did(-5, "note_added", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E11")
    assert item.known
    assert marks(item) == {}


def test_an_edited_note(small: Any, ask: Any, marks: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(5, "note_edited", on="@protected")
    item = ask("E11")
    assert "note_edited on the target" in item.value
    assert marks(item) == STRONG


def test_an_edited_note_on_another_target_or_by_another_is_none(
    small: Any, ask: Any, marks: Any
) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(5, "note_edited", on="@else")
    small.did(6, "note_edited", on="@protected", login="lead")
    assert marks(ask("E11")) == {}


def test_another_account_of_the_same_person(small: Any, ask: Any, marks: Any) -> None:
    small.files["accounts.csv"] += "worker-adm,,worker,admin\n"
    small.did(-20, "profile_viewed", on="@protected", login="worker-adm")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E11")
    assert "case.view on the target as worker-adm" in item.value
    assert marks(item) == STRONG
