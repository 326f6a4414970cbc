"""One item asked of the one act of a small case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forensics.findings.explanation import LedgerItem


@pytest.fixture
def ask(small: Any, unjudged: Callable[[Any], Any]) -> Callable[[str], LedgerItem]:
    """The item of that id, about the outage of `@protected` in the small case as it stands.

    No policy is asked, on which no item rests; `test_conformance` holds items to that.
    """

    def answer(item_id: str) -> LedgerItem:
        (ledger,) = unjudged(small.case()).explain("@protected").outages
        (item,) = [one for one in ledger.items if one.id == item_id]
        return item

    return answer


@pytest.fixture
def marks() -> Callable[[LedgerItem], dict[str, str]]:
    """What an item marks, without the neutral marks: `{"H1": "C", "H4": "weak I"}`."""

    def told(item: LedgerItem) -> dict[str, str]:
        return {
            one.hypothesis: f"{'weak ' if one.weak else ''}{one.mark}"
            for one in item.bearings
            if one.mark != "n"
        }

    return told


@pytest.fixture
def reported(small: Any) -> Callable[..., None]:
    """A report on the target, opened and dealt to somebody."""

    def report(
        minutes: float = -30, to: str = "worker", case: str = "C-1", why: str = "spam"
    ) -> None:
        about = {
            "login": "intake",
            "on": "@protected",
            "session": None,
            "case": {"id": case, "type": "user_report"},
            "actor": {"login": "intake", "id": "u-1", "role": "system"},
        }
        small.did(minutes, "case_opened", reason={"code": why, "text": ""}, **about)
        small.did(minutes + 1, "case_assigned", assignee={"login": to}, **about)

    return report
