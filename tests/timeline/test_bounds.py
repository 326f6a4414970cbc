"""Generated histories whose truth is known: the bounds given always contain it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine.duckdb import DuckDBEngine
from forensics.timeline.model import Outage
from forensics.timeline.outage import reconstruct

T0 = datetime(2017, 11, 2, tzinfo=UTC)
TOLERANCES = {"console": 5.0, "other": 8.0, "probe": 1.0}
GRANULES = {"ms": 1_000, "s": 1_000_000}
PERIOD = 10.0
VERBS = {"deactivate": "activate", "suspend": "unsuspend", "lock": "unlock"}


@dataclass(frozen=True)
class World:
    """A true history: outages as (start, end) in seconds, and the records left of it."""

    outages: list[tuple[float, float]]
    rows: list[dict[str, Any]]


def stamped(true: float, offset: float, precision: str) -> datetime:
    """What a clock with an offset writes at a true time, cut to its precision."""
    granule = GRANULES[precision]
    micros = int((true + offset) * 1e6) // granule * granule
    return T0 + timedelta(microseconds=micros)


@st.composite
def worlds(draw: st.DrawFn, lose_acts: bool) -> World:
    """Phases of at least a minute; acts in two sources, checks in a third, each with its clock."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    offsets = {source: dice.uniform(-most, most) for source, most in TOLERANCES.items()}
    precision = {source: dice.choice(list(GRANULES)) for source in TOLERANCES}
    rows: list[dict[str, Any]] = []
    outages = []
    now = 600.0

    def record(true: float, source: str, **more: Any) -> None:
        rows.append(
            {
                "event_uid": f"{source}-{len(rows)}",
                "time": stamped(true, offsets[source], precision[source]),
                "time_precision": precision[source],
                "source": source,
                **more,
            }
        )

    for _ in range(draw(st.integers(1, 3))):
        start = now + dice.uniform(60, 300)
        end = start + dice.uniform(60, 300)
        now = end
        outages.append((start, end))
        down, up = dice.choice([*VERBS.items(), ("deactivate", "restore")])
        source = dice.choice(["console", "other"])
        for true, verb in ((start, down), (end, up)):
            if lose_acts and dice.random() < 0.3:
                continue
            record(true, source, action=f"account.{verb}")
        if not lose_acts and dice.random() < 0.3:
            record((start + end) / 2, source, action=f"account.{down}")
        if dice.random() < 0.3:
            record(start - 30, source, action=f"account.{down}", outcome="failure")
    for number in range(int((now + 120) / PERIOD) if lose_acts or dice.random() < 0.5 else 0):
        true = number * PERIOD + dice.uniform(0, 1)
        is_up = not any(start <= true < end for start, end in outages)
        record(true, "probe", asserted_state="active" if is_up else "unavailable")
    dice.shuffle(rows)
    return World(outages, rows)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    shared = DuckDBEngine(threads=1)
    yield shared
    shared.close()


Tabulate = Callable[[list[dict[str, Any]]], Any]


def assert_contains(outage: Outage, start: float, end: float) -> None:
    true_start, true_end = T0 + timedelta(seconds=start), T0 + timedelta(seconds=end)
    rounding = timedelta(microseconds=2)
    assert outage.start_earliest - rounding <= true_start <= outage.start_latest + rounding
    assert outage.end_earliest is not None and outage.end_latest is not None
    assert outage.end_earliest - rounding <= true_end <= outage.end_latest + rounding
    assert outage.duration.longest is not None
    assert 0 <= outage.duration.shortest <= outage.duration.longest
    assert outage.duration.shortest - 1e-5 <= end - start <= outage.duration.longest + 1e-5
    # What is certain lies within what is possible.
    assert outage.start_earliest <= outage.start_latest
    assert outage.end_earliest <= outage.end_latest


@settings(max_examples=60, deadline=None)
@given(world=worlds(lose_acts=False))
def test_bounds_contain_the_truth(engine: DuckDBEngine, tabulate: Tabulate, world: World) -> None:
    engine.register("events", tabulate(world.rows))
    history = reconstruct(engine, "@headofstate", TOLERANCES)
    assert len(history.outages) == len(world.outages)
    for outage, (start, end) in zip(history.outages, world.outages, strict=True):
        assert_contains(outage, start, end)
        assert not outage.inferred
        assert outage.duration.longest is not None
        assert outage.duration.longest - outage.duration.shortest <= 2.000001
        assert all(reading.agrees == "confirms" for reading in outage.probe)


@settings(max_examples=60, deadline=None)
@given(world=worlds(lose_acts=True))
def test_bounds_contain_the_truth_where_acts_went_unrecorded(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    engine.register("events", tabulate(world.rows))
    history = reconstruct(engine, "@headofstate", TOLERANCES)
    assert len(history.outages) == len(world.outages)
    for outage, (start, end) in zip(history.outages, world.outages, strict=True):
        assert_contains(outage, start, end)
        assert outage.inferred == (outage.started_by_uid is None or outage.ended_by_uid is None)
    for before, after in zip(history.intervals, history.intervals[1:], strict=False):
        assert before.state != after.state
        assert (before.end_earliest, before.end_latest) == (
            after.start_earliest,
            after.start_latest,
        )
