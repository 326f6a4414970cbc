"""E14: two places at once."""

from __future__ import annotations

from typing import Any

STRONG = {"H1": "I", "H2": "I", "H3": "C", "H4": "I", "H6": "C"}


def test_another_session_around_the_act_on_another_device(small: Any, ask: Any, marks: Any) -> None:
    small.did(-30, "profile_viewed", on="@else", session="s-2", device="dev-2")
    small.did(30, "profile_viewed", on="@else", session="s-2", device="dev-2")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E14")
    assert "another session of the account was open on device dev-2" in item.value
    assert len(item.evidence) == 2
    assert marks(item) == STRONG


def test_a_session_that_ended_before_or_on_the_same_device_is_none(
    small: Any, ask: Any, marks: Any
) -> None:
    small.did(-90, "profile_viewed", on="@else", session="s-2", device="dev-2")
    small.did(-60, "profile_viewed", on="@else", session="s-2", device="dev-2")
    for minutes in (-10, 10):
        small.did(minutes, "profile_viewed", on="@else", session="s-3")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E14")
    assert item.known
    assert marks(item) == {}


def test_without_sessions_it_is_not_known(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", session=None)
    assert not ask("E14").known
