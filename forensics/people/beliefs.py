"""What is believed of each person's employment, for every state of the record and stretch of it."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp

from forensics.engine import Engine
from forensics.people import dates
from forensics.people.disputes import define_readings
from forensics.people.identity import define_inputs
from forensics.people.states import define_states

# Within one roster a later row replaces an earlier one unless the two are separate spells (one
# starts when the other has ended): what it says of dates was so all along, and of the role or of
# leave from when it was written. A rescission, and whatever is written after it, counts from its
# own time: until then the departure stood. A rescission that is the first its roster says of a
# person tells of the departure itself.
#
# Where rosters of one employment differ, an explicit end of access outweighs a last working day,
# that a contract's end, that a legal end, that none. Of ends of a contract the earlier holds; of
# other equals nothing says which is right, so each is believed in a reading of its own, and the
# phases of all readings are possible. An employee record ends the contract it overlaps. Spells at
# most three days apart make one stretch, whose end is the end of the last: a contract that ends
# into an employee record, or into the next contract, is no departure.
#
# A row that does not say when it was written stands before those that say so: a first export
# states what was so long before. A row that says the same dates again changes nothing, so whoever
# said them first has recorded them.
#
# Notice begins with the resignation, whichever roster tells of it. Where none does, it begins when
# an end at most 30 days away was first on record, and at the earliest 30 days before the end
# believed in.
_AGED = """
SELECT *, lower(person) AS person_key, feed || ':' || series AS roster,
       hash(start_at, start_latest, notice_at, notice_latest, last_working_day,
            access_end_earliest, access_end_latest, end_basis, status = 'rescinded') AS said,
       CASE WHEN kind = 'employee' OR (kind IS NULL AND feed = 'employees')
            THEN 'employee' ELSE 'contractor' END AS family,
       dense_rank() OVER (ORDER BY person_key, family, roster) AS line,
       CASE WHEN status <> 'rescinded' THEN access_end_earliest END AS spell_end,
       row_number() OVER (ORDER BY recorded_at NULLS FIRST, start_at NULLS FIRST, series, feed,
                          fact_no) AS age
FROM people_believed
"""
# Rows of one roster about one spell. Those of one file and one time that contradict each other are
# tied: neither replaces the other.
_KIN = """
SELECT k.fact_no, j.fact_no AS other_no,
       j.source = k.source AND j.recorded_at IS NOT DISTINCT FROM k.recorded_at
         AND (j.access_end_latest IS DISTINCT FROM k.access_end_latest OR j.status <> k.status)
         AS tied
FROM people_aged k
JOIN people_aged j ON j.person_key = k.person_key AND j.family = k.family AND j.roster = k.roster
WHERE k.fact_no = j.fact_no OR NOT (coalesce(j.start_at >= k.spell_end, FALSE)
                                    OR coalesce(k.start_at >= j.spell_end, FALSE))
