"""The hits of a correlation as SQL: events that match its rules, and matches of correlations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.conditions.fields import Field
from forensics.engine.duckdb import quoted
from forensics.errors import ForensicsError
from forensics.rules import guard
from forensics.rules.compile import UnsupportedRuleError, resolver
from forensics.rules.correlate_conditions import same
from forensics.rules.logsource import Scope

EVENTS = "correlation_events"
"""The events that matched the rules which correlations stand on, by `base_rule`."""

_ONCE = """
SELECT min(leaf) AS leaf, 0 AS stage, event_uid, source, tenant, sequence, moment, key, "values",
    inner_key, inner_opened
FROM ({rows}) GROUP BY ALL
"""
_NUMBERED = "SELECT row_number() OVER () AS hit, * FROM ({rows})"
_MATCHED = """
SELECT * FROM ({select} FROM events JOIN ({given}) ON event_uid = inner_uid)
WHERE key IS NOT NULL
"""
# For what counts, a correlation matched once for each stretch of windows that overlap.
_STRETCHES = """
SELECT max_by(leaf, (moment, event_uid)) AS inner_leaf,
    max_by(event_uid, (moment, event_uid)) AS inner_uid, max(moment) AS inner_moment,
    key AS inner_key, began AS inner_opened
FROM {taken} GROUP BY key, began
"""
_CLOSINGS = """
SELECT DISTINCT leaf AS inner_leaf, event_uid AS inner_uid, moment AS inner_moment,
    key AS inner_key, opened AS inner_opened
FROM {taken} WHERE opened IS NOT NULL
"""


@dataclass(frozen=True)
class Leaf:
    """A rule over events that a correlation stands on, through the correlations of `path`.

    `stage` is the number, from 0, of the reference of the outermost one that leads to it. `name` is
    that of the rule's matches in the relation `EVENTS`.
    """

    rule: SigmaRule
    name: str
    scope: Scope
    path: tuple[SigmaCorrelationRule, ...]
    stage: int

    def field(self, name: str) -> Field:
        """The field that a correlation's name of it means in this rule's events."""
        asked = name
        below: tuple[SigmaCorrelationRule | SigmaRule, ...] = (*self.path[1:], self.rule)
        for one, next_below in zip(self.path, below, strict=True):
            asked = _unaliased(one, next_below, asked)
        return resolver(self.scope)(asked, True)


@dataclass(frozen=True)
class _Select:
    """What is read of a rule's events: the values to group by, and those to count or measure."""

    keys: tuple[exp.Expr, ...]
    values: exp.Expr

    def key(self) -> exp.Expr:
        parts = [part.copy() for part in self.keys] or [exp.Literal.string("")]
        return exp.array(*parts, dialect="duckdb")

    def known(self) -> list[exp.Expr]:
        return [_known(part) for part in self.keys]

    def reads(self) -> set[str]:
        return {name for part in (*self.keys, self.values) for name in guard.reads(part)}


@dataclass(frozen=True)
class Hits:
    """The SQL of the hits, by what inner correlations gave, and the columns of events it reads."""

    sql: Callable[[Mapping[int, str]], str]
    reads: frozenset[str]


def group_values(leaf: Leaf, group_by: Sequence[str]) -> list[exp.Expr]:
    """The values by which a rule's events are grouped."""
    return [_key(leaf.field(name)) for name in group_by]


def hits(
    leaves: Sequence[Leaf], group_by: Sequence[str], values: Sequence[str], *, counting: bool
) -> Hits:
    """SQL of the hits, given by stage the names of what correlations among the rules matched.

    Only events with a time, and with a value of every field of `group-by`, are hits: unknown
    values are not the same value. Where `counting`, an event counts once, however many of the
    rules it matches.
    """
    try:
        selects = [_selected(leaf, group_by, values) for leaf in leaves]
    except ForensicsError as error:
        told = f"group-by or field: {error.message}"
        raise UnsupportedRuleError(told, remedy=error.remedy) from error
    by_stage: dict[int, list[int]] = {}
    for n, leaf in enumerate(leaves):
        by_stage.setdefault(leaf.stage, []).append(n)

    def text(taken: Mapping[int, str]) -> str:
        rows, inner = [], []
        for stage, numbers in by_stage.items():
            if stage in taken:
                template = _STRETCHES if counting else _CLOSINGS
                given = template.format(taken=quoted(taken[stage]))
                inner.append(_of_matches(stage, numbers, selects, given))
            else:
                rows += [_of_events(stage, n, selects[n], leaves[n].name) for n in numbers]
        if counting and len(rows) > 1:
            rows = [_ONCE.format(rows=" UNION ALL ".join(rows))]
        return _NUMBERED.format(rows=" UNION ALL ".join([*rows, *inner]))

    reads = {name for select in selects for name in select.reads()}
    return Hits(text, frozenset({one.name for one in _OWN} | {"time"} | reads))


