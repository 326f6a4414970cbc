"""How far the clocks of two sources differ, measured on their anchors, change by change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from forensics.engine import Engine
from forensics.timeline import anchor_pieces, anchors, clock_effects, lone_anchors
from forensics.timeline.anchor_pieces import Piece
from forensics.timeline.anchors import Kind, Total
from forensics.timeline.clock_effects import Bounds, Effects
from forensics.timeline.clock_model import ClockReading
from forensics.timeline.lone_anchors import Lone
from forensics.timeline.order import DRIFT_PPM

# What an anchor of each kind is called: one, and several.
_NOUNS: dict[Kind, tuple[str, str]] = {
    "request": ("request both recorded", "requests both recorded"),
    "session": ("session one began and the other saw", "sessions one began and the other saw"),
    "case": ("case one opened and the other acted in", "cases one opened and the other acted in"),
    "approval": (
        "approval one was asked for and the other gave",
        "approvals one was asked for and the other gave",
    ),
    "effect": ("act one recorded and the other saw", "acts one recorded and the other saw"),
}
# So many changes are told in words; the segments of the clocks have them all.
_CHANGES = 3


@dataclass(frozen=True)
class Pair:
    """Two sources: what is read of their clocks, and the pieces in which it holds."""

    reading: ClockReading
    pieces: tuple[Piece, ...]


def measured(engine: Engine, taken: Mapping[str, Bounds]) -> list[Pair]:
    """Every two sources, in the order of their names. Reads `anchors`.

    `taken` gives, by source, between which seconds its clock is taken to be ahead of true time.
    """
    lone = lone_anchors.left_out(engine, taken)
    found = anchors.totals(engine)
    return [
        _beside(
            _pair(
                engine,
                first,
                second,
                found.get((first, second), ()),
                _allowed(taken, first, second),
            ),
            lone.get((first, second), ()),
        )
        for first, second in anchors.pairs(list(taken))
    ]


def _beside(pair: Pair, lone: Sequence[Lone]) -> Pair:
    """The pair, with the anchors named that were left out of it."""
    if not lone:
        return pair
    reading = pair.reading
    said = (
        f"{len(lone)} anchors of {reading.first} and {reading.second}, each another way, "
        "contradict what both clocks are taken to keep within. No two agree: they may be chance "
        "and are left out."
    )
    if len(lone) == 1:
        ahead = _ahead(lone[0].low_s, lone[0].high_s, f"that of {reading.second}")
        said = (
            f"1 {_NOUNS[lone[0].kind][0]} would have the clock of {reading.first} {ahead}, against "
            "what both are taken to keep within. No other agrees with it: it may be chance and is "
            "left out."
        )
    cited = (*reading.evidence, *(uid for each in lone for uid in each.evidence))
    named = replace(
        reading,
        anchors=reading.anchors + len(lone),
        verdict="refuted" if reading.verdict == "refuted" else "contradicted",
        sentence=f"{reading.sentence} {said}" if reading.anchors else said,
        evidence=tuple(dict.fromkeys(cited)),
    )
    return replace(pair, reading=named)


def _allowed(taken: Mapping[str, Bounds], first: str, second: str) -> Bounds:
    return taken[first][0] - taken[second][1], taken[first][1] - taken[second][0]


def _pair(engine: Engine, first: str, second: str, kinds: Sequence[Total], allowed: Bounds) -> Pair:
    """Where some anchors bound both sides these measure, and the others are held against them."""
    both = [one for one in kinds if one.two_sided]
    used = both or kinds
    effects = None
    if not both and [one.kind for one in kinds] == ["effect"]:
        effects = clock_effects.judged(engine, first, second, allowed)
    if not used:
        sentence = f"{first} and {second} recorded no request in common: clocks not measured."
        return Pair(ClockReading(first, second, 0, None, None, "no anchors", sentence), ())
    low = max((one.low_s for one in used if one.low_s is not None), default=-inf)
    high = min((one.high_s for one in used if one.high_s is not None), default=inf)
    reading = ClockReading(
        first=first,
        second=second,
        anchors=sum(one.n for one in used),
        low_s=_finite(low),
        high_s=_finite(high),
        verdict="consistent",
        sentence=f"The clock of {first} is {_ahead(low, high, f'that of {second}')}, "
        f"by {_counted(used)}.",
        evidence=tuple(dict.fromkeys(uid for one in used for uid in one.evidence)),
        kinds={one.kind: one.n for one in kinds},
    )
    if effects is not None:
        return _by_effects(reading, used, effects)
    if low > high:
        return _refuted(engine, reading, used, two_sided=bool(both))
    least = min((one.least_s for one in both if one.least_s is not None), default=low)
    most = max((one.most_s for one in both if one.most_s is not None), default=high)
    piece = Piece((None, None), (None, None), least, most, True, reading.anchors, reading.evidence)
    return Pair(_held_against(reading, kinds, least, most), (piece,))


def _by_effects(reading: ClockReading, used: Sequence[Total], effects: Effects) -> Pair:
    """A pair of which some checks saw effects before their acts."""
    low, high = _finite(effects.low_s), _finite(effects.high_s)
    reading = replace(reading, low_s=low, high_s=high)
    cited = tuple(dict.fromkeys((*reading.evidence, *effects.evidence)))
    if effects.pieces:
        said = (
            f"No constant difference of the clocks of {reading.first} and {reading.second} fits "
            f"the {_counted(used)}: the time between two acts is not that between their effects. "
            + " ".join(_change(*one) for one in _changes(effects.pieces))
        )
        count = len(effects.pieces) // 2 + 1
        found = replace(reading, verdict="refuted", sentence=said, evidence=cited, pieces=count)
        return Pair(found, effects.pieces)
    counted = "1 act is" if effects.broken == 1 else f"{effects.broken} acts are"
    said = (
        f"{counted} stamped after a check already saw the effect, against "
        f"{reading.anchors - effects.broken} that are not, of {reading.first} and "
        f"{reading.second}. What was seen may have had another cause, so the clocks are not "
        "measured by it."
    )
    found = replace(reading, verdict="contradicted", sentence=said, evidence=cited)
    piece = Piece(
        (None, None), (None, None), effects.low_s, effects.high_s, True, reading.anchors, cited
    )
    return Pair(found, (piece,))


def _refuted(
    engine: Engine, reading: ClockReading, used: Sequence[Total], *, two_sided: bool
) -> Pair:
    """A pair whose difference changed: split where it did, or drifting."""
    first, second = reading.first, reading.second
    pieces, groups = anchor_pieces.split(engine, first, second, both=two_sided)
    drift = anchor_pieces.drift_ppm(groups, DRIFT_PPM) if two_sided else None
    low, high = min(one.low_s for one in pieces), max(one.high_s for one in pieces)
    said = (
        f"No constant difference of the clocks of {first} and {second} fits the {_counted(used)}: "
        f"the first is {_ahead(low, high)}."
    )
    changes = _changes(pieces)
    told = [_change(*one) for one in changes[:_CHANGES]]
    if (more := len(changes) - _CHANGES) > 0:
        told.append(f"It changed {more} times more.")
    if drift is not None:
        told.append(f"A linear drift of {drift[0]:+.1f} to {drift[1]:+.1f} ppm fits as well.")
    cited = (*reading.evidence, *(uid for one in pieces for uid in one.evidence))
    changed = replace(
        reading,
        low_s=_finite(low),
        high_s=_finite(high),
        verdict="refuted",
        sentence=" ".join((said, *told)),
        evidence=tuple(dict.fromkeys(cited)),
        pieces=len(changes) + 1,
        drift_ppm=drift,
    )
    return Pair(changed, pieces)


def _changes(pieces: Sequence[Piece]) -> list[tuple[Piece, Piece, Piece]]:
    """Every other piece is a change between two that hold."""
    return list(zip(pieces[0::2], pieces[1::2], pieces[2::2], strict=False))


def _change(left: Piece, zone: Piece, right: Piece) -> str:
    since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "?" for at in zone.first)
    return (
        f"It changed from {_ahead(left.low_s, left.high_s)} to {_ahead(right.low_s, right.high_s)} "
        f"between {since} and {until} of the first."
    )


def _held_against(
    reading: ClockReading, kinds: Sequence[Total], least: float, most: float
) -> ClockReading:
    """The reading, with what anchors that bound one side only say against those that bound both."""
    broken = [
        one
        for one in kinds
        if (one.low_s is not None and one.low_s > most)
        or (one.high_s is not None and one.high_s < least)
    ]
    if not broken:
        return reading
    said = (f"Against that, it is not so that {anchors.MEANING[one.kind]}." for one in broken)
    cited = (*reading.evidence, *(uid for one in broken for uid in one.evidence))
    return replace(
        reading,
        verdict="contradicted",
        sentence=" ".join((reading.sentence, *said)),
        evidence=tuple(dict.fromkeys(cited)),
    )


def _counted(used: Sequence[Total]) -> str:
    counts = [f"{one.n} {_NOUNS[one.kind][one.n != 1]}" for one in used]
    return " and ".join(filter(None, (", ".join(counts[:-1]), counts[-1])))


def _ahead(low: float, high: float, other: str = "") -> str:
    """By how much a clock is ahead of or behind the `other`, in words instead of signs."""
    ahead, behind = (f"ahead of {other}", f"behind {other}") if other else ("ahead", "behind")
    if low == -inf:
        return (
            f"at most {high:.3f} s {ahead}" if high > 0 else f"at least {0 - high:.3f} s {behind}"
        )
    if high == inf:
        return f"at least {low:.3f} s {ahead}" if low > 0 else f"at most {0 - low:.3f} s {behind}"
    if low >= 0:
        return f"between {low:.3f} s and {high:.3f} s {ahead}"
    if high <= 0:
        return f"between {0 - high:.3f} s and {-low:.3f} s {behind}"
    return f"between {-low:.3f} s behind and {high:.3f} s {ahead}"


def _finite(bound: float) -> float | None:
    return None if abs(bound) == inf else round(bound, 6)
