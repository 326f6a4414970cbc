"""The relations this room derives from events, and the empty shapes of those it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources

from sqlglot import exp

from forensics.engine import Engine
from forensics.policy.statement import statement

# An approval that failed or was refused by the console approved nothing.
_APPROVALS = """
SELECT event_uid, time,
  CASE action WHEN 'approval.request' THEN 'requested' WHEN 'approval.grant' THEN 'granted'
    WHEN 'approval.deny' THEN 'denied' ELSE 'revoked' END AS state,
  CASE WHEN action <> 'approval.request' THEN actor END AS approver,
  CASE WHEN action = 'approval.request' THEN coalesce(approval_requested_by, actor)
    ELSE approval_requested_by END AS requested_by,
  approval_by AS role, approval_for AS for_action, coalesce(target, target_id) AS target, case_id,
  source, target_id, on_behalf_of, outcome, time_precision, tenant, targets
FROM events
WHERE action IN ('approval.request', 'approval.grant', 'approval.deny', 'approval.revoke')
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
"""

# A case that was assigned again shows its last assignment; one closed and opened again is open.
_CASES = """
WITH steps AS (
  SELECT event_uid, time, action, actor, coalesce(target, target_id) AS target, assignee, case_id
  FROM events
  WHERE action IN ('case.open', 'case.assign', 'case.close') AND case_id IS NOT NULL
    AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
), spans AS (
  SELECT case_id,
    coalesce(min_by(target, (time, event_uid)) FILTER (WHERE action = 'case.open'),
      min_by(target, (time, event_uid))) AS target,
    min(time) FILTER (WHERE action = 'case.open') AS opened_at,
    max(time) FILTER (WHERE action = 'case.open') AS last_opened_at,
    min_by(actor, (time, event_uid)) FILTER (WHERE action = 'case.open') AS opened_by,
    min_by(event_uid, (time, event_uid)) FILTER (WHERE action = 'case.open') AS opened_uid,
    max(time) FILTER (WHERE action = 'case.close') AS closed_at,
    max_by(assignee, (time, event_uid)) FILTER (WHERE action = 'case.assign') AS assigned_to,
    max(time) FILTER (WHERE action = 'case.assign') AS assigned_at
  FROM steps GROUP BY case_id
)
SELECT case_id, target, opened_at, opened_by, opened_uid,
  CASE WHEN last_opened_at IS NULL OR closed_at >= last_opened_at THEN closed_at END AS closed_at,
  assigned_to, assigned_at
FROM spans
"""

OF_APPROVALS = (
    "event_uid", "time", "time_precision", "source", "tenant", "actor", "action", "outcome",
    "target", "target_id", "targets", "case_id", "approval_for", "approval_by",
    "approval_requested_by", "on_behalf_of", "ordinal",
)  # fmt: skip
"""What `approval_records` has beside `time_earliest` and `time_latest`."""

APPROVALS_OF_EVENTS = """
SELECT e.event_uid, e.time, e.time_precision, e.source, e.tenant, e.actor, e.action, e.outcome,
  e.target, e.target_id, e.targets, e.case_id, e.approval_for, e.approval_by,
  e.approval_requested_by, e.on_behalf_of, CAST(NULL AS BIGINT) AS ordinal, a.time_earliest,
  a.time_latest
FROM events AS e LEFT JOIN all_acts AS a ON a.event_uid = e.event_uid
WHERE starts_with(e.action, 'approval.')
"""
"""The relation `approval_records`, which predicates that need `approvals` may read beside it."""

APPROVALS_OF_ACTS = """
SELECT event_uid, time, time_precision, source, tenant, actor, action, outcome, target, target_id,
  targets, case_id, approval_for, approval_by, approval_requested_by, on_behalf_of, ordinal,
  time_earliest, time_latest
