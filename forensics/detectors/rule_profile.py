"""What each Sigma rule costs: asked alone of its log source, and all of them in one pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time
from typing import TypeVar

from sigma.correlations import SigmaCorrelationRule

from forensics.detectors.facts import Facts
from forensics.detectors.rule_coverage import SCHEMA, heading, sources, unsupported
from forensics.engine import Engine
from forensics.findings.rules import RuleCost, RuleProfile
from forensics.rules import correlate_run, logsource, match
from forensics.rules.load import Rule, RuleSet
from forensics.rules.logsource import LogSource
from forensics.rules.one_pass import Pass

T = TypeVar("T")

_METHOD = (
    "Seconds of processor time over all threads of the process, the lesser of two runs. Each rule "
    "is compiled and asked by itself of the records of its log source, after all rules were asked "
    "together as a scan does, so the records are in memory; in a scan rules share one reading of "
    "each record."
)


def profile(facts: Facts, rules: RuleSet, *, tool_version: str) -> RuleProfile:
    """The rules that the case can be asked, the dearest first; times differ from run to run."""
    run, together = _timed(lambda: match.scan(facts.engine, rules.rules, sources(facts)))
    present = match.held(facts.engine, sources(facts))
    found = []
    for rule in rules.rules:
        if rule.id not in run.evaluated:
            continue
        matches, seconds = _timed(partial(_alone, facts.engine, rule, present))
        records = run.evaluated[rule.id]
        found.append(RuleCost(**heading(rule), records=records, matches=matches, seconds=seconds))
    lost = [*run.unsupported.items(), *run.not_applicable.items()]
    return RuleProfile(
        schema=SCHEMA,
        tool_version=tool_version,
        method=_METHOD,
        together=together,
        alone=sum(one.seconds for one in found),
        rules=tuple(sorted(found, key=lambda one: (-one.seconds, one.id))),
        not_asked=len(lost),
        incomplete=(
            *(f"{fault.place}: {fault.message}" for fault in rules.faults),
            *unsupported(rules.rules, run),
        ),
        custody=facts.custody(),
    )


def _timed(asked: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and the processor time that took, the lesser of two times."""
    seconds = []
    for _ in range(2):
        began = process_time()
        found = asked()
        seconds.append(process_time() - began)
    return found, min(seconds)


def _alone(engine: Engine, rule: Rule, present: list[LogSource]) -> int:
    """How many events a rule matches when nothing else is asked."""
    if isinstance(rule.sigma, SigmaCorrelationRule):
        with match.alone(engine, rule.sigma, present) as plan:
            return int(correlate_run.ask(engine, rule.id, plan).matches.num_rows)
    by_itself = Pass(logsource.scope(rule.sigma.logsource, present))
    by_itself.rules[rule.id] = by_itself.compile(rule.sigma)
    return sum(table.num_rows for table in by_itself.run(engine))
