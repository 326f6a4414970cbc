"""Hours in which somebody does not act: a circular density over the day (D3).

Each half hour of a day worked that holds an act is one observation, at its middle. The density is
f(θ) = (1 − ε)/n Σ exp(κ(cos(θ − θ_i) − 1)) / (2π e^{−κ} I₀(κ)) + ε/2π, κ = 8, ε = 0.02, in the
local time of the roster; p is the mass of all that is at most as dense as the half hour. Days of
the weekend and of the week are told apart from a hundred observations on. Only those half hours are
looked at that, with both neighbours, hold no act of the whole history.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from forensics.baselines.reading import ENOUGH_DAYS, HISTORY, Reading
from forensics.engine import Engine, Row

BINS = 48
KAPPA = 8.0
EPSILON = 0.02
UNLIKELY = 0.005
ENOUGH = 20
ENOUGH_ALIKE = 100

_OBSERVED = """
SELECT who, day, half, ((day + 3) % 7) >= 5 AS weekend
FROM baseline_days, range(48) AS every(half)
WHERE acts > 0 AND (halves & (1::UBIGINT << half::UBIGINT)) > 0
"""
_COUNTED = """
WITH nights AS (
  SELECT who, day, count(*) AS observed, any_value(weekend) AS weekend
  FROM baseline_halves GROUP BY ALL
)
SELECT *, coalesce(sum(observed) OVER history, 0)::BIGINT AS before,
  coalesce(sum(observed) OVER kind, 0)::BIGINT AS alike
FROM nights WINDOW
  history AS (PARTITION BY who ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING),
  kind AS (PARTITION BY who, weekend ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
_NEW = """
WITH spread AS (
  SELECT DISTINCT who, day, (half + step + 48) % 48 AS half FROM baseline_halves,
    (VALUES (-1), (0), (1)) AS steps(step)
), last AS (
  SELECT *, lag(day) OVER (PARTITION BY who, half ORDER BY day) AS earlier FROM spread
)
SELECT h.who, h.day, h.half, c.observed, c.before, c.alike, h.weekend
FROM baseline_halves AS h JOIN last AS l USING (who, day, half)
JOIN baseline_hour_nights AS c USING (who, day)
WHERE l.earlier IS NULL OR l.earlier < h.day - $history
"""
# A history is written as the counts of its half hours, from midnight on.
_HISTORIES = """
WITH nights AS (SELECT DISTINCT who, day, weekend, alike FROM baseline_new_halves)
SELECT n.who, n.day, h.half, count(*) AS seen FROM nights AS n JOIN baseline_halves AS h
  ON h.who = n.who AND h.day BETWEEN n.day - $history AND n.day - 1
    AND (n.alike < $alike OR h.weekend = n.weekend)
GROUP BY ALL ORDER BY ALL
"""


def register(engine: Engine) -> None:
    """Keep `baseline_halves`, and `baseline_hour_nights`: the nights with enough seen before.

    Stands on what `cells.register` keeps.
    """
    engine.keep("baseline_halves", _OBSERVED)
    engine.keep(
        "baseline_hour_nights",
        "".join(
            (
                "SELECT * FROM (", _COUNTED, ") JOIN (SELECT who, day, days_before FROM",
                " baseline_days) USING (who, day) WHERE before >= $enough AND days_before >= $days",
            )
        ),
        {"enough": ENOUGH, "days": ENOUGH_DAYS, "history": HISTORY},
    )  # fmt: skip
    engine.keep("baseline_new_halves", _NEW, {"history": HISTORY})


def readings(engine: Engine) -> list[Reading]:
    """One reading for each night with acts in hours that are not the person's, by night."""
    histories: dict[tuple[str, int], list[int]] = {}
    for row in engine.rows(_HISTORIES, {"history": HISTORY, "alike": ENOUGH_ALIKE}):
        key = row["who"], row["day"]
        histories.setdefault(key, [0] * BINS)[row["half"]] = row["seen"]
    nights: dict[tuple[str, int], list[Row]] = {}
    for row in engine.rows("SELECT * FROM baseline_new_halves ORDER BY day, who, half"):
        nights.setdefault((row["who"], row["day"]), []).append(row)
    found = []
    for key, rows in nights.items():
        chances = tails(histories.get(key, [0] * BINS))
        unlike = [row for row in rows if chances[row["half"]] < UNLIKELY]
        if unlike:
            found.append(_reading(unlike, min(chances[row["half"]] for row in unlike)))
    return found


def tails(seen: Sequence[int]) -> list[float]:
    """For each half hour of the day the mass of all that is at most as dense as it."""
    n = sum(seen)
    if not n:
        return [1.0] * BINS
    kernel = _kernel()
    density = [
        (1 - EPSILON) / n * math.fsum(c * kernel[(g - h) % BINS] for h, c in enumerate(seen) if c)
        + EPSILON / (2 * math.pi)
        for g in range(BINS)
    ]
    whole = math.fsum(density)
    return [math.fsum(f for f in density if f <= own * (1 + 1e-9)) / whole for own in density]


@cache
def _kernel() -> tuple[float, ...]:
    """The von Mises density at each distance in half hours."""
    bessel = math.fsum((KAPPA / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(60))
    scale = 2 * math.pi * bessel
    return tuple(math.exp(KAPPA * math.cos(2 * math.pi * d / BINS)) / scale for d in range(BINS))


def _reading(rows: Sequence[Row], p: float) -> Reading:
    first = rows[0]
    split = first["alike"] >= ENOUGH_ALIKE
    n = first["alike"] if split else first["before"]
    kind = (" of weekends" if first["weekend"] else " of weekdays") if split else ""
    hours = ", ".join(f"{row['half'] // 2:02d}:{row['half'] % 2 * 30:02d}" for row in rows[:4])
    more = f" and {len(rows) - 4} more" if len(rows) > 4 else ""
    return Reading(
        statistic="hour of the day",
        who=first["who"],
        day=first["day"],
        p=min(1.0, p * first["observed"]),
        sentence=(
            f"acts in the half hours from {hours}{more} (local time): 0 of {first['before']:,} half"
            f" hours with acts in the {HISTORY} days before lie there or beside; by the {n:,}{kind}"
            f" the chance is {p:.1g} for each of the {first['observed']} half hours of this night."
        ),
        counts=(("half hours with acts there or beside before", 0, first["before"]),),
        column="half",
        values=tuple(str(row["half"]) for row in rows),
    )
