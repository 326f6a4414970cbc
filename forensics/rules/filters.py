"""Global filters of Sigma: documents that take records out of rules that others wrote."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetections, SigmaRule

from forensics.rules import logsource, values
from forensics.rules.compile import UnsupportedRuleError, compile_rule, in_one_line
from forensics.rules.values import Values

_PREFIX = "_filt_"
_RANDOM = 10


@dataclass(frozen=True)
class Filter:
    """One filter, and the file and line that it stands on."""

    title: str
    place: str
    sigma: SigmaFilter

    def fault(self, given: Values) -> str | None:
        """What keeps it from being put into any rule, when placeholders stand for these values."""
        detections = copy.deepcopy(self.sigma.filter.detections)
        try:
            alone = SigmaDetections(detections, [*self.sigma.filter.condition])
            rule = SigmaRule(self.title, logsource=self.sigma.logsource, detection=alone)
            values.put(rule, given)
            compile_rule(rule, logsource.anywhere(rule.logsource))
        except SigmaError as error:
            return in_one_line(error.args[0])
        except UnsupportedRuleError as error:
            return f"{error.message} {error.remedy or ''}".rstrip()
        return None


def apply(rule: SigmaRule | SigmaCorrelationRule, filters: Sequence[Filter]) -> tuple[str, ...]:
    """Put into a rule the filters that are about it; their titles."""
    applied: list[str] = []
    if isinstance(rule, SigmaCorrelationRule):
        return ()
    for one in filters:
        before = set(rule.detection.detections)
        one.sigma.apply_on_rule(rule)
        added = [name for name in rule.detection.detections if name not in before]
        if added:
            applied.append(one.title)
            _rename(rule, added[0][: len(_PREFIX) + _RANDOM], f"{_PREFIX}{len(applied)}")
    return tuple(applied)


def _rename(rule: SigmaRule, drawn: str, name: str) -> None:
    """Give the selections of a filter a name that is the same each time, not one by chance."""
    rule.detection.detections = {
        name + key.removeprefix(drawn) if key.startswith(drawn) else key: detection
        for key, detection in rule.detection.detections.items()
    }
    rule.detection.condition = [one.replace(drawn, name) for one in rule.detection.condition]
    rule.detection.__post_init__()


def in_vain(
    filters: Sequence[Filter], rules: Sequence[SigmaRule | SigmaCorrelationRule]
) -> Iterator[tuple[str, str]]:
    """Place and message of each rule that a filter names without taking anything out of it."""
    for one in filters:
        named = one.sigma.filter.rules
        for reference in named if isinstance(named, list) else ():
            known = [r for r in rules if reference.reference in (str(r.id), r.name)]
            if not known:
                said = "there is no such rule"
            elif all(isinstance(rule, SigmaCorrelationRule) for rule in known):
                said = "it is a correlation; filter the rules that it stands on"
            elif not any(
                isinstance(r, SigmaRule) and r.logsource in one.sigma.logsource for r in known
            ):
                said = "its log source is another than that of the filter"
            else:
                continue
            yield one.place, f"the filter {one.title!r} names {reference.reference}: {said}"
