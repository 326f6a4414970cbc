"""One Sigma rule as one SQL boolean over `events`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field, event_field, raw_field
from forensics.conditions.matching import Comparison, Wildcard
from forensics.errors import DeclarationError, ForensicsError
from forensics.rules.logsource import Scope

_WILDCARDS = {
    SpecialChars.WILDCARD_MULTI: Wildcard.ANY,
    SpecialChars.WILDCARD_SINGLE: Wildcard.ONE,
}
_COMPARISONS: dict[CompareOperators, Comparison] = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
}
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}

Resolve = Callable[[str, bool], Field]
"""Field of a name; the flag says whether a text that is not empty is asked for."""


class UnsupportedRuleError(DeclarationError):
    """A rule that is well-formed but asks for something that is not evaluated."""


def compile_rule(rule: SigmaRule, scope: Scope) -> exp.Expr:
    """The rule's condition, limited to the sources of its scope.

    Several conditions in one rule are alternatives. Raises `UnsupportedRuleError` with the reason
    when any part of the rule cannot be expressed; never leaves a part out.
    """
    resolve = resolver(scope)
    try:
        trees = [condition.parsed for condition in rule.detection.parsed_condition]
        matched = matching.any_of([_condition(tree, resolve) for tree in trees])
    except SigmaError as error:
        raise UnsupportedRuleError(" ".join(str(error.args[0]).split())) from error
    except UnsupportedRuleError:
        raise
    except ForensicsError as error:
        raise UnsupportedRuleError(error.message, remedy=error.remedy) from error
    if scope.sources is None:
        return matched
    names = [exp.Literal.string(source.name) for source in scope.sources]
    return exp.and_(exp.column("source", quoted=True).isin(*names), matched, copy=False)


def resolver(scope: Scope) -> Resolve:
    """How the field names of a rule with that scope are to be read."""
    if scope.vocabulary == "normalised":
        return lambda name, _: event_field(name)
    held = [source.columns for source in scope.sources or ()]

    def native(name: str, text_asked: bool) -> Field:
        columns = {columns.get(name) for columns in held}
        column = columns.pop() if len(columns) == 1 else None
        # The column holds NULL for an empty text; only the record tells the two apart.
        return event_field(column) if column and text_asked else raw_field(name)

    return native


def _condition(tree: Any, resolve: Resolve) -> exp.Expr:
    match tree:
        case ConditionOR():
            return matching.any_of([_condition(arg, resolve) for arg in tree.args])
        case ConditionAND():
            return matching.all_of([_condition(arg, resolve) for arg in tree.args])
        case ConditionNOT():
            return matching.negate(_condition(tree.args[0], resolve))
        case ConditionFieldEqualsValueExpression():
            return _field_value(tree.field, tree.value, resolve)
        case ConditionValueExpression():
            return _keyword(tree.value)
    raise UnsupportedRuleError(f"conditions of the kind {type(tree).__name__} are not evaluated")


def _field_value(name: str, value: Any, resolve: Resolve) -> exp.Expr:
    if isinstance(value, SigmaExpansion):
        return matching.any_of([_field_value(name, one, resolve) for one in value.values])
    field = resolve(name, _asks_for_text(value))
    match value:
        case SigmaString():
            cased = isinstance(value, SigmaCasedString)
            condition = matching.matches(field, _pattern(value), cased=cased)
        case SigmaNull():
            condition = matching.is_null(field)
        case SigmaExists():
            condition = matching.exists(field, value.exists)
        case SigmaBool():
            condition = matching.equals(field, str(value.boolean))
        case SigmaTimestampPart():
            part: Any = value.timestamp_part.name.lower()
            condition = matching.time_part(field, part, int(value.number))
        case SigmaNumber():
            condition = _number(field, value.number)
        case SigmaRegularExpression():
            condition = _regex(field, value)
        case SigmaCIDRExpression():
            condition = matching.in_network(field, value.network)
        case SigmaCompareExpression() if value.op in _COMPARISONS:
            condition = matching.compare(field, _COMPARISONS[value.op], value.number.number)
        case SigmaFieldReference():
            condition = matching.same_as(
                field,
                resolve(value.field, True),
                starts_with=value.starts_with,
                ends_with=value.ends_with,
            )
        case _:
            kind = type(value).__name__
            raise UnsupportedRuleError(f"values of the kind {kind} are not evaluated")
    return condition


def _regex(field: Field, value: SigmaRegularExpression) -> exp.Expr:
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    return matching.regex(field, str(value.regexp), flags)


def _asks_for_text(value: Any) -> bool:
    return isinstance(value, SigmaString) and any(isinstance(part, str) for part in value.s)


def _number(field: Field, number: float) -> exp.Expr:
    # As text, because identifiers of 17 digits and more do not survive a floating point cast.
    if isinstance(number, int) and field.kind != "number":
        return matching.equals(field, str(number))
    return matching.compare(field, "=", number)


def _keyword(value: Any) -> exp.Expr:
    """A value without a field: found anywhere in the raw record."""
    raw = event_field("raw")
    if isinstance(value, SigmaExpansion):
        return matching.any_of([_keyword(one) for one in value.values])
    if isinstance(value, SigmaRegularExpression):
        return _regex(raw, value)
    if isinstance(value, SigmaNumber):
        return matching.matches(raw, (Wildcard.ANY, str(value.number), Wildcard.ANY))
    if not isinstance(value, SigmaString):
        raise UnsupportedRuleError(f"keywords of the kind {type(value).__name__} are not evaluated")
    cased = isinstance(value, SigmaCasedString)
    return matching.matches(raw, (Wildcard.ANY, *_pattern(value), Wildcard.ANY), cased=cased)


def _pattern(value: SigmaString) -> tuple[str | Wildcard, ...]:
    parts: list[str | Wildcard] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise UnsupportedRuleError(f"the placeholder %{part.name}% has no values")
        parts.append(part if isinstance(part, str) else _WILDCARDS[part])
    return tuple(parts)
