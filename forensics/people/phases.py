"""Which phases of employment an act can have fallen into, as believed at the act and as now."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from forensics.engine import Engine
from forensics.people.beliefs import believe, believe_of
from forensics.people.identity import resolve

# A phase is possible when some moment of the act [time_earliest, time_latest] can lie in it, for
# some zone and some state of the record that the facts allow: every phase is a stretch [from, to)
# between outer bounds, empty where it ends before it begins. Phases are kept as one bit each, in
# alphabetical order: 1 employed, 2 ended, 4 last_day, 8 leave, 16 notice, 32 unknown; of the
# unknown 64 says that it is the end of a contract, 128 that there was no record, 256 that somebody
# had not started.
#
# Access that outlasts the last working day leaves days of notice between the two; leave takes the
# place of work and of notice, and not of the last working day.
_STRETCHES = """
WITH named AS (
  SELECT *, status IN ('leave', 'garden_leave') AS away, source IS NULL AS bare,
         CASE WHEN status <> 'rescinded' AND end_kind IS DISTINCT FROM 'employee'
                   AND access_end_earliest IS NULL THEN 96 ELSE 1 END AS employed_bits,
         CASE WHEN returned THEN 2 ELSE 288 END AS before_bits,
         TIMESTAMPTZ '0001-01-01 00:00:00+00' AS first,
         TIMESTAMPTZ '9999-12-31 00:00:00+00' AS never
  FROM people_beliefs
), bounded AS (
  SELECT *, coalesce(start_at, first) AS work_from,
         least(never, last_day_latest, access_end_latest) AS work_to
  FROM named
)
SELECT spell, belief, person_key, known_from, known_to, greatest(from_at, since) AS from_at,
       least(to_at, until) AS to_at, bare, employed_bits, before_bits, work_from,
       CASE WHEN away OR bare THEN first ELSE least(work_to, notice_latest) END AS employed_to,
       CASE WHEN away THEN 8 ELSE 16 END AS notice_bits,
       CASE WHEN away THEN work_from
            ELSE greatest(work_from, coalesce(notice_earliest, never)) END AS notice_from,
       CASE WHEN bare THEN first ELSE work_to END AS notice_to,
       coalesce(day_over_earliest, never) AS over_from,
       CASE WHEN day_over_earliest < access_end_earliest OR day_over_latest < access_end_latest
            THEN access_end_latest ELSE first END AS over_to,
       greatest(work_from, coalesce(last_day_earliest, never)) AS last_day_from,
       coalesce(least(day_over_latest, access_end_latest), first) AS last_day_to,
       coalesce(access_end_earliest, never) AS ended_from,
       coalesce(start_latest, first) AS before_to
FROM bounded
WHERE greatest(from_at, since) < least(to_at, until)
"""

_JUDGED = """
WITH numbered AS MATERIALIZED (
  SELECT *, row_number() OVER () AS act FROM people_moments
), met AS (
  SELECT m.act, s.*, greatest(m.time_earliest, s.from_at) AS low,
         least(m.time_latest, s.to_at - INTERVAL 1 MICROSECOND) AS high
  FROM numbered m
  JOIN people_stretches s
    ON s.person_key = lower(m.person)
   AND m.time_latest >= s.from_at AND m.time_earliest < s.to_at
   AND m.known_latest >= s.known_from AND m.known_at < s.known_to
), tested AS (
  SELECT act, belief, spell,
         CASE WHEN bare THEN 160 ELSE 0 END
         | CASE WHEN high >= work_from AND low < employed_to AND work_from < employed_to
                THEN employed_bits ELSE 0 END
         | CASE WHEN high >= notice_from AND low < notice_to AND notice_from < notice_to
                     OR high >= over_from AND low < over_to THEN notice_bits ELSE 0 END
         | CASE WHEN high >= last_day_from AND low < last_day_to AND last_day_from < last_day_to
                THEN 4 ELSE 0 END
         | CASE WHEN high >= ended_from THEN 2 ELSE 0 END
         | CASE WHEN low < before_to THEN before_bits ELSE 0 END AS bits
  FROM met
), judged AS (
  SELECT act, max(spell) FILTER (belief = 'at_act') AS then_spell,
         max(spell) FILTER (belief = 'now') AS now_spell,
         coalesce(bit_or(bits) FILTER (belief = 'at_act'), 160) AS then_bits,
         coalesce(bit_or(bits) FILTER (belief = 'now'), 160) AS now_bits
  FROM tested GROUP BY act
), compared AS MATERIALIZED (
  SELECT m.*, j.then_spell, j.now_spell, coalesce(j.then_bits, 160) AS then_bits,
         coalesce(j.now_bits, 160) AS now_bits,
         coalesce(((j.then_bits & 63) <> (j.now_bits & 63)
          OR t.last_working_day IS DISTINCT FROM n.last_working_day
          OR t.access_end_latest IS DISTINCT FROM n.access_end_latest)
         AND n.recorded_earliest > m.time_latest, FALSE) AS learned_later
  FROM numbered m
  LEFT JOIN judged j ON j.act = m.act
  LEFT JOIN people_beliefs t ON t.spell = j.then_spell
  LEFT JOIN people_beliefs n ON n.spell = j.now_spell
)
SELECT event_uid, 'at_act' AS belief, account, person, account_kind, matched_by, time,
       then_spell AS spell, known_at, then_bits AS bits, learned_later
