"""Were there failed tries, changed controls or new privileges just before?

A control changed from the inside of a system leaves no record here: it can miss it.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, any_of

_BEFORE = timedelta(hours=24)
# Tries at the act itself; controls that the account changed; rights that it was given.
_FOUND = """
SELECT event_uid, time, 'a refused or failed ' || action || ' on the target' AS what, moment
FROM item_own WHERE action = $action AND outcome IN ('denied', 'failure')
  AND (list_contains($target, lower(target)) OR list_contains($target, lower(target_id)))
UNION ALL
SELECT event_uid, time, action || coalesce(' of ' || target, '') AS what, moment FROM item_own
WHERE regexp_matches(action, '^(policy|config|logging|role)[.]')
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
UNION ALL
SELECT event_uid, time,
  action || ' to the account by ' || coalesce(actor, 'an unnamed account'), moment
FROM item_account WHERE action IN ('role.grant', 'access.grant', 'group.member_add')
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
"""


def _answer(act: Act) -> Known | NotKnown:
    found = act.near(_FOUND, "Within 24 hours before the act", before=_BEFORE)
    if found is None:
        return Known(
            "none",
            "Within 24 hours before the act no refused try, changed control or new privilege of "
            "the account is recorded.",
        )
    value, cited = found
    return Known("prepared", value, evidence=cited)


ITEM = Item(
    id="E10",
    question="Were there failed tries, changed controls or new privileges just before?",
    method="In the 24 hours before: refused or failed acts of the same verb on the target by the "
    "account, its changes of policies, roles, settings and logging, and roles, groups or access "
    "given to it. Sign-ins that failed are ordinary and not counted.",
    outcomes=("prepared", "none"),
    settles=("Change records of the console and of the identity provider.",),
    answer=_answer,
    query=lambda act: act.terms(
        f"({act.by_account} OR {any_of('target', act.accounts)})",
        "(outcome:denied OR outcome:failure OR action:policy.* OR action:config.* OR "
        "action:logging.* OR action:role.* OR action:access.grant OR action:group.member_add)",
        before=_BEFORE,
    ),
)
