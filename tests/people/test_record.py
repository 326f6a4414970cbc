"""When a row holds: from its own time, all along, or nobody can say; and who recorded it first."""

from __future__ import annotations

from typing import Any

import pytest

HIRED = "2017-01-01T00:00:00Z"
RESIGNED = "2017-10-01T00:00:00Z"
WITHDRAWN = "2017-10-10T00:00:00Z"


def row(
    recorded: str,
    status: str = "",
    notice: str = "",
    last: str = "",
    access: str = "",
    role: str = "moderator",
) -> str:
    """A row of employees.csv about worker-1, in UTC."""
    return (
        f"worker-1@x.example,{notice},{last},worker-1,employee,sf,UTC,{role},,{access},"
        f"{recorded},{status}\n"
    )


def leaves(recorded: str = RESIGNED, status: str = "", role: str = "moderator") -> str:
    return row(recorded, status, "2017-10-01", "2017-11-02", role=role)


def certain(world: Any, time: str, latest: str | None = None) -> str:
    """The one phase of an act, the same as known then and as known now."""
    at_act, now = world.judge("worker-1", time, latest)
    (phase,) = at_act["phases"]
    assert now["phases"] == [phase]
    return str(phase)


def test_leave_that_is_over_was_leave(world: Any) -> None:
    world.load(
        employees=row(HIRED)
        + row("2017-03-01T00:00:00Z", "leave")
        + row("2017-06-01T00:00:00Z", "active")
    )
    assert certain(world, "2017-02-01T00:00:00Z") == "employed"
    assert certain(world, "2017-04-01T00:00:00Z") == "leave"
    assert certain(world, "2017-06-01T00:00:00Z") == "employed"
    assert world.judge("worker-1", "2017-04-01T00:00:00Z")[1]["recorded_at"].month == 3


def test_an_end_told_of_during_leave_leaves_the_leave_before_it(world: Any) -> None:
    world.load(
        employees=row("2017-09-01T00:00:00Z", "leave")
        + row(RESIGNED, "leave", "2017-10-01", "2017-11-02")
    )
    at_act, now = world.judge("worker-1", "2017-09-15T00:00:00Z")
    assert at_act["phases"] == now["phases"] == ["leave"]


@pytest.mark.parametrize(
    "after",
    [
        "",
        row("2017-12-01T00:00:00Z", "active", role="lead"),
        row("2018-03-01T00:00:00Z", "", "2018-03-01", "2018-04-02"),
        leaves("2017-12-01T00:00:00Z", "rescinded"),
    ],
    ids=["nothing", "another role", "a new resignation", "the rescission again"],
)
def test_notice_that_was_rescinded_stays_notice_whatever_is_written_after(
    world: Any, after: str
) -> None:
    world.load(employees=row(HIRED) + leaves() + row(WITHDRAWN, "rescinded") + after)
    assert certain(world, "2017-10-05T00:00:00Z") == "notice"
    assert certain(world, "2017-10-15T00:00:00Z") == "employed"
    assert certain(world, "2017-11-10T00:00:00Z") == "employed"


def test_a_departure_told_of_after_a_rescission_is_no_notice_before_it(world: Any) -> None:
    world.load(
        employees=leaves()
        + row(WITHDRAWN, "rescinded")
        + row("2017-10-25T00:00:00Z", "", "", "2017-11-09")
    )
    assert certain(world, "2017-10-05T00:00:00Z") == "notice"
    assert world.phases("worker-1", "2017-10-15T00:00:00Z")[1] == {"employed"}
    assert certain(world, "2017-10-26T00:00:00Z") == "notice"
    assert certain(world, "2017-11-09T12:00:00Z") == "last_day"


def test_beside_another_roster_a_rescission_counts_from_its_own_time(world: Any) -> None:
    contract = "worker-1,worker-1@x.example,north,,UTC,,,2017-12-31,,2017-01-01T00:00:00Z\n"
    rows = (leaves() + row(WITHDRAWN, "rescinded")).replace(",employee,", ",contractor,")
    world.load(employees=rows, contractors=contract)
    assert certain(world, "2017-10-05T00:00:00Z") == "notice"
    assert certain(world, "2017-10-11T00:00:00Z") == "employed"
    assert certain(world, "2018-01-05T00:00:00Z") == "ended"


def test_the_role_is_the_one_at_the_act(world: Any) -> None:
    world.load(employees=row(HIRED) + row("2017-06-01T00:00:00Z", role="ts_lead"))
    for time, role in (("2017-03-02T00:00:00Z", "moderator"), ("2017-07-01T00:00:00Z", "ts_lead")):
        at_act, now = world.judge("worker-1", time)
        assert at_act["role"] == now["role"] == role


