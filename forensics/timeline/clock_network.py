"""Clocks tied to each other by measured differences: what each can be, given the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

from forensics.timeline.clock_model import Basis, Segment
from forensics.timeline.clock_pairs import Pair
from forensics.timeline.own_stamps import Own

FARTHEST_S = 86_400.0
"""How far off, in seconds, a clock is taken to be at most where anchors give no bound: a day."""

_BEGIN = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Prior:
    """What a clock's offset is taken to be before anything is measured, in seconds."""

    low_s: float
    high_s: float
    basis: Basis

    @property
    def bounds(self) -> tuple[float, float]:
        """From the least offset to the greatest."""
        return self.low_s, self.high_s


@dataclass(frozen=True)
class Difference:
    """How far one clock is ahead of another; `kept` where that never changed.

    A clock that moved against another is not believed to keep its tolerance anywhere.
    """

    low_s: float
    high_s: float
    kept: bool = True

    @property
    def bounded(self) -> bool:
        """Whether it is known on both sides."""
        return self.low_s > -inf and self.high_s < inf

    @property
    def agreeing(self) -> bool:
        """Whether the two clocks may show the same time throughout."""
        return self.kept and self.low_s <= 0 <= self.high_s

    def beyond(self, other: Difference) -> Difference:
        """From this clock past the other to a third."""
        low, high = self.low_s + other.low_s, self.high_s + other.high_s
        return Difference(low, high, self.kept and other.kept)

    def meet(self, other: Difference) -> Difference:
        """What two ways to the same clock leave; all of both where they contradict each other."""
        low, high = max(self.low_s, other.low_s), min(self.high_s, other.high_s)
        if low <= high:
            return Difference(low, high, self.kept and other.kept)
        return Difference(min(self.low_s, other.low_s), max(self.high_s, other.high_s), False)


@dataclass(frozen=True)
class _Link:
    """A piece of a pair, seen from one of its two clocks."""

    since: datetime
    until: datetime
    difference: Difference
    steady: bool

    def touches(self, since: datetime, until: datetime) -> bool:
        return self.since < until and since < self.until


