"""What a correlation asks, in words: `at least 10 events within 10m`."""

from __future__ import annotations

from collections.abc import Sequence

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaCorrelationType,
    SigmaExtendedCorrelationCondition,
)

from forensics.rules.correlate import NEW_TERMS
from forensics.rules.correlate_conditions import bounds, expression, written

_OPERATORS = {
    "lt": "fewer than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "eq": "exactly",
    "neq": "other than",
}
_MEASURES = {
    SigmaCorrelationType.VALUE_SUM: "sum",
    SigmaCorrelationType.VALUE_AVG: "average",
    SigmaCorrelationType.VALUE_MEDIAN: "median",
    SigmaCorrelationType.VALUE_PERCENTILE: "percentile",
}


def condition(sigma: SigmaCorrelationRule) -> str:
    """The condition and the timespan of a correlation that is evaluated."""
    return f"{_asked(sigma)} within {sigma.timespan.spec}"


def number(sigma: SigmaCorrelationRule) -> str | None:
    """What is counted or measured: `events`, `different values of target`; None is nothing."""
    if NEW_TERMS in written(sigma):
        return None
    fields = _fields(sigma)
    if sigma.type is SigmaCorrelationType.EVENT_COUNT:
        return "events"
    if sigma.type is SigmaCorrelationType.VALUE_COUNT:
        return f"different values of {' and '.join(fields)}"
    if sigma.type in _MEASURES:
        return f"{_MEASURES[sigma.type]} of {' and '.join(fields)}"
    return None


def refuting(sigma: SigmaCorrelationRule) -> list[str]:
    """What record would show that a match of it was none, by what it asks."""
    span = sigma.timespan.spec
    if NEW_TERMS in written(sigma):
        same_ = _together(sigma.group_by or [])
        return [f"A record of the {span} before with the same {same_}, in a log not read here."]
    extended = expression(sigma)
    told = []
    if extended is not None:
        for stage in sorted(extended.signs()[1]):
            rule = sigma.referenced_rules[stage]
            name = rule.rule.title or rule.reference
            told.append(f"A record within {span} of what was not found: {name}.")
    if sigma.type is SigmaCorrelationType.TEMPORAL_ORDERED:
        told.append("A clock by which these acts came in another order.")
    elif sigma.type is SigmaCorrelationType.EVENT_COUNT:
        told.append("A record by which several of these events are one act, as a repeated request.")
    return told


def _asked(sigma: SigmaCorrelationRule) -> str:
    if NEW_TERMS in written(sigma):
        return f"the first {_together(sigma.group_by or [])}"
    ordered = sigma.type is SigmaCorrelationType.TEMPORAL_ORDERED
    if isinstance(sigma.condition, SigmaExtendedCorrelationCondition):
        told = " ".join(sigma.condition.expression.split())
        return f"{told}, in this order," if ordered else told
    if ordered:
        return ", then ".join(_names(sigma))
    told = " and ".join(f"{_OPERATORS[name]} {bound:g}" for name, bound in bounds(sigma).asked)
    if sigma.type is SigmaCorrelationType.TEMPORAL:
        return f"{told} of {', '.join(_names(sigma))}"
    if sigma.type in _MEASURES:
        return f"{number(sigma)} {told}"
    return f"{told} {number(sigma)}"


def _names(sigma: SigmaCorrelationRule) -> list[str]:
    return [one.rule.title or one.reference for one in sigma.referenced_rules]


def _together(fields: Sequence[str]) -> str:
    return " with ".join(fields)


def _fields(sigma: SigmaCorrelationRule) -> list[str]:
    if not isinstance(sigma.condition, SigmaCorrelationCondition):
        return []
    given = sigma.condition.fieldref
    return [given] if isinstance(given, str) else list(given or [])
