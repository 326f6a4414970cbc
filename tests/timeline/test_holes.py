"""Numbers that a log lost: what falls into them is told, graded down, and no more certain."""

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
from forensics.timeline import clocks, inventory
from forensics.timeline.model import Outage, TargetHistory
from forensics.timeline.outage import reconstruct

T0 = datetime(2017, 11, 2, tzinfo=UTC)
VERBS = {"deactivate": "activate", "suspend": "unsuspend", "lock": "unlock"}
TOLERANCES = {"console": 5.0}


@dataclass(frozen=True)
class History:
    """What truly happened to each account, and what is left on record of it.

    `outages` are (start, end) in seconds, `lost` the true times of acts that are not on record.
    """

    outages: dict[str, list[tuple[float, float]]]
    lost: dict[str, list[float]]
    rows: list[dict[str, Any]]


class _Console:
    """One log, numbered in sequence, whose clock is off by a constant."""

    def __init__(self, dice: random.Random) -> None:
        self.offset = dice.uniform(-TOLERANCES["console"], TOLERANCES["console"])
        self.acts: list[tuple[float, str, str]] = []

    def written(self, lost: set[int]) -> list[dict[str, Any]]:
        """All acts in their order but those of these numbers."""
        return [
            {
                "event_uid": f"c{number}",
                "time": T0 + timedelta(microseconds=round((true + self.offset) * 1e6)),
                "time_precision": "us",
                "source": "console",
                "actor": "mod",
                "action": verb,
                "target": target,
                "sequence": number,
            }
            for number, (true, target, verb) in enumerate(sorted(self.acts))
            if number not in lost
        ]


def drawn(seed: int, *, lose: bool) -> History:
    """Accounts out for one cause, or for two that nest; a bulk act on several; numbers lost."""
    dice = random.Random(seed)
    console = _Console(dice)
    outages: dict[str, list[tuple[float, float]]] = {}
    for number in range(dice.randint(4, 9)):
        target, now = f"@account-{number}", 600.0
        outages[target] = []
        for _ in range(dice.randint(1, 2)):
            start = now + dice.uniform(60, 300)
            outages[target].append((start, now := _causes(console, dice, target, start)))
    bulk = [f"@bulk-{number}" for number in range(3)]
    for number, target in enumerate(bulk):
        outages[target] = [(3_000.0 + number, 3_600.0 + 30 * number)]
        console.acts.append((3_000.0 + number, target, "account.deactivate"))
        console.acts.append((3_600.0 + 30 * number, target, "account.activate"))
    console.acts += [(30.0 * tick, "@other", "profile.view") for tick in range(160)]
    order = sorted(console.acts)
    acts = [at for at, (_, target, verb) in enumerate(order) if verb != "profile.view"]
    lost = set(dice.sample(acts, min(len(acts), dice.randint(1, 4)))) if lose else set()
    gone: dict[str, list[float]] = {target: [] for target in outages}
    for at in lost:
        gone[order[at][1]].append(order[at][0])
    rows = console.written(lost)
    dice.shuffle(rows)
    return History(outages, gone, rows)


def _causes(console: _Console, dice: random.Random, target: str, start: float) -> float:
    """One outage from `start` by one cause or by two, of which the first may be lifted first."""
    verbs = dice.sample(sorted(VERBS), dice.randint(1, 2))
    begun = [start + 20.0 * at for at in range(len(verbs))]
    ended = [begun[-1] + dice.uniform(60, 300) + 20.0 * at for at in range(len(verbs))]
    dice.shuffle(ended)
    for verb, down, up in zip(verbs, begun, ended, strict=True):
        console.acts.append((down, target, f"account.{verb}"))
        console.acts.append((up, target, f"account.{VERBS[verb]}"))
    return max(ended)


Tabulate = Callable[[list[dict[str, Any]]], Any]


def log(*acts: tuple[int, str], without: range = range(0), **more: Any) -> list[dict[str, Any]]:
    """A console that writes every ten minutes, numbered, beside what it did to the target."""
    rows: list[dict[str, Any]] = [
        {"time": T0 + timedelta(minutes=10 * at), "action": "profile.view", "target": "@other"}
        for at in range(60)
    ]
    rows += [
        {
            "time": T0 + timedelta(minutes=at),
            "action": f"account.{verb}",
            "event_uid": f"{verb}@{at}",
        }
        for at, verb in acts
    ]
    rows.sort(key=lambda row: row["time"])
    numbered = [{**row, **more, "sequence": number} for number, row in enumerate(rows)]
    return [row for row in numbered if row["sequence"] not in without]


def checks(every: int, *away: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "time": T0 + timedelta(minutes=at),
            "source": "probe",
            "action": "probe.observe",
            "asserted_state": "unavailable" if any(a <= at < b for a, b in away) else "active",
        }
        for at in range(0, 600, every)
    ]


def history(load: Any, rows: list[dict[str, Any]]) -> TargetHistory:
    return reconstruct(load(rows), "@headofstate", {"console": 5.0, "probe": 1.0})


def minutes(outage: Outage) -> tuple[float | None, float | None]:
    """Between which minutes it ended, without the error of the clock."""
    return tuple(
        None if time is None else round((time - T0).total_seconds() / 60)
        for time in (outage.end_earliest, outage.end_latest)
    )  # type: ignore[return-value]  # of two times, two


