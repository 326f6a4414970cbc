"""Sigma's selections, `field|modifier: value`, as SQL booleans over the fields of events."""

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
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import PythonRegexEngine
from sigma.rule.detection import SigmaDetectionItem
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

from forensics.conditions import matching, vocabulary
from forensics.conditions.fields import Field, event_field
from forensics.conditions.matching import Comparison, Wildcard
from forensics.errors import UsageError

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

# What a regular expression may hold is the database's to say, when it is compiled; the default
# policy would ask a library that writes its complaints to stderr.
POLICY = SigmaPolicy(regex_engine=PythonRegexEngine())

# Modifiers of the specification that the library knows by another name.
_SPELLED = {"utf16le": "wide"}
_OF_NUMBERS = frozenset({"gt", "gte", "lt", "lte"})
# A floating point number, as which the library reads it, cannot tell larger whole numbers apart.
_EXACT = 2**53
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})

Resolve = Callable[[str, bool], Field]
"""Field of a name; the flag says whether a text that is not empty is asked for."""


def condition(tree: Any, resolve: Resolve) -> exp.Expr:
    """A parsed condition of a Sigma rule; what is unknown does not match, as Sigma has it.

    Raises `UsageError` when a part of it cannot be expressed; never leaves a part out.
    """
    match tree:
        case ConditionOR():
            return matching.any_of([condition(arg, resolve) for arg in tree.args])
        case ConditionAND():
            return matching.all_of([condition(arg, resolve) for arg in tree.args])
        case ConditionNOT():
            return matching.negate(condition(tree.args[0], resolve))
        case ConditionFieldEqualsValueExpression():
            return _field_value(tree.field, tree.value, resolve)
        case ConditionValueExpression():
            return _keyword(tree.value)
    raise UsageError(f"conditions of the kind {type(tree).__name__} are not evaluated")


def three_valued(key: str, value: Any) -> exp.Expr:
    """One `field|modifier: value` over event columns: NULL where a column it asks of is NULL.

    A list is an alternative, unless `|all`; null asks whether the record says nothing. Raises
    `UsageError` for an unknown field or modifier, a value that does not fit it, and a word that
    a closed vocabulary does not have.
    """
    item = _item(key, value)
    asked: dict[str, Field] = {}

    def resolve(name: str, _: bool) -> Field:
        return asked.setdefault(name, event_field(name))

    name = str(item.field)
    resolve(name, True)
    told, untold = [], []
    for one in item.value:
        if isinstance(one, SigmaString):
            vocabulary.check(name, pattern(one))
        test = _field_value(name, one, resolve)
        told.append(exp.Coalesce(this=test, expressions=[exp.false()]))
        presence = isinstance(one, SigmaNull | SigmaExists)
        untold.append(test.copy() if presence else exp.cast(exp.null(), "BOOLEAN"))
    joined = matching.all_of if item.value_linking is ConditionAND else matching.any_of
    sides: list[exp.Expr] = [exp.paren(joined(parts)) for parts in (told, untold)]
    if item.negated:
        sides = [exp.Not(this=side) for side in sides]
    known = [one.value.copy().is_(exp.null()).not_() for one in asked.values()]
    return exp.case().when(matching.all_of(known), sides[0]).else_(sides[1])


def spelled(document: Any) -> Any:
    """A rule as it was read, with modifiers and long numbers as the library keeps them apart."""
    if isinstance(document, list):
        return [spelled(one) for one in document]
    if isinstance(document, int) and abs(document) > _EXACT:
        return str(document)
    if not isinstance(document, dict):
        return document
    return {
        _spelled(key): value if _OF_NUMBERS & {*str(key).split("|")} else spelled(value)
        for key, value in document.items()
    }


def _spelled(key: Any) -> Any:
    if not isinstance(key, str) or "|" not in key:
        return key
    name, *modifiers = key.split("|")
    return "|".join((name, *(_SPELLED.get(one, one) for one in modifiers)))


def field_names(key: str, value: Any) -> tuple[str, ...]:
    """The event columns that one `field|modifier: value` reads."""
    item = _item(key, value)
    others = [one.field for one in item.value if isinstance(one, SigmaFieldReference)]
    return tuple(dict.fromkeys((str(item.field), *others)))


def _item(key: str, value: Any) -> SigmaDetectionItem:
    if not key.split("|", maxsplit=1)[0]:
        raise UsageError(f"{key!r} names no field.", remedy="Write it as in actor|startswith: svc-")
    values = value if isinstance(value, list) else [value]
    if not values:
        raise UsageError(f"{key} has an empty list of values.")
    if not all(isinstance(one, str | int | float | None) for one in values):
        raise UsageError(f"{key} must be a value or a list of values, not {value!r}.")
    try:
        return SigmaDetectionItem.from_mapping(_spelled(key), value, policy=POLICY)
    except (SigmaError, TypeError, ValueError, AttributeError) as error:
        said = error.args[0] if error.args else error
        raise UsageError(f"{key}: {' '.join(str(said).split())}.") from error


def _field_value(name: str, value: Any, resolve: Resolve) -> exp.Expr:
    if isinstance(value, SigmaExpansion):
        return matching.any_of([_field_value(name, one, resolve) for one in value.values])
    field = resolve(name, _asks_for_text(value))
    match value:
        case SigmaString():
            cased = isinstance(value, SigmaCasedString)
            test = matching.matches(field, pattern(value), cased=cased)
        case SigmaNull():
            test = matching.is_null(field)
        case SigmaExists():
            test = matching.exists(field, value.exists)
        case SigmaBool():
            test = matching.equals(field, str(value.boolean))
        case SigmaTimestampPart():
            part: Any = value.timestamp_part.name.lower()
            test = matching.time_part(field, part, int(value.number))
        case SigmaNumber():
            test = _number(field, value.number)
        case SigmaRegularExpression():
            test = _regex(field, value)
        case SigmaCIDRExpression():
            test = matching.in_network(field, value.network)
        case SigmaCompareExpression() if value.op in _COMPARISONS:
            test = matching.compare(field, _COMPARISONS[value.op], value.number.number)
        case SigmaFieldReference():
            test = matching.same_as(
                field,
                resolve(value.field, True),
                starts_with=value.starts_with,
                ends_with=value.ends_with,
            )
        case _:
            raise UsageError(f"values of the kind {type(value).__name__} are not evaluated")
    return test


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
        raise UsageError(f"keywords of the kind {type(value).__name__} are not evaluated")
    cased = isinstance(value, SigmaCasedString)
    asked = pattern(value)
    # In JSON a text stands with its quotes and backslashes escaped.
    escaped = tuple(one.translate(_ESCAPED) if isinstance(one, str) else one for one in asked)
    return matching.any_of(
        [
            matching.matches(raw, (Wildcard.ANY, *one, Wildcard.ANY), cased=cased)
            for one in dict.fromkeys((asked, escaped))
        ]
    )


def pattern(value: SigmaString) -> tuple[str | Wildcard, ...]:
    """A text of a rule as texts and wildcards; raises `UsageError` for an open placeholder."""
    parts: list[str | Wildcard] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise UsageError(f"the placeholder %{part.name}% has no values")
        parts.append(part if isinstance(part, str) else _WILDCARDS[part])
    return tuple(parts)
