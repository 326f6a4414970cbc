"""What a lifecycle is made of: acts, the edges of states, causes that hold, and spells of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from forensics.timeline.order import Stamp, established

ID_LENGTH = 6
"""Shorter ids are counters, which name something else in another source."""


@dataclass(frozen=True)
class Act:
    """A successful act that puts the object into a state; account and session as recorded.

    `also` are the stamps of the same act in other logs.
    """

    stamp: Stamp
    verb: str
    state: str
    actor: str | None = None
    session: str | None = None
    request: str | None = None
    also: tuple[Stamp, ...] = ()


def told_once(acts: Sequence[Act]) -> list[Act]:
    """The acts, each once: where one request in two logs led to one state, the first by order.

    The others are `also` of it, whatever their clocks say. A request that led there several times
    in one log, or whose id is so short that it is a counter, ties nothing.
    """
    named: dict[tuple[str, str], list[Act]] = {}
    for act in acts:
        if act.request is not None and len(act.request) >= ID_LENGTH:
            named.setdefault((act.request, act.state), []).append(act)
    told: dict[str, Act | None] = {}
    for first, *others in named.values():
        if len({one.stamp.source for one in (first, *others)}) == 1 + len(others):
            told[first.stamp.event_uid] = replace(first, also=tuple(one.stamp for one in others))
            told |= {one.stamp.event_uid: None for one in others}
    found = (told.get(act.stamp.event_uid, act) for act in acts)
    return [act for act in found if act is not None]


@dataclass(frozen=True)
class Edge:
    """Where a state begins or ends: not before `low`, not after `high`; by an act, or inferred.

    `low` None: it had begun before the records. `observed`: checks bound it, and the act, if one
    is named, took effect only there; `rivals` are other acts that may as well have had that effect.
    `within` are the bounds that all sources leave together, by those records; `disputed`: not all
    of them can hold.
    """

    low: Stamp | None
    high: Stamp
    event_uid: str | None = None
    observed: bool = False
    rivals: tuple[str, ...] = ()
    within: tuple[datetime | None, datetime] | None = None
    by: tuple[str, ...] = ()
    disputed: bool = False

    @property
    def evidence(self) -> tuple[str, ...]:
        """The records that it lies between, or the one that it is of."""
        found = (one.event_uid for one in (self.low, self.high) if one is not None)
        return tuple(dict.fromkeys(found))

    @property
    def earliest(self) -> datetime | None:
        """Not before this; None where it had begun before the records."""
        if self.within is not None:
            return self.within[0]
        return self.low.earliest if self.low else None

    @property
    def latest(self) -> datetime:
        """Not after this."""
        return self.within[1] if self.within is not None else self.high.latest


def born(births: Iterable[Stamp], before: Stamp) -> Stamp | None:
    """The last recorded creation certainly before a stamp: nothing of the object is older."""
    found = (one for one in births if established(one, before) == "before")
    return max(found, key=lambda one: one.rank, default=None)


def creation(births: Iterable[Stamp], signs: Iterable[Stamp]) -> Stamp | None:
    """The first creation, if it certainly comes before every other sign of the object."""
    first = min(births, key=lambda one: one.rank, default=None)
    if first is None:
        return None
    others = (one for one in signs if one.event_uid != first.event_uid)
    return first if all(established(first, one) == "before" for one in others) else None


def at(act: Act) -> Edge:
    """The edge of an act that took effect at once."""
    return Edge(act.stamp, act.stamp, act.stamp.event_uid)


@dataclass(eq=False)
class Hold:
    """One cause that keeps the object away from rest, from its beginning until it is undone.

    `acted` is the act behind it, which may have taken effect later; `last` its latest sign;
    `unwatched` the first check after an act that no check came before. `perhaps` is an act that
    ended it unless it came before it, which nothing decides. `mirrored_in` and `undone_in` are
    records of the same act, and of the same undoing, in other sources.
    """

    state: str
    verb: str
    source: str
    begun: Edge
    last: Stamp
    acted: Stamp | None = None
    ended: Edge | None = None
    unwatched: Stamp | None = None
    perhaps: Act | None = None
    repeated_by: list[str] = field(default_factory=list)
    mirrored_in: dict[str, Stamp] = field(default_factory=dict)
    undone_in: dict[str, Stamp] = field(default_factory=dict)

    def refuted_by(self, signed_in: Stamp, before: Stamp | None) -> bool:
        """Whether a sign-in before an act shows that a cause of its own source no longer holds."""
        if signed_in.source != self.source or established(self.last, signed_in) != "before":
            return False
        return before is None or established(signed_in, before) == "before"


@dataclass(frozen=True)
class Alternative:
    """Between which instants an outage began and ended if these sources are right."""

    sources: tuple[str, ...]
    start: tuple[datetime, datetime]
    end: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Hole:
    """Numbers that one log lacks: how many, the first and the last, and the records around."""

    low: Stamp
    high: Stamp
    count: int
    first: int
    last: int


@dataclass(frozen=True)
class Cut:
    """Where a spell stops being certain: a return may be among the numbers that a log lacks.

    `since` is the last sign of it before; `again` an act after it that repeats a cause, which is
    a sign of such a return.
    """

    hole: Hole
    since: Stamp
    again: Act | None = None


@dataclass(frozen=True)
class Spell:
    """One stretch during which at least one cause held; `turns` are its states in order.

    `length` bounds it in seconds by all sources together, where several bear on it;
    `alternatives` are what is left if some of these are right, where not all can be. Up to its
    `cut` it is certain, beyond only if nothing was lost there.
    """

    holds: tuple[Hold, ...]
    ended: Edge | None
    turns: tuple[tuple[Edge, str], ...]
    length: tuple[float, float | None] | None = None
    alternatives: tuple[Alternative, ...] = ()
    cut: Cut | None = None

    @property
    def begun(self) -> Edge:
        """The beginning of the first cause."""
        return self.holds[0].begun

    def meets(self, first: Stamp, last: Stamp) -> bool:
        """Whether it may have lasted at a time between two stamps."""
        low = self.begun.low
        if low is not None and established(last, low) == "before":
            return False
        return self.ended is None or established(self.ended.high, first) != "before"

    @property
    def perhaps(self) -> Act | None:
        """The act that ended it unless it came before it, if no end is established."""
        held = [hold for hold in self.holds if hold.ended is None]
        found = [hold.perhaps for hold in held if hold.perhaps is not None]
        return found[-1] if found and len(found) == len(held) else None


@dataclass(frozen=True)
class Move:
    """One step of the derivation: the rule, what it bounds, and the records it rests on."""

    rule: str
    state: str
    low: Stamp | None
    high: Stamp
    evidence: tuple[str, ...]
    verb: str = ""


def twins(acts: Iterable[Act]) -> Iterator[Move]:
    """The steps that tell which records in other logs are of the same acts."""
    for act in acts:
        for one in act.also:
            yield Move("same request", act.state, one, one, (one.event_uid,), act.verb)


@dataclass(frozen=True)
class Lifecycle:
    """All spells in order, and what is known of the state before the first change.

    `prior` holds until `known_from`; None in `known_from` means until the first spell. `born` is
    its creation, where that is on record before any other sign of its state.
    """

    prior: str
    known_from: Edge | None
    spells: tuple[Spell, ...]
    moves: tuple[Move, ...] = ()
    born: Stamp | None = None
