"""How near a correlation came to matching at one event: what was found around it, what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sigma.correlations import SigmaCorrelationType
from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.rules import correlate_run, correlate_words
from forensics.rules.correlate import NEW_TERMS, Plan, placeholders
from forensics.rules.correlate_conditions import expression, written
from forensics.rules.correlate_hits import EVENTS, group_values

_FEW = 8
_TEMPORAL = {SigmaCorrelationType.TEMPORAL, SigmaCorrelationType.TEMPORAL_ORDERED}

# The hits that hold the event: themselves, or through the windows of a correlation below.
_OWN = """
{name} AS (
    SELECT DISTINCT key, stage, moment FROM {relation} AS hit
    WHERE (inner_key IS NULL AND event_uid = $event) {below}
),
"""
_BELOW = """
    OR (stage = {stage} AND EXISTS (
        SELECT 1 FROM {name} AS below
        WHERE below.key = hit.inner_key
            AND below.moment BETWEEN hit.inner_opened AND hit.moment
    ))
"""
_STAGES = """
WITH {own}
around AS (
    SELECT key, min(moment) AS first_own, max(moment) AS last_own, list(DISTINCT stage) AS stages
    FROM own GROUP BY key
)
SELECT around.key AS keys, stage, list_contains(any_value(stages), stage) AS of_event,
    count(DISTINCT event_uid) FILTER (WHERE {near}) AS events,
    make_timestamp(min(moment) FILTER (WHERE {near}))::TIMESTAMPTZ AS first_time,
    make_timestamp(max(moment) FILTER (WHERE {near}))::TIMESTAMPTZ AS last_time,
    make_timestamp(max(moment) FILTER (WHERE moment < first_own - $timespan))::TIMESTAMPTZ
        AS before,
    make_timestamp(min(moment) FILTER (WHERE moment > last_own + $timespan))::TIMESTAMPTZ
        AS after,
    make_timestamp(max(moment) FILTER (
        WHERE moment < first_own AND moment >= first_own - $timespan
    ))::TIMESTAMPTZ AS earlier,
    make_timestamp(min(moment) FILTER (WHERE {near} AND moment >= first_own))::TIMESTAMPTZ
        AS following,
    make_timestamp(any_value(first_own))::TIMESTAMPTZ AS own_time
FROM around JOIN correlation_hits AS hits USING (key)
GROUP BY around.key, stage ORDER BY around.key, stage
"""
_NEAR = "moment BETWEEN first_own - $timespan AND last_own + $timespan"
_WINDOWS = """
WITH {own} {windows},
best AS (
    SELECT own.key, {most}(spans.reached) AS reached,
        {most}_by(spans.moment, (spans.reached, -spans.moment)) AS closing
    FROM own LEFT JOIN spans
        ON spans.key = own.key AND spans.moment BETWEEN own.moment AND own.moment + $timespan
    GROUP BY own.key
)
SELECT best.key AS keys, any_value(best.reached) AS reached,
    count(DISTINCT hits.event_uid) AS events,
    make_timestamp(min(hits.moment))::TIMESTAMPTZ AS first_time,
    make_timestamp(max(hits.moment))::TIMESTAMPTZ AS last_time,
    list_sort(list_distinct(flatten(list(hits."values") FILTER (WHERE hits."values" IS NOT NULL))))
        AS "values"
FROM best LEFT JOIN correlation_hits AS hits
    ON hits.key = best.key AND hits.moment BETWEEN best.closing - $timespan AND best.closing
