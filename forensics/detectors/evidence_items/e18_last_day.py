"""Was it the last working day, and did the account sign off afterwards?

Everybody who leaves has a last day and signs off on it: it can miss all that matters.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, minutes

_SOON = timedelta(hours=1)
_OFF = """
SELECT event_uid, moment FROM item_own
WHERE action = 'session.end' AND moment > $at AND moment <= $at + $soon
  AND session_id IS NOT DISTINCT FROM $session
ORDER BY moment, event_uid LIMIT 1
"""


def _answer(act: Act) -> Known | NotKnown:
    phases = act.person.now.phases if act.person else ("unknown",)
    if phases != ("last_day",) and ("last_day" in phases or "unknown" in phases):
        return NotKnown("the last working day of the account's holder")
    off = act.rows(_OFF, soon=_SOON)
    then = ""
    if off:
        wait = minutes((off[0]["moment"] - act.at).total_seconds())
        then = f" The account signed off {wait} after the act, as at the end of any day."
    cited = tuple(row["event_uid"] for row in off)
    if "last_day" not in phases:
        value = "By the roster it was not the last working day of the account's holder."
        return Known("not_last_day", value + then, evidence=cited)
    value = "By the roster it was the last working day of the account's holder, which says little: "
    return Known("last_day", f"{value}every leaver has one.{then}", evidence=cited)


ITEM = Item(
    id="E18",
    question="Was it the last working day, and did the account sign off afterwards?",
    method="The phase of employment at the act by the roster as known now, in the worker's zone; "
    "the end of the session within an hour after the act.",
    outcomes=("last_day", "not_last_day"),
    settles=("Nothing in this item can settle a question of intent.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.by_account, "action:session.end", before=timedelta(), after=_SOON
    ),
    nearly_silent=True,
)
