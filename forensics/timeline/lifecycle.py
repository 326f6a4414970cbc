"""The states of one object, from the acts that change them and the checks that observe them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from forensics.timeline import observed, spells
from forensics.timeline.machines import ABSENT, UNKNOWN, Machine
from forensics.timeline.order import Stamp, established
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.spells import Act, Edge, Hold, Lifecycle, Move, Spell


def trace(
    machine: Machine,
    acts: Sequence[Act],
    runs: Sequence[Sighting] = (),
    sign_ins: Sequence[Stamp] = (),
    births: Sequence[Stamp] = (),
) -> Lifecycle:
    """The object's lifecycle from its acts, in order, and what observed it.

    A repeated act changes nothing; causes nest, and the object is at rest again when the last is
    undone. A change that must have happened but was not recorded is inferred between the two
    records that prove it. Checks supply an end or a beginning that no act supplies, and tell when
    an act took effect; a sign-in refutes that the object is still held in its own source. Nothing
    is older than its `births`. Where no order of two acts is established, the end stays open.
    """
    once = spells.told_once(acts)
    walk = _Walk(machine, once, runs, sign_ins, births)
    for walk.at, act in enumerate(once):
        if act.verb in machine.lifts:
            walk.lift(act)
        elif act.state == machine.rest:
            walk.up(act)
        else:
            walk.down(act)
    walk.finish()
    found = walk.with_observed_only()
    prior, known_from = walk.prior, walk.known_from
    if prior is None:
        before = found[0].begun.high if found else None
        prior = observed.prior(before, runs, rest=machine.rest, unseen=machine.unseen)
    # Within one instant the order in which they were gone through stands.
    moves = [*walk.moves, *spells.twins(once)]
    moves.sort(key=lambda move: (move.high.earliest, move.high.latest))
    signs = [*(act.stamp for act in once), *(run.first for run in runs)]
    created = spells.creation(births, signs)
    return Lifecycle(prior, known_from, tuple(found), tuple(moves), created)


class _Walk:
    def __init__(
        self,
        machine: Machine,
        acts: Sequence[Act],
        runs: Sequence[Sighting],
        sign_ins: Sequence[Stamp],
        births: Sequence[Stamp],
    ) -> None:
        self.machine = machine
        self.acts = acts
        self.at = 0
        self.runs = Runs(runs)
        self.sign_ins = sorted(sign_ins, key=lambda stamp: stamp.rank)
        self.open: list[Hold] = []
        self.current: list[Hold] = []
        self.turns: list[tuple[Edge, str]] = []
        self.spells: list[Spell] = []
        self.moves: list[Move] = []
        self.back: Act | None = None
        self.up_since: Stamp | None = None
        self.prior: str | None = None
        self.known_from: Edge | None = None
        self.births = births

    def down(self, act: Act) -> None:
        """An act that takes the object away from rest, or repeats what did."""
        self._unseen_ends(before=act.stamp)
        for hold in self.open:
            if hold.state != act.state:
                continue
            if act.stamp.source in (hold.source, *hold.mirrored_in):
                if act.stamp.event_uid in hold.begun.rivals:
                    self._note("rival", act)
                    return
                hold.repeated_by.append(act.stamp.event_uid)
                hold.last = act.stamp
                self._note("repeat", act)
                return
            if established(hold.acted or hold.begun.high, act.stamp) == "not established":
                hold.mirrored_in[act.stamp.source] = act.stamp
                self._note("mirror", act)
                return
        self._come_back(act)
        self._note("nested" if self.open else "begins", act)
        late = self._late(act)
        edge, unwatched = late or (spells.at(act), None)
        hold = Hold(act.state, act.verb, act.stamp.source, edge, edge.high, act.stamp)
        hold.unwatched, hold.mirrored_in = unwatched, {one.source: one for one in act.also}
        self._begin(hold)
        if self.back is not None and self._undecided(self.back, act):
            hold.perhaps = self.back
            self._note("order not established", self.back)

    def up(self, act: Act) -> None:
        """An act that brings the object to rest, or repeats that it is."""
        self._unseen_ends(before=act.stamp, only_if_down_again=True)
        self.back = act
        undone = self._undone_by(act)
        if undone:
            self._lifted(undone, act)
        elif self.open:
            own = any(self._tells_of(hold, act) for hold in self.open)
            self._note("lifts the mirror" if own else "nothing to undo", act)
        elif told := self._told_before(act):
            self._note(told, act)
        elif begun := observed.unseen_begin(self.runs, act.stamp, self._since(act)):
            self._unseen_cause(*begun, act)
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
            begun := observed.unseen_begin(self.runs, act.stamp, self._since(act))
        ):
            self._unseen_cause(*begun, act)
        else:
            return
        if not self.open:
            self.up_since = act.stamp

    def finish(self) -> None:
        """What the records show after the last act."""
        self._unseen_ends(before=None)
        for hold in self.open:
            if hold.perhaps and observed.still_down(self.runs, hold.perhaps.stamp):
                hold.perhaps = None
        if self.current:
            self.spells.append(Spell(tuple(self.current), None, tuple(self.turns)))

    def with_observed_only(self) -> list[Spell]:
        """The spells, with those added that checks alone show."""
        found = list(self.spells)
        for unseen in observed.unexplained(self.runs, self.spells, self.births):
            run, begun, ended = unseen.run, unseen.begun, unseen.ended
            hold = Hold(self.machine.unseen, "", run.source, begun, run.last, ended=ended)
            found.append(Spell((hold,), ended, ((begun, hold.state),)))
            self._infer("checks show it", self.machine.unseen, begun)
            if ended is not None:
                self._infer("checks show its end", self.machine.rest, ended)
        return sorted(found, key=lambda spell: (spell.begun.high.earliest, spell.begun.high.latest))

    def _first(self, act: Act) -> None:
        """The first change on record: it tells of the state before as far as its verb does."""
        edge = spells.at(act)
        state = self.machine.implied_before(act.verb)
        seen = observed.last_begun(self.runs, act.stamp)
        low = seen.last if seen is not None and seen.up else None
        if low is not None and not self._gone_since(low, act):
            self._note("nothing to undo", act)
            return
        self._note("first", act)
        following = next((one for one in self._ahead() if one.state != self.machine.rest), None)
        if following is not None and self._undecided(act, following):
            state = UNKNOWN
        if state in (UNKNOWN, self.machine.rest):
            born = act.verb in self.machine.born and low is None
            self.prior, self.known_from = ABSENT if born else state, edge
            return
        begun = Edge(low or self._since(act), act.stamp)
        hold = Hold(state, "", act.stamp.source, begun, act.stamp)
        self._infer("held before the records", state, begun)
        self._begin(hold)
        self._end([hold], edge)

    def _since(self, act: Act) -> Stamp | None:
        """What is away when an act comes was not so before: its return, or its creation."""
        return observed.later(self.up_since, spells.born(self.births, act.stamp))

    def _gone_since(self, seen: Stamp, act: Act) -> bool:
        """Whether an act shows that the object was away after a check last found it at rest."""
        generic = self.machine.generic(act.verb)
        return not generic and established(seen, act.stamp) == "before"

    def _unseen_cause(self, low: Stamp | None, high: Stamp, act: Act) -> None:
        """A stretch that checks saw and an act ended, with no act on record that began it."""
        begun = Edge(low, high, observed=True, rivals=self.runs.perhaps(high))
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
        sure = [hold for hold in holds if not self._undecided(act, hold)]
        for hold in holds:
            if hold not in sure:
                hold.perhaps = act
        if not sure:
            self._note("order not established", act)
            return
        whole = len(sure) == len(self.open)
        late = self._late(act) if whole else None
        edge = late[0] if late else spells.at(act)
        earlier = [hold.perhaps for hold in sure if hold.perhaps is not None]
        if earlier and not edge.observed:
            uids = tuple(one.stamp.event_uid for one in earlier)
            edge = Edge(earlier[0].stamp, act.stamp, act.stamp.event_uid, rivals=uids)
        self._note("ends" if whole else "lifts one cause", act)
        for hold in sure:
            hold.undone_in.update({one.source: one for one in act.also})
        self._end(sure, edge)

    def _undecided(self, act: Act, held: Hold | Act) -> bool:
        """Whether nothing tells if an act undid another one or came before it, changing nothing.

        An act that succeeds only on what it undoes came after it, and what is born comes first.
        """
        done = held.acted if isinstance(held, Hold) else held.stamp
        if done is None or not self.machine.generic(act.verb) or act.verb in self.machine.born:
            return False
        return established(done, act.stamp) == "not established"

    def _late(self, act: Act) -> tuple[Edge, Stamp | None] | None:
        """Where checks show that an act took effect later; the first of them, if none was before.

        None where it took effect at once, as far as is known.
        """
        away = act.state != self.machine.rest
        if away and any(self._in_force(hold, act) for hold in self.open):
            return None
        countered = (
            one.stamp
            for one in self._ahead()
            if (self._may_undo(one, act) if away else one.state != self.machine.rest)
        )
        late = observed.late_effect(self.runs, act.stamp, up=away, until=next(countered, None))
        if late is None:
            return None
        rivals = tuple(self._rivals(act, late.high))
        edge = Edge(late.low, late.high, act.stamp.event_uid, observed=True, rivals=rivals)
        self._note("takes effect unwatched" if late.unwatched else "takes effect", act, edge)
        return edge, late.unwatched

    def _rivals(self, act: Act, seen: Stamp) -> Iterator[str]:
        """The later acts to the same end that came before their effect was seen, or may have."""
        for one in self._ahead():
            if established(seen, one.stamp) == "before":
                return
            alike = (one.state == self.machine.rest) == (act.state == self.machine.rest)
            alike = alike and one.verb not in self.machine.lifts
            if alike and established(act.stamp, one.stamp) == "before":
                yield one.stamp.event_uid

    def _in_force(self, hold: Hold, act: Act) -> bool:
        """Whether a cause had certainly taken hold when an act came."""
        return not hold.begun.observed or established(hold.begun.high, act.stamp) == "before"

    def _tells_of(self, hold: Hold, act: Act) -> bool:
        """Whether an act undoes a cause in another log, which undoes it later itself."""
        return act.stamp.source in hold.mirrored_in and self.machine.undoes(act.verb, hold.verb)

    def _told_before(self, act: Act) -> str | None:
        """The rule by which an act belongs to the end of the last spell, if it does."""
        ended = self.spells[-1].ended if self.spells else None
        if ended is None or ended.event_uid is None:
            return None
        if act.stamp.event_uid in ended.rivals:
            return "rival"
        same = ended.high.source == act.stamp.source or ended.observed
        if same or established(ended.high, act.stamp) != "not established":
            return None
        for hold in self.spells[-1].holds:
            if hold.ended == ended and self._may_undo(act, hold):
                hold.undone_in[act.stamp.source] = act.stamp
                return "mirror"
        return None

    def _begin(self, hold: Hold) -> None:
        self.open.append(hold)
        self.current.append(hold)
        self.turns.append((hold.begun, hold.state))

    def _end(self, holds: Iterable[Hold], edge: Edge) -> None:
        for hold in list(holds):
            hold.ended = edge
            self.open.remove(hold)
        if self.open:
            self.turns.append((edge, self.open[-1].state))
        else:
            self.spells.append(Spell(tuple(self.current), edge, tuple(self.turns)))
            self.current, self.turns = [], []
            self.up_since = edge.high

    def _ahead(self) -> Iterator[Act]:
        """The acts after the one that is gone through."""
        return (self.acts[at] for at in range(self.at + 1, len(self.acts)))

    def _may_undo(self, act: Act, done: Act | Hold) -> bool:
        """Whether an act is of those that may lift a cause."""
        machine = self.machine
        if act.verb in machine.lifts:
            source = done.source if isinstance(done, Hold) else done.stamp.source
            return act.stamp.source == source and done.state in machine.lifts[act.verb]
        generic = machine.generic(act.verb)
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
                maybe = [hold.perhaps.stamp.event_uid for hold in self.open if hold.perhaps]
                edge = Edge(found[0], found[1], observed=True, rivals=tuple(dict.fromkeys(maybe)))
                self._infer("checks show its end", self.machine.rest, edge)
                self._end(list(self.open), edge)
        for hold in list(self.open):
            if signed_in := next((s for s in self.sign_ins if hold.refuted_by(s, before)), None):
                edge = Edge(hold.last, signed_in)
                self._infer("signed in", self.machine.rest, edge)
                self._end([hold], edge)

    def _note(self, rule: str, act: Act, edge: Edge | None = None) -> None:
        where = edge or Edge(act.stamp, act.stamp)
        evidence = tuple(dict.fromkeys((act.stamp.event_uid, *where.evidence)))
        self.moves.append(Move(rule, act.state, where.low, where.high, evidence, act.verb))

    def _infer(self, rule: str, state: str, edge: Edge) -> None:
        self.moves.append(Move(rule, state, edge.low, edge.high, edge.evidence))
