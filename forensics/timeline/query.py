"""Questions to the event table: who did what to whom, and when, in a total order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import pyarrow as pa
import sqlglot
from sqlglot import exp

from forensics import event
from forensics.conditions import vocabulary
from forensics.conditions.matching import Wildcard
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.timeline import named
from forensics.timeline.order import DISPLAY
from forensics.timeline.when import Instant

_DIALECT = "duckdb"

ACTOR = """(list_contains($actors, lower(actor)) OR list_contains($actors, lower(actor_id))
OR list_contains($actors, lower(actor_email)) OR list_contains($actors, lower(actor_name)))"""
TARGET = """(list_contains($targets, lower(target)) OR list_contains($targets, lower(target_id))
OR list_contains($targets, lower(target_name))
OR list_has_any(list_transform(targets, lambda t: lower(t)), $targets))"""
# Of one name; it costs a quarter less to look through all targets for one than for any of a list.
_ONE_TARGET = """(lower(target) = $target OR lower(target_id) = $target
OR lower(target_name) = $target
OR list_contains(list_transform(targets, lambda t: lower(t)), $target))"""

Same = Literal["session", "actor", "target", "ip", "case"]
"""What two events can have in common; see `pivot.shared`."""

_SAME: dict[Same, str] = {
    "session": "list_contains($same_session, lower(session_id))",
    "actor": ACTOR.replace("$actors", "$same_actor"),
    "target": TARGET.replace("$targets", "$same_target"),
    "ip": "list_contains($same_ip, lower(src_ip))",
    "case": "list_contains($same_case, lower(case_id))",
}
# What stands beside an event now: its notes in the order of writing, and their tags.
EVENT_NOTES = """
SELECT event_uid,
       list(concat(author, ': ', text) ORDER BY note_id) FILTER (WHERE text <> '') AS notes,
       nullif(list_sort(list_distinct(flatten(list(tags)))), []) AS tags
FROM notes WHERE withdrawn_at IS NULL GROUP BY event_uid
"""
"""Notes and tags by event, from the relation `notes`."""

_NO_NOTES = """
SELECT NULL::VARCHAR AS event_uid, NULL::VARCHAR[] AS notes, NULL::VARCHAR[] AS tags WHERE false
"""
_FILES = "SELECT file_id, path AS file, sha256 AS file_sha256 FROM files"
_NO_FILES = """
SELECT NULL::BIGINT AS file_id, NULL::VARCHAR AS file, NULL::VARCHAR AS file_sha256 WHERE false
"""
NOTED = ("notes", "tags")
_IN_ORDER = " ".join(("SELECT 1 ORDER BY", DISPLAY))
_NEAREST = """
SELECT 1 ORDER BY events.event_uid IS DISTINCT FROM $pivot_uid,
    abs(epoch_us(events.time) - epoch_us($pivot_time::TIMESTAMPTZ)) NULLS LAST
"""
_NEAR_BY = " ".join(
    (
        "SELECT event_uid, matched FROM (",
        "SELECT event_uid, matched, bool_or(matched) OVER (ORDER BY",
        DISPLAY,
        "ROWS BETWEEN $context PRECEDING AND $context FOLLOWING) AS near",
        "FROM (SELECT time, source, sequence, record_no, event_no, event_uid,",
        "event_uid IN (SELECT event_uid FROM hits) AS matched FROM events) AS all_events",
        ") AS ranked WHERE near",
    )
)

Named = Literal["actor", "target", "action", "source", "tenant"]
"""What is asked for by a name that may be mistyped."""

_NEAR: dict[Named, str] = {
    "actor": "SELECT unnest([actor, actor_email, actor_name, actor_id]) AS name FROM events",
    "target": "SELECT unnest([target, target_name, target_id]) AS name FROM events",
    "action": "SELECT action AS name FROM events",
    "source": "SELECT source AS name FROM events",
    "tenant": "SELECT tenant AS name FROM events",
}
# A handle is often typed without its sign, an e-mail without its domain.
_NEAR_RANKED = """
SELECT name FROM (
    SELECT name, greatest(
        jaro_winkler_similarity(lower(ltrim(name, '@')), $text),
        CASE WHEN length($text) > 2 AND contains(lower(name), $text) THEN 0.9 ELSE 0 END
    ) AS likeness
    FROM (SELECT DISTINCT name FROM named WHERE name IS NOT NULL) AS names
) AS ranked
WHERE likeness >= 0.8
ORDER BY likeness DESC, name
LIMIT 5
"""


@dataclass(frozen=True)
class Pivot:
    """What is looked around from: a time, and the event where it is one's; None is unknown."""

    time: datetime | None
    event_uid: str | None = None


