"""Whether the act lies in the window of a change that was approved before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.predicates import Learns
from forensics.policy.statement import statement

needs = ("change_windows",)
uses = ("act_people", "accounts", "employment")

MEANING = (
    "The list of changes names one that was approved before the act, by another person where it"
    " says by whom (who is on no list may be anybody), whose window [start, end) holds the act, and"
    " which is of the target of the act, of no target in particular, or named by the act as its"
    " case."
)
PARAMS = {
    "approved": "only true: the change was approved before the act",
    "covers": "only execute: the act is executed within the window",
}
EXAMPLE = """\
exceptions:
  - change_window: {approved: true, covers: execute}
"""
MISSES = (
    "A change of no target in particular covers every act within its window.",
    "Whether the act has anything to do with the change.",
)

_FIXED = {"approved": True, "covers": "execute"}

_SQL = """
WITH names AS (
  SELECT lower(account) AS name, lower(person) AS person FROM accounts
  WHERE person IS NOT NULL AND kind IS DISTINCT FROM 'shared'
  UNION SELECT lower(person), lower(person) FROM accounts WHERE person IS NOT NULL
  UNION SELECT lower(person), lower(person) FROM employment
  UNION SELECT lower(email), lower(person) FROM employment WHERE email IS NOT NULL
), resolved AS (
  SELECT name, min(person) AS person FROM names GROUP BY name HAVING count(DISTINCT person) = 1
), acting AS (
  SELECT s.event_uid AS uid, b.belief, lower(s.target) AS target, lower(s.target_id) AS target_id,
    lower(s.case_id) AS case_id, lower(s.actor) AS actor,
    coalesce(s.actor, 'an unnamed account') AS who,
    CASE WHEN p.account_kind IS DISTINCT FROM 'shared' THEN lower(p.person) END AS person,
    coalesce(s.actor_type IN ('service', 'system') AND p.person IS NULL, FALSE)
      OR coalesce(p.account_kind = 'service'
        AND (p.person IS NULL OR s.actor_type IN ('service', 'system')), FALSE)
      AS nobody,
    s.action || ' on ' || coalesce(s.target, s.target_id, 'an unnamed target') || ' at '
      || strftime(s.time, '%Y-%m-%d %H:%M:%SZ') AS deed,
    s.time_earliest AS earliest,
    greatest(s.time_latest, s.time_earliest + INTERVAL 1 MICROSECOND) AS latest
  FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  LEFT JOIN act_people AS p ON p.event_uid = s.event_uid AND p.belief = b.belief
), weighed AS (
  SELECT a.uid, a.belief, w.change,
    'change ' || w.change || ' (' || CASE WHEN w.approved THEN 'approved' WHEN NOT w.approved
        THEN 'not approved' ELSE 'perhaps approved' END || coalesce(' by ' || w.approved_by, '')
      || ', ' || strftime(w.starts_at, '%Y-%m-%d %H:%M:%SZ') || ' to '
      || strftime(w.ends_latest, '%Y-%m-%d %H:%M:%SZ') || coalesce(', on ' || w.target, '') || ')'
      AS label,
    CASE WHEN w.starts_latest <= a.earliest AND a.latest <= w.ends_at THEN TRUE END AS covers,
    CASE WHEN w.target IS NULL OR lower(w.change) = a.case_id THEN TRUE
      WHEN lower(w.target) IN (a.target, a.target_id) THEN TRUE
      WHEN coalesce(a.target, a.target_id) IS NULL THEN NULL ELSE FALSE END AS concerns,
    CASE WHEN NOT w.approved THEN FALSE WHEN w.approved_latest < a.earliest THEN w.approved
      WHEN w.approved_at >= a.latest THEN FALSE END AS approved,
    CASE WHEN w.approved_by IS NULL THEN FALSE
      WHEN lower(w.approved_by) IN (a.actor, a.person) THEN TRUE
      WHEN a.nobody AND y.person IS NOT NULL THEN FALSE ELSE y.person = a.person END AS own,
    'person behind account ' || CASE WHEN y.person IS NULL THEN w.approved_by ELSE a.who END
      AS stranger
  FROM acting AS a
  JOIN change_windows AS w ON w.starts_at < a.latest AND w.ends_latest > a.earliest
  LEFT JOIN resolved AS y ON y.name = lower(w.approved_by)
), counted AS (
  SELECT *, covers AND concerns AND approved AND NOT own AS counts,
    concat_ws(' and ', CASE WHEN NOT approved THEN 'it was not approved before the act' END,
      CASE WHEN NOT concerns THEN 'it is for another target' END,
      CASE WHEN own THEN 'the actor approved it' END) AS faults
  FROM weighed
), summed AS (
  SELECT uid, belief, bool_or(counts) AS some, bool_or(counts IS NULL) AS perhaps,
    string_agg(label, ', ' ORDER BY label) FILTER (WHERE counts) AS found,
    string_agg(label || ' may not cover it', '; ' ORDER BY label) FILTER (WHERE counts IS NULL)
      AS doubted,
    string_agg(label || ' does not: ' || faults, '; ' ORDER BY label) FILTER (WHERE NOT counts)
      AS refused,
    flatten(list(list_filter([
      CASE WHEN covers IS NULL THEN 'exact time of the act and of change ' || change END,
      CASE WHEN concerns IS NULL THEN 'target of the act' END,
      CASE WHEN own IS NULL THEN stranger END,
      CASE WHEN approved IS NULL THEN 'when change ' || change || ' was approved' END
    ], lambda fact: fact IS NOT NULL)) FILTER (WHERE counts IS NULL)) AS missing
  FROM counted GROUP BY uid, belief
), recorded AS (
  SELECT count(*) AS changes FROM change_windows
), judged AS (
  SELECT a.uid, a.belief, a.deed, m.* EXCLUDE (uid, belief), k.changes,
    CASE WHEN m.some THEN TRUE WHEN m.perhaps THEN NULL ELSE FALSE END AS value
  FROM acting AS a CROSS JOIN recorded AS k
  LEFT JOIN summed AS m ON m.uid = a.uid AND m.belief = a.belief
)
SELECT uid AS event_uid, belief, value,
  CASE WHEN value THEN deed || ' lies in the window of ' || found
    ELSE concat_ws('; ', CASE WHEN value IS NULL
        THEN 'it is not known whether an approved change covers ' ELSE 'no approved change covers '
        END || deed, doubted, refused, 'changes listed: ' || CAST(changes AS VARCHAR))
    END AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[]) ELSE list_sort(list_distinct(missing))
    END AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM judged
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `approved` and `covers`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _FIXED) for key in params if key not in _FIXED
    }
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {str(only).lower()}."
    return {key: fault for key, fault in faults.items() if fault}


def learns(_: Mapping[str, Any]) -> Learns:
    """What was recorded of the worker."""
    return "of_actor"


def sql(_: Mapping[str, Any]) -> exp.Query:
    """True when an approved change certainly covers the act; false when certainly none does."""
    return statement(_SQL)
