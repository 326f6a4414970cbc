"""Runs near an act are all that matter to it, and thousands cost no more than their number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from forensics.timeline import machines
from forensics.timeline.lifecycle import trace
from forensics.timeline.order import Stamp
from forensics.timeline.runs import Runs, Sighting

T0 = datetime(2024, 1, 1, tzinfo=UTC)


def stamp(uid: str, seconds: float) -> Stamp:
    at = T0 + timedelta(seconds=seconds)
    slack = timedelta(seconds=1)
    return Stamp(uid, "probe", at, at, at, at - slack, at + slack)


def flapping(count: int) -> list[Sighting]:
    return [
        Sighting("probe", n % 2 == 0, stamp(f"f{n}", 60 * n), stamp(f"l{n}", 60 * n + 40), 3)
        for n in range(count)
    ]


def test_only_runs_near_a_time_are_looked_at() -> None:
    runs = Runs(reversed(flapping(1000)))
    near = runs.near(stamp("a", 30_000), stamp("b", 30_100))
    assert len(near) <= 8
    assert {one.first.event_uid for one in near} >= {"f499", "f500", "f501", "f502"}
    assert len(runs.near(None, None)) == len(runs) == 1000
    assert [one.first.event_uid for one in runs.last_down()] == ["f999"]


def test_every_flap_is_one_outage() -> None:
    life = trace(machines.load()["account"], [], flapping(2001))
    assert len(life.spells) == 1000
    assert all(one.ended is not None for one in life.spells)
