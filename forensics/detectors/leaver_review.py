"""What did somebody who leaves do in the weeks before, and after?

Not asked by a scan: it lists acts of one named person, and is no finding. It can miss what was done
under accounts that no list ties to the person, and what left without a record.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from forensics import actions, people
from forensics.detectors.facts import Facts
from forensics.engine import Row
from forensics.errors import UsageError
from forensics.findings.profile import EmploymentSpan
from forensics.findings.review import Departure, LeaverReview, ReviewedAct, ReviewedKind
from forensics.people.course import course

SCHEMA = 1
LOOK_BACK = timedelta(days=90)
"""How far before notice acts are listed, unless told otherwise."""

BEFORE_END = timedelta(days=60)
"""Most data that leavers took, they took within this time before the end (CMU/SEI-2013-TN-013)."""

AROUND_NOTICE = timedelta(days=30)
"""Theft gathers this long before and after a resignation (CMU/SEI-2012, repository 701)."""

_TICK = timedelta(microseconds=1)
_DATA = ("data.export", "data.share", "data.transfer", "data.delete", "content.remove")

# Shared accounts are left out: who used them is not known.
_MINE = """
SELECT event_uid, coalesce(action, 'other') AS action, time, time_earliest, time_latest
FROM timed_events AS t
WHERE time IS NOT NULL AND EXISTS (
  SELECT 1 FROM own_accounts AS o WHERE o.person = lower($person)
    AND o.name IN (lower(t.actor), lower(t.actor_id), lower(t.actor_email))
    AND coalesce(o.source = lower(t.source), TRUE)
    AND coalesce(t.time >= o.valid_from, TRUE) AND coalesce(t.time < o.valid_to, TRUE))
"""
_NAMES = "SELECT DISTINCT name FROM own_accounts WHERE person = lower($person) ORDER BY name"
_SHARED = """
SELECT DISTINCT account FROM accounts
WHERE lower(person) = lower($person) AND lower(kind) NOT IN ('personal', 'admin') ORDER BY account
"""
# Phases are needed for all that an act in the window may reach.
_REACH = """
SELECT coalesce(min(time_earliest), $since) - INTERVAL 1 SECOND AS lo,
  coalesce(max(time_latest), $until) + INTERVAL 1 SECOND AS hi
FROM reviewed WHERE time >= $since AND time < $until
"""
_WITHIN = "SELECT count(*) AS n FROM reviewed WHERE time >= $since AND time < $until"
# An act at the edge of a phase may belong to either.
_PHASED = """
SELECT r.*, list_sort(list_distinct(flatten(list(s.phases)))) AS phases,
  NOT EXISTS (SELECT 1 FROM reviewed AS e WHERE e.action = r.action AND e.time < r.time)
    AS first_time
FROM reviewed AS r
JOIN review_spans AS s ON s.since < r.time_latest AND s.until > r.time_earliest
WHERE list_contains($verbs, r.action) AND r.time >= $since AND r.time < $until
GROUP BY ALL ORDER BY r.time, r.event_uid
"""
_KINDS = """
SELECT action, count(*) AS n,
  count(*) FILTER (WHERE phases = ['employed']) AS employed,
  count(*) FILTER (WHERE phases = ['notice']) AS notice,
  count(*) FILTER (WHERE phases = ['last_day']) AS last_day,
  count(*) FILTER (WHERE phases = ['ended']) AS ended,
  count(*) FILTER (WHERE phases = ['leave']) AS "leave",
  count(*) FILTER (WHERE phases = ['unknown']) AS "unknown",
  count(*) FILTER (WHERE len(phases) > 1) AS undetermined,
  (SELECT count(*) FROM reviewed AS r WHERE r.action = p.action AND r.time < $since) AS before
