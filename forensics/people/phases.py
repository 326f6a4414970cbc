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
SELECT spell, record, told, belief, person_key, known_from, known_to,
       greatest(from_at, since) AS from_at,
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
  SELECT act, belief, spell, record, told,
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
), disputed AS (
  SELECT act, belief, list_sort(list(DISTINCT told)) AS ends
  FROM (SELECT *, max_by(record, spell) OVER whole AS chosen
        FROM tested
        WHERE act IN (SELECT act FROM tested WHERE told IS NOT NULL)
        WINDOW whole AS (PARTITION BY act, belief))
  WHERE record = chosen AND told IS NOT NULL
  GROUP BY act, belief HAVING len(ends) > 1
), compared AS MATERIALIZED (
  SELECT m.*, j.then_spell, j.now_spell, coalesce(j.then_bits, 160) AS then_bits,
         coalesce(j.now_bits, 160) AS now_bits, x.ends AS then_ends, y.ends AS now_ends,
         coalesce(((j.then_bits & 63) <> (j.now_bits & 63)
          OR t.last_working_day IS DISTINCT FROM n.last_working_day
          OR t.access_end_latest IS DISTINCT FROM n.access_end_latest)
         AND greatest(n.recorded_earliest,
               list_max(list_transform(y.ends, lambda one: one.recorded_earliest)))
             > m.time_latest, FALSE) AS learned_later
  FROM numbered m
  LEFT JOIN judged j ON j.act = m.act
  LEFT JOIN people_beliefs t ON t.spell = j.then_spell
  LEFT JOIN people_beliefs n ON n.spell = j.now_spell
  LEFT JOIN disputed x ON x.act = m.act AND x.belief = 'at_act'
  LEFT JOIN disputed y ON y.act = m.act AND y.belief = 'now'
)
SELECT event_uid, 'at_act' AS belief, account, person, account_kind, matched_by, time,
       then_spell AS spell, known_at, then_bits AS bits, then_ends AS ends,
       learned_later
FROM compared
UNION ALL
SELECT event_uid, 'now', account, person, account_kind, matched_by, time, now_spell, NULL,
       now_bits, now_ends, learned_later
FROM compared
"""

# Where rosters dispute the end, `ends` are all of them, the bounds of access reach over all, and
# the last working day is told only where all tell the same.
_ACT_PEOPLE = """
WITH said AS (
  SELECT j.*, s.* EXCLUDE (spell, belief, person),
         s.person AS named,
         list_min(list_transform(j.ends, lambda one: one.access_end_earliest)) AS ends_from,
         list_max(list_transform(j.ends, lambda one: one.access_end_latest)) AS ends_to,
         len(list_distinct(list_transform(j.ends, lambda one: one.last_working_day))) > 1
           OR len(list_filter(j.ends, lambda one: one.taken_back)) > 0 AS days
  FROM people_judged j
  LEFT JOIN people_beliefs s ON s.spell = j.spell
)
SELECT event_uid, belief, account, coalesce(named, person) AS person, account_kind, matched_by,
       kind, role, site,
       list_filter(['employed', 'ended', 'last_day', 'leave', 'notice', 'unknown'],
                   lambda phase, place: (bits & (1 << (place - 1))) <> 0) AS phases,
       CASE WHEN NOT coalesce(days, FALSE) THEN last_working_day END AS last_working_day,
       least(access_end_earliest, ends_from) AS access_end_earliest,
       greatest(access_end_latest, ends_to) AS access_end_latest, end_basis,
       (epoch_us(greatest(said.access_end_latest, ends_to)) - epoch_us(time)) / 3600000000.0
         AS hours_to_access_end,
       status, notice_at, zone, zone_basis, recorded_at, recorded_basis, feed, source, source_row,
       ends, known_at, learned_later,
       list_filter(['end', 'record', 'start'],
                   lambda what, place: (bits & (1 << (place + 5))) <> 0) AS unknown_for
FROM said
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
