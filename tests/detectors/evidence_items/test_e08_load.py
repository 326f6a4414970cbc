"""E8: hours at work, pace, and what was undone."""

from __future__ import annotations

from typing import Any


def _days(small: Any, days: int, per_hour: int = 2) -> None:
    """Ordinary days of five hours."""
    for day in range(1, days + 1):
        for hour in range(5):
            for number in range(per_hour):
                small.did(-1440 * day + 60 * hour + 7 * number, "profile_viewed", on="@else")


def test_an_ordinary_hour(small: Any, ask: Any, marks: Any) -> None:
    _days(small, 6)
    small.did(-40, "profile_viewed", on="@else")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E8")
    assert item.value.startswith(
        "0.7 h since the first record after a pause; 2 records in the last hour"
    )
    assert marks(item) == {}


def test_the_busiest_hour_of_all(small: Any, ask: Any, marks: Any) -> None:
    _days(small, 6)
    for number in range(9):
        small.did(-50 + number, "profile_viewed", on="@else")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E8")
    assert item.counts[0].n == 0
    assert item.counts[0].of >= 30
    assert marks(item) == {"H1": "C"}


def test_a_long_day(small: Any, ask: Any, marks: Any) -> None:
    _days(small, 6)
    for hours in range(11):
        small.did(-60 * hours - 10, "profile_viewed", on="@else")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E8")
    assert item.value.startswith("10.2 h since")
    assert marks(item) == {"H1": "C"}


def test_a_day_on_which_much_was_undone(small: Any, ask: Any, marks: Any) -> None:
    _days(small, 6)
    for number in range(3):
        small.did(-55 + number, "account_suspended", on=f"@user-{number}")
        small.did(20 + number, "account_unsuspended", on=f"@user-{number}", login="lead")
    for number in range(20):
        small.did(-3000 + number, "account_suspended", on=f"@past-{number}")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E8")
    assert "3 of 3 own destructive acts that day were undone, 0 of 20 before" in item.value
    assert marks(item) == {"H1": "C"}


def test_too_little_to_compare_with(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E8").known
