"""A lifecycle as state intervals, and those of many accounts as the relation `state_intervals`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import pyarrow as pa

from forensics.engine import Engine
from forensics.timeline.machines import ABSENT, UNKNOWN, Machine
from forensics.timeline.model import StateInterval, TargetHistory
from forensics.timeline.spells import Edge, Lifecycle, Spell
from forensics.timeline.when import utc_text

_TIMES = ("start_earliest", "start_latest", "end_earliest", "end_latest")
_SCHEMA = pa.schema(
    [
        (
            column.name,
            pa.timestamp("us", "UTC")
            if column.name in _TIMES
            else pa.bool_()
            if column.name == "inferred"
            else pa.list_(pa.string())
            if column.name == "evidence"
            else pa.string(),
        )
        for column in dataclasses.fields(StateInterval)
    ]
)


def state_intervals(target: str, machine: Machine, life: Lifecycle) -> tuple[StateInterval, ...]:
    """The object's states in order, each ending where the next begins."""
    changes: list[tuple[Edge | None, str]] = []
    if not life.spells or life.spells[0].begun.low is not None:
        changes.extend(_before(life))
    if life.known_from is not None:
        changes.append((life.known_from, machine.rest))
    for spell in life.spells:
        changes.extend(_within(spell))
        if spell.ended is not None:
            changes.append((spell.ended, machine.rest))
    if len(changes) == 1 and changes[0] == (None, UNKNOWN):
        return ()
    ends = [edge for edge, _ in changes[1:]]
    return tuple(
        _interval(target, state, start, end)
        for (start, state), end in zip(changes, [*ends, None], strict=True)
    )


def _before(life: Lifecycle) -> Iterator[tuple[Edge | None, str]]:
    """The states before the first change that is known."""
    if life.born is None or life.known_from is not None:
        yield None, life.prior
        return
    yield None, ABSENT
    yield Edge(life.born, life.born, life.born.event_uid), life.prior


def register(engine: Engine, histories: Iterable[TargetHistory]) -> None:
    """Make the state intervals of these histories readable as the relation `state_intervals`."""
    rows = [dataclasses.asdict(one) for history in histories for one in history.intervals]
    engine.register("state_intervals", pa.Table.from_pylist(rows, schema=_SCHEMA))


def _within(spell: Spell) -> Iterator[tuple[Edge, str]]:
    """The states of one spell: at each turn that of the latest cause still in force."""
    before = None
    for edge, state in spell.turns:
        if state != before:
            yield edge, state
        before = state


def _interval(target: str, state: str, start: Edge | None, end: Edge | None) -> StateInterval:
    edges = [edge for edge in (start, end) if edge is not None]
    start_earliest = start.earliest if start else None
    start_latest = start.latest if start else None
    end_earliest = end.earliest if end else None
    end_latest = end.latest if end else None
    # It began before it ended, also where a clock that was set back leaves more than that open.
    if start_earliest is not None and end_latest is not None:
        start_earliest = min(start_earliest, end_latest)
    if start_latest is not None and end_latest is not None:
        start_latest = min(start_latest, end_latest)
    if end_earliest is not None and start_earliest is not None:
        end_earliest = max(end_earliest, start_earliest)
    return StateInterval(
        target=target,
        state=state,
        start_earliest=start_earliest,
        start_latest=start_latest,
        end_earliest=end_earliest,
        end_latest=end_latest,
        begun_by=start.event_uid if start else None,
        ended_by=end.event_uid if end else None,
        inferred=any(edge.event_uid is None for edge in edges),
        sentence=_sentence(target, state, start, end),
        evidence=tuple(
            dict.fromkeys(
                one.event_uid for edge in edges for one in (edge.low, edge.high) if one is not None
            )
        ),
    )


def _sentence(target: str, state: str, start: Edge | None, end: Edge | None) -> str:
    known = f"{target} was {state}" if state != UNKNOWN else f"The state of {target} is not known"
    if state == ABSENT:
        known = f"{target} did not exist"
    since = f" from {edge_text(start)}" if start else ""
    until = f" until {edge_text(end)}" if end else ""
    return f"{known}{since}{until}."


def edge_text(edge: Edge) -> str:
    """When a state began or ended, as its source's clock says: a stamp, or two it lies between."""
    stamped = as_stamped(edge)
    if edge.low is None:
        return f"before {utc_text(edge.high.time)}{stamped}"
    if edge.low == edge.high:
        return f"{utc_text(edge.high.time)}{stamped}"
    between = f"some time between {utc_text(edge.low.time)} and {utc_text(edge.high.time)}"
    return f"{between}{stamped}"


def as_stamped(edge: Edge) -> str:
    """That a clock says so, where its own stamp lies outside the bounds of the instant."""
    low, high = edge.low or edge.high, edge.high
    off = high.time > edge.latest or (edge.earliest is not None and low.time < edge.earliest)
    by = dict.fromkeys((low.source, high.source))
    return f" as {' and '.join(by)} stamped it" if off else ""
