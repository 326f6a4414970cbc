"""Hours of the day: the density by numerical integration, and what counts as history."""

from __future__ import annotations

import math
from typing import Any

import pytest

from forensics.baselines import cells, time_of_day
from forensics.baselines.time_of_day import tails


def readings(acts: Any) -> list[Any]:
    engine = acts.engine()
    cells.register(engine)
    time_of_day.register(engine)
    return time_of_day.readings(engine)


def bessel(kappa: float) -> float:
    """I0 as its integral."""
    steps = 2000
    middles = ((i + 0.5) * math.pi / steps for i in range(steps))
    return math.fsum(math.exp(kappa * math.cos(x)) for x in middles) / steps


def test_the_mass_is_that_of_the_formula() -> None:
    seen = [0] * 48
    seen[18], seen[24], seen[33] = 5, 3, 2
    scale = 2 * math.pi * math.exp(-8) * bessel(8)

    def f(half: int) -> float:
        near = sum(
            n * math.exp(8 * (math.cos(2 * math.pi * (half - h) / 48) - 1))
            for h, n in enumerate(seen)
        )
        return 0.98 / 10 * near / scale + 0.02 / (2 * math.pi)

    masses = [f(half) for half in range(48)]
    whole = sum(masses)
    for half, found in enumerate(tails(seen)):
        mass = sum(one for one in masses if one <= masses[half] * (1 + 1e-9)) / whole
        assert found == pytest.approx(mass, rel=1e-9)
    assert whole * 2 * math.pi / 48 == pytest.approx(1)


def test_night_is_unlike_a_working_day() -> None:
    seen = [20 if 18 <= half < 34 else 0 for half in range(48)]
    chances = tails(seen)
    assert chances[6] < time_of_day.UNLIKELY
    assert min(chances[16:36]) > 0.01
    assert max(chances) == pytest.approx(1)
    assert tails([0] * 48) == [1.0] * 48


def worked(acts: Any, zone: str = "UTC", days: int = 30) -> None:
    acts.employ("a", "moderator", zone=zone)
    for day in range(days):
        for hour in range(9, 17):
            acts.did("a", day, hour=hour)


def test_an_act_at_night_is_told_in_local_time(acts: Any, first_day: int) -> None:
    worked(acts)
    acts.did("a", 30, hour=3.2)
    acts.did("a", 30, hour=10)
    (one,) = readings(acts)
    assert (one.day, one.values) == (first_day + 30, ("6",))
    assert one.sentence.startswith(
        "acts in the half hours from 03:00 (local time): 0 of 240 half hours with acts in the 90"
        " days before lie there or beside"
    )
    seen = [22 if half in range(18, 34, 2) else 0 for half in range(48)]
    # Day 30 is a Wednesday: 22 of the 30 days are weekdays, and two half hours are looked at.
    assert one.p == pytest.approx(2 * tails(seen)[6])
    assert "by the 176 of weekdays the chance" in one.sentence


def test_the_zone_of_the_roster_is_the_day(acts: Any, first_day: int) -> None:
    worked(acts, zone="America/Los_Angeles")
    # 09:00 to 16:00 UTC is 01:00 to 08:00 in winter: what is odd there is the afternoon.
    acts.did("a", 31, hour=1)
    (one,) = readings(acts)
    assert (one.day, one.values) == (first_day + 30, ("34",))


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        pytest.param(30, 17.2, id="beside a known hour"),
        pytest.param(15, 3.0, id="too short a history"),
    ],
)
def test_what_is_no_odd_hour(acts: Any, day: int, hour: float) -> None:
    worked(acts, days=day)
    acts.did("a", day, hour=hour)
    assert readings(acts) == []
