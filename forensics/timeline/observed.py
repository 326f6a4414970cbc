"""What runs of checks tell that acts do not: ends and beginnings nobody recorded, late effects."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, groupby

from forensics.timeline.machines import UNKNOWN
from forensics.timeline.order import Stamp, established
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.spells import Edge, Spell, born

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)

Between = tuple[Stamp, Stamp]
"""The two records that a change lies between."""


def later(one: Stamp | None, other: Stamp | None) -> Stamp | None:
    """The later of two stamps; None where there is neither."""
    return latest(stamp for stamp in (one, other) if stamp is not None)


def latest(stamps: Iterable[Stamp]) -> Stamp | None:
    """The latest of some stamps, by rank."""
    return max(stamps, key=lambda stamp: stamp.rank, default=None)


def unseen_end(runs: Runs, last: Stamp, before: Stamp | None) -> Between | None:
    """An end no act records: a check found it at rest after the last act, before the next."""
    near = runs.near(last, before)
    down_later = still_down(runs, last)
    seen = (_first_after(run, last, down_later) for run in near if run.up)
    found = min((one for one in seen if one is not None), key=lambda one: one.rank, default=None)
    if found is None or (before is not None and established(found, before) != "before"):
        return None
    down = [
        other.last
        for other in near
        if not other.up
        and established(last, other.last) == "before"
        and established(other.last, found) == "before"
    ]
    return latest(down) or last, found


def _first_after(run: Sighting, last: Stamp, down_later: bool) -> Stamp | None:
    """The first check of a run at rest after an act; none if it was only too early to see it."""
    if established(last, run.first) == "before":
        return run.first
    if down_later:
        return None
    return next((one for one in run.after_acts if established(last, one) == "before"), None)


def seen_down(runs: Runs, after: Stamp, before: Stamp) -> bool:
    """Whether a run away from rest certainly began between two stamps."""
    near = runs.near(after, before)
    return any(not run.up and _between(run, after, before) for run in near)


def still_down(runs: Runs, after: Stamp) -> bool:
    """Whether a check certainly after a stamp found the object away from rest."""
    return any(established(after, run.last) == "before" for run in runs.last_down())


def unseen_begin(
    runs: Runs, end: Stamp, up_since: Stamp | None
) -> tuple[Stamp | None, Stamp] | None:
    """A beginning no act records: checks found it away until the act that ended it.

    Its earlier limit is None where nothing saw the object at rest before.
    """
    for run, previous, following in reversed(list(runs.neighbours(up_since, end))):
        if run.up or established(run.first, end) != "before":
            continue
        if following is not None and established(following.first, end) == "before":
            continue
        if up_since is not None and established(up_since, run.first) != "before":
            continue
        return later(previous.last if previous else None, up_since), run.first
    return None


@dataclass(frozen=True)
class Late:
    """The two checks that an act took effect between.

    `unwatched` is the first check after the act where none of that source came before it.
    """

    low: Stamp
    high: Stamp
    unwatched: Stamp | None = None


def late_effect(runs: Runs, act: Stamp, *, up: bool, until: Stamp | None) -> Late | None:
    """Where an act took effect, if checks after it still found the former state.

    `up` is the former state, `until` the next act that undoes this one: what checks show after it
    is no effect of this one. None where no check shows the effect at all.
    """
    for run, previous, following in runs.neighbours(act, act):
        spans = established(run.first, act) == "before" and established(act, run.last) == "before"
        unwatched = previous is None and established(act, run.first) == "before"
        if run.up != up or not (spans or unwatched) or following is None:
            continue
        if any(
            _between(other, act, run.last) for other in runs.near(act, run.last) if other.up != up
        ):
            return None
        if until is not None and established(following.first, until) == "after":
            return None
        return Late(run.last, following.first, run.first if unwatched else None)
    return None


def last_begun(runs: Runs, before: Stamp) -> Sighting | None:
    """The run that began last of those that certainly began before a stamp."""
    begun = [run for run in runs if established(run.first, before) == "before"]
    return max(begun, key=lambda run: run.first.rank, default=None)


def _between(run: Sighting, after: Stamp, before: Stamp) -> bool:
    begun = established(after, run.first) == "before"
    return begun and established(run.first, before) == "before"


def prior(before: Stamp | None, runs: Sequence[Sighting], *, rest: str, unseen: str) -> str:
    """The state before the first spell, if a check established it."""
    for run in sorted(runs, key=lambda run: run.first.rank):
        if before is None or established(run.first, before) == "before":
            return rest if run.up else unseen
    return UNKNOWN


@dataclass(frozen=True)
class Unseen:
    """A run that found the object away, which no act explains, and the edges it shows."""

    run: Sighting
    begun: Edge
    ended: Edge | None


class _Known:
    """Stretches away from rest that are known, to find those near a run."""

    def __init__(self, stretches: Iterable[tuple[Stamp | None, Edge | None]]) -> None:
        self._all = sorted(stretches, key=lambda one: one[0].earliest if one[0] else _ALWAYS)
        self._begun = [low.earliest if low else _ALWAYS for low, _ in self._all]
        ends = (ended.high.latest if ended else _FOREVER for _, ended in self._all)
        self._ended = list(accumulate(ends, max))
        highs = (ended.high for _, ended in self._all if ended)
        self._ends = sorted(highs, key=lambda high: high.rank)

    def meets(self, run: Sighting) -> bool:
        """Whether one of them may have lasted at a time of the run."""
        start = bisect_left(self._ended, run.first.earliest)
        stop = bisect_right(self._begun, run.last.latest)
        return any(
            (low is None or established(run.last, low) != "before")
            and (ended is None or established(ended.high, run.first) != "before")
            for low, ended in self._all[start:stop]
        )

    def ended_before(self, run: Sighting) -> Stamp | None:
        """The last end of one of them before the run."""
        at = bisect_left(self._ends, run.first.rank, key=lambda high: high.rank)
        return self._ends[at - 1] if at else None


def unexplained(runs: Runs, spells: Sequence[Spell], births: Sequence[Stamp] = ()) -> list[Unseen]:
    """The runs away from rest that no spell may cover, nor a run of another source told before."""
    found: list[Unseen] = []
    stretches = [(spell.begun.low, spell.ended) for spell in spells]
    for _, lane in groupby(runs.neighbours(), key=lambda one: one[0].source):
        known = _Known([*stretches, *((one.begun.low, one.ended) for one in found)])
        for run, previous, following in lane:
            if run.up or known.meets(run):
                continue
            low = later(previous.last if previous else None, known.ended_before(run))
            low = later(low, born(births, run.first))
            begun = Edge(low, run.first, observed=True, rivals=runs.perhaps(run.first))
            ended = Edge(run.last, following.first, observed=True) if following else None
            found.append(Unseen(run, begun, ended))
    return found