def test_a_return_that_may_be_lost_ends_what_is_certain(load: Any) -> None:
    acts = (65, "deactivate"), (425, "deactivate"), (435, "activate")
    whole = history(load, log(*acts)).outages[0]
    assert (minutes(whole), whole.gaps) == ((435, 435), ())
    found = history(load, log(*acts, without=range(20, 23)))
    (outage,) = found.outages
    assert minutes(outage) == (180, 435)
    assert outage.duration.shortest == pytest.approx(115 * 60, abs=5)
    assert outage.end_basis is not None and outage.end_basis.grade == "C"
    (gap,) = outage.gaps
    assert gap.cuts and "deactivate@425" in gap.evidence
    assert "lacks 3 sequence numbers (20 to 22)" in gap.sentence
    assert "account.deactivate, which succeeded again at" in gap.sentence
    assert gap.sentence in found.limits
    rules = [step.rule for step in found.derivation]
    assert rules == ["begins", "may have returned", "repeat after a gap", "ends"]
    away = next(one for one in found.intervals if one.state == "deactivated")
    assert (away.end_earliest, away.end_latest) == (outage.end_earliest, outage.end_latest)


def test_an_open_end_in_a_gap_is_graded_down(load: Any) -> None:
    (outage,) = history(load, log((65, "deactivate"), without=range(8, 13))).outages
    assert outage.end_basis is not None and outage.end_basis.grade == "C"
    assert (outage.end_latest, outage.duration.shortest) == (None, 0.0)
    assert outage.gaps[0].cuts


def test_what_a_gap_cannot_hide_is_told_but_not_cut(load: Any) -> None:
    acts = (65, "suspend"), (425, "unsuspend")
    # One number is too little where the end shows that it was still away.
    (one,) = history(load, log(*acts, without=range(20, 21))).outages
    assert minutes(one) == (425, 425)
    assert "too little" in one.gaps[0].sentence
    (two,) = history(load, log(*acts, without=range(20, 22))).outages
    assert minutes(two) == (180, 425)
    # Checks that found it away throughout leave no room for a return.
    rows = [*log(*acts, without=range(20, 24)), *checks(2, (66, 425))]
    (watched,) = history(load, rows).outages
    assert watched.end_earliest is not None
    assert watched.end_earliest > T0 + timedelta(minutes=420)
    assert [gap.cuts for gap in watched.gaps if "sequence" in gap.sentence] == [False]


def test_numbers_lost_elsewhere_say_nothing(load: Any) -> None:
    acts = (65, "deactivate"), (125, "activate")
    (outage,) = history(load, log(*acts, without=range(30, 35))).outages
    assert (minutes(outage), outage.gaps) == ((125, 125), ())
    none = history(load, log(*acts, without=range(7, 15)))
    assert none.outages == () and any("may have gone unrecorded" in one for one in none.limits)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    shared = DuckDBEngine(threads=1)
    yield shared
    shared.close()


def listed(engine: DuckDBEngine, tabulate: Tabulate, world: History) -> dict[str, list[Any]]:
    engine.register("events", tabulate(world.rows))
    clocks.register(engine, TOLERANCES)
    found: dict[str, list[Any]] = {target: [] for target in world.outages}
    for one in inventory.take(engine, ["account"]).listed:
        found[one.target].append(one)
    return found


def assert_begins_and_ends(outage: Outage, start: float, end: float) -> None:
    rounding = timedelta(microseconds=2)
    true_start, true_end = T0 + timedelta(seconds=start), T0 + timedelta(seconds=end)
    if outage.start_earliest is not None:
        assert outage.start_earliest - rounding <= true_start
    assert true_start <= outage.start_latest + rounding
    assert outage.end_earliest is None or outage.end_earliest - rounding <= true_end
    assert outage.end_latest is None or true_end <= outage.end_latest + rounding
    assert outage.duration.shortest - 1e-5 <= end - start
    assert outage.duration.longest is None or end - start <= outage.duration.longest + 1e-5


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nested_and_bulk_causes_keep_the_truth(
    engine: DuckDBEngine, tabulate: Tabulate, seed: int
) -> None:
    world = drawn(seed, lose=False)
    found = listed(engine, tabulate, world)
    for target, outages in world.outages.items():
        assert len(found[target]) == len(outages)
        for one, (start, end) in zip(found[target], outages, strict=True):
            assert_begins_and_ends(one.outage, start, end)
            assert (one.outage.gaps, one.grade) == ((), "B")
            assert one.outage.end_latest - one.outage.end_earliest < timedelta(seconds=10.01)
            assert one.together >= 2 or not target.startswith("@bulk")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_a_log_lost_is_never_certain(
    engine: DuckDBEngine, tabulate: Tabulate, seed: int
) -> None:
    """No instant is called certainly away at which the account was at rest."""
    world = drawn(seed, lose=True)
    found = listed(engine, tabulate, world)
    for target, outages in world.outages.items():
        for one in (each.outage for each in found[target]):
            if one.end_earliest is None or one.end_earliest <= one.start_latest:
                continue
            begun = (one.start_latest - T0).total_seconds()
            until = (one.end_earliest - T0).total_seconds()
            assert any(start <= begun + 1e-5 and until <= end + 1e-5 for start, end in outages)
