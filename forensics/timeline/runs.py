"""Runs of checks in order, so that of thousands only those near an act are looked at."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from forensics.timeline.order import Stamp


@dataclass(frozen=True)
class Sighting:
    """A run of successive checks of one source that all found the object at rest, or all away.

    `degraded`: at rest, but some of them found it not yet whole; `whole` is the first that did.
    `after_acts` are those of them that are the first to follow an act. `changed_by`: the first is
    the record of some change by that account, which may be what brought the state about.
    """

    source: str
    up: bool
    first: Stamp
    last: Stamp
    checks: int
    last_degraded: Stamp | None = None
    whole: Stamp | None = None
    after_acts: tuple[Stamp, ...] = ()
    changed_by: str | None = None


class _Lane:
    """The runs of one source in order, and between which instants each may lie."""

    def __init__(self, runs: Sequence[Sighting]) -> None:
        self.runs = runs
        # A clock that was set back shows runs out of order, numbers may put them otherwise.
        self._ended = list(accumulate((one.last.latest for one in runs), max))
        begun = list(accumulate((one.first.earliest for one in reversed(runs)), min))
        self._begun = begun[::-1]
        self._numbered = any(one.first.sequence is not None for one in runs)
        self.last_down = next((one for one in reversed(runs) if not one.up), None)

    def near(self, after: Stamp | None, before: Stamp | None) -> Sequence[Sighting]:
        """The runs that may lie between two stamps, and two more on either side."""
        if self._numbered:
            return self.runs
        start = bisect_left(self._ended, after.earliest) - 2 if after else 0
        stop = bisect_right(self._begun, before.latest) + 2 if before else len(self.runs)
        return self.runs[max(start, 0) : stop]


class Runs(Sequence[Sighting]):
    """All runs of checks of one object, in the order of their first checks."""

    def __init__(self, runs: Iterable[Sighting]) -> None:
        self._all = sorted(runs, key=lambda run: run.first.rank)
        self._lanes = [
            _Lane([run for run in self._all if run.source == source])
            for source in sorted({run.source for run in self._all})
        ]

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, at: int) -> Sighting: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sighting]: ...
    def __getitem__(self, at: int | slice) -> Sighting | Sequence[Sighting]:
        return self._all[at]

    def near(self, after: Stamp | None, before: Stamp | None) -> list[Sighting]:
        """Those that may lie between two stamps, in order; None is open on that side."""
        found = [run for lane in self._lanes for run in lane.near(after, before)]
        return sorted(found, key=lambda run: run.first.rank)

    def neighbours(
        self, after: Stamp | None = None, before: Stamp | None = None
    ) -> Iterator[tuple[Sighting, Sighting | None, Sighting | None]]:
        """Those near, each with the runs of the same source before and after it, by source."""
        for lane in self._lanes:
            own = lane.near(after, before)
            for at, run in enumerate(own):
                yield run, own[at - 1] if at else None, own[at + 1] if at + 1 < len(own) else None

    def perhaps(self, begun: Stamp) -> tuple[str, ...]:
        """The record of a change that a run begins with, if it is one: it may be its cause."""
        return tuple(
            run.first.event_uid
            for run in self._all
            if run.changed_by is not None and run.first.event_uid == begun.event_uid
        )

    def last_down(self) -> list[Sighting]:
        """Of each source the last run away from rest."""
        return [lane.last_down for lane in self._lanes if lane.last_down is not None]
