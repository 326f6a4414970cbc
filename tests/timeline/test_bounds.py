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
ACCOUNTS = 40
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

    def __init__(self, dice: random.Random, ahead: float = 0.0) -> None:
        self.dice = dice
        self.offsets = {source: dice.uniform(-most, most) for source, most in TOLERANCES.items()}
        self.offsets["console"] += ahead
        self.broken = ahead > 0
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

    def act(self, target: str, true: float, source: str, verb: str) -> None:
        """An act, at times told in the other log too, with its request or without."""
        self.record(target, true, source, action=f"account.{verb}")
        if self.dice.random() < 0.3:
            more = {"action": f"account.{verb}"}
            if self.dice.random() < 0.7:
                more["request_id"] = self.rows[-1]["request_id"] = f"request-{len(self.rows)}"
            self.record(target, true, "other" if source == "console" else "console", **more)

    def account(self, target: str, phases: int, *, lose_acts: bool) -> list[tuple[float, float]]:
        """Phases of at least a minute; acts in two sources, checks in a third.

        Where all is recorded and checked by clocks that can be trusted an act may take effect late.
        """
        dice, outages, now = self.dice, [], 600.0
        checked = lose_acts or dice.random() < 0.5
        for _ in range(phases):
            may_be_late = checked and not lose_acts and not self.broken
            late = dice.uniform(60, 900) if may_be_late and dice.random() < 0.2 else 0
            start = now + late + dice.uniform(60, 300)
            end = start + dice.uniform(60, 300)
            now = end
            outages.append((start, end))
            down, up = dice.choice([*VERBS.items(), ("deactivate", "restore")])
            source = dice.choice(["console", "other"])
            for true, verb in ((start - late, down), (end, up)):
                if not (lose_acts and dice.random() < 0.3):
                    self.act(target, true, source, verb)
            if not lose_acts and dice.random() < 0.3:
                self.record(target, (start + end) / 2, source, action=f"account.{down}")
            if dice.random() < 0.3:
                failed = {"action": f"account.{down}", "outcome": "failure"}
                self.record(target, start - 30, source, **failed)
        checks = int((now + 120) / PERIOD) if checked else 0
        for number in range(checks):
            true = number * PERIOD + dice.uniform(0, 1)
            is_up = not any(start <= true < end for start, end in outages)
            seen = "active" if is_up else "unavailable"
            self.record(target, true, "probe", asserted_state=seen)
        return outages


@st.composite
def worlds(
    draw: st.DrawFn, lose_acts: bool, most: int = ACCOUNTS, *, broken: bool = False
) -> World:
    """Accounts with one to three outages each, recorded by the same three sources.

    With `broken` the clock of the console is ahead by so much more than its tolerance that checks
    see the effect of every act before it.
    """
    dice = random.Random(draw(st.integers(0, 2**32)))
    writer = _Writer(dice, draw(st.floats(25, 120)) if broken else 0.0)
    outages = {
        name: writer.account(name, 1 if broken else dice.randint(1, 3), lose_acts=lose_acts)
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


# Over 2,000 histories: 2 × 60 tables of up to 40 accounts, 20 on the whole.
@settings(max_examples=60, deadline=None)
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
            if any("took effect only then" in said for said in outage.sentences):
                # The check before and the one after, and two clocks.
                slack += PERIOD + 1 + 2 * (TOLERANCES["other"] + TOLERANCES["probe"])
            assert outage.duration.longest - outage.duration.shortest <= slack


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=40, deadline=None)
@given(
    world=st.booleans().flatmap(lambda broken: worlds(lose_acts=True, most=1, broken=broken)),
    seed=st.integers(0, 2**32),
)
def test_more_checks_only_tighten(
    engine: DuckDBEngine, tabulate: Tabulate, world: World, seed: int
) -> None:
    """Checks left out at random: with them, what is possible shrinks and what is certain grows.

    Unless they show that two clocks cannot both be right: then what holds if either is, is named;
    and bounds of fewer checks that a clock beyond its tolerance put past the truth may be refuted.
    """
    dice = random.Random(seed)
    kept = [row for row in world.rows if row["source"] != "probe" or dice.random() < 0.7]
    full = listed(engine, tabulate, world)
    part = listed(engine, tabulate, World(world.outages, kept))
    for target, truth in world.outages.items():
        # Two outages may look like one to fewer checks; then there is nothing to compare.
        if len(part[target]) != len(truth) or len(full[target]) != len(truth):
            continue
        for tight, wide, (start, end) in zip(full[target], part[target], truth, strict=True):
            named = any("Not all of the clocks can be right" in said for said in tight.sentences)
            if named or not may_hold(wide, start, end):
                continue
            assert_within(
                (tight.start_earliest, tight.start_latest),
                (wide.start_earliest, wide.start_latest),
            )
            assert_within(
                (tight.end_earliest, tight.end_latest), (wide.end_earliest, wide.end_latest)
            )


@settings(max_examples=25, deadline=None)
@given(world=worlds(lose_acts=False, most=15, broken=True))
def test_a_clock_that_breaks_its_tolerance_widens_no_bound_beyond_what_checks_see(
    engine: DuckDBEngine, tabulate: Tabulate, world: World
) -> None:
    found = listed(engine, tabulate, world)
    checked = {row["target"] for row in world.rows if row["source"] == "probe"}
    for target in checked:
        # What another log tells without a request may be of another outage, for all that is known.
        for outage in found[target] if len(found[target]) == 1 else ():
            (truth,) = world.outages[target]
            assert_contains(outage, *truth)
            assert outage.start_earliest is not None and outage.end_latest is not None
            # A check period, the console's error, both tolerances, and granules.
            widest = timedelta(seconds=PERIOD + 120 + 2 * 14 + 4)
            assert outage.start_latest - outage.start_earliest <= widest
            assert outage.end_earliest is not None
            assert outage.end_latest - outage.end_earliest <= widest


def may_hold(outage: Outage, start: float, end: float) -> bool:
    """Whether the bounds of an outage contain its true start and end."""
    true_start, true_end = T0 + timedelta(seconds=start), T0 + timedelta(seconds=end)
    starts = (outage.start_earliest or FIRST) <= true_start <= outage.start_latest
    return starts and (outage.end_earliest or FIRST) <= true_end <= (outage.end_latest or LAST)


def assert_within(
    tight: tuple[datetime | None, datetime | None], wide: tuple[datetime | None, datetime | None]
) -> None:
    """None is open on that side: before any time, or after any."""
    assert (wide[0] or FIRST) <= (tight[0] or FIRST)
    assert (tight[1] or LAST) <= (wide[1] or LAST)
