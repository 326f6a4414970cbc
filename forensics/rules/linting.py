"""What a rule file lacks: faults that keep a rule from being evaluated, and what a good one has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sigma.rule import SigmaRule

from forensics.rules import correlate, doubts
from forensics.rules.compile import UnsupportedRuleError, compile_rule
from forensics.rules.filters import in_vain
from forensics.rules.load import Rule, RuleSet, own
from forensics.rules.logsource import Scope, anywhere


@dataclass(frozen=True)
class Remark:
    """Something about one rule or its file: a fault, or only a warning."""

    place: str
    severity: Literal["fault", "warning"]
    message: str


def lint(rules: RuleSet) -> tuple[Remark, ...]:
    """Every fault of the files, every rule that cannot be evaluated, and what good ones have."""
    found = [Remark(one.place, "fault", one.message) for one in rules.faults]
    if rules.filters:
        known = [one.sigma for one in (*rules.rules, *own().rules)]
        found += [Remark(place, "fault", told) for place, told in in_vain(rules.filters, known)]
    for rule in rules.rules:
        found += _remarks(rule)
    return tuple(sorted(found, key=_order))


def _order(one: Remark) -> tuple[str, int, str, str]:
    """By file, in that by line."""
    file, _, line = one.place.rpartition(":")
    if not line.isdigit():
        return one.place, 0, one.severity, one.message
    return file, int(line), one.severity, one.message


def _remarks(rule: Rule) -> Iterator[Remark]:
    try:
        if isinstance(rule.sigma, SigmaRule):
            compile_rule(rule.sigma, _anywhere(rule.sigma))
            doubted = doubts.of_rule(rule.sigma)
            for told in doubts.unknown_fields(rule.sigma):
                yield Remark(rule.place, "warning", f"{rule.title!r}: {told}")
        else:
            correlate.plan(rule.sigma, _anywhere, _compiled)
            doubted = doubts.of_correlation(rule.sigma)
        for told in doubted:
            yield Remark(rule.place, "fault", f"{rule.title!r}: {told}")
    except UnsupportedRuleError as error:
        said = f"{error.message} {error.remedy or ''}".rstrip()
        yield Remark(rule.place, "fault", f"{rule.title!r}: is not supported: {said}")
    for missing in _lacking(rule):
        yield Remark(rule.place, "warning", f"{rule.title!r}: has no {missing}")


def _anywhere(rule: SigmaRule) -> Scope:
    return anywhere(rule.logsource)


def _compiled(rule: SigmaRule, where: Scope) -> str:
    compile_rule(rule, where)
    return ""


def _lacking(rule: Rule) -> Iterator[str]:
    if rule.sigma.id is None:
        yield "id: matches cannot be told apart from those of a rule of the same file name"
    if rule.sigma.level is None:
        yield "level: it counts as medium"
    if not rule.description:
        yield "description"
    if not rule.falsepositives:
        yield "falsepositives: an innocent explanation is never missing"
