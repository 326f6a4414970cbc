"""Generated histories whose truth is known: the bounds given always contain it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.engine.duckdb import DuckDBEngine
from forensics.timeline import clocks, inventory
from forensics.timeline.model import Outage
from forensics.timeline.outage import reconstruct

T0 = datetime(2017, 11, 2, tzinfo=UTC)
FIRST, LAST = T0 - timedelta(days=9), T0 + timedelta(days=9)
TOLERANCES = {"console": 5.0, "other": 8.0, "probe": 1.0}
GRANULES = {"ms": 1_000, "s": 1_000_000}
PERIOD = 10.0
ACCOUNTS = 20
"""Histories in one table of events, all stamped by the same clocks."""
VERBS = {"deactivate": "activate", "suspend": "unsuspend", "lock": "unlock"}


@dataclass(frozen=True)
class World:
    """The true outages of accounts as (start, end) in seconds, and the records left of them."""

    outages: dict[str, list[tuple[float, float]]]
    rows: list[dict[str, Any]]


def stamped(true: float, offset: float, precision: str) -> datetime:
    """What a clock with an offset writes at a true time, cut to its precision."""
    granule = GRANULES[precision]
    micros = int((true + offset) * 1e6) // granule * granule
    return T0 + timedelta(microseconds=micros)


class _Writer:
    """Three sources with a clock and a precision each, and what they record of one account."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.offsets = {source: dice.uniform(-most, most) for source, most in TOLERANCES.items()}
        self.precision = {source: dice.choice(list(GRANULES)) for source in TOLERANCES}
        self.rows: list[dict[str, Any]] = []

    def record(self, target: str, true: float, source: str, **more: Any) -> None:
        self.rows.append(
            {
                "event_uid": f"{source}-{len(self.rows)}",
                "time": stamped(true, self.offsets[source], self.precision[source]),
                "time_precision": self.precision[source],
                "source": source,
                "target": target,
                **more,
            }
        )

    def account(self, target: str, phases: int, *, lose_acts: bool) -> list[tuple[float, float]]:
        """Phases of at least a minute; acts in two sources, checks in a third."""
        dice, outages, now = self.dice, [], 600.0
        for _ in range(phases):
            start = now + dice.uniform(60, 300)
            end = start + dice.uniform(60, 300)
            now = end
            outages.append((start, end))
            down, up = dice.choice([*VERBS.items(), ("deactivate", "restore")])
            source = dice.choice(["console", "other"])
            for true, verb in ((start, down), (end, up)):
                if not (lose_acts and dice.random() < 0.3):
                    self.record(target, true, source, action=f"account.{verb}")
            if not lose_acts and dice.random() < 0.3:
                self.record(target, (start + end) / 2, source, action=f"account.{down}")
            if dice.random() < 0.3:
                failed = {"action": f"account.{down}", "outcome": "failure"}
                self.record(target, start - 30, source, **failed)
        checks = int((now + 120) / PERIOD) if lose_acts or dice.random() < 0.5 else 0
        for number in range(checks):
            true = number * PERIOD + dice.uniform(0, 1)
            is_up = not any(start <= true < end for start, end in outages)
            seen = "active" if is_up else "unavailable"
            self.record(target, true, "probe", asserted_state=seen)
        return outages


