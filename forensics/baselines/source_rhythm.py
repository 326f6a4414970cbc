"""Sources that are not what they were: silent, far fewer records, operations never seen before.

Counts records by source and day (UTC). A source is judged from twenty days with records on; its
volume is compared with the same weekday of the eight weeks before, of which at least four are
needed, so that weekends and quiet days of the week are no drop.
"""

from __future__ import annotations

from forensics.engine import Engine, Row

ENOUGH_DAYS = 20
FEWEST_USUAL = 50
"""Sources with fewer records on a usual day drop by chance."""

_VOLUMES = """
SELECT source, (epoch_us(time) // 86400000000)::INTEGER AS day, count(*) AS n,
  max(time) AS last_time
FROM events WHERE time IS NOT NULL AND source IS NOT NULL GROUP BY ALL
"""
# A pause counts as usual where the source made one at least half as long before.
_QUIET = """
WITH ends AS (SELECT max(day) AS last FROM baseline_volumes), steps AS (
  SELECT source, day, day - lag(day) OVER (PARTITION BY source ORDER BY day) AS step
  FROM baseline_volumes
), usual AS (
  SELECT source, count(*) AS days, max(day) AS last, max(step) AS longest
  FROM steps GROUP BY source
)
SELECT u.source, u.days, u.longest - 1 AS longest, e.last - u.last AS silent, v.last_time
FROM usual AS u CROSS JOIN ends AS e
JOIN baseline_volumes AS v ON v.source = u.source AND v.day = u.last
WHERE u.days >= $enough AND e.last - u.last > greatest(1, 2 * u.longest) ORDER BY u.source
"""
# The first and the last day of a source, and of the case, may hold a part of their records.
_DROPS = """
WITH spans AS (SELECT source, min(day) AS first, max(day) AS last FROM baseline_volumes
  GROUP BY source),
grid AS (
  SELECT s.source, s.first, s.last, d.day FROM spans AS s,
    (SELECT unnest(range(min(day), max(day) + 1))::INTEGER AS day FROM baseline_volumes) AS d
  WHERE d.day BETWEEN s.first AND s.last
), filled AS (
  SELECT g.*, coalesce(v.n, 0) AS n
  FROM grid AS g LEFT JOIN baseline_volumes AS v USING (source, day)
), compared AS (
  SELECT *, median(n) OVER weeks AS usual, min(n) OVER weeks AS least, count(*) OVER weeks AS weeks,
    count(*) FILTER (n > 0) OVER earlier AS days
  FROM filled WINDOW
    weeks AS (PARTITION BY source, day % 7 ORDER BY day RANGE BETWEEN 56 PRECEDING AND 1 PRECEDING),
    earlier AS (PARTITION BY source ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT source, day, n, usual::BIGINT AS usual, least, weeks FROM compared
WHERE day > first AND day < last AND days >= $enough AND weeks >= 4 AND usual >= $fewest
  AND n * 4 < usual AND n * 2 < least
ORDER BY source, day
"""
_NEW = """
WITH known AS (SELECT source, min(day) AS first, list(day ORDER BY day) AS days
  FROM baseline_volumes GROUP BY source),
operations AS (
  SELECT source, operation, min(epoch_us(time) // 86400000000)::INTEGER AS day, count(*) AS n,
    arg_min(event_uid, (time, event_uid)) AS event_uid
  FROM events WHERE coalesce(action, 'other') = 'other' AND operation IS NOT NULL
    AND time IS NOT NULL
  GROUP BY ALL
)
SELECT o.source, o.day, list(o.operation ORDER BY o.operation) AS operations,
  list(o.event_uid ORDER BY o.operation) AS uids, sum(o.n)::BIGINT AS n
FROM operations AS o JOIN known AS k USING (source)
WHERE len(list_filter(k.days, lambda one: one < o.day)) >= $enough
GROUP BY o.source, o.day ORDER BY o.source, o.day
"""


def register(engine: Engine) -> None:
    """Keep `baseline_volumes`: records of each source on each day (UTC) that has any."""
    engine.keep("baseline_volumes", _VOLUMES)


def quiet(engine: Engine) -> list[Row]:
    """Sources silent at the end of the case for over twice as long as they ever were before."""
    return engine.rows(_QUIET, {"enough": ENOUGH_DAYS})


def drops(engine: Engine) -> list[Row]:
    """Days on which a source gave under a quarter of what is usual, and half of the least."""
    return engine.rows(_DROPS, {"enough": ENOUGH_DAYS, "fewest": FEWEST_USUAL})


def new_operations(engine: Engine) -> list[Row]:
    """By source and day the operations without a verb that a known source never had before."""
    return engine.rows(_NEW, {"enough": ENOUGH_DAYS})
