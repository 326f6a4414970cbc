"""Was a report on the target in the account's queue before the act?

A report that reached the account by word of mouth is in no log, so it can miss one.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, n_of

# Assigned to the account, and to nobody else between that and the act.
_REPORTS = """
SELECT case_id,
  min_by(event_uid, moment) FILTER (WHERE action = 'case.open') AS opened,
  max_by(event_uid, moment) FILTER (WHERE action = 'case.assign') AS dealt,
  max_by(lower(assignee), moment) FILTER (WHERE action = 'case.assign') AS assignee,
  max(moment) FILTER (WHERE action = 'case.close') AS closed_at
FROM item_target
WHERE starts_with(action, 'case.') AND case_id IS NOT NULL AND moment <= $at
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
GROUP BY case_id
HAVING bool_or(action IN ('case.open', 'case.assign'))
  AND coalesce(closed_at < max(moment) FILTER (WHERE action IN ('case.open', 'case.assign')), true)
ORDER BY case_id
"""
_RECORDED = "SELECT count(*) AS n FROM events WHERE action IN ('case.open', 'case.assign')"


def _answer(act: Act) -> Known | NotKnown:
    if not act.row(_RECORDED)["n"]:
        return NotKnown("who was given which report")
    reports = act.rows(_REPORTS)
    mine = [row for row in reports if row["assignee"] in act.accounts]
    cited = tuple(uid for row in mine or reports for uid in (row["opened"], row["dealt"]) if uid)
    if mine:
        named = ", ".join(f"case {row['case_id']}" for row in mine)
        value = f"{named} on the target had been assigned to this account before the act."
        return Known("in_queue", value[0].upper() + value[1:], evidence=cited)
    own = [row for row in reports if row["case_id"] == act.evidence.case_id]
    if own:
        whom = own[0]["assignee"] or "nobody"
        value = f"Case {own[0]['case_id']}, which the act names, was assigned to {whom}"
        return Known("elsewhere", f"{value}, not to this account.", evidence=cited)
    said = (
        f"The act names case {act.evidence.case_id}"
        if act.evidence.case_id
        else ("The act names no case")
    )
    return Known(
        "none",
        f"{said}; {n_of(len(reports), 'open report')} on the target at that time, none of them "
        "assigned to this account.",
        evidence=cited,
    )


ITEM = Item(
    id="E1",
    question="Was a report on the target in the account's queue before the act?",
    method="Cases opened on the target before the act and not closed by then; the last assignment "
    "of each is compared with the names of the account.",
    outcomes=("in_queue", "elsewhere", "none"),
    settles=("The queue's own history of who was dealt the case.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.on_target, "(action:case.open OR action:case.assign OR action:case.close)"
    ),
)
