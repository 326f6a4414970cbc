"""Who an account is and what it did."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.errors import UsageError


def test_tallies_are_of_the_account_alone(small: Any) -> None:
    for minutes in range(12):
        small.did(minutes, "account_suspended", on=f"@user-{minutes}", device="dev-1")
    small.did(20, "profile_viewed", on="@user-1", device="dev-2", session="s-2")
    small.did(21, "profile_viewed", login="lead")
    shown = small.case().actor("WORKER")
    assert shown.events == 13
    assert shown.sessions == 2
    assert [(one.name, one.n) for one in shown.actions][:1] == [("account.suspend", 12)]
    assert [(one.name, one.n) for one in shown.devices] == [("dev-1", 12), ("dev-2", 1)]
    assert len(shown.targets) == 10
    assert (shown.targets[0].name, shown.targets[0].n) == ("@user-1", 2)
    assert (shown.last_seen - shown.first_seen).total_seconds() == 20 * 60
    assert len(shown.destructive) == 12


def test_the_reading_is_that_of_the_last_judged_act(small: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.did(-10_000, "account_suspended")
    small.did(0, "account_suspended")
    shown = small.case().actor("worker")
    assert shown.person.at_act.phases == ("last_day",)


def test_all_accounts_of_a_person_by_any_of_them_or_by_name(small: Any) -> None:
    small.files["accounts.csv"] += "worker-adm,,worker,admin\n"
    small.did(0, "account_suspended")
    small.did(1, "account_suspended", login="worker-adm")
    case = small.case()
    for who in ("worker", "worker-adm"):
        shown = case.actor(who)
        assert shown.accounts == ("worker", "worker-adm")
        assert shown.events == 2


def test_without_an_account_list_it_says_what_it_cannot_know(small: Any) -> None:
    del small.files["accounts.csv"]
    small.did(0, "account_suspended")
    assert "other accounts of this person are not known" in small.case().actor("worker").limits[0]


def test_an_unknown_account_gets_near_names(small: Any) -> None:
    small.did(0, "account_suspended")
    with pytest.raises(UsageError, match="worker"):
        small.case().actor("wroker")
