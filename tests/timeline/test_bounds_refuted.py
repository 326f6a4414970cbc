"""Generated histories in which a clock lies or an act takes effect late: the bounds still hold.

What no record can show is left out by construction, and `histories` says what that is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from forensics.engine.duckdb import DuckDBEngine
from forensics.timeline import clocks, inventory
from forensics.timeline.clock_model import Clock
from forensics.timeline.model import Outage

T0 = datetime(2017, 11, 2, tzinfo=UTC)
TOLERANCES = {"console": 5.0, "mirror": 8.0, "probe": 1.0, "second": 1.0}
GRANULES = {"ms": 1_000, "s": 1_000_000}
CHECK_EVERY = 60.0
WATCHED = 1_200.0
FARTHEST = 3_600.0
"""So far, in seconds, a clock is off at most that breaks its tolerance."""
TELLING = CHECK_EVERY + sum(TOLERANCES.values()) + 5.0
"""Checks show that an act is stamped wrongly, or took effect late, from so many seconds on."""
CHECKING = frozenset({"probe", "second"})
TOGETHER = 20
"""So many histories, with sources of their own each, are read in one pass."""
ROUNDING = timedelta(milliseconds=1)
SPREAD = 2.0
"""How far apart, in seconds, the records of one request may truly be."""
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure shows its one history; to shrink the others of the pass takes minutes."""
Row = dict[str, Any]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class History:
    """One outage from `start` for `length` seconds, and what is wrong with its records.

    The clock of the source `broken` is ahead by `off` seconds, those of the others by the part
    `within` of their tolerances. The act that began it took effect `late`, that which ended it
    `late_end`; a job was ordered to begin it `ordered` seconds before it did.
    """

    sources: frozenset[str]
    start: float
    length: float
    within: tuple[float, ...]
    precision: str
    broken: str | None = None
    off: float = 0.0
    late: float = 0.0
    late_end: float = 0.0
    ordered: float = 0.0

    @property
    def end(self) -> float:
        return self.start + self.length

    def ahead(self, source: str) -> float:
        if source == self.broken:
            return self.off
        part = dict(zip(TOLERANCES, self.within, strict=True))[source]
        return part * TOLERANCES[source]

    def rows(self, number: int) -> Iterator[Row]:
        """Its records, in sources of its own."""
        acts = [(self.start - self.late, "deactivate"), (self.end - self.late_end, "activate")]
        for source in sorted(self.sources & {"console", "mirror"}):
            for true, verb in acts:
                more = {"action": f"account.{verb}", "request_id": f"request-{verb}-{number}"}
                yield self._row(number, true, source, **more)
        if self.ordered:
            more = {"action": "account.deactivate", "outcome": "pending"}
            yield self._row(number, acts[0][0] - self.ordered, "console", **more)
        for phase, source in ((7.0, "probe"), (29.0, "second")):
            if source in self.sources:
                yield from self._checks(number, source, phase)

    def _checks(self, number: int, source: str, phase: float) -> Iterator[Row]:
        true = phase
        while true < self.end + WATCHED:
            if true > self.start - self.late - WATCHED:
                seen = "unavailable" if self.start <= true < self.end else "active"
                yield self._row(number, true, source, action="probe.check", asserted_state=seen)
            true += CHECK_EVERY

    def _row(self, number: int, true: float, source: str, **more: Any) -> Row:
        granule = GRANULES[self.precision]
        micros = int((true + self.ahead(source)) * 1e6) // granule * granule
        return {
            "event_uid": f"{source}-{number}-{more['action']}-{true}",
            "time": T0 + timedelta(microseconds=micros),
            "time_precision": self.precision,
            "source": f"{source}-{number}",
            "target": f"@account-{number}",
            **more,
        }


part = st.floats(-0.99, 0.99)
plain = st.builds(
    History,
    sources=st.just(frozenset({"console"})),
    start=st.floats(20_000, 20_060),
    length=st.floats(2 * TELLING, 2_400),
    within=st.tuples(part, part, part, part),
    precision=st.sampled_from(sorted(GRANULES)),
    ordered=st.one_of(st.just(0.0), st.floats(60, 4 * 3_600)),
)
evidence = st.sets(st.sampled_from(["mirror", "probe", "second"]), min_size=1).map(frozenset)


