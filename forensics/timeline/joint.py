"""The records, mirrors and checks of one outage as one network: what all of them leave of it.

Each source says between which instants the outage began and ended, and how long it was on its own
clock. Where all can hold, what follows from all of them bounds it (three instants, so that one
pass over the constraints is exact; see `constraints` for statements). Where they cannot, each
largest set of sources that can is named with its bounds, and the hull of these bounds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

from forensics.timeline.model import Step
from forensics.timeline.order import Stamp, established, longest_s, shortest_s
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.spells import Alternative, Edge, Lifecycle, Spell
from forensics.timeline.when import utc_text

Bounds = tuple[float, float]

# Of more sources that bear on one outage only single ones are held against each other.
_MOST_SETS = 6

_BEGIN = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_EVER = (_END - _BEGIN).total_seconds()
_OPEN = (_BEGIN, _END)


@dataclass(frozen=True)
class _Box:
    """What sources leave of an outage: its start, its end and its length in seconds."""

    start: tuple[datetime, datetime] = _OPEN
    end: tuple[datetime, datetime] = _OPEN
    length: Bounds = (0.0, _EVER)

    @property
    def possible(self) -> bool:
        low, high = self.length
        return self.start[0] <= self.start[1] and self.end[0] <= self.end[1] and low <= high

    def meet(self, other: _Box) -> _Box:
        """What both leave."""
        return _Box(
            (max(self.start[0], other.start[0]), min(self.start[1], other.start[1])),
            (max(self.end[0], other.end[0]), min(self.end[1], other.end[1])),
            (max(self.length[0], other.length[0]), min(self.length[1], other.length[1])),
        )

    def hull(self, other: _Box) -> _Box:
        """What either leaves: open wherever one of them leaves it open."""
        return _Box(
            (min(self.start[0], other.start[0]), max(self.start[1], other.start[1])),
            (min(self.end[0], other.end[0]), max(self.end[1], other.end[1])),
            (min(self.length[0], other.length[0]), max(self.length[1], other.length[1])),
        )

    def tightened(self) -> _Box:
        """With what start, end and length say of each other."""
        (a, b), (c, d), (low, high) = self.start, self.end, self.length
        most = _EVER if a == _BEGIN or d == _END else (d - a).total_seconds()
        return _Box(
            (max(a, _later(c, -high)), min(b, _later(d, -low))),
            (max(c, _later(a, low)), min(d, _later(b, high))),
            (max(low, (c - b).total_seconds()), min(high, most)),
        )


@dataclass(frozen=True)
class _Witness:
    """A source with the stamps that bound the start and the end for it; None is open."""

    source: str
    start: tuple[Stamp | None, Stamp | None] = (None, None)
    end: tuple[Stamp | None, Stamp | None] = (None, None)

    @property
    def stamps(self) -> Iterator[Stamp]:
        return (one for one in (*self.start, *self.end) if one is not None)

    def only(self, source: str) -> _Witness:
        """What the stamps of one source alone bound."""
        start = tuple(one if one and one.source == source else None for one in self.start)
        end = tuple(one if one and one.source == source else None for one in self.end)
        return _Witness(source, (start[0], start[1]), (end[0], end[1]))

    def box(self, kept: Bounds | None = None) -> _Box:
        """What it says; if its clock is within the bounds it was `kept` to, when these are given.

        The constant error of its clock cancels in the length.
        """
        low, high = 0.0, _EVER
        if self.start[1] is not None and self.end[0] is not None:
            low = shortest_s(self.start[1], self.end[0])
        if self.start[0] is not None and self.end[1] is not None:
            high = longest_s(self.start[0], self.end[1])
        return _Box(_span(self.start, kept), _span(self.end, kept), (low, high))


def settled(life: Lifecycle, runs: Sequence[Sighting], kept: Mapping[str, Bounds]) -> Lifecycle:
    """The lifecycle with the bounds of every spell that all records, mirrors and checks leave.

    `kept` gives the tolerances that clocks are not relied on to keep, in seconds: the bounds that
    follow if one of them did are named beside those that hold either way.
    """
    seen = runs if isinstance(runs, Runs) else Runs(runs)
    changed: dict[Edge, Edge] = {}
    found = [_settled(spell, life.spells, seen, kept, changed) for spell in life.spells]
    for spell in found:
        for hold in spell.holds:
            hold.begun = changed.get(hold.begun, hold.begun)
            hold.ended = changed.get(hold.ended, hold.ended) if hold.ended else None
    return replace(
        life,
        spells=tuple(
            replace(
                spell,
                ended=changed.get(spell.ended, spell.ended) if spell.ended else None,
                turns=tuple((changed.get(edge, edge), state) for edge, state in spell.turns),
            )
            for spell in found
        ),
    )


def _settled(
    spell: Spell,
    spells: Sequence[Spell],
    runs: Runs,
    kept: Mapping[str, Bounds],
    changed: dict[Edge, Edge],
) -> Spell:
    """The spell with what bears on it weighed; its edges that this bounds go to `changed`."""
    witnesses = [*_records(spell), *_checks(spell, spells, runs)]
    doubted = {stamp.source for one in witnesses for stamp in one.stamps} & kept.keys()
    if len(witnesses) == 1 and not doubted:
        return spell
    boxes = _measured(witnesses)
    sets = _compatible(boxes)
    if not sets:
        return spell
    whole = len(sets) == 1
    if whole and len(witnesses) == 1:
        return spell
    box = sets[0][1]
    for _, other in sets[1:]:
        box = box.hull(other)
    told = tuple(_alternative([witnesses[at] for at in which], one) for which, one in sets)
    if whole:
        told = tuple(_if_kept(witnesses, box, {one: kept[one] for one in doubted}))
    apart = len(told) > 1
    starts = [stamp for one in witnesses for stamp in one.start]
    ends = [stamp for one in witnesses for stamp in one.end]
    changed[spell.begun] = _bounded(spell.begun, box.start, starts, apart=apart)
    if spell.ended is not None:
        changed[spell.ended] = _bounded(spell.ended, box.end, ends, apart=apart)
    length = None if spell.ended is None else _length(box)
    return replace(spell, length=length, alternatives=told if apart else ())


def _records(spell: Spell) -> Iterator[_Witness]:
    """What records say: those the walk took, and of each other log those of the same acts."""
    begun, ended = spell.begun, spell.ended
    ends = (ended.low, ended.high) if ended else (None, None)
    stamps = [one for one in (begun.low, begun.high, *ends) if one is not None]
    named = " and ".join(sorted({one.source for one in stamps}))
    yield _Witness(named, (begun.low, begun.high), ends)
    first = {} if begun.observed else spell.holds[0].mirrored_in
    last: dict[str, Stamp] = {}
    for hold in spell.holds:
        if ended is not None and not ended.observed and hold.ended == ended:
            last |= hold.undone_in
    starts = {**first, **({begun.high.source: begun.high} if begun.low == begun.high else {})}
    over = {
        **last,
        **({ended.high.source: ended.high} if ended and ended.low == ended.high else {}),
    }
    for source in sorted({*first, *last}):
        start, end = starts.get(source), over.get(source)
        yield _Witness(source, (start, start), (end, end))


def _checks(spell: Spell, spells: Sequence[Spell], runs: Runs) -> Iterator[_Witness]:
    """What each source of checks says, where only one of its runs can be of this spell.

    A check that found the object at rest next to one that found it away bounds the change between.
    """
    met: dict[str, list[tuple[Sighting, Sighting | None, Sighting | None]]] = {}
    for run, before, after in runs.neighbours(spell.begun.low, _last(spell)):
        if not run.up and spell.meets(run.first, run.last):
            met.setdefault(run.source, []).append((run, before, after))
    for source, found in met.items():
        if len(found) > 1:
            continue
        run, before, after = found[0]
        alone = not any(one.meets(run.first, run.last) for one in spells if one is not spell)
        ended = spell.ended
        start: tuple[Stamp | None, Stamp | None] = (None, None)
        end: tuple[Stamp | None, Stamp | None] = (None, None)
        if alone or _within(spell, run.first):
            start = before.last if before else None, run.first
        if ended is not None and (alone or _within(spell, run.last)):
            end = run.last, after.first if after else None
        yield _Witness(source, start, end)


def _measured(witnesses: Sequence[_Witness]) -> list[_Box]:
    """What each says, with the lengths by one clock each, of which its constant error cancels."""
    boxes = [one.box() for one in witnesses]
    lengths = [
        _Box(length=box.length)
        for box, one in zip(boxes, witnesses, strict=True)
        if len({stamp.source for stamp in one.stamps}) == 1
    ]
    common = _together([_Box(), *lengths])
    found = []
    for box in boxes:
        met = box.meet(common).tightened()
        # A length that excludes what a source says is one more source, not a fault of this one.
        found.append(met if common.possible and met.possible else box.tightened())
    return found


def _last(spell: Spell) -> Stamp | None:
    return spell.ended.high if spell.ended else None


def _within(spell: Spell, seen: Stamp) -> bool:
    """Whether a check was certainly made while the spell lasted."""
    if established(spell.begun.high, seen) != "before":
        return False
    ended = spell.ended
    return ended is None or (ended.low is not None and established(seen, ended.low) == "before")


def _compatible(boxes: Sequence[_Box]) -> list[tuple[tuple[int, ...], _Box]]:
    """The largest sets of boxes that can all hold, and what each leaves.

    A box that cannot hold by itself is in none.
    """
    count = len(boxes)
    sizes = range(count, 0, -1) if count <= _MOST_SETS else (count, 1)
    found: list[tuple[tuple[int, ...], _Box]] = []
    for size in sizes:
        for which in combinations(range(count), size):
            if any(set(which) <= set(larger) for larger, _ in found):
                continue
            box = _together([boxes[at] for at in which])
            if box.possible:
                found.append((which, box))
    return found


def _together(boxes: Sequence[_Box]) -> _Box:
    met = boxes[0]
    for box in boxes[1:]:
        met = met.meet(box)
    return met.tightened() if met.possible else met


def _if_kept(
    witnesses: Sequence[_Witness], box: _Box, kept: Mapping[str, Bounds]
) -> Iterator[Alternative]:
    """What is left if the clock of one source did keep its tolerance, which not all can have."""
    for source in sorted(kept):
        own = [one.only(source).box(kept[source]) for one in witnesses]
        left = _together([box, *own])
        if left.possible:
            yield Alternative((source,), left.start, _ended(left))


def _alternative(witnesses: Iterable[_Witness], box: _Box) -> Alternative:
    sources = {stamp.source for one in witnesses for stamp in one.stamps}
    return Alternative(tuple(sorted(sources)), box.start, _ended(box))


def _ended(box: _Box) -> tuple[datetime, datetime] | None:
    return None if box.end[1] == _END else box.end


def _bounded(
    edge: Edge, within: tuple[datetime, datetime], by: Iterable[Stamp | None], *, apart: bool
) -> Edge:
    low = None if within[0] == _BEGIN else within[0]
    high = edge.latest if within[1] == _END else within[1]
    if not apart and (low, high) == (edge.earliest, edge.latest):
        return edge
    uids = tuple(dict.fromkeys(one.event_uid for one in by if one is not None))
    return replace(edge, within=(low, high), by=uids, disputed=apart)


def _length(box: _Box) -> tuple[float, float | None]:
    low, high = box.length
    return round(low, 6), None if high == _EVER else round(high, 6)


def _span(
    stamps: tuple[Stamp | None, Stamp | None], kept: Bounds | None
) -> tuple[datetime, datetime]:
    low, high = stamps
    if kept is None:
        return low.earliest if low else _BEGIN, high.latest if high else _END
    return (
        low.low - timedelta(seconds=kept[1]) if low else _BEGIN,
        high.high - timedelta(seconds=kept[0]) if high else _END,
    )


def _later(time: datetime, seconds: float) -> datetime:
    """A time moved as far as dates go."""
    if time in (_BEGIN, _END):
        return time
    try:
        return time + timedelta(seconds=seconds)
    except OverflowError:
        return _END if seconds > 0 else _BEGIN


def sentences(spell: Spell) -> Iterator[str]:
    """What is to be said where not all that bears on a spell can hold."""
    if not spell.alternatives:
        return
    said = "; ".join(_if_right(one) for one in spell.alternatives)
    yield f"Not all of the clocks can be right: {said}. The bounds hold whichever it is."


def _if_right(one: Alternative) -> str:
    ended = "" if one.end is None else f" and ended {_between(*one.end)}"
    verb = "is" if len(one.sources) == 1 else "are"
    return f"if {' and '.join(one.sources)} {verb}, it began {_between(*one.start)}{ended}"


def _between(low: datetime, high: datetime) -> str:
    if low == _BEGIN:
        return f"by {utc_text(high)}"
    return f"between {utc_text(low)} and {utc_text(high)}"


def steps(number: int, spell: Spell, rest: str) -> Iterator[Step]:
    """How all that bears on a spell bounds its ends together, as steps of the derivation."""
    for of, edge, to in (("start", spell.begun, spell.holds[0].state), ("end", spell.ended, rest)):
        if edge is None or edge.within is None:
            continue
        said = "what holds whichever is right" if edge.disputed else "what all of them leave"
        yield Step(
            rule="weighed together",
            state=to,
            earliest=edge.earliest,
            latest=edge.latest,
            evidence=edge.by,
            sentence=f"outage {number}, its {of}, by its records, mirrors, checks and length: "
            f"{said}.",
        )
