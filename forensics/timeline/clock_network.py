"""Clocks tied to each other by measured differences: what each can be, given the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from math import inf

from forensics.timeline.clock_model import Basis, Segment
from forensics.timeline.clock_pairs import Pair
from forensics.timeline.own_stamps import Own

FARTHEST_S = 86_400.0
"""How far off, in seconds, a clock is taken to be at most where anchors give no bound: a day."""

_WAYS = 40_000
"""So many ways from clock to clock are followed for one; beyond, its changes are not told apart."""

# So many clocks are named that contradict one.
_NAMED = 3

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


class _Chain:
    """All pieces of a pair, seen from one of its two clocks, in order."""

    def __init__(self, links: Sequence[_Link]) -> None:
        self.links = links
        # A clock that was set back shows the times of two pieces out of order.
        self._ended = list(accumulate((one.until for one in links), max))
        begun = list(accumulate((one.since for one in reversed(links)), min))
        self._begun = begun[::-1]

    def touching(self, since: datetime, until: datetime) -> Sequence[_Link]:
        """The pieces that a stretch of time may lie in."""
        if len(self.links) == 1:
            return self.links
        start, stop = bisect_right(self._ended, since), bisect_left(self._begun, until)
        return [one for one in self.links[start:stop] if one.touches(since, until)]

    def as_one(self) -> _Chain:
        """One piece of a difference that spans all of them, which nothing says is constant."""
        difference = _spanning([one.difference for one in self.links])
        return _Chain([_Link(_BEGIN, _END, difference, steady=False)])


class Network:
    """All clocks of a case and what ties them together."""

    def __init__(
        self, priors: Mapping[str, Prior], pairs: Sequence[Pair], own: Mapping[str, Own]
    ) -> None:
        self._priors = priors
        self._own = own
        self._reached: dict[tuple[str, datetime, datetime], dict[str, Difference]] = {}
        self._links: dict[str, dict[str, _Chain]] = {source: {} for source in priors}
        for pair in pairs:
            first, second = pair.reading.first, pair.reading.second
            kept = len(pair.pieces) == 1
            ahead = [Difference(one.low_s, one.high_s, kept) for one in pair.pieces]
            behind = [Difference(-one.high_s, -one.low_s, kept) for one in pair.pieces]
            told = list(zip(pair.pieces, ahead, behind, strict=True))
            if told:
                links = [_link(one.first, known, one.steady) for one, known, _ in told]
                self._links[first][second] = _Chain(links)
                links = [_link(one.second, known, one.steady) for one, _, known in told]
                self._links[second][first] = _Chain(links)
        for chains in self._links.values():
            self._join(chains)

    def _join(self, chains: dict[str, _Chain]) -> None:
        """Take pairs that changed most for one piece each, until few enough are left to follow."""
        most = max(1, _WAYS // len(self._priors) ** 2)
        by_length = sorted(chains, key=lambda name: (-len(chains[name].links), name))
        left = sum(len(one.links) - 1 for one in chains.values())
        for name in by_length:
            if left <= most:
                return
            left -= len(chains[name].links) - 1
            chains[name] = chains[name].as_one()

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
        """Where what is told of this clock, or of one tied to it, contradicts the records."""
        found = (
            self._conflict(source, name, known)
            for name, known in self._against(source)
            if "told" in (self._priors[source].basis, self._priors[name].basis)
        )
        return list(dict.fromkeys(found))

    def apart(self, source: str) -> bool:
        """Whether this clock cannot be as it is taken to be unless another one is not."""
        return bool(self._against(source))

    def not_relied_on(self, source: str) -> dict[str, float]:
        """What a clock was declared or assumed to keep within, if that and another's cannot be."""
        prior = self._priors[source]
        if prior.basis == "told" or not self.apart(source):
            return {}
        return {"kept_low_s": prior.low_s, "kept_high_s": prior.high_s}

    def refuted(self, source: str) -> list[str]:
        """From which clocks this one certainly differs, so that no tolerance of theirs counts."""
        mine = self._priors[source]
        names = sorted(
            {
                name
                for since, until in self._stretches(source)
                for name, known in self._reach(source, since, until).items()
                if "told" not in (mine.basis, self._priors[name].basis)
                and (
                    (known.bounded and not known.agreeing)
                    or not self._may_both_hold(mine, name, known)
                )
            }
        )
        if not names:
            return []
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        said = (
            f"The records show the clock of {source} to differ from that of "
            f"{', '.join(names[:_NAMED])}{more}. Either may be the wrong one, so that it is within "
            f"{_offset(mine.low_s, mine.high_s)}, as {mine.basis}, is not relied on: "
            "every bound shown holds as long as one of them keeps its own."
        )
        return [said]

    def _against(self, source: str) -> list[tuple[str, Difference]]:
        """The clocks that cannot be as they are taken to be if this one is, by name."""
        mine = self._priors[source]
        return [
            (name, known)
            for since, until in self._stretches(source)
            for name, known in sorted(self._reach(source, since, until).items())
            if not self._may_both_hold(mine, name, known)
        ]

    def _conflict(self, source: str, name: str, known: Difference) -> str:
        """What is told first, against what the records make of it; worded alike from both sides."""
        both = all(self._priors[one].basis == "told" for one in (source, name))
        if (both and name < source) or (not both and self._priors[source].basis != "told"):
            source, name = name, source
            known = Difference(-known.high_s, -known.low_s, known.kept)
        mine, other = self._priors[source], self._priors[name]
        low, high = self._implied(name, known)
        return (
            f"What is told of the clock of {source}, {_offset(mine.low_s, mine.high_s)}, "
            f"contradicts the records that tie it to {name}: if the clock of {name} is within "
            f"{_offset(other.low_s, other.high_s)}, as {other.basis}, that of {source} is off by "
            f"{_offset(low, high)}."
        )

    def _stretches(self, source: str) -> Iterator[tuple[datetime, datetime]]:
        """The times of a clock, cut wherever its difference from another changes, or it was set."""
        cuts = {_BEGIN, _END}
        for chain in self._links[source].values():
            cuts.update(time for one in chain.links for time in (one.since, one.until))
        if own := self._own.get(source):
            cuts.update(time for step in own.steps for time in (step.since, step.until))
        yield from pairwise(sorted(cuts))

    def _undisturbed(self, source: str, since: datetime, until: datetime) -> bool:
        """Whether no change of this clock may lie in the stretch."""
        for chain in self._links[source].values():
            touching = chain.touching(since, until)
            if len(touching) > 1 or not all(one.steady for one in touching):
                return False
        own = self._own.get(source)
        steps = own.steps if own else ()
        return not any(one.since < until and since < one.until for one in steps)

    def _reach(self, source: str, since: datetime, until: datetime) -> dict[str, Difference]:
        """By how much this clock is ahead of every one that is tied to it, at times of its own."""
        stretch = source, since, until
        if stretch not in self._reached:
            self._reached[stretch] = self._relaxed(source, since, until)
        return self._reached[stretch]

    def _relaxed(self, source: str, since: datetime, until: datetime) -> dict[str, Difference]:
        found = {source: Difference(0.0, 0.0)}
        for _ in range(len(self._priors)):
            before = dict(found)
            for middle, so_far in before.items():
                begin, end = _moved(since, -so_far.high_s), _moved(until, -so_far.low_s)
                for name, chain in self._links[middle].items():
                    touching = chain.touching(begin, end) if name != source else ()
                    if not touching:
                        continue
                    there = so_far.beyond(_spanning([one.difference for one in touching]))
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
        if (
            own
            and own.steps
            and not any(len(one.links) > 1 for one in self._links[source].values())
        ):
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


def _offset(low: float, high: float) -> str:
    """The bounds of an offset in words; + is ahead of true time."""
    if low == -high:
        return f"±{high:g} s"
    if low == -inf:
        return f"at most {high:+.3f} s"
    return f"at least {low:+.3f} s" if high == inf else f"{low:+.3f} s to {high:+.3f} s"


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
    if len(several) == 1:
        return several[0]
    low, high = _hull([(one.low_s, one.high_s) for one in several])
    return Difference(low, high, all(one.kept for one in several))


def _moved(time: datetime, seconds: float) -> datetime:
    """A time moved as far as dates go."""
    if time in (_BEGIN, _END):
        return time
    if abs(seconds) == inf:
        return _END if seconds > 0 else _BEGIN
    return time + timedelta(seconds=seconds)
