"""What people did on each of their days, in counts: one pass over the events, small for the rest.

A night is a local day of the actor's: in the zone the roster gives, else in the one given for the
case, else in UTC. Only acts of humans count. Days are numbered from 1970-01-01, so that history
is a range of whole numbers.
"""

from __future__ import annotations

from forensics import actions
from forensics.baselines import actors
from forensics.baselines.reading import HISTORY
from forensics.engine import Engine

# A target that is listed several times counts as listed from the first time to the last.
_PROTECTED = """
SELECT lower(target) AS name, min(tier) AS tier,
  min(coalesce(valid_from, TIMESTAMPTZ '-infinity')) AS since,
  max(coalesce(valid_to, TIMESTAMPTZ 'infinity')) AS until
FROM protected_targets GROUP BY ALL
"""
_UNPROTECTED = """
SELECT NULL::VARCHAR AS name, NULL::VARCHAR AS tier, NULL::TIMESTAMPTZ AS since,
  NULL::TIMESTAMPTZ AS until
"""
# Every act of a human, in local time.
_ACTS = """
SELECT * EXCLUDE (local), (epoch_us(local) // 86400000000)::INTEGER AS day,
  ((epoch_us(local) // 1800000000) % 48)::UBIGINT AS half
FROM (
  SELECT coalesce(a.who, lower(e.actor)) AS who, a.role, a.site,
    timezone(coalesce(a.zone, z.zone), e.time)
      + INTERVAL 1 MINUTE * coalesce(a.ahead, z.ahead) AS local,
    coalesce(e.action, 'other') AS action, coalesce(t.tier, u.tier) AS tier, e.reason_code, e.tool,
    e.src_asn, e.case_id, e.target, e.event_uid, e.time
  FROM events AS e CROSS JOIN baseline_zone AS z
  LEFT JOIN baseline_actors AS a ON a.actor = lower(e.actor)
  LEFT JOIN baseline_protected AS t
    ON t.name = lower(e.target) AND e.time >= t.since AND e.time < t.until
  LEFT JOIN baseline_protected AS u
    ON u.name = lower(e.target_id) AND e.time >= u.since AND e.time < u.until
  WHERE e.time IS NOT NULL AND e.actor IS NOT NULL AND NOT coalesce(a.automated, FALSE)
    AND coalesce(e.actor_type, 'unknown') NOT IN ('service', 'system')
)
"""
# The approver belongs to whoever asked.
_GRANTS = """
SELECT coalesce(a.who, lower(e.approval_requested_by)) AS who, a.role,
  (epoch_us(timezone(coalesce(a.zone, z.zone), e.time)
    + INTERVAL 1 MINUTE * coalesce(a.ahead, z.ahead)) // 86400000000)::INTEGER AS day,
  lower(e.actor) AS approver, e.event_uid, e.time
FROM events AS e CROSS JOIN baseline_zone AS z
LEFT JOIN baseline_actors AS a ON a.actor = lower(e.approval_requested_by)
WHERE e.action = 'approval.grant' AND e.approval_requested_by IS NOT NULL AND e.actor IS NOT NULL
  AND e.time IS NOT NULL AND NOT coalesce(a.automated, FALSE)
"""
_CELLS = """
SELECT who, role, site, day, action, tier, reason_code, tool, src_asn, count(*) AS n,
  count(*) FILTER (case_id IS NULL) AS no_case, bit_or(1::UBIGINT << half) AS halves
FROM baseline_acts GROUP BY ALL
"""
_APPROVERS = "SELECT who, role, day, approver, count(*) AS n FROM baseline_grants GROUP BY ALL"
# Somebody is looked at from the first night they acted until nothing of them is history any more.
_DAYS = """
WITH acted AS (
  SELECT who, any_value(role) AS role, any_value(site) AS site, day, sum(n)::BIGINT AS acts,
    sum(n) FILTER (list_contains($verbs, action))::BIGINT AS sensitive,
    bit_or(halves) AS halves
  FROM baseline_cells GROUP BY who, day
), spans AS (
  SELECT who, any_value(role) AS role, any_value(site) AS site, min(day) AS first, max(day) AS last
  FROM acted GROUP BY who
), nights AS (SELECT DISTINCT day FROM acted), grid AS (
  SELECT s.who, s.role, s.site, n.day, coalesce(a.acts, 0) AS acts,
    coalesce(a.sensitive, 0) AS sensitive, a.halves
  FROM spans AS s JOIN nights AS n ON n.day BETWEEN s.first AND s.last + $history
  LEFT JOIN acted AS a ON a.who = s.who AND a.day = n.day
)
SELECT *, coalesce(count(*) FILTER (acts > 0) OVER history, 0) AS days_before,
  coalesce(sum(acts) OVER history, 0)::BIGINT AS acts_before
FROM grid
WINDOW history AS (PARTITION BY who ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING)
"""
_NIGHTS = """
SELECT day, count(*) OVER (ORDER BY day
    RANGE BETWEEN $history::INTEGER PRECEDING AND 1 PRECEDING) AS before
FROM (SELECT DISTINCT day FROM baseline_cells)
"""


def register(engine: Engine, *, zone: str | None = None) -> None:
    """Keep `baseline_cells`, `baseline_approvers`, `baseline_days` and `baseline_nights`.

    `zone` is that of people whose zone no roster gives: an IANA name, or `UTC+05:30`.
    `baseline_days` has a row for each person and night on which anybody acted, with `days_before`
    and `acts_before` of the history; `baseline_nights` says how many nights of the history anybody
    acted on. Acts themselves are `baseline_acts` and `baseline_grants`, read anew when asked.
    """
    known = engine.relations()
    actors.register(engine, zone or "UTC")
    default = "SELECT * FROM baseline_zones WHERE name = $zone"
    engine.keep("baseline_zone", default, {"zone": zone or "UTC"})
    listed = "protected_targets" in known
    engine.keep("baseline_protected", _PROTECTED if listed else _UNPROTECTED)
    engine.define("baseline_acts", _ACTS)
    engine.define("baseline_grants", _GRANTS)
    engine.keep("baseline_cells", _CELLS)
    engine.keep("baseline_approvers", _APPROVERS)
    engine.keep("baseline_days", _DAYS, {"verbs": sensitive(), "history": HISTORY})
    engine.keep("baseline_nights", _NIGHTS, {"history": HISTORY})


def sensitive() -> list[str]:
    """Verbs that take something away or need more than ordinary rights."""
    return sorted({*actions.destructive(), *actions.privileged()})
