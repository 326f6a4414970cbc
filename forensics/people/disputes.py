"""Which ends of one employment rosters dispute, and what each reading of them believes."""

from __future__ import annotations

from forensics.engine import Engine

# Rows that differ about one spell: of two rosters, or of one file and one time.
_RIVALS = """
SELECT k.state, k.fact_no, j.fact_no AS other_no, j.roster = k.roster AS one_roster
FROM people_candidates k
JOIN people_candidates j ON j.state = k.state AND j.family = k.family AND j.fact_no <> k.fact_no
 AND (j.roster <> k.roster
      OR j.source = k.source AND j.recorded_at IS NOT DISTINCT FROM k.recorded_at)
WHERE NOT (coalesce(j.start_at >= k.end_at, FALSE) OR coalesce(k.start_at >= j.end_at, FALSE))
"""

# Who takes a departure back speaks of every end that is no stronger than the one taken back, the
# term of a contract apart: whichever of the two was surely written later holds.
_OPPOSED = """
WITH met AS (
  SELECT v.state, v.fact_no, e.fact_no AS end_no, e.ending, r.one_roster,
         b.recorded_earliest AS back_from, b.known_from AS back_by,
         a.recorded_earliest AS told_from, a.known_from AS told_by
  FROM people_rivals r
  JOIN people_candidates v ON v.state = r.state AND v.fact_no = r.fact_no
  JOIN people_candidates e ON e.state = r.state AND e.fact_no = r.other_no
  JOIN people_aged b ON b.fact_no = v.back_no
  JOIN people_aged a ON a.fact_no = e.told_no
  WHERE v.back_rank <> 2 AND v.back_rank <= e.rank AND e.ending IS NOT NULL
)
SELECT state, fact_no, end_no, ending,
       CASE WHEN one_roster THEN 'open'
            WHEN back_from > told_by THEN 'taken_back'
            WHEN told_from > back_by THEN 'ends'
            ELSE 'open' END AS holds
FROM met
"""

# A state of the record is read once, or once for each of the ends that its rosters dispute; the
# reading that believes the earliest comes last, one that believes in none first.
_READINGS = """
WITH overruled AS (
  SELECT DISTINCT state, end_no FROM people_opposed WHERE holds = 'taken_back'
), disputed AS (
  SELECT k.state, k.ending, FALSE AS taken_back,
         min((k.end_at, a.access_end_latest, a.last_day_earliest)) AS place
  FROM people_rivals r
  JOIN people_candidates k ON k.state = r.state AND k.fact_no = r.fact_no
  JOIN people_candidates j ON j.state = r.state AND j.fact_no = r.other_no
   AND j.rank = k.rank AND j.ending <> k.ending
  JOIN people_aged a ON a.fact_no = k.fact_no
  ANTI JOIN overruled o ON o.state = k.state AND o.end_no = k.fact_no
  ANTI JOIN overruled p ON p.state = j.state AND p.end_no = j.fact_no
  GROUP BY k.state, k.ending
), contested AS (
  SELECT o.* FROM people_opposed o
  ANTI JOIN overruled x ON x.state = o.state AND x.end_no = o.end_no
  WHERE o.holds = 'open'
), choices AS (
  SELECT state, ending, taken_back, min(place) AS place FROM (
    SELECT * FROM disputed
    UNION ALL
    SELECT o.state, o.ending, FALSE, (k.end_at, a.access_end_latest, a.last_day_earliest)
    FROM contested o
    JOIN people_candidates k ON k.state = o.state AND k.fact_no = o.end_no
    JOIN people_aged a ON a.fact_no = o.end_no
    UNION ALL
    SELECT state, NULL, TRUE, NULL FROM contested)
  GROUP BY ALL
)
SELECT row_number() OVER () AS reading, s.*, d.ending AS preferred,
       coalesce(d.taken_back, FALSE) AS taken_back, d.state IS NOT NULL AS disputed,
       row_number() OVER (PARTITION BY s.state
                          ORDER BY d.taken_back DESC, d.place DESC, d.ending) AS turn
FROM people_states s LEFT JOIN choices d ON d.state = s.state
"""

# What is believed in each reading, the strongest first. An end that is taken back is none.
_WEIGHED = """
WITH read AS (
  SELECT c.* EXCLUDE (state, end_at, rank, ending, dated, notice_at, notice_latest),
         r.reading AS state, r.preferred, o.end_no IS NULL AS stands,
         CASE WHEN stands THEN c.end_at END AS end_at,
         CASE WHEN stands THEN c.rank ELSE 5 END AS rank,
         CASE WHEN stands THEN c.ending END AS ending,
         CASE WHEN stands THEN c.dated END AS dated,
         CASE WHEN stands THEN c.notice_at END AS notice_at,
         CASE WHEN stands THEN c.notice_latest END AS notice_latest
  FROM people_candidates c
  JOIN people_readings r ON r.state = c.state
  LEFT JOIN (
    SELECT DISTINCT r.reading, o.end_no
    FROM people_opposed o JOIN people_readings r ON r.state = o.state
    WHERE o.holds = 'taken_back' OR o.holds = 'open' AND r.taken_back
  ) o ON o.reading = r.reading AND o.end_no = c.fact_no
)
SELECT *, row_number() OVER (
            PARTITION BY state
            ORDER BY rank, ending IS DISTINCT FROM preferred, end_at NULLS LAST, age DESC) AS place
FROM read
"""


def define_readings(engine: Engine) -> None:
    """Register `people_readings` and `people_weighed` from `people_states` and candidates.

    A reading is one of the ways to understand a state of the record; `people_weighed` has every
    candidate in each, and its place.
    """
    for name, query in (
        ("people_rivals", _RIVALS),
        ("people_opposed", _OPPOSED),
        ("people_readings", _READINGS),
        ("people_weighed", _WEIGHED),
    ):
        engine.register(name, engine.table(query))
