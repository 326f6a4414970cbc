"""Numbers missing from a log: between which records a return may have gone unrecorded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from forensics.engine import Engine, Row
from forensics.timeline import observed, stamped
from forensics.timeline.machines import Machine
from forensics.timeline.order import Stamp, established
from forensics.timeline.runs import Runs, Sighting
from forensics.timeline.spells import Act, Cut, Hold, Hole, Lifecycle, Move, Spell

# Numbers that mostly have holes are no sequence, as in `gaps`.
_LACKING = """
SELECT source, tenant FROM events WHERE sequence IS NOT NULL
GROUP BY source, tenant
HAVING count(DISTINCT sequence) * 2 > max(sequence) - min(sequence) + 1
   AND count(DISTINCT sequence) < max(sequence) - min(sequence) + 1
ORDER BY source, tenant
"""
_HOLES = " ".join(
    (
        "WITH lacking AS (",
        _LACKING,
        """),
stepped AS (
    SELECT e.event_uid, e.sequence, lag(e.event_uid) OVER numbers AS before_uid,
           lag(e.sequence) OVER numbers AS previous
    FROM events AS e JOIN lacking AS l
      ON l.source = e.source AND l.tenant IS NOT DISTINCT FROM e.tenant
    WHERE e.sequence IS NOT NULL AND e.time IS NOT NULL
    WINDOW numbers AS (
        PARTITION BY e.source, e.tenant ORDER BY e.sequence, e.time, e.event_uid)
),
holes AS (
    SELECT row_number() OVER (ORDER BY event_uid) AS hole, previous, sequence,
           sequence - previous - 1 AS missing,
           unnest([before_uid, event_uid]) AS uid
    FROM stepped WHERE sequence - previous > 1
)
SELECT h.hole, h.missing, h.previous + 1 AS first, h.sequence - 1 AS last,""",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
FROM holes AS h JOIN timed_events AS t ON t.event_uid = h.uid
WHERE t.ordinal IS NOT NULL
ORDER BY h.hole, t.ordinal
""",
    )
)


class Holes:
    """The holes in the numbers of each source, to find those that an outage falls into."""

    def __init__(self, holes: Sequence[Hole]) -> None:
        self._by_source: dict[str, list[Hole]] = defaultdict(list)
        for hole in sorted(holes, key=lambda hole: (hole.low.rank, hole.high.rank)):
            self._by_source[hole.low.source].append(hole)
        # A clock that was set back shows holes out of order.
        self._ended = {
            source: list(accumulate((hole.high.latest for hole in own), max))
            for source, own in self._by_source.items()
        }

    def __bool__(self) -> bool:
        return bool(self._by_source)

    @property
    def sources(self) -> list[str]:
        """The sources that lack numbers, sorted."""
        return sorted(self._by_source)

    def of(self, source: str) -> Sequence[Hole]:
        """Those of one source, in order."""
        return self._by_source.get(source, ())

    def within(self, spell: Spell) -> list[Hole]:
        """Those of the logs that tell of a spell which may lie within it, in order."""
        sources = sorted({hold.source for hold in spell.holds})
        found = (hole for source in sources for hole in self._near(source, spell))
        return sorted(found, key=lambda hole: (hole.low.rank, hole.high.rank))

    def _near(self, source: str, spell: Spell) -> Iterator[Hole]:
        own = self._by_source.get(source)
        if not own:
            return
        begun, ended = spell.begun.high, spell.ended.high if spell.ended else None
        start = bisect_left(self._ended[source], begun.earliest)
        stop = len(own)
        if ended is not None:
            stop = bisect_right(own, ended.latest, key=lambda hole: hole.low.earliest)
        for hole in own[start:stop]:
            if _follows(hole, begun) and (ended is None or _precedes(hole, ended)):
                yield hole


def read(engine: Engine) -> Holes:
    """The holes in the sequences of `timed_events`."""
    if not engine.rows(_LACKING):
        return Holes(())
    ends: dict[int, list[Row]] = defaultdict(list)
    for row in engine.rows(_HOLES):
        ends[row["hole"]].append(row)
    return Holes(
        [
            Hole(stamped.stamp(low), stamped.stamp(high), low["missing"], low["first"], low["last"])
            for low, high in (pair for pair in ends.values() if len(pair) == 2)
        ]
    )


def cut(
    life: Lifecycle, acts: Sequence[Act], runs: Runs, holes: Holes, machine: Machine
) -> Lifecycle:
    """The lifecycle with every spell certain only up to the first hole a return may be lost in."""
    if not holes:
        return life
    known = {act.stamp.event_uid: act for act in acts}
    found, moves = [], list(life.moves)
    for spell in life.spells:
        cuts = (_cut(spell, hole, known, runs, machine) for hole in holes.within(spell))
        first = next((one for one in cuts if one is not None), None)
        found.append(spell if first is None else _shortened(spell, first))
        if first is not None:
            moves = _told(moves, first, spell.holds[0].state)
    moves.sort(key=lambda move: (move.high.earliest, move.high.latest))
    return replace(life, spells=tuple(found), moves=tuple(moves))


