"""Questions to the events of a case in the words of people: names, queries, times, event ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict, Unpack

import pyarrow as pa

from forensics.conditions import matching, vocabulary
from forensics.conditions import query as conditions
from forensics.engine import Engine, Row
from forensics.errors import UsageError
from forensics.timeline import gaps, pivot, query, succession, tallies, when
from forensics.timeline.gaps import Gap
from forensics.timeline.query import Same, TimelineQuery

_WINDOW = timedelta(minutes=15)
_NOTES = """
SELECT n.note_id, n.time, n.author, n.text, n.tags, n.event_uid, e.time AS event_time, e.source,
       e.actor, e.action, e.target, n.withdrawn_at, n.withdrawn_by, n.withdrawn_why
FROM notes AS n
LEFT JOIN (SELECT event_uid, time, source, actor, action, target FROM events
           WHERE event_uid IN (SELECT event_uid FROM notes)) AS e ON e.event_uid = n.event_uid
WHERE ($uid::VARCHAR IS NULL OR n.event_uid = $uid) AND ($withdrawn OR n.withdrawn_at IS NULL)
ORDER BY n.note_id
"""


class Filters(TypedDict, total=False):
    """What a question may name beside its query; everything named must hold.

    `actor`, `target`, `action` (may begin or end with `*`) and `source` are names in any case.
    Times are human (`2017-11-02 18:50 EDT`, `3 days ago`) or aware; without a zone of their own
    they are read in `zone`. `around` is a time or the beginning of an event id, `window` how far
    to look from there: 15 minutes, or without end where `same` (session, actor, target, ip, case)
    says what the events must share with it. `context` adds so many events before and after each.
    `raw` adds the record as it stood; `limit` keeps the first, or with `around` the event and those
    nearest to it. `query` is the query by its name.
    """

    query: str | None
    actor: str | None
    target: str | None
    action: str | None
    source: str | None
    since: str | datetime | None
    until: str | datetime | None
    around: str | datetime | None
    window: str | timedelta | None
    same: Same | Sequence[Same]
    context: int
    limit: int | None
    raw: bool
    zone: str


class Questions:
    """Questions to the events that an engine holds; answers are Arrow tables.

    Each raises `UsageError` on a time, id or query that cannot be read, and on an action or source
    that nothing can be of; `declared` gives the sources that are known.
    """

    def __init__(
        self,
        engine: Engine,
        declared: Callable[[], Collection[str]],
        clocked: Callable[[], None] | None = None,
    ) -> None:
        """`clocked` sees to it that there are `timed_events`; without it no order is judged."""
        self._engine = engine
        self._declared = declared
        self._clocked = clocked

    def timeline(self, text: str | None = None, **filters: Unpack[Filters]) -> pa.Table:
        """The events in order, each with its file, record, notes and tags; see `query.run`.

        `succession.COLUMN` says whether each is known to have come after the one before it.
        """
        found = query.run(self._engine, self._asked(text, filters))
        if self._clocked is None:
            return found
        if found.num_rows > 1:
            self._clocked()
            return succession.marked(self._engine, found)
        return found.append_column(succession.COLUMN, pa.nulls(found.num_rows, pa.string()))

    def total(self, text: str | None = None, **filters: Unpack[Filters]) -> int:
        """How many events there are to a question; `limit` and `context` count for nothing."""
        return query.count(self._engine, self._asked(text, filters))

    def count_by(
        self, fields: str | Sequence[str], text: str | None = None, **filters: Unpack[Filters]
    ) -> pa.Table:
        """How many events bear each value, or combination of values; see `tallies.count_by`."""
        asked = self._asked(text, filters, besides="context")
        return tallies.count_by(self._engine, asked, _listed(fields))

    def first_seen(
        self, fields: str | Sequence[str], text: str | None = None, **filters: Unpack[Filters]
    ) -> pa.Table:
        """The first event of each value not borne before the window; see `tallies.first_seen`."""
        asked = _windowed(self._asked(text, filters, besides="context"))
        return tallies.first_seen(self._engine, asked, _listed(fields))

    def before(self, text: str | None = None, **filters: Unpack[Filters]) -> tallies.Before:
        """What `first_seen` compares the window with."""
        return tallies.before(self._engine, _windowed(self._asked(text, filters)))

    def histogram(
        self, text: str | None = None, *, bins: int = tallies.MOST_BINS, **filters: Unpack[Filters]
    ) -> pa.Table:
        """The events that fit, without `limit` and `context`, over time; see `tallies.bins`."""
        return tallies.histogram(self._engine, self._asked(text, filters), bins)

    def gaps(self, text: str | None = None, **filters: Unpack[Filters]) -> tuple[Gap, ...]:
        """Where the records asked about are silent within the time asked about, if one is."""
        asked = _windowed(self._asked(text, filters))
        if asked.since is None and asked.until is None:
            return ()
        wanted = asked.source.strip().lower() if asked.source else None
        found = gaps.gaps(self._engine, asked.since, asked.until)
        return tuple(one for one in found if wanted in {None, one.source.lower()})

    def unmeasured(self) -> str | None:
        """What the marks of order in a timeline rest on, where clocks were not measured for it."""
        from forensics.timeline import clocks

        return clocks.unmeasured(self._engine)

    def notes(self, event: str | None = None, *, withdrawn: bool = False) -> pa.Table:
        """The notes in the order of writing, each with time, actor, action and target of its event.

        `event` is the beginning of an id; with `withdrawn` those that no longer stand come too.
        """
        uid = pivot.event(self._engine, event)["event_uid"] if event else None
        return self._engine.table(_NOTES, {"uid": uid, "withdrawn": withdrawn})

    def _asked(
        self, text: str | None, filters: Filters, *, besides: Literal["context"] | None = None
    ) -> TimelineQuery:
        for name in filters:
            vocabulary.one_of("filter", name, Filters.__annotations__)
        text = _the_query(text, filters)
        action, source = filters.get("action"), filters.get("source")
        condition, parameters = matching.bound(conditions.compile(text)) if text else (None, {})
        named = [source, *conditions.asked_of(text or "", "source")]
        query.check(self._engine, action, named, self._declared)
        if besides and filters.get(besides):
            raise UsageError("Context stands around events, not around counts or first ones.")
        since, until = self._span(filters)
        return TimelineQuery(
            condition=condition,
            parameters=parameters,
            actor=filters.get("actor"),
            target=filters.get("target"),
            action=action,
            source=source,
            since=since,
            until=until,
            **self._pivot(filters),
            limit=filters.get("limit"),
            raw=filters.get("raw", False),
            context=filters.get("context", 0),
        )

    def _span(self, filters: Filters) -> tuple[datetime | None, datetime | None]:
        since, until = filters.get("since"), filters.get("until")
        zone = filters.get("zone", "UTC")
        first = _moment(since, zone).earliest if since else None
        last = _moment(until, zone).latest if until else None
        if first and last and first >= last:
            raise UsageError(f"Nothing lies between since {str(since)!r} and until {str(until)!r}.")
        return first, last

    def _pivot(self, filters: Filters) -> dict[str, Any]:
        """What `around`, `window` and `same` say of a question."""
        around, window, same = filters.get("around"), filters.get("window"), filters.get("same")
        zone, length = filters.get("zone", "UTC"), _length(window)
        kinds = [same] if isinstance(same, str) else same or ()
        if not around:
            if kinds:
                raise UsageError(
                    "There is no event to share something with.",
                    remedy="Name one: --around EVENT --same session",
                )
            return {}
        far = {"window": _WINDOW if length is None else length}
        found = self._event(around, zone, needed=bool(kinds))
        if found is None:
            moment = _moment(around, zone)
            middle = moment.earliest + (moment.latest - moment.earliest) / 2
            return {"around": moment, "pivot": query.Pivot(middle), **far}
        shared = pivot.shared(found, kinds)
        pivoted = query.Pivot(found["time"], found["event_uid"])
        if kinds and length is None:
            return {"same": shared, "pivot": pivoted}
        if found["time"] is None:
            raise UsageError(
                f"The record of event {found['event_uid'][:8]} has no time to look around.",
                remedy="Ask for what it shares with others, without a window: --same session.",
            )
        instant = when.Instant(found["time"], found["time"], found["event_uid"])
        return {"same": shared, "around": instant, "pivot": pivoted, **far}

    def _event(self, around: str | datetime, zone: str, *, needed: bool) -> Row | None:
        """The event that `around` names; None for a time, which is an error where one is needed."""
        if isinstance(around, str) and (needed or pivot.can_be_id(around)):
            found = pivot.find(self._engine, around)
            if found is not None:
                return found
        try:
            _moment(around, zone)
        except UsageError:
            if isinstance(around, str) and (needed or pivot.can_be_id(around)):
                pivot.event(self._engine, around)
            raise
        if needed:
            raise UsageError(
                f"{str(around)!r} is a time; what is shared is shared with an event.",
                remedy="Name one by the beginning of its id, which a timeline shows:"
                " --around 3fa1 --same session. Without --same a time will do.",
            )
        return None


def _the_query(text: str | None, filters: Filters) -> str | None:
    """The query, whether it was given first or by its name."""
    named = filters.get("query")
    if text and named:
        raise UsageError("The query is given twice.", remedy="Give it first or as query=, once.")
    return text or named


def _moment(time: str | datetime, zone: str) -> when.Instant:
    if isinstance(time, str):
        return when.parse(time, zone)
    if time.tzinfo is None:
        raise UsageError(f"{str(time)!r} names no zone.", remedy="Give an aware time, or a text.")
    return when.Instant(time, time, str(time))


def _length(window: str | timedelta | None) -> timedelta | None:
    return when.window(window) if isinstance(window, str) else window


def _windowed(asked: TimelineQuery) -> TimelineQuery:
    """The same question with `around` as a span of `since` and `until`."""
    if asked.around is None:
        return asked
    low = asked.around.earliest - asked.window
    high = asked.around.latest + asked.window
    return replace(
        asked,
        around=None,
        since=max(low, asked.since or low),
        until=min(high, asked.until or high),
    )


def _listed(fields: str | Sequence[str]) -> list[str]:
    names = fields.split(",") if isinstance(fields, str) else fields
    return [name.strip() for name in names if name.strip()]
