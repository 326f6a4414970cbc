"""Ask planned correlations of the events: what matched, in which groups, and what is still open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from forensics.engine import Engine
from forensics.rules.correlate import Plan
from forensics.rules.correlate_hits import EVENTS

# Windows that overlap are one stretch. A hit is covered when some window that closes at it or
# later opened at it or earlier, and a stretch begins where none of those opened earlier.
_TAKEN = """
WITH {windows},
marked AS (
    SELECT hit, leaf, stage, event_uid, moment, key, inner_key, inner_opened, opened, reached,
        min(opened) OVER (
            PARTITION BY key ORDER BY moment
            RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ) AS earliest
    FROM spans
)
SELECT * EXCLUDE (earliest), max(moment) FILTER (WHERE earliest = moment) OVER (
    PARTITION BY key ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
) AS began
FROM marked WHERE earliest <= moment
"""
_OUTER = """
level AS (
    SELECT key AS outer_key, began AS outer_began, leaf, stage, event_uid, moment, inner_key,
        inner_opened
    FROM correlation_taken
)
"""
# The windows of an inner correlation that take part, joined where they overlap, so that each of
# its hits is met about once.
_INNER = """
steps_{name} AS (
    SELECT outer_key, outer_began, inner_key, inner_opened, moment,
        coalesce(inner_opened > max(moment) OVER (
            PARTITION BY outer_key, outer_began, inner_key ORDER BY moment, inner_opened
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), true) AS apart
    FROM {level} WHERE stage = {stage} AND inner_key IS NOT NULL
),
stretches_{name} AS (
    SELECT *, count(*) FILTER (WHERE apart) OVER (
        PARTITION BY outer_key, outer_began, inner_key ORDER BY moment, inner_opened
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stretch
    FROM steps_{name}
),
joined_{name} AS (
    SELECT outer_key, outer_began, inner_key, min(inner_opened) AS opens, max(moment) AS closes
    FROM stretches_{name} GROUP BY outer_key, outer_began, inner_key, stretch
),
{name} AS (
    SELECT joined.outer_key, joined.outer_began, taken.leaf + {first} AS leaf, taken.stage,
        taken.event_uid, taken.moment, taken.inner_key, taken.inner_opened
    FROM joined_{name} AS joined JOIN {taken} AS taken
        ON taken.key = joined.inner_key AND taken.moment BETWEEN joined.opens AND joined.closes
)
"""
_MEMBERS = """
WITH {levels}
SELECT outer_key AS key, outer_began AS began, event_uid, moment,
    list_sort(list(DISTINCT leaf)) AS leaves
FROM ({leaves}) GROUP BY ALL
"""
_LEAF = """
SELECT outer_key, outer_began, leaf, event_uid, moment FROM {level} WHERE inner_key IS NULL
"""
_GROUPED = """
SELECT row_number() OVER (ORDER BY first_moment, key, began) AS group_no, *
FROM (
    SELECT key, began, min(moment) AS first_moment, max(moment) AS last_moment,
        count(*) AS events
    FROM correlation_members GROUP BY key, began
) JOIN (
    SELECT key, began, {most}(reached) FILTER (WHERE opened IS NOT NULL) AS reached
    FROM correlation_taken GROUP BY key, began
) USING (key, began)
"""
_GROUPS = """
SELECT $rule_id AS rule_id, group_no, CASE WHEN $grouped THEN key ELSE [] END AS keys,
    make_timestamp(first_moment)::TIMESTAMPTZ AS first_time,
    make_timestamp(last_moment)::TIMESTAMPTZ AS last_time,
    reached, events
FROM correlation_groups ORDER BY group_no
"""
_MEMBERSHIP = """
SELECT $rule_id AS rule_id, group_no, event_uid, leaves
FROM correlation_members JOIN correlation_groups USING (key, began)
"""
_MATCHES = "SELECT DISTINCT $rule_id AS rule_id, event_uid FROM correlation_members"
_UNDECIDED = """
WITH {windows},
still_open AS ({undecided})
SELECT $rule_id AS rule_id, event_uid,
    make_timestamp(until)::TIMESTAMPTZ AS until
FROM still_open
"""
_NOTHING = "SELECT NULL AS nothing WHERE false"
_BASES = "correlation_bases"
_KEPT = ("hits", "taken", "members", "groups")


@dataclass(frozen=True)
class Answer:
    """What one correlation matched; `scan` says what the columns mean."""

    matches: pa.Table
    groups: pa.Table
    members: pa.Table
    undecided: pa.Table


def _empty(**columns: pa.DataType) -> pa.Table:
    # Of nulls, because pyarrow loads pandas to make an array of a Python list.
    return pa.table({name: pa.nulls(0, kind) for name, kind in columns.items()})


_TEXT, _NUMBER, _INSTANT = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
NO_MATCHES = _empty(rule_id=_TEXT, event_uid=_TEXT)
NO_MEMBERS = _empty(rule_id=_TEXT, group_no=_NUMBER, event_uid=_TEXT, leaves=pa.list_(_NUMBER))
NO_UNDECIDED = _empty(rule_id=_TEXT, event_uid=_TEXT, until=_INSTANT)
NO_GROUPS = _empty(
    rule_id=_TEXT,
    group_no=_NUMBER,
    keys=pa.list_(_TEXT),
    first_time=_INSTANT,
    last_time=_INSTANT,
    reached=pa.float64(),
    events=_NUMBER,
)


def ask_all(
    engine: Engine, plans: Mapping[str, Plan], bases: pa.Table, reported: Collection[str]
) -> Answer:
    """What all plans give, by the ids of their rules; sorted.

    `bases` are the matches of the rules that they stand on: rule_id and event_uid. Of rules that
    are not reported, only what is undecided is told.
    """
    with gathered(engine, list(plans.values()), bases):
        answers = {rule_id: ask(engine, rule_id, plan) for rule_id, plan in plans.items()}
    told = [answer for rule_id, answer in answers.items() if rule_id in set(reported)]
    return Answer(
        _joined(NO_MATCHES, [one.matches for one in told], "event_uid"),
        _joined(NO_GROUPS, [one.groups for one in told], "group_no"),
        _joined(NO_MEMBERS, [one.members for one in told], "group_no", "event_uid"),
        _joined(NO_UNDECIDED, [one.undecided for one in answers.values()], "event_uid"),
    )


@contextmanager
def gathered(engine: Engine, plans: Sequence[Plan], bases: pa.Table) -> Iterator[None]:
    """Within it, plans can be asked: the events that matched the rules they stand on are at hand.

    `bases` are these matches: rule_id and event_uid.
    """
    if not plans:
        yield
        return
    columns = sorted({name for plan in plans for name in plan.reads})
    chosen = [exp.column(name, table="events", quoted=True) for name in columns]
    named = exp.alias_(exp.column("rule_id", table=_BASES), "base_rule")
    joined = exp.select(named, *chosen).from_("events").join(_BASES, using=["event_uid"])
    engine.register(_BASES, bases)
    try:
        engine.keep(EVENTS, joined.sql(dialect="duckdb"))
        engine.register(_BASES, NO_MATCHES)
        yield
    finally:
        engine.keep(EVENTS, _NOTHING)


def _joined(empty: pa.Table, tables: Sequence[pa.Table], *columns: str) -> pa.Table:
    joined = pa.concat_tables([empty, *(table.cast(empty.schema) for table in tables)])
    return joined.sort_by([(name, "ascending") for name in ("rule_id", *columns)])


def ask(engine: Engine, rule_id: str, plan: Plan) -> Answer:
    """Evaluate a plan that is `gathered`, correlations that it refers to first."""
    made: list[str] = []
    _take(engine, plan, "", made)
    try:
        engine.keep("correlation_members", _members(plan))
        most = "min" if plan.from_above else "max"
        engine.keep("correlation_groups", _GROUPED.format(most=most))
        named = {"rule_id": rule_id}
        return Answer(
            engine.table(_MATCHES, named),
            engine.table(_GROUPS, named | {"grouped": plan.grouped}),
            engine.table(_MEMBERSHIP, named),
            _undecided(engine, rule_id, plan),
        )
    finally:
        # An engine keeps what it was given; the rows are not needed any more.
        for name in [*(f"correlation_{one}" for one in _KEPT), *made]:
            engine.keep(name, _NOTHING)


@contextmanager
def taken(engine: Engine, plan: Plan) -> Iterator[None]:
    """Within it, the relation `correlation_hits` holds the hits of a plan that is `gathered`.

    Beside it, `correlation_taken` and a place hold those of it that take part, and those of the
    correlations below, by the numbers of the references that lead to them.
    """
    made: list[str] = []
    try:
        _take(engine, plan, "", made)
        yield
    finally:
        for name in ["correlation_hits", *made]:
            engine.keep(name, _NOTHING)


def _take(engine: Engine, plan: Plan, place: str, made: list[str]) -> None:
    inner: dict[int, str] = {}
    for stage, below in enumerate(plan.inner):
        if below is not None:
            _take(engine, below, f"{place}_{stage}", made)
            inner[stage] = f"correlation_taken{place}_{stage}"
    engine.keep("correlation_hits", plan.hits.sql(inner))
    name = f"correlation_taken{place}"
    engine.keep(name, _TAKEN.format(windows=windows(plan)), plan.parameters)
    made.append(name)


def windows(plan: Plan) -> str:
    """Common table expressions up to `spans`, over the relation `correlation_hits`."""
    return "".join(("hits AS (SELECT * FROM correlation_hits),", plan.windows.sql.rstrip()))


def _undecided(engine: Engine, rule_id: str, plan: Plan) -> pa.Table:
    if plan.windows.undecided is None:
        return NO_UNDECIDED
    sql = _UNDECIDED.format(windows=windows(plan), undecided=plan.windows.undecided)
    return engine.table(sql, {"rule_id": rule_id, **plan.parameters})


def _members(plan: Plan) -> str:
    levels, leaves = [_OUTER], [_LEAF.format(level="level")]
    _descend(plan, "", 0, levels, leaves)
    return _MEMBERS.format(levels=",".join(levels), leaves=" UNION ALL ".join(leaves))


def _descend(plan: Plan, place: str, first: int, levels: list[str], leaves: list[str]) -> None:
    """The hits of the correlations below, within the windows that take part.

    `first` is the number that the first leaf of the plan has in the outermost one.
    """
    for stage, below in enumerate(plan.inner):
        if below is None:
            continue
        under = f"{place}_{stage}"
        name, level = f"level{under}", f"level{place}"
        taken = f"correlation_taken{under}"
        start = next(n for n, leaf in enumerate(plan.leaves) if leaf.stage == stage)
        levels.append(
            _INNER.format(name=name, level=level, stage=stage, taken=taken, first=first + start)
        )
        leaves.append(_LEAF.format(level=name))
        _descend(below, under, first + start, levels, leaves)