def covered(hole: Hole, runs: Runs) -> bool:
    """Whether checks found the object away from rest from before a hole until after it."""
    return any(
        not run.up
        and established(run.first, hole.low) == "before"
        and established(hole.high, run.last) == "before"
        for run in runs.near(hole.low, hole.high)
    )


def _cut(
    spell: Spell, hole: Hole, acts: Mapping[str, Act], runs: Runs, machine: Machine
) -> Cut | None:
    """Where a spell stops being certain for a hole, if a return may be lost in it."""
    held = [hold for hold in spell.holds if _holds(hold, hole)]
    elsewhere = any(hold.source != hole.low.source or hold.mirrored_in for hold in held)
    if not held or elsewhere or covered(hole, runs):
        return None
    again = _again(spell, hole, acts)
    if hole.count < 2 and again is None and _shown_after(spell, hole, acts, runs, machine):
        return None
    since = observed.later(hole.low, _last_down(spell, hole, runs)) or hole.low
    if established(since, spell.begun.high) == "before":
        since = spell.begun.high
    ended = spell.ended
    low = ended.low if ended is not None else None
    if low is not None and (since == low or established(since, low) == "after"):
        return None
    return Cut(hole, since, again)


def _shortened(spell: Spell, where: Cut) -> Spell:
    """A spell that is certain only up to a cut."""
    ended = spell.ended
    if ended is None or ended.low is None:
        return replace(spell, cut=where)
    within = ended.within and (where.since.earliest, ended.latest)
    by = ended.by and tuple(dict.fromkeys((where.since.event_uid, *ended.by)))
    edge = replace(ended, low=where.since, within=within, by=by)
    for hold in spell.holds:
        hold.ended = edge if hold.ended == ended else hold.ended
    return replace(spell, ended=edge, cut=where, length=None)


def _told(moves: Sequence[Move], where: Cut, state: str) -> list[Move]:
    """The derivation with the hole, and with what repeats the cause after it as a sign."""
    uids = (where.hole.low.event_uid, where.hole.high.event_uid)
    found = [
        replace(move, rule="repeat after a gap")
        if where.again and move.rule == "repeat" and move.evidence == (where.again.stamp.event_uid,)
        else move
        for move in moves
    ]
    return [*found, Move("may have returned", state, where.since, where.hole.high, uids)]


def _follows(hole: Hole, begun: Stamp) -> bool:
    """Whether a hole, or a part of it, may lie after a beginning."""
    return hole.high.event_uid != begun.event_uid and established(begun, hole.high) != "after"


def _precedes(hole: Hole, ended: Stamp) -> bool:
    return hole.low.event_uid != ended.event_uid and established(hole.low, ended) != "after"


def _holds(hold: Hold, hole: Hole) -> bool:
    """Whether a cause may have held while numbers were lost."""
    return _follows(hole, hold.begun.high) and (
        hold.ended is None or _precedes(hole, hold.ended.high)
    )


def _again(spell: Spell, hole: Hole, acts: Mapping[str, Act]) -> Act | None:
    """The first act after a hole that took the object away once more, though it was away."""
    uids = {uid for hold in spell.holds for uid in hold.repeated_by}
    uids |= {hold.begun.event_uid for hold in spell.holds[1:] if hold.begun.event_uid}
    found = (acts[uid] for uid in uids if uid in acts)
    later = [act for act in found if established(hole.low, act.stamp) == "before"]
    return min(later, key=lambda act: act.stamp.rank, default=None)


def _shown_after(
    spell: Spell, hole: Hole, acts: Mapping[str, Act], runs: Runs, machine: Machine
) -> bool:
    """Whether it was certainly away after a hole, so that two numbers must be lost, not one."""
    end = acts.get(spell.ended.event_uid or "") if spell.ended else None
    if end is not None and not machine.generic(end.verb) and end.verb not in machine.lifts:
        return True
    ended = spell.ended.high if spell.ended else None
    return any(
        not run.up and established(hole.high, run.last) == "before"
        for run in runs.near(hole.high, ended)
        if ended is None or established(run.first, ended) == "before"
    )


def _last_down(spell: Spell, hole: Hole, runs: Runs) -> Stamp | None:
    """The last of the checks that found it away from before a hole on."""
    return observed.latest(
        run.last
        for run in _away(runs.near(spell.begun.high, hole.high))
        if established(run.first, hole.low) == "before"
        and established(hole.low, run.last) == "before"
    )


def _away(runs: Sequence[Sighting]) -> Iterator[Sighting]:
    return (run for run in runs if not run.up)
