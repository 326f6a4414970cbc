"""What was believed of each person's employment, at every state of knowledge, for every stretch."""

from __future__ import annotations

from forensics.engine import Engine
from forensics.people.identity import define_inputs

# A belief is what the facts recorded up to a moment say together ("now": all of them). Within it
# a later fact replaces an earlier one of the same roster unless the two are separate spells (one
# starts when the other has ended). Where rosters of one employment differ, an explicit end of
# access outweighs a last working day, that a contract's end, that a legal end, and the earlier of
# equals holds.
# Spells at most three days apart make one stretch, whose end is the end of the last: a contract
# that ends into an employee record, or into the next contract, is no departure.
#
# A fact that does not say when it was written was known once the case was given its file, and it
# stands before those that say so: a first export states what was so long before.
#
# Notice begins with the resignation. Where none is said, it begins when an end at most 30 days
# away was first on record, and at the earliest 30 days before the end believed in.
#
# One row per (person, state of knowledge, spell): known in [known_from, known_to), holding for
# acts in [since, until). `fact_no` tells who the person was, `end_*` and the columns from
# `status` on tell how the stretch ends.
_SPELLS = """
WITH facts AS (
  SELECT *, lower(person) AS person_key,
         CASE WHEN kind = 'employee' OR (kind IS NULL AND feed = 'employees')
              THEN 'employee' ELSE 'contractor' END AS family,
         CASE WHEN status <> 'rescinded' THEN access_end_earliest END AS end_at,
         CASE WHEN status = 'rescinded' THEN 4 ELSE end_rank END AS rank,
         row_number() OVER (ORDER BY recorded_at NULLS FIRST, start_at NULLS FIRST, fact_no) AS age
  FROM people_facts
), dated AS (
  SELECT *,
         CASE WHEN status = 'rescinded' AND notice_at IS NULL AND access_end_earliest IS NULL
              THEN coalesce(lag(fact_no) OVER (PARTITION BY person_key, family, feed ORDER BY age),
                            fact_no)
              ELSE fact_no END AS dates_from,
         min(greatest(recorded_earliest, access_end_earliest - INTERVAL 30 DAYS))
           FILTER (access_end_earliest IS NOT NULL) OVER so_far AS end_near_earliest,
         min(greatest(known_from, access_end_latest - INTERVAL 30 DAYS))
           FILTER (access_end_latest IS NOT NULL) OVER so_far AS end_near_latest
  FROM facts
  WINDOW so_far AS (PARTITION BY person_key, family, feed, start_at ORDER BY age
                    ROWS UNBOUNDED PRECEDING)
), replaced AS (
  SELECT k.fact_no, min(j.known_from) AS replaced_at
  FROM dated k
  JOIN dated j ON j.person_key = k.person_key AND j.family = k.family AND j.feed = k.feed
   AND j.age > k.age
   AND NOT coalesce(j.start_at >= k.end_at, FALSE)
   AND NOT coalesce(k.start_at >= j.end_at, FALSE)
  GROUP BY k.fact_no
), versions AS (
  SELECT person_key, 'at_act' AS belief, known_from,
         coalesce(lead(known_from) OVER (PARTITION BY person_key ORDER BY known_from),
                  TIMESTAMPTZ '9999-12-31 00:00:00+00') AS known_to
  FROM (SELECT DISTINCT person_key, known_from FROM dated)
  UNION ALL
  SELECT DISTINCT person_key, 'now', TIMESTAMPTZ '0001-01-01 00:00:00+00',
         TIMESTAMPTZ '9999-12-31 00:00:00+00'
  FROM dated
), latest AS (
  SELECT v.belief, v.known_from, v.known_to, d.person_key, d.fact_no, d.family, d.feed, d.age,
         d.start_at, d.start_latest, d.end_at, d.rank
  FROM versions v
  JOIN dated d ON d.person_key = v.person_key
  LEFT JOIN replaced r ON r.fact_no = d.fact_no
  WHERE CASE WHEN v.belief = 'now' THEN r.fact_no IS NULL
             ELSE d.known_from <= v.known_from
                  AND (r.fact_no IS NULL OR r.replaced_at > v.known_from) END
), standing AS (
  SELECT * FROM latest k
  WHERE NOT EXISTS (
    SELECT 1 FROM latest j
    WHERE j.person_key = k.person_key AND j.belief = k.belief AND j.known_from = k.known_from
      AND j.family = k.family AND j.feed <> k.feed
      AND NOT coalesce(j.start_at >= k.end_at, FALSE)
      AND NOT coalesce(k.start_at >= j.end_at, FALSE)
      AND (j.rank < k.rank
           OR (j.rank = k.rank
               AND (coalesce(j.end_at < k.end_at, FALSE)
                    OR (j.end_at IS NOT DISTINCT FROM k.end_at AND j.age > k.age)))))
), ordered AS (
  SELECT *, coalesce(start_at, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS begin_at,
         coalesce(end_at, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS finish_at
  FROM standing
), marked AS (
  SELECT *,
         CASE WHEN begin_at > max(finish_at) OVER earlier + INTERVAL 3 DAYS
              THEN 1 ELSE 0 END AS fresh
  FROM ordered
  WINDOW earlier AS (PARTITION BY person_key, belief, known_from ORDER BY begin_at, age
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), stretched AS (
  SELECT *, sum(fresh) OVER (PARTITION BY person_key, belief, known_from
                             ORDER BY begin_at, age ROWS UNBOUNDED PRECEDING) AS stretch
  FROM marked
), governed AS (
  SELECT belief, known_from, known_to, person_key, fact_no, stretch > 0 AS returned,
         first_value(start_at) OVER stretches AS start_at,
         first_value(start_latest) OVER stretches AS start_latest,
         first_value(fact_no) OVER (PARTITION BY person_key, belief, known_from, stretch
                                    ORDER BY finish_at DESC, family DESC, age DESC) AS end_fact,
         CASE WHEN row_number() OVER spells = 1
              THEN TIMESTAMPTZ '0001-01-01 00:00:00+00' ELSE begin_at END AS since,
         coalesce(lead(begin_at) OVER spells,
                  TIMESTAMPTZ '9999-12-31 00:00:00+00') AS until
  FROM stretched
  WINDOW stretches AS (PARTITION BY person_key, belief, known_from, stretch
                       ORDER BY begin_at, age),
         spells AS (PARTITION BY person_key, belief, known_from ORDER BY begin_at, age)
)
SELECT row_number() OVER (ORDER BY g.person_key, g.belief, g.known_from, g.since, g.fact_no)
         AS spell,
       g.belief, g.person_key, g.known_from, g.known_to, g.since, g.until, g.returned,
       g.start_at, g.start_latest, g.fact_no, f.person, f.kind, f.role, f.site, e.status,
       coalesce(d.notice_at, CASE WHEN d.access_end_earliest IS NOT NULL THEN
                greatest(d.end_near_earliest, d.access_end_earliest - INTERVAL 30 DAYS) END)
         AS notice_earliest,
       coalesce(d.notice_latest, CASE WHEN d.access_end_latest IS NOT NULL THEN
                greatest(d.end_near_latest, d.access_end_latest - INTERVAL 30 DAYS) END)
         AS notice_latest,
       d.notice_at, d.last_working_day, d.last_day_earliest, d.last_day_latest,
       d.access_end_earliest, d.access_end_latest, d.end_basis, d.zone, d.zone_basis,
       e.recorded_at, e.recorded_earliest, e.recorded_basis, e.known_from AS recorded_by,
       e.feed, e.source, e.source_row, e.kind AS end_kind
FROM governed g
JOIN dated f ON f.fact_no = g.fact_no
JOIN dated e ON e.fact_no = g.end_fact
JOIN dated d ON d.fact_no = e.dates_from
WHERE g.since < g.until
ORDER BY spell
"""


def believe(engine: Engine) -> None:
    """Register `people_spells`, from the relation `employment` as it stands now."""
    define_inputs(engine)
    engine.register("people_spells", engine.table(_SPELLS))
