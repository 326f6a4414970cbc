"""An object's outages and their limits in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from forensics.timeline import order
from forensics.timeline.intervals import edge_text
from forensics.timeline.machines import Machine
from forensics.timeline.model import Duration
from forensics.timeline.order import established, longest_s, same_clock
from forensics.timeline.runs import Sighting
from forensics.timeline.spells import Act, Edge, Hold, Lifecycle, Spell
from forensics.timeline.when import utc_text


def sentences(
    target: str, machine: Machine, spell: Spell, duration: Duration, horizon: datetime | None
) -> Iterator[str]:
    """What is to be said of one outage."""
    start, end, first = spell.begun, spell.ended, spell.holds[0]
    if end is None:
        until = f" up to {utc_text(horizon)}" if horizon else ""
        undone = "restoration" if machine.kind == "account" else "end"
        yield f"{target} was {first.state} from {edge_text(start)}."
        if spell.perhaps is not None:
            yield from _two_readings(spell, spell.perhaps)
        else:
            yield f"No {undone} is recorded{until}."
    else:
        yield f"{target} was {machine.away} from {edge_text(start)} until {edge_text(end)}."
        if duration.longest is not None:
            yield _length(duration.shortest, duration.longest)
            if start.event_uid is not None and end.event_uid is not None:
                yield _clocks(start, end)
    if start.low is None:
        yield "It began before the records, or in a log that is not here."
    elif start.event_uid is None:
        yield from _began_unseen(machine, first, start)
    elif start.observed:
        yield f"{first.verb} took effect only then, by what checks saw."
        yield from _unwatched(first)
    if start.rivals and start.event_uid is not None:
        yield (
            f"{len(start.rivals)} later act{'s' * (len(start.rivals) > 1)} may as well have begun "
            "it, or an effect of the first that came late: they came before it was first seen."
        )
    if end is not None and end.event_uid is None:
        yield (
            f"No act that ended it is recorded; the record of {end.high.source} at "
            f"{utc_text(end.high.time)} shows that it was {machine.rest} again by then."
        )
    elif end is not None and end.observed:
        yield "The act that ended it took effect only then, by what checks saw."
    yield from _causes(spell)


def _began_unseen(machine: Machine, first: Hold, start: Edge) -> Iterator[str]:
    """What is to be said of a beginning that no act on record is known to have brought about."""
    if start.rivals:
        yield (
            f"A change that {start.high.source} recorded at {utc_text(start.high.time)} shows it "
            f"{first.state} first: that change made it so, or one before that is not recorded."
        )
    else:
        what = "account" if machine.kind == "account" else "object"
        seen = (
            f"checks found the {what} {first.state}"
            if start.observed
            else "a later record implies it"
        )
        yield f"No act that began it is recorded; {seen}."


def _two_readings(spell: Spell, act: Act) -> Iterator[str]:
    """What is to be said where an act may have come after the beginning, or before it."""
    hold = next(hold for hold in spell.holds if hold.perhaps is act)
    done = hold.acted or hold.begun.high
    most = _seconds(longest_s(hold.begun.low or done, act.stamp))
    yield (
        f"{act.verb} ({act.stamp.source}, {utc_text(act.stamp.time)}) ended it after at most "
        f"{most}, or came before it and changed nothing, so that no end is recorded. "
        f"{order.undecided(done, act.stamp)}"
    )


def _unwatched(hold: Hold) -> Iterator[str]:
    if hold.unwatched is not None and hold.acted is not None:
        yield (
            f"No check looked between the act and {utc_text(hold.unwatched.time)}: that it was "
            f"{hold.state} meanwhile, and came back unrecorded, is not excluded."
        )


def _causes(spell: Spell) -> Iterator[str]:
    for hold in spell.holds[1:]:
        yield f"Meanwhile it was also {hold.state}, from {edge_text(hold.begun)}."
    for hold in spell.holds:
        if hold.ended is not None and hold.ended != spell.ended:
            yield (
                f"At {edge_text(hold.ended)} only one cause was lifted: it was no longer "
                f"{hold.state}, and stayed {_still(spell, hold.ended)}."
            )
    if repeats := sum(len(hold.repeated_by) for hold in spell.holds):
        returned = spell.cut is not None and spell.cut.again is not None
        unless = ", unless a return went unrecorded before" if returned else ""
        yield (
            f"1 later act repeats a cause and changes nothing{unless}."
            if repeats == 1
            else f"{repeats} later acts repeat a cause and change nothing{unless}."
        )


def _still(spell: Spell, after: Edge) -> str:
    """The states of the causes that outlast an edge."""
    states = {
        hold.state
        for hold in spell.holds
        if hold.begun.high.rank <= after.high.rank
        and (hold.ended is None or hold.ended.high.rank > after.high.rank)
    }
    return " and ".join(sorted(states)) or "as it was"


def _length(shortest: float, longest: float) -> str:
    return f"That is at least {_seconds(shortest)} and at most {_seconds(longest)}."


def _clocks(start: Edge, end: Edge) -> str:
    stamps = [one for edge in (start, end) for one in (edge.low, edge.high) if one is not None]
    sources = sorted({one.source for one in stamps})
    if len(sources) == 1 and not same_clock(start.high, end.high):
        return f"Both ends are stamped by {sources[0]}, whose clock may have been set in between."
    if len(sources) == 1:
        return (
            f"Both ends are stamped by {sources[0]}, so a constant error of its clock cancels; "
            "its drift is allowed for."
        )
    return f"Its ends are stamped by {' and '.join(sources)}; the tolerances of their clocks add."


def _seconds(duration: float) -> str:
    return f"{duration:.6f}".rstrip("0").rstrip(".") + " s"


def unseen_beginning(
    target: str, machine: Machine, life: Lifecycle, acts: Sequence[Act], runs: Sequence[Sighting]
) -> Iterator[str]:
    """What a first recorded change that lifts a state nobody recorded tells of the records."""
    first = next((act for act in acts if act.verb not in machine.lifts), None)
    opened = bool(life.spells) and life.spells[0].begun.low is None
    if first is None or first.verb in machine.born or first.state != machine.rest:
        return
    if life.known_from is None and not opened:
        return
    if machine.kind != "account" and first.verb in machine.first_or_again:
        return
    if any(established(run.first, first.stamp) == "before" for run in runs):
        return
    away = (act.stamp for act in acts if act.state != machine.rest)
    if any(established(first.stamp, one) == "not established" for one in away):
        return
    yield (
        f"{first.verb} at {utc_text(first.stamp.time)} succeeded though no record took {target} "
        "down: its down time began before the records, or in a log that is not here."
    )


def undecided(target: str, uids: Sequence[str]) -> Iterator[str]:
    """What is to be said of acts whose outcome is not told."""
    if uids:
        counted = "1 act" if len(uids) == 1 else f"{len(uids)} acts"
        yield (
            f"The records do not say whether {counted} on the state of {target} succeeded; "
            "they are not counted."
        )


def unordered(acts: Sequence[Act]) -> Iterator[str]:
    """Acts next to each other that lead to different states, in an order nothing establishes."""
    for first, second in pairwise(acts):
        undecided_order = established(first.stamp, second.stamp) == "not established"
        if undecided_order and first.state != second.state:
            yield (
                f"The order of {first.verb} ({first.stamp.source}, {utc_text(first.stamp.time)}) "
                f"and {second.verb} ({second.stamp.source}, {utc_text(second.stamp.time)}) "
                "is not established."
            )


def joined_by_name(target: str, acts: Sequence[Act], kind: str) -> Iterator[str]:
    """Which logs were joined by a name, which alone does not prove that they mean one object."""
    sources = sorted({act.stamp.source for act in acts})
    if len(sources) > 1:
        named = f"{', '.join(sources[:-1])} and {sources[-1]}"
        what = "account" if kind == "account" else "object"
        yield f"{named} all record acts on {target}: they are taken to mean one {what}."


def beside(target: str, acts: Sequence[Act], uids: Collection[str]) -> Iterator[str]:
    """What is to be said of acts whose records name the object only beside their target."""
    for act in acts:
        if act.stamp.event_uid in uids:
            yield (
                f"{target} is named beside others in the record of {act.verb} at "
                f"{utc_text(act.stamp.time)}, whose target is another: that it was done to "
                f"{target} too is taken from that alone."
            )


def together(names: Sequence[str]) -> Iterator[str]:
    """What is to be said of an act that met several objects at once."""
    if names:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        count = "1 other" if len(names) == 1 else f"{len(names)} others"
        yield f"The same account did the same to {count} at the same time: {shown}."
