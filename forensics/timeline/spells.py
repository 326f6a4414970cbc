"""What a lifecycle is made of: acts, the edges of states, causes that hold, and spells of them."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    is named, took effect only there; `rivals` are other acts that may as well have had that effect.
    """

    low: Stamp | None
    high: Stamp
    event_uid: str | None = None
    observed: bool = False
    rivals: tuple[str, ...] = ()


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
    mirrored_in: dict[str, str] = field(default_factory=dict)
    undone_in: dict[str, str] = field(default_factory=dict)

    def refuted_by(self, signed_in: Stamp, before: Stamp | None) -> bool:
        """Whether a sign-in before an act shows that a cause of its own source no longer holds."""
        if signed_in.source != self.source or established(self.last, signed_in) != "before":
            return False
        return before is None or established(signed_in, before) == "before"


@dataclass(frozen=True)
class Spell:
    """One stretch during which at least one cause held; `turns` are its states in order."""

    holds: tuple[Hold, ...]
    ended: Edge | None
    turns: tuple[tuple[Edge, str], ...]

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


@dataclass(frozen=True)
class Lifecycle:
    """All spells in order, and what is known of the state before the first change.

    `prior` holds until `known_from`; None in `known_from` means until the first spell.
    """

    prior: str
    known_from: Edge | None
    spells: tuple[Spell, ...]
    moves: tuple[Move, ...] = ()
