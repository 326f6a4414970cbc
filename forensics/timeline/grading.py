"""How well each end of an outage is known: a grade from A to E, and the independent sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forensics.engine import Engine
from forensics.timeline.clock_network import FARTHEST_S
from forensics.timeline.model import Basis, Grade, ProbeReading
from forensics.timeline.spells import Act, Cut, Edge, Hold, Spell

# The unified audit log carries the records of the directory: one product's word twice.
_CARRIES = {"m365": "azure"}
_KNOWN = """
SELECT source, any_value(kept_low_s) AS kept_low_s, any_value(kept_high_s) AS kept_high_s,
       bool_or(
           basis IN ('assumed', 'contradicted', 'disputed') OR kept_low_s IS NOT NULL
           OR offset_low_s <= -$farthest OR offset_high_s >= $farthest
       ) AS unbounded
FROM clocks GROUP BY source ORDER BY source
"""


@dataclass(frozen=True)
class Trust:
    """What is known of the sources: which product wrote each, whose clock nothing surely bounds.

    `kept` gives the tolerances, in seconds, that clocks are not relied on to keep.
    """

    products: Mapping[str, str | None] = field(default_factory=dict)
    unbounded: frozenset[str] = frozenset()
    kept: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def independent(self, sources: Iterable[str]) -> tuple[str, ...]:
        """One source of each product, the first by name; one without a product is its own."""
        found: dict[str, str] = {}
        for source in sorted(set(sources)):
            product = self.products.get(source) or source
            found.setdefault(_CARRIES.get(product, product), source)
        return tuple(sorted(found.values()))


def trust(engine: Engine, products: Mapping[str, str | None]) -> Trust:
    """What is known of the sources of `events`; reads `clocks`."""
    rows = engine.rows(_KNOWN, {"farthest": FARTHEST_S})
    return Trust(
        products,
        frozenset(row["source"] for row in rows if row["unbounded"]),
        {
            row["source"]: (row["kept_low_s"], row["kept_high_s"])
            for row in rows
            if row["kept_low_s"] is not None
        },
    )


Seen = Mapping[str, Sequence[str]]
"""Other sources that bear on an end, each with the records of it that do."""


def seen_begin(probe: Sequence[ProbeReading]) -> Seen:
    """The checks that confirm an outage and saw it begin."""
    found = (one for one in probe if one.agrees == "confirms" and one.first_down)
    return {one.source: one.evidence for one in found}


def seen_end(probe: Sequence[ProbeReading]) -> Seen:
    """The checks that confirm an outage and saw it over."""
    found = (one for one in probe if one.agrees == "confirms" and one.first_up_after)
    return {one.source: one.evidence for one in found}


def start_basis(hold: Hold, seen: Seen, known: Trust) -> Basis:
    """What the beginning of a cause rests on."""
    also = {source: (one.event_uid,) for source, one in sorted(hold.mirrored_in.items())}
    return _basis(hold.begun, {**also, **seen}, known)


def end_basis(spell: Spell, seen: Seen, known: Trust) -> Basis | None:
    """What the end of an outage rests on; None where no end was seen, nor a gap for one."""
    found = _end_basis(spell, seen, known)
    return found if spell.cut is None else _gapped(found, spell.cut, known)


def _end_basis(spell: Spell, seen: Seen, known: Trust) -> Basis | None:
    if spell.ended is None:
        return _perhaps(spell.perhaps, known) if spell.perhaps else None
    also = {
        source: (one.event_uid,) for hold in spell.holds for source, one in hold.undone_in.items()
    }
    return _basis(spell.ended, {**dict(sorted(also.items())), **seen}, known)


def beside(found: Basis | None, uids: Collection[str]) -> Basis | None:
    """What an end rests on, graded down where its act is recorded of another target."""
    if found is None or not set(found.evidence) & set(uids):
        return found
    said = f"{found.sentence} The act's record names it only beside its target."
    return replace(found, grade=max(found.grade, "C"), sentence=said)


def _gapped(found: Basis | None, cut: Cut, known: Trust) -> Basis:
    """What an end rests on that may have come earlier, in a gap."""
    around = (cut.hole.low.event_uid, cut.hole.high.event_uid)
    said = "Numbers are missing where a return may have gone unrecorded."
    if found is None:
        sources = known.independent((cut.hole.low.source,))
        return Basis("C", sources, around, f"No end is on record. {said}")
    return replace(
        found,
        grade=max(found.grade, "C"),
        evidence=tuple(dict.fromkeys((*found.evidence, *around))),
        sentence=f"{found.sentence} {said}",
    )


def weakest(bases: Iterable[Basis | None]) -> Grade:
    """The grade of the whole: that of its weakest end; at most B while an end is open."""
    grades: list[Grade] = [one.grade if one is not None else "B" for one in bases]
    return max(grades, default="E")


def _basis(edge: Edge, also: Seen, known: Trust) -> Basis:
    stamps = [one for one in (edge.low, edge.high) if one is not None]
    own = [edge.event_uid] if edge.event_uid else []
    evidence = dict.fromkeys(
        (
            *own,
            *edge.rivals,
            *(one.event_uid for one in stamps),
            *(uid for uids in also.values() for uid in uids),
        )
    )
    sources = known.independent({*(one.source for one in stamps), *also})
    grade, said = _grade(edge, sources, known)
    if edge.disputed:
        grade, said = max(grade, "C"), f"{said} Not all of the clocks that bound it can be right."
    count = "1 independent source" if len(sources) == 1 else f"{len(sources)} independent sources"
    said = f"{said} {count}: {', '.join(sources)}."
    bounds = edge.by or tuple(dict.fromkeys(one.event_uid for one in stamps))
    return Basis(grade, sources, tuple(evidence), said, bounds)


def _perhaps(act: Act, known: Trust) -> Basis:
    """What an end rests on that an act may have brought about, or may have come before."""
    sources = known.independent((act.stamp.source,))
    said = f"{act.verb} is on record, but nothing tells whether it came after the beginning."
    return Basis("E", sources, (act.stamp.event_uid,), said)


def _grade(edge: Edge, sources: Sequence[str], known: Trust) -> tuple[Grade, str]:
    if edge.observed:
        told = " (the act itself is on record)" if edge.event_uid else ""
        if edge.rivals and edge.event_uid:
            told = f" ({1 + len(edge.rivals)} acts on record may each have had that effect)"
        return "C", f"Checks bound it{told}."
    if edge.event_uid is None:
        return "E", "Inferred; no record tells it."
    if edge.rivals:
        return "C", "Acts on record; which of them it was is not established."
    if len(sources) > 1 and edge.high.source not in known.unbounded:
        return "A", "An act on record, and what another source saw."
    if len(sources) > 1:
        return "B", "An act on record and another source, but nothing bounds the clock."
    return "B", "An act on record."