@dataclass(frozen=True)
class TimelineQuery:
    """A question to the events; every part given must hold.

    `condition` is a boolean over event columns (and `notes`, `tags`) with its named `parameters`.
    `actor` and `target` match any of the account's names in any case; `action` may begin or end
    with `*`. `since` is inclusive and `until` exclusive, both aware. `around` keeps what lies
    within `window` of it. `same` keeps what shares one of these names in lower case. `raw` adds
    the record as it stood; `limit` keeps the first events, or those nearest to a `pivot`.
    `context` adds so many events of the case before and after each.
    """

    condition: exp.Expr | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    actor: str | Sequence[str] | None = None
    target: str | Sequence[str] | None = None
    action: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    around: Instant | None = None
    window: timedelta = timedelta(minutes=15)
    same: Mapping[Same, Sequence[str]] = field(default_factory=dict)
    limit: int | None = None
    pivot: Pivot | None = None
    raw: bool = False
    context: int = 0


def run(engine: Engine, query: TimelineQuery) -> pa.Table:
    """The events asked for, ordered by time, source, sequence, record and uid.

    Columns: those of the event table (`raw` only if asked), `file`, `file_sha256`, `notes`,
    `tags`; with `context` also `matched`, false for an event that stands there as context.
    """
    found, parameters = chosen(engine, query)
    found, more = _limited(found, query)
    parameters |= more
    if query.context < 0:
        raise UsageError(f"The context {query.context} is below 0.")
    if query.context:
        found, parameters = _with_context(found), parameters | {"context": query.context}
    return shown(engine, found, parameters, raw=query.raw, more=["matched"] * bool(query.context))


def count(engine: Engine, query: TimelineQuery) -> int:
    """How many events there are, without `limit` and `context`."""
    found, parameters = chosen(engine, query)
    counted = exp.select("count(*) AS n").from_(found.subquery("found"))
    total: int = engine.rows(counted.sql(dialect=_DIALECT), parameters)[0]["n"]
    return total


def shown(
    engine: Engine,
    found: exp.Select,
    parameters: Mapping[str, Any],
    *,
    raw: bool = False,
    more: Sequence[str] = (),
) -> pa.Table:
    """Events in order with their file, notes and tags; `more` names further columns of `found`."""
    relations = engine.relations()
    files = _sql(_FILES if "files" in relations else _NO_FILES)
    names = [one.name for one in event.COLUMNS if raw or one.name != "raw"]
    told = [("f", "file"), ("f", "file_sha256"), ("n", "notes"), ("n", "tags")]
    wanted = [*(("e", one) for one in names), *told, *(("e", one) for one in more)]
    select = exp.select(*(exp.column(name, table=table) for table, name in wanted))
    select = select.from_(found.subquery("e"))
    select = select.join(files.subquery("f"), on="f.file_id = e.file_id", join_type="left")
    notes = _noted(relations, "n")
    select = select.join(notes, on="n.event_uid = e.event_uid", join_type="left")
    return engine.table(select.order_by(*in_order("e")).sql(dialect=_DIALECT), parameters)


