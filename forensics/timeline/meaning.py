"""What a witness tells of an outage, as bounds, and these as constraints on its two ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from forensics.timeline.constraints import Claim, Constraint, Problem
from forensics.timeline.testimony import Said
from forensics.timeline.wording import SpokenLength, SpokenTime

ORIGIN, START, END = "origin", "start", "end"
"""The instants of a problem: 1970-01-01 UTC, and both ends of the outage."""

ALWAYS = (Constraint(START, END, 0, None),)
"""An outage does not end before it begins, whoever says so."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

SEPARATE = "Correct it; where each was said by itself, write a statement of each."
"""What to do about a statement that contradicts itself."""


def said(
    times: Iterable[tuple[str, str, SpokenTime]],
    length: tuple[str, SpokenLength] | None,
    events: Mapping[str, tuple[datetime, datetime]],
) -> tuple[Said, ...]:
    """What is told, as bounds; `events` bounds those that stand in place of a time.

    Raises UsageError for what lies outside the calendar.
    """
    found: list[Said] = []
    for form, text, spoken in times:
        earliest, latest = spoken.bounds(spoken.base or events[spoken.event or ""])
        found.append(Said(form, text, earliest, latest))
    if length is not None:
        text, told = length
        longest = None if told.longest is None else told.longest.total_seconds()
        shortest = told.shortest.total_seconds()
        found.append(Said("duration", text, shortest=shortest, longest=longest))
    return tuple(found)


def constraints(told: Iterable[Said]) -> tuple[Constraint, ...]:
    """What is told as constraints: an end, a length, or a state at an instant within bounds."""
    return tuple(one for each in told for one in _constraints(each))


def _constraints(told: Said) -> Iterator[Constraint]:
    earliest, latest = _us(told.earliest), _us(told.latest)
    if told.form == "duration":
        longest = None if told.longest is None else round(told.longest * 1e6)
        yield Constraint(START, END, round((told.shortest or 0.0) * 1e6), longest)
    elif told.form in (START, END):
        yield Constraint(ORIGIN, told.form, earliest, latest)
    elif told.form == "still_up_at":
        yield Constraint(ORIGIN, START, earliest, None)
    elif told.form == "up_again_at":
        yield Constraint(ORIGIN, END, None, latest)
    else:
        yield Constraint(ORIGIN, START, None, latest)
        yield Constraint(ORIGIN, END, earliest, None)


def _us(time: datetime | None) -> int | None:
    return None if time is None else (time - EPOCH) // MICROSECOND


def contradiction(told: Sequence[Said]) -> str | None:
    """Why what one witness tells cannot be true of one outage; None if it can."""
    if _holds(told):
        return None
    for pair in combinations(told, 2):
        if not _holds(pair):
            shown = " and ".join(f"{one.form} {one.text!r}" for one in pair)
            why = "it would end before it began" if _is_ends(pair) else "one rules the other out"
            return f"{shown} cannot both be true of one outage: {why}."
    shown = ", ".join(f"{one.form} {one.text!r}" for one in told)
    return f"{shown} cannot all be true of one outage."


def _holds(told: Sequence[Said]) -> bool:
    return Problem((Claim("told", "", 1, constraints(told)),), ALWAYS).conflict() is None


def _is_ends(pair: Sequence[Said]) -> bool:
    return {one.form for one in pair} == {START, END}
