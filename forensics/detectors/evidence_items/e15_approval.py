"""Is a valid approval or instruction on file?

Only what the logs record as an approval counts: it can miss an instruction by mail or mouth.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, clock
from forensics.engine import Row

_RECORDED = """
SELECT count(*) AS n,
  coalesce(min(time) FILTER (WHERE source = $source) <= $at - INTERVAL 1 DAY, FALSE) AS before
FROM events WHERE starts_with(action, 'approval.')
"""
# For this case, or for such an act within a day before; a grant by the acting person is none.
_RECORDS = """
SELECT event_uid, time, actor, approval_by, action,
  list_contains($accounts, lower(actor)) AS by_self, moment <= $at AS before
FROM item_target
WHERE starts_with(action, 'approval.') AND coalesce(approval_for, $action) = $action
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
  AND ((case_id = $case_id AND moment <= $at + INTERVAL 1 DAY)
    OR (moment <= $at AND moment > $at - INTERVAL 1 DAY))
ORDER BY moment, event_uid
"""


def _answer(act: Act) -> Known | NotKnown:
    recorded = act.row(_RECORDED)
    if not recorded["n"]:
        return NotKnown("approvals: none is recorded for anything")
    rows = act.rows(_RECORDS)
    cited = tuple(row["event_uid"] for row in rows)
    before = [row for row in rows if row["before"]]
    standing = [row for row in _standing(before) if not row["by_self"]]
    if standing:
        last = standing[-1]
        whom = last["actor"] + (f" as {last['approval_by']}" if last["approval_by"] else "")
        value = f"An approval is on file: granted by {whom} at {clock(last['time'])}."
        return Known("granted", value, evidence=cited)
    refused = [row for row in before if row["action"] in ("approval.deny", "approval.revoke")]
    if refused:
        word = "denied" if refused[-1]["action"] == "approval.deny" else "revoked"
        value = f"Approval was {word} by {refused[-1]['actor']} at {clock(refused[-1]['time'])}."
        return Known("refused", value, evidence=cited)
    granted = [row for row in rows if row["action"] == "approval.grant"]
    if granted:
        why = "by the acting person" if granted[0]["by_self"] else "only after the act"
        return Known("none", f"An approval was granted {why}.", evidence=cited)
    if not rows and not recorded["before"]:
        return NotKnown("approvals of a day before: none is recorded so early in its source")
    told = (
        "Approval was asked for; that it was granted is not recorded."
        if rows
        else "No approval is recorded as asked for or granted."
    )
    return Known("none", told, evidence=cited)


def _standing(before: list[Row]) -> list[Row]:
    """The grants that nobody took back: their giver, or by a revocation who had granted nothing."""
    standing: dict[str, Row] = {}
    givers = {row["actor"] for row in before if row["action"] == "approval.grant"}
    for row in before:
        if row["action"] == "approval.grant":
            standing[row["actor"]] = row
        elif row["action"] in ("approval.deny", "approval.revoke"):
            standing.pop(row["actor"], None)
            if row["action"] == "approval.revoke" and row["actor"] not in givers:
                standing.clear()
    return sorted(standing.values(), key=lambda row: (row["time"], row["event_uid"]))


ITEM = Item(
    id="E15",
    question="Is a valid approval or instruction on file?",
    method="Approval records on the target for the same verb, of the same case or within a day "
    "before the act: a grant by another person that was not taken back.",
    outcomes=("granted", "refused", "none"),
    settles=("An instruction or approval on file outside these logs.",),
    answer=_answer,
    query=lambda act: act.terms(act.on_target, "action:approval.*", after=timedelta(days=1)),
)
