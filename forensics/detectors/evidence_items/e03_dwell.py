"""How long was the case open before the decision, against the account's own habit?

Time spent before the case was opened, or in another window, is not seen: it can miss thought.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, minutes
from forensics.findings.document import Count

ENOUGH_CASES = 50
"""Own cases without which a dwell cannot be called short."""
_SHORTEST = 0.05
"""The share of own cases within which a dwell is called very short; the choice is ours."""

# To the decision where one is recorded, else to the act; the act under question is set apart.
_DWELLS = """
WITH looks AS (
  SELECT coalesce(case_id, session_id || ' ' || lower(target)) AS what, lower(actor) AS actor,
    moment, action, event_uid
  FROM item_own
  WHERE moment <= $at AND (action IN ('case.view', 'case.decide')
    OR list_contains($destructive, action))
), cases AS (
  SELECT what, actor, min(moment) FILTER (WHERE action = 'case.view') AS opened,
    coalesce(min(moment) FILTER (WHERE action = 'case.decide'),
      min(moment) FILTER (WHERE action <> 'case.view')) AS decided,
    bool_or(event_uid = $uid) AS ours,
    list(event_uid ORDER BY moment, event_uid) FILTER (WHERE event_uid IS NOT NULL) AS uids
  FROM looks WHERE what IS NOT NULL GROUP BY ALL
)
SELECT epoch(decided - opened) AS dwell, ours, uids FROM cases
WHERE decided >= opened AND decided - opened <= INTERVAL 12 HOUR
"""


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_DWELLS)
    ours = [row for row in rows if row["ours"]]
    earlier = sorted(row["dwell"] for row in rows if not row["ours"])
    if not ours:
        return NotKnown("when the account opened the case, so no time spent on it")
    dwell = ours[0]["dwell"]
    as_short = sum(one <= dwell for one in earlier)
    counts = (Count(label="own cases decided as fast or faster", n=as_short, of=len(earlier)),)
    value = f"{minutes(dwell)} from opening to decision; {as_short} of {len(earlier)} own earlier"
    if len(earlier) < ENOUGH_CASES:
        return NotKnown(
            f"enough of the account's own cases to compare with: {value} cases were as fast, and "
            f"{ENOUGH_CASES} are needed",
            counts,
        )
    short = (1 + as_short) / (len(earlier) + 1) < _SHORTEST
    median = earlier[len(earlier) // 2]
    return Known(
        "short" if short else "usual",
        f"{value} cases {act.looked_back} were as fast or faster (median {minutes(median)}).",
        counts,
        tuple(ours[0]["uids"]),
    )


ITEM = Item(
    id="E3",
    question="How long was the case open before the decision, against the account's own habit?",
    method="Seconds from the account's first look at a case to its decision, or else its act, and "
    "the share of its own earlier cases in 90 days as fast or faster; under 5 % is very short.",
    outcomes=("short", "usual"),
    settles=("The console's screen record of the case.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.by_account, "(action:case.view OR action:case.decide OR action:account.*)"
    ),
)
