"""Run rules over the events of a case: which events match, and what was evaluated at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from forensics.engine import Engine
from forensics.rules import correlate, logsource
from forensics.rules.compile import UnsupportedRuleError
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource, Scope
from forensics.rules.one_pass import Pass


@dataclass
class RuleRun:
    """The outcome of one run; every rule is in exactly one of the three mappings.

    `matches` has the columns rule_id and event_uid, sorted. `evaluated` counts the records a rule
    was evaluated over; `not_applicable` and `unsupported` say why a rule was not evaluated.
    """

    matches: pa.Table
    evaluated: dict[str, int] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)


def scan(engine: Engine, rules: Sequence[Rule], sources: Sequence[LogSource]) -> RuleRun:
    """Evaluate the rules over the relation `events`.

    `sources` describes the log sources that the case may hold; those without a record count as
    absent. A rule that only serves correlations (Sigma's `generate: false`) is evaluated, but its
    own matches are not reported.
    """
    run = RuleRun(_NO_MATCHES)
    records = _records(engine)
    present = [source for source in sources if records.get(source.name)]
    served = _served(rules)
    passes: dict[tuple[str, tuple[str, ...] | None], Pass] = {}
    correlations: list[correlate.Correlation] = []
    for rule in rules:
        try:
            scope = _scope(rule, present)
            count = _count(scope, records)
            if not count:
                run.not_applicable[rule.id] = _absence(rule)
                continue
            if isinstance(rule.sigma, SigmaCorrelationRule):
                correlations.append(correlate.plan(rule.id, rule.sigma, scope))
            else:
                together = passes.setdefault(scope.key, Pass(scope))
                condition = together.compile(rule.sigma)
                if id(rule.sigma) not in served:
                    together.rules[rule.id] = condition
            run.evaluated[rule.id] = count
        except UnsupportedRuleError as error:
            run.unsupported[rule.id] = error.message
    found = [table for together in passes.values() for table in together.run(engine)]
    found += [engine.table(*correlation) for correlation in correlations]
    tables = [table.cast(_NO_MATCHES.schema) for table in found]
    matches = pa.concat_tables([_NO_MATCHES, *tables])
    run.matches = matches.sort_by([("rule_id", "ascending"), ("event_uid", "ascending")])
    return run


# Of nulls, because pyarrow loads pandas to make an array of a Python list.
_NO_MATCHES = pa.table({name: pa.nulls(0, pa.string()) for name in ("rule_id", "event_uid")})


def _records(engine: Engine) -> dict[str, int]:
    rows = engine.rows("SELECT source, count(*) AS records FROM events GROUP BY source")
    return {row["source"]: row["records"] for row in rows}


def _served(rules: Sequence[Rule]) -> set[int]:
    """Parsed rules whose matches only feed correlations."""
    return {
        id(reference.rule)
        for rule in rules
        if isinstance(rule.sigma, SigmaCorrelationRule) and not rule.sigma.generate
        for reference in rule.sigma.referenced_rules
    }


def _scope(rule: Rule, present: Sequence[LogSource]) -> Scope:
    if isinstance(rule.sigma, SigmaRule):
        return logsource.scope(rule.sigma.logsource, present)
    return correlate.scope(rule.sigma, present)


def _count(scope: Scope, records: dict[str, int]) -> int:
    if scope.sources is None:
        return sum(records.values())
    return sum(records[source.name] for source in scope.sources)


def _absence(rule: Rule) -> str:
    bases = [rule.sigma] if isinstance(rule.sigma, SigmaRule) else correlate.bases(rule.sigma)
    wanted = sorted({logsource.describe(base.logsource) for base in bases})
    return f"this case holds no records of {', '.join(wanted)}"
