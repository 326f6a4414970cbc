"""E9: one target, several of a kind, or a bulk."""

from __future__ import annotations

from typing import Any


def test_this_one_alone(small: Any, ask: Any, marks: Any) -> None:
    small.did(-10, "account_deactivated", on="@ordinary")
    small.did(-10, "account_deactivated", on="@else", login="lead")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E9")
    assert item.value.startswith("1 other target of such acts within 30 minutes either way, none")
    assert marks(item) == {}


def test_several_of_a_kind(small: Any, ask: Any, marks: Any) -> None:
    small.files["protected_targets.csv"] += "@also,vip,2017-01-01T00:00:00Z,\n"
    small.did(-10, "account_deactivated", on="@also")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E9")
    assert "1 of the same tier" in item.value
    assert marks(item) == {"H2": "C"}


def test_a_bulk(small: Any, ask: Any, marks: Any) -> None:
    for number in range(10):
        small.did(1 + number / 60, "account_deactivated", on=f"@user-{number}")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E9")
    assert marks(item) == {"H3": "C", "H5": "C"}
    assert len(item.evidence) == 11


def test_an_hour_away_is_another_matter(small: Any, ask: Any) -> None:
    small.did(-60, "account_deactivated", on="@ordinary")
    small.did(0, "account_deactivated", on="@protected")
    assert ask("E9").value.startswith("0 other targets")