@st.composite
def lying(draw: st.DrawFn) -> History:
    """One clock breaks its tolerance by a constant of up to an hour; others keep theirs.

    Left out, since no record bears on it: one source alone; a clock that is off by less than
    `TELLING`, which may pass between two checks, or twice that between those of two sources; and
    checks ahead of the rest, which read as an act that took effect that late does, or beside other
    checks as an outage within an outage. A lie is the only fault: an act that is late besides may
    look at once.
    """
    sources = draw(evidence) | {"console"}
    which = draw(st.sampled_from(sorted(sources)))
    off = draw(st.floats(2 * TELLING if which in CHECKING else TELLING, FARTHEST))
    sign = -1 if which in CHECKING else draw(st.sampled_from([-1, 1]))
    return replace(draw(plain), sources=sources, broken=which, off=sign * off)


@st.composite
def belated(draw: st.DrawFn) -> History:
    """Acts that took effect up to four hours later, or at once; every clock keeps its tolerance.

    Left out, since no record bears on it: acts in logs alone; an effect less than `TELLING` late;
    and an end ordered before any check saw the outage begin.
    """
    one = draw(plain)
    sources = draw(evidence.filter(lambda found: bool(found & CHECKING))) | {"console"}
    late = draw(st.one_of(st.just(0.0), st.floats(TELLING, 4 * 3_600)))
    late_end = draw(st.one_of(st.just(0.0), st.floats(TELLING, one.length - TELLING)))
    return replace(one, sources=sources, late=late, late_end=late_end)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    shared = DuckDBEngine(threads=1)
    yield shared
    shared.close()


Tabulate = Callable[[list[Row]], Any]


def read(
    engine: DuckDBEngine, tabulate: Tabulate, histories: Sequence[History]
) -> tuple[list[list[Outage]], dict[str, Clock]]:
    """The outages of each, in one pass, and all clocks."""
    engine.register(
        "events", tabulate([row for at, one in enumerate(histories) for row in one.rows(at)])
    )
    kept = {
        f"{source}-{at}": TOLERANCES[source]
        for at, one in enumerate(histories)
        for source in one.sources
    }
    measured = clocks.register(engine, kept)
    found: list[list[Outage]] = [[] for _ in histories]
    for one in inventory.take(engine, ["account"]).listed:
        found[int(one.target.rpartition("-")[2])].append(one.outage)
    return found, {one.source: one for one in measured.sources}


def ends(outage: Outage) -> tuple[Span, Span]:
    """Between which instants it began and ended, none of them open, and never inverted."""
    assert outage.start_earliest is not None
    assert outage.end_earliest is not None and outage.end_latest is not None
    assert outage.start_earliest <= outage.start_latest <= outage.end_latest
    assert outage.start_earliest <= outage.end_earliest <= outage.end_latest
    assert outage.duration.longest is not None
    assert 0 <= outage.duration.shortest <= outage.duration.longest
    return (
        (outage.start_earliest, outage.start_latest),
        (outage.end_earliest, outage.end_latest),
    )


def contains(outage: Outage, one: History) -> bool:
    (a, b), (c, d) = ends(outage)
    start, end = T0 + timedelta(seconds=one.start), T0 + timedelta(seconds=one.end)
    length = outage.duration
    assert length.longest is not None
    return (
        a - ROUNDING <= start <= b + ROUNDING
        and c - ROUNDING <= end <= d + ROUNDING
        and length.shortest - 1e-3 <= one.length <= length.longest + 1e-3
    )


@settings(max_examples=18, deadline=None, phases=UNSHRUNK)
@given(histories=st.lists(lying(), min_size=TOGETHER, max_size=TOGETHER))
def test_bounds_contain_the_truth_whichever_clock_lies(
    engine: DuckDBEngine, tabulate: Tabulate, histories: list[History]
) -> None:
    """Over 300 histories.

    What a clock shows that is off by about as much as the outage lasted may read as an outage of
    its own: the true one is beside it.
    """
    found, _ = read(engine, tabulate, histories)
    for one, outages in zip(histories, found, strict=True):
        assert sum(contains(outage, one) for outage in outages) == 1, (one, outages)
        beside = abs(one.off) >= one.length - TELLING
        assert len(outages) == 1 or beside, (one, outages)


