"""What a correlation asks of a window: bounds on a number, and which rules must have occurred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionItem,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)
from sqlglot import exp

from forensics.rules.compile import UnsupportedRuleError

BOUNDS = "bounds"
"""Key of a correlation for several operators at once, which the parser of rules refuses."""

_OPERATORS: dict[str, type[exp.Binary]] = {
    "lt": exp.LT,
    "lte": exp.LTE,
    "gt": exp.GT,
    "gte": exp.GTE,
    "eq": exp.EQ,
    "neq": exp.NEQ,
}
# Beyond so many alternatives, one query would ask for more sequences than anybody can read.
_MOST_ALTERNATIVES = 16


@dataclass(frozen=True)
class Bounds:
    """Operators and numbers which the number of a window must fulfil, all of them."""

    asked: tuple[tuple[str, float], ...]

    def sql(self, number: str) -> str:
        """The test of a column; its parameters are those of `parameters`."""
        tests = [
            _OPERATORS[name](this=exp.column(number), expression=exp.Placeholder(this=f"bound_{n}"))
            for n, (name, _) in enumerate(self.asked)
        ]
        return exp.and_(*tests).sql(dialect="duckdb")

    def parameters(self) -> dict[str, Any]:
        """The numbers, by the names that the test gives them."""
        return {f"bound_{n}": bound for n, (_, bound) in enumerate(self.asked)}

    @property
    def from_above(self) -> bool:
        """Whether only small numbers are asked for, so that the least one tells most."""
        return all(name in {"lt", "lte"} for name, _ in self.asked)

    def hold(self, number: float) -> bool:
        """Whether a number fulfils them."""
        tests = {
            "lt": lambda bound: number < bound,
            "lte": lambda bound: number <= bound,
            "gt": lambda bound: number > bound,
            "gte": lambda bound: number >= bound,
            "eq": lambda bound: number == bound,
            "neq": lambda bound: number != bound,
        }
        return all(tests[name](bound) for name, bound in self.asked)


def readable(document: Any) -> Any:
    """A rule as read from YAML, in a form that the parser takes.

    The specification allows several operators in one condition (`gt: 100, lte: 200`); the parser
    takes one. The others travel beside it, under a key of the correlation.
    """
    correlation = document.get("correlation") if isinstance(document, dict) else None
    condition = correlation.get("condition") if isinstance(correlation, dict) else None
    if not isinstance(correlation, dict) or not isinstance(condition, dict):
        return document
    asked = {name: bound for name, bound in condition.items() if name in _OPERATORS}
    if len(asked) < 2 or BOUNDS in correlation:
        return document
    rest = {name: value for name, value in condition.items() if name not in asked}
    first = dict(list(asked.items())[:1])
    return {
        **document,
        "correlation": {**correlation, "condition": first | rest, BOUNDS: asked},
    }


def bounds(sigma: SigmaCorrelationRule) -> Bounds:
    """The bounds of a basic condition."""
    condition = sigma.condition
    if not isinstance(condition, SigmaCorrelationCondition):
        raise UnsupportedRuleError("its condition compares no number")
    named = {condition.op.name.lower(): condition.count}
    given = written(sigma).get(BOUNDS, named)
    if not isinstance(given, dict) or not given or set(given) - SigmaOperators:
        raise UnsupportedRuleError(f"{BOUNDS} are operators and numbers, as in gt: 100")
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in given.values()):
        raise UnsupportedRuleError("its condition compares with something that is no number")
    return Bounds(tuple(given.items()))


SigmaOperators = SigmaCorrelationConditionOperator.operators()


def written(sigma: SigmaCorrelationRule) -> Mapping[str, Any]:
    """The section `correlation` as it was written, with the keys that the parser passes over."""
    section = sigma.custom_attributes.get("correlation")
    return section if isinstance(section, dict) else {}


@dataclass(frozen=True)
class Order:
    """Rules that must occur, in this order, and those that must not, by what they follow."""

    stages: tuple[int, ...]
    gaps: tuple[tuple[int, ...], ...]
    after: tuple[int, ...]


@dataclass(frozen=True)
class Expression:
    """An extended condition over the rules of a correlation, which are numbered from 0."""

    tree: CorrelationConditionItem | SigmaRuleReference
    references: Sequence[SigmaRuleReference]

    def signs(self) -> tuple[frozenset[int], frozenset[int]]:
        """Rules that are asked to occur, and rules that are asked not to."""
        wanted: set[int] = set()
        unwanted: set[int] = set()
        self._collect(self.tree, wanted, unwanted)
        return frozenset(wanted), frozenset(unwanted)

    def sql(self, present: Mapping[int, str]) -> str:
        """The condition as SQL; a rule is the text that says whether it occurs."""
        return self._sql(self.tree, present)

    def holds(self, present: frozenset[int]) -> bool:
        """Whether it is fulfilled when just these rules occur."""
        return self._holds(self.tree, present)

    def sequences(self) -> list[Order]:
        """Its alternatives, each as rules in the order in which the correlation lists them."""
        return [self._sequence(one) for one in self._alternatives(self.tree, asked=True)]

    def _stage(self, reference: SigmaRuleReference) -> int:
        return next(n for n, one in enumerate(self.references) if same(one, reference))

    def _collect(
        self, node: CorrelationConditionItem | SigmaRuleReference, up: set[int], down: set[int]
    ) -> None:
        if isinstance(node, SigmaRuleReference):
            up.add(self._stage(node))
            return
        if isinstance(node, CorrelationConditionNOT):
            up, down = down, up
        for arg in node.args:
            self._collect(arg, up, down)

    def _sql(
        self, node: CorrelationConditionItem | SigmaRuleReference, present: Mapping[int, str]
    ) -> str:
        if isinstance(node, SigmaRuleReference):
            return present[self._stage(node)]
        parts = ["".join(("(", self._sql(arg, present), ")")) for arg in node.args]
        if isinstance(node, CorrelationConditionNOT):
            return "NOT " + parts[0]
        return (" AND " if isinstance(node, CorrelationConditionAND) else " OR ").join(parts)

    def _holds(
        self, node: CorrelationConditionItem | SigmaRuleReference, present: frozenset[int]
    ) -> bool:
        if isinstance(node, SigmaRuleReference):
            return self._stage(node) in present
        parts = [self._holds(arg, present) for arg in node.args]
        if isinstance(node, CorrelationConditionNOT):
            return not parts[0]
        return all(parts) if isinstance(node, CorrelationConditionAND) else any(parts)

    def _alternatives(
        self, node: CorrelationConditionItem | SigmaRuleReference, *, asked: bool
    ) -> list[frozenset[tuple[int, bool]]]:
        """The condition as alternatives of rules, each asked to occur or not to."""
        if isinstance(node, SigmaRuleReference):
            return [frozenset({(self._stage(node), asked)})]
        if isinstance(node, CorrelationConditionNOT):
            return self._alternatives(node.args[0], asked=not asked)
        parts = [self._alternatives(arg, asked=asked) for arg in node.args]
        if isinstance(node, CorrelationConditionOR) is asked:
            found = [one for part in parts for one in part]
        else:
            found = [frozenset()]
            for part in parts:
                found = [one | other for one in found for other in part]
                if len(found) > _MOST_ALTERNATIVES:
                    break
        if len(found) > _MOST_ALTERNATIVES:
            raise UnsupportedRuleError(
                f"its condition has more than {_MOST_ALTERNATIVES} alternatives in order"
            )
        return list(dict.fromkeys(found))

    def _sequence(self, alternative: frozenset[tuple[int, bool]]) -> Order:
        stages: list[int] = []
        gaps: list[list[int]] = []
        for stage, asked in sorted(alternative):
            if asked:
                stages.append(stage)
                gaps.append([])
            elif not stages:
                raise UnsupportedRuleError(
                    "in an order, a rule that must not occur needs one before it that must"
                )
            else:
                gaps[-1].append(stage)
        return Order(tuple(stages), tuple(tuple(one) for one in gaps[:-1]), tuple(gaps[-1]))


def expression(sigma: SigmaCorrelationRule) -> Expression | None:
    """The extended condition; None when the condition compares a number of rules."""
    if not isinstance(sigma.condition, SigmaExtendedCorrelationCondition):
        return None
    found = Expression(sigma.condition.parsed, sigma.referenced_rules)
    if not found.signs()[0]:
        raise UnsupportedRuleError("its condition names no rule that must occur")
    return found


def same(one: SigmaRuleReference, other: SigmaRuleReference) -> bool:
    """Whether a reference is the one of the correlation, by what it says, by name or by id."""
    return other.reference in {one.reference, one.rule.name, str(one.rule.id)}
