"""What rosters and accounts contradict, leave out, or tell too late: questions, never verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from forensics.engine import Engine, Row
from forensics.people import checks_of_ends, directory, roster, shifts
from forensics.people.beliefs import believe
from forensics.people.identity import resolve
from forensics.people.proposals import unresolved
from forensics.people.sheet import Problem

# What each check is called, and what to do about what it finds; a problem of a file says that.
REMEDIES: Mapping[str, str] = {
    "unread": "",
    "noted": "",
    "rosters_disagree": "Ask both which is right, and correct the other.",
    "rows_disagree": "Say which row counts: fill RecordedAt, or take the other out.",
    "leaves_twice": "Ask whether the person came back, and add the row that says so.",
    "duplicate_person": "Give both one person id or each its own e-mail; drop a row told twice.",
    "cyclic_managers": "Correct the manager of one of them.",
    "notice_after_end": "Correct one of the two dates.",
    "no_zone": "Fill TimeZone, or give --zone; until then the end is a span of 26 hours.",
    "missing_end": "Ask for the last working day; until then nothing says when access ends.",
    "shift_after_end": "Ask whether the end or the shift is right; a shift moves no end.",
    "late_notice": "Ask why the end was recorded so late; this is no finding about the person.",
    "vanished": "Ask what became of the person; a missing row is taken for no departure.",
    "active_after_end": "Ask who used the account, and whether the end in the roster is right.",
    "enabled_after_end": "Ask why the account was not disabled.",
    "account_without_person": "See forensics people unresolved.",
}

_DUPLICATE = """
SELECT 'duplicate_person' AS what, min(person) AS person,
  'The e-mail ' || lower(email) || ' is that of ' || count(DISTINCT lower(person)) || ' persons: '
    || string_agg(DISTINCT person, ', ' ORDER BY person) || '.' AS sentence,
  min_by(source || ':' || source_row, fact_no) AS place
FROM people_facts WHERE email IS NOT NULL
GROUP BY lower(email) HAVING count(DISTINCT lower(person)) > 1
UNION ALL
SELECT 'duplicate_person', min(person),
  'Rows of ' || source || ' give ' || string_agg(DISTINCT person, ' and ' ORDER BY person)
    || ' ' || count(DISTINCT lower(email)) || ' e-mails at one time: '
    || string_agg(DISTINCT lower(email), ', ' ORDER BY lower(email)) || '.',
  source || ':' || max(source_row)
FROM people_facts
GROUP BY lower(person), source, recorded_at HAVING count(DISTINCT lower(email)) > 1
UNION ALL
SELECT 'duplicate_person', min(person),
  'Two rows of ' || source || ' say the same of ' || min(person) || '.',
  source || ':' || min(source_row)
FROM people_facts
GROUP BY lower(person), source, email, kind, status, start_at, notice_at, last_working_day,
  access_end_latest, recorded_at, role, site, manager
HAVING count(*) > 1
"""

# What is believed now, one row a row of a roster that ends a stretch of somebody's work.
_NOW = """
SELECT * FROM people_spells WHERE belief = 'now'
QUALIFY row_number() OVER (PARTITION BY person_key, source, source_row ORDER BY since DESC) = 1
"""

# By person, since their records run past the end or not; what services do is not theirs.
_LAST_ACTS = """
SELECT lower(r.person) AS person_key, a.actor, a.source, max(a.time) AS last_time,
  count(*) FILTER (WHERE a.time >= n.access_end_latest) AS after_end,
  min(a.time) FILTER (WHERE a.time >= n.access_end_latest) AS first_after,
  any_value(n.access_end_latest) AS ended
FROM people_acts a
JOIN people_resolutions r
  ON r.actor = a.actor AND r.source IS NOT DISTINCT FROM a.source
 AND a.time >= r.since AND a.time < r.until
LEFT JOIN people_left n ON n.person_key = lower(r.person)
WHERE r.person IS NOT NULL
GROUP BY ALL
"""
_LEFT = """
SELECT person_key, max_by(person, since) AS person, max(access_end_latest) AS access_end_latest,
  max_by(access_end_earliest, access_end_latest) AS access_end_earliest,
  max_by(source || ':' || source_row, since) AS place
FROM people_now GROUP BY person_key
HAVING bool_and(access_end_latest IS NOT NULL AND status <> 'rescinded')
"""

_ACTIVE = """
SELECT 'active_after_end' AS what, l.person,
  'The account ' || a.actor || ' of ' || l.person || ' acted ' || a.after_end || ' time'
    || CASE WHEN a.after_end = 1 THEN '' ELSE 's' END || ' in ' || a.source
    || ' after the end, ' || strftime(l.access_end_latest, '%Y-%m-%d %H:%MZ') || ', first at '
    || strftime(a.first_after, '%Y-%m-%d %H:%M:%SZ') || '.'
    AS sentence,
  l.place
FROM people_left l JOIN people_last_acts a ON a.person_key = l.person_key
WHERE a.after_end > 0
"""

_ENABLED = """
WITH whose AS (
  SELECT lower(account) AS name, lower(person) AS person_key FROM people_accounts
  WHERE person IS NOT NULL
  UNION SELECT lower(email), lower(person) FROM people_facts WHERE email IS NOT NULL
)
SELECT DISTINCT 'enabled_after_end' AS what, l.person,
  'The account ' || s.account || ' of ' || l.person || ' was active '
    || CASE s.seen_basis WHEN 'import' THEN 'in ' || s.source || ', given to the case on '
         WHEN 'name' THEN 'when ' || s.source || ' was exported, by '
         ELSE 'when ' || s.source || ' was exported, not before ' END
    || strftime(s.seen_at, '%Y-%m-%d %H:%MZ') || ', after the end, '
    || strftime(l.access_end_latest, '%Y-%m-%d %H:%MZ') || '.' AS sentence,
  s.source || ':' || s.source_row AS place
