"""One Sigma rule as one SQL boolean over `events`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field, event_field
from forensics.conditions.selection import Resolve, condition
from forensics.errors import DeclarationError, ForensicsError
from forensics.rules import guard
from forensics.rules.logsource import Scope
from forensics.rules.records import Reading

_ADDRESS = re.compile(r"<([\w.]+) object at 0x[0-9a-f]+>")


class UnsupportedRuleError(DeclarationError):
    """A rule that is well-formed but asks for something that is not evaluated."""


@dataclass(frozen=True)
class Compiled:
    """The condition of a rule, and what it asks of the guard column alone; None is nothing.

    Where `whole`, the guard is all that the rule asks.
    """

    condition: exp.Expr
    guard: exp.Expr | None
    whole: bool


def compile_rule(rule: SigmaRule, scope: Scope) -> exp.Expr:
    """The rule's condition, limited to the sources of its scope.

    Several conditions in one rule are alternatives. Raises `UnsupportedRuleError` with the reason
    when any part of the rule cannot be expressed; never leaves a part out.
    """
    matched = compiled(rule, resolver(scope), "operation").condition
    if scope.sources is None:
        return matched
    return exp.and_(of_sources(scope), matched, copy=False)


def in_one_line(error: object) -> str:
    """A message in one line, without addresses in memory, which no two runs share."""
    return _ADDRESS.sub(r"\1", " ".join(str(error).split()))


def compiled(rule: SigmaRule, resolve: Resolve, column: str) -> Compiled:
    """The rule's condition with its fields as `resolve` has them; raises as `compile_rule` does."""
    try:
        trees = [one.parsed for one in rule.detection.parsed_condition]
        matched = matching.any_of([condition(tree, resolve) for tree in trees])
        guards = [guard.necessary(tree, resolve, (column,)) for tree in trees]
    except SigmaError as error:
        raise UnsupportedRuleError(in_one_line(error.args[0])) from error
    except ForensicsError as error:
        raise UnsupportedRuleError(error.message, remedy=error.remedy) from error
    told = [one for one in guards if one is not None]
    needed = matching.any_of(told) if len(told) == len(guards) else None
    return Compiled(matched, needed, guard.reads(matched) <= {column})


def of_sources(scope: Scope) -> exp.Expr:
    """Whether an event is of the sources of a scope."""
    if scope.sources is None:
        return exp.true()
    names = [exp.Literal.string(source.name) for source in scope.sources]
    return exp.column("source", quoted=True).isin(*names)


def resolver(scope: Scope, raw: Callable[[str], Field] | None = None) -> Resolve:
    """How the field names of a rule with that scope are to be read; `raw` reads the record."""
    if scope.vocabulary == "normalised":
        return lambda name, _: event_field(name)
    held = [source.columns for source in scope.sources or ()]
    reading = Reading(scope.sources or ())

    def read(name: str) -> Field:
        return Field(name, "list", reading.values(name), empty_is_null=False)

    def native(name: str, text_asked: bool) -> Field:
        columns: set[Any] = {columns.get(name) for columns in held}
        column = columns.pop() if len(columns) == 1 else None
        # The column holds NULL for an empty text; only the record tells the two apart.
        alone = not any(source.names.elsewhere(name) for source in scope.sources or ())
        if column and text_asked and alone:
            return event_field(column)
        return (raw or read)(name)

    return native