def _selected(leaf: Leaf, group_by: Sequence[str], values: Sequence[str]) -> _Select:
    keys = tuple(group_values(leaf, group_by))
    fields = [leaf.field(name) for name in values]
    if not fields:
        return _Select(keys, exp.cast(exp.null(), "VARCHAR[]"))
    if len(fields) == 1:
        value = fields[0].value.copy()
        if fields[0].kind == "list":
            return _Select(keys, value)
        return _Select(keys, exp.array(exp.cast(value, "VARCHAR"), dialect="duckdb"))
    parts = [_key(field) for field in fields]
    tuple_ = exp.Anonymous(this="to_json", expressions=[exp.array(*parts, dialect="duckdb")])
    together = exp.array(exp.cast(tuple_, "VARCHAR"), dialect="duckdb")
    return _Select(keys, exp.case().when(exp.and_(*[_known(part) for part in parts]), together))


def _of_events(stage: int, n: int, select: _Select, name: str) -> str:
    columns = [
        exp.Literal.number(n).as_("leaf"),
        exp.Literal.number(stage).as_("stage"),
        *_OWN,
        exp.func("epoch_us", exp.column("time")).as_("moment"),
        select.key().as_("key"),
        select.values.as_("values", quoted=True),
        exp.cast(exp.null(), "VARCHAR[]").as_("inner_key"),
        exp.cast(exp.null(), "BIGINT").as_("inner_opened"),
    ]
    named = exp.EQ(this=exp.column("base_rule"), expression=exp.Literal.string(name))
    return (
        exp.select(*columns)
        .from_(EVENTS)
        .where(named, _known(exp.column("time")), *select.known())
        .sql(dialect="duckdb")
    )


def _of_matches(stage: int, numbers: Sequence[int], selects: Sequence[_Select], given: str) -> str:
    """Matches of a correlation, which has the fields of the event that it ended with."""
    first = numbers[0]
    key, values = exp.Case(), exp.Case()
    for n in numbers:
        whether = exp.EQ(this=exp.column("inner_leaf"), expression=exp.Literal.number(n - first))
        key = key.when(exp.and_(whether, *selects[n].known()), selects[n].key())
        values = values.when(whether.copy(), selects[n].values.copy())
    leaf = exp.Add(this=exp.column("inner_leaf"), expression=exp.Literal.number(first))
    columns = [
        leaf.as_("leaf"),
        exp.Literal.number(stage).as_("stage"),
        *_OWN,
        exp.column("inner_moment").as_("moment"),
        key.as_("key"),
        values.as_("values", quoted=True),
        exp.column("inner_key"),
        exp.column("inner_opened"),
    ]
    select = exp.select(*columns).sql(dialect="duckdb")
    return _MATCHED.format(select=select, given=given)


def _known(value: exp.Expr) -> exp.Expr:
    return value.copy().is_(exp.null()).not_()


def _unaliased(
    sigma: SigmaCorrelationRule, below: SigmaCorrelationRule | SigmaRule, name: str
) -> str:
    """What a name means to a rule that the correlation refers to."""
    alias = next((one for one in sigma.aliases if one.alias == name), None)
    if alias is None:
        return name
    reference = next(one for one in sigma.referenced_rules if one.rule is below)
    told = (field for given, field in alias.mapping.items() if same(reference, given))
    found = next(told, None)
    if found is None:
        raise UnsupportedRuleError(
            f"the alias {name} says no field of the rule {reference.reference}"
        )
    return found


def _key(field: Field) -> exp.Expr:
    if field.kind == "list":
        said = exp.func("list_filter", field.value.copy(), _SAID.copy(), dialect="duckdb")
        first = exp.Anonymous(this="list_extract", expressions=[said, exp.Literal.number(1)])
        return exp.Lower(this=first)
    return exp.Lower(this=exp.cast(field.value.copy(), "VARCHAR"))


_SAID = exp.Lambda(
    this=exp.column("element").is_(exp.null()).not_(), expressions=[exp.to_identifier("element")]
)
_OWN = [exp.column(name) for name in ("event_uid", "source", "tenant", "sequence")]
