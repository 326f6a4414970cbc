"""Acts whose effect a check saw before them: a clock that was set, or checks that prove nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import inf

from forensics.engine import Engine, Row
from forensics.timeline.anchor_pieces import Core, Piece, between
from forensics.timeline.order import STAMPED

Bounds = tuple[float, float]
Stretch = tuple[datetime | None, datetime | None]

_COUNTED = """
SELECT count(*) FILTER (WHERE low_us / 1e6 > $most OR high_us / 1e6 < $least) AS broken
FROM anchors WHERE kind = 'effect' AND first = $first AND second = $second
"""
# So many acts that contradict one after another, amid others that do not, show a clock that was set
# there and back; one or two may have had another cause.
_SEVERAL = 3

# The check before that which saw the change bounds the other side, if an act takes effect at once.
_GROUPS = " ".join(
    (
        "WITH stamped AS (",
        STAMPED,
        """WHERE e.time IS NOT NULL),
checked AS (
    SELECT event_uid AS uid, lag(time_low) OVER (
        PARTITION BY source, lower(target) ORDER BY time, event_uid
    ) AS before
    FROM stamped WHERE asserted_state IS NOT NULL AND target IS NOT NULL
),
paired AS (
    SELECT *, low_us IS NOT NULL AS first_acts,
           coalesce(low_us / 1e6 > $most, high_us / 1e6 < $least) AS broken
    FROM anchors WHERE kind = 'effect' AND first = $first AND second = $second
),
bounded AS (
    SELECT p.*,
           CASE WHEN first_acts THEN p.low_us
                ELSE epoch_us(c.before) - epoch_us(a.time_high) END AS from_us,
           CASE WHEN first_acts THEN epoch_us(a.time_high) - epoch_us(c.before)
                ELSE p.high_us END AS to_us,
           row_number() OVER (
               ORDER BY CASE WHEN first_acts THEN second_time ELSE first_time END,
                        first_uid, second_uid
           ) AS place
    FROM paired AS p
    JOIN checked AS c ON c.uid = CASE WHEN first_acts THEN second_uid ELSE first_uid END
    JOIN stamped AS a ON a.event_uid = CASE WHEN first_acts THEN first_uid ELSE second_uid END
),
runs AS (
    SELECT *, place - row_number() OVER (PARTITION BY broken ORDER BY place) AS run FROM bounded
)
SELECT any_value(broken) AS broken, count(*) AS n, min(place) AS start, max(place) AS stop,
       max(low_us) / 1e6 AS low_s, min(high_us) / 1e6 AS high_s,
       min(from_us) / 1e6 AS least_s, max(to_us) / 1e6 AS most_s,
       max(from_us) / 1e6 AS greatest_least_s, min(to_us) / 1e6 AS least_most_s,
       min(first_time) AS first_since, max(first_time) AS first_until,
       min(second_time) AS second_since, max(second_time) AS second_until,
       list_distinct([arg_max(first_uid, place), arg_max(second_uid, place),
                      arg_min(first_uid, place), arg_min(second_uid, place)]) AS uids
FROM runs GROUP BY broken, run ORDER BY start
""",
    )
)


@dataclass(frozen=True)
class Effects:
    """What acts and the checks that saw their effect leave of the difference of two clocks.

    `pieces` where one of the clocks was set in between; else [low_s, high_s] without the `broken`
    that more checks speak against. `evidence` are uids of records that show it.
    """

    low_s: float
    high_s: float
    broken: int
    pieces: tuple[Piece, ...]
    evidence: tuple[str, ...]


def judged(engine: Engine, first: str, second: str, allowed: Bounds) -> Effects | None:
    """What is left of effects that contradict the `allowed` difference; None where all count.

    That an act comes before a check sees its effect is no law: the account may have been down, or
    up again, for another reason. Where one constant difference fits all acts and checks, or most
    contradict, it is the clock that is off, and all count.
    """
    asked = {"first": first, "second": second, "least": allowed[0], "most": allowed[1]}
    if not engine.rows(_COUNTED, asked)[0]["broken"]:
        return None
    runs = engine.rows(_GROUPS, asked)
    kept = [row for row in runs if not row["broken"]]
    broken = [row for row in runs if row["broken"]]
    if not kept or not broken:
        return None
    count = sum(row["n"] for row in broken)
    if _set_between(runs):
        evidence = tuple(sorted({uid for row in runs for uid in row["uids"]}))
        pieces = _split(runs, evidence)
        low, high = min(one.low_s for one in pieces), max(one.high_s for one in pieces)
        return Effects(low, high, count, pieces, evidence)
    one_fits = _greatest(runs, "greatest_least_s") <= -_greatest(runs, "least_most_s", -1)
    if one_fits or count > sum(row["n"] for row in kept):
        return None
    low = max(_one_sided(row)[0] for row in kept)
    high = min(_one_sided(row)[1] for row in kept)
    return Effects(low, high, count, (), tuple(sorted({u for row in broken for u in row["uids"]})))


def _greatest(groups: Sequence[Row], name: str, sign: int = 1) -> float:
    return max(float(sign * row[name]) for row in groups)


def _set_between(runs: Sequence[Row]) -> bool:
    """Whether runs of acts that contradict and that do not are of a clock set once, or to and fro.

    No offset fits a run and its neighbour.
    """
    apart = all(
        one["least_s"] > other["most_s"] or one["most_s"] < other["least_s"]
        for one, other in pairwise(runs)
    )
    there_and_back = len(runs) == 3 and bool(runs[1]["broken"]) and runs[1]["n"] >= _SEVERAL
    return apart and (len(runs) == 2 or there_and_back)


def _one_sided(row: Row) -> Bounds:
    low, high = row["low_s"], row["high_s"]
    return -inf if low is None else low, inf if high is None else high


def _split(runs: Sequence[Row], evidence: tuple[str, ...]) -> tuple[Piece, ...]:
    """The runs and the changes between them, in order."""
    cores = [_core(row, evidence) for row in runs]
    zones = [between(left, right, ()) for left, right in pairwise(cores)]
    found: list[Piece] = []
    for core, row, before, after in zip(cores, runs, [None, *zones], [*zones, None], strict=True):
        low, high = (core.low_s, core.high_s) if row["broken"] else _one_sided(row)
        piece = _piece(
            core,
            (before.first[1] if before else None, after.first[0] if after else None),
            (before.second[1] if before else None, after.second[0] if after else None),
        )
        found.append(replace(piece, low_s=low, high_s=high))
        found += [after] if after else []
    return tuple(found)


def _piece(core: Core, first: Stretch, second: Stretch) -> Piece:
    return Piece(first, second, core.low_s, core.high_s, True, core.anchors, core.evidence)


def _core(row: Row, evidence: tuple[str, ...]) -> Core:
    return Core(
        first=(row["first_since"], row["first_until"]),
        second=(row["second_since"], row["second_until"]),
        low_s=row["least_s"],
        high_s=row["most_s"],
        steady=True,
        anchors=row["n"],
        evidence=evidence,
    )
