"""How grave a violation is: which levels its raises give, or may give, and for what reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from forensics.policy.model import LEVELS
from forensics.policy.threefold import all_of
from forensics.policy.verdict import Level

# Every fact in doubt doubles what there is to suppose; no policy here has more than two.
_MOST_SUPPOSED = 8


@dataclass(frozen=True)
class Part:
    """One thing that a condition asks, and what is said of it; `key` is the same for the same."""

    key: str
    value: bool | None
    said: tuple[str, ...]
    missing: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Grade:
    """The level, the parts of what gave it, and by level what it may be, the facts in doubt."""

    level: Level
    reasons: tuple[Part, ...]
    doubts: tuple[tuple[Level, tuple[str, ...]], ...]


def graded(own: Level, raises: Sequence[tuple[Level, Sequence[Part]]]) -> Grade:
    """The highest level above the policy's own that holds; where none does, the lowest below it."""
    if not raises:
        return Grade(own, (), ())
    places = [LEVELS.index(level) for level, _ in raises]
    base = LEVELS.index(own)
    known = {part.key: part.value for _, parts in raises for part in parts}

    def rank(values: Mapping[str, bool | None]) -> int:
        held = [all_of(values[part.key] for part in parts) is True for _, parts in raises]
        chosen = [place for place, holds in zip(places, held, strict=True) if holds]
        above = [place for place in chosen if place > base]
        return max(above) if above else min([base, *chosen])

    found = rank(known)
    reasons = {
        part.key: part
        for place, (_, parts) in zip(places, raises, strict=True)
        if place == found != base and all(part.value for part in parts)
        for part in parts
    }
    unknown = {part.key: part for _, parts in raises for part in parts if part.value is None}
    doubtful = dict(list(unknown.items())[:_MOST_SUPPOSED])
    doubts: dict[int, set[str]] = {}
    for supposed in product((False, True), repeat=len(doubtful)):
        values = {**known, **dict(zip(doubtful, supposed, strict=True))}
        if (other := rank(values)) == found:
            continue
        for key, part in doubtful.items():
            # A fact that would leave the level as it is decides nothing.
            if rank({**values, key: not values[key]}) != other:
                doubts.setdefault(other, set()).update(part.missing)
    return Grade(
        LEVELS[found],
        tuple(reasons.values()),
        tuple((LEVELS[one], tuple(sorted(facts))) for one, facts in sorted(doubts.items())[::-1]),
    )
