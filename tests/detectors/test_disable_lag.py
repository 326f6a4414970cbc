"""How long accounts outlived their workers' access."""

from __future__ import annotations

from typing import Any

DETECTORS = ("disable_lag",)
_DAY = 24 * 60


def test_an_account_switched_off_late_is_told_and_the_others_are_counted(
    small: Any, found: Any, scanned: Any
) -> None:
    for person in ("prompt", "late", "again", "never"):
        small.employ(person, "2017-11-01")
        small.files["accounts.csv"] += f"{person},,{person},personal\n"
    small.did(-5 * _DAY, "account_deactivated", login="lead", on="again")
    small.did(-4 * _DAY, "account_restored", login="lead", on="again")
    small.did(-3 * _DAY, "profile_viewed", login="never")
    small.did(-60, "account_deactivated", login="lead", on="prompt")
    small.did(2 * _DAY, "account_suspended", login="lead", on="late")
    small.did(3 * _DAY, "account_deactivated", login="lead", on="again")
    case = small.case()
    told = sorted(found(case, "disable_lag"), key=lambda one: one.target)
    assert [(one.target, one.person, one.level) for one in told] == [
        ("again", "again", "medium"),
        ("late", "late", "medium"),
    ]
    assert "switched off 59 h after" in told[1].sentences[0]
    (line,) = [one for one in scanned(case).coverage.evaluated if one.startswith("disable_lag")]
    assert line == (
        "disable_lag: 4 accounts of people who left: 1 switched off within 24 h, 2 later,"
        " 0 not certain, 1 without a record of it"
    )


def test_no_account_is_late_while_rosters_differ_on_the_end(
    small: Any, found: Any, scanned: Any
) -> None:
    small.employ("torn", "2017-11-01")
    small.files["leavers.csv"] = small.files["employees.csv"].replace("2017-11-01", "2017-11-03")
    small.files["accounts.csv"] += "torn,,torn,personal\n"
    small.did(-3 * _DAY, "profile_viewed", login="torn")
    small.did(2 * _DAY, "account_suspended", login="lead", on="torn")
    small.did(20 * _DAY, "profile_viewed", login="lead")
    case = small.case()
    assert found(case, "disable_lag") == []
    (line,) = [one for one in scanned(case).coverage.evaluated if one.startswith("disable_lag")]
    assert "1 accounts of people who left: 0 switched off within 24 h, 0 later, 1 not" in line


def test_without_a_roster_it_is_said(small: Any, found: Any, scanned: Any) -> None:
    del small.files["employees.csv"]
    small.did(0, "account_suspended")
    case = small.case()
    assert found(case, "disable_lag") == []
    assert any(one.startswith("disable_lag") for one in scanned(case).coverage.not_evaluated)