def in_order(table: str | None = None) -> list[exp.Expr]:
    """The terms of the order in which events are shown, as those of a table where one is named."""
    ordered = _sql(_IN_ORDER).args["order"].copy()
    if table is not None:
        for column in ordered.find_all(exp.Column):
            column.set("table", exp.to_identifier(table))
    terms: list[exp.Expr] = ordered.expressions
    return terms


def is_borne(engine: Engine, column: Named, text: str) -> bool:
    """Whether some record bears the name, in any case."""
    borne = "SELECT 1 FROM named WHERE lower(name) = $text LIMIT 1"
    sql = " ".join(("WITH named AS (", _NEAR[column], ")", borne))
    return bool(engine.rows(sql, {"text": text.strip().lower()}))


def near_names(engine: Engine, column: Named, text: str) -> list[str]:
    """Up to five recorded names that resemble `text`, nearest first; for a name nobody bears."""
    sql = " ".join(("WITH named AS (", _NEAR[column], ")", _NEAR_RANKED))
    rows = engine.rows(sql, {"text": text.strip().lstrip("@").lower()})
    return [row["name"] for row in rows]


def sources(engine: Engine) -> list[str]:
    """The sources that there are events of, sorted."""
    found = engine.rows("SELECT DISTINCT source FROM events WHERE source IS NOT NULL")
    return sorted(row["source"] for row in found)


def check_tenant(engine: Engine, tenant: str | None) -> None:
    """Raise `UsageError`, with the nearest or all there are, where no record names that tenant."""
    if tenant is None:
        return
    found = engine.rows("SELECT DISTINCT tenant FROM events WHERE tenant IS NOT NULL")
    known = sorted(row["tenant"] for row in found)
    if tenant.strip().lower() not in {one.lower() for one in known}:
        listed = f"Recorded are: {', '.join(known)}." if known else "No record names a tenant."
        raise vocabulary.unknown("tenant", tenant, known, listed)


def check(
    engine: Engine,
    action: str | None,
    named: Iterable[str | None],
    declared: Callable[[], Collection[str]],
) -> None:
    """Raise `UsageError` when no verb fits an action, or nothing knows a source of that name.

    A source is known when there are events of it, or else when it is `declared`.
    """
    if action is not None:
        pieces = re.findall(r"\*|[^*]+", action.strip())
        vocabulary.check("action", [Wildcard.ANY if one == "*" else one for one in pieces])
    asked = [one.strip().lower() for one in named if one is not None]
    held = set(sources(engine)) if asked else set()
    for one in asked:
        if one not in held and one not in (known := declared()):
            raise vocabulary.unknown("source", one, {*held, *known})


def around(engine: Engine, actor: str | Sequence[str], time: datetime, minutes: float) -> list[str]:
    """Uids of what an account (or any of several) did so many minutes before or after, in order."""
    span = TimelineQuery(
        actor=actor,
        around=Instant(time, time, time.isoformat()),
        window=timedelta(minutes=minutes),
    )
    uids: list[str] = run(engine, span).column("event_uid").to_pylist()
    return uids


def chosen(engine: Engine, query: TimelineQuery) -> tuple[exp.Select, dict[str, Any]]:
    """All events that fit, neither limited nor in order, as a SELECT with its parameters."""
    conditions, parameters = _conditions(query)
    select = exp.select("events.*").from_("events")
    names = _targets(query)
    if names is not None and (where := named.placed(engine, names)) is not None:
        select = exp.select("events.*").from_("placed_events AS events").where(where)
    condition = query.condition or exp.true()
    if any(one.name in NOTED for one in condition.find_all(exp.Column)):
        noted = _noted(engine.relations(), "noted")
        select = select.join(noted, on="noted.event_uid = events.event_uid", join_type="left")
    return (select.where(*conditions) if conditions else select), parameters