@settings(max_examples=12, deadline=None, phases=UNSHRUNK)
@given(histories=st.lists(belated(), min_size=TOGETHER, max_size=TOGETHER))
def test_bounds_contain_the_truth_of_acts_that_take_effect_hours_later(
    engine: DuckDBEngine, tabulate: Tabulate, histories: list[History]
) -> None:
    """Over 200 histories."""
    found, _ = read(engine, tabulate, histories)
    for one, outages in zip(histories, found, strict=True):
        assert len(outages) == 1, (one, outages)
        assert contains(outages[0], one), (one, outages)
        late = "took effect only then" in " ".join(outages[0].sentences)
        assert late == bool(one.late or one.late_end), (one, outages)


def parted(outage: Outage) -> dict[str, tuple[Span, Span]]:
    """What is said to hold if only some sources are right, by their names."""
    said = [one for one in outage.sentences if one.startswith("Not all of the clocks")]
    if not said:
        return {}
    told = re.findall(
        r"if (\S+(?: and \S+)*) (?:is|are), it began between (\S+) and (\S+)"
        r" and ended between (\S+) and (\S+?)[;.](?: |$)",
        said[0],
    )
    return {
        names: ((instant(a), instant(b)), (instant(c), instant(d))) for names, a, b, c, d in told
    }


def instant(said: str) -> datetime:
    return datetime.fromisoformat(said)


def within(inner: Span, outer: Span, slack: timedelta = ROUNDING) -> bool:
    return outer[0] - slack <= inner[0] and inner[1] <= outer[1] + slack


def hull(spans: Sequence[Span]) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def inside(inner: tuple[Span, Span], outer: tuple[Span, Span]) -> bool:
    return within(inner[0], outer[0]) and within(inner[1], outer[1])


def claim(one: History, source: str) -> tuple[Span, Span]:
    """Between which instants it began and ended if one source is right, by its records alone."""
    tolerance, granule = TOLERANCES[source], GRANULES[one.precision] / 1e6
    offset = one.ahead(source)
    spans = []
    for acted, changed in ((one.start - one.late, one.start), (one.end - one.late_end, one.end)):
        low = high = acted + offset
        if source in CHECKING:
            low, high = changed + offset - CHECK_EVERY, changed + offset + CHECK_EVERY
        slack = tolerance + granule + SPREAD
        spans.append(tuple(T0 + timedelta(seconds=at) for at in (low - slack, high + slack)))
    return (spans[0][0], spans[0][1]), (spans[1][0], spans[1][1])


def named_apart(outage: Outage, own: set[str], measured: dict[str, Clock]) -> bool:
    """Whether sources are named that cannot all be right, or whose clocks are not relied on.

    Sets that between them hold every source leave nothing else: the bounds lie in their hull.
    """
    told = parted(outage)
    if told:
        start, end = zip(*told.values(), strict=True)
        named = {name for names in told for name in names.split(" and ")}
        assert len(told) > 1 and named <= own, outage
        assert named < own or inside(ends(outage), (hull(start), hull(end))), outage
        return True
    return any(
        "is not relied on" in said and any(name in said for name in own - {source})
        for source in own
        for said in measured[source].sentences
    )


@settings(max_examples=20, deadline=None, phases=UNSHRUNK)
@given(
    histories=st.lists(st.one_of(lying(), belated()), min_size=5, max_size=5),
    order=st.permutations(["mirror", "probe", "second"]),
)
def test_bounds_shrink_only_with_more_evidence(
    engine: DuckDBEngine, tabulate: Tabulate, histories: list[History], order: list[str]
) -> None:
    """Over 200 times a source more: what is possible is less, or what cannot all be is named.

    That checks still found the former state after an act contradicts no clock, only that it took
    effect at once; then this is said. Whatever is said, the bounds are within what the sources say.
    """
    levels = len(order) + 1
    steps = [
        replace(one, sources=frozenset({"console", *order[:count]}))
        for one in histories
        for count in range(levels)
    ]
    found, measured = read(engine, tabulate, steps)
    for number, one in enumerate(steps):
        if number % levels == 0:
            continue
        own = {f"{source}-{number}" for source in one.sources}
        start, end = zip(*(claim(one, source) for source in one.sources), strict=True)
        outer = hull(start), hull(end)
        for new in found[number]:
            assert inside(ends(new), outer), (one, new)
        for old in found[number - 1]:
            assert any(
                inside(ends(new), ends(old))
                or named_apart(new, own, measured)
                or "took effect only then" in " ".join(new.sentences)
                for new in found[number]
            ), (one, old, found[number])
