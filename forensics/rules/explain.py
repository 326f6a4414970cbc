"""One rule asked of one event, part by part: what held, what did not, and the values found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.rule.detection import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaExpansion, SigmaFieldReference
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.selection import Resolve, condition
from forensics.engine import Engine, Row
from forensics.rules.compile import compile_rule, resolver
from forensics.rules.logsource import Scope

Kind = Literal["condition", "and", "or", "not", "selection", "item", "other field"]

_EVERY, _SOME = "all of these", "any of these"


@dataclass(frozen=True)
class Part:
    """A part of a rule as one record answers it; `held` is None for what asks nothing.

    `found` are the values of the field that an item names, empty where the record says nothing of
    it, and of an array its own text and its elements; None for parts that name no field.
    """

    kind: Kind
    text: str
    held: bool | None
    found: tuple[str, ...] | None
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Explained:
    """Whether a rule matches an event, and its conditions, of which one must hold."""

    matched: bool
    conditions: tuple[Part, ...]


@dataclass(frozen=True)
class _Asked:
    kind: Kind
    text: str
    test: exp.Expr | None
    found: exp.Expr | None = None
    parts: tuple[_Asked, ...] = ()


def explain(engine: Engine, rule: SigmaRule, scope: Scope, event_uid: str) -> Explained:
    """The rule's predicates asked of one event, each in a column of its own.

    `scope` has the source of the event. Raises `UnsupportedRuleError` as `compile_rule` does.
    """
    whole = compile_rule(rule, scope)
    resolve = resolver(scope)
    asked = [
        _Asked("condition", one.condition, _of(clause), None, _below(clause))
        for one in rule.detection.parsed_condition
        for clause in [_clause(one.parse(False), rule, resolve)]
    ]
    flat = [part for one in asked for part in _flat(one)]
    columns = [exp.alias_(_sure(whole), "matched")]
    for number, part in enumerate(flat):
        if part.test is not None:
            columns.append(exp.alias_(_sure(part.test), f"held_{number}"))
        if part.found is not None:
            columns.append(exp.alias_(part.found.copy(), f"found_{number}"))
    this = exp.EQ(this=exp.column("event_uid"), expression=exp.Placeholder(this="event"))
    query = exp.select(*columns).from_("events").where(this)
    (row,) = engine.rows(query.sql(dialect="duckdb"), {"event": event_uid})
    numbers = {id(part): number for number, part in enumerate(flat)}
    return Explained(row["matched"], tuple(_answered(one, row, numbers) for one in asked))


def _sure(test: exp.Expr) -> exp.Expr:
    """What is unknown does not match."""
    return exp.Coalesce(this=exp.paren(test.copy()), expressions=[exp.false()])


def _of(part: _Asked) -> exp.Expr:
    return part.test if part.test is not None else exp.false()


def _below(clause: _Asked) -> tuple[_Asked, ...]:
    """What stands under a condition, which itself says how its clauses are joined."""
    return clause.parts if clause.text in (_EVERY, _SOME) else (clause,)


def _flat(part: _Asked) -> Iterator[_Asked]:
    yield part
    for one in part.parts:
        yield from _flat(one)


def _answered(part: _Asked, row: Row, numbers: dict[int, int]) -> Part:
    number = numbers[id(part)]
    found = row.get(f"found_{number}", None)
    values = tuple(one for one in found or () if one is not None)
    return Part(
        part.kind,
        part.text,
        row[f"held_{number}"] if part.test is not None else None,
        values if part.found is not None else None,
        tuple(_answered(one, row, numbers) for one in part.parts),
    )


def _clause(tree: Any, rule: SigmaRule, resolve: Resolve) -> _Asked:
    """A condition as written, down to its selections."""
    match tree:
        case ConditionIdentifier():
            return _selection(str(tree.args[0]), rule, resolve)
        case ConditionSelector():
            names = tree.resolve_referenced_detections(rule.detection)
            parts = [_selection(str(one.args[0]), rule, resolve) for one in names]
            text = f"{tree.args[0]} of {tree.pattern}"
            return _joined(tree.cond_class is ConditionAND, text, parts)
        case ConditionNOT():
            inner = _clause(tree.args[0], rule, resolve)
            return _Asked("not", "not", matching.negate(_of(inner).copy()), None, (inner,))
        case ConditionAND() | ConditionOR():
            parts = [_clause(one, rule, resolve) for one in tree.args]
            every = isinstance(tree, ConditionAND)
            return _joined(every, _EVERY if every else _SOME, parts)
    raise SigmaError(f"conditions of the kind {type(tree).__name__} are not explained")


def _joined(every: bool, text: str, parts: list[_Asked]) -> _Asked:
    tests = [_of(part).copy() for part in parts]
    joined = matching.all_of(tests) if every else matching.any_of(tests)
    return _Asked("and" if every else "or", text, joined, None, tuple(parts))


def _selection(name: str, rule: SigmaRule, resolve: Resolve) -> _Asked:
    detection = rule.detection.detections[name]
    test = condition(detection.postprocess(rule.detection), resolve)
    return _Asked("selection", name, test, None, tuple(_items(detection, rule, resolve)))


def _items(detection: SigmaDetection, rule: SigmaRule, resolve: Resolve) -> Iterator[_Asked]:
    for item in detection.detection_items:
        test = condition(item.postprocess(rule.detection), resolve)
        if isinstance(item, SigmaDetection) and len(item.detection_items) == 1:
            yield from _items(item, rule, resolve)
        elif isinstance(item, SigmaDetection):
            every = item.item_linking is ConditionAND
            text = _EVERY if every else _SOME
            parts = tuple(_items(item, rule, resolve))
            yield _Asked("and" if every else "or", text, test, None, parts)
        else:
            found = _values(item.field, resolve) if item.field is not None else None
            others = tuple(
                _Asked("other field", name, None, _values(name, resolve))
                for name in dict.fromkeys(_references(item.value))
            )
            yield _Asked("item", _written(item), test, found, others)


def _references(values: Any) -> Iterator[str]:
    for one in values:
        if isinstance(one, SigmaExpansion):
            yield from _references(one.values)
        elif isinstance(one, SigmaFieldReference):
            yield one.field


def _values(name: str, resolve: Resolve) -> exp.Expr:
    """All values of a field, as a list of texts."""
    field = resolve(name, True)
    if field.kind == "list":
        return field.value.copy()
    return exp.array(exp.cast(field.value.copy(), "VARCHAR"), dialect="duckdb")


def _written(item: SigmaDetectionItem) -> str:
    """An item on one line, much as the rule has it."""
    if not item.original_value:
        return f"{item.field}: null"
    told = item.to_plain()
    if not isinstance(told, dict):
        return f"keyword {_value(told)}"
    ((key, value),) = told.items()
    return f"{key}: {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" else "''"
