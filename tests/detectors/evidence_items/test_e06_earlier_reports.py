"""E6: what became of earlier reports on the target."""

from __future__ import annotations

from typing import Any


def _earlier(small: Any, reported: Any, count: int) -> None:
    for number in range(count):
        case = {"id": f"C-9{number}", "type": "user_report"}
        reported(minutes=-900 + number, to="lead", case=case["id"])
        small.did(-800 + number, "case_closed", login="lead", on="@protected", case=case)


def test_never_acted_on(small: Any, ask: Any, marks: Any, reported: Any) -> None:
    _earlier(small, reported, 5)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E6")
    assert item.value.startswith("0 of 5 earlier reports on the target in the ")
    assert [(one.n, one.of) for one in item.counts] == [(0, 5), (5, 5)]
    assert marks(item) == {"H1": "weak I", "H2": "C", "H3": "C", "H4": "I"}


def test_acted_on_before(small: Any, ask: Any, marks: Any, reported: Any) -> None:
    _earlier(small, reported, 1)
    case = {"id": "C-90", "type": "user_report"}
    small.did(-850, "content_removed", login="lead", on="@protected", case=case)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E6")
    assert item.value.startswith("1 of 1 earlier report ")
    assert marks(item) == {"H4": "weak C"}


def test_too_few_to_say_anything(small: Any, ask: Any, reported: Any) -> None:
    _earlier(small, reported, 4)
    small.did(0, "account_deactivated", on="@protected")
    item = ask("E6")
    assert not item.known
    assert item.counts[0].of == 4


def test_the_acts_own_case_is_no_earlier_one(small: Any, ask: Any, reported: Any) -> None:
    reported()
    small.did(0, "account_deactivated", on="@protected")
    assert ask("E6").counts[0].of == 0
