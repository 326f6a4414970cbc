"""One Sigma rule as one SQL boolean over `events`."""

from __future__ import annotations

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field, event_field, raw_field
from forensics.conditions.selection import Resolve, condition
from forensics.errors import DeclarationError, ForensicsError
from forensics.rules.logsource import Scope


class UnsupportedRuleError(DeclarationError):
    """A rule that is well-formed but asks for something that is not evaluated."""


def compile_rule(rule: SigmaRule, scope: Scope) -> exp.Expr:
    """The rule's condition, limited to the sources of its scope.

    Several conditions in one rule are alternatives. Raises `UnsupportedRuleError` with the reason
    when any part of the rule cannot be expressed; never leaves a part out.
    """
    resolve = resolver(scope)
    try:
        trees = [one.parsed for one in rule.detection.parsed_condition]
        matched = matching.any_of([condition(tree, resolve) for tree in trees])
    except SigmaError as error:
        raise UnsupportedRuleError(" ".join(str(error.args[0]).split())) from error
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