def test_an_end_was_recorded_by_the_row_that_said_it_first(world: Any) -> None:
    world.load(employees=leaves() + leaves("2017-12-15T00:00:00Z", role="former"))
    _, now = world.judge("worker-1", "2017-11-02T12:00:00Z")
    assert now["recorded_at"].isoformat() == "2017-10-01T00:00:00+00:00"
    assert not now["learned_later"]
    _, corrected = world.judge("worker-1", "2017-12-20T00:00:00Z")
    assert corrected["role"] == "former"


def test_what_was_recorded_on_the_day_of_the_act_may_have_been_known_or_not(world: Any) -> None:
    world.load(employees=row(HIRED) + row("2017-11-02", "", "", "2017-11-02"))
    at_act, now = world.judge("worker-1", "2017-11-02T22:50:00Z")
    assert (at_act["phases"], now["phases"]) == (["employed", "last_day"], ["last_day"])
    assert not now["learned_later"]
    # Before that day it was not known, and after it it was.
    assert world.phases("worker-1", "2017-11-01T23:59:59Z")[0] == {"employed"}
    assert world.phases("worker-1", "2017-11-03T00:00:00Z")[0] == {"ended"}


def test_an_act_that_may_lie_before_or_after_the_recording_has_both_readings(world: Any) -> None:
    world.load(employees=row("2017-11-02T20:00:00Z", "", "", "2017-11-02"))
    at_act, now = world.judge("worker-1", "2017-11-02T19:00:00Z", "2017-11-02T21:00:00Z")
    assert (at_act["phases"], now["phases"]) == (["last_day", "unknown"], ["last_day"])
    assert not now["learned_later"]
    at_act, now = world.judge("worker-1", "2017-11-02T19:00:00Z", "2017-11-02T19:59:59Z")
    assert (at_act["phases"], now["learned_later"]) == (["unknown"], True)


def test_rows_recorded_within_one_act_can_each_have_been_the_last_known(world: Any) -> None:
    world.load(
        employees=row(HIRED)
        + row("2017-11-02T20:00:00Z", "", "", "2017-11-02")
        + row("2017-11-02T20:30:00Z", "", "", "", "2017-11-02T16:00:00Z")
    )
    at_act, _ = world.judge("worker-1", "2017-11-02T19:00:00Z", "2017-11-02T21:00:00Z")
    assert at_act["phases"] == ["employed", "ended", "last_day"]


def test_on_the_day_of_a_rescission_it_is_open_whether_notice_still_ran(world: Any) -> None:
    world.load(employees=leaves("2017-10-01") + row("2017-10-10", "rescinded"))
    assert certain(world, "2017-10-09T23:59:00Z") == "notice"
    assert world.phases("worker-1", "2017-10-10T12:00:00Z") == (
        {"employed", "notice"},
        {"employed", "notice"},
    )
    assert certain(world, "2017-10-11T00:00:00Z") == "employed"


@pytest.mark.parametrize(
    ("time", "phase"),
    [
        ("2017-11-01T23:59:59Z", "notice"),
        ("2017-11-02T00:00:00Z", "last_day"),
        ("2017-11-02T23:59:59.999999Z", "last_day"),
        ("2017-11-03T00:00:00Z", "notice"),
        ("2017-11-10T14:59:59Z", "notice"),
        ("2017-11-10T15:00:00Z", "ended"),
    ],
)
def test_access_that_outlasts_the_last_working_day_leaves_days_of_notice(
    world: Any, time: str, phase: str
) -> None:
    world.load(employees=row(RESIGNED, "", "", "2017-11-02", "2017-11-10T15:00:00Z"))
    assert certain(world, time) == phase


def test_without_a_zone_an_access_end_on_the_last_day_leaves_none_between(world: Any) -> None:
    same = row(RESIGNED, "", "", "2017-11-02", "2017-11-02").replace(",UTC,", ",,")
    world.load(employees=same)
    assert world.phases("worker-1", "2017-11-02T12:00:00Z")[1] == {"ended", "last_day"}


def test_garden_leave_is_leave_to_the_end_of_access_but_for_the_last_day(world: Any) -> None:
    world.load(
        employees=row(
            "2017-10-05T00:00:00Z",
            "garden_leave",
            "2017-10-01",
            "2017-11-02",
            "2017-11-10T15:00:00Z",
        )
    )
    assert certain(world, "2017-10-20T00:00:00Z") == "leave"
    assert certain(world, "2017-11-02T12:00:00Z") == "last_day"
    assert certain(world, "2017-11-08T12:00:00Z") == "leave"
    assert certain(world, "2017-11-10T15:00:00Z") == "ended"
