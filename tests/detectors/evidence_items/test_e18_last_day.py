"""E18: the last working day, nearly without weight."""

from __future__ import annotations

from typing import Any


def test_the_last_day_says_little(small: Any, ask: Any, marks: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.did(0, "account_deactivated", on="@protected")
    small.did(4, "session_closed")
    item = ask("E18")
    assert "which says little: every leaver has one" in item.value
    assert "signed off 4 min after the act, as at the end of any day" in item.value
    assert item.nearly_silent
    assert marks(item) == {"H2": "weak C"}


def test_another_day(small: Any, ask: Any, marks: Any) -> None:
    small.employ("worker", "2017-11-20")
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E18")
    assert item.value == "By the roster it was not the last working day of the account's holder."
    assert marks(item) == {}


def test_a_holder_of_whom_no_roster_speaks(small: Any, ask: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", login="stranger")
    assert not ask("E18").known
