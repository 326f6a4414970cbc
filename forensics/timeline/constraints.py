"""Claims about instants as a Simple Temporal Problem: tightened bounds, conflicts, alternatives.

Every constraint is low ≤ end − start ≤ high in whole microseconds, so nothing is rounded. Of a
set that cannot all hold, what is answered is which claims cannot stand together and which largest
sets of them can; never an average. Dechter, Meiri & Pearl, Temporal constraint networks, 1991;
Reiter, A theory of diagnosis from first principles, 1987.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_CHECKS = 5_000
"""How many sets of claims are checked for conflict before the search for others is cut off."""

_MOST_SUBSETS = 200


@dataclass(frozen=True)
class Constraint:
    """low ≤ end − start ≤ high between two named instants, in microseconds; None is open."""

    start: str
    end: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Claim:
    """Constraints that stand or fall together, who says so, and how much is lost without them.

    `weight` is more than 0. `evidence` are event uids.
    """

    id: str
    source: str
    weight: int
    constraints: tuple[Constraint, ...]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit:
    """The most that one instant can lie after another, and the claims that together say so."""

    most: int
    by: tuple[str, ...]


@dataclass(frozen=True)
class Subset:
    """Claims that can all hold, to which none of the dropped ones can be added; ids in order."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    lost: int


@dataclass(frozen=True)
class Alternatives:
    """Maximal consistent subsets, least lost weight first; ties in order of what they drop.

    Where `complete` is false the search was cut off: each subset is maximal, but there may be more.
    """

    subsets: tuple[Subset, ...]
    conflicts: tuple[tuple[str, ...], ...]
    complete: bool

    @property
    def best(self) -> tuple[Subset, ...]:
        """The subsets that lose least: several where nothing in the claims decides between them."""
        return tuple(one for one in self.subsets if one.lost == self.subsets[0].lost)

    @property
    def undisputed(self) -> tuple[str, ...]:
        """The claims that all of the best subsets keep."""
        first, *others = (set(one.kept) for one in self.best)
        return tuple(sorted(first.intersection(*others)))


@dataclass(frozen=True)
class _Edge:
    """`target` lies at most `most` after `origin`; `claim` None is what always holds."""

    origin: str
    target: str
    most: int
    claim: str | None
    weight: int


