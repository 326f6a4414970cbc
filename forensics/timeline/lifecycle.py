"""The states of an account, from the acts that change them and the checks that observe them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from forensics import actions
from forensics.timeline.order import Stamp, established
from forensics.timeline.probes import UP, Sighting

UNKNOWN = "unknown"
UNAVAILABLE = "unavailable"

# Brings an account back from whatever state it was in.
_RESTORE = "account.restore"
# Undo what may never have been done, so they say nothing of the state before.
_FIRST_OR_AGAIN = frozenset({"account.activate", "account.create", _RESTORE})


@dataclass(frozen=True)
class Act:
    """A successful act that puts the account into a state."""

    stamp: Stamp
    verb: str
    state: str


@dataclass(frozen=True)
class Edge:
    """Where a state begins or ends: not before `low`, not after `high`; by an act, or inferred."""

    low: Stamp
    high: Stamp
    event_uid: str | None = None


@dataclass(eq=False)
class Hold:
    """One cause that keeps the account down, from its beginning until it is undone."""

    state: str
    verb: str
    source: str
    begun: Edge
    last: Stamp
    ended: Edge | None = None
    repeated_by: list[str] = field(default_factory=list)
    mirrored_in: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Spell:
    """One stretch during which at least one cause held the account down."""

    holds: tuple[Hold, ...]
    ended: Edge | None

    @property
    def begun(self) -> Edge:
        """The beginning of the first cause."""
        return self.holds[0].begun


@dataclass(frozen=True)
class Lifecycle:
    """All spells in order, and what is known of the state before the first change.

    `prior` holds until `known_from`; None in `known_from` means until the first spell.
    """

    prior: str
    known_from: Edge | None
    spells: tuple[Spell, ...]


def trace(acts: Sequence[Act], runs: Sequence[Sighting]) -> Lifecycle:
    """The account's lifecycle from its acts, in order, and the runs of checks that observed it.

    A repeated act changes nothing; causes nest, and the account is up again when the last is
    undone. A change that must have happened but was not recorded is inferred between the two
    records that prove it. Checks supply an end or a beginning that no act supplies, never replace
    one.
    """
    walk = _Walk(runs)
    for act in acts:
        if act.state == UP:
            walk.up(act)
        else:
            walk.down(act)
    walk.finish()
    spells = _with_observed_only(walk.spells, runs)
    prior, known_from = walk.prior, walk.known_from
    if prior is None:
        prior = _observed_prior(spells, runs)
    return Lifecycle(prior, known_from, tuple(spells))


class _Walk:
    def __init__(self, runs: Sequence[Sighting]) -> None:
        self.runs = sorted(runs, key=lambda run: run.first.rank)
        self.open: list[Hold] = []
        self.current: list[Hold] = []
        self.spells: list[Spell] = []
        self.up_since: Stamp | None = None
        self.prior: str | None = None
        self.known_from: Edge | None = None

    def down(self, act: Act) -> None:
        if self.open and (unseen := self._unseen_end(before=act.stamp)):
            self._end(list(self.open), unseen)
        for hold in self.open:
            if hold.state != act.state:
                continue
            if hold.source == act.stamp.source:
                hold.repeated_by.append(act.stamp.event_uid)
                hold.last = act.stamp
                return
            if established(hold.begun.high, act.stamp) == "not established":
                hold.mirrored_in[act.stamp.source] = act.stamp.event_uid
                return
        self._refute_deletion(act)
        edge = Edge(act.stamp, act.stamp, act.stamp.event_uid)
        self._begin(Hold(act.state, act.verb, act.stamp.source, edge, act.stamp))

    def up(self, act: Act) -> None:
        edge = Edge(act.stamp, act.stamp, act.stamp.event_uid)
        # An act that lifts nothing new is common; only a check that found the account up and
        # then down again shows that it lifts another cause than the one on record.
        unseen = self._unseen_end(before=act.stamp) if self.open else None
        if unseen and self._seen_down(unseen.high, act.stamp):
            self._end(list(self.open), unseen)
        if self.open:
            self._end(self._undone_by(act), edge)
        elif begun := self._unseen_begin(act.stamp):
            hold = Hold(UNAVAILABLE, "", begun.high.source, begun, act.stamp)
            self._begin(hold)
            self._end([hold], edge)
        elif self.up_since is None and not self.spells:
            self.prior, self.known_from = _implied_before(act.verb), edge
        if not self.open:
            self.up_since = act.stamp

    def finish(self) -> None:
        if self.open and (unseen := self._unseen_end(before=None)):
            self._end(list(self.open), unseen)
        if self.current:
            self.spells.append(Spell(tuple(self.current), None))

    def _begin(self, hold: Hold) -> None:
        self.open.append(hold)
        self.current.append(hold)

    def _end(self, holds: Sequence[Hold], edge: Edge) -> None:
        for hold in holds:
            hold.ended = edge
            self.open.remove(hold)
        if not self.open:
            self.spells.append(Spell(tuple(self.current), edge))
            self.current = []
            self.up_since = edge.high

    def _undone_by(self, act: Act) -> list[Hold]:
        """The causes an act lifts: those its verb undoes, its own source's first; else all."""
        known = actions.load()
        if act.verb == _RESTORE:
            return list(self.open)
        undone = [
            hold
            for hold in self.open
            if known[act.verb].inverse == hold.verb or known[hold.verb].inverse == act.verb
        ]
        own = [h for h in undone if act.stamp.source in (h.source, *h.mirrored_in)]
        return own or undone or list(self.open)

    def _refute_deletion(self, act: Act) -> None:
        """What is deleted cannot be acted on: it must have come back unseen."""
        for hold in list(self.open):
            if hold.state == "deleted" and hold.source == act.stamp.source:
                self._end([hold], Edge(hold.last, act.stamp))

    def _unseen_end(self, before: Stamp | None) -> Edge | None:
        """An end no act records: a check found it up after the last act, before the next."""
        last = max((hold.last for hold in self.open), key=lambda stamp: stamp.rank)
        for run in self.runs:
            if not run.up or established(last, run.first) != "before":
                continue
            if before is not None and established(run.first, before) != "before":
                return None
            down = [
                other.last
                for other in self.runs
                if not other.up
                and established(last, other.last) == "before"
                and established(other.last, run.first) == "before"
            ]
            low = max(down, key=lambda stamp: stamp.rank, default=last)
            return Edge(low, run.first)
        return None

    def _seen_down(self, after: Stamp, before: Stamp) -> bool:
        return any(
            not run.up
            and established(after, run.first) == "before"
            and established(run.first, before) == "before"
            for run in self.runs
        )

    def _unseen_begin(self, end: Stamp) -> Edge | None:
        """A beginning no act records: checks found the account down until the act that ended it."""
        for run, previous, following in reversed(list(_neighbours(self.runs))):
            if run.up or established(run.first, end) != "before":
                continue
            if following is not None and established(following.first, end) == "before":
                continue
            if self.up_since is not None and established(self.up_since, run.first) != "before":
                continue
            low = _later(previous.last if previous else None, self.up_since)
            return Edge(low, run.first) if low is not None else None
        return None


