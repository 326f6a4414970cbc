"""SQL written as text with `$name` places, and values set into them as literals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import sqlglot
from sqlglot import exp

Value = str | int | bool | None | Sequence[str]


def statement(text: str, values: Mapping[str, Value] | None = None) -> exp.Query:
    """The parsed query, every `$name` in it replaced by its value; a list of None is NULL."""
    parsed = _parsed(text).copy()
    for place in list(parsed.find_all(exp.Placeholder)):
        place.replace(literal((values or {})[place.name]))
    return parsed


@cache
def _parsed(text: str) -> exp.Query:
    parsed = sqlglot.parse_one(text, dialect="duckdb")
    if not isinstance(parsed, exp.Query):
        raise TypeError(f"not a query: {text}")
    for node in parsed.walk():
        # Where each word stood in the text doubles the time of every copy, and nobody asks.
        node._meta = None
    return parsed


def literal(value: Value) -> exp.Expr:
    """A value as a literal; a sequence becomes an array of texts."""
    if isinstance(value, str) or value is None or isinstance(value, (int, bool)):
        return exp.convert(value)
    texts = exp.array(*(exp.Literal.string(text) for text in value))
    return exp.cast(texts, "VARCHAR[]", dialect="duckdb")
