"""Was it this target alone, several of a kind, or a bulk of them?

It sees the acts of one account: it can miss the same thing done through several.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, n_of
from forensics.findings.document import Count

BULK = 10
"""Targets in ten minutes from which on it is called a bulk; the number is ours."""
_AROUND = timedelta(minutes=30)
_SAME = """
SELECT event_uid, lower(target) AS target, tool, abs(epoch(moment - $at::TIMESTAMPTZ)) AS away
FROM item_own
WHERE action = $action AND target IS NOT NULL
  AND moment >= $at - $around AND moment <= $at + $around
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
ORDER BY moment, event_uid
"""
_TIERED = """
SELECT DISTINCT lower(target) AS target, tier FROM protected_targets
WHERE list_contains($names, lower(target))
  AND (valid_from IS NULL OR valid_from <= $at) AND (valid_to IS NULL OR $at < valid_to)
"""


def _answer(act: Act) -> Known | NotKnown:
    rows = act.rows(_SAME, around=_AROUND)
    others = sorted({row["target"] for row in rows} - set(act.target))
    fast = {row["target"] for row in rows if row["away"] <= 600}
    cited = tuple(row["event_uid"] for row in rows)
    alike, known = _of_the_kind(act, others)
    counts = (
        Count(label="other targets of such acts within 30 minutes, of the same tier", n=alike,
              of=len(others)),
    )  # fmt: skip
    told = f"{n_of(len(others), 'other target')} of such acts within 30 minutes either way"
    if len(fast) >= BULK:
        return Known("bulk", f"{told}; {len(fast)} targets in 20 minutes.", counts, cited)
    if alike:
        return Known("of_a_kind", f"{told}, {alike} of the same tier.", counts, cited)
    kind = ", none of the same tier" if known and others else ""
    return Known("single", f"{told}{kind}.", counts, cited)


def _of_the_kind(act: Act, others: list[str]) -> tuple[int, bool]:
    """How many other targets bear the target's tier, and whether it has one."""
    if "protected_targets" not in act.facts.engine.relations():
        return 0, False
    tiers = {row["target"]: row["tier"] for row in act.rows(_TIERED, names=[*act.target, *others])}
    own = next((tiers[name] for name in act.target if name in tiers), None)
    return sum(own is not None and tiers.get(name) == own for name in others), own is not None


ITEM = Item(
    id="E9",
    question="Was it this target alone, several of a kind, or a bulk of them?",
    method="Successful acts of the same verb by the account within 30 minutes either way; those on "
    "targets of the same protected tier are of a kind, 10 targets within 10 minutes of the act a "
    "bulk.",
    outcomes=("single", "of_a_kind", "bulk"),
    settles=("A job's own log, where a tool can act on many at once.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.by_account, f"action:{act.evidence.action}", before=_AROUND, after=_AROUND
    ),
)