"""

# For every state of the record, the last row of each roster about each spell, `told_no` being the
# one that said its dates first. A row waits behind a rescission that is not yet written.
_CANDIDATES = """
WITH placed AS (
  SELECT s.state, f.fact_no, f.line, f.age, f.status, f.status_stated, f.said,
         list_contains(s.written, f.fact_no) AS valid
  FROM people_states s
  JOIN people_aged f ON f.person_key = s.person_key AND list_contains(s.known, f.fact_no)
), turned AS (
  SELECT *, row_number() OVER own AS place,
         count(*) FILTER (status = 'rescinded') OVER own AS turns,
         count(*) FILTER (status = 'rescinded' AND NOT valid) OVER own AS turns_ahead,
         said IS DISTINCT FROM lag(said) OVER own AS fresh,
         (status, status_stated) IS DISTINCT FROM lag((status, status_stated)) OVER own
           AS fresh_status
  FROM placed
  WINDOW own AS (PARTITION BY state, line ORDER BY age)
), numbered AS (
  SELECT *, count(*) FILTER (fresh) OVER own AS saying,
         count(*) FILTER (fresh_status) OVER own AS stint,
         valid OR turns_ahead = 0 OR place = 1 AS eligible
  FROM turned
  WINDOW own AS (PARTITION BY state, line ORDER BY age)
), first AS (
  SELECT *,
         first_value(fact_no) OVER (PARTITION BY state, line, saying ORDER BY age)
           AS told_no,
         first_value(fact_no) OVER (PARTITION BY state, line, stint ORDER BY age)
           AS stint_no
  FROM numbered
), ruling AS (
  SELECT * FROM first l
  WHERE eligible AND NOT EXISTS (
    SELECT 1 FROM people_kin n JOIN numbered j ON j.fact_no = n.other_no
    WHERE n.fact_no = l.fact_no AND NOT n.tied AND j.state = l.state AND j.eligible
      AND j.age > l.age)
), chain AS (
  SELECT l.state, l.fact_no, k.fact_no AS kin_no, k.valid, k.age, k.status, k.stint_no,
         k.valid AND NOT n.tied AS sure, k.age <= l.age AND NOT n.tied AS before, f.end_rank,
         f.role, f.site, f.recorded_earliest, f.known_from, f.access_end_earliest,
         f.access_end_latest,
         k.age <= l.age AND k.turns = l.turns
           AND (k.status <> 'rescinded' OR k.fact_no = l.fact_no) AS tells
  FROM ruling l
  JOIN people_kin n ON n.fact_no = l.fact_no
  JOIN first k ON k.state = l.state AND k.fact_no = n.other_no
  JOIN people_aged f ON f.fact_no = k.fact_no
), summed AS (
  SELECT state, fact_no,
         coalesce(max_by(kin_no, age) FILTER (valid), min_by(kin_no, age)) AS who_no,
         coalesce(max_by(role, age) FILTER (valid AND role IS NOT NULL),
                  min_by(role, age) FILTER (role IS NOT NULL)) AS role,
         coalesce(max_by(site, age) FILTER (valid AND site IS NOT NULL),
                  min_by(site, age) FILTER (site IS NOT NULL)) AS site,
         max_by(status, age) FILTER (sure) AS held_status,
         max_by(stint_no, age) FILTER (sure) AS stint_no,
         max_by(kin_no, age) FILTER (sure AND before AND status = 'rescinded') AS turn_no,
         min(end_rank) FILTER (before AND access_end_earliest IS NOT NULL) AS told_rank,
         min(greatest(recorded_earliest, access_end_earliest - INTERVAL 30 DAYS))
           FILTER (tells AND access_end_earliest IS NOT NULL) AS near_earliest,
         min(greatest(known_from, access_end_latest - INTERVAL 30 DAYS))
           FILTER (tells AND access_end_latest IS NOT NULL) AS near_latest
  FROM chain GROUP BY state, fact_no
)
SELECT l.state, l.fact_no, f.family, f.roster, l.age, f.start_at, f.start_latest,
       s.who_no, s.role, s.site, s.near_earliest, s.near_latest,
       l.status = 'rescinded' AND l.valid AS void,
       s.held_status IN ('leave', 'garden_leave') AS away,
       CASE WHEN away THEN s.held_status
            WHEN l.valid AND l.status NOT IN ('rescinded', 'leave', 'garden_leave') THEN l.status
            ELSE 'active' END AS standing,
       CASE WHEN NOT void THEN f.notice_at END AS notice_at,
       CASE WHEN NOT void THEN f.notice_latest END AS notice_latest,
       CASE WHEN NOT void THEN f.access_end_earliest END AS end_at,
       CASE WHEN end_at IS NULL THEN 4 ELSE f.end_rank END AS rank,
       CASE WHEN end_at IS NOT NULL
            THEN hash(f.access_end_earliest, f.access_end_latest, f.last_day_earliest,
                      f.last_day_latest, f.last_working_day) END AS dated,
       CASE WHEN rank <> 2 THEN dated END AS ending,
       f.source, f.recorded_at, l.told_no, a.known_from AS told_by, a.age AS told_age,
       s.stint_no, b.age AS stint_age,
       (coalesce(b.status_stated, FALSE),
        coalesce(b.recorded_at, TIMESTAMPTZ '0001-01-01 00:00:00+00'), away, coalesce(b.age, 0))
         AS stint_place,
       CASE WHEN void THEN l.told_no WHEN end_at IS NULL THEN s.turn_no END AS back_no,
       CASE WHEN back_no IS NOT NULL THEN coalesce(s.told_rank, 0) END AS back_rank