FROM all_acts WHERE starts_with(action, 'approval.')
UNION ALL
SELECT event_uid, time, time_precision, source, tenant, actor, action, outcome, target, target_id,
  targets, case_id, approval_for, approval_by, approval_requested_by, on_behalf_of, NULL, NULL,
  NULL
FROM events WHERE time IS NULL AND starts_with(action, 'approval.')
"""
"""The same where acts have all its columns; what has no time is no act."""

# What an absent relation looks like to a predicate that can do without it; clocks that nobody
# measured or declared are taken to be off by up to five seconds, as the timeline does.
EMPTY: dict[str, str] = {
    "timed_events": """
SELECT *, 0 AS clock_segment, CAST(NULL AS BIGINT) AS ordinal, time AS time_low,
  time + to_microseconds(CASE time_precision WHEN 'us' THEN 1 WHEN 'ms' THEN 1000
    WHEN 'min' THEN 60000000 WHEN 'day' THEN 86400000000 ELSE 1000000 END) AS time_high,
  time - INTERVAL 5 SECOND AS time_earliest, time_high + INTERVAL 5 SECOND AS time_latest
FROM events
""",
    "accounts": """
SELECT CAST(NULL AS VARCHAR) AS account, CAST(NULL AS VARCHAR) AS source,
  CAST(NULL AS VARCHAR) AS person, CAST(NULL AS VARCHAR) AS kind,
  CAST(NULL AS TIMESTAMPTZ) AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
WHERE FALSE
""",
    "act_people": """
SELECT CAST(NULL AS VARCHAR) AS event_uid, CAST(NULL AS VARCHAR) AS belief,
  CAST(NULL AS VARCHAR) AS account, CAST(NULL AS VARCHAR) AS person,
  CAST(NULL AS VARCHAR) AS account_kind, CAST(NULL AS VARCHAR[]) AS phases,
  CAST(NULL AS VARCHAR) AS status, CAST(NULL AS DATE) AS last_working_day,
  CAST(NULL AS STRUCT(source VARCHAR, source_row BIGINT, last_working_day DATE,
    access_end_latest TIMESTAMPTZ)[]) AS ends
WHERE FALSE
""",
    "act_doubts": """
SELECT CAST(NULL AS VARCHAR) AS event_uid, CAST(NULL AS VARCHAR) AS sentence,
  CAST(NULL AS VARCHAR[]) AS evidence
WHERE FALSE
""",
    "employment": """
SELECT CAST(NULL AS VARCHAR) AS person, CAST(NULL AS VARCHAR) AS email,
  CAST(NULL AS VARCHAR) AS manager, CAST(NULL AS VARCHAR) AS feed, CAST(NULL AS BIGINT) AS fact_no,
  CAST(NULL AS TIMESTAMPTZ) AS recorded_at, CAST(NULL AS TIMESTAMPTZ) AS known_from
WHERE FALSE
""",
    "shifts": """
SELECT CAST(NULL AS VARCHAR) AS person, CAST(NULL AS TIMESTAMPTZ) AS starts_at,
  CAST(NULL AS TIMESTAMPTZ) AS starts_latest, CAST(NULL AS TIMESTAMPTZ) AS ends_at,
  CAST(NULL AS TIMESTAMPTZ) AS ends_latest, CAST(NULL AS VARCHAR) AS source
WHERE FALSE
""",
    "holidays": """
SELECT CAST(NULL AS DATE) AS day, CAST(NULL AS VARCHAR) AS place_kind,
  CAST(NULL AS VARCHAR) AS place, CAST(NULL AS VARCHAR) AS name
WHERE FALSE
""",
    "listed_entitlements": """
SELECT CAST(NULL AS VARCHAR) AS account, CAST(NULL AS VARCHAR) AS person,
  CAST(NULL AS VARCHAR) AS held, CAST(NULL AS TIMESTAMPTZ) AS from_earliest,
  CAST(NULL AS TIMESTAMPTZ) AS from_latest, CAST(NULL AS TIMESTAMPTZ) AS to_earliest,
  CAST(NULL AS TIMESTAMPTZ) AS to_latest, CAST(NULL AS VARCHAR) AS basis,
  CAST(NULL AS VARCHAR) AS source, CAST(NULL AS BIGINT) AS source_row
