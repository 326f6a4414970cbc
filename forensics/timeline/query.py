"""Questions to the event table: who did what to whom, and when, in a total order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pyarrow as pa
import sqlglot
from sqlglot import exp

from forensics import event
from forensics.conditions import vocabulary
from forensics.conditions.matching import Wildcard
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.timeline.order import DISPLAY
from forensics.timeline.when import Instant

_DIALECT = "duckdb"

ACTOR = """(list_contains($actors, lower(actor)) OR list_contains($actors, lower(actor_id))
OR list_contains($actors, lower(actor_email)) OR list_contains($actors, lower(actor_name)))"""
TARGET = """(lower(target) = $target OR lower(target_id) = $target OR lower(target_name) = $target
OR list_contains(list_transform(targets, lambda t: lower(t)), $target))"""

_NEAR = {
    "actor": "SELECT unnest([actor, actor_email, actor_name, actor_id]) AS name FROM events",
    "target": "SELECT unnest([target, target_name, target_id]) AS name FROM events",
    "action": "SELECT action AS name FROM events",
    "source": "SELECT source AS name FROM events",
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
class TimelineQuery:
    """A question to the events; every part given must hold.

    `condition` is a boolean over event columns with its named `parameters`. `actor` and `target`
    match any of the account's names in any case; `action` may begin or end with `*`. `since` is
    inclusive and `until` exclusive, both aware. `around` keeps what lies within `window` of it.
    `raw` adds the record as it stood; `limit` keeps the first events.
    """

    condition: exp.Expr | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    actor: str | Sequence[str] | None = None
    target: str | None = None
    action: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    around: Instant | None = None
    window: timedelta = timedelta(minutes=15)
    limit: int | None = None
    raw: bool = False


def run(engine: Engine, query: TimelineQuery) -> pa.Table:
    """The events asked for, ordered by time, source, sequence, record and uid.

    Columns: those of the event table (`raw` only if asked), then `file` and `file_sha256`.
    """
    conditions, parameters = _conditions(query)
    wanted = [c.name for c in event.COLUMNS if query.raw or c.name != "raw"]
    known_files = "files" in engine.relations()
    select = exp.select(*(exp.column(name, table="e") for name in wanted)).from_(
        exp.alias_(_chosen(query, conditions), "e", table=True)
    )
    if known_files:
        select = select.join("files AS f", on="f.file_id = e.file_id", join_type="left")
    for name, column in (("file", "path"), ("file_sha256", "sha256")):
        value = exp.column(column, table="f") if known_files else _sql("CAST(NULL AS VARCHAR)")
        select = select.select(exp.alias_(value, name))
    select = select.order_by(*(_sql(f"e.{term}", into=exp.Ordered) for term in _ORDER_TERMS))
    return engine.table(select.sql(dialect=_DIALECT), parameters)


_ORDER_TERMS = DISPLAY.split(", ")


def near_names(
    engine: Engine, column: Literal["actor", "target", "action", "source"], text: str
) -> list[str]:
    """Up to five recorded names that resemble `text`, nearest first; for a name nobody bears."""
    sql = " ".join(("WITH named AS (", _NEAR[column], ")", _NEAR_RANKED))
    rows = engine.rows(sql, {"text": text.strip().lstrip("@").lower()})
    return [row["name"] for row in rows]


def sources(engine: Engine) -> list[str]:
    """The sources that there are events of, sorted."""
    found = engine.rows("SELECT DISTINCT source FROM events WHERE source IS NOT NULL")
    return sorted(row["source"] for row in found)


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


def _chosen(query: TimelineQuery, conditions: list[exp.Expr]) -> exp.Subquery:
    chosen = exp.select("*").from_("events")
    if conditions:
        chosen = chosen.where(exp.and_(*conditions))
    if query.limit is not None:
        if query.limit < 0:
            raise UsageError(f"The limit {query.limit} is below 0.")
        chosen = chosen.order_by(*(_sql(t, into=exp.Ordered) for t in _ORDER_TERMS))
        chosen = chosen.limit(query.limit)
    return chosen.subquery()


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
    if query.target is not None:
        require(TARGET, target=query.target.strip().lower())
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


def _sql(text: str, into: type[exp.Expr] | None = None) -> exp.Expr:
    """A constant piece of SQL as an expression."""
    if into is not None:
        parsed: exp.Expr = sqlglot.parse_one(text, dialect=_DIALECT, into=into)
    else:
        parsed = sqlglot.parse_one(text, dialect=_DIALECT)
    return parsed
