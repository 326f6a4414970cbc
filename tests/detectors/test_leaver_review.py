"""What somebody who leaves did in the weeks before, and after."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forensics.errors import UsageError
from forensics.reports import table_format
from forensics.reports.reviewed import listing

DAY = 1440
HEADER = "EmailAddress,ResignationDate,LastWorkingDate,PersonId,TimeZone,RecordedAt,Status\n"
ROW = "worker@platform.example,{notice},{last},worker,UTC,2017-01-02T00:00:00Z,active\n"


@pytest.fixture
def leaving(small: Any) -> Any:
    """The clock of the small case is 2017-11-02; the worker resigns on 10-20, the end is 11-02."""
    small.files["employees.csv"] = HEADER + ROW.format(notice="2017-10-20", last="2017-11-02")
    return small


def test_acts_are_listed_with_the_phase_they_were_done_in(leaving: Any) -> None:
    for days in (-200, -50, -5, 0, 3):
        leaving.did(days * DAY, "account_suspended", on=f"@user{days}")
        leaving.did(days * DAY + 1, "account_suspended", login="lead")
    leaving.did(3 * DAY + 2, "profile_viewed")
    shown = leaving.case().review("worker")
    assert [act.phases for act in shown.acts] == [
        ("employed",), ("notice",), ("last_day",), ("ended",),
    ]  # fmt: skip
    assert [act.windows for act in shown.acts] == [
        ("last 60 days",),
        ("within 30 days of notice", "last 60 days"),
        ("within 30 days of notice", "last 60 days"),
        ("within 30 days of notice", "after access ended"),
    ]
    assert not any(act.first_time for act in shown.acts)
    (kind,) = shown.kinds
    assert (kind.action, kind.n, kind.before) == ("account.suspend", 4, 1)
    assert (kind.employed, kind.notice, kind.last_day, kind.ended) == (1, 1, 1, 1)
    assert shown.events == 5


def test_an_act_at_the_edge_of_a_phase_may_belong_to_either(leaving: Any) -> None:
    # Midnight after the last day is twelve hours on; the console's clock may be off by seconds.
    leaving.did(-2 * DAY, "account_suspended")
    leaving.did(DAY / 2, "account_suspended")
    shown = leaving.case().review("worker")
    assert [act.phases for act in shown.acts] == [("notice",), ("ended", "last_day")]
    (kind,) = shown.kinds
    assert (kind.n, kind.notice, kind.undetermined, kind.ended) == (2, 1, 1, 0)
    assert [act.first_time for act in shown.acts] == [True, False]


def test_without_notice_the_window_counts_from_the_end(small: Any) -> None:
    small.employ("worker", "2017-11-02")
    for days in (-100, -80):
        small.did(days * DAY, "account_suspended")
    case = small.case()
    usual, longer = case.review("worker"), case.review("worker", timedelta(days=120))
    assert (len(usual.acts), len(longer.acts)) == (1, 2)
    assert "The records begin" not in " ".join(usual.limits)
    assert "The records begin" in " ".join(longer.limits)


def test_where_rosters_differ_on_the_end_the_window_holds_both(small: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.files["leavers.csv"] = small.files["employees.csv"].replace("2017-11-02", "2017-11-10")
    for days in (-88, 3, 10):
        small.did(days * DAY, "account_suspended")
    acts = small.case().review("worker").acts
    assert [(act.phases, act.windows) for act in acts] == [
        (("employed",), ()),
        (("ended", "notice"), ("last 60 days",)),
        (("ended",), ("after access ended",)),
    ]


def test_all_accounts_of_the_person_count_and_any_name_will_do(leaving: Any) -> None:
    leaving.files["accounts.csv"] += "worker-adm,,worker,admin\n"
    leaving.did(0, "account_suspended")
    leaving.did(1, "account_suspended", login="worker-adm")
    case = leaving.case()
    for who in ("WORKER-ADM", "worker@platform.example"):
        assert [act.evidence.actor for act in case.review(who).acts] == ["worker", "worker-adm"]


@pytest.mark.parametrize(("who", "why"), [("lead", "tells that lead leaves"), ("eve", "names")])
def test_who_does_not_leave_is_not_reviewed(leaving: Any, who: str, why: str) -> None:
    leaving.did(0, "account_suspended", login="lead")
    with pytest.raises(UsageError, match=why):
        leaving.case().review(who)


def test_without_a_roster_nobody_leaves(small: Any) -> None:
    del small.files["employees.csv"]
    small.did(0, "account_suspended")
    with pytest.raises(UsageError, match="No roster names 'worker'"):
        small.case().review("worker")


def test_it_is_a_list_and_no_finding(leaving: Any) -> None:
    leaving.did(0, "account_suspended", on="=cmd|' /C'!A0")
    shown = leaving.case().review("worker")
    assert "no finding about a person" in shown.limits[0]
    written = io.BytesIO()
    table_format("csv").write(listing(shown), written)
    (row,) = csv.DictReader(io.StringIO(written.getvalue().decode()))
    assert (row["phases"], row["target"]) == ("last_day", "'=cmd|' /C'!A0")
    assert row["event_uid"] == shown.acts[0].evidence.event_uid


def test_only_what_was_the_persons_own_at_the_time_counts(leaving: Any) -> None:
    leaving.files["accounts.csv"] = (
        "account,source,person,kind,valid_from,valid_to\n"
        "desk,,worker,personal,,2017-10-30T00:00:00Z\n"
        "desk,,lead,personal,2017-10-30T00:00:00Z,\n"
        "team,,worker,shared,,\n"
    )
    for days in (-5, -1):
        leaving.did(days * DAY, "account_suspended", login="desk")
        leaving.did(days * DAY + 1, "account_suspended", login="team")
        # The roster's e-mail, which no list has.
        leaving.did(days * DAY + 2, "account_suspended", login="worker@platform.example")
    shown = leaving.case().review("worker")
    actors = [act.evidence.actor for act in shown.acts]
    assert actors == ["desk", "worker@platform.example", "worker@platform.example"]
    assert "Left out, as who used them is not known: team." in shown.limits


def test_a_departure_that_was_taken_back_is_reviewed_as_it_was_believed(small: Any) -> None:
    small.files["employees.csv"] = HEADER + "".join(
        f"worker@platform.example,2017-10-10,2017-11-01,worker,UTC,{recorded},{status}\n"
        for recorded, status in (
            ("2017-10-10T09:00:00Z", "active"),
            ("2017-10-25T09:00:00Z", "rescinded"),
        )
    )
    for days in (-15, -2):
        small.did(days * DAY, "account_suspended")
    shown = small.case().review("worker")
    assert [(act.phases, act.windows) for act in shown.acts] == [
        (("notice",), ("within 30 days of notice", "last 60 days")),
        (("employed",), ()),
    ]
    (departure,) = shown.departures
    assert departure.rescinded_at == datetime(2017, 10, 25, 9, tzinfo=UTC)
    assert departure.access_end_latest == datetime(2017, 11, 2, tzinfo=UTC)
    source = departure.source
    assert shown.limits[0] == (
        f"A departure was announced on 2017-10-10 ({source}:2) and taken back on 2017-10-25"
        f" ({source}:3); until then it was believed in."
    )
