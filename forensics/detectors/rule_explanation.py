"""One Sigma rule about one event: whether it matched, and which part of it did not."""

from __future__ import annotations

from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from forensics.detectors.facts import Facts, as_document
from forensics.detectors.rule_coverage import SCHEMA, heading, sources
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.findings.rules import (
    RuleAnswer,
    RuleEvent,
    RuleExplanation,
    RuleGroup,
    RulePart,
    RuleTogether,
    RuleWindow,
)
from forensics.rules import (
    correlate,
    correlate_near,
    correlate_run,
    explain,
    logsource,
    match,
)
from forensics.rules.called import called, listed
from forensics.rules.compile import UnsupportedRuleError
from forensics.rules.correlate_conditions import written
from forensics.rules.load import Rule, RuleSet
from forensics.rules.logsource import LogSource, Scope
from forensics.timeline import pivot

_EVENT = """
SELECT event_uid, source, time, actor, action, operation, target FROM events
WHERE event_uid = $event
"""
_FEW = 8


def explained(
    facts: Facts, rules: RuleSet, named: str, event: str, *, tool_version: str
) -> RuleExplanation:
    """The rule of that name asked of the event whose id begins so.

    Raises `UsageError` when there is no such rule or event, or more than one.
    """
    rule = one(rules, named)
    uid = pivot.event(facts.engine, event)["event_uid"]
    (row,) = facts.engine.rows(_EVENT, {"event": uid})
    asking = _Asking(facts.engine, match.held(facts.engine, sources(facts)), rules, row)
    return RuleExplanation(
        schema=SCHEMA,
        tool_version=tool_version,
        event=RuleEvent(**row),
        answer=asking.answer(rule),
        incomplete=tuple(f"{fault.place}: {fault.message}" for fault in rules.faults),
        custody=facts.custody(),
    )


def one(rules: RuleSet, named: str) -> Rule:
    """The only rule that is called so, as `called` has it.

    Raises `UsageError` when there is none or more than one.
    """
    found = called(rules.rules, named)
    if not found:
        faulty = [f"{fault.place}: {fault.message}." for fault in rules.faults[:_FEW]]
        told = (
            "Name its id, file or title; forensics rules list tells them, and --rules reads others."
        )
        raise UsageError(f"There is no rule {named!r}.", remedy=" ".join((told, *faulty)))
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} rules are called {named!r}.", remedy=f"Name the id: {listed(found)}."
        )
    return found[0]


class _Asking:
    """Rules asked of one event of a case."""

    def __init__(
        self, engine: Engine, present: list[LogSource], rules: RuleSet, event: dict[str, Any]
    ) -> None:
        self._engine, self._present = engine, present
        self._by_parsed = {id(rule.sigma): rule for rule in rules.rules}
        self._event: dict[str, Any] = event

    def answer(self, rule: Rule) -> RuleAnswer:
        """What one rule says of the event."""
        try:
            if isinstance(rule.sigma, SigmaCorrelationRule):
                told = self._together(rule, rule.sigma)
            else:
                told = self._alone(rule.sigma)
        except UnsupportedRuleError as error:
            reason = f"{error.message} {error.remedy or ''}".rstrip()
            told = {"status": "unsupported", "reason": reason}
        return RuleAnswer(**heading(rule), filters=rule.filters, **told)

    def _scope(self, sigma: SigmaRule) -> Scope:
        return logsource.scope(sigma.logsource, self._present)

    def _alone(self, sigma: SigmaRule) -> dict[str, Any]:
        scope = self._scope(sigma)
        named = {source.name for source in scope.sources or ()}
        if scope.sources is not None and self._event["source"] not in named:
            wanted = logsource.describe(sigma.logsource)
            reason = f"the record is from {self._event['source']}, the rule reads {wanted}"
            return {"status": "not_applicable", "reason": reason}
        found = explain.explain(self._engine, sigma, scope, self._event["event_uid"])
        return {
            "status": "matched" if found.matched else "not_matched",
            "conditions": tuple(as_document(RulePart, part) for part in found.conditions),
        }

    def _together(self, rule: Rule, sigma: SigmaCorrelationRule) -> dict[str, Any]:
        with match.alone(self._engine, sigma, self._present) as plan:
            lacking = correlate.missing(plan)
            told = None if lacking else self._counted(rule, plan)
        below = tuple(
            self.answer(self._by_parsed[id(reference.rule)])
            for reference in sigma.referenced_rules
            if id(reference.rule) in self._by_parsed
        )
        if told is None:
            names = sorted({logsource.describe(one.logsource) for one in lacking})
            reason = f"this case holds no records of {', '.join(names)}"
            return {"status": "not_applicable", "reason": reason, "rules": below}
        if not told.groups and below and all(one.status == "not_applicable" for one in below):
            why = below[0].reason
            return {"status": "not_applicable", "reason": why, "together": told, "rules": below}
        status = "undecided" if told.undecided else "not_matched"
        return {
            "status": "matched" if told.groups else status,
            "together": told,
            "rules": below,
        }

    def _counted(self, rule: Rule, plan: correlate.Plan) -> RuleTogether:
        """The groups that the event is part of, or what the nearest windows came to."""
        found = correlate_run.ask(self._engine, rule.id, plan)
        uid = self._event["event_uid"]
        numbers = {one["group_no"] for one in found.members.to_pylist() if one["event_uid"] == uid}
        rows = [one for one in found.groups.to_pylist() if one["group_no"] in numbers]
        open_ = [one for one in found.undecided.to_pylist() if one["event_uid"] == uid]
        near = [] if rows else correlate_near.near(self._engine, plan, self._event)
        outside = None
        if not rows and not near:
            outside = correlate_near.outside(self._engine, plan, self._event)
        return RuleTogether(
            type=plan.sigma.type.name.lower(),
            condition=_condition(plan.sigma),
            group_by=tuple(plan.sigma.group_by or ()),
            timespan=plan.sigma.timespan.spec,
            groups=tuple(map(_group, sorted(rows, key=lambda one: one["group_no"]))),
            nearest=tuple(as_document(RuleWindow, one) for one in near),
            undecided=bool(open_),
            until=max((one["until"] for one in open_ if one["until"]), default=None),
            outside=outside,
        )


def _group(row: dict[str, Any]) -> RuleGroup:
    return RuleGroup(
        keys=tuple(row["keys"]),
        first_time=row["first_time"],
        last_time=row["last_time"],
        reached=row["reached"],
        events=row["events"],
    )


def _condition(sigma: SigmaCorrelationRule) -> str:
    """What a correlation asks of its windows, in its own words."""
    section = written(sigma)
    if correlate.NEW_TERMS in section:
        return "not seen before"
    told = section.get("bounds") or section.get("condition")
    if isinstance(told, dict):
        return ", ".join(f"{key} {value}" for key, value in told.items())
    return str(told) if told else "all of its rules"
