"""E3: time from opening to decision against the account's own habit."""

from __future__ import annotations

from typing import Any


def _habit(small: Any, cases: int, minutes: float = 2) -> None:
    for number in range(cases):
        case = {"id": f"C-8{number}", "type": "user_report"}
        start = -9000 + 60 * number
        small.did(start, "profile_viewed", on=f"@user-{number}", case=case)
        small.did(start + minutes, "decision_recorded", on=f"@user-{number}", case=case)


def _act(small: Any, minutes: float) -> None:
    small.did(-minutes, "profile_viewed", on="@protected")
    small.did(0, "account_deactivated", on="@protected")


def test_far_faster_than_ever(small: Any, ask: Any, marks: Any) -> None:
    _habit(small, 60)
    _act(small, 0.1)
    item = ask("E3")
    assert item.value.startswith("6 s from opening to decision; 0 of 60")
    assert (item.counts[0].n, item.counts[0].of) == (0, 60)
    assert marks(item) == {"H1": "C", "H4": "weak I"}


def test_as_fast_as_usual(small: Any, ask: Any, marks: Any) -> None:
    _habit(small, 60)
    _act(small, 2)
    item = ask("E3")
    assert item.known
    assert (item.counts[0].n, item.counts[0].of) == (60, 60)
    assert marks(item) == {}


def test_too_few_own_cases(small: Any, ask: Any) -> None:
    _habit(small, 49)
    _act(small, 0.1)
    item = ask("E3")
    assert not item.known
    assert "0 of 49" in item.value
    assert (item.counts[0].n, item.counts[0].of) == (0, 49)


def test_peers_cases_are_not_own(small: Any, ask: Any) -> None:
    _habit(small, 60)
    for record in small.records:
        record["actor"] = {"login": "lead", "id": "u-2", "role": "moderator"}
    _act(small, 0.1)
    assert "0 of 0" in ask("E3").value


def test_a_case_never_opened(small: Any, ask: Any) -> None:
    _habit(small, 60)
    small.did(0, "account_deactivated", on="@protected")
    assert "when the account opened the case" in ask("E3").value
