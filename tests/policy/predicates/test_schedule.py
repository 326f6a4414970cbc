"""Schedules: shifts, business hours of the worker's zone, holidays, nights of clock changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import judged
import pytest
from judged import Judged, instant

from forensics.policy.predicates import schedule

HOUR = 3600
OFFICE = {"source": "business_hours"}


def ask(story: Judged, **params: Any) -> dict[str, Any]:
    found = judged.answers(judged.engine([story]), "schedule", params or {"source": "roster"})
    return found[story.acts[-1], "at_act"]


def story(at: float = 0, *, zone: str | None = "America/Los_Angeles", **person: Any) -> Judged:
    """An act at noon UTC of Thursday 2 November 2017, 05:00 in San Francisco, or `at` later."""
    made = Judged(0)
    uid = made.event(at, "account.delete", act=True, source="idp", actor="ann", actor_type="user")
    made.person(uid, person.pop("person", "p1"), **({"zone": zone, "site": "sf"} | person))
    return made


def shift(made: Judged, begin: float, end: float, loose: float = 0) -> Judged:
    made.row(
        "shifts",
        person="P1",
        starts_at=instant(begin),
        starts_latest=instant(begin + loose),
        ends_at=instant(end),
        ends_latest=instant(end + loose),
    )
    return made


def test_on_shift_and_off() -> None:
    made = shift(shift(story(), -HOUR, HOUR), 24 * HOUR, 30 * HOUR)
    found = ask(made)
    assert found["value"] is True
    assert found["sentence"] == (
        "p1 was on shift, 2017-11-02 11:00:00Z to 2017-11-02 13:00:00Z, at 2017-11-02 12:00:00Z"
    )
    made = shift(shift(story(3 * HOUR), -HOUR, HOUR), 24 * HOUR, 30 * HOUR)
    found = ask(made)
    assert found["value"] is False
    assert "shifts of p1 in the roster: 2" in found["sentence"]


def test_slack_widens_and_the_end_is_not_within() -> None:
    made = shift(shift(story(HOUR), -HOUR, HOUR), 24 * HOUR, 30 * HOUR)
    assert ask(made)["value"] is False
    assert ask(made, source="roster", slack="60m")["value"] is True
    made = shift(shift(story(HOUR), -HOUR, HOUR, loose=HOUR), 24 * HOUR, 30 * HOUR)
    found = ask(made)
    assert found["missing"] == ["exact time of the act and of the shifts of p1"]


def test_two_shifts_that_touch_are_one() -> None:
    made = shift(shift(story(), -HOUR, 0), 0, HOUR)
    made.events[0]["time_precision"] = "min"
    assert ask(made)["value"] is True


def test_whom_the_roster_does_not_name_counts_by_business_hours_if_asked() -> None:
    made = shift(story(6 * HOUR, person="p2"), -24 * HOUR, 24 * HOUR)
    assert ask(made)["missing"] == ["shifts of p2"]
    assert ask(story())["missing"] == ["list of shifts"]
    found = ask(made, source="roster", **{"else": "business_hours"})
    assert found["value"] is True
    assert found["sentence"] == (
        "the roster of shifts does not tell of p2 at that time; within business hours"
        " (09:00-17:00, mon tue wed thu fri) in America/Los_Angeles, at 2017-11-02 18:00:00Z"
    )


@pytest.mark.parametrize(
    ("zone", "at", "value"),
    [
        ("America/Los_Angeles", 0, False),
        # 15:50 on a weekday in San Francisco, shortly before midnight in Paris.
        ("America/Los_Angeles", 10 * HOUR + 50 * 60, True),
        ("Europe/Paris", 10 * HOUR + 50 * 60, False),
        ("UTC+05:30", -3 * HOUR, True),
        ("UTC-07:00", -3 * HOUR, False),
        # 17:00 itself is not within.
        ("Europe/Paris", 4 * HOUR, False),
        # Saturday in every zone there is, and Sunday.
        (None, 47 * HOUR, False),
        (None, 0, None),
    ],
)
def test_business_hours_are_of_the_workers_zone(
    zone: str | None, at: float, value: bool | None
) -> None:
    found = ask(story(at, zone=zone), **OFFICE)
    assert found["value"] is value
    if value is None:
        assert found["missing"] == ["time zone of p1"]


@pytest.mark.parametrize(
    ("hours", "value"),
    [
        # 2017-11-05 in San Francisco: 01:30 came twice, at 08:30Z and at 09:30Z.
        (68.6, None), (68.4, True), (69.6, False),
        # 2018-03-11: 02:30 never came; it was 01:59:59 and then 03:00, at 10:00Z.
        (24 * 129 - 2.6, True), (24 * 129 - 2, None), (24 * 129 - 1.4, False),
    ],
)  # fmt: skip
def test_nights_when_clocks_change(hours: float, value: bool | None) -> None:
    late = "22:00-01:30" if hours < 100 else "22:00-02:30"
    found = ask(story(hours * HOUR), **OFFICE, hours=late, days=["sat"])
    assert found["value"] is value


def test_the_holiday_that_closed_the_office_is_named() -> None:
    made = story(8 * HOUR)
    made.row("holidays", day=date(2017, 11, 2), place_kind=None, place=None, name="All Souls")
    found = ask(made, **OFFICE, holidays=True)
    assert found["value"] is False
    assert ", closed for All Souls on 2017-11-02, at 2017-11-02 20:00:00Z" in found["sentence"]
    night = story(0)
    night.row("holidays", day=date(2017, 11, 2), place_kind=None, place=None, name="All Souls")
    assert "closed" not in ask(night, **OFFICE, holidays=True)["sentence"]


def test_holidays() -> None:
    asked = {**OFFICE, "holidays": True}
    made = story(6 * HOUR)
    assert ask(made, **asked)["missing"] == ["holidays of p1"]
    day = date(2017, 11, 2)
    made.row("holidays", day=day, place_kind="site", place="berlin", name="x")
    assert ask(made, **asked)["value"] is True
    made.row("holidays", day=day, place_kind="country", place="us", name="x")
    assert ask(made, **asked)["missing"] == ["holidays of p1"]
    made.row("holidays", day=day, place_kind="zone", place="america/los_angeles", name="x")
    assert ask(made, **asked)["value"] is False
    assert ask(made, **OFFICE)["value"] is True


def test_who_has_hours() -> None:
    assert ask(story(person=None), **OFFICE)["missing"] == ["person behind account ann"]
    assert ask(story(account_kind="shared"), **OFFICE)["value"] is None
    made = story(person=None)
    made.events[0]["actor_type"] = "service"
    assert ask(made, **OFFICE)["value"] is True


def test_faults_are_named_by_parameter() -> None:
    good = {"source": "roster", "timezone": "actor.work_timezone", "else": "business_hours",
            "hours": "22:00-06:00", "slack": "60m", "days": ["sat"], "holidays": True}  # fmt: skip
    assert schedule.validate(good) == {}
    assert schedule.validate({}) == {"": "the parameter 'source' is missing."}
    faults = schedule.validate(
        {"source": "calendar", "else": "x", "timezone": "UTC", "slack": "25h", "hours": "9-17",
         "days": ["monday"], "holidays": "yes", "zone": 1}
    )  # fmt: skip
    assert sorted(faults) == [
        "days", "else", "holidays", "hours", "slack", "source", "timezone", "zone",
    ]  # fmt: skip
    assert "hours" in schedule.validate({"source": "roster", "hours": "09:00-17:00"})
    assert "hours" in schedule.validate({**OFFICE, "hours": "09:00-24:30"})
    assert "slack" in schedule.validate({**OFFICE, "slack": 60})
