"""The derivation of an object's states in words, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from forensics.timeline.machines import Machine
from forensics.timeline.model import Step
from forensics.timeline.order import Stamp
from forensics.timeline.spells import Edge, Move
from forensics.timeline.when import utc_text

_RULES = {
    "begins": "{verb} succeeded: it is {state} from here.",
    "nested": "{verb} succeeded while another cause held: it is also {state}.",
    "repeat": "{verb} repeats the cause that holds: nothing changes, nothing restarts.",
    "rival": "{verb} came before the effect was seen too: it may as well have had it.",
    "order not established": "nothing tells whether {verb} came before or after the act that it "
    "may undo: it ended that, or changed nothing.",
    "lifts the mirror": "{verb} undoes it in this log; the other log that tells of it undoes it "
    "later: it still holds.",
    "mirror": "{verb} in another log, within the error of both clocks: the same act, told twice.",
    "same request": "{verb} in another log, of the same request: the same act, told twice.",
    "ends": "{verb} undoes the last cause: it is {state} again.",
    "lifts one cause": "{verb} undoes one cause; another still holds.",
    "may have returned": "Numbers are missing between these records: a return may have gone "
    "unrecorded there. That it is {state} is certain only up to the first of them.",
    "repeat after a gap": "{verb} succeeded again after numbers that are missing: it repeats the "
    "cause that holds, or a return went unrecorded and it is {state} anew from here.",
    "nothing to undo": "{verb} finds nothing to undo: nothing changes.",
    "first": "{verb} is the first change on record.",
    "takes effect": "Checks found it as before on both sides of the act: it took effect between "
    "the last of these and the first that saw the change.",
    "takes effect unwatched": "Checks that begin only after the act found it as before: it took "
    "effect between the last of these and the first that saw the change.",
    "held before the records": "What was undone must have held before: it began before the "
    "records, or in a log that is not here.",
    "acted on though it was gone": "What is gone cannot be acted on: it must have come back "
    "between these records.",
    "created though it existed": "What exists cannot be created: it must have gone between these "
    "records.",
    "checks show its end": "A check found it {state} again and no act tells of it: the end lies "
    "between these checks.",
    "checks show its beginning": "Checks found it {state} before the act that ended it: the "
    "beginning lies before the first of them.",
    "checks show it": "Checks alone tell of it: the beginning lies before the first that found it "
    "{state}.",
    "signed in": "A sign-in succeeded in the same log: the cause no longer held.",
}


def steps(machine: Machine, moves: Sequence[Move]) -> tuple[Step, ...]:
    """Every step of the derivation, in order."""
    return tuple(_step(machine, move) for move in moves)


def _step(machine: Machine, move: Move) -> Step:
    said = _RULES[move.rule].format(verb=move.verb, state=move.state or machine.rest)
    return Step(
        rule=move.rule,
        state=move.state,
        earliest=move.low.earliest if move.low else None,
        latest=move.high.latest,
        evidence=move.evidence,
        sentence=f"{_where(Edge(move.low, move.high))}: {said}",
        clocks=tuple(dict.fromkeys(_clock(one) for one in (move.low, move.high) if one)),
    )


def _clock(stamp: Stamp) -> str:
    """How a stamp and the error of its clock bound the true time."""
    granule, behind, ahead = (
        one.total_seconds()
        for one in (stamp.high - stamp.low, stamp.latest - stamp.high, stamp.low - stamp.earliest)
    )
    off = f"{_off(behind, 'behind')} and {_off(ahead, 'ahead')}"
    if behind == ahead:
        off = f"off by at most {behind:g} s either way"
    return (
        f"stamped {utc_text(stamp.time)} by {stamp.source}, to {granule:g} s; that clock is {off}: "
        f"{utc_text(stamp.earliest)} to {utc_text(stamp.latest)}"
    )


def _off(seconds: float, way: str) -> str:
    other = {"behind": "ahead", "ahead": "behind"}[way]
    return f"at most {seconds:g} s {way}" if seconds >= 0 else f"at least {-seconds:g} s {other}"


def _where(edge: Edge) -> str:
    """The records a step looks at, by their stamps."""
    sources = dict.fromkeys(one.source for one in (edge.low, edge.high) if one is not None)
    if edge.low is None or edge.low == edge.high:
        return f"{utc_text(edge.high.time)}, {', '.join(sources)}"
    return f"{utc_text(edge.low.time)} to {utc_text(edge.high.time)}, {', '.join(sources)}"
