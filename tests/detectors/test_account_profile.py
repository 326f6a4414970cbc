"""Who an account is and what it did."""

from __future__ import annotations

from itertools import pairwise
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
    assert [(one.action, one.operation, one.n, one.success) for one in shown.operations] == [
        ("account.suspend", "account_suspended", 12, 12),
        ("case.view", "profile_viewed", 1, 1),
    ]
    assert [(one.name, one.n) for one in shown.devices] == [("dev-1", 12), ("dev-2", 1)]
    assert len(shown.targets) == 12
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


def test_outcomes_of_an_operation_add_up(small: Any) -> None:
    for result in ("ok", "ok", "denied", "error", None):
        small.did(0, "account_suspended", result=result)
    (only,) = small.case().actor("worker").operations
    counts = (only.success, only.failure, only.denied, only.pending, only.unknown)
    assert counts == (2, 1, 1, 0, 1)
    assert sum(counts) == only.n


def test_hours_are_told_in_the_workers_zone_beside_utc(small: Any) -> None:
    small.files["employees.csv"] = (
        "EmailAddress,ResignationDate,LastWorkingDate,PersonId,TimeZone,RecordedAt,Status\n"
        "worker@platform.example,,2018-03-01,worker,America/Los_Angeles,"
        "2017-01-02T00:00:00Z,active\n"
    )
    small.did(0, "account_suspended")
    # Two days later Los Angeles is still on summer time, four days later no longer.
    small.did(4 * 1440, "account_suspended")
    found = small.case().actor("worker").hours
    assert found.zone == "America/Los_Angeles"
    assert found.utc[12] == 2
    assert (found.local[5], found.local[4]) == (1, 1)
    assert sum(found.local) == sum(found.utc) == 2


def test_without_a_zone_there_are_no_local_hours(small: Any) -> None:
    small.did(0, "account_suspended", login="stranger")
    found = small.case().actor("stranger").hours
    assert found.zone is None
    assert found.local == ()


def test_phases_follow_each_other_without_a_gap(small: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.did(-40 * 1440, "account_suspended")
    small.did(2 * 1440, "account_suspended")
    spans = small.case().actor("worker").employment
    assert [one.phases for one in spans] == [
        ("employed",), ("notice",), ("last_day",), ("ended",),
    ]  # fmt: skip
    assert all(before.until == after.since for before, after in pairwise(spans))
    assert spans[2].since.isoformat() == "2017-11-02T00:00:00+00:00"


def test_peers_shares_have_their_counts(small: Any) -> None:
    for minutes in range(3):
        small.did(minutes, "account_suspended")
        small.did(minutes, "profile_viewed", login="lead")
    small.did(9, "account_suspended", login="lead")
    found = small.case().actor("worker").peers
    assert (found.role, found.people) == (None, 1)
    (share,) = found.shares
    assert (share.own.n, share.own.of) == (3, 3)
    assert (share.peers.n, share.peers.of) == (1, 4)


def test_sessions_are_those_of_the_account_latest_first(small: Any) -> None:
    small.did(0, "profile_viewed", session="s-1")
    small.did(5, "profile_viewed", session="s-1")
    small.did(60, "profile_viewed", session="s-2", device="dev-2")
    shown = small.case().actor("worker")
    assert [(one.session, one.n, one.device) for one in shown.latest_sessions] == [
        ("s-2", 1, "dev-2"), ("s-1", 2, "dev-worker"),
    ]  # fmt: skip
    assert shown.sessions == 2
