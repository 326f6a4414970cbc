"""Which phases of employment an act can have fallen into, as believed at the act and as now."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from forensics.engine import Engine
from forensics.people.beliefs import believe
from forensics.people.identity import resolve

# A phase is possible when some moment of the act [time_earliest, time_latest] can lie in it for
# some zone the facts allow; every test below is that existence, by the outer bounds. Phases are
# kept as one bit each, in alphabetical order: 1 employed, 2 ended, 4 last_day, 8 leave,
# 16 notice, 32 unknown.
_JUDGED = """
WITH believed AS (
  SELECT m.*, b.belief
  FROM people_moments m
  CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
), met AS (
  SELECT m.event_uid, m.belief, m.account, coalesce(s.person, m.person) AS person,
         m.account_kind, m.matched_by, m.time, m.time_earliest, m.time_latest,
         CASE WHEN m.belief = 'at_act' THEN m.known_at END AS known_at,
         s.spell, s.returned, s.start_at, s.start_latest, s.end_kind, s.status,
         s.notice_earliest, s.notice_latest, s.last_day_earliest, s.last_working_day,
         s.access_end_earliest, s.access_end_latest, s.recorded_earliest, s.recorded_by,
         least(s.last_day_latest, s.access_end_latest) AS working_until
  FROM believed m
  LEFT JOIN people_spells s
    ON s.person_key = lower(m.person) AND s.belief = m.belief
   AND (m.belief = 'now' OR (m.known_at >= s.known_from AND m.known_at < s.known_to))
   AND m.time_latest >= s.since AND m.time_latest < s.until
), tested AS (
  SELECT *,
         coalesce(time_earliest < start_latest, FALSE) AS before_start,
         coalesce(time_latest >= start_at, TRUE) AS started,
         coalesce(time_latest >= start_at, TRUE)
           AND coalesce(time_earliest < working_until, TRUE) AS working,
         end_kind IS DISTINCT FROM 'employee' AND access_end_earliest IS NULL AS open_contract,
         coalesce(time_earliest < recorded_by, TRUE) AS perhaps_before_status,
         coalesce(time_latest >= recorded_earliest, TRUE) AS perhaps_after_status
  FROM met
), dated AS (
  SELECT *,
         CASE WHEN working AND coalesce(time_earliest < notice_latest, TRUE)
              THEN CASE WHEN open_contract THEN 32 ELSE 1 END ELSE 0 END
         | CASE WHEN working AND time_latest >= notice_earliest
                 AND coalesce(notice_earliest < working_until, TRUE) THEN 16 ELSE 0 END
           AS working_bits,
         CASE WHEN before_start THEN CASE WHEN returned THEN 2 ELSE 32 END ELSE 0 END
         | CASE WHEN time_latest >= last_day_earliest AND time_earliest < access_end_latest
                 AND last_day_earliest < access_end_latest THEN 4 ELSE 0 END
         | CASE WHEN time_latest >= access_end_earliest THEN 2 ELSE 0 END AS other_bits
  FROM tested
), phased AS MATERIALIZED (
  SELECT *,
         CASE
           WHEN spell IS NULL THEN 32
           WHEN status = 'rescinded' THEN
             CASE WHEN perhaps_before_status THEN working_bits | other_bits ELSE 0 END
             | CASE WHEN perhaps_after_status AND started THEN 1 ELSE 0 END
             | CASE WHEN before_start THEN 32 ELSE 0 END
           WHEN status IN ('leave', 'garden_leave') THEN
             CASE WHEN perhaps_before_status THEN working_bits ELSE 0 END
             | CASE WHEN perhaps_after_status AND working THEN 8 ELSE 0 END
             | other_bits
           ELSE working_bits | other_bits
         END AS phase_bits,
         status = 'rescinded' AND NOT perhaps_before_status AS void
  FROM dated
), compared AS (
  SELECT p.*,
         p.phase_bits <> other.phase_bits
         OR p.last_working_day IS DISTINCT FROM other.last_working_day
         OR p.access_end_latest IS DISTINCT FROM other.access_end_latest AS differs,
         coalesce(CASE WHEN p.belief = 'now' THEN p.recorded_earliest
                       ELSE other.recorded_earliest END > p.time_earliest, FALSE) AS recorded_after
  FROM phased p
  JOIN phased other ON other.event_uid IS NOT DISTINCT FROM p.event_uid
   AND other.belief <> p.belief
)
SELECT event_uid, belief, account, person, account_kind, matched_by, spell, known_at,
       phase_bits, void,
       CASE WHEN NOT coalesce(void, FALSE)
            THEN (epoch_us(access_end_latest) - epoch_us(time)) / 3600000000.0 END
         AS hours_to_access_end,
       differs AND recorded_after AS learned_later
FROM compared
"""

_ACT_PEOPLE = """
SELECT j.event_uid, j.belief, j.account, j.person, j.account_kind, j.matched_by,
       s.kind, s.role, s.site,
       list_filter(['employed', 'ended', 'last_day', 'leave', 'notice', 'unknown'],
                   lambda phase, place: (j.phase_bits & (1 << (place - 1))) <> 0) AS phases,
       CASE WHEN NOT j.void THEN s.last_working_day END AS last_working_day,
       CASE WHEN NOT j.void THEN s.access_end_earliest END AS access_end_earliest,
       CASE WHEN NOT j.void THEN s.access_end_latest END AS access_end_latest,
       CASE WHEN NOT j.void THEN s.end_basis END AS end_basis,
       j.hours_to_access_end, s.status, s.notice_at, s.zone, s.zone_basis, s.recorded_at,
       s.recorded_basis, s.feed, s.source, s.source_row, j.known_at, j.learned_later
FROM people_judged j
LEFT JOIN people_spells s ON s.spell = j.spell
"""


def judge(engine: Engine, acts: str = "acts") -> None:
    """Register `act_people`: for every row of `acts`, two rows, one a belief.

    `at_act` rests on facts recorded up to the act, `now` on all. `phases` holds every phase the
    facts and the bounds of the act's time allow. A person nobody knows has phase unknown.
    """
    resolve(engine, exp.select("*").from_(exp.to_identifier(acts, quoted=True)).sql("duckdb"))
    believe(engine)
    engine.register("people_judged", engine.table(_JUDGED))
    engine.define("act_people", _ACT_PEOPLE)


def judge_moment(engine: Engine, moment: pa.Table) -> None:
    """Register `people_shown`: one row of `people_moments` judged apart from any act."""
    believe(engine)
    engine.register("people_shown_moment", moment)
    judged = _JUDGED.replace("people_moments", "people_shown_moment")
    engine.register("people_shown_judged", engine.table(judged))
    engine.define("people_shown", _ACT_PEOPLE.replace("people_judged", "people_shown_judged"))
