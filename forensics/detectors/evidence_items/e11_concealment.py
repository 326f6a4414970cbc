"""Was anything deleted or edited that would hide it, or another account used?

What was removed without a trace is not in a log: it can miss it, and gaps are listed apart.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown

_AROUND = timedelta(hours=24)
_FOUND = """
SELECT event_uid, time, moment, action || coalesce(' of ' || target, '') AS what FROM item_own
WHERE action IN ('logging.delete', 'logging.disable', 'logging.change')
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
UNION ALL
SELECT event_uid, time, moment, operation || ' on the target' FROM item_target
WHERE list_contains($accounts, lower(actor))
  AND regexp_matches(lower(operation), '(note|case|record|history).*(edit|delet|chang|remov)')
UNION ALL
SELECT event_uid, time, moment, action || ' on the target as ' || actor FROM item_target
WHERE list_contains($accounts, lower(actor)) AND lower(actor) <> $own AND source = $source
"""


def _answer(act: Act) -> Known | NotKnown:
    found = act.near(_FOUND, "Within 24 hours either way", before=_AROUND, after=_AROUND)
    if found is None:
        return Known(
            "none",
            "Within 24 hours either way no deleted or switched-off log, edited note or act of "
            "another account of the same person on the target is recorded.",
        )
    value, cited = found
    return Known("concealed", value, evidence=cited)


ITEM = Item(
    id="E11",
    question="Was anything deleted or edited that would hide it, or another account used?",
    method="Within 24 hours either way: logging deleted, switched off or changed by the account; "
    "notes, cases or records on the target edited or removed by it; acts on the target by other "
    "accounts that accounts.csv gives the same person, in the same source.",
    outcomes=("concealed", "none"),
    settles=("Logs of the log store itself.", "Sequence numbers of the source, see the gaps."),
    answer=_answer,
    query=lambda act: act.terms(
        act.by_account,
        f"(action:logging.* OR action:case.note OR {act.on_target})",
        before=_AROUND,
        after=_AROUND,
    ),
)
