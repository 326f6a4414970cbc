"""Global filters of Sigma: documents that take records out of rules that others wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

_PREFIX = "_filt_"
_RANDOM = 10


@dataclass(frozen=True)
class Filter:
    """One filter, and the file that it stands in."""

    title: str
    file: str
    sigma: SigmaFilter

    @property
    def fault(self) -> str | None:
        """What keeps it from being put into any rule."""
        try:
            for one in self.sigma.filter.parsed_condition:
                one.parse()
        except SigmaError as error:
            return f"the filter {self.title!r}: {' '.join(str(error.args[0]).split())}"
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
            yield one.file, f"the filter {one.title!r} names {reference.reference}: {said}"