class Network:
    """All clocks of a case and what ties them together."""

    def __init__(
        self, priors: Mapping[str, Prior], pairs: Sequence[Pair], own: Mapping[str, Own]
    ) -> None:
        self._priors = priors
        self._own = own
        self._links: dict[str, dict[str, list[_Link]]] = {source: {} for source in priors}
        for pair in pairs:
            first, second = pair.reading.first, pair.reading.second
            for one in pair.pieces:
                kept = len(pair.pieces) == 1
                ahead = Difference(one.low_s, one.high_s, kept)
                behind = Difference(-one.high_s, -one.low_s, kept)
                links = self._links
                links[first].setdefault(second, []).append(_link(one.first, ahead, one.steady))
                links[second].setdefault(first, []).append(_link(one.second, behind, one.steady))

    def segments(self, source: str) -> tuple[Segment, ...]:
        """The offset of one clock over all time, in order."""
        found: list[Segment] = []
        number = 0
        for since, until in self._stretches(source):
            known = self._reach(source, since, until)
            low, high, basis = self._offset(source, known)
            steady = self._undisturbed(source, since, until)
            number += bool(found) and steady
            found.append(
                Segment(
                    number if steady else None,
                    None if since == _BEGIN else since,
                    None if until == _END else until,
                    round(max(low, -FARTHEST_S), 6),
                    round(min(high, FARTHEST_S), 6),
                    basis,
                )
            )
        return tuple(found)

    def conflicts(self, source: str) -> list[str]:
        """Where what is told of this clock and of another contradicts their anchors, in words."""
        mine = self._priors[source]
        if mine.basis != "told":
            return []
        found = []
        for since, until in self._stretches(source):
            for name, known in sorted(self._reach(source, since, until).items()):
                if self._priors[name].basis == "told" and not self._may_both_hold(
                    mine, name, known
                ):
                    found.append(
                        f"What is told of the clocks of {source} and {name} contradicts the "
                        "records that both hold."
                    )
        return list(dict.fromkeys(found))

    def _stretches(self, source: str) -> Iterator[tuple[datetime, datetime]]:
        """The times of a clock, cut wherever its difference from another changes, or it was set."""
        cuts = {_BEGIN, _END}
        for links in self._links[source].values():
            cuts.update(time for one in links for time in (one.since, one.until))
        if own := self._own.get(source):
            cuts.update(time for step in own.steps for time in (step.since, step.until))
        yield from pairwise(sorted(cuts))

    def _undisturbed(self, source: str, since: datetime, until: datetime) -> bool:
        """Whether no change of this clock may lie in the stretch."""
        for links in self._links[source].values():
            touching = [one for one in links if one.touches(since, until)]
            if len(touching) > 1 or not all(one.steady for one in touching):
                return False
        own = self._own.get(source)
        steps = own.steps if own else ()
        return not any(one.since < until and since < one.until for one in steps)

    def _reach(self, source: str, since: datetime, until: datetime) -> dict[str, Difference]:
        """By how much this clock is ahead of every one that is tied to it, at times of its own."""
        found = {source: Difference(0.0, 0.0)}
        for _ in range(len(self._priors)):
            before = dict(found)
            for middle, so_far in before.items():
                begin, end = _moved(since, -so_far.high_s), _moved(until, -so_far.low_s)
                for name, links in self._links[middle].items():
                    if name == source:
                        continue
                    touching = [one.difference for one in links if one.touches(begin, end)]
                    if not touching:
                        continue
                    there = so_far.beyond(_spanning(touching))
                    found[name] = found[name].meet(there) if name in found else there
            if found == before:
                break
        del found[source]
        return found

    def _offset(self, source: str, known: Mapping[str, Difference]) -> tuple[float, float, Basis]:
        """The bounds of a clock's offset, and where they come from."""
        prior = self._priors[source]
        if prior.basis == "told":
            return prior.low_s, prior.high_s, "told"
        low, high = self._measured(source, known)
        own = self._own.get(source)
        if own and own.early_s > prior.high_s - prior.low_s:
            # Nothing says how long the writing took, so the least that the records force counts.
            high = max(high, own.early_s + prior.high_s)
        if own and own.steps and not any(len(one) > 1 for one in self._links[source].values()):
            back = sum(step.back_s for step in own.steps)
            low, high = low - back, high + back
        basis: Basis = prior.basis if (low, high) == (prior.low_s, prior.high_s) else "measured"
        return low, high, basis

    def _measured(self, source: str, known: Mapping[str, Difference]) -> tuple[float, float]:
        prior = self._priors[source]
        implied = {name: self._implied(name, one) for name, one in known.items()}
        tied = [name for name, one in known.items() if one.bounded]
        told = [implied[name] for name in tied if self._priors[name].basis == "told"]
        several = [prior.bounds, *(implied[name] for name in tied)]
        low, high = _meet(several)
        agreeing = low <= high and all(known[name].agreeing for name in tied)
        if not agreeing:
            low, high = _meet(told) if told else _hull(several)
        if low > high:
            low, high = _hull(told)
        # A cause may be long before its effect: one side alone counts where it contradicts.
        for name in sorted(known.keys() - set(tied)):
            begin, end = implied[name]
            sure = self._priors[name].basis == "told"
            if begin > high or end < low:
                low, high = (begin, end) if sure else _hull([(low, high), (begin, end)])
            elif sure or (agreeing and known[name].kept):
                low, high = max(low, begin), min(high, end)
        return low, high

    def _implied(self, name: str, known: Difference) -> tuple[float, float]:
        other = self._priors[name]
        return other.low_s + known.low_s, other.high_s + known.high_s

    def _may_both_hold(self, prior: Prior, name: str, known: Difference) -> bool:
        low, high = self._implied(name, known)
        return low <= prior.high_s and prior.low_s <= high


def _meet(several: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """What all of several bounds leave; the first above the second where nothing is left."""
    return max(low for low, _ in several), min(high for _, high in several)


def _hull(several: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """All that any of several bounds allows."""
    return min(low for low, _ in several), max(high for _, high in several)


def _link(
    span: tuple[datetime | None, datetime | None], difference: Difference, steady: bool
) -> _Link:
    return _Link(span[0] or _BEGIN, span[1] or _END, difference, steady)


def _spanning(several: Sequence[Difference]) -> Difference:
    low, high = _hull([(one.low_s, one.high_s) for one in several])
    return Difference(low, high, all(one.kept for one in several))


def _moved(time: datetime, seconds: float) -> datetime:
    """A time moved as far as dates go."""
    if time in (_BEGIN, _END):
        return time
    if abs(seconds) == inf:
        return _END if seconds > 0 else _BEGIN
    return time + timedelta(seconds=seconds)
