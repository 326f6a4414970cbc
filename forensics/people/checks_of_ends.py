"""Questions about the ends that rosters tell: each a query giving what, person, sentence, place."""

from __future__ import annotations

# Two rosters of which each says another end of the same stretch of work. A roster corrects itself
# by what it wrote last, and never another. A job that began after a contract ended the contract.
_DISAGREE = """
WITH said AS (
  SELECT f.*, lower(f.person) AS key
  FROM people_facts f
  WHERE f.access_end_latest IS NOT NULL AND f.status <> 'rescinded'
  QUALIFY row_number() OVER (PARTITION BY lower(f.person), f.series
                             ORDER BY f.known_from DESC, f.fact_no DESC) = 1
), pairs AS (
  SELECT a.*, b.last_working_day AS other_day, b.access_end_latest AS other_end,
    b.source AS other_source, b.source_row AS other_row
  FROM said a JOIN said b ON b.key = a.key AND b.fact_no > a.fact_no AND b.series <> a.series
  WHERE (a.access_end_latest < b.access_end_earliest
      OR b.access_end_latest < a.access_end_earliest OR a.last_working_day <> b.last_working_day)
    AND NOT coalesce(b.start_at >= a.access_end_earliest, FALSE)
    AND NOT coalesce(a.start_at >= b.access_end_earliest, FALSE)
    AND NOT coalesce(a.kind = 'employee' AND b.kind <> 'employee'
      AND a.start_at > coalesce(b.start_at, TIMESTAMPTZ '0001-01-01 00:00:00+00'), FALSE)
    AND NOT coalesce(b.kind = 'employee' AND a.kind <> 'employee'
      AND b.start_at > coalesce(a.start_at, TIMESTAMPTZ '0001-01-01 00:00:00+00'), FALSE)
)
SELECT 'rosters_disagree' AS what, person,
  'Two rosters disagree on the end of ' || person || ': '
    || strftime(access_end_latest, '%Y-%m-%d %H:%MZ') || ' and '
    || strftime(other_end, '%Y-%m-%d %H:%MZ') || ' (' || other_source || ':' || other_row || ').'
    AS sentence,
  source || ':' || source_row AS place
FROM pairs
"""

# A roster that takes a departure back, and another that has an end as before.
_TAKEN_BACK = """
WITH said AS (
  SELECT f.*, lower(f.person) AS key
  FROM people_facts f
  QUALIFY row_number() OVER (PARTITION BY lower(f.person), f.series
                             ORDER BY f.known_from DESC, f.fact_no DESC) = 1
)
SELECT 'rosters_disagree' AS what, a.person,
  'One roster takes the departure of ' || a.person || ' back, another has the end '
    || strftime(b.access_end_latest, '%Y-%m-%d %H:%MZ') || ' (' || b.source || ':' || b.source_row
    || ').' AS sentence,
  a.source || ':' || a.source_row AS place
FROM said a JOIN said b ON b.key = a.key AND b.series <> a.series
WHERE a.status = 'rescinded' AND b.status <> 'rescinded' AND b.access_end_latest IS NOT NULL
  AND NOT coalesce(b.start_at >= a.access_end_earliest, FALSE)
  AND NOT coalesce(a.start_at >= b.access_end_earliest, FALSE)
"""

# Rows of one file about one spell that contradict each other, where nothing says which is later.
_ROWS_DISAGREE = """
SELECT 'rows_disagree' AS what, a.person,
  'Two rows of ' || a.source || ' disagree on ' || a.person || ': line ' || a.source_row
    || ' says ' || CASE WHEN a.access_end_latest IS DISTINCT FROM b.access_end_latest
      THEN coalesce('the end ' || strftime(a.access_end_latest, '%Y-%m-%d %H:%MZ'), 'no end')
      ELSE a.status END
    || ', line ' || b.source_row || ' '
    || CASE WHEN a.access_end_latest IS DISTINCT FROM b.access_end_latest
      THEN coalesce('the end ' || strftime(b.access_end_latest, '%Y-%m-%d %H:%MZ'), 'no end')
      ELSE b.status END || '.' AS sentence,
  a.source || ':' || b.source_row AS place
FROM people_facts a
JOIN people_facts b ON lower(b.person) = lower(a.person) AND b.source = a.source
 AND b.fact_no > a.fact_no AND b.recorded_at IS NOT DISTINCT FROM a.recorded_at
WHERE (a.access_end_latest IS DISTINCT FROM b.access_end_latest OR a.status <> b.status)
  AND NOT coalesce(b.start_at >= a.access_end_earliest, FALSE)
  AND NOT coalesce(a.start_at >= b.access_end_earliest, FALSE)
"""

