"""The relations this room derives from events, and the empty shapes of those it reads."""

from __future__ import annotations

from forensics.engine import Engine

# An approval that failed or was refused by the console approved nothing.
_APPROVALS = """
SELECT event_uid, time,
  CASE action WHEN 'approval.request' THEN 'requested' WHEN 'approval.grant' THEN 'granted'
    WHEN 'approval.deny' THEN 'denied' ELSE 'revoked' END AS state,
  CASE WHEN action <> 'approval.request' THEN actor END AS approver,
  CASE WHEN action = 'approval.request' THEN coalesce(approval_requested_by, actor)
    ELSE approval_requested_by END AS requested_by,
  approval_by AS role, approval_for AS for_action, coalesce(target, target_id) AS target, case_id
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

# What an absent relation looks like to a predicate that can do without it.
EMPTY: dict[str, str] = {
    "accounts": """
SELECT CAST(NULL AS VARCHAR) AS account, CAST(NULL AS VARCHAR) AS source,
  CAST(NULL AS VARCHAR) AS person, CAST(NULL AS VARCHAR) AS kind,
  CAST(NULL AS TIMESTAMPTZ) AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
WHERE FALSE
""",
    "act_people": """
SELECT CAST(NULL AS VARCHAR) AS event_uid, CAST(NULL AS VARCHAR) AS belief,
  CAST(NULL AS VARCHAR) AS account, CAST(NULL AS VARCHAR) AS person,
  CAST(NULL AS VARCHAR) AS account_kind, CAST(NULL AS VARCHAR[]) AS phases
WHERE FALSE
""",
    "act_doubts": """
SELECT CAST(NULL AS VARCHAR) AS event_uid, CAST(NULL AS VARCHAR) AS sentence,
  CAST(NULL AS VARCHAR[]) AS evidence
WHERE FALSE
""",
    "protected_targets": """
SELECT CAST(NULL AS VARCHAR) AS target, CAST(NULL AS VARCHAR) AS tier,
  CAST(NULL AS TIMESTAMPTZ) AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
WHERE FALSE
""",
}


def define(engine: Engine) -> None:
    """Define `approvals` and `cases` over `events`; nothing when there are no events."""
    if "events" not in engine.relations():
        return
    engine.define("approvals", _APPROVALS)
    engine.define("cases", _CASES)
