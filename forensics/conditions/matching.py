"""Field, operator and value as one SQL boolean: the single place where matching is defined.

Text is compared without regard to case unless `cased`. A condition may come out as NULL, which
means that it does not match; `negate` turns both false and NULL into true, as Sigma has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

import duckdb
from sqlglot import exp

from forensics.conditions import address
from forensics.conditions.fields import Field, asked, is_asked
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import UsageError

Comparison = Literal["=", "<", "<=", ">", ">="]
TimePart = Literal["minute", "hour", "day", "week", "month", "year"]


class Wildcard(Enum):
    """A part of a pattern that stands for other text."""

    ANY = "%"
    """Any text, also none."""
    ONE = "_"
    """Exactly one character."""


Pattern = Sequence[str | Wildcard]

_COMPARISONS: dict[Comparison, type[exp.Binary]] = {
    "=": exp.EQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def matches(field: Field, pattern: Pattern, *, cased: bool = False) -> exp.Expr:
    """The whole value fits the pattern; without wildcards, it is that text."""
    if all(part is Wildcard.ANY for part in pattern) and pattern:
        return exists(field)
    if not any(isinstance(part, Wildcard) for part in pattern):
        return equals(field, "".join(part for part in pattern if isinstance(part, str)), cased)
    like = "".join(part.value if isinstance(part, Wildcard) else _escaped(part) for part in pattern)
    operator = exp.Like if cased else exp.ILike

    def test(value: exp.Expr) -> exp.Expr:
        fits = operator(this=value, expression=asked(like))
        if "\\" not in like:
            return fits
        return exp.Escape(this=fits, expression=exp.Literal.string("\\"))

    return _any_text(field, test)


def equals(field: Field, text: str, cased: bool = False) -> exp.Expr:
    """The value is that text; an empty text also means "not said" where the field has no empty."""
    if not text and field.empty_is_null:
        return is_null(field)
    literal = asked(text)
    if cased:
        return _any_text(field, lambda value: exp.EQ(this=value, expression=literal.copy()))
    return _any_text(
        field,
        lambda value: exp.EQ(this=_folded(value), expression=_folded(literal.copy())),
    )


def regex(field: Field, pattern: str, flags: str = "", *, whole: bool = False) -> exp.Expr:
    """The regular expression is found in the value, or is the `whole` of it; `flags` of i, m, s.

    A `UsageError` says why, when the engine does not take the expression.
    """
    anchored = "".join(("(?", flags, ")", pattern)) if flags else pattern
    fault = regex_fault(anchored)
    if fault:
        raise UsageError(
            f"The regular expression /{pattern}/ cannot be used: {fault}.",
            remedy="Expressions are of the RE2 kind: no look-around and no back references.",
        )
    literal = asked(anchored)
    function = "regexp_full_match" if whole else "regexp_matches"
    return _any_text(
        field, lambda value: exp.Anonymous(this=function, expressions=[value, literal.copy()])
    )


@cache
def regex_fault(pattern: str) -> str | None:
    """Why the engine refuses a regular expression; None when it takes it."""
    engine = DuckDBEngine(threads=1)
    try:
        engine.execute("SELECT regexp_matches('', $pattern)", {"pattern": pattern})
    except duckdb.Error as error:
        return str(error).splitlines()[0].removeprefix("Invalid Input Error: ").rstrip(".")
    finally:
        engine.close()
    return None


def in_network(field: Field, network: IPv4Network | IPv6Network) -> exp.Expr:
    """The value is an address of that network."""
    return _any_text(field, lambda value: address.within(value, network))


def compare(field: Field, operator: Comparison, bound: float | datetime) -> exp.Expr:
    """The value, read as a number (or a time, for a time field), compares so with the bound."""
    build = _COMPARISONS[operator]
    if isinstance(bound, datetime):
        if field.kind != "time":
            raise UsageError(f"Field {field.name!r} is not a time.")
        stamp = asked(bound.astimezone(UTC).isoformat(sep=" "))
        return build(this=field.value.copy(), expression=exp.cast(stamp, "TIMESTAMPTZ"))
    if field.kind == "time":
        raise UsageError(f"Field {field.name!r} is a time and cannot be compared with a number.")
    number = exp.Literal.number(bound)
    if field.kind == "number":
        return build(this=field.value.copy(), expression=number)
    return _any_text(
        field,
        lambda value: build(
            this=exp.TryCast(this=value, to=exp.DataType.build("DOUBLE")), expression=number.copy()
        ),
    )


def time_part(field: Field, part: TimePart, number: int) -> exp.Expr:
    """That part of the time, in UTC, is the number; a text is read as a time of ISO 8601."""
    if field.kind == "number":
        raise UsageError(f"Field {field.name!r} is not a time, so it has no {part}.")

    def has(moment: exp.Expr) -> exp.Expr:
        extracted = exp.Extract(this=exp.var(part), expression=moment)
        return exp.EQ(this=extracted, expression=exp.Literal.number(number))

    if field.kind == "time":
        return has(field.value.copy())
    return _any_text(
        field,
        lambda value: has(exp.TryCast(this=value, to=exp.DataType.build("TIMESTAMPTZ"))),
    )


def same_as(
    field: Field, other: Field, *, starts_with: bool = False, ends_with: bool = False
) -> exp.Expr:
    """The value is (or begins with, ends with, contains) any value of another field."""
    test = {
        (False, False): None,
        (True, False): "starts_with",
        (False, True): "ends_with",
        (True, True): "contains",
    }[(starts_with, ends_with)]

    def related(value: exp.Expr, reference: exp.Expr) -> exp.Expr:
        operands = [_folded(value), _folded(reference)]
        if test is None:
            return exp.EQ(this=operands[0], expression=operands[1])
        return exp.Anonymous(this=test, expressions=operands)

    return _any_text(
        field,
        lambda value: _any_text(other, lambda reference: related(value.copy(), reference), "other"),
    )


def is_null(field: Field) -> exp.Expr:
    """The record does not say."""
    if field.kind != "list":
        return field.value.copy().is_(exp.null())
    return negate(exists(field))


def exists(field: Field, present: bool = True) -> exp.Expr:
    """The record says something (or nothing, when not `present`)."""
    if not present:
        return is_null(field)
    return _any_text(field, lambda value: value.is_(exp.null()).not_())


def negate(condition: exp.Expr) -> exp.Expr:
    """True wherever the condition does not match, also where it is unknown."""
    return exp.Coalesce(this=condition, expressions=[exp.false()]).not_()


def any_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """At least one of the conditions matches; none of them, when there is none."""
    return _balanced(exp.Or, list(conditions)) if conditions else exp.false()


def all_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Every condition matches; trivially, when there is none."""
    return _balanced(exp.And, list(conditions)) if conditions else exp.true()


