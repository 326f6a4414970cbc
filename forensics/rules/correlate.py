"""Sigma correlations as SQL: `event_count` over a true sliding window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field
from forensics.errors import ForensicsError
from forensics.rules import logsource
from forensics.rules.compile import UnsupportedRuleError, compile_rule, resolver
from forensics.rules.logsource import LogSource, Scope

# An event takes part when some window that reaches the threshold ends at it or after it, and
# still holds it: both windows have the same length and include their ends.
_SLIDING = """
SELECT $rule_id AS rule_id, event_uid
FROM (
    SELECT event_uid, max(reached) OVER (
        PARTITION BY key ORDER BY time
        RANGE BETWEEN CURRENT ROW AND to_seconds($seconds) FOLLOWING
    ) AS most
    FROM (
        SELECT event_uid, time, key, count(*) OVER (
            PARTITION BY key ORDER BY time
            RANGE BETWEEN to_seconds($seconds) PRECEDING AND CURRENT ROW
        ) AS reached
        FROM hits
    )
)
WHERE most >= $threshold
"""


class Correlation(NamedTuple):
    """A query that gives rule_id and event_uid, and its parameters."""

    sql: str
    parameters: dict[str, Any]


def bases(sigma: SigmaCorrelationRule) -> list[SigmaRule]:
    """The rules a correlation counts; a correlation of correlations is not supported."""
    found = [reference.rule for reference in sigma.referenced_rules]
    if any(isinstance(base, SigmaCorrelationRule) for base in found):
        raise UnsupportedRuleError("correlations of correlations are not evaluated")
    return [base for base in found if isinstance(base, SigmaRule)]


def scope(sigma: SigmaCorrelationRule, present: Sequence[LogSource]) -> Scope:
    """The scope its rules have in common; they must not speak of different log sources."""
    scopes = [logsource.scope(base.logsource, present) for base in bases(sigma)]
    if any(other != scopes[0] for other in scopes[1:]):
        raise UnsupportedRuleError("its rules speak of different log sources")
    return scopes[0]


def plan(rule_id: str, sigma: SigmaCorrelationRule, scope: Scope) -> Correlation:
    """The query of one correlation rule; `UnsupportedRuleError` says what is not evaluated.

    The events of every window that reaches the threshold match. Events without a time, or without
    a value to group by, are not counted: unknown values are not the same value.
    """
    if sigma.type is not SigmaCorrelationType.EVENT_COUNT:
        kind = sigma.type.name.lower()
        raise UnsupportedRuleError(f"correlations of the type {kind} are not evaluated")
    if len(sigma.aliases):
        raise UnsupportedRuleError("correlations with aliases are not evaluated")
    condition = matching.any_of([compile_rule(base, scope) for base in bases(sigma)])
    hits = _hits(exp.paren(condition), _keys(sigma.group_by or [], scope))
    parameters = {
        "rule_id": rule_id,
        "seconds": sigma.timespan.seconds,
        "threshold": _threshold(sigma.condition),
    }
    return Correlation("".join(("WITH hits AS (", hits, ")", _SLIDING)), parameters)


def _threshold(condition: object) -> float:
    operators = SigmaCorrelationConditionOperator
    if not isinstance(condition, SigmaCorrelationCondition):
        raise UnsupportedRuleError("conditions over several rules are not evaluated")
    if condition.op is operators.GTE:
        return condition.count
    if condition.op is operators.GT and isinstance(condition.count, int):
        return condition.count + 1
    raise UnsupportedRuleError(
        f"the condition {condition.op.name.lower()} is not evaluated: only gt and gte are"
    )


def _keys(names: list[str], scope: Scope) -> list[exp.Expr]:
    resolve = resolver(scope)
    try:
        return [_key(resolve(name, True)) for name in names]
    except ForensicsError as error:
        raise UnsupportedRuleError(f"group-by: {error.message}", remedy=error.remedy) from error


def _key(field: Field) -> exp.Expr:
    if field.kind == "list":
        said = exp.func("list_filter", field.value.copy(), _SAID.copy(), dialect="duckdb")
        first = exp.Anonymous(this="list_extract", expressions=[said, exp.Literal.number(1)])
        return exp.Lower(this=first)
    return exp.Lower(this=exp.cast(field.value.copy(), "VARCHAR"))


_SAID = exp.Lambda(
    this=exp.column("element").is_(exp.null()).not_(), expressions=[exp.to_identifier("element")]
)


def _hits(condition: exp.Expr, keys: list[exp.Expr]) -> str:
    known = [value.copy().is_(exp.null()).not_() for value in (exp.column("time"), *keys)]
    key = exp.array(*(keys or [exp.Literal.string("")]), dialect="duckdb")
    columns = exp.column("event_uid"), exp.column("time"), key.as_("key")
    return (
        exp.select(*columns)
        .from_("events")
        .where(condition, *known, copy=False)
        .sql(dialect="duckdb")
    )
