"""Which rows about a person can have been on record together, and during which stretch of time."""

from __future__ import annotations

from forensics.engine import Engine

# A row came on record at some moment from `perhaps` to `surely`. Rows come on record in the order
# of the one or of the other; a set of rows was the record in [from_at, to_at), which reaches from
# when all of it can have been written to when the first of the others surely was.
#
# Of a row that does not say when it was written, people can have known only once the case was
# given it (`at_act`), while what it says of the person can have been so all along (`now`).
_SETS = """
WITH windows AS (
  SELECT b.belief, lower(f.person) AS person_key, f.fact_no, f.known_from AS surely,
         coalesce(f.recorded_earliest, CASE WHEN b.belief = 'at_act' THEN f.known_from
           ELSE TIMESTAMPTZ '0001-01-01 00:00:00+00' END) AS perhaps
  FROM people_believed f CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
), cuts AS (
  SELECT belief, person_key, surely AS cut FROM windows
  UNION SELECT belief, person_key, perhaps FROM windows
  UNION SELECT belief, person_key, TIMESTAMPTZ '0001-01-01 00:00:00+00' FROM windows
), members AS (
  SELECT c.belief, c.person_key,
         unnest([coalesce(list_sort(list(w.fact_no) FILTER (w.surely <= c.cut)), []),
                 coalesce(list_sort(list(w.fact_no) FILTER (w.perhaps <= c.cut)), [])]) AS members
  FROM cuts c JOIN windows w ON w.belief = c.belief AND w.person_key = c.person_key
  GROUP BY c.belief, c.person_key, c.cut
), sets AS (
  SELECT DISTINCT * FROM members
)
SELECT s.belief, s.person_key, s.members,
       coalesce(max(w.perhaps) FILTER (list_contains(s.members, w.fact_no)),
                TIMESTAMPTZ '0001-01-01 00:00:00+00') AS from_at,
       coalesce(min(w.surely) FILTER (NOT list_contains(s.members, w.fact_no)),
                TIMESTAMPTZ '9999-12-31 00:00:00+00') AS to_at
FROM sets s JOIN windows w ON w.belief = s.belief AND w.person_key = s.person_key
GROUP BY s.belief, s.person_key, s.members
HAVING from_at < to_at
"""

# `known` are the rows believed, `written` those of them that were on record at the time judged.
_NOW = """
SELECT 'now' AS belief, s.person_key, a.known, s.members AS written,
       TIMESTAMPTZ '0001-01-01 00:00:00+00' AS known_from,
       TIMESTAMPTZ '9999-12-31 00:00:00+00' AS known_to, s.from_at, s.to_at
FROM people_row_sets s
JOIN (SELECT lower(person) AS person_key, list(fact_no) AS known FROM people_believed GROUP BY 1) a
  ON a.person_key = s.person_key
WHERE s.belief = 'now'
"""
# Whoever acts knows what is on record then; of a moment one can ask what was known at another.
_AT_ACT = """
SELECT 'at_act', person_key, members, members, from_at, to_at, from_at, to_at
FROM people_row_sets WHERE belief = 'at_act'
"""
_AT_MOMENT = """
SELECT 'at_act', k.person_key, k.members,
       list_filter(s.members, lambda one: list_contains(k.members, one)),
       k.from_at, k.to_at, s.from_at, s.to_at
FROM people_row_sets k
JOIN people_row_sets s ON s.person_key = k.person_key AND s.belief = 'now'
WHERE k.belief = 'at_act'
"""
_STATES = "SELECT *, row_number() OVER () AS state FROM ({now} UNION ALL {at_act})"


def define_states(engine: Engine, *, moments: bool = False) -> None:
    """Register `people_states`: every state of the record that acts, or `moments`, are judged by.

    Reads `people_believed`.
    """
    engine.register("people_row_sets", engine.table(_SETS))
    states = _STATES.format(now=_NOW, at_act=_AT_MOMENT if moments else _AT_ACT)
    engine.register("people_states", engine.table(states))