FROM review_acts AS p GROUP BY action ORDER BY n DESC, action
"""
_TOLD = ("notice_latest", "access_end_earliest", "access_end_latest", "recorded_at",
         "rescinded_at", "rescinded_by", "source", "source_row")  # fmt: skip
_SPANS = (("since", "TIMESTAMPTZ"), ("until", "TIMESTAMPTZ"), ("phases", "VARCHAR[]"))


def review(
    facts: Facts, who: str, *, tool_version: str, look_back: timedelta = LOOK_BACK
) -> LeaverReview:
    """The acts of the one person that a name means, from `look_back` before notice on.

    Where no notice is told, from as long before access ends. A departure that was taken back is
    reviewed as it was believed in until then. Raises `UsageError` when the name means nobody or
    several people, or when no roster tells that the person leaves.
    """
    person = _who(facts, who)
    taken_back = people.rescinded(facts.engine, person)
    if not (departures := [*taken_back, *people.departures(facts.engine, person)]):
        raise UsageError(
            f"No roster of this case tells that {person} leaves.",
            remedy=f"What they did is told by: forensics actor {shlex.quote(who)}",
        )
    people.own_accounts(facts.engine)
    facts.engine.keep("reviewed", _MINE, {"person": person})
    accounts = [row["name"] for row in facts.engine.rows(_NAMES, {"person": person})]
    since, until = _window(facts, departures, look_back)
    acts = _acts(facts, person, since, until)
    cited = facts.evidence(row["event_uid"] for row in acts)
    return LeaverReview(
        schema=SCHEMA,
        tool_version=tool_version,
        person=person,
        accounts=tuple(accounts),
        departures=tuple(_departure(row) for row in departures),
        employment=tuple(_employment(facts, person, since, until)),
        since=since,
        until=until,
        events=facts.engine.rows(_WITHIN, {"since": since, "until": until})[0]["n"],
        kinds=tuple(ReviewedKind(**row) for row in facts.engine.rows(_KINDS, {"since": since})),
        acts=tuple(
            ReviewedAct(
                phases=tuple(row["phases"]),
                windows=tuple(_windows(row["time"], departures[-1])),
                first_time=row["first_time"],
                evidence=cited[row["event_uid"]],
            )
            for row in acts
        ),
        coverage=facts.coverage(),
        custody=facts.custody(),
        limits=(*(row["sentence"] for row in taken_back), *_limits(facts, since, person)),
    )


def _who(facts: Facts, who: str) -> str:
    """The one person that a name means."""
    found = people.persons(facts.engine, who) if "employment" in facts.engine.relations() else []
    if len(found) != 1:
        may = f"{who!r} may be {' or '.join(found)}." if found else f"No roster names {who!r}."
        remedy = "Name one of them." if found else "See: forensics people leavers --window 365d"
        raise UsageError(may, remedy=remedy)
    shown = people.show(facts.engine, who, datetime.now(UTC))
    return str(shown["person"])


def _window(
    facts: Facts, departures: Sequence[Row], look_back: timedelta
) -> tuple[datetime, datetime]:
    """From `look_back` before the last departure is told of to the last record of the case."""
    last = departures[-1]
    since: datetime = (last["notice_at"] or last["end_from"]) - look_back
    _, end = facts.span()
    return since, max(since, end or since) + _TICK


def _acts(facts: Facts, person: str, since: datetime, until: datetime) -> list[Row]:
    """The acts to look at in order, with the phases each may belong to."""
    reach = facts.engine.rows(_REACH, {"since": since, "until": until})[0]
    spans = course(facts.engine, person, reach["lo"], reach["hi"])
    facts.engine.register_rows("review_spans", _SPANS, spans)
    verbs = sorted({*actions.destructive(), *actions.privileged(), *_DATA})
    facts.engine.keep("review_acts", _PHASED, {"verbs": verbs, "since": since, "until": until})
    return facts.engine.rows("SELECT * FROM review_acts ORDER BY time, event_uid")


def _employment(
    facts: Facts, person: str, since: datetime, until: datetime
) -> Iterator[EmploymentSpan]:
    for row in course(facts.engine, person, since, until):
        told = {name: row[name] for name in ("since", "until", "sentence")}
        yield EmploymentSpan(phases=tuple(row["phases"]), **told)


def _departure(row: Row) -> Departure:
    told: dict[str, Any] = {name: row.get(name) for name in _TOLD}
    return Departure(notice_earliest=row["notice_at"], **told)


def _windows(time: datetime, departure: Row) -> Iterator[str]:
    """The narrower windows that an act lies in, of those that research on leavers names."""
    notice, first, last = departure["notice_at"], departure["end_from"], departure["end_to"]
    if departure.get("rescinded_at") and time >= departure["rescinded_at"]:
        return
    if notice and abs(time - notice) <= AROUND_NOTICE:
        yield "within 30 days of notice"
    if first and first - BEFORE_END <= time < last:
        yield "last 60 days"
    if last and time >= last:
        yield "after access ended"


def _limits(facts: Facts, since: datetime, person: str) -> Iterator[str]:
    yield "Everybody leaves once: this is a list to look through, and no finding about a person."
    first, _ = facts.span()
    if first and first > since:
        yield f"The records begin on {first:%Y-%m-%d}, after the window does on {since:%Y-%m-%d}."
    if "accounts" not in facts.engine.relations():
        yield "No list ties accounts to this person; e-mail and name of the roster were sought."
        return
    shared = [row["account"] for row in facts.engine.rows(_SHARED, {"person": person})]
    if shared:
        yield f"Left out, as who used them is not known: {', '.join(shared)}."
