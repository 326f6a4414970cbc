"""Where no constant difference of two clocks fits their anchors: the fewest pieces that each do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf
from typing import Any

from forensics.engine import Engine, Row

BUCKETS = 512
"""So many groups of anchors, each reduced to its extremes, are looked at for a change at once."""

# Beyond so many groups with a change inside, they stay as they are: pieces of unknown offset.
_REFINED = 64
_INSTANT = timedelta(microseconds=1)

# A group says what fits all of it (low, high) and what spans it (least, most).
_GROUPS = """
WITH ranked AS (
    SELECT *, row_number() OVER (
        ORDER BY CASE WHEN $by_first THEN first_time ELSE second_time END,
                 CASE WHEN $by_first THEN second_time ELSE first_time END, first_uid, second_uid
    ) - 1 AS place
    FROM anchors
    WHERE first = $first AND second = $second
      AND (NOT $both OR (low_us IS NOT NULL AND high_us IS NOT NULL))
)
SELECT min(place) AS start, max(place) + 1 AS stop,
       min(first_time) AS first_since, max(first_time) AS first_until,
       min(second_time) AS second_since, max(second_time) AS second_until,
       max(low_us) / 1e6 AS low_s, min(high_us) / 1e6 AS high_s,
       min(low_us) / 1e6 AS least_s, max(high_us) / 1e6 AS most_s,
       max_by(first_uid, low_us) AS first_low_uid, max_by(second_uid, low_us) AS second_low_uid,
       min_by(first_uid, high_us) AS first_high_uid, min_by(second_uid, high_us) AS second_high_uid,
       epoch_us(max_by(first_time, low_us)) / 1e6 AS low_at,
       epoch_us(min_by(first_time, high_us)) / 1e6 AS high_at
FROM ranked WHERE place >= $start AND place < $stop
GROUP BY ((place - $start) * $buckets) // ($stop - $start)
ORDER BY start
"""


@dataclass(frozen=True)
class Piece:
    """Between which seconds the first clock is ahead of the second over one stretch of time.

    The stretch is [since, until) on each of the two clocks; None is unbounded. `steady` is false
    between two pieces, where either difference may hold. `evidence` are uids of the records that
    bound it, `anchors` counts what lies in it.
    """

    first: tuple[datetime | None, datetime | None]
    second: tuple[datetime | None, datetime | None]
    low_s: float
    high_s: float
    steady: bool
    anchors: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Core(Piece):
    """A piece from its first anchor to its last, both included."""

    first: tuple[datetime, datetime]
    second: tuple[datetime, datetime]


def split(
    engine: Engine, first: str, second: str, *, both: bool
) -> tuple[tuple[Piece, ...], tuple[Row, ...]]:
    """The fewest pieces that each have a constant difference, and the groups they were made of.

    With `both` only anchors that bound the difference on both sides count. Anchors are ordered by
    the clock that yields fewer pieces: one that was set back shows them out of order.
    """
    tries = []
    for by_first in (False, True):
        groups = _grouped(engine, first, second, both=both, by_first=by_first)
        tries.append((groups, _cuts(groups)))
    groups, cuts = min(tries, key=lambda one: len(one[1]))
    return tuple(_pieces(groups, cuts, both=both)), tuple(groups)


def drift_ppm(groups: Sequence[Row], bound_ppm: float) -> tuple[float, float] | None:
    """The linear drifts of at most so many parts per million that fit all groups' extremes."""
    lows: list[tuple[float, float]] = [
        (row["low_at"], row["low_s"]) for row in groups if row["low_s"] is not None
    ]
    highs: list[tuple[float, float]] = [
        (row["high_at"], row["high_s"]) for row in groups if row["high_s"] is not None
    ]
    if not lows or not highs:
        return None
    origin = lows[0][0]

    def slack(ppm: float) -> float:
        rate = ppm / 1e6
        above = min(high - rate * (at - origin) for at, high in highs)
        return above - max(low - rate * (at - origin) for at, low in lows)

    best = _peak(slack, -bound_ppm, bound_ppm)
    if slack(best) < 0:
        return None
    return _crossing(slack, best, -bound_ppm), _crossing(slack, best, bound_ppm)


def _peak(slack: Callable[[float], float], left: float, right: float) -> float:
    """Where a concave function is greatest."""
    for _ in range(60):
        one, other = left + (right - left) / 3, right - (right - left) / 3
        if slack(one) < slack(other):
            left = one
        else:
            right = other
    return (left + right) / 2


def _crossing(slack: Callable[[float], float], inside: float, outside: float) -> float:
    """How far towards `outside` a concave function stays at or above 0."""
    if slack(outside) >= 0:
        return outside
    for _ in range(40):
        middle = (inside + outside) / 2
        if slack(middle) >= 0:
            inside = middle
        else:
            outside = middle
    return inside


def _grouped(engine: Engine, first: str, second: str, *, both: bool, by_first: bool) -> list[Row]:
    """The anchors of a pair in order, in groups that a constant difference fits."""
    asked: dict[str, Any] = {
        "first": first,
        "second": second,
        "both": both,
        "by_first": by_first,
        "buckets": BUCKETS,
    }
    counted = engine.rows(
        "SELECT count(*) AS n FROM anchors WHERE first = $first AND second = $second",
        {"first": first, "second": second},
    )
    found = engine.rows(_GROUPS, {**asked, "start": 0, "stop": counted[0]["n"]})
    for _ in range(3):
        broken = [row for row in found if not _fits(row)]
        if not broken or len(broken) > _REFINED:
            break
        finer: list[Row] = []
        for row in found:
            span = {"start": row["start"], "stop": row["stop"]}
            finer += [row] if _fits(row) else engine.rows(_GROUPS, {**asked, **span})
        found = finer
    return found


