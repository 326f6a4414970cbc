"""What a rule file lacks: faults that keep a rule from being evaluated, and what a good one has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sigma.rule import SigmaRule

from forensics.rules.compile import UnsupportedRuleError, compile_rule
from forensics.rules.filters import in_vain
from forensics.rules.load import Rule, RuleSet, own
from forensics.rules.logsource import LogSource, scope


@dataclass(frozen=True)
class Remark:
    """Something about one file: a fault, or only a warning."""

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
    return tuple(sorted(found, key=lambda one: (one.place, one.severity, one.message)))


def _remarks(rule: Rule) -> Iterator[Remark]:
    if isinstance(rule.sigma, SigmaRule):
        try:
            compile_rule(rule.sigma, scope(rule.sigma.logsource, _present(rule.sigma)))
        except UnsupportedRuleError as error:
            said = f"{error.message} {error.remedy or ''}".rstrip()
            yield Remark(rule.file, "fault", f"is not supported: {said}")
    for missing in _lacking(rule):
        yield Remark(rule.file, "warning", f"has no {missing}")


def _present(rule: SigmaRule) -> Sequence[LogSource]:
    """A log source that the rule speaks of, whether or not any case has it."""
    asked = rule.logsource
    name = "_".join(part for part in (asked.product, asked.service) if part) or "any"
    return [LogSource(name, asked.product or "any", asked.service)]


def _lacking(rule: Rule) -> Iterator[str]:
    if rule.sigma.id is None:
        yield "id: matches cannot be told apart from those of a rule of the same file name"
    if rule.sigma.level is None:
        yield "level: it counts as medium"
    if not rule.description:
        yield "description"
    if not rule.falsepositives:
        yield "falsepositives: an innocent explanation is never missing"
