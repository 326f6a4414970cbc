"""The states of one object, from the acts that change them and the checks that observe them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from forensics.timeline import observed
from forensics.timeline.machines import UNKNOWN, Machine
from forensics.timeline.observed import Sighting
from forensics.timeline.order import Stamp, established


@dataclass(frozen=True)
class Act:
    """A successful act that puts the object into a state; account and session as recorded."""

    stamp: Stamp
    verb: str
    state: str
    actor: str | None = None
    session: str | None = None


@dataclass(frozen=True)
class Edge:
    """Where a state begins or ends: not before `low`, not after `high`; by an act, or inferred.

    `low` None: it had begun before the records. `observed`: checks bound it, and the act, if one
    is named, took effect only there.
    """

    low: Stamp | None
    high: Stamp
    event_uid: str | None = None
    observed: bool = False


@dataclass(eq=False)
class Hold:
    """One cause that keeps the object away from rest, from its beginning until it is undone.

    `acted` is the act behind it, which may have taken effect later; `last` its latest sign.
    """

    state: str
    verb: str
    source: str
    begun: Edge
    last: Stamp
    acted: Stamp | None = None
    ended: Edge | None = None
    repeated_by: list[str] = field(default_factory=list)
    mirrored_in: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Spell:
    """One stretch during which at least one cause held."""

    holds: tuple[Hold, ...]
    ended: Edge | None

    @property
    def begun(self) -> Edge:
        """The beginning of the first cause."""
        return self.holds[0].begun


@dataclass(frozen=True)
class Move:
    """One step of the derivation: the rule, what it bounds, and the records it rests on."""

    rule: str
    state: str
    low: Stamp | None
    high: Stamp
    evidence: tuple[str, ...]
    verb: str = ""


@dataclass(frozen=True)
class Lifecycle:
    """All spells in order, and what is known of the state before the first change.

    `prior` holds until `known_from`; None in `known_from` means until the first spell.
    """

    prior: str
    known_from: Edge | None
    spells: tuple[Spell, ...]
    moves: tuple[Move, ...] = ()


def trace(
    machine: Machine,
    acts: Sequence[Act],
    runs: Sequence[Sighting] = (),
    sign_ins: Sequence[Stamp] = (),
) -> Lifecycle:
    """The object's lifecycle from its acts, in order, and what observed it.

    A repeated act changes nothing; causes nest, and the object is at rest again when the last is
    undone. A change that must have happened but was not recorded is inferred between the two
    records that prove it. Checks supply an end or a beginning that no act supplies, and tell when
    an act took effect; a sign-in refutes that the object is still held in its own source.
    """
    walk = _Walk(machine, acts, runs, sign_ins)
    for walk.at, act in enumerate(acts):
        if act.verb in machine.lifts:
            walk.lift(act)
        elif act.state == machine.rest:
            walk.up(act)
        else:
            walk.down(act)
    walk.finish()
    spells = walk.with_observed_only()
    prior, known_from = walk.prior, walk.known_from
    if prior is None:
        before = spells[0].begun.high if spells else None
        prior = observed.prior(before, runs, rest=machine.rest, unseen=machine.unseen)
    # Within one instant the order in which they were gone through stands.
    moves = sorted(walk.moves, key=lambda move: (move.high.earliest, move.high.latest))
    return Lifecycle(prior, known_from, tuple(spells), tuple(moves))


class _Walk:
    def __init__(
        self,
        machine: Machine,
        acts: Sequence[Act],
        runs: Sequence[Sighting],
        sign_ins: Sequence[Stamp],
    ) -> None:
        self.machine = machine
        self.acts = acts
        self.at = 0
        self.runs = sorted(runs, key=lambda run: run.first.rank)
        self.sign_ins = sorted(sign_ins, key=lambda stamp: stamp.rank)
        self.open: list[Hold] = []
        self.current: list[Hold] = []
        self.spells: list[Spell] = []
        self.moves: list[Move] = []
        self.up_since: Stamp | None = None
        self.prior: str | None = None
        self.known_from: Edge | None = None

    def down(self, act: Act) -> None:
        """An act that takes the object away from rest, or repeats what did."""
        self._unseen_ends(before=act.stamp)
        for hold in self.open:
            if hold.state != act.state:
                continue
            if hold.source == act.stamp.source:
                hold.repeated_by.append(act.stamp.event_uid)
                hold.last = act.stamp
                self._note("repeat", act)
                return
            if established(hold.begun.high, act.stamp) == "not established":
                hold.mirrored_in[act.stamp.source] = act.stamp.event_uid
                self._note("mirror", act)
                return
        self._come_back(act)
        edge, low = self._effect(act)
        self._note("nested" if self.open else "begins", act)
        if edge.observed:
            self._note("takes effect", act, edge)
        self._begin(Hold(act.state, act.verb, act.stamp.source, edge, low, act.stamp))

    def up(self, act: Act) -> None:
        """An act that brings the object to rest, or repeats that it is."""
        self._unseen_ends(before=act.stamp, only_if_down_again=True)
        undone = self._undone_by(act)
        if undone:
            self._lifted(undone, act)
        elif self.open:
            self._note("nothing to undo", act)
        elif begun := observed.unseen_begin(self.runs, act.stamp, self.up_since):
            self._unseen_cause(Edge(begun[0], begun[1], observed=True), act)
        elif act.verb in self.machine.born and self._existed(act):
            self._unseen_deletion(act)
        elif self.up_since is None and not self.spells:
            self._first(act)
        else:
            self._note("nothing to undo", act)
        if not self.open:
            self.up_since = act.stamp

    def lift(self, act: Act) -> None:
        """An act that undoes certain causes of its own source, and else tells nothing."""
        self._unseen_ends(before=act.stamp, only_if_down_again=True)
        states = self.machine.lifts[act.verb]
        source = act.stamp.source
        held = [hold for hold in self.open if hold.source == source and hold.state in states]
        if held:
            self._lifted(held, act)
        elif not self.open and (
            begun := observed.unseen_begin(self.runs, act.stamp, self.up_since)
        ):
            self._unseen_cause(Edge(begun[0], begun[1], observed=True), act)
        else:
            return
        if not self.open:
            self.up_since = act.stamp

    def finish(self) -> None:
        """What the records show after the last act."""
        self._unseen_ends(before=None)
        if self.current:
            self.spells.append(Spell(tuple(self.current), None))

    def with_observed_only(self) -> list[Spell]:
        """The spells, with those added that checks alone show."""
        found = list(self.spells)
        for run, previous, following in observed.neighbours(self.runs):
            if run.up or any(_overlaps(spell, run) for spell in found):
                continue
            ends = [s.ended.high for s in found if s.ended and s.ended.high.rank < run.first.rank]
            low = observed.later(previous.last if previous else None, observed.latest(ends))
            begun = Edge(low, run.first, observed=True)
            ended = Edge(run.last, following.first, observed=True) if following else None
            hold = Hold(self.machine.unseen, "", run.source, begun, run.last, ended=ended)
            found.append(Spell((hold,), ended))
            self._infer("checks show it", self.machine.unseen, begun)
            if ended is not None:
                self._infer("checks show its end", self.machine.rest, ended)
        return sorted(found, key=lambda spell: (spell.begun.high.earliest, spell.begun.high.latest))

    def _first(self, act: Act) -> None:
        """The first change on record: it tells of the state before as far as its verb does."""
        edge = Edge(act.stamp, act.stamp, act.stamp.event_uid)
        state = self.machine.implied_before(act.verb)
        self._note("first", act)
        if state in (UNKNOWN, self.machine.rest):
            self.prior, self.known_from = state, edge
            return
        begun = Edge(None, act.stamp)
        hold = Hold(state, "", act.stamp.source, begun, act.stamp)
        self._infer("held before the records", state, begun)
        self._begin(hold)
        self._end([hold], edge)

    def _unseen_cause(self, begun: Edge, act: Act) -> None:
        """A stretch that checks saw and an act ended, with no act on record that began it."""
        hold = Hold(self.machine.unseen, "", begun.high.source, begun, act.stamp)
        self._infer("checks show its beginning", hold.state, begun)
        self._begin(hold)
        self._lifted([hold], act)

    def _existed(self, act: Act) -> bool:
        """Whether the object certainly existed before, by a record of the same source."""
        since = self.up_since
        same = since is not None and since.source == act.stamp.source
        return same and since is not None and established(since, act.stamp) == "before"

    def _unseen_deletion(self, act: Act) -> None:
        """What exists cannot be created: it must have been deleted unseen."""
        state = self.machine.gone or self.machine.unseen
        begun = Edge(self.up_since, act.stamp)
        hold = Hold(state, "", act.stamp.source, begun, act.stamp)
        self._infer("created though it existed", state, begun)
        self._begin(hold)
        self._lifted([hold], act)

    def _lifted(self, holds: Sequence[Hold], act: Act) -> None:
        edge = Edge(act.stamp, act.stamp, act.stamp.event_uid)
        until = next((one.stamp for one in self._ahead() if one.state != self.machine.rest), None)
        late = observed.late_effect(self.runs, act.stamp, up=False, until=until)
        if late is not None and len(holds) == len(self.open):
            edge = Edge(late[0], late[1], act.stamp.event_uid, observed=True)
        self._note("ends" if len(holds) == len(self.open) else "lifts one cause", act)
        if edge.observed:
            self._note("takes effect", act, edge)
        self._end(holds, edge)

    def _effect(self, act: Act) -> tuple[Edge, Stamp]:
        """Where the act took hold: at once, or where checks first found the object away."""
        undoing = (one.stamp for one in self._ahead() if self._may_undo(one, act))
        until = next(undoing, None)
        late = observed.late_effect(self.runs, act.stamp, up=True, until=until)
        if late is None or self.open:
            return Edge(act.stamp, act.stamp, act.stamp.event_uid), act.stamp
        return Edge(late[0], late[1], act.stamp.event_uid, observed=True), late[1]

    def _begin(self, hold: Hold) -> None:
        self.open.append(hold)
        self.current.append(hold)

    def _end(self, holds: Iterable[Hold], edge: Edge) -> None:
        for hold in list(holds):
            hold.ended = edge
            self.open.remove(hold)
        if not self.open:
            self.spells.append(Spell(tuple(self.current), edge))
            self.current = []
            self.up_since = edge.high

    def _ahead(self) -> Iterator[Act]:
        """The acts after the one that is gone through."""
        return (self.acts[at] for at in range(self.at + 1, len(self.acts)))

    def _may_undo(self, act: Act, done: Act) -> bool:
        """Whether an act is of those that may lift the cause that another one is."""
        machine = self.machine
        if act.verb in machine.lifts:
            return act.stamp.source == done.stamp.source and done.state in machine.lifts[act.verb]
        generic = act.verb in machine.restores or act.verb in machine.first_or_again
        return act.state == machine.rest and (generic or machine.undoes(act.verb, done.verb))

    def _undone_by(self, act: Act) -> list[Hold]:
        """The causes an act lifts: those its verb undoes, its own source's first.

        A verb that is said of any return, whatever went before, lifts all the others too, but for
        a cause whose own undoing is on record later. Else the act undoes nothing that is known.
        """
        if act.verb in self.machine.restores:
            return list(self.open)
        undone = [hold for hold in self.open if self.machine.undoes(act.verb, hold.verb)]
        own = [h for h in undone if act.stamp.source in (h.source, *h.mirrored_in)]
        if undone:
            elsewhere = {act.stamp.source}
            return [h for h in own or undone if not self._undone_later(h, act, elsewhere)]
        if act.verb not in self.machine.first_or_again:
            return []
        return [hold for hold in self.open if not self._undone_later(hold, act, set())]

    def _undone_later(self, hold: Hold, now: Act, but: set[str]) -> bool:
        """Whether a later act of a source of a cause undoes it before it is put there again."""
        sources = {hold.source, *hold.mirrored_in} - but
        for act in self._ahead():
            undone = act.stamp.source in sources and self.machine.undoes(act.verb, hold.verb)
            if undone and established(now.stamp, act.stamp) == "before":
                return True
            if act.state == hold.state:
                return False
        return False

    def _come_back(self, act: Act) -> None:
        """What is gone cannot be acted on: it must have come back unseen."""
        for hold in list(self.open):
            same = hold.state == self.machine.gone and hold.source == act.stamp.source
            if same and established(hold.last, act.stamp) == "before":
                edge = Edge(hold.last, act.stamp)
                self._infer("acted on though it was gone", self.machine.rest, edge)
                self._end([hold], edge)

    def _unseen_ends(self, before: Stamp | None, *, only_if_down_again: bool = False) -> None:
        """End what a check or a sign-in shows to have ended with no act on record."""
        if self.open:
            last = max((hold.last for hold in self.open), key=lambda stamp: stamp.rank)
            found = observed.unseen_end(self.runs, last, before)
            # An act that lifts nothing new is common; only a check that found the object at rest
            # and then away again shows that it lifts another cause than the one on record.
            if found and (
                not only_if_down_again
                or (before is not None and observed.seen_down(self.runs, found[1], before))
            ):
                edge = Edge(found[0], found[1], observed=True)
                self._infer("checks show its end", self.machine.rest, edge)
                self._end(list(self.open), edge)
        for hold in list(self.open):
            signed_in = next((s for s in self.sign_ins if _refutes(s, hold, before)), None)
            if signed_in is not None:
                edge = Edge(hold.last, signed_in)
                self._infer("signed in", self.machine.rest, edge)
                self._end([hold], edge)

    def _note(self, rule: str, act: Act, edge: Edge | None = None) -> None:
        where = edge or Edge(act.stamp, act.stamp)
        uids = [act.stamp.event_uid]
        if edge is not None:
            uids += [one.event_uid for one in (edge.low, edge.high) if one is not None]
        evidence = tuple(dict.fromkeys(uids))
        self.moves.append(Move(rule, act.state, where.low, where.high, evidence, act.verb))

    def _infer(self, rule: str, state: str, edge: Edge) -> None:
        ends = (one for one in (edge.low, edge.high) if one is not None)
        evidence = tuple(dict.fromkeys(one.event_uid for one in ends))
        self.moves.append(Move(rule, state, edge.low, edge.high, evidence))


def _refutes(signed_in: Stamp, hold: Hold, before: Stamp | None) -> bool:
    """Whether a sign-in shows that a cause of its own source no longer holds."""
    if signed_in.source != hold.source or established(hold.last, signed_in) != "before":
        return False
    return before is None or established(signed_in, before) == "before"


def _overlaps(spell: Spell, run: Sighting) -> bool:
    low = spell.begun.low
    if low is not None and established(run.last, low) == "before":
        return False
    return spell.ended is None or established(spell.ended.high, run.first) != "before"