FROM compared
UNION ALL
SELECT event_uid, 'now', account, person, account_kind, matched_by, time, now_spell, NULL,
       now_bits, learned_later
FROM compared
"""

_ACT_PEOPLE = """
SELECT j.event_uid, j.belief, j.account, coalesce(s.person, j.person) AS person,
       j.account_kind, j.matched_by,
       s.kind, s.role, s.site,
       list_filter(['employed', 'ended', 'last_day', 'leave', 'notice', 'unknown'],
                   lambda phase, place: (j.bits & (1 << (place - 1))) <> 0) AS phases,
       s.last_working_day, s.access_end_earliest, s.access_end_latest, s.end_basis,
       (epoch_us(s.access_end_latest) - epoch_us(j.time)) / 3600000000.0 AS hours_to_access_end,
       s.status, s.notice_at, s.zone, s.zone_basis, s.recorded_at, s.recorded_basis, s.feed,
       s.source, s.source_row, j.known_at, j.learned_later,
       list_filter(['end', 'record', 'start'],
                   lambda what, place: (j.bits & (1 << (place + 5))) <> 0) AS unknown_for
FROM people_judged j
LEFT JOIN people_beliefs s ON s.spell = j.spell
"""


def judge(engine: Engine, acts: str = "acts") -> None:
    """Register `act_people`: for every row of `acts`, two rows, one a belief.

    `at_act` rests on facts recorded up to the act, `now` on all. `phases` holds every phase the
    facts, the bounds of when they were recorded, and the bounds of the act's time allow. A person
    nobody knows has phase unknown.
    """
    resolve(engine, exp.select("*").from_(exp.to_identifier(acts, quoted=True)).sql("duckdb"))
    believe(engine)
    engine.register("people_stretches", engine.table(_STRETCHES))
    engine.register("people_judged", engine.table(_JUDGED))
    engine.define("act_people", _ACT_PEOPLE)


def judge_moment(engine: Engine, moment: pa.Table) -> None:
    """Register `people_shown`: rows of `people_moments` judged apart from any act.

    `known_latest` may be left out where it is `known_at`.
    """
    if "known_latest" not in moment.column_names:
        moment = moment.append_column("known_latest", moment["known_at"])
    engine.register("people_shown_moment", moment)
    believe_of(engine, "people_shown_moment", "people_shown_beliefs")
    engine.register("people_shown_stretches", engine.table(_of_shown(_STRETCHES)))
    engine.register("people_shown_judged", engine.table(_of_shown(_JUDGED)))
    engine.define("people_shown", _of_shown(_ACT_PEOPLE))


def _of_shown(sql: str) -> str:
    """The same query about moments that are no act's."""
    for name, shown in (
        ("people_moments", "people_shown_moment"),
        ("people_beliefs", "people_shown_beliefs"),
        ("people_stretches", "people_shown_stretches"),
        ("people_judged", "people_shown_judged"),
    ):
        sql = sql.replace(name, shown)
    return sql
