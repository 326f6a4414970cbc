"""Claims on one outage weighed against each other: bounds, conflicts, and the readings left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import combinations
from typing import Literal

from forensics.timeline import testimony
from forensics.timeline.claims import Told
from forensics.timeline.constraints import Alternatives, Limit, Problem, Subset, System
from forensics.timeline.meaning import ALWAYS, END, EPOCH, MICROSECOND, ORIGIN, START
from forensics.timeline.testimony import Bound, Reading, Testimony

MOST_READINGS = 20
"""How many readings a testimony carries at most."""

Of = Literal["start_earliest", "start_latest", "end_earliest", "end_latest", "shortest", "longest"]
# Each bound as the most by which the second instant can lie after the first.
_BOUNDS: tuple[tuple[Of, str, str], ...] = (
    ("start_earliest", START, ORIGIN),
    ("start_latest", ORIGIN, START),
    ("end_earliest", END, ORIGIN),
    ("end_latest", ORIGIN, END),
    ("shortest", END, START),
    ("longest", START, END),
)


def stated(told: Iterable[Told]) -> Problem:
    """The claims on one outage as a problem."""
    return Problem((one.claim for one in told), ALWAYS)


def weigh(told: Sequence[Told]) -> tuple[Testimony, Reading]:
    """All claims on one outage weighed against each other, and the reading they come to."""
    problem = stated(told)
    found = problem.alternatives()
    pairs = set(_contradictions(problem))
    conflicts = pairs | {one for one in found.conflicts if not _explained(one, pairs, found)}
    limits = _together(problem, found)
    weighed = Testimony(
        claims=tuple(_claim(one, found, pairs) for one in told),
        bounds=tuple(_bounds(limits, {one.id: one for one in told})),
        conflicts=tuple(sorted(conflicts, key=lambda one: (len(one), one))),
        readings=tuple(
            _reading(_limits(problem.only(one.kept)), one, best=one in found.best)
            for one in found.subsets[:MOST_READINGS]
        ),
        complete=found.complete and len(found.subsets) <= MOST_READINGS,
        records_close=(),
        sentences=(*_sentences(told, found), *_touching(limits)),
    )
    kept = found.undisputed
    dropped = tuple(sorted(problem.ids - set(kept)))
    return weighed, _reading(limits, Subset(kept, dropped, 0), best=True)


def _limits(system: System) -> dict[Of, Limit]:
    found = ((of, system.most(origin, target)) for of, origin, target in _BOUNDS)
    return {of: limit for of, limit in found if limit is not None}


def _together(problem: Problem, found: Alternatives) -> dict[Of, Limit]:
    """What follows from the claims that all of the best readings keep.

    A side that these leave open has the widest bound of the best readings, if all have one.
    """
    together = _limits(problem.only(found.undisputed))
    each = [_limits(problem.only(one.kept)) for one in found.best]
    for of, _, _ in _BOUNDS:
        if of not in together and all(of in one for one in each):
            together[of] = max((one[of] for one in each), key=lambda one: (one.most, one.by))
    return together


def _contradictions(problem: Problem) -> Iterator[tuple[str, ...]]:
    """The pairs of claims of which only one can hold."""
    for pair in combinations(sorted(problem.ids), 2):
        conflict = problem.conflict(pair)
        if conflict is not None and len(conflict) == len(pair):
            yield conflict


def _explained(
    conflict: tuple[str, ...], pairs: Iterable[tuple[str, ...]], found: Alternatives
) -> bool:
    """Whether a conflict has a claim that stands against an undisputed one by itself anyway."""
    kept = set(found.undisputed)
    return any(
        set(conflict) & set(pair) - kept and set(pair) & kept
        for pair in pairs
        if set(pair) != set(conflict)
    )


def _claim(told: Told, found: Alternatives, against: Iterable[tuple[str, ...]]) -> testimony.Claim:
    said = told.statement
    others = {one for pair in against if told.id in pair for one in pair} - {told.id}
    in_best = [told.id in one.kept for one in found.best]
    return testimony.Claim(
        id=told.id,
        kind=told.kind,
        who=told.who,
        said_at=said.said if said else None,
        grade=told.grade,
        says=told.says,
        quote=said.quote if said else None,
        reference=said.reference if said else None,
        place=said.place if said else None,
        evidence=told.evidence,
        standing="kept" if all(in_best) else "disputed" if any(in_best) else "dropped",
        contradicts=tuple(sorted(others)),
    )


def _bounds(limits: Mapping[Of, Limit], told: Mapping[str, Told]) -> Iterator[Bound]:
    """The bounds that some claim sets, each with who did."""
    for of, _, _ in _BOUNDS:
        limit = limits.get(of)
        if limit is None or not limit.by:
            continue
        setting = [told[one] for one in limit.by]
        length = of in ("shortest", "longest")
        yield Bound(
            of=of,
            time=None if length else _time(of, limits),
            seconds=_seconds(of, limits) if length else None,
            by=limit.by,
            grade=max(one.grade for one in setting),
            sources=len({one.who for one in setting}),
        )


def _reading(limits: Mapping[Of, Limit], subset: Subset, *, best: bool) -> Reading:
    return Reading(
        kept=subset.kept,
        dropped=subset.dropped,
        lost=subset.lost,
        best=best,
        start_earliest=_time("start_earliest", limits),
        start_latest=_time("start_latest", limits),
        end_earliest=_time("end_earliest", limits),
        end_latest=_time("end_latest", limits),
        shortest=_seconds("shortest", limits) or 0.0,
        longest=_seconds("longest", limits),
    )


def _time(of: Of, limits: Mapping[Of, Limit]) -> datetime | None:
    """A bound of an instant; None where it is open or outside the calendar."""
    if of not in limits:
        return None
    with suppress(OverflowError):
        return EPOCH + _signed(of, limits[of]) * MICROSECOND
    return None


def _seconds(of: Of, limits: Mapping[Of, Limit]) -> float | None:
    return _signed(of, limits[of]) / 1e6 if of in limits else None


def _signed(of: Of, limit: Limit) -> int:
    return -limit.most if of in ("start_earliest", "end_earliest", "shortest") else limit.most


def _sentences(told: Sequence[Told], found: Alternatives) -> Iterator[str]:
    count = len(told)
    if not found.conflicts:
        yield "The only claim." if count == 1 else f"All {count} claims can hold together."
        return
    if found.complete:
        fewest = min(len(one.dropped) for one in found.subsets)
        ways = sum(len(one.dropped) == fewest for one in found.subsets)
        yield (
            f"At most {count - fewest} of {count} claims can hold together; "
            f"{_ways(ways)} to give up only {fewest}."
        )
    else:
        yield f"The {count} claims cannot all hold, in more ways than were tried."
    if not found.complete:
        yield "The weightiest reading that was found gives the bounds."
    elif len(found.best) == 1:
        yield "The reading that loses least weight of evidence gives the bounds."
    else:
        yield (
            f"{len(found.best)} readings lose least weight of evidence, and nothing decides "
            "between them: the bounds rest on the claims that all of these keep, or are the widest "
            "of the readings where those leave a side open, and so hold for each."
        )


def _touching(limits: Mapping[Of, Limit]) -> Iterator[str]:
    """Where claims leave a single instant: they hold only if each is at its utmost."""
    sides: tuple[tuple[str, Of, Of], ...] = (
        ("start", "start_earliest", "start_latest"),
        ("end", "end_earliest", "end_latest"),
    )
    for of, earliest, latest in sides:
        low, high = limits.get(earliest), limits.get(latest)
        if low and high and -low.most == high.most and low.by != high.by:
            by = sorted({*low.by, *high.by})
            yield (
                f"{', '.join(by[:-1])} and {by[-1]} leave the {of} a single instant, where their "
                "tolerances only just touch: it is not known so well."
            )


def _ways(count: int) -> str:
    return "there is 1 way" if count == 1 else f"there are {count} ways"
