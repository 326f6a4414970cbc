"""E2: from the queue, or searched for."""

from __future__ import annotations

from typing import Any


def test_from_the_queue(small: Any, ask: Any, marks: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E2")
    assert item.value == "By the tool on record, the target was opened from the queue."
    assert marks(item) == {"H1": "C", "H4": "C"}


def test_searched_for_first_and_acted_on_elsewhere(small: Any, ask: Any, marks: Any) -> None:
    small.did(-2, "profile_viewed", on="@protected", tool="search")
    small.did(0, "account_deactivated", on="@protected", tool="console")
    item = ask("E2")
    assert "searched for, and acted on from the console" in item.value
    assert marks(item) == {"H1": "I", "H2": "C", "H3": "C", "H4": "I"}
    assert len(item.evidence) == 2


def test_a_search_in_another_session_is_another_matter(small: Any, ask: Any) -> None:
    small.did(-60, "profile_viewed", on="@protected", tool="search", session="s-other")
    small.did(0, "account_deactivated", on="@protected", tool="queue")
    assert ask("E2").value == "By the tool on record, the target was opened from the queue."


def test_neither(small: Any, ask: Any, marks: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", tool="console")
    assert marks(ask("E2")) == {"H1": "weak I"}


def test_no_tool_is_not_known(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", tool=None)
    assert not ask("E2").known