WHERE FALSE
""",
    "addresses": """
SELECT CAST(NULL AS VARCHAR) AS src_ip, CAST(NULL AS VARCHAR) AS ip,
  CAST(NULL AS VARCHAR[]) AS labels
WHERE FALSE
""",
    "enrichment": "SELECT CAST(NULL AS VARCHAR) AS input WHERE FALSE",
    "protected_targets": """
SELECT CAST(NULL AS VARCHAR) AS target, CAST(NULL AS VARCHAR) AS tier,
  CAST(NULL AS TIMESTAMPTZ) AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
WHERE FALSE
""",
    "tickets": """
SELECT CAST(NULL AS VARCHAR) AS case_id, CAST(NULL AS VARCHAR) AS type,
  CAST(NULL AS VARCHAR) AS queue, CAST(NULL AS VARCHAR[]) AS targets,
  CAST(NULL AS VARCHAR) AS state, CAST(NULL AS TIMESTAMPTZ) AS state_since,
  CAST(NULL AS TIMESTAMPTZ) AS state_latest, CAST(NULL AS TIMESTAMPTZ) AS opened_at,
  CAST(NULL AS TIMESTAMPTZ) AS opened_latest, CAST(NULL AS VARCHAR) AS opened_by,
  CAST(NULL AS TIMESTAMPTZ) AS closed_at, CAST(NULL AS TIMESTAMPTZ) AS closed_latest,
  CAST(NULL AS VARCHAR) AS assignee, CAST(NULL AS TIMESTAMPTZ) AS assigned_at,
  CAST(NULL AS TIMESTAMPTZ) AS assigned_latest, CAST(NULL AS VARCHAR) AS source
WHERE FALSE
""",
    "team_members": """
SELECT CAST(NULL AS VARCHAR) AS team, CAST(NULL AS VARCHAR) AS member,
  CAST(NULL AS TIMESTAMPTZ) AS from_earliest, CAST(NULL AS TIMESTAMPTZ) AS from_latest,
  CAST(NULL AS TIMESTAMPTZ) AS to_earliest, CAST(NULL AS TIMESTAMPTZ) AS to_latest,
  CAST(NULL AS VARCHAR) AS source, CAST(NULL AS BIGINT) AS source_row
WHERE FALSE
""",
}

# Relations whose SQL stands in a file of its own, and what they read that may not be there.
_WRITTEN: dict[str, tuple[str, ...]] = {
    "entitlements": ("timed_events", "listed_entitlements"),
    "managers": ("employment", "accounts"),
}


def with_absent(present: Collection[str], used: Iterable[str]) -> exp.Select:
    """A `SELECT` to complete, over the used relations that are not there, each empty."""
    query = exp.Select()
    for name in sorted(set(used) - set(present)):
        if name in EMPTY:
            query.with_(name, as_=statement(EMPTY[name]), copy=False)
    return query


def define(engine: Engine) -> None:
    """Define `approvals`, `cases`, `entitlements` and `managers`; nothing without events."""
    present = engine.relations()
    if "events" not in present:
        return
    engine.define("approvals", _APPROVALS)
    engine.define("cases", _CASES)
    for name, used in _WRITTEN.items():
        engine.define(name, _written(name, frozenset(used) - frozenset(present)))


@cache
def _written(name: str, absent: frozenset[str]) -> str:
    text = resources.files("forensics.policy").joinpath(f"relations_{name}.sql")
    query = with_absent((), absent)
    query.with_("made", as_=statement(text.read_text(encoding="utf-8")), copy=False)
    return query.select("*").from_("made").sql(dialect="duckdb")
