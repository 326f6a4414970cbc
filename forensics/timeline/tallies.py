"""Events counted: by their values, by what was never seen before, and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field, named_field
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.timeline.query import NOTED, TimelineQuery, chosen, in_order, shown

_DIALECT = "duckdb"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_BINS = 60
"""Most bins that a histogram has unless it is told otherwise."""
_STEPS_S = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000),
)


def _span_field(name: str, form: str) -> Field:
    """The time of an event cut to a span of UTC, as text; the engine needs no zones for it."""
    cut = f"strftime(make_timestamp(epoch_us(\"time\")), '{form}')"
    return Field(name, "text", sqlglot.parse_one(cut, dialect=_DIALECT))


_SPANS = {"day": _span_field("day", "%Y-%m-%d"), "hour": _span_field("hour", "%Y-%m-%dT%HZ")}


@dataclass(frozen=True)
class Before:
    """What the time before a window holds: how many events that fit, and since when."""

    events: int
    since: datetime | None


def fields(names: Sequence[str]) -> list[Field]:
    """The fields to count by; raises `UsageError` for none, one unknown or one named twice."""
    if not names:
        raise UsageError("There is no field to count by.", remedy="Write actor or actor,action.")
    if len(set(names)) < len(names):
        raise UsageError("A field is named twice.", place=",".join(names))
    found = [_SPANS.get(name) or named_field(name) for name in names]
    if noted := [one.name for one in found if one.value.name in NOTED]:
        raise UsageError(
            f"Events are not counted by {noted[0]}.", remedy="See forensics note list."
        )
    return found


def count_by(engine: Engine, query: TimelineQuery, names: Sequence[str]) -> pa.Table:
    """How many of the events bear each value, or combination of values; the most frequent first.

    Columns: one by the name of each field, then `events`, `first_time`, `last_time`. NULL is an
    event that does not say. An event that bears several values of a list counts for each of them.
    Values are told apart as they were written; `day` and `hour` are those of UTC. `limit` keeps
    the first rows.
    """
    asked = fields(names)
    valued, parameters = _valued(engine, query, asked, "events.time")
    keys = [exp.column(f"k{number}", quoted=True) for number in range(len(asked))]
    select = exp.select(
        *(exp.alias_(key, one.name, quoted=True) for key, one in zip(keys, asked, strict=True)),
        "count(*) AS events",
        "min(time) AS first_time",
        "max(time) AS last_time",
    ).from_(valued.subquery("valued"))
    select = select.group_by(*keys).order_by("events DESC", *(_last(key) for key in keys))
    if query.limit is not None:
        select = select.limit(query.limit)
    return engine.table(select.sql(dialect=_DIALECT), parameters)


def first_seen(engine: Engine, query: TimelineQuery, names: Sequence[str]) -> pa.Table:
    """The first event of each value, or combination, that no event before the window bears.

    The window is `since` to `until`; what lies before it is asked with all other conditions.
    Values are compared in any case; an event that does not say bears none. Columns: those of
    `query.run`, then `first_seen` (the values, in the order of the fields) and `seen` (how many
    events of the window bear them).
    """
    asked = fields(names)
    before = replace(query, since=None)
    order = ("time", "source", "sequence", "record_no", "event_no", "event_uid")
    valued, parameters = _valued(engine, before, asked, *(f"events.{one}" for one in order))
    keys = [exp.column(f"k{number}", quoted=True) for number in range(len(asked))]
    folded = [exp.Lower(this=exp.cast(key.copy(), "VARCHAR")) for key in keys]
    known = exp.and_(*(key.copy().is_(exp.null()).not_() for key in keys))
    first = exp.Window(
        this=exp.RowNumber(),
        partition_by=[one.copy() for one in folded],
        order=exp.Order(expressions=in_order()),
    )
    count = exp.Window(this=exp.Count(this=exp.Star()), partition_by=folded)
    texts = exp.array(*(exp.cast(key.copy(), "VARCHAR") for key in keys), dialect=_DIALECT)
    ranked = (
        exp.select("event_uid", "time", exp.alias_(texts, "first_seen"))
        .select(exp.alias_(count, "seen"), exp.alias_(first, "place"))
        .from_(valued.subquery("valued"))
        .where(known)
    )
    new = exp.select("event_uid AS uid", "first_seen", "seen").from_(ranked.subquery("ranked"))
    new = new.where("place = 1")
    if query.since is not None:
        new = new.where("time >= $first_seen_since")
        parameters |= {"first_seen_since": query.since}
    found = exp.select("events.*", "new.first_seen", "new.seen").from_("events")
    found = found.join(new.subquery("new"), on="new.uid = events.event_uid")
    if query.limit is not None:
        found = found.order_by(*in_order("events"), "new.first_seen").limit(query.limit)
    return shown(engine, found, parameters, raw=query.raw, more=("first_seen", "seen"))


def before(engine: Engine, query: TimelineQuery) -> Before:
    """What `first_seen` compares with: all that fits and lies before `since`."""
    if query.since is None:
        return Before(0, None)
    found, parameters = chosen(engine, replace(query, since=None, until=query.since))
    counted = exp.select("count(*) AS events", "min(time) AS since").from_(found.subquery("found"))
    [row] = engine.rows(counted.sql(dialect=_DIALECT), parameters)
    return Before(row["events"], row["since"])


def histogram(engine: Engine, query: TimelineQuery, most: int = MOST_BINS) -> pa.Table:
    """How many of the events fall into each of at most `most` bins of one length; see `bins`."""
    found, parameters = chosen(engine, query)
    times = found.select("events.time", append=False).sql(dialect=_DIALECT)
    return bins(engine.table(times, parameters)["time"], most)


def bins(times: pa.ChunkedArray, most: int = MOST_BINS) -> pa.Table:
    """Times counted in at most so many (two or more) bins of one length, without a gap.

    Columns: `bin_start`, `bin_end` (excluded), both UTC, and `events`. A bin is a round length,
    counted from 1970 in UTC. Events without a time are in none; without any there is no bin.
    """
    if most < 2:
        # Times on both sides of 1970 are in two bins, however long these are.
        raise UsageError(f"A histogram has two bins or more, not {most}.")
    micros = pc.drop_null(times).cast(pa.int64())
    schema = {"bin_start": _INSTANT, "bin_end": _INSTANT, "events": pa.int64()}
    if not len(micros):
        return pa.table({name: pa.array([], kind) for name, kind in schema.items()})
    low, high = (pc.min(micros).as_py(), pc.max(micros).as_py())
    step = _step(low, high, most) * 1_000_000
    places = pc.floor(pc.divide(pc.cast(micros, pa.float64()), float(step))).cast(pa.int64())
    counted = {one["values"]: one["counts"] for one in pc.value_counts(places).to_pylist()}
    numbers = range(low // step, high // step + 1)
    starts = [_EPOCH + timedelta(microseconds=number * step) for number in numbers]
    length = timedelta(microseconds=step)
    columns = [starts, [one + length for one in starts], [counted.get(n, 0) for n in numbers]]
    arrays = [pa.array(one, kind) for one, kind in zip(columns, schema.values(), strict=True)]
    return pa.table(arrays, names=list(schema))


_INSTANT = pa.timestamp("us", tz="UTC")


def _step(low: int, high: int, most: int) -> int:
    """The shortest round length, in seconds, of which `most` reach from low to high."""

    def needed(step: int) -> int:
        return high // (step * 1_000_000) - low // (step * 1_000_000) + 1

    fitting = (step for step in _STEPS_S if needed(step) <= most)
    found = next(fitting, None)
    if found is None:
        found = _STEPS_S[-1]
        while needed(found) > most:
            found *= 2
    return found


def _valued(
    engine: Engine, query: TimelineQuery, asked: Sequence[Field], *columns: str
) -> tuple[exp.Select, dict[str, Any]]:
    """The events that fit as rows of some columns and their values k0, k1 ..., one by one."""
    found, parameters = chosen(engine, query)
    select = found.select(*columns, append=False)
    for number, one in enumerate(asked):
        value, texts = matching.bound(one.value, prefix=f"field_{number}_")
        parameters |= texts
        select = select.select(exp.alias_(_qualified(value), f"k{number}", quoted=True))
    for number, one in enumerate(asked):
        if one.kind == "list":
            select = _one_by_one(select, f"k{number}")
    return select, parameters


def _qualified(value: exp.Expr) -> exp.Expr:
    for column in value.find_all(exp.Column):
        if not column.table and column.args["this"].quoted:
            column.set("table", exp.to_identifier("events"))
    return value


def _one_by_one(select: exp.Select, key: str) -> exp.Select:
    """Each row once for each distinct element of a list; once with NULL where there is none."""
    column = exp.column(key, quoted=True)
    distinct = exp.func("list_distinct", column, dialect=_DIALECT)
    empty = exp.Coalesce(
        this=exp.func("nullif", distinct, exp.array(), dialect=_DIALECT),
        expressions=[sqlglot.parse_one("[NULL]", dialect=_DIALECT)],
    )
    rest = exp.Star(except_=[exp.to_identifier(key, quoted=True)])
    spread = exp.alias_(exp.func("unnest", empty, dialect=_DIALECT), key, quoted=True)
    return exp.select(rest, spread).from_(select.subquery("listed"))


def _last(key: exp.Expr) -> exp.Expr:
    return exp.Ordered(this=key.copy(), nulls_first=False)
