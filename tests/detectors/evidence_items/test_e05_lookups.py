"""E5: earlier look-ups of the target without a case."""

from __future__ import annotations

from typing import Any


def test_lookups_are_counted(small: Any, ask: Any, marks: Any) -> None:
    for minutes in (-300, -200):
        small.did(minutes, "profile_viewed", on="@protected", case=None, session="s-before")
    small.did(-100, "profile_viewed", on="@else")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E5")
    assert item.value.startswith("2 earlier look-ups of the target without a case")
    assert (item.counts[0].n, item.counts[0].of) == (2, 3)
    assert marks(item) == {"H1": "I", "H2": "C"}


def test_one_is_not_several_and_its_session_is_told(small: Any, ask: Any) -> None:
    small.did(-3, "profile_viewed", on="@protected", case=None)
    small.did(0, "account_deactivated", on="@protected")
    assert ask("E5").value.startswith(
        "1 earlier look-up of the target without a case in the 1 day on record, 1 of them in the"
    )


def test_those_under_a_case_or_too_long_ago_are_none(small: Any, ask: Any, marks: Any) -> None:
    small.did(-5, "profile_viewed", on="@protected")
    small.did(-91 * 1440, "profile_viewed", on="@protected", case=None)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E5")
    assert item.known
    assert item.counts[0].n == 0
    assert marks(item) == {}


def test_a_source_that_records_no_lookups(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    assert not ask("E5").known
