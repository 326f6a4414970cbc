"""The path of approval of one act, as recorded: asked, granted, denied."""

from __future__ import annotations

from forensics.engine import Engine, Row
from forensics.policy.verdict import ApprovalReading

# Records of the same case, or of the same act on the same target in the day before it.
_RECORDS = """
WITH act AS (
  SELECT event_uid, time, action, case_id, target, target_id FROM events WHERE event_uid = $uid
)
SELECT a.event_uid, a.time, a.state, a.approver, a.requested_by, a.role, a.for_action, a.target,
  a.time > s.time AS after_act
FROM approvals AS a
JOIN events AS e ON e.event_uid = a.event_uid
JOIN act AS s ON coalesce(a.for_action, s.action) = s.action
  AND (a.case_id = s.case_id
    OR (a.time <= s.time AND a.time > s.time - INTERVAL 1 DAY))
  AND (coalesce(lower(e.target) IN (lower(s.target), lower(s.target_id)), FALSE)
    OR coalesce(lower(e.target_id) IN (lower(s.target), lower(s.target_id)), FALSE))
ORDER BY a.time, a.event_uid
"""

_ACT = """
SELECT action, coalesce(target, target_id, 'an unnamed target') AS target,
  strftime(time, '%Y-%m-%d %H:%M:%SZ') AS time,
  (SELECT count(*) FROM events WHERE starts_with(action, 'approval.')) AS records
FROM events WHERE event_uid = $uid
"""


def approval_reading(engine: Engine, event_uid: str) -> ApprovalReading:
    """Who asked for, granted and denied the act, and what was missing before it.

    An event that does not exist, or a case without events, has no path.
    """
    if "approvals" not in engine.relations():
        return ApprovalReading((), (), (), "This case has no record of approvals.")
    acts = engine.rows(_ACT, {"uid": event_uid})
    if not acts:
        return ApprovalReading((), (), (), "The act is not in this case.")
    rows = engine.rows(_RECORDS, {"uid": event_uid})
    return ApprovalReading(
        requested=_lines(rows, "requested"),
        granted=_lines(rows, "granted"),
        denied=_lines(rows, "denied") + _lines(rows, "revoked"),
        sentence=_sentence(acts[0], [row for row in rows if not row["after_act"]]),
        evidence=tuple(row["event_uid"] for row in rows),
    )


def _lines(rows: list[Row], state: str) -> tuple[str, ...]:
    return tuple(_line(row) for row in rows if row["state"] == state)


def _line(row: Row) -> str:
    asked = row["requested_by"] or "an unnamed account"
    what = f"{row['for_action'] or 'an unnamed action'} on {row['target'] or 'an unnamed target'}"
    when = f"{row['time']:%Y-%m-%d %H:%M:%SZ}{', after the act' if row['after_act'] else ''}"
    if row["state"] == "requested":
        return f"{asked} asked for {what} at {when}"
    role = f" ({row['role']})" if row["role"] else ""
    approver = f"{row['approver'] or 'an unnamed account'}{role}"
    return f"{approver} {row['state']} {what} to {asked} at {when}"


def _sentence(act: Row, before: list[Row]) -> str:
    what = f"{act['action']} on {act['target']}"
    if not act["records"]:
        return (
            f"No source in this case records approvals; whether {what} was approved is not known."
        )
    by_state = {row["state"]: row for row in before}
    if granted := by_state.get("granted"):
        later = [row for row in before if row["time"] >= granted["time"]]
        if withdrawn := next((row for row in later if row["state"] == "revoked"), None):
            return f"Approval of {what} was revoked before the act: {_line(withdrawn)}."
        return f"Approval was granted before the act: {_line(granted)}."
    if denied := by_state.get("denied"):
        return f"Approval was denied before the act: {_line(denied)}."
    if asked := by_state.get("requested"):
        return f"Approval was asked for and not granted before the act: {_line(asked)}."
    return f"Nobody asked for, and nobody granted, approval of {what} before {act['time']}."
