"""Generated clocks whose truth is known: the bounds given to every event contain its instant."""

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
from forensics.timeline import clocks, order
from forensics.timeline.order import Stamp
from forensics.timeline.told import Told

T0 = datetime(2017, 11, 2, tzinfo=UTC)
SPAN_S = 20 * 3600.0
TOLERANCES = {"app": 5.0, "sso": 1.0, "hub": 5.0}
Tabulate = Callable[[list[dict[str, Any]]], Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a clock: off by `skew`, set by `jump` at `jump_at`, drifting; seconds."""

    skew: float = 0.0
    jump: float = 0.0
    jump_at: float = SPAN_S / 2
    ppm: float = 0.0

    def shown(self, true: float) -> float:
        jumped = self.jump if true >= self.jump_at else 0.0
        return true + self.skew + jumped + true * self.ppm / 1e6


@dataclass(frozen=True)
class World:
    """Records of what happened, by source, and when each truly happened."""

    rows: list[dict[str, Any]]
    truth: dict[str, float]
    jumped_at: float | None


far = st.floats(12, 90).flatmap(lambda size: st.sampled_from([size, -size]))
faults = st.one_of(
    st.builds(Fault, skew=st.floats(-4, 4)),
    st.builds(Fault, skew=far),
    st.builds(
        Fault,
        skew=st.one_of(st.floats(-4, 4), far),
        jump=far,
        jump_at=st.floats(SPAN_S * 0.2, SPAN_S * 0.8),
    ),
    st.builds(
        Fault,
        skew=st.one_of(st.just(0.0), far),
        ppm=st.floats(290, 450).flatmap(lambda size: st.sampled_from([size, -size])),
    ),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Requests that `app` and `sso` record, some `sso` and `hub` too, and what only `app` does."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    fault = draw(faults)
    shown = {
        "app": fault.shown,
        "sso": Fault(skew=dice.uniform(-1, 1)).shown,
        "hub": Fault(skew=dice.uniform(-5, 5)).shown,
    }
    precision = dice.choice(["ms", "s"])
    rows: list[dict[str, Any]] = []
    truth: dict[str, float] = {}

    def record(true: float, source: str, **more: Any) -> None:
        micros = int(shown[source](true) * 1e6)
        micros -= micros % (1_000 if precision == "ms" else 1_000_000)
        uid = f"{source}-{len(rows)}"
        truth[uid] = true
        rows.append(
            {
                "event_uid": uid,
                "time": T0 + timedelta(microseconds=micros),
                "time_precision": precision,
                "source": source,
                "target": None,
                **more,
            }
        )

    count = draw(st.integers(4, 30))
    for number in (0, *range(count), count - 1):
        # The first and the last stretch have two anchors; between them they lie as they fall.
        true = SPAN_S * number / (count - 1)
        if 0 < number < count - 1:
            true += dice.uniform(-600, 600)
        request = {"request_id": f"request-{len(rows)}"}
        record(true, "sso", **request)
        record(true + dice.uniform(0, 1.9), "app", **request)
        if dice.random() < 0.3:
            record(true + dice.uniform(-1.9, 0), "hub", request_id=f"other-{number}")
            record(true, "sso", request_id=f"other-{number}")
    for _ in range(20):
        record(dice.uniform(0, SPAN_S), "app")
    if fault.jump:
        for seconds in (-200, -30, -1, 1, 30, 200):
            record(fault.jump_at + seconds, "app")
    dice.shuffle(rows)
    return World(rows, truth, fault.jump_at if fault.jump else None)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    shared = DuckDBEngine(threads=1)
    yield shared
    shared.close()


def stamps(engine: DuckDBEngine) -> list[Stamp]:
    rows = engine.rows(
        """SELECT event_uid, source, time, time_low AS low, time_high AS high,
                  time_earliest AS earliest, time_latest AS latest, sequence,
                  clock_segment AS segment
           FROM timed_events ORDER BY event_uid"""
    )
    return [Stamp(**row) for row in rows]


@settings(max_examples=160, deadline=None)
@given(world=worlds())
def test_bounds_contain_the_truth_whatever_one_clock_does(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    engine.register("events", tabulate(world.rows))
    clocks.register(engine, TOLERANCES)
    found = stamps(engine)
    assert len(found) == len(world.rows)
    rounding = timedelta(microseconds=2)
    for stamp in found:
        true = T0 + timedelta(seconds=world.truth[stamp.event_uid])
        assert stamp.earliest - rounding <= true <= stamp.latest + rounding


@settings(max_examples=100, deadline=None)
@given(world=worlds(), data=st.data())
def test_differences_and_orders_hold_across_and_within_segments(
    engine: DuckDBEngine, tabulate: Tabulate, world: World, data: st.DataObject
) -> None:
    engine.register("events", tabulate(world.rows))
    clocks.register(engine, TOLERANCES)
    found = stamps(engine)
    for _ in range(30):
        first, second = (data.draw(st.sampled_from(found)) for _ in range(2))
        true = world.truth[second.event_uid] - world.truth[first.event_uid]
        if true < 0:
            continue
        assert order.shortest_s(first, second) <= true + 1e-5
        assert true <= order.longest_s(first, second) + 1e-5
        assert order.established(second, first) != "before" or true < 1e-5


@settings(max_examples=100, deadline=None)
@given(world=worlds())
def test_what_is_told_of_the_right_clock_holds_and_never_widens(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    engine.register("events", tabulate(world.rows))
    clocks.register(engine, TOLERANCES)
    before = {one.event_uid: one for one in stamps(engine)}
    clocks.register(engine, TOLERANCES, [Told("sso", -1, 1)])
    rounding = timedelta(microseconds=2)
    for stamp in stamps(engine):
        true = T0 + timedelta(seconds=world.truth[stamp.event_uid])
        assert stamp.earliest - rounding <= true <= stamp.latest + rounding
        if stamp.source == "app":
            assert stamp.doubt <= before[stamp.event_uid].doubt + rounding


@settings(max_examples=100, deadline=None)
@given(world=worlds())
def test_a_jump_is_split_and_dated(engine: DuckDBEngine, tabulate: Tabulate, world: World) -> None:
    engine.register("events", tabulate(world.rows))
    found = clocks.register(engine, TOLERANCES)
    (pair,) = [one for one in found.pairs if (one.first, one.second) == ("app", "sso")]
    if world.jumped_at is None:
        return
    assert (pair.verdict, pair.pieces) == ("refuted", 2)
    (clock,) = [one for one in found.sources if one.source == "sso"]
    change = [one for one in clock.segments if one.number is None]
    at = T0 + timedelta(seconds=world.jumped_at)
    slack = timedelta(seconds=3)
    assert change[0].since is not None and change[-1].until is not None
    assert change[0].since - slack <= at <= change[-1].until + slack