def bound(condition: exp.Expr, prefix: str = "asked_") -> tuple[exp.Expr, dict[str, str]]:
    """The condition with each text that was asked for as a named parameter, and their values.

    The names of parameters are the prefix and a number.
    """
    found = condition.copy()
    names: dict[str, str] = {}
    texts = [one for one in found.find_all(exp.Literal) if is_asked(one)]
    for text in texts:
        name = names.setdefault(text.this, f"{prefix}{len(names)}")
        text.replace(exp.Placeholder(this=name))
    return found, {name: text for text, name in names.items()}


def _balanced(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """A tree of logarithmic depth, so that a thousand alternatives do not nest a thousand deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    sides = [_balanced(kind, parts[:middle]), _balanced(kind, parts[middle:])]
    left, right = (exp.paren(s, copy=False) if isinstance(s, exp.Connector) else s for s in sides)
    return kind(this=left, expression=right)


def _any_text(
    field: Field, test: Callable[[exp.Expr], exp.Expr], element: str = "element"
) -> exp.Expr:
    """The test on the field's text, or on any text of its list."""
    value = field.value.copy()
    if field.kind == "text":
        return test(value)
    if field.kind != "list":
        return test(exp.cast(value, "VARCHAR"))
    fitting = exp.Lambda(this=test(exp.column(element)), expressions=[exp.to_identifier(element)])
    found = exp.func("list_filter", value, fitting, dialect="duckdb")
    among = exp.GT(this=exp.Length(this=found), expression=exp.Literal.number(0))
    if field.alone is None:
        return among
    listed = value.copy().is_(exp.null()).not_()
    return exp.case().when(listed, among).else_(test(field.alone.copy()))


def _folded(value: exp.Expr) -> exp.Expr:
    return exp.Lower(this=value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
