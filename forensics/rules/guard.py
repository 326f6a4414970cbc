"""What must hold of an event's operation for a rule to match it, whatever else the rule asks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sigma.conditions import ConditionAND, ConditionOR
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.selection import Resolve, condition


def necessary(tree: Any, resolve: Resolve, known: Collection[str]) -> exp.Expr | None:
    """A condition over the known columns alone that every match fulfils; None is any event."""
    if isinstance(tree, ConditionAND | ConditionOR):
        parts = [necessary(one, resolve, known) for one in tree.args]
        told = [one for one in parts if one is not None]
        if isinstance(tree, ConditionAND):
            return matching.all_of(told) if told else None
        return matching.any_of(told) if len(told) == len(parts) else None
    found = condition(tree, resolve)
    return found if reads(found) <= set(known) else None


def reads(condition: exp.Expr) -> set[str]:
    """The names of the columns that a condition reads; elements of lists are none."""
    elements = {one.name for each in condition.find_all(exp.Lambda) for one in each.expressions}
    return {column.name for column in condition.find_all(exp.Column)} - elements