class Problem:
    """Claims, and constraints that always hold (`given`), over named instants.

    Raises ValueError where two claims have one id, one has no weight, or `given` conflicts.
    """

    def __init__(self, claims: Iterable[Claim], given: Iterable[Constraint] = ()) -> None:
        self.claims = tuple(sorted(claims, key=lambda claim: claim.id))
        self._given = tuple(edge for one in given for edge in _both_ways(one, None, 0))
        self._edges = {
            claim.id: tuple(
                edge
                for one in claim.constraints
                for edge in _both_ways(one, claim.id, claim.weight)
            )
            for claim in self.claims
        }
        if len(self._edges) < len(self.claims):
            raise ValueError("two claims have one id")
        if any(claim.weight <= 0 for claim in self.claims):
            raise ValueError("a claim without weight would be dropped for nothing")
        if self.only(()).conflict() is not None:
            raise ValueError("what is given contradicts itself")

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all claims."""
        return frozenset(self._edges)

    def only(self, kept: Iterable[str]) -> System:
        """The constraints of those claims, and what is given."""
        return System((*self._given, *(edge for one in sorted(kept) for edge in self._edges[one])))

    def conflict(self, among: Iterable[str] | None = None) -> tuple[str, ...] | None:
        """Claims that cannot stand together though any of them can be spared; None if all can."""
        found = self.only(self.ids if among is None else among).conflict()
        if found is None:
            return None
        # A cycle may use one side of a claim that is not needed: what is left must conflict.
        for one in found:
            fewer = tuple(other for other in found if other != one)
            if self.only(fewer).conflict() is not None:
                found = fewer
        return found

    def alternatives(self, most_checks: int = MOST_CHECKS) -> Alternatives:
        """All maximal consistent subsets, the least lost weight first.

        Claims are taken up one by one, the weightiest first. What the subsets so far become with
        one more is each of them with it, or, where it conflicts, each as it was and the largest
        parts of each that the claim can join. Work cut off goes on with the weightiest subset.
        """
        search = _Search(self, most_checks)
        for claim in sorted(self.claims, key=lambda one: (-one.weight, one.id)):
            search.take_up(claim.id)
        weights = {claim.id: claim.weight for claim in self.claims}
        subsets = (self._subset(kept, weights) for kept in search.found)
        return Alternatives(
            tuple(sorted(subsets, key=lambda one: (one.lost, one.dropped))),
            tuple(sorted(search.conflicts)),
            complete=search.complete,
        )

    def _subset(self, kept: frozenset[str], weights: dict[str, int]) -> Subset:
        dropped = tuple(sorted(self.ids - kept))
        return Subset(tuple(sorted(kept)), dropped, sum(weights[one] for one in dropped))


class _Search:
    """The maximal consistent subsets of the claims taken up so far."""

    def __init__(self, problem: Problem, most_checks: int) -> None:
        self.problem = problem
        self.weights = {claim.id: claim.weight for claim in problem.claims}
        self.left = most_checks
        self.found: list[frozenset[str]] = [frozenset()]
        self.conflicts: set[tuple[str, ...]] = set()
        self.complete = True

    def take_up(self, claim: str) -> None:
        """Go on to the subsets that are maximal with one more claim."""
        if self.complete:
            found = self._with(claim)
            if self.left >= 0 and len(found) <= _MOST_SUBSETS:
                self.found = found
                return
            self.complete = False
            self.found = [max(self.found, key=self._kept_weight)]
        (heaviest,) = self.found
        if self._conflict(heaviest | {claim}) is None:
            self.found = [heaviest | {claim}]

    def _with(self, claim: str) -> list[frozenset[str]]:
        without: list[frozenset[str]] = []
        joined: set[frozenset[str]] = set()
        for subset in self.found:
            conflict = self._conflict(subset | {claim})
            if conflict is None:
                joined.add(subset | {claim})
            else:
                without.append(subset)
                joined.update(self._parts(subset, claim, conflict))
        largest = [one for one in joined if not any(one < other for other in joined)]
        return without + sorted(largest, key=sorted)

    def _kept_weight(self, subset: frozenset[str]) -> tuple[int, list[str]]:
        return sum(self.weights[one] for one in subset), sorted(subset)

    def _conflict(self, subset: frozenset[str]) -> tuple[str, ...] | None:
        known = next((one for one in self.conflicts if subset.issuperset(one)), None)
        if known is not None:
            return known
        self.left -= 1
        found = self.problem.conflict(subset)
        if found is not None:
            self.conflicts.add(found)
        return found

    def _parts(
        self, subset: frozenset[str], claim: str, conflict: tuple[str, ...]
    ) -> Iterator[frozenset[str]]:
        """The largest parts of a consistent subset that the claim can join, with it."""
        queue = [(frozenset[str](), conflict)]
        seen: set[frozenset[str]] = set()
        spared: list[frozenset[str]] = []
        while queue and self.left >= 0:
            out, met = queue.pop(0)
            for one in met:
                more = out | {one}
                if one == claim or more in seen or any(other <= more for other in spared):
                    continue
                seen.add(more)
                next_met = self._conflict((subset - more) | {claim})
                if next_met is None:
                    spared.append(more)
                else:
                    queue.append((more, next_met))
        least = (one for one in spared if not any(other < one for other in spared))
        yield from ((subset - out) | {claim} for out in least)


@dataclass(frozen=True)
class System:
    """Constraints as edges of a graph of distances."""

    edges: tuple[_Edge, ...]

    @cached_property
    def _tightest(self) -> dict[tuple[str, str], _Edge]:
        """One edge from each instant to each other: the tightest, then the weightiest claim's."""
        found: dict[tuple[str, str], _Edge] = {}
        for edge in sorted(self.edges, key=lambda one: (one.most, -one.weight, one.claim or "")):
            found.setdefault((edge.origin, edge.target), edge)
        return found

    def conflict(self) -> tuple[str, ...] | None:
        """The claims on a cycle that would put an instant before itself (Bellman–Ford), or None."""
        edges = sorted(self._tightest.values(), key=lambda one: (one.origin, one.target))
        instants = {end for edge in edges for end in (edge.origin, edge.target)}
        distance = dict.fromkeys(instants, 0)
        last: dict[str, _Edge] = {}
        moved: str | None = None
        for _ in instants:
            moved = None
            for edge in edges:
                if distance[edge.origin] + edge.most < distance[edge.target]:
                    distance[edge.target] = distance[edge.origin] + edge.most
                    last[edge.target] = edge
                    moved = edge.target
            if moved is None:
                return None
        if moved is None:
            return None
        for _ in instants:
            moved = last[moved].origin
        cycle = [last[moved]]
        while cycle[-1].origin != moved:
            cycle.append(last[cycle[-1].origin])
        return _claims(cycle)

    @cached_property
    def _limits(self) -> dict[tuple[str, str], tuple[int, tuple[_Edge, ...]]]:
        """The shortest way between any two instants (Floyd–Warshall), and the edges it takes."""
        best: dict[tuple[str, str], tuple[int, tuple[_Edge, ...]]] = {
            pair: (edge.most, (edge,)) for pair, edge in self._tightest.items()
        }
        instants = sorted({end for pair in best for end in pair})
        for middle in instants:
            for origin in instants:
                for target in instants:
                    first, then = best.get((origin, middle)), best.get((middle, target))
                    if first is None or then is None or origin == target:
                        continue
                    way = first[0] + then[0], first[1] + then[1]
                    known = best.get((origin, target))
                    if known is None or way[0] < known[0]:
                        best[origin, target] = way
        return best

    def most(self, start: str, end: str) -> Limit | None:
        """The most that `end` can lie after `start`, or None where nothing limits it.

        The least is minus the most that `start` can lie after `end`. Means nothing where there
        is a conflict.
        """
        found = self._limits.get((start, end))
        return Limit(found[0], _claims(found[1])) if found else None


def _both_ways(one: Constraint, claim: str | None, weight: int) -> Iterable[_Edge]:
    if one.high is not None:
        yield _Edge(one.start, one.end, one.high, claim, weight)
    if one.low is not None:
        yield _Edge(one.end, one.start, -one.low, claim, weight)


def _claims(edges: Sequence[_Edge]) -> tuple[str, ...]:
    return tuple(sorted({edge.claim for edge in edges if edge.claim is not None}))
