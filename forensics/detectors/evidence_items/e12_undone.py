"""Did the account undo it, report it or write it into the case within half an hour?

A telephone call or a word to a colleague is in no log: it can miss a report.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, stamped

_SOON = timedelta(minutes=30)
_AFTER = """
SELECT event_uid, time, time_earliest, time_latest, action, moment FROM item_target
WHERE list_contains($accounts, lower(actor)) AND moment > $at AND moment <= $at + $soon
  AND action IN ('account.restore', 'account.activate', 'account.unsuspend', 'account.unlock',
    'content.restore', 'case.open', 'case.note')
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
ORDER BY moment, event_uid
"""
_SEEN = "SELECT max(time) AS last FROM events WHERE source = $source"
_WORDS = {"case.open": "opened a case on it", "case.note": "wrote a note on it"}


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_AFTER, soon=_SOON)
    if rows:
        does = _WORDS.get(rows[0]["action"], "undid the act itself")
        value = f"The account {does} at {stamped(rows[0])}."
        return Known("undone", value, evidence=tuple(row["event_uid"] for row in rows))
    if act.row(_SEEN)["last"] < act.evidence.time + _SOON:
        return NotKnown("the half hour after the act")
    return Known(
        "none", "No record of the 30 minutes after the act shows the account undo or report it."
    )


ITEM = Item(
    id="E12",
    question="Did the account undo it, report it or write it into the case within half an hour?",
    method="The account's own restoring acts, notes and new cases on the target in the 30 minutes "
    "after the act.",
    outcomes=("undone", "none"),
    settles=("The account holder's own statement.", "Messages to colleagues of that half hour."),
    answer=_answer,
    query=lambda act: act.terms(act.by_account, act.on_target, before=timedelta(), after=_SOON),
)
