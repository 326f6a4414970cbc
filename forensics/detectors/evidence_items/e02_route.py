"""Was the target opened from the queue, or searched for?

It goes by the tool that records name; a link that somebody sent looks like a search or like
nothing, so it can miss how the target came to be in view.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown

_STEPS = """
SELECT event_uid, lower(tool) AS tool, action FROM item_target
WHERE list_contains($accounts, lower(actor)) AND moment <= $at AND moment > $at - INTERVAL 24 HOUR
  AND tool IS NOT NULL AND (session_id IS NOT DISTINCT FROM $session OR event_uid = $uid)
ORDER BY moment, event_uid
"""
_WAYS = {"queue": "queue", "search": "search"}


def _answer(act: Act) -> Known | NotKnown:
    steps = act.rows(_STEPS)
    if not steps:
        return NotKnown("which tool the target was reached with")
    cited = tuple(row["event_uid"] for row in steps)
    tools = [row["tool"] for row in steps]
    way = next((tool for tool in tools if tool in _WAYS), None)
    if way == "queue":
        return Known(
            "queue", "By the tool on record, the target was opened from the queue.", evidence=cited
        )
    if way == "search":
        then = "" if tools[-1] == "search" else f", and acted on from the {tools[-1]}"
        return Known(
            "search", f"By the tool on record, the target was searched for{then}.", evidence=cited
        )
    value = (
        f"By the tool on record, the act was not reached from the queue but from the {tools[-1]}."
    )
    return Known("neither", value, evidence=cited)


ITEM = Item(
    id="E2",
    question="Was the target opened from the queue, or searched for?",
    method="The first tool named queue or search among the account's records on the target in the "
    "session of the act, 24 hours back.",
    outcomes=("queue", "search", "neither"),
    settles=("The console's record of pages shown, with what led to each.",),
    answer=_answer,
    query=lambda act: act.terms(act.by_account, act.on_target, before=timedelta(hours=24)),
)
