"""What runs of checks tell that acts do not: ends and beginnings nobody recorded, late effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from forensics.timeline.machines import UNKNOWN
from forensics.timeline.order import Stamp, established

Between = tuple[Stamp, Stamp]
"""The two records that a change lies between."""


@dataclass(frozen=True)
class Sighting:
    """A run of successive checks of one source that all found the object at rest, or all away.

    `degraded`: at rest, but some of them found it not yet whole; `whole` is the first that did.
    `after_acts` are those of them that are the first to follow an act.
    """

    source: str
    up: bool
    first: Stamp
    last: Stamp
    checks: int
    last_degraded: Stamp | None = None
    whole: Stamp | None = None
    after_acts: tuple[Stamp, ...] = ()


def later(one: Stamp | None, other: Stamp | None) -> Stamp | None:
    """The later of two stamps; None where there is neither."""
    return latest(stamp for stamp in (one, other) if stamp is not None)


def latest(stamps: Iterable[Stamp]) -> Stamp | None:
    """The latest of some stamps, by rank."""
    return max(stamps, key=lambda stamp: stamp.rank, default=None)


def neighbours(
    runs: Sequence[Sighting],
) -> Iterator[tuple[Sighting, Sighting | None, Sighting | None]]:
    """Each run with the runs of the same source before and after it."""
    for source in sorted({run.source for run in runs}):
        own = [run for run in runs if run.source == source]
        for at, run in enumerate(own):
            yield run, own[at - 1] if at else None, own[at + 1] if at + 1 < len(own) else None


def unseen_end(runs: Sequence[Sighting], last: Stamp, before: Stamp | None) -> Between | None:
    """An end no act records: a check found it at rest after the last act, before the next."""
    seen = (_first_after(run, last, runs) for run in runs if run.up)
    found = min((one for one in seen if one is not None), key=lambda one: one.rank, default=None)
    if found is None or (before is not None and established(found, before) != "before"):
        return None
    down = [
        other.last
        for other in runs
        if not other.up
        and established(last, other.last) == "before"
        and established(other.last, found) == "before"
    ]
    return latest(down) or last, found


def _first_after(run: Sighting, last: Stamp, runs: Sequence[Sighting]) -> Stamp | None:
    """The first check of a run at rest after an act; none if it was only too early to see it."""
    if established(last, run.first) == "before":
        return run.first
    if any(not other.up and established(last, other.last) == "before" for other in runs):
        return None
    return next((one for one in run.after_acts if established(last, one) == "before"), None)


def seen_down(runs: Sequence[Sighting], after: Stamp, before: Stamp) -> bool:
    """Whether a run away from rest certainly began between two stamps."""
    return any(not run.up and _between(run, after, before) for run in runs)


def unseen_begin(
    runs: Sequence[Sighting], end: Stamp, up_since: Stamp | None
) -> tuple[Stamp | None, Stamp] | None:
    """A beginning no act records: checks found it away until the act that ended it.

    Its earlier limit is None where nothing saw the object at rest before.
    """
    for run, previous, following in reversed(list(neighbours(runs))):
        if run.up or established(run.first, end) != "before":
            continue
        if following is not None and established(following.first, end) == "before":
            continue
        if up_since is not None and established(up_since, run.first) != "before":
            continue
        return later(previous.last if previous else None, up_since), run.first
    return None


def late_effect(
    runs: Sequence[Sighting], act: Stamp, *, up: bool, until: Stamp | None
) -> Between | None:
    """Where an act took effect, if checks found the former state on both sides of the act.

    `up` is the former state, `until` the next act that undoes this one: what checks show after it
    is no effect of this one. None where no check shows the effect at all.
    """
    for run, _, following in neighbours(runs):
        spans = established(run.first, act) == "before" and established(act, run.last) == "before"
        if run.up != up or not spans or following is None:
            continue
        if any(_between(other, act, run.last) for other in runs if other.up != up):
            return None
        if until is not None and established(following.first, until) == "after":
            return None
        return run.last, following.first
    return None


def _between(run: Sighting, after: Stamp, before: Stamp) -> bool:
    begun = established(after, run.first) == "before"
    return begun and established(run.first, before) == "before"


def prior(before: Stamp | None, runs: Sequence[Sighting], *, rest: str, unseen: str) -> str:
    """The state before the first spell, if a check established it."""
    for run in sorted(runs, key=lambda run: run.first.rank):
        if before is None or established(run.first, before) == "before":
            return rest if run.up else unseen
    return UNKNOWN
