"""Had the account looked the target up before, without a case?

Only look-ups that a source records are seen: it can miss a profile read in the public product.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, n_of
from forensics.findings.document import Count

_LOOKS = """
SELECT event_uid, session_id IS NOT DISTINCT FROM $session AS same_session FROM item_target
WHERE list_contains($accounts, lower(actor)) AND case_id IS NULL AND moment < $at
  AND action IN ('case.view', 'access.read', 'other')
ORDER BY moment, event_uid
"""
_RECORDED = """
SELECT count(*) AS n FROM events
WHERE source = $source AND action IN ('case.view', 'access.read')
"""
_OF = """
SELECT count(*) AS n FROM item_own
WHERE action IN ('case.view', 'access.read') AND moment < $at
"""


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_LOOKS)
    if not rows and not act.row(_RECORDED)["n"]:
        return NotKnown("who looked at which account without acting on it")
    looks = max(act.row(_OF)["n"], len(rows))
    counts = (Count(label="own look-ups, on this target without a case", n=len(rows), of=looks),)
    if not rows:
        value = (
            f"No look-up of the target by the account without a case is recorded {act.looked_back}."
        )
        return Known("none", value, counts)
    here = sum(row["same_session"] for row in rows)
    where = f", {here} of them in the session of the act" if here else ""
    found = n_of(len(rows), "earlier look-up")
    return Known(
        "looked_up",
        f"{found} of the target without a case {act.looked_back}{where}.",
        counts,
        tuple(row["event_uid"] for row in rows),
    )


ITEM = Item(
    id="E5",
    question="Had the account looked the target up before, without a case?",
    method="Reads and views of the target by the account in the 90 days before the act that name "
    "no case.",
    outcomes=("looked_up", "none"),
    settles=("Read logs of the product itself, beside those of the console.",),
    answer=_answer,
    query=lambda act: act.terms(act.by_account, act.on_target),
)
