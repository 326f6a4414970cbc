"""Which events match a Sigma rule of the tool's own packs or of the user's folders?

Matches of one rule by one account are one finding with a count; of a correlation, each stretch of
windows of one group that overlap. It can miss what no rule describes; rules that could not be
evaluated are said so and make a scan incomplete, and acts that the records end too early to judge
are named.
"""

from __future__ import annotations

from collections.abc import Sequence

from forensics.detectors import Answer, rule_findings, rule_ledger
from forensics.detectors.facts import Facts, stable_id
from forensics.detectors.rule_coverage import (
    asked,
    entries,
    half_seen,
    ignored,
    replacements,
    settled,
    sources,
)
from forensics.engine import Row
from forensics.findings.document import Count, Evidence, Finding
from forensics.rules.load import Rule
from forensics.rules.match import RuleRun, scan

_GROUPED = """
SELECT m.rule_id, e.actor, count(*) AS n, min(e.time) AS first_time, max(e.time) AS last_time,
  min_by(e.target, e.time) AS target, count(DISTINCT e.target) AS targets,
  min_by(m.event_uid, (time, source, sequence, file_id, record_no, event_no, event_uid), 8) AS uids
FROM rule_matches AS m JOIN events AS e USING (event_uid)
WHERE NOT list_contains($correlations, m.rule_id)
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
        loaded, ignores = settled(facts, asked(facts.rules, facts.values))
        run = scan(facts.engine, loaded.rules, sources(facts))
        run.matches, told = ignored(facts, run.matches, ignores)
        answer = Answer(findings=_findings(facts, {rule.id: rule for rule in loaded.rules}, run))
        rule_ledger.rules(answer, loaded.rules, run)
        titles = {rule.id: rule_ledger.called(rule) for rule in loaded.rules}
        answer.not_evaluated += [rule_ledger.ignored(one, titles) for one in told]
        answer.remarks += replacements(entries(loaded))
        answer.failed += half_seen(run)
        answer.failed += [f"{fault.place}: {fault.message}" for fault in loaded.faults]
        return answer


def _findings(facts: Facts, by_id: dict[str, Rule], run: RuleRun) -> list[Finding]:
    if not run.matches.num_rows:
        return []
    facts.engine.register("rule_matches", run.matches)
    correlations = [rule.id for rule in by_id.values() if rule.is_correlation]
    groups = facts.engine.rows(_GROUPED, {"correlations": correlations})
    totals: dict[str, int] = {row["actor"]: row["n"] for row in facts.engine.rows(_TOTALS)}
    evidence = facts.evidence(uid for row in groups for uid in row["uids"])
    findings = rule_findings.of_groups(facts, by_id, run, totals)
    for row in groups:
        acts = [evidence[uid] for uid in row["uids"]]
        total = totals[row["actor"].lower()] if row["actor"] else row["n"]
        findings.append(_finding(by_id[row["rule_id"]], row, acts, total))
    return findings


def _finding(rule: Rule, group: Row, acts: Sequence[Evidence], total: int) -> Finding:
    """One finding about one account, of whose `total` events some matched."""
    target = group["target"] if group["targets"] == 1 else None
    return Finding(
        **rule_findings.quoted(rule, group["actor"], target, group["first_time"]),
        id=stable_id("sigma_matches", rule.id, group["actor"]),
        actor=group["actor"],
        target=target,
        first_time=group["first_time"],
        last_time=group["last_time"],
        sentences=(rule_findings.opening(rule),),
        missing=(),
        evidence=tuple(acts),
        counts=(Count(label="matching events of this account", n=group["n"], of=total),),
    )


DETECTOR = SigmaMatches()
