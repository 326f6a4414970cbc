"""What became of earlier reports on the same target?

Reports decided outside this console, or before the logs begin, are not counted: it can miss them.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, n_of
from forensics.findings.document import Count

ENOUGH_REPORTS = 5
"""Earlier reports without which "never acted on" says nothing; the number is ours."""
_REPORTS = """
WITH reports AS (
  SELECT case_id, min_by(event_uid, moment) AS opened, min(moment) AS since FROM item_target
  WHERE action = 'case.open' AND moment < $at AND case_id IS NOT NULL
    AND case_id IS DISTINCT FROM $case_id
  GROUP BY case_id
), decided AS (
  SELECT case_id,
    bool_or(list_contains($destructive, action)
      AND coalesce(outcome, 'unknown') IN ('success', 'unknown')) AS acted,
    bool_or(NOT list_contains($accounts, lower(actor))
      AND action IN ('case.decide', 'case.close')) AS by_others
  FROM item_target WHERE moment < $at AND case_id IS NOT NULL GROUP BY case_id
)
SELECT r.opened, coalesce(d.acted, false) AS acted, coalesce(d.by_others, false) AS by_others
FROM reports AS r LEFT JOIN decided AS d USING (case_id) ORDER BY r.since, r.opened
"""
_MOST_CITED = 20


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_REPORTS)
    acted = sum(row["acted"] for row in rows)
    counts = (
        Count(label="earlier reports on the target that led to such an act", n=acted, of=len(rows)),
        Count(
            label="earlier reports on the target that others decided",
            n=sum(row["by_others"] for row in rows),
            of=len(rows),
        ),
    )
    if len(rows) < ENOUGH_REPORTS and not acted:
        return NotKnown(
            f"enough earlier reports on the target: {len(rows)}, none of which led to such an act, "
            f"and {ENOUGH_REPORTS} are needed",
            counts,
        )
    reports = f"{n_of(len(rows), 'earlier report')} on the target {act.looked_back}"
    led = f"{acted} of {reports} led to such an act."
    shown = [row for row in rows if row["acted"]] or rows
    cited = tuple(row["opened"] for row in shown[-_MOST_CITED:])
    return Known("acted_on" if acted else "never", led, counts, cited)


ITEM = Item(
    id="E6",
    question="What became of earlier reports on the same target?",
    method="Other cases opened on the target in the 90 days before the act, and whether a "
    "destructive act on the target names the case; below 5 reports nothing is said.",
    outcomes=("never", "acted_on"),
    settles=("The written rule for reports on such targets.",),
    answer=_answer,
    query=lambda act: act.terms(act.on_target, "action:case.*"),
)