def _fits(row: Row) -> bool:
    return _low(row) <= _high(row)


def _low(row: Row) -> float:
    return -inf if row["low_s"] is None else row["low_s"]


def _high(row: Row) -> float:
    return inf if row["high_s"] is None else row["high_s"]


def _starts(groups: Sequence[Row]) -> list[int]:
    """Where pieces begin when each takes in as much as fits, from the first on."""
    starts: list[int] = []
    low, high = inf, -inf
    for place, row in enumerate(groups):
        low, high = max(low, _low(row)), min(high, _high(row))
        if low > high:
            starts.append(place)
            low, high = _low(row), _high(row)
    return starts


def _cuts(groups: Sequence[Row]) -> list[tuple[int, int]]:
    """The sure core of each piece, [start, stop): what no fewest division leaves to a neighbour."""
    stops = sorted(len(groups) - place for place in _starts(list(reversed(groups))))
    return list(zip(_starts(groups), stops, strict=True))


def _pieces(
    groups: Sequence[Row], cores: Sequence[tuple[int, int]], *, both: bool
) -> Iterator[Piece]:
    """Cores and what lies between them, in order, on both clocks."""
    told = [_core(groups[start:stop], both=both) for start, stop in cores]
    zones = [
        between(left, right, groups[stop:start])
        for (left, right), ((_, stop), (start, _)) in zip(
            pairwise(told), pairwise(cores), strict=True
        )
    ]
    for place, core in enumerate(told):
        before = zones[place - 1] if place else None
        after = zones[place] if place < len(zones) else None
        yield Piece(
            first=(before.first[1] if before else None, after.first[0] if after else None),
            second=(before.second[1] if before else None, after.second[0] if after else None),
            low_s=core.low_s,
            high_s=core.high_s,
            steady=core.steady,
            anchors=core.anchors,
            evidence=core.evidence,
        )
        if after:
            yield after


def _core(groups: Sequence[Row], *, both: bool) -> Core:
    """What the anchors of one piece say together; its stretch is that of its anchors.

    Within the width of one anchor a drift or a small step goes unseen. So where both sides are
    bounded the piece spans all its anchors, which holds at each of them, and not only what one
    constant that fits them all would leave.
    """
    steady = all(_fits(row) for row in groups)
    wide = both or not steady
    low_row, high_row = max(groups, key=_low), min(groups, key=_high)
    return Core(
        first=(min(r["first_since"] for r in groups), max(r["first_until"] for r in groups)),
        second=(min(r["second_since"] for r in groups), max(r["second_until"] for r in groups)),
        low_s=_least(groups) if wide else _low(low_row),
        high_s=_most(groups) if wide else _high(high_row),
        steady=steady,
        anchors=sum(row["stop"] - row["start"] for row in groups),
        evidence=_cited(low_row, high_row),
    )


def _least(groups: Sequence[Row]) -> float:
    return min((r["least_s"] for r in groups if r["least_s"] is not None), default=-inf)


def _most(groups: Sequence[Row]) -> float:
    return max((r["most_s"] for r in groups if r["most_s"] is not None), default=inf)


def _cited(low_row: Row, high_row: Row) -> tuple[str, ...]:
    uids = (
        low_row["first_low_uid"],
        low_row["second_low_uid"],
        high_row["first_high_uid"],
        high_row["second_high_uid"],
    )
    return tuple(dict.fromkeys(uid for uid in uids if uid))


def between(left: Core, right: Core, groups: Sequence[Row]) -> Piece:
    """From the last anchor that is surely of one piece to the first that is surely of the next.

    Either clock may be the one that was set. The other one then dates the change, so the clock
    that was set may show, before the change, times up to its end at the old difference, and after
    it times from its beginning at the new one.
    """
    first_from, first_to = left.first[1], right.first[0]
    second_from, second_to = left.second[1], right.second[0]
    spans = [left.low_s, right.low_s, *([_least(groups)] if groups else [])]
    tops = [left.high_s, right.high_s, *([_most(groups)] if groups else [])]
    return Piece(
        first=(
            min(first_from, _shifted(second_from, right.low_s, first_from)) + _INSTANT,
            max(first_to, _shifted(second_to, left.high_s, first_to)),
        ),
        second=(
            min(second_from, _shifted(first_from, -right.high_s, second_from)) + _INSTANT,
            max(second_to, _shifted(first_to, -left.low_s, second_to)),
        ),
        low_s=min(spans),
        high_s=max(tops),
        steady=False,
        anchors=sum(row["stop"] - row["start"] for row in groups),
        evidence=tuple(dict.fromkeys((*left.evidence, *right.evidence))),
    )


def _shifted(time: datetime, seconds: float, otherwise: datetime) -> datetime:
    """A time on the other clock; where the difference is unbounded, as that clock alone says."""
    return otherwise if abs(seconds) == inf else time + timedelta(seconds=seconds)
