"""A lifecycle as state intervals, and those of many accounts as the relation `state_intervals`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import pyarrow as pa

from forensics.engine import Engine
from forensics.timeline.lifecycle import UNKNOWN, Edge, Hold, Lifecycle, Spell
from forensics.timeline.model import StateInterval, TargetHistory
from forensics.timeline.probes import UP
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
            else pa.string(),
        )
        for column in dataclasses.fields(StateInterval)
    ]
)


def state_intervals(target: str, life: Lifecycle) -> tuple[StateInterval, ...]:
    """The account's states in order, each ending where the next begins."""
    changes: list[tuple[Edge | None, str]] = [(None, life.prior)]
    if life.known_from is not None:
        changes.append((life.known_from, UP))
    for spell in life.spells:
        changes.extend(_within(spell))
        if spell.ended is not None:
            changes.append((spell.ended, UP))
    if len(changes) == 1 and life.prior == UNKNOWN:
        return ()
    ends = [edge for edge, _ in changes[1:]]
    return tuple(
        _interval(target, state, start, end)
        for (start, state), end in zip(changes, [*ends, None], strict=True)
    )


def register(engine: Engine, histories: Iterable[TargetHistory]) -> None:
    """Make the state intervals of these histories readable as the relation `state_intervals`."""
    rows = [dataclasses.asdict(one) for history in histories for one in history.intervals]
    engine.register("state_intervals", pa.Table.from_pylist(rows, schema=_SCHEMA))


def _within(spell: Spell) -> Iterator[tuple[Edge, str]]:
    """The states of one spell: at each moment that of the latest cause still in force."""
    moments = sorted(
        {edge for hold in spell.holds for edge in (hold.begun, hold.ended) if edge is not None},
        key=lambda edge: edge.high.rank,
    )
    state = None
    for moment in moments:
        held = [hold for hold in spell.holds if _holds_after(hold, moment)]
        if held and held[-1].state != state:
            state = held[-1].state
            yield moment, state


def _holds_after(hold: Hold, moment: Edge) -> bool:
    begun = hold.begun.high.rank <= moment.high.rank
    return begun and (hold.ended is None or hold.ended.high.rank > moment.high.rank)


def _interval(target: str, state: str, start: Edge | None, end: Edge | None) -> StateInterval:
    edges = [edge for edge in (start, end) if edge is not None]
    return StateInterval(
        target=target,
        state=state,
        start_earliest=start.low.earliest if start else None,
        start_latest=start.high.latest if start else None,
        end_earliest=end.low.earliest if end else None,
        end_latest=end.high.latest if end else None,
        begun_by=start.event_uid if start else None,
        ended_by=end.event_uid if end else None,
        inferred=any(edge.event_uid is None for edge in edges),
        sentence=_sentence(target, state, start, end),
    )


def _sentence(target: str, state: str, start: Edge | None, end: Edge | None) -> str:
    known = f"{target} was {state}" if state != UNKNOWN else f"The state of {target} is not known"
    since = f" from {edge_text(start)}" if start else ""
    until = f" until {edge_text(end)}" if end else ""
    return f"{known}{since}{until}."


def edge_text(edge: Edge) -> str:
    """When a state began or ended, as its source's clock says: a stamp, or two it lies between."""
    if edge.event_uid is not None:
        return utc_text(edge.high.time)
    return f"some time between {utc_text(edge.low.time)} and {utc_text(edge.high.time)}"