# An end that was over when the next was written, and no start between the two. An end moved by few
# days is a correction.
_TWICE = """
SELECT 'leaves_twice' AS what, a.person,
  a.person || ' leaves twice: ' || strftime(a.access_end_latest, '%Y-%m-%d %H:%MZ') || ' and '
    || strftime(min(b.access_end_latest), '%Y-%m-%d %H:%MZ') || ', with no start between.'
    AS sentence,
  min_by(b.source || ':' || b.source_row, b.fact_no) AS place
FROM people_facts a
JOIN people_facts b ON lower(b.person) = lower(a.person) AND b.feed = a.feed
  AND b.access_end_earliest > a.access_end_latest + INTERVAL 3 DAYS
WHERE a.status <> 'rescinded' AND b.status <> 'rescinded'
  AND a.access_end_latest < b.recorded_earliest
  AND NOT EXISTS (
    SELECT 1 FROM people_facts c
    WHERE lower(c.person) = lower(a.person) AND c.fact_no <> a.fact_no
      AND (c.start_at >= a.access_end_earliest OR (c.recorded_at < a.access_end_earliest
        AND c.recorded_at > a.recorded_at AND c.access_end_latest > a.access_end_latest)))
GROUP BY a.person, a.fact_no, a.access_end_latest
"""

_NOTICE_AFTER_END = """
SELECT 'notice_after_end' AS what, person,
  'The notice of ' || person || ' of ' || strftime(notice_at, '%Y-%m-%d %H:%MZ')
    || ' lies after the end, ' || strftime(access_end_latest, '%Y-%m-%d %H:%MZ') || '.' AS sentence,
  source || ':' || source_row AS place
FROM people_facts WHERE notice_at >= access_end_latest AND status <> 'rescinded'
"""

_NO_ZONE = """
SELECT 'no_zone' AS what, CASE WHEN count(*) = 1 THEN min(person) END AS person,
  CASE WHEN count(*) = 1 THEN 'The end of ' || min(person) || ' has'
    ELSE count(*) || ' ends in ' || source || ' have' END
    || ' no zone: each lies within a span, as that of ' || min_by(person, source_row)
    || ' between ' || strftime(min_by(access_end_earliest, source_row), '%Y-%m-%d %H:%MZ')
    || ' and ' || strftime(min_by(access_end_latest, source_row), '%Y-%m-%d %H:%MZ') || '.'
    AS sentence,
  source || ':' || min(source_row) AS place
FROM people_now
WHERE status <> 'rescinded' AND access_end_earliest < access_end_latest
GROUP BY source
"""

# Whoever first told of this end told too late; a row that tells it again later did not.
_LATE = """
WITH first AS (
  SELECT l.person_key, min(coalesce(f.recorded_earliest, TIMESTAMPTZ '0001-01-01 00:00:00+00'))
           AS recorded_earliest,
         arg_min(f.source || ':' || f.source_row, (f.recorded_earliest, f.fact_no)) AS place
  FROM people_left l
  JOIN people_facts f ON lower(f.person) = l.person_key AND f.status <> 'rescinded'
   AND f.access_end_earliest = l.access_end_earliest AND f.access_end_latest = l.access_end_latest
  GROUP BY l.person_key
)
SELECT 'late_notice' AS what, l.person,
  'The end of ' || l.person || ', ' || strftime(l.access_end_latest, '%Y-%m-%d %H:%MZ')
    || ', was recorded on ' || strftime(f.recorded_earliest, '%Y-%m-%d %H:%MZ') || ', after it.'
    AS sentence,
  f.place
FROM people_left l JOIN first f ON f.person_key = l.person_key
WHERE f.recorded_earliest > l.access_end_latest
"""

_RESIGNED = """
SELECT 'missing_end' AS what, person,
  person || ' resigned (' || strftime(notice_at, '%Y-%m-%d %H:%MZ')
    || '), and no last day is recorded.' AS sentence,
  source || ':' || source_row AS place
FROM people_now
WHERE status <> 'rescinded' AND access_end_latest IS NULL AND notice_at IS NOT NULL
"""

_SHIFTS = """
SELECT 'shift_after_end' AS what, l.person,
  l.person || ' was to work ' || count(*) || ' shift' || CASE WHEN count(*) = 1 THEN '' ELSE 's' END
    || ' after the end, ' || strftime(any_value(l.access_end_latest), '%Y-%m-%d %H:%MZ')
    || ', the first from ' || strftime(min(s.starts_at), '%Y-%m-%d %H:%MZ') || '.' AS sentence,
  min_by(s.source || ':' || s.source_row, s.starts_at) AS place
FROM people_left l
JOIN people_shifts s ON lower(s.person) = l.person_key AND s.starts_at >= l.access_end_latest
GROUP BY l.person_key, l.person
"""

_VANISHED = """
SELECT 'vanished' AS what, v.person,
  v.person || ' stood in ' || v.source || ' and is missing in ' || v.missing_in || ' of '
    || strftime(v.missing_at, '%Y-%m-%d %H:%MZ') || '; no end by then is recorded.' AS sentence,
  v.source || ':' || v.source_row AS place
FROM people_gone v LEFT JOIN people_left l ON l.person_key = lower(v.person)
WHERE l.access_end_latest IS NULL OR l.access_end_latest > v.missing_at
"""

QUESTIONS = (
    _DISAGREE,
    _TAKEN_BACK,
    _ROWS_DISAGREE,
    _TWICE,
    _NOTICE_AFTER_END,
    _NO_ZONE,
    _LATE,
    _RESIGNED,
    _SHIFTS,
    _VANISHED,
)
