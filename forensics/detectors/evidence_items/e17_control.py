"""Was the control that should have stopped it off or absent for everyone?

It compares like acts by others: it can miss a control that was off for a short time only.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown
from forensics.findings.document import Count

# Acts of the same verbs on protected targets, by anybody, with or without a grant before.
_OTHERS = """
WITH guarded AS (
  SELECT a.event_uid, a.time, lower(a.actor) AS actor, lower(a.target) AS target, a.action,
    a.case_id, a.outcome
  FROM acts AS a JOIN protected_targets AS p
    ON lower(p.target) = lower(a.target) AND (p.valid_from IS NULL OR p.valid_from <= a.time)
    AND (p.valid_to IS NULL OR a.time < p.valid_to)
  WHERE list_contains($verbs, a.action) AND a.event_uid <> $uid
)
SELECT g.event_uid, g.outcome, bool_or(ap.event_uid IS NOT NULL) AS granted
FROM guarded AS g LEFT JOIN approvals AS ap
  ON ap.state = 'granted' AND ap.time <= g.time AND lower(ap.target) = g.target
  AND coalesce(ap.for_action, g.action) = g.action AND lower(ap.approver) <> g.actor
  AND (ap.case_id = g.case_id OR ap.time > g.time - INTERVAL 1 DAY)
GROUP BY ALL ORDER BY g.event_uid
"""
_OWN_GRANT = """
SELECT count(*) AS n FROM item_target WHERE action = 'approval.grant' AND moment <= $at
  AND NOT list_contains($accounts, lower(actor)) AND coalesce(approval_for, $action) = $action
  AND (case_id = $case_id OR moment > $at - INTERVAL 1 DAY)
"""
_PROTECTED = """
SELECT count(*) AS n FROM protected_targets WHERE list_contains($target, lower(target))
  AND (valid_from IS NULL OR valid_from <= $at) AND (valid_to IS NULL OR $at < valid_to)
"""
_KINDS = ["account.deactivate", "account.suspend", "account.delete", "account.lock"]


def _answer(act: Act) -> Known | NotKnown:
    known = act.facts.engine.relations()
    if "protected_targets" not in known or "approvals" not in known:
        return NotKnown("which targets need a second person")
    if not act.row(_PROTECTED)["n"]:
        return Known("not_due", "The target is not listed as protected; no control was due.")
    if act.row(_OWN_GRANT)["n"]:
        return Known("not_tested", "A second person had granted it, so the control was not tested.")
    verbs = sorted({act.evidence.action, *_KINDS})
    others = act.rows(_OTHERS, verbs=verbs)
    done = [row for row in others if row["outcome"] in ("success", "unknown")]
    bare = [row for row in done if not row["granted"]]
    refused = [row for row in others if row["outcome"] in ("denied", "failure")]
    counts = (
        Count(label="other such acts on protected targets without a second person", n=len(bare),
              of=len(done)),
        Count(label="other such tries on protected targets that were refused", n=len(refused),
              of=len(others)),
    )  # fmt: skip
    told = (
        "The act was carried out and no grant by a second person is recorded. The same is so of "
        f"{len(bare)} of {len(done)} other such acts on protected targets; {len(refused)} of "
        f"{len(others)} tries were refused."
    )
    cited = tuple(row["event_uid"] for row in (bare or done)[:20])
    if bare:
        return Known("absent", told, counts, cited)
    return Known("held" if refused else "passed", told, counts, cited)


ITEM = Item(
    id="E17",
    question="Was the control that should have stopped it off or absent for everyone?",
    method="Other acts that deactivate, suspend, delete or lock protected targets, with and "
    "without a grant by another person before; and such tries that were refused.",
    outcomes=("absent", "passed", "held", "not_tested", "not_due"),
    settles=("The console's configuration of two-person approval at that time.",),
    answer=_answer,
    query=lambda act: act.terms(
        "(" + " OR ".join(f"action:{verb}" for verb in (*_KINDS, "approval.grant")) + ")"
    ),
)
