"""Is a valid approval or instruction on file?

Only what the logs record as an approval counts: it can miss an instruction by mail or mouth.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, clock

_RECORDED = "SELECT count(*) AS n FROM events WHERE starts_with(action, 'approval.')"
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
    if not act.row(_RECORDED)["n"]:
        return NotKnown("approvals: none is recorded for anything")
    rows = act.rows(_RECORDS)
    cited = tuple(row["event_uid"] for row in rows)
    before = [row for row in rows if row["before"]]
    last = before[-1] if before else None
    if last and last["action"] == "approval.grant" and not last["by_self"]:
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
    told = (
        "Approval was asked for; that it was granted is not recorded."
        if rows
        else "No approval is recorded as asked for or granted."
    )
    return Known("none", told, evidence=cited)


ITEM = Item(
    id="E15",
    question="Is a valid approval or instruction on file?",
    method="Approval records on the target for the same verb, of the same case or within a day "
    "before the act: the last before it must be a grant by another person.",
    outcomes=("granted", "refused", "none"),
    settles=("An instruction or approval on file outside these logs.",),
    answer=_answer,
    query=lambda act: act.terms(act.on_target, "action:approval.*", after=timedelta(days=1)),
)
