"""What a Sigma correlation asks, as a plan: its hits and its windows, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationRule,
    SigmaCorrelationTimespan,
    SigmaCorrelationType,
    SigmaRuleReference,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.rules import correlate_order, correlate_windows
from forensics.rules.compile import UnsupportedRuleError
from forensics.rules.correlate_conditions import (
    BOUNDS,
    Expression,
    Order,
    bounds,
    expression,
    same,
    written,
)
from forensics.rules.correlate_hits import Hits, Leaf, hits
from forensics.rules.correlate_windows import Windows
from forensics.rules.logsource import Scope

NEW_TERMS = "new_terms"
"""Key of a correlation that asks for the first time of a tuple, the fields of its `group-by`."""

PLACEHOLDERS = ("", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "undefined")
"""Values that stand for no value; a tuple with one is never new."""

_KEYS = {"type", "rules", "generate", "group-by", "timespan", "aliases", "condition"} | {
    BOUNDS,
    NEW_TERMS,
}
_MICROSECONDS = 1_000_000
# Three centuries: beyond it, moments would leave what a time can hold.
_LONGEST = 300 * 366 * 86_400
_TEMPORAL = {SigmaCorrelationType.TEMPORAL, SigmaCorrelationType.TEMPORAL_ORDERED}
_HUNDRED = 100

ScopeOf = Callable[[SigmaRule], Scope]
NameOf = Callable[[SigmaRule, Scope], str]


@dataclass(frozen=True)
class Plan:
    """A correlation ready to be asked.

    `hits` is the SQL of its hits, over the matches of its rules and over what `inner` gave;
    `windows` the rest.
    """

    sigma: SigmaCorrelationRule
    inner: tuple[Plan | None, ...]
    leaves: tuple[Leaf, ...]
    hits: Hits
    windows: Windows
    from_above: bool
    grouped: bool

    @property
    def reads(self) -> frozenset[str]:
        """The columns of events that it and the correlations below it read."""
        below = (one.reads for one in self.inner if one is not None)
        return self.hits.reads.union(*below)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL of the windows refers to."""
        return {"timespan": self.sigma.timespan.seconds * _MICROSECONDS, **self.windows.parameters}


def bases(sigma: SigmaCorrelationRule) -> list[SigmaRule]:
    """The rules that a correlation stands on, also through other correlations."""
    return [rule for rule, _ in _paths(sigma, ())]


def plan(sigma: SigmaCorrelationRule, scope_of: ScopeOf, name_of: NameOf) -> Plan:
    """The plan of one correlation; `UnsupportedRuleError` says what of it is not evaluated.

    `name_of` sees to it that a rule is evaluated, and says under which name its matches are.
    """
    _check(sigma)
    inner = tuple(
        plan(one.rule, scope_of, name_of) if isinstance(one.rule, SigmaCorrelationRule) else None
        for one in sigma.referenced_rules
    )
    leaves = tuple(
        Leaf(rule, name_of(rule, scope_of(rule)), scope_of(rule), path, stage)
        for stage, one in enumerate(sigma.referenced_rules)
        for rule, path in _paths_of(one, (sigma,))
    )
    values = _values(sigma)
    windows = _windows(sigma, leaves)
    counting = sigma.type not in _TEMPORAL
    return Plan(
        sigma,
        inner,
        leaves,
        hits(leaves, sigma.group_by or [], values, counting=counting),
        windows,
        from_above=counting and NEW_TERMS not in written(sigma) and bounds(sigma).from_above,
        grouped=bool(sigma.group_by),
    )


def missing(plan: Plan) -> list[SigmaRule]:
    """The rules without whose log source, which the case does not hold, nothing can be told."""
    without = [leaf for leaf in plan.leaves if leaf.scope.sources == ()]
    absent = {
        stage
        for stage, inner in enumerate(plan.inner)
        if (missing(inner) if inner else stage in {leaf.stage for leaf in without})
    }
    held = frozenset(range(len(plan.inner))) - absent
    asked = expression(plan.sigma)
    if not absent:
        return []
    if asked is not None:
        told = asked.holds(held) and not absent & asked.signs()[1]
    elif plan.sigma.type in _TEMPORAL:
        told = any(bounds(plan.sigma).hold(n) for n in range(1, len(held) + 1))
    else:
        told = bool(held)
    return [] if told else [leaf.rule for leaf in without]


def _paths(
    sigma: SigmaCorrelationRule, above: tuple[SigmaCorrelationRule, ...]
) -> list[tuple[SigmaRule, tuple[SigmaCorrelationRule, ...]]]:
    if any(one is sigma for one in above):
        raise UnsupportedRuleError("it refers to itself")
    return [found for one in sigma.referenced_rules for found in _paths_of(one, (*above, sigma))]


def _paths_of(
    reference: SigmaRuleReference, above: tuple[SigmaCorrelationRule, ...]
) -> list[tuple[SigmaRule, tuple[SigmaCorrelationRule, ...]]]:
    if isinstance(reference.rule, SigmaCorrelationRule):
        return _paths(reference.rule, above)
    return [(reference.rule, above)]


def _check(sigma: SigmaCorrelationRule) -> None:
    _paths(sigma, ())
    unknown = sorted(str(key) for key in set(written(sigma)) - _KEYS)
    if unknown:
        raise UnsupportedRuleError(f"a correlation has no key {', '.join(unknown)}")
    if sigma.timespan.seconds > _LONGEST:
        raise UnsupportedRuleError("its timespan is longer than three hundred years")
    for alias in sigma.aliases:
        for reference in alias.mapping:
            if not any(same(one, reference) for one in sigma.referenced_rules):
                raise UnsupportedRuleError(
                    f"the alias {alias.alias} names {reference.reference}, which is not among its "
                    "rules"
                )


