"""Was a warning or second confirmation shown, and overridden?

Most consoles do not log what they show, so it can miss a banner that was on every screen.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown

_NEAR = timedelta(minutes=15)
_SHOWN = """
SELECT event_uid, operation, coalesce(outcome, 'unknown') AS outcome,
  regexp_matches(lower(operation), 'overrid|acknowledg|dismiss|confirmed') OR
    action = 'policy.override' AS overridden
FROM item_target
WHERE list_contains($accounts, lower(actor)) AND moment <= $at AND moment > $at - $near
  AND event_uid <> $uid AND (action = 'policy.override'
    OR regexp_matches(lower(operation),
      'confirm|warn(ing)?_|banner|interstitial|overrid|acknowledg'))
ORDER BY moment, event_uid
"""


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_SHOWN, near=_NEAR)
    if not rows:
        return NotKnown("whether a warning or a second confirmation was shown")
    cited = tuple(row["event_uid"] for row in rows)
    overridden = next((row for row in rows if row["overridden"]), None)
    if overridden:
        value = f"Before the act the account passed {overridden['operation']} on the target."
        return Known("overridden", value, evidence=cited)
    value = f"{rows[0]['operation']} is recorded before the act; that it was passed is not."
    return Known("shown", value, evidence=cited)


ITEM = Item(
    id="E4",
    question="Was a warning or second confirmation shown, and overridden?",
    method="Records of the account on the target in the 15 minutes before the act that are "
    "policy.override, or whose operation names a confirmation, warning, banner or override.",
    outcomes=("overridden", "shown"),
    settles=("The console's screen record, or its configuration of warnings at that time.",),
    answer=_answer,
    query=lambda act: act.terms(act.by_account, act.on_target, before=_NEAR),
)
