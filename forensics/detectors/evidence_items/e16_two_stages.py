"""Did another identity decide or execute it, or did it take effect hours later?

A second stage inside a system that logs only its end is not seen: it can miss it.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, clock, minutes

LATE = timedelta(hours=1)
"""From which delay on act and effect are called apart; the choice is ours."""
_BEGUN = """
SELECT event_uid, time, moment, actor, list_contains($accounts, lower(actor)) AS by_self
FROM item_target
WHERE moment <= $at AND moment > $at - INTERVAL 7 DAY AND event_uid <> $uid
  AND ((action = 'case.decide' AND case_id = $case_id)
    OR (action = $action AND outcome = 'pending')
    OR (action = 'approval.request' AND coalesce(approval_for, $action) = $action
      AND case_id = $case_id))
ORDER BY moment, event_uid LIMIT 1
"""
_KIND = "SELECT coalesce(actor_type, 'unknown') AS kind FROM events WHERE event_uid = $uid"


def _answer(act: Act) -> Known | NotKnown:
    begun = act.rows(_BEGUN)
    effect = act.effect_from
    delay = effect - act.evidence.latest if effect else timedelta()
    if delay >= LATE:
        return _late(act, minutes(delay.total_seconds()))
    if begun:
        one = begun[0]
        wait = act.at - one["moment"]
        told = f"{minutes(wait.total_seconds())} after it was begun at {clock(one['time'])}"
        cited = (one["event_uid"],)
        if not one["by_self"]:
            value = f"The act was executed {told} by another account, {one['actor']}."
            return Known("apart", value, evidence=cited)
        if wait >= LATE:
            return Known("apart", f"The act was executed {told}.", evidence=cited)
        return Known("at_once", f"The same account executed it {told}.", evidence=cited)
    if act.row(_KIND)["kind"] in ("service", "system"):
        return NotKnown("who began what a service executed")
    return NotKnown("the beginning of the act: only its execution is recorded")


def _late(act: Act, delay: str) -> Known | NotKnown:
    """What is known of an effect hours later, which later acts may as well have had."""
    value = f"The account went down {delay} or more after the act."
    if not act.rivals:
        return Known("apart", value, evidence=(act.evidence.event_uid,))
    others = [one for one in act.rivals if (one.actor or "").lower() not in act.accounts]
    if not others:
        return NotKnown("which of several acts of the account had the effect")
    named = "; ".join(f"{one.actor or 'an unnamed account'} at {clock(one.time)}" for one in others)
    value = (
        f"The account went down {delay} or more after the act, or by a later act to the same end "
        f"of another account: {named}. Which of them had the effect is not established."
    )
    uids = (act.evidence.event_uid, *(one.event_uid for one in act.rivals))
    return Known("apart", value, evidence=uids)


ITEM = Item(
    id="E16",
    question="Did another identity decide or execute it, or did it take effect hours later?",
    method="The first decision of the case, request of approval or pending act of the same verb on "
    "the target in the 7 days before, with its account; the earliest start of the outage; and "
    "later acts that may have had its effect. An hour or more, or another account, is apart.",
    outcomes=("apart", "at_once"),
    settles=("The console's record of queued jobs and second stages.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.on_target,
        f"(action:case.decide OR action:approval.request OR action:{act.evidence.action})",
        before=timedelta(days=7),
    ),
)