@st.composite
def worlds(draw: st.DrawFn, lose_acts: bool, most: int = ACCOUNTS) -> World:
    """Accounts with one to three outages each, recorded by the same three sources."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    writer = _Writer(dice)
    outages = {
        name: writer.account(name, dice.randint(1, 3), lose_acts=lose_acts)
        for name in (f"@account-{number:02}" for number in range(draw(st.integers(1, most))))
    }
    dice.shuffle(writer.rows)
    return World(outages, writer.rows)


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


def listed(engine: DuckDBEngine, tabulate: Tabulate, world: World) -> dict[str, list[Outage]]:
    """The outages of each account, all found in one pass."""
    engine.register("events", tabulate(world.rows))
    clocks.register(engine, TOLERANCES)
    found: dict[str, list[Outage]] = {target: [] for target in world.outages}
    for one in inventory.take(engine, ["account"]).listed:
        found[one.target].append(one.outage)
    return found


# Over 2,000 histories: 2 × 110 tables of up to 20 accounts, ten on the whole.
@settings(max_examples=110, deadline=None)
@given(world=worlds(lose_acts=False))
def test_bounds_contain_the_truth(engine: DuckDBEngine, tabulate: Tabulate, world: World) -> None:
    found = listed(engine, tabulate, world)
    for target, outages in world.outages.items():
        assert len(found[target]) == len(outages)
        for outage, (start, end) in zip(found[target], outages, strict=True):
            assert_contains(outage, start, end)
            assert not outage.inferred
            assert outage.duration.longest is not None
            # Two granules, and what a clock that is slewed may gain or lose meanwhile.
            slack = 2.000001 + 2 * 0.0005 * (end - start + 2)
            assert outage.duration.longest - outage.duration.shortest <= slack


@settings(max_examples=110, deadline=None)
@given(world=worlds(lose_acts=True))
def test_bounds_contain_the_truth_where_acts_went_unrecorded(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    found = listed(engine, tabulate, world)
    for target, outages in world.outages.items():
        assert len(found[target]) == len(outages)
        for outage, (start, end) in zip(found[target], outages, strict=True):
            assert_contains(outage, start, end)
            assert outage.inferred == (outage.started_by_uid is None or outage.ended_by_uid is None)


@settings(max_examples=12, deadline=None)
@given(world=worlds(lose_acts=True, most=1))
def test_one_account_alone_reads_as_among_all(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    [(target, outages)] = world.outages.items()
    (among,) = listed(engine, tabulate, world).values()
    alone = reconstruct(engine, target, TOLERANCES)
    bounds = [
        [(one.start_earliest, one.start_latest, one.end_earliest, one.end_latest) for one in each]
        for each in (among, alone.outages)
    ]
    assert bounds[0] == bounds[1]
    assert len(alone.outages) == len(outages)
    assert all(
        one.agrees == "confirms"
        for outage in alone.outages
        for one in outage.probe
        if outage.started_by_uid and outage.ended_by_uid
    )
    for before, after in pairwise(alone.intervals):
        assert before.state != after.state
        assert (before.end_earliest, before.end_latest) == (
            after.start_earliest,
            after.start_latest,
        )


@settings(max_examples=15, deadline=None)
@given(world=worlds(lose_acts=True), seed=st.integers(0, 2**32))
def test_more_checks_only_tighten(
    engine: DuckDBEngine, tabulate: Tabulate, world: World, seed: int
) -> None:
    """Checks left out at random: with them, what is possible shrinks and what is certain grows."""
    dice = random.Random(seed)
    kept = [row for row in world.rows if row["source"] != "probe" or dice.random() < 0.7]
    full = listed(engine, tabulate, world)
    said = clocks.register(engine, TOLERANCES)
    part = listed(engine, tabulate, World(world.outages, kept))
    if refuted(said) - refuted(clocks.register(engine, TOLERANCES)):
        return
    for target, truth in world.outages.items():
        # Two outages may look like one to fewer checks; then there is nothing to compare.
        if len(part[target]) != len(truth):
            continue
        for tight, wide in zip(full[target], part[target], strict=True):
            assert_within(
                (tight.start_earliest, tight.start_latest),
                (wide.start_earliest, wide.start_latest),
            )
            assert_within(
                (tight.end_earliest, tight.end_latest), (wide.end_earliest, wide.end_latest)
            )


def refuted(known: clocks.Clocks) -> set[str]:
    """What the records refute of what was taken to be true of clocks, in words."""
    pairs = {one.sentence for one in known.pairs if one.verdict in ("refuted", "contradicted")}
    return pairs | {said for one in known.sources for said in one.sentences}


def assert_within(
    tight: tuple[datetime | None, datetime | None], wide: tuple[datetime | None, datetime | None]
) -> None:
    """None is open on that side: before any time, or after any."""
    assert (wide[0] or FIRST) <= (tight[0] or FIRST)
    assert (tight[1] or LAST) <= (wide[1] or LAST)
