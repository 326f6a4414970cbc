"""Which events match a Sigma rule of the tool's own packs or of the user's folders?

Matches of one rule by one account are one finding with a count. It can miss what no rule
describes; rules that could not be evaluated are said so and make a scan incomplete.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import pyarrow as pa

from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level
from forensics.rules.load import Rule, own
from forensics.rules.logsource import declared
from forensics.rules.match import RuleRun, scan

_MOST_EVIDENCE = 8
_GROUPED = """
SELECT m.rule_id, e.actor, count(*) AS n, min(e.time) AS first_time, max(e.time) AS last_time,
  min_by(e.target, e.time) AS target, count(DISTINCT e.target) AS targets,
  min_by(m.event_uid, (e.time, m.event_uid), 8) AS uids
FROM matches AS m JOIN events AS e USING (event_uid)
GROUP BY m.rule_id, e.actor ORDER BY m.rule_id, e.actor NULLS LAST
"""
_TOTALS = """
SELECT lower(actor) AS actor, count(*) AS n FROM events WHERE actor IS NOT NULL GROUP BY 1
"""


class SigmaMatches:
    """Every Sigma rule, asked of every event."""

    name = "sigma_matches"
    question = "Which events match a Sigma rule?"

    def find(self, facts: Facts) -> Answer:
        """One finding for each rule and account that matched."""
        loaded = own()
        described = (declared(one) for one in facts.declarations.values())
        sources = [one for one in described if one is not None]
        run = scan(facts.engine, loaded.rules, sources)
        answer = Answer(
            findings=_findings(facts, {rule.id: rule for rule in loaded.rules}, run.matches)
        )
        _ledger(answer, loaded.rules, run)
        answer.not_evaluated += [f"{fault.place}: {fault.message}" for fault in loaded.faults]
        return answer


def _ledger(answer: Answer, loaded: Sequence[Rule], run: RuleRun) -> None:
    for rule in loaded:
        name = f"rule {Path(rule.file).stem} ({rule.version})"
        if rule.id in run.evaluated:
            answer.evaluated.append(f"{name}: {run.evaluated[rule.id]} records")
        else:
            why = run.unsupported.get(rule.id) or run.not_applicable.get(rule.id) or "not run"
            answer.not_evaluated.append(f"{name}: {why}")


def _findings(facts: Facts, by_id: dict[str, Rule], matches: pa.Table) -> list[Finding]:
    if not matches.num_rows:
        return []
    facts.engine.register("matches", matches)
    groups = facts.engine.rows(_GROUPED)
    totals = {row["actor"]: row["n"] for row in facts.engine.rows(_TOTALS)}
    evidence = facts.evidence(uid for row in groups for uid in row["uids"])
    return [
        _finding(
            by_id[row["rule_id"]],
            row["actor"],
            sorted(
                (evidence[uid] for uid in row["uids"]), key=lambda one: (one.time, one.event_uid)
            ),
            Count(
                label="matching events of this account",
                n=row["n"],
                of=totals.get((row["actor"] or "").lower(), row["n"]),
            ),
            (row["first_time"], row["last_time"]),
            row["target"] if row["targets"] == 1 else None,
        )
        for row in groups
    ]


def _finding(
    rule: Rule,
    actor: str | None,
    acts: list[Evidence],
    count: Count,
    span: tuple[datetime, datetime],
    target: str | None,
) -> Finding:
    level = cast("Level", rule.level if rule.level in LEVELS else "medium")
    description = " ".join(rule.description.split())
    return Finding(
        id=stable_id("sigma_matches", rule.id, actor),
        detector="sigma_matches",
        rule=Path(rule.file).stem,
        rule_version=rule.version,
        title=rule.title,
        level=level,
        verdict="match",
        actor=actor,
        person=None,
        target=target,
        first_time=span[0],
        last_time=span[1],
        sentences=(description,) if description else (rule.title,),
        missing=(),
        evidence=tuple(acts[:_MOST_EVIDENCE]),
        counts=(count,),
        innocent=tuple(rule.falsepositives),
        refutes=("A change, ticket or approval that covers these acts.",),
        refs=(*rule.references, *rule.tags),
    )


DETECTOR = SigmaMatches()