def _targets(query: TimelineQuery) -> Collection[str] | None:
    """Names of which one has to be that of a target, in lower case; None where time tells more."""
    if query.since or query.until or query.around:
        return None
    if query.target is None:
        return query.same.get("target")
    listed = [query.target] if isinstance(query.target, str) else query.target
    return [name.strip().lower() for name in listed]


def _noted(relations: Sequence[str], name: str) -> exp.Expr:
    notes = _sql(EVENT_NOTES if "notes" in relations else _NO_NOTES, into=exp.Select)
    return exp.alias_(notes.subquery(), name, table=True)


def _limited(found: exp.Select, query: TimelineQuery) -> tuple[exp.Select, dict[str, Any]]:
    """The first events, or a pivot and those nearest to it, with the parameters of that."""
    limit, pivot = query.limit, query.pivot
    if limit is None:
        return found, {}
    if limit < 0:
        raise UsageError(f"The limit {limit} is below 0.")
    if pivot is None:
        return found.order_by(*in_order("events")).limit(limit), {}
    nearest = [one.copy() for one in _sql(_NEAREST).args["order"].expressions]
    told = {"pivot_uid": pivot.event_uid, "pivot_time": pivot.time}
    return found.order_by(*nearest, *in_order("events")).limit(limit), told


def _with_context(found: exp.Select) -> exp.Select:
    """The events found and their neighbours, told apart by `matched`.

    Only what gives the order is sorted; the rest is read for the events that are kept.
    """
    hits = found.select("events.event_uid", append=False)
    kept = exp.alias_(_sql(_NEAR_BY, into=exp.Select).subquery(), "kept", table=True)
    select = exp.select("events.*", "kept.matched").from_("events")
    return select.join(kept, on="kept.event_uid = events.event_uid").with_("hits", as_=hits)


def _conditions(query: TimelineQuery) -> tuple[list[exp.Expr], dict[str, Any]]:
    conditions: list[exp.Expr] = []
    parameters: dict[str, Any] = dict(query.parameters)

    def require(sql: str, **values: Any) -> None:
        conditions.append(_sql(sql))
        if clash := values.keys() & parameters.keys():
            raise UsageError(f"The parameter ${min(clash)} is taken by the timeline itself.")
        parameters.update(values)

    if query.condition is not None:
        conditions.append(exp.paren(query.condition.copy()))
    if query.actor is not None:
        actors = [query.actor] if isinstance(query.actor, str) else query.actor
        require(ACTOR, actors=[name.strip().lower() for name in actors])
    if isinstance(query.target, str):
        require(_ONE_TARGET, target=query.target.strip().lower())
    elif query.target is not None:
        require(TARGET, targets=[name.strip().lower() for name in query.target])
    if query.action is not None:
        require(r"lower(action) LIKE $action ESCAPE '\'", action=_like(query.action))
    if query.source is not None:
        require("lower(source) = $source", source=query.source.strip().lower())
    if query.since is not None:
        require("time >= $since", since=query.since)
    if query.until is not None:
        require("time < $until", until=query.until)
    if query.around is not None:
        require(
            "time >= $around_from AND time < $around_to",
            around_from=query.around.earliest - query.window,
            around_to=query.around.latest + query.window,
        )
    for kind, names in query.same.items():
        require(_SAME[kind], **{f"same_{kind}": list(names)})
    return conditions, parameters


def _like(action: str) -> str:
    """A verb with `*` at its ends as a LIKE pattern with escape `\\`."""
    verb = action.strip().lower()
    if "*" in verb.strip("*"):
        raise UsageError(
            f"The action {action!r} has a * in its middle.",
            remedy='A * may stand at its beginning or end, as in "account.*" or "*.delete".',
        )
    escaped = verb.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return escaped.replace("*", "%")


@cache
def _sql(text: str, into: type[exp.Expr] | None = None) -> Any:
    """A constant piece of SQL as an expression."""
    return sqlglot.parse_one(text, dialect=_DIALECT, into=into)
