"""The ledger of explanations: what each record speaks for and against."""

from __future__ import annotations

from typing import Any

SPEAKS = ("H1", "H2", "H3", "H4", "H5")


def _ledger(small: Any) -> dict[str, Any]:
    (outage,) = small.case().outage("@protected").outages
    assert [one.id for one in outage.explanations] == list(SPEAKS)
    return {one.id: one for one in outage.explanations}


def _says(texts: tuple[str, ...], part: str) -> bool:
    return any(part in text for text in texts)


def _reported(small: Any, minutes: float = -30, to: str = "worker") -> None:
    small.did(minutes, "case_opened", login="intake", on="@protected", session=None)
    small.did(
        minutes + 1, "case_assigned", login="intake", on="@protected", session=None,
        assignee={"login": to},
    )  # fmt: skip


def test_a_case_in_ones_own_queue_speaks_for_a_mistake(small: Any) -> None:
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    ledger = _ledger(small)
    assert _says(ledger["H1"].consistent, "had been assigned to this account")
    assert _says(ledger["H1"].consistent, "from the queue")
    assert _says(ledger["H3"].inconsistent, "had been assigned to this account")


def test_a_case_of_somebody_else_does_not(small: Any) -> None:
    _reported(small, to="lead")
    small.did(0, "account_deactivated", on="@protected", tool="search")
    ledger = _ledger(small)
    assert _says(ledger["H1"].inconsistent, "assigned to lead, not to this account")
    assert _says(ledger["H2"].consistent, "from the search")


def test_an_act_without_a_case(small: Any) -> None:
    small.did(0, "account_deactivated", on="@protected", case=None)
    ledger = _ledger(small)
    for key in ("H1", "H4"):
        assert _says(ledger[key].inconsistent, "names no case")


def test_an_approval_speaks_for_enforcement(small: Any) -> None:
    small.approval(-10)
    small.did(0, "account_deactivated", on="@protected")
    ledger = _ledger(small)
    assert "approval is on file" in ledger["H4"].consistent[0]
    assert _says(ledger["H2"].inconsistent, "approval is on file")


def test_an_approval_stands_before_weaker_facts(small: Any) -> None:
    small.approval(-10)
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    first, *others = _ledger(small)["H4"].consistent
    assert "approval is on file" in first
    assert _says(tuple(others), "had been assigned to this account")


def test_the_lack_of_an_approval_stands_behind_what_tells_more(small: Any) -> None:
    small.approval(-600, on="@somebody")
    _reported(small)
    small.did(0, "account_deactivated", on="@protected")
    ledger = _ledger(small)
    assert "Nobody asked for" in ledger["H1"].consistent[-1]
    assert "Nobody asked for" in ledger["H4"].inconsistent[0]


def test_one_event_is_not_several(small: Any) -> None:
    small.did(-300, "profile_viewed", on="@protected", case=None)
    small.did(0, "account_deactivated", on="@protected")
    assert _says(_ledger(small)["H2"].consistent, "1 earlier event of this account touched")


def test_no_approval_speaks_for_a_failure_of_the_process(small: Any) -> None:
    small.approval(-600, on="@somebody")
    small.did(0, "account_deactivated", on="@protected")
    ledger = _ledger(small)
    assert _says(ledger["H5"].consistent, "without a second person")
    assert _says(ledger["H4"].inconsistent, "Nobody asked for")


def test_undoing_it_oneself_speaks_for_a_mistake(small: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    small.did(2, "account_restored", on="@protected")
    ledger = _ledger(small)
    assert _says(ledger["H1"].consistent, "undid the act itself")
    assert _says(ledger["H2"].inconsistent, "undid the act itself")


def test_earlier_lookups_without_a_case_are_counted(small: Any) -> None:
    for minutes in (-300, -200):
        small.did(minutes, "profile_viewed", on="@protected", case=None)
    small.did(0, "account_deactivated", on="@protected")
    assert _says(_ledger(small)["H2"].consistent, "2 earlier events of this account")


def test_earlier_reports_and_what_became_of_them(small: Any) -> None:
    for number in range(3):
        case = {"id": f"C-9{number}", "type": "user_report"}
        small.did(-900 + number, "case_opened", login="intake", on="@protected", case=case)
    small.did(0, "account_deactivated", on="@protected")
    ledger = _ledger(small)
    assert _says(ledger["H4"].inconsistent, "0 of 3 earlier reports")


def test_the_last_day_is_said_to_say_little(small: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.did(0, "account_deactivated", on="@protected")
    assert _says(_ledger(small)["H2"].consistent, "says little")


def test_no_explanation_is_named_likely(small: Any) -> None:
    small.did(0, "account_deactivated", on="@protected")
    for one in _ledger(small).values():
        text = " ".join((one.title, *one.consistent, *one.inconsistent, *one.would_decide)).lower()
        for word in ("likely", "probabl", "guilty", "suspect", "malicious", "rogue"):
            assert word not in text
