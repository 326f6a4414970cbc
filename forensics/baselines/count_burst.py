"""More of one kind of act than somebody's own days let expect: a negative binomial tail (D2).

With S acts of a verb on n days worked in the history, m = (S + 1/2) / (n + 1) are expected; days
missing to twenty are filled with the peers' mean. A verb never used before is expected as often
as peers use it, where that is more: a change of work is no burst. The dispersion of each verb is
pooled over everybody with twenty days: r = Σm̂² / Σmax(v − m̂, 0) of their means and variances.
The chance is P(Y >= y), times the number of verbs of that person. Counts of acts are
over-dispersed: a z-score or a Poisson tail would cry wolf every night.
"""

from __future__ import annotations

import math

from forensics.baselines import chance
from forensics.baselines.reading import ENOUGH_DAYS, HISTORY, Reading, acts
from forensics.baselines.reading import chance as odds
from forensics.engine import Engine, Row

FEWEST = 3
"""A burst has at least so many acts."""

UNLIKELY = 1e-4
"""The chance of a burst's count, before anything else is allowed for, is smaller than this."""

UNKNOWN_SPREAD = 1.0
"""r of a verb that nobody with twenty days used before: wide, as a geometric count."""

_FEW_DEVIATIONS = 3.0

# Every night on which anybody acted counts from the first use of a verb until the last is history
# no more, nights without it as zero.
_VERBS = """
WITH used AS (
  SELECT who, day, action, sum(n)::BIGINT AS n FROM baseline_cells GROUP BY ALL
), spans AS (
  SELECT who, action, min(day) AS first, max(day) AS last FROM used GROUP BY ALL
), grid AS (
  SELECT s.who, d.role, s.action, d.day, coalesce(u.n, 0) AS n, d.days_before, d.acts
  FROM spans AS s JOIN baseline_days AS d
    ON d.who = s.who AND d.day BETWEEN s.first AND s.last + $history
  LEFT JOIN used AS u ON u.who = s.who AND u.action = s.action AND u.day = d.day
)
SELECT *, coalesce(sum(n) OVER history, 0)::BIGINT AS total,
  coalesce(sum(n * n) OVER history, 0)::BIGINT AS squares
FROM grid
WINDOW history AS (PARTITION BY who, action ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
# Sums are of integers until the last step, so that their order changes nothing.
_DISPERSION = """
WITH moments AS (
  SELECT action, day, total / days_before AS mean,
    (squares - total * total / days_before) / (days_before - 1) AS variance
  FROM baseline_verbs WHERE days_before >= $enough AND total > 0
)
SELECT action, day, coalesce(sum(mean * mean ORDER BY mean, variance)
  / nullif(sum(greatest(variance - mean, 0) ORDER BY mean, variance), 0), 'infinity'::DOUBLE) AS r
FROM moments GROUP BY ALL
"""
_PEERS = """
SELECT v.role, v.action, v.day, sum(v.total)::BIGINT AS total, any_value(d.days) AS days
FROM baseline_verbs AS v JOIN (
  SELECT role, day, sum(days_before)::BIGINT AS days FROM baseline_days GROUP BY ALL
) AS d ON d.role IS NOT DISTINCT FROM v.role AND d.day = v.day
GROUP BY ALL
"""
_BURSTS = """
WITH asked AS (
  SELECT v.*, coalesce(d.r, $unknown) AS r, p.total - v.total AS peers_total,
    p.days - v.days_before AS peers_days,
    (p.total - v.total) / nullif(p.days - v.days_before, 0) AS peers_mean,
    count(*) FILTER (v.total > 0 OR v.n > 0) OVER (PARTITION BY v.who, v.day) AS verbs
  FROM baseline_verbs AS v LEFT JOIN baseline_dispersion AS d USING (action, day)
  LEFT JOIN baseline_peer_verbs AS p
    ON p.role IS NOT DISTINCT FROM v.role AND p.action = v.action AND p.day = v.day
), expected AS (
  SELECT *, CASE
    WHEN days_before >= $enough AND total > 0 THEN (total + 0.5) / (days_before + 1)
    WHEN days_before >= $enough THEN greatest(0.5 / (days_before + 1), coalesce(peers_mean, 0))
    WHEN peers_days >= $enough
      THEN (total + 0.5 + ($enough - days_before) * peers_mean) / ($enough + 1)
    END AS mean
  FROM asked WHERE n >= $fewest
)
SELECT who, day, action, n, acts, total, days_before, verbs, mean, r,
  CASE WHEN days_before < $enough OR total = 0 THEN peers_total END AS peers_total,
  CASE WHEN days_before < $enough OR total = 0 THEN peers_days END AS peers_days
FROM expected
WHERE mean > 0 AND n > mean + $deviations * sqrt(mean + mean * mean / r)
ORDER BY day, who, action
"""
_ASKED = """
WITH peers AS (
  SELECT role, day, sum(days_before)::BIGINT AS days FROM baseline_days GROUP BY ALL
)
SELECT d.who, d.day FROM baseline_days AS d JOIN peers AS p
  ON p.role IS NOT DISTINCT FROM d.role AND p.day = d.day
WHERE d.acts > 0 AND (d.days_before >= $enough OR p.days - d.days_before >= $enough)
"""


def register(engine: Engine) -> None:
    """Keep `baseline_verbs`, `baseline_dispersion` and `baseline_burst_nights`, those looked at.

    Stands on what `cells.register` keeps.
    """
    engine.keep("baseline_verbs", _VERBS, {"history": HISTORY})
    engine.keep("baseline_dispersion", _DISPERSION, {"enough": ENOUGH_DAYS})
    engine.keep("baseline_peer_verbs", _PEERS)
    engine.keep("baseline_burst_nights", _ASKED, {"enough": ENOUGH_DAYS})


def readings(engine: Engine) -> list[Reading]:
    """One reading for each burst, by night, person and verb."""
    # Three deviations above the mean leave a chance above `UNLIKELY` in every such distribution.
    asked = {"enough": ENOUGH_DAYS, "fewest": FEWEST, "unknown": UNKNOWN_SPREAD}
    found = []
    for row in engine.rows(_BURSTS, {**asked, "deviations": _FEW_DEVIATIONS}):
        p = chance.burst(row["n"], row["mean"], row["r"])
        if p < UNLIKELY:
            found.append(_reading(row, p))
    return found


def _reading(row: Row, p: float) -> Reading:
    days = row["days_before"]
    own = f"{acts(row['total'])} on {days:,} days worked"
    filled = ""
    if row["peers_days"] is not None:
        filled = f"; peers: {acts(row['peers_total'])} on {row['peers_days']:,} days"
    spread = "no more than" if math.isinf(row["r"]) else f"r = {row['r']:.2g}: more than"
    return Reading(
        statistic="more than usual",
        who=row["who"],
        day=row["day"],
        p=min(1.0, p * row["verbs"]),
        sentence=(
            f"{row['n']:,} {row['action']} this night, where {row['mean']:.2g} are usual ({own} in"
            f" the {HISTORY} days before{filled}): {odds(p)} of such days has as many, by counts"
            f" that differ as theirs do ({spread} chance alone)."
        ),
        counts=((f"acts of {row['action']} among those of the night", row["n"], row["acts"]),),
        column="verb",
        values=(row["action"],),
    )
