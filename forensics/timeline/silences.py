"""What an answer about an outage says of the gaps it falls into: numbers, quiet windows, edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from forensics.engine import Engine
from forensics.timeline import gaps, holes
from forensics.timeline.gaps import Gap
from forensics.timeline.holes import Holes
from forensics.timeline.machines import Machine
from forensics.timeline.model import Silence
from forensics.timeline.runs import Runs
from forensics.timeline.spells import Cut, Hole, Spell
from forensics.timeline.when import utc_text

_MOST = 3
"""How many gaps of one log are told one by one."""


class Silences:
    """The gaps of all logs of a case; reads `timed_events`."""

    def __init__(self, engine: Engine, start: datetime | None, end: datetime | None) -> None:
        self.holes: Holes = holes.read(engine)
        self._other: dict[str, list[Gap]] = defaultdict(list)
        for gap in gaps.pauses(engine, start, end):
            if gap.kind == "quiet" or (gap.start != end and gap.end != start):
                self._other[gap.source].append(_of_case(gap, start, end))

    def of(self, spell: Spell, runs: Runs, machine: Machine) -> tuple[Silence, ...]:
        """The gaps of the logs that tell of a spell which it falls into, what limits it first."""
        found = []
        cut = spell.cut
        if cut is not None:
            said = _limited(cut, spell.holds[0].state)
            uids = [cut.hole.low.event_uid, cut.hole.high.event_uid]
            uids += [cut.again.stamp.event_uid] if cut.again else []
            found.append(Silence(said, tuple(uids), cuts=True))
        rest = [
            hole for hole in self.holes.within(spell) if cut is None or hole.low != cut.hole.low
        ]
        found += [_harmless(spell, hole, runs, machine) for hole in rest[:_MOST]]
        if left := rest[_MOST:]:
            numbers = sum(hole.count for hole in left)
            said = f"{_counted(numbers)} more are missing meanwhile, in {len(left)} more holes."
            found.append(Silence(said, ()))
        for source in sorted({hold.source for hold in spell.holds}):
            met = [gap for gap in self._other[source] if _meets(gap, spell)]
            found += [Silence(gap.sentence, ()) for gap in met[:_MOST]]
            if left_out := len(met) - _MOST if len(met) > _MOST else 0:
                said = f"{source} was quiet meanwhile in {left_out} more windows."
                found.append(Silence(said, ()))
        return tuple(found)

    def unrecorded(self, sources: Iterable[str], what: str) -> Iterator[str]:
        """That acts may be lost where no outage is found: of these sources, or if none of any."""
        for source in sorted(set(sources)) or self.holes.sources:
            lost = sum(hole.count for hole in self.holes.of(source))
            if lost:
                yield (
                    f"{source} lacks {_counted(lost)}: an outage of {what} may have gone "
                    "unrecorded there."
                )


def limits(number: int, of: int, found: tuple[Silence, ...]) -> Iterator[str]:
    """The gaps of one outage of so many, as limits of the answer."""
    named = f"Outage {number}: " if of > 1 else ""
    return (f"{named}{one.sentence}" for one in found)


def _limited(cut: Cut, state: str) -> str:
    sign = ""
    if cut.again is not None:
        sign = (
            f" {cut.again.verb}, which succeeded again at {utc_text(cut.again.stamp.time)}, "
            "is a sign of one."
        )
    return (
        f"{_lacks(cut.hole)}: a return may have gone unrecorded there. That it was {state} is "
        f"certain only until {utc_text(cut.since.time)}.{sign}"
    )


def _harmless(spell: Spell, hole: Hole, runs: Runs, machine: Machine) -> Silence:
    uids = hole.low.event_uid, hole.high.event_uid
    if spell.cut is not None:
        return Silence(f"{_lacks(hole)}.", uids)
    if holes.covered(hole, runs):
        why = f"checks before, meanwhile and after it found it {machine.away}"
    elif hole.count < 2:
        why = "that is too little for a return and another beginning"
    else:
        why = "another log also tells of it, and of no return there"
    return Silence(f"{_lacks(hole)}; {why}.", uids)


def _lacks(hole: Hole) -> str:
    numbers = str(hole.first) if hole.count == 1 else f"{hole.first} to {hole.last}"
    between = f"{utc_text(hole.low.time)} and {utc_text(hole.high.time)}"
    return f"{hole.low.source} lacks {_counted(hole.count)} ({numbers}) between {between}"


def _counted(numbers: int) -> str:
    return "1 sequence number" if numbers == 1 else f"{numbers} sequence numbers"


def _of_case(gap: Gap, start: datetime | None, end: datetime | None) -> Gap:
    """A gap, the edge of a log told beside those of the case."""
    if gap.kind == "boundary" and gap.start is not None and end is not None:
        said = f"end at {utc_text(gap.start)}, those of others at {utc_text(end)}"
    elif gap.kind == "boundary" and gap.end is not None and start is not None:
        said = f"begin at {utc_text(gap.end)}, those of others at {utc_text(start)}"
    else:
        return gap
    return replace(gap, sentence=f"The records of {gap.source} {said}.")


def _meets(gap: Gap, spell: Spell) -> bool:
    """Whether a spell lies in a quiet window in part, or is open where the records end."""
    if gap.kind == "boundary":
        return spell.ended is None if gap.end is None else spell.begun.low is None
    begun, ended = spell.begun, spell.ended
    after = gap.end is None or gap.end > (begun.earliest or begun.latest)
    return after and (ended is None or gap.start is None or gap.start < ended.latest)