FROM ruling l
JOIN summed s ON s.state = l.state AND s.fact_no = l.fact_no
JOIN people_aged f ON f.fact_no = l.fact_no
JOIN people_aged a ON a.fact_no = l.told_no
LEFT JOIN people_aged b ON b.fact_no = s.stint_no
"""

_SPELLS = """
WITH pairs AS (
  SELECT k.state, k.fact_no, j.fact_no AS other_no, j.family AS other_family,
         j.roster <> k.roster OR j.fact_no <> k.fact_no AND j.source = k.source
           AND j.recorded_at IS NOT DISTINCT FROM k.recorded_at AS apart,
         j.notice_at AS other_notice, j.notice_latest AS other_notice_latest,
         j.near_earliest AS other_near, j.near_latest AS other_near_latest,
         j.role AS other_role, j.site AS other_site, j.age AS other_age,
         j.place < k.place AS outweighed,
         j.stint_place AS other_stint_place,
         (j.away, j.standing, j.stint_no, j.stint_age) AS other_stint,
         CASE WHEN j.void = k.void AND j.rank = k.rank AND j.dated IS NOT DISTINCT FROM k.dated
                   AND (k.void OR k.dated IS NOT NULL OR j.fact_no = k.fact_no)
              THEN (j.told_by, j.told_age, j.told_no) END AS telling
  FROM people_weighed k
  JOIN people_weighed j ON j.state = k.state
   AND (j.fact_no = k.fact_no OR NOT (coalesce(j.start_at >= k.end_at, FALSE)
                                      OR coalesce(k.start_at >= j.end_at, FALSE)))
), noticed AS (
  SELECT k.*, coalesce(k.start_at, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS begin_at,
         p.notice_said, p.notice_said_latest, p.near_said, p.near_said_latest,
         coalesce(k.role, p.role_said) AS known_role, coalesce(k.site, p.site_said) AS known_site,
         CASE WHEN p.stint[1] THEN p.stint[2] WHEN k.away THEN 'active' ELSE k.standing END
           AS held,
         CASE WHEN (k.away OR p.stint[1]) AND p.stint[4] > p.telling[2] THEN p.stint[3]
              ELSE p.telling[3] END AS heard_no
  FROM people_weighed k
  JOIN (
    SELECT p.state, p.fact_no, min(p.other_notice) AS notice_said,
           min(p.other_notice_latest) AS notice_said_latest, min(p.other_near) AS near_said,
           min(p.other_near_latest) AS near_said_latest,
           min(p.telling) AS telling, max_by(p.other_stint, p.other_stint_place) AS stint,
           max_by(p.other_role, p.other_age) FILTER (p.other_role IS NOT NULL) AS role_said,
           max_by(p.other_site, p.other_age) FILTER (p.other_site IS NOT NULL) AS site_said
    FROM pairs p JOIN people_weighed k ON k.state = p.state AND k.fact_no = p.fact_no
    WHERE p.other_family = k.family
    GROUP BY p.state, p.fact_no
    HAVING NOT bool_or(p.apart AND p.outweighed)
  ) p ON p.state = k.state AND p.fact_no = k.fact_no
), covered AS (
  SELECT k.state, k.fact_no, min(e.begin_at) AS ended_at
  FROM noticed k
  JOIN pairs p ON p.state = k.state AND p.fact_no = k.fact_no
  JOIN noticed e ON e.state = k.state AND e.fact_no = p.other_no
  WHERE k.family = 'contractor' AND e.family = 'employee'
  GROUP BY k.state, k.fact_no
), ordered AS (
  SELECT n.*, coalesce(c.ended_at, n.end_at, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS finish_at
  FROM noticed n LEFT JOIN covered c ON c.state = n.state AND c.fact_no = n.fact_no
  WHERE c.ended_at IS NULL OR c.ended_at > n.begin_at
), marked AS (
  SELECT *,
         CASE WHEN begin_at > max(finish_at) OVER earlier + INTERVAL 3 DAYS
              THEN 1 ELSE 0 END AS fresh
  FROM ordered
  WINDOW earlier AS (PARTITION BY state ORDER BY begin_at, age
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), stretched AS (
  SELECT *, sum(fresh) OVER (PARTITION BY state ORDER BY begin_at, age
                             ROWS UNBOUNDED PRECEDING) AS stretch
  FROM marked
), governed AS (
  SELECT state, who_no, known_role, known_site, stretch > 0 AS returned,
         first_value(start_at) OVER stretches AS start_at,
         first_value(start_latest) OVER stretches AS start_latest,
         first_value(fact_no) OVER (PARTITION BY state, stretch
                                    ORDER BY finish_at DESC, rank, family DESC, age DESC)
           AS end_no,
         CASE WHEN row_number() OVER spells = 1
              THEN TIMESTAMPTZ '0001-01-01 00:00:00+00' ELSE begin_at END AS since,
         coalesce(lead(begin_at) OVER spells,
                  TIMESTAMPTZ '9999-12-31 00:00:00+00') AS until
  FROM stretched
  WINDOW stretches AS (PARTITION BY state, stretch ORDER BY begin_at, age),
         spells AS (PARTITION BY state ORDER BY begin_at, age)
)
SELECT row_number() OVER (ORDER BY s.person_key, s.belief, s.from_at, s.to_at, s.known_from,
                          s.turn, g.since, s.state) AS spell,
       s.state AS record, s.turn, s.disputed, s.belief, s.person_key,
       s.known_from, s.known_to, s.from_at, s.to_at,
       coalesce(g.since, TIMESTAMPTZ '0001-01-01 00:00:00+00') AS since,
       coalesce(g.until, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS until,
       g.returned, g.start_at, g.start_latest, g.who_no AS fact_no, f.person, f.kind, f.kind_stated,
       g.known_role AS role, g.known_site AS site,
       CASE WHEN e.void AND e.held = 'active' THEN 'rescinded' ELSE e.held END AS status,
       CASE WHEN NOT e.void THEN coalesce(e.notice_at, e.notice_said,
         CASE WHEN e.end_at IS NOT NULL THEN
           greatest(e.near_said, d.access_end_earliest - INTERVAL 30 DAYS) END) END
         AS notice_earliest,
       CASE WHEN NOT e.void THEN coalesce(e.notice_latest, e.notice_said_latest,
         CASE WHEN e.end_at IS NOT NULL THEN
           greatest(e.near_said_latest, d.access_end_latest - INTERVAL 30 DAYS) END) END
         AS notice_latest,
       CASE WHEN NOT e.void THEN coalesce(e.notice_at, e.notice_said) END AS notice_at,
       CASE WHEN NOT e.void THEN d.last_working_day END AS last_working_day,
       CASE WHEN NOT e.void THEN d.last_day_earliest END AS last_day_earliest,
       CASE WHEN NOT e.void THEN d.last_day_latest END AS last_day_latest,
       CASE WHEN NOT e.void THEN coalesce(o.earliest, d.access_end_earliest) END
         AS day_over_earliest,
       CASE WHEN NOT e.void THEN coalesce(o.latest, d.access_end_latest) END AS day_over_latest,
       CASE WHEN NOT e.void THEN d.access_end_earliest END AS access_end_earliest,
       CASE WHEN NOT e.void THEN d.access_end_latest END AS access_end_latest,
       CASE WHEN NOT e.void THEN d.end_basis END AS end_basis,
       d.zone, d.zone_basis, t.recorded_at, t.recorded_earliest, t.recorded_basis,
       t.known_from AS recorded_by, t.feed, t.source, t.source_row, d.kind AS end_kind,
       CASE WHEN s.disputed AND (NOT e.void OR s.taken_back) THEN struct_pack(
         taken_back := e.back_no IS NOT NULL, access_end_earliest := e.end_at,
         access_end_latest := CASE WHEN NOT e.void THEN d.access_end_latest END,
         last_working_day := CASE WHEN NOT e.void THEN d.last_working_day END,
         source := t.source, source_row := t.source_row,
         feed := t.feed, zone := d.zone, recorded_at := t.recorded_at,
         recorded_basis := t.recorded_basis, recorded_earliest := t.recorded_earliest) END AS told
FROM people_readings s
LEFT JOIN governed g ON g.state = s.reading AND g.since < g.until
LEFT JOIN people_aged f ON f.fact_no = g.who_no
LEFT JOIN noticed e ON e.state = g.state AND e.fact_no = g.end_no
LEFT JOIN people_aged d ON d.fact_no = g.end_no
LEFT JOIN people_aged t ON t.fact_no = e.heard_no
LEFT JOIN people_day_ends o
  ON o.day = d.last_working_day AND o.zone = coalesce(d.zone, '') AND d.end_basis = 'access_end'
ORDER BY spell
"""

# What is believed now, once all that is recorded counts.
_LASTING = """
SELECT * FROM people_beliefs
WHERE belief = 'now' AND to_at = TIMESTAMPTZ '9999-12-31 00:00:00+00'
"""

# Wherever a phase can begin or end; between two of these nothing changes.
_TURNS = """
SELECT DISTINCT * FROM (
  SELECT person_key, belief,
         unnest([from_at, to_at, since, until, start_at, start_latest, notice_earliest,
                 notice_latest, last_day_earliest, last_day_latest, day_over_earliest,
                 day_over_latest, access_end_earliest, access_end_latest]) AS turn
  FROM people_beliefs)
WHERE turn > TIMESTAMPTZ '0001-01-01 00:00:00+00'
  AND turn < TIMESTAMPTZ '9999-12-31 00:00:00+00'
"""

_DAYS = """
SELECT DISTINCT last_working_day AS day, coalesce(zone, '') AS zone FROM people_believed
WHERE end_basis = 'access_end' AND last_working_day IS NOT NULL ORDER BY ALL
"""
_TIME = pa.timestamp("us", tz="UTC")


def believe(engine: Engine) -> None:
    """Register `people_beliefs` from `employment`, `people_spells` and `people_turns` of it.

    One row of `people_beliefs` is a spell of a person's work in one state of the record: known in
    [known_from, known_to), written by acts in [from_at, to_at), and of acts in [since, until).
    `fact_no` tells who the person was, `end_*` and the columns from `status` on how the stretch
    ends. Where nothing is on record, only the bounds are filled. `people_spells` are those that
    last, with all that is recorded; `people_turns` are the times at which a phase can change.
    """
    define_inputs(engine)
    engine.define("people_believed", "SELECT * FROM people_facts")
    engine.register("people_beliefs", _derived(engine))
    engine.define("people_spells", _LASTING)
    engine.define("people_turns", _TURNS)


def believe_of(engine: Engine, moments: str, name: str) -> None:
    """Register as `name` what `people_beliefs` has of the persons of a relation `moments`.

    Of these every state of the record is judged that was known at another moment than its own.
    """
    define_inputs(engine)
    whose = exp.select(exp.func("lower", exp.column("person"))).from_(exp.to_identifier(moments))
    facts = (
        exp.select("*")
        .from_("people_facts")
        .where(exp.func("lower", exp.column("person")).isin(query=whose))
    )
    engine.define("people_believed", facts.sql("duckdb"))
    engine.register(name, _derived(engine, moments=True))


def _derived(engine: Engine, *, moments: bool = False) -> pa.Table:
    define_states(engine, moments=moments)
    engine.register("people_day_ends", _day_ends(engine))
    engine.register("people_aged", engine.table(_AGED))
    engine.register("people_kin", engine.table(_KIN))
    engine.register("people_candidates", engine.table(_CANDIDATES))
    define_readings(engine)
    return engine.table(_SPELLS)


def _day_ends(engine: Engine) -> pa.Table:
    """When the last working days are over that access outlasts, or ends on."""
    rows = engine.rows(_DAYS)
    ends = [
        dates.day_end(row["day"], dates.zone(row["zone"]) if row["zone"] else None) for row in rows
    ]
    columns = {
        "day": pa.array([row["day"] for row in rows], pa.date32()),
        "zone": pa.array([row["zone"] for row in rows], pa.string()),
        "earliest": pa.array([end[0] for end in ends], _TIME),
        "latest": pa.array([end[1] for end in ends], _TIME),
    }
    return pa.table(columns)