def _values(sigma: SigmaCorrelationRule) -> list[str]:
    """The fields whose values are counted or measured."""
    if not isinstance(sigma.condition, SigmaCorrelationCondition):
        return []
    given = sigma.condition.fieldref
    fields = [given] if isinstance(given, str) else list(given or [])
    kind = sigma.type.name.lower()
    if fields and not kind.startswith("value_"):
        raise UnsupportedRuleError(f"{kind} counts no values of a field")
    if len(fields) > 1 and sigma.type is not SigmaCorrelationType.VALUE_COUNT:
        raise UnsupportedRuleError(f"{kind} takes one field")
    return fields


def _windows(sigma: SigmaCorrelationRule, leaves: Sequence[Leaf]) -> Windows:
    if NEW_TERMS in written(sigma):
        return _new_terms(sigma)
    if sigma.type in _TEMPORAL:
        return _temporal(sigma, leaves)
    asked, kind = bounds(sigma), sigma.type.name.lower()
    if sigma.type is SigmaCorrelationType.EVENT_COUNT:
        return correlate_windows.event_count(asked)
    if sigma.type is SigmaCorrelationType.VALUE_COUNT:
        return correlate_windows.value_count(asked)
    percentile = getattr(sigma.condition, "percentile", None)
    if sigma.type is SigmaCorrelationType.VALUE_PERCENTILE:
        if percentile is None or not 0 <= percentile <= _HUNDRED:
            raise UnsupportedRuleError("value_percentile needs a percentile from 0 to 100")
    elif percentile is not None:
        raise UnsupportedRuleError(f"{kind} takes no percentile")
    return correlate_windows.statistic(kind, asked, percentile)


def _temporal(sigma: SigmaCorrelationRule, leaves: Sequence[Leaf]) -> Windows:
    asked = expression(sigma)
    if sigma.type is SigmaCorrelationType.TEMPORAL_ORDERED:
        return _ordered(sigma, asked, leaves)
    if asked is None:
        return correlate_windows.occurring(bounds(sigma))
    unwanted = asked.signs()[1]
    if not unwanted:
        return correlate_windows.present(asked)
    return correlate_windows.absent(asked, _reach(leaves, unwanted))


def _ordered(
    sigma: SigmaCorrelationRule, asked: Expression | None, leaves: Sequence[Leaf]
) -> Windows:
    if asked is None:
        count = len(sigma.referenced_rules)
        numbers = [n for n in range(1, count + 1) if bounds(sigma).hold(n)]
        if numbers != [count]:
            raise UnsupportedRuleError("an order is told only of all its rules, not of some")
        orders = [Order(tuple(range(count)), ((),) * (count - 1), ())]
    else:
        orders = asked.sequences()
    return correlate_order.ordered([(one, _reach(leaves, one.after)) for one in orders])


def _reach(leaves: Sequence[Leaf], unwanted: Sequence[int] | frozenset[int]) -> str:
    """The last moment that the records can tell of, for rules that must not occur.

    It is that of the hit's own source where the rule reads that source, else the earliest end of
    the sources that it reads.
    """
    own = exp.column("last_moment", table="ends")
    told: list[exp.Expr] = []
    for leaf in leaves:
        if leaf.stage not in unwanted:
            continue
        if leaf.scope.sources is None:
            told.append(own.copy())
            continue
        names = [exp.Literal.string(source.name) for source in leaf.scope.sources]
        if not names:
            return "NULL"
        least = exp.select(exp.Min(this=exp.column("moment"))).from_(
            exp.select(exp.func("epoch_us", exp.Max(this=exp.column("time"))).as_("moment"))
            .from_("events")
            .where(exp.column("source").isin(*names))
            .group_by("source")
            .subquery("each_end")
        )
        inside = exp.column("source", table="hits").isin(*[name.copy() for name in names])
        told.append(exp.case().when(inside, own.copy()).else_(least.subquery()))
    if not told:
        return "NULL"
    return exp.Least(this=told[0], expressions=told[1:]).sql(dialect="duckdb")


def placeholders(sigma: SigmaCorrelationRule) -> list[str]:
    """The values, in lower case, that stand for no value in a correlation of new terms."""
    given = (written(sigma)[NEW_TERMS] or {}).get("placeholders", PLACEHOLDERS)
    if not isinstance(given, list | tuple):
        raise UnsupportedRuleError("the placeholders of new_terms are a list")
    return sorted({str(one).strip().lower() for one in given})


def _new_terms(sigma: SigmaCorrelationRule) -> Windows:
    given = written(sigma)[NEW_TERMS] or {}
    if not isinstance(given, dict) or set(given) - {"warm_up", "placeholders"}:
        raise UnsupportedRuleError("new_terms takes warm_up and placeholders")
    if sigma.type is not SigmaCorrelationType.EVENT_COUNT or bounds(sigma).asked != (("gte", 1),):
        raise UnsupportedRuleError("new_terms stands with event_count and the condition gte: 1")
    if not sigma.group_by:
        raise UnsupportedRuleError("new_terms needs a group-by: the fields of the tuple")
    said = placeholders(sigma)
    try:
        warm_up = SigmaCorrelationTimespan(given.get("warm_up", sigma.timespan.spec)).seconds
    except SigmaError as error:
        raise UnsupportedRuleError(f"warm_up: {error.args[0]}") from error
    return correlate_windows.new_terms(warm_up * _MICROSECONDS, said)