FROM people_states s
JOIN whose w ON w.name = lower(s.account)
JOIN people_left l ON l.person_key = w.person_key
WHERE s.state = 'active' AND s.seen_at >= l.access_end_latest
"""

_MANAGERS = """
SELECT lower(person) AS person_key, person, lower(manager) AS manager,
  source || ':' || source_row AS place
FROM people_facts WHERE manager IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY lower(person)
                           ORDER BY recorded_at DESC NULLS LAST, fact_no DESC) = 1
ORDER BY 1
"""
_MAILS = """
SELECT lower(email) AS email, min(lower(person)) AS person_key FROM people_facts
WHERE email IS NOT NULL GROUP BY 1 HAVING count(DISTINCT lower(person)) = 1
"""

_EVENTS = """
SELECT event_uid, source, actor, time, time AS time_earliest, time AS time_latest
FROM events WHERE coalesce(actor_type, 'unknown') NOT IN ('service', 'system')
"""


def check(engine: Engine, problems: Sequence[Problem] = ()) -> list[Row]:
    """Every contradiction and gap in what is known of people, sorted by check and place.

    Each has `what` (the check), `person`, `sentence`, `place` (`file:line`) and `remedy`.
    `problems` are those met in reading: `unread` where something was left out, else `noted`.
    """
    _prepare(engine)
    asked = [*checks_of_ends.QUESTIONS, _DUPLICATE, _ACTIVE, _ENABLED]
    rows = [row for query in asked for row in engine.rows(query)]
    rows += _cycles(engine)
    rows += _without_person(engine)
    for row in rows:
        row["remedy"] = REMEDIES[row["what"]]
    rows += [_problem(one) for one in problems]
    order = list(REMEDIES)
    return sorted(
        rows, key=lambda row: (order.index(row["what"]), row["place"] or "", row["sentence"])
    )


def _prepare(engine: Engine) -> None:
    """The relations that checks ask: what is believed now, who left, and what accounts did last."""
    relations = set(engine.relations())
    if "events" in relations:
        resolve(engine, _EVENTS)
    else:
        engine.register("people_no_events", _NO_EVENTS.empty_table())
        resolve(engine, "SELECT * FROM people_no_events")
    believe(engine)
    engine.keep("people_now", _NOW)
    engine.keep("people_left", _LEFT)
    engine.keep("people_last_acts", _LAST_ACTS)
    for relation, name, schema in (
        ("people_vanished", "people_gone", roster.VANISHED),
        ("account_states", "people_states", directory.SCHEMA),
        ("shifts", "people_shifts", shifts.SCHEMA),
    ):
        query = exp.select("*").from_(relation).sql(dialect="duckdb")
        there = engine.table(query) if relation in relations else schema.empty_table()
        engine.register(name, there)


_TIME = pa.timestamp("us", tz="UTC")
_NO_EVENTS = pa.schema(
    [
        ("event_uid", pa.string()),
        ("source", pa.string()),
        ("actor", pa.string()),
        ("time", _TIME),
        ("time_earliest", _TIME),
        ("time_latest", _TIME),
    ]
)


def _problem(one: Problem) -> Row:
    what = "unread" if one.unread else "noted"
    told = {"sentence": one.message, "place": one.place, "remedy": one.remedy}
    return {"what": what, "person": None, **told}


def _without_person(engine: Engine) -> list[Row]:
    """How many accounts of each source have no person, and which of them acted most."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for row in unresolved(engine):
        if row["account_kind"] is None:
            by_source[row["source"]].append(row["actor"])
    found: list[Row] = []
    for source, actors in by_source.items():
        many = f"{len(actors)} accounts in {source} have no person, the busiest {actors[0]}."
        one = f"Whose account {actors[0]} is in {source} is not known."
        sentence = one if len(actors) == 1 else many
        row = {"what": "account_without_person", "person": None, "sentence": sentence}
        found.append({**row, "place": None})
    return found


def _cycles(engine: Engine) -> list[Row]:
    """Chains of managers that lead back to where they begin, each told once."""
    mails = {row["email"]: row["person_key"] for row in engine.rows(_MAILS)}
    people = {row["person_key"]: row for row in engine.rows(_MANAGERS)}
    above = {key: mails.get(row["manager"], row["manager"]) for key, row in people.items()}
    found: list[Row] = []
    done: set[str] = set()
    for start in above:
        path: dict[str, None] = {}
        at = start
        while at in above and at not in done and at not in path:
            path[at] = None
            at = above[at]
        done.update(path)
        if at not in path:
            continue
        loop = list(path)
        loop = loop[loop.index(at) :]
        first = loop.index(min(loop))
        loop = [*loop[first:], *loop[:first]]
        row = people[loop[0]]
        named = " under ".join(people[key]["person"] for key in (*loop, loop[0]))
        sentence = f"Managers go round in a circle: {named}."
        told = {"person": row["person"], "sentence": sentence, "place": row["place"]}
        found.append({"what": "cyclic_managers", **told})
    return found