GROUP BY best.key ORDER BY best.key
"""
_MATCHED = "SELECT DISTINCT base_rule FROM correlation_events WHERE event_uid = $event"
_BEGUN = "SELECT source, min(time) AS begun FROM events WHERE time IS NOT NULL GROUP BY source"


@dataclass(frozen=True)
class Occurrence:
    """How often a rule occurred within the timespan before and after an event, in its group.

    `asked` is false for a rule that must not occur; `nearest` is the nearest time beyond that,
    where there was nothing within it.
    """

    rule: str
    asked: bool
    events: int
    first_time: datetime | None
    last_time: datetime | None
    nearest: datetime | None


@dataclass(frozen=True)
class Near:
    """One group that the event is a hit of: what its best window reached, and what lacked."""

    keys: tuple[str, ...]
    reached: float | None
    occurrences: tuple[Occurrence, ...]
    lacking: tuple[str, ...]


def near(engine: Engine, plan: Plan, event: Row) -> list[Near]:
    """For each group that an event is a hit of, what was found around it and what was not.

    The plan is `gathered`; the event has its event_uid and source. None where it is no hit.
    """
    most = "min" if plan.from_above else "max"
    told = {"event": event["event_uid"], **plan.parameters}
    own = _own(plan, "correlation_hits", "", "own")
    with correlate_run.taken(engine, plan):
        stages = engine.rows(
            _STAGES.format(own=own, near=_NEAR),
            {"event": told["event"], "timespan": told["timespan"]},
        )
        windows = correlate_run.windows(plan)
        best = engine.rows(_WINDOWS.format(own=own, windows=windows, most=most), told)
    by_key: dict[tuple[str, ...], list[Row]] = {}
    for row in stages:
        by_key.setdefault(tuple(row["keys"]), []).append(row)
    found = []
    for row in best:
        keys = tuple(row["keys"])
        around = by_key[keys]
        lacking = tuple(_lacking(engine, plan, event, row, around))
        named = keys if plan.grouped else ()
        found.append(Near(named, row["reached"], tuple(_occurrences(plan, around)), lacking))
    return found


def outside(engine: Engine, plan: Plan, event: Row) -> str:
    """Why an event is no hit of a plan that is `gathered`; the event has its time too."""
    told = {"event": event["event_uid"]}
    named = {row["base_rule"] for row in engine.rows(_MATCHED, told)}
    leaves = [leaf for leaf in plan.leaves if leaf.name in named]
    if not leaves:
        return "none of the rules that it stands on matched the event"
    if event["time"] is None:
        return "the record has no time"
    group_by = plan.sigma.group_by or []
    for leaf in leaves:
        values = [
            exp.alias_(value, f"value_{n}") for n, value in enumerate(group_values(leaf, group_by))
        ]
        this = exp.EQ(this=exp.column("event_uid"), expression=exp.Placeholder(this="event"))
        query = exp.select(exp.true().as_("here"), *values).from_(EVENTS).where(this)
        row = engine.rows(query.sql(dialect="duckdb"), told)[0]
        absent = [name for n, name in enumerate(group_by) if row[f"value_{n}"] is None]
        if absent:
            return f"the record does not say {' and '.join(absent)}, by which events are grouped"
    inner = [_title(plan, stage) for stage in sorted({leaf.stage for leaf in leaves})]
    return f"it counts only where it is part of a match of: {', '.join(inner)}"


def _own(plan: Plan, relation: str, place: str, name: str) -> str:
    """Relations of the hits that hold the event, those of the correlations below first."""
    texts, tests = [], []
    for stage, below in enumerate(plan.inner):
        if below is not None:
            under = f"{place}_{stage}"
            texts.append(_own(below, f"correlation_taken{under}", under, f"own{under}"))
            tests.append(_BELOW.format(stage=stage, name=f"own{under}"))
    return "".join([*texts, _OWN.format(name=name, relation=relation, below="".join(tests))])


def _unwanted(plan: Plan) -> frozenset[int]:
    asked = expression(plan.sigma)
    return asked.signs()[1] if asked is not None else frozenset()


def _title(plan: Plan, stage: int) -> str:
    reference = plan.sigma.referenced_rules[stage]
    return reference.rule.title or reference.reference


def _occurrences(plan: Plan, around: Sequence[Row]) -> Iterator[Occurrence]:
    rows = {row["stage"]: row for row in around}
    unwanted = _unwanted(plan)
    for stage in range(len(plan.sigma.referenced_rules)):
        row = rows.get(stage)
        if row is None:
            yield Occurrence(_title(plan, stage), stage not in unwanted, 0, None, None, None)
            continue
        beyond = [one for one in (row["before"], row["after"]) if one is not None]
        nearest = min(beyond, key=lambda one: abs(one - row["own_time"]), default=None)
        yield Occurrence(
            _title(plan, stage),
            stage not in unwanted,
            row["events"],
            row["first_time"],
            row["last_time"],
            None if row["events"] else nearest,
        )


def _lacking(
    engine: Engine, plan: Plan, event: Row, best: Row, around: Sequence[Row]
) -> Iterator[str]:
    sigma = plan.sigma
    if NEW_TERMS in written(sigma):
        yield from _not_new(engine, plan, event, around)
    elif sigma.type in _TEMPORAL:
        yield from _not_together(plan, around)
    else:
        yield from _not_reached(plan, best)


def _not_new(engine: Engine, plan: Plan, event: Row, around: Sequence[Row]) -> Iterator[str]:
    keys = around[0]["keys"]
    said = ", ".join(keys)
    if empty := [one for one in keys if one.strip() in placeholders(plan.sigma)]:
        yield f"{empty[0]!r} stands for no value, so it is never new"
        return
    earlier = [row["earlier"] for row in around if row["earlier"] is not None]
    if earlier:
        ago = around[0]["own_time"] - max(earlier)
        yield f"{said} is not new: it was there at {_at(max(earlier))}, {_long(ago)} before"
        return
    begun = {row["source"]: row["begun"] for row in engine.rows(_BEGUN)}[event["source"]]
    needed = around[0]["own_time"] - timedelta(microseconds=plan.windows.parameters["warm_up"])
    if begun > needed:
        yield (
            f"the records of {event['source']} begin at {_at(begun)}; to tell that {said} is new,"
            f" they would have to begin at {_at(needed)}"
        )


def _not_together(plan: Plan, around: Sequence[Row]) -> Iterator[str]:
    unwanted = _unwanted(plan)
    span = plan.sigma.timespan.spec
    rows = {row["stage"]: row for row in around if row["events"]}
    stages = range(len(plan.sigma.referenced_rules))
    if absent := [_title(plan, one) for one in stages if one not in rows and one not in unwanted]:
        yield f"within {span} before and after there was no: {', '.join(absent)}"
    for stage in sorted(unwanted & rows.keys()):
        row = rows[stage]
        if row["of_event"]:
            yield f"the event is itself what must not occur: {_title(plan, stage)}"
        elif row["following"] is not None:
            after = _long(row["following"] - row["own_time"])
            at = _at(row["following"])
            yield f"what must not follow did: {_title(plan, stage)} at {at}, {after} after"
    wanted = [one for one in stages if one not in unwanted]
    ordered = plan.sigma.type is SigmaCorrelationType.TEMPORAL_ORDERED
    if not absent and len(wanted) > 1:
        told = "; ".join(f"{_title(plan, one)} {_between(rows[one])}" for one in wanted)
        how = f"in this order within {span}" if ordered else f"within one {span}"
        yield f"all are there, but not {how}: {told}"


def _not_reached(plan: Plan, best: Row) -> Iterator[str]:
    asked = correlate_words.condition(plan.sigma)
    if best["reached"] is None:
        yield f"no number can be told of the windows that hold it; asked is {asked}"
        return
    counted = correlate_words.number(plan.sigma)
    if counted == "events" and best["reached"] == 1:
        counted = "event"
    values = [str(one) for one in best["values"] or ()]
    named = f" ({', '.join(values[:_FEW])}{', ...' if len(values) > _FEW else ''})"
    of_values = named if values else ""
    word = "event" if best["events"] == 1 else "events"
    said = "" if counted in {"event", "events"} else f", {best['events']:,} {word}"
    yield (
        f"the nearest window, {_between(best)}, comes to {best['reached']:g} {counted}{of_values}"
        f"{said}; asked is {asked}"
    )


def _between(row: Row) -> str:
    first, last = row["first_time"], row["last_time"]
    return f"at {_at(first)}" if first == last else f"from {_at(first)} to {_at(last)}"


def _at(moment: Any) -> str:
    told = moment.astimezone(UTC)
    return f"{told:%Y-%m-%d %H:%M:%S}" + (f".{told:%f}"[:4] if told.microsecond else "") + "Z"


def _long(span: timedelta) -> str:
    """A span of time in its two greatest units: `1h 5m`."""
    seconds = span.total_seconds()
    parts = []
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            parts.append(f"{int(seconds // length)}{unit}")
            seconds %= length
    if seconds or not parts:
        parts.append(f"{seconds:g}s")
    return " ".join(parts[:2])
