"""Run rules over the events of a case: which events match, and what was evaluated at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from forensics.engine import Engine
from forensics.rules import correlate, correlate_run, logsource
from forensics.rules.compile import UnsupportedRuleError
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource, Scope
from forensics.rules.one_pass import Pass
from forensics.rules.records import carried


@dataclass
class RuleRun:
    """The outcome of one run; every rule is in exactly one of the three mappings.

    `matches` has the columns rule_id and event_uid, sorted. `evaluated` counts the records a rule
    was evaluated over; `not_applicable` and `unsupported` say why a rule was not evaluated. `bare`
    counts by source the rules asked of rows of plain tables, of which they see only some fields.

    Of correlations, `groups` has one row for each stretch of windows that overlap: rule_id,
    group_no (from 1 in each rule), keys (the lower-case values of its `group-by`), first_time,
    last_time, reached (the greatest number that a window had; the least, where the condition asks
    for few) and events. `members` says which event_uid is in which group_no of a rule_id, and of
    which of the rules (`leaves`, numbers in `correlate.bases`).
    `undecided` lists events of which it is not known whether something followed: rule_id,
    event_uid and until, the time up to which the records would have to go; without one, the
    records would have to begin earlier.
    """

    matches: pa.Table
    groups: pa.Table = field(default_factory=lambda: correlate_run.NO_GROUPS)
    members: pa.Table = field(default_factory=lambda: correlate_run.NO_MEMBERS)
    undecided: pa.Table = field(default_factory=lambda: correlate_run.NO_UNDECIDED)
    evaluated: dict[str, int] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    unsupported: dict[str, str] = field(default_factory=dict)
    bare: dict[str, int] = field(default_factory=dict)


def scan(engine: Engine, rules: Sequence[Rule], sources: Sequence[LogSource]) -> RuleRun:
    """Evaluate the rules over the relation `events`.

    `sources` describes the log sources that the case may hold; those without a record count as
    absent. A rule that only serves correlations (Sigma's `generate: false`) is evaluated, but its
    own matches are not reported.
    """
    run = RuleRun(_NO_MATCHES)
    records = _records(engine)
    present = held(engine, sources)
    served = _served(rules)
    passes = _Passes(rules)
    plans: dict[str, correlate.Plan] = {}
    for rule in rules:
        try:
            if isinstance(rule.sigma, SigmaCorrelationRule):
                plan = correlate.plan(rule.sigma, partial(_scope, present), passes.base)
                lacking = correlate.missing(plan)
                count = _count([leaf.scope for leaf in plan.leaves], records)
            else:
                scope = _scope(present, rule.sigma)
                count = _count([scope], records)
                lacking = [] if count else [rule.sigma]
                for source in scope.sources or ():
                    if source.bare:
                        run.bare[source.name] = run.bare.get(source.name, 0) + 1
            if lacking or not count:
                run.not_applicable[rule.id] = _absence(lacking)
                continue
            if isinstance(rule.sigma, SigmaCorrelationRule):
                plans[rule.id] = plan
            else:
                passes.add(rule.sigma, scope, asked=id(rule.sigma) not in served)
            run.evaluated[rule.id] = count
        except UnsupportedRuleError as error:
            run.unsupported[rule.id] = error.message
    found = passes.run(engine)
    reported = {rule.id for rule in rules if id(rule.sigma) not in served}
    bases = _of_rules(engine, found, {leaf.name for plan in plans.values() for leaf in plan.leaves})
    answer = correlate_run.ask_all(engine, plans, bases, reported)
    run.groups, run.members, run.undecided = answer.groups, answer.members, answer.undecided
    own = _of_rules(engine, found, reported & run.evaluated.keys())
    matches = pa.concat_tables([own, answer.matches.cast(_NO_MATCHES.schema)])
    run.matches = matches.sort_by([("rule_id", "ascending"), ("event_uid", "ascending")])
    return run


def held(engine: Engine, sources: Sequence[LogSource]) -> list[LogSource]:
    """The log sources that the relation `events` has records of, and how it carries these."""
    records = _records(engine)
    return carried(engine, [source for source in sources if records.get(source.name)])


@contextmanager
def alone(
    engine: Engine, sigma: SigmaCorrelationRule, present: Sequence[LogSource]
) -> Iterator[correlate.Plan]:
    """The plan of one correlation, which can be asked within this.

    Its rules are evaluated over the sources present, by themselves. Raises as `correlate.plan`.
    """
    passes = _Passes(())
    plan = correlate.plan(sigma, partial(_scope, present), passes.base)
    with correlate_run.gathered(engine, [plan], passes.run(engine)):
        yield plan


class _Passes:
    """The passes of one run, by what their scopes have in common."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._passes: dict[tuple[str, tuple[str, ...] | None], Pass] = {}
        self._names = {id(rule.sigma): rule.id for rule in rules}

    def add(self, sigma: SigmaRule, scope: Scope, *, asked: bool = True) -> str:
        """The name of a rule's matches; raises for what is not supported, also where not asked."""
        name = self._names.setdefault(id(sigma), f"base {len(self._names)}")
        together = self._passes.setdefault(scope.key, Pass(scope))
        if name not in together.rules:
            condition = together.compile(sigma)
            if asked:
                together.rules[name] = condition
        return name

    def base(self, sigma: SigmaRule, scope: Scope) -> str:
        """The name of the matches of a rule that a correlation stands on."""
        # Of a log that the case does not hold, there is no event; an empty list is no SQL.
        return self.add(sigma, scope) if scope.sources != () else ""

    def run(self, engine: Engine) -> pa.Table:
        """The matches of all rules, those that only serve too."""
        found = [table for each in self._passes.values() for table in each.run(engine)]
        schema = _NO_MATCHES.schema
        return pa.concat_tables([_NO_MATCHES, *(table.cast(schema) for table in found)])


def _of_rules(engine: Engine, matches: pa.Table, names: Collection[str]) -> pa.Table:
    engine.register(_FOUND, matches)
    chosen = engine.table(_CHOSEN, {"names": sorted(names)})
    engine.register(_FOUND, _NO_MATCHES)
    return chosen.cast(_NO_MATCHES.schema)


_FOUND = "rules_found"
_CHOSEN = """
SELECT rule_id, event_uid FROM rules_found WHERE list_contains($names::VARCHAR[], rule_id)
"""
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


def _scope(present: Sequence[LogSource], rule: SigmaRule) -> Scope:
    return logsource.scope(rule.logsource, present)


def _count(scopes: Sequence[Scope], records: dict[str, int]) -> int:
    """Records of all the sources that the scopes speak of."""
    if any(scope.sources is None for scope in scopes):
        return sum(records.values())
    names = {source.name for scope in scopes for source in scope.sources or ()}
    return sum(records[name] for name in names)


def _absence(lacking: Sequence[SigmaRule]) -> str:
    wanted = sorted({logsource.describe(rule.logsource) for rule in lacking})
    return f"this case holds no records of {', '.join(wanted) or 'any log source'}"
