"""Anchors that alone contradict what two clocks keep within: a coincidence may make one.

One record of an id that two sources share by chance, or of an effect that had another cause, ties
their clocks wrongly. It is named and left out, unless another anchor agrees with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from forensics.engine import Engine
from forensics.timeline.anchors import Kind

_TAKEN = [("source", "VARCHAR"), ("low_s", "DOUBLE"), ("high_s", "DOUBLE")]

# Effects among effects that do not contradict are judged together; see `clock_effects`.
_LONE = """
WITH held AS (
    SELECT a.*, coalesce(low_us / 1e6 > f.high_s - s.low_s, FALSE)
             OR coalesce(high_us / 1e6 < f.low_s - s.high_s, FALSE) AS contrary
    FROM anchors AS a
    JOIN clocks_taken AS f ON f.source = a.first JOIN clocks_taken AS s ON s.source = a.second
),
judged AS (
    SELECT first, second FROM held GROUP BY first, second
    HAVING bool_and(kind = 'effect') AND bool_or(NOT contrary)
),
placed AS (
    SELECT kind, first, second, first_uid, second_uid, low_us, high_us,
           max(coalesce(high_us, $far)) OVER (
               places ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached,
           lead(coalesce(low_us, -$far)) OVER places AS following
    FROM held ANTI JOIN judged USING (first, second) WHERE contrary
    WINDOW places AS (PARTITION BY first, second
                      ORDER BY coalesce(low_us, -$far), high_us, first_uid, second_uid)
)
SELECT kind, first, second, first_uid, second_uid, low_us, high_us FROM placed
WHERE coalesce(reached < coalesce(low_us, -$far), TRUE)
  AND coalesce(following > coalesce(high_us, $far), TRUE)
"""
_OTHERS = "SELECT * FROM anchors ANTI JOIN lone_anchors USING (kind, first_uid, second_uid)"
_ROWS = "SELECT * FROM lone_anchors ORDER BY first, second, kind, first_uid, second_uid"
# Farther than any two stamps are apart, in microseconds.
_FAR = 10**18


@dataclass(frozen=True)
class Lone:
    """An anchor that is left out: by how many seconds the first clock would be ahead."""

    kind: Kind
    low_s: float
    high_s: float
    evidence: tuple[str, ...]


def left_out(
    engine: Engine, taken: Mapping[str, tuple[float, float]]
) -> dict[tuple[str, str], tuple[Lone, ...]]:
    """By pair of sources the anchors that alone contradict it; `anchors` is then without them.

    `taken` gives, by source, between which seconds its clock is taken to be ahead of true time.
    """
    rows = [{"source": one, "low_s": low, "high_s": high} for one, (low, high) in taken.items()]
    engine.register_rows("clocks_taken", _TAKEN, rows)
    engine.keep("lone_anchors", _LONE, {"far": _FAR})
    found: dict[tuple[str, str], tuple[Lone, ...]] = {}
    for row in engine.rows(_ROWS):
        low, high = row["low_us"], row["high_us"]
        one = Lone(
            kind=row["kind"],
            low_s=-inf if low is None else low / 1e6,
            high_s=inf if high is None else high / 1e6,
            evidence=(row["first_uid"], row["second_uid"]),
        )
        pair = row["first"], row["second"]
        found[pair] = (*found.get(pair, ()), one)
    if found:
        engine.keep("anchors", _OTHERS)
    return found
