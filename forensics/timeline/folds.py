"""Local times that came twice, when clocks were set back: which of the two, by sequence numbers."""

from __future__ import annotations

from forensics.engine import Engine

_ANY = "SELECT 1 AS one FROM events WHERE time_basis = 'ambiguous' AND sequence IS NOT NULL LIMIT 1"

# Such a time is stored as the later of its two readings. Numbers are given in the order of the
# acts, to within the slack: so no reading lies before what certainly came earlier, or after what
# certainly came later.
_FOLDS = """
WITH near AS (
    SELECT source, tenant, min(time) - INTERVAL 3 HOUR AS since,
           max(time) + INTERVAL 3 HOUR AS until
    FROM events WHERE time_basis = 'ambiguous' AND sequence IS NOT NULL
    GROUP BY source, tenant
),
numbered AS (
    SELECT e.event_uid, e.source, e.tenant, e.sequence, e.time_basis = 'ambiguous' AS twice,
           e.time, e.time - INTERVAL 1 HOUR AS earlier,
           CASE WHEN e.time_basis = 'ambiguous' THEN e.time - INTERVAL 1 HOUR ELSE e.time END AS low
    FROM events AS e JOIN near AS n
      ON n.source = e.source AND n.tenant IS NOT DISTINCT FROM e.tenant
    WHERE e.sequence IS NOT NULL AND e.time_basis <> 'nonexistent'
      AND e.time BETWEEN n.since AND n.until
),
bounded AS (
    SELECT *, max(low) OVER earlier_ones - INTERVAL 1 MINUTE AS not_before,
           min(time) OVER later_ones + INTERVAL 1 MINUTE AS not_after
    FROM numbered
    WINDOW earlier_ones AS (PARTITION BY source, tenant ORDER BY sequence
                            ROWS UNBOUNDED PRECEDING),
           later_ones AS (PARTITION BY source, tenant ORDER BY sequence
                          ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
)
SELECT event_uid, CASE WHEN time > not_after THEN earlier ELSE time END AS time
FROM bounded
WHERE twice AND (time > not_after) <> (earlier < not_before)
"""
_DATED = """
SELECT e.* REPLACE (coalesce(f.time, e.time) AS time,
    CASE WHEN f.event_uid IS NULL THEN e.time_basis ELSE 'assumed' END AS time_basis)
FROM {events} AS e LEFT JOIN folds AS f ON f.event_uid = e.event_uid
"""


def register(engine: Engine) -> None:
    """Define `dated_events`: `events`, but times of a repeated hour that sequence numbers place.

    These have the reading that alone fits between the records numbered before and after them,
    and the basis `assumed`, for the zone still is; what fits both stays `ambiguous`.
    """
    if engine.rows(_ANY):
        engine.keep("folds", _FOLDS)
    engine.define("dated_events", dated(engine, "events"))


def dated(engine: Engine, events: str) -> str:
    """SQL of `dated_events` for the events of another relation, as `register` found them."""
    if "folds" in engine.relations():
        return _DATED.format(events=events)
    return " ".join(("SELECT * FROM", events))
