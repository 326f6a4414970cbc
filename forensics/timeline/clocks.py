"""The clock of every source as bounds on its offset from true time, segment by segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import pyarrow as pa

from forensics.engine import Engine
from forensics.timeline import anchors, clock_pairs, folds, order, own_stamps
from forensics.timeline.clock_model import Clock, ClockReading, Clocks, Segment, Verdict
from forensics.timeline.clock_network import FARTHEST_S, Network, Prior
from forensics.timeline.clock_pairs import Pair
from forensics.timeline.own_stamps import Own
from forensics.timeline.told import Told

__all__ = ["Clock", "ClockReading", "Clocks", "Segment", "Told", "register"]

MEASURED = 300_000
"""Of so many events clocks are measured to show them in order; of more only where bounds count."""

_SOURCES = "SELECT DISTINCT source FROM events WHERE source IS NOT NULL ORDER BY source"


def register(engine: Engine, tolerances: Mapping[str, float], told: Iterable[Told] = ()) -> Clocks:
    """Derive `anchors`, `clocks` and `timed_events` (see `order.register`); say what is known.

    `tolerances` gives, by source, the seconds its clock is declared to keep within; a source
    without one is assumed to keep within `order.ASSUMED_TOLERANCE_S`. What is `told` of a clock
    takes the place of both, and of what is measured of it. A declared tolerance counts until
    anchors show two clocks to differ certainly. Then either may be the wrong one: each is within
    its own tolerance, or off by the other's and the difference. So a bound holds wherever at least
    one clock of those tied together keeps its tolerance.
    """
    sources = [row["source"] for row in engine.rows(_SOURCES)]
    heard = {one.source: one for one in told}
    priors = {source: _prior(source, tolerances, heard) for source in sources}
    folds.register(engine)
    anchors.register(engine)
    pairs = clock_pairs.measured(engine, {one: prior.bounds for one, prior in priors.items()})
    own = own_stamps.read(engine)
    network = Network(priors, pairs, own)
    found = tuple(_clock(network, one, pairs, own.get(one), heard.get(one)) for one in sources)
    order.register(engine, _table(found, network))
    return Clocks(found, tuple(one.reading for one in pairs))


def date(engine: Engine, tolerances: Mapping[str, float], told: Iterable[Told] = ()) -> None:
    """Derive `clocks` and `timed_events` as `register` does, measured only where that is quick.

    Where there are more than `MEASURED` events, clocks are taken to be as declared or told.
    """
    if engine.rows("SELECT count(*) AS n FROM events")[0]["n"] <= MEASURED:
        register(engine, tolerances, told)
        return
    folds.register(engine)
    own = own_stamps.read(engine)
    heard = {one.source: one for one in told}
    sources = [row["source"] for row in engine.rows(_SOURCES)]
    network = Network({one: _prior(one, tolerances, heard) for one in sources}, (), own)
    order.register(
        engine, _table([_clock(network, one, (), None, None) for one in sources], network)
    )


def unmeasured(engine: Engine) -> str | None:
    """What `date` did not look at, as a sentence; None where it measured the clocks."""
    [row] = engine.rows("SELECT count(*) AS n FROM events")
    if row["n"] <= MEASURED:
        return None
    return (
        f"Of more than {MEASURED:,} events clocks are not measured for a timeline: its marks of"
        " order take them to be as declared or told. forensics clocks measures them."
    )


def _prior(source: str, tolerances: Mapping[str, float], heard: Mapping[str, Told]) -> Prior:
    if source in heard:
        return Prior(heard[source].low_s, heard[source].high_s, "told")
    if source in tolerances:
        return Prior(-tolerances[source], float(tolerances[source]), "declared")
    return Prior(-order.ASSUMED_TOLERANCE_S, order.ASSUMED_TOLERANCE_S, "assumed")


def _table(clocks: Sequence[Clock], network: Network) -> pa.Table:
    rows = [
        {
            **asdict(one),
            **network.not_relied_on(clock.source),
            "source": clock.source,
            "segment": one.number,
            "basis": "disputed"
            if clock.disputed
            else "contradicted"
            if clock.verdict == "contradicted"
            else one.basis,
        }
        for clock in clocks
        for one in clock.segments
    ]
    return pa.Table.from_pylist(rows, schema=order.CLOCKS)


def _clock(
    network: Network, source: str, pairs: Sequence[Pair], own: Own | None, heard: Told | None
) -> Clock:
    segments = network.segments(source)
    mine = [one.reading for one in pairs if source in (one.reading.first, one.reading.second)]
    counts: dict[str, int] = {}
    for reading in mine:
        for kind, n in reading.kinds.items():
            counts[kind] = counts.get(kind, 0) + n
    if own is not None:
        counts.update(own.anchors)
    verdicts = {one.verdict for one in mine}
    disputed = network.conflicts(source)
    broken = own.sentences if own else ()
    if disputed:
        verdict: Verdict = "contradicted"
    elif "refuted" in verdicts or (own is not None and own.steps):
        verdict = "refuted"
    elif "contradicted" in verdicts or broken or network.apart(source):
        verdict = "contradicted"
    else:
        verdict = "consistent" if counts else "no anchors"
    evidence = (uid for one in mine for uid in one.evidence)
    return Clock(
        source=source,
        segments=segments,
        anchors={kind: counts[kind] for kind in sorted(counts)},
        verdict=verdict,
        sentences=(
            *disputed,
            *([heard.sentence] if heard else ()),
            *_unbounded(source, segments),
            *broken,
            *network.refuted(source),
            *(own.remarks if own else ()),
        ),
        evidence=tuple(dict.fromkeys((*evidence, *(own.evidence if own else ())))),
        disputed=tuple(disputed),
    )


def _unbounded(source: str, segments: Sequence[Segment]) -> list[str]:
    if all(abs(b) < FARTHEST_S for one in segments for b in (one.offset_low_s, one.offset_high_s)):
        return []
    said = (
        f"How far the clock of {source} is off is bounded on one side only; a day is allowed for. "
        f"What is known of it can be told: --assume {source}=±5s."
    )
    return [said]