def _later(one: Stamp | None, other: Stamp | None) -> Stamp | None:
    known = [stamp for stamp in (one, other) if stamp is not None]
    return max(known, key=lambda stamp: stamp.rank, default=None)


def _neighbours(
    runs: Sequence[Sighting],
) -> Iterator[tuple[Sighting, Sighting | None, Sighting | None]]:
    """Each run with the runs of the same source before and after it."""
    for source in sorted({run.source for run in runs}):
        own = [run for run in runs if run.source == source]
        for at, run in enumerate(own):
            yield run, own[at - 1] if at else None, own[at + 1] if at + 1 < len(own) else None


def _implied_before(verb: str) -> str:
    """The state an act that undoes something shows the account to have been in."""
    if verb in _FIRST_OR_AGAIN:
        return UNKNOWN
    undone = actions.load()[verb].inverse
    return (actions.load()[undone].state if undone else None) or UNKNOWN


def _with_observed_only(spells: Sequence[Spell], runs: Sequence[Sighting]) -> list[Spell]:
    """The spells, with those added that checks alone show."""
    found = list(spells)
    for run, previous, following in _neighbours(runs):
        if run.up or previous is None or any(_overlaps(spell, run) for spell in found):
            continue
        ends = [s.ended.high for s in found if s.ended and s.ended.high.rank < run.first.rank]
        low = _later(previous.last, max(ends, key=lambda stamp: stamp.rank, default=None))
        begun = Edge(low or previous.last, run.first)
        ended = Edge(run.last, following.first) if following else None
        found.append(Spell((Hold(UNAVAILABLE, "", run.source, begun, run.last, ended),), ended))
    return sorted(found, key=lambda spell: spell.begun.high.rank)


def _overlaps(spell: Spell, run: Sighting) -> bool:
    if established(run.last, spell.begun.low) == "before":
        return False
    return spell.ended is None or established(spell.ended.high, run.first) != "before"


def _observed_prior(spells: Sequence[Spell], runs: Sequence[Sighting]) -> str:
    """The state before the first spell, if a check established it."""
    first = spells[0].begun.high if spells else None
    for run in sorted(runs, key=lambda run: run.first.rank):
        if first is None or established(run.first, first) == "before":
            return UP if run.up else UNAVAILABLE
    return UNKNOWN
