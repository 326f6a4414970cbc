"""Questions about people that need no act: who leaves when, and who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from forensics.engine import Engine, Row
from forensics.people.beliefs import believe
from forensics.people.identity import define_inputs
from forensics.people.phases import judge_moment
from forensics.people.readings import belief_sentence

# What each row of a roster that ends somebody's stretch of work says, as known now. An end is
# disputed if not every reading of the rosters has it; `end_from` and `end_to` are then the bounds
# of all such ends of the person.
_HELD = """
WITH told AS (
  SELECT source, source_row, recorded_at, any_value(recorded_on) AS recorded_on
  FROM people_facts GROUP BY ALL
), named AS (
  SELECT lower(person) AS person_key, max_by(display_name, fact_no) AS display_name
  FROM people_facts WHERE display_name IS NOT NULL GROUP BY ALL
), read AS (
  SELECT *, max(turn) OVER (PARTITION BY person_key) AS turns,
         count(DISTINCT turn) OVER (PARTITION BY person_key, source, source_row) < turns AS open
  FROM people_spells WHERE belief = 'now'
), held AS (
  SELECT *, min(access_end_earliest) OVER whole AS end_from,
         max(access_end_latest) OVER whole AS end_to
  FROM read WHERE status <> 'rescinded'
  WINDOW whole AS (PARTITION BY person_key, CASE WHEN NOT open THEN spell END)
  QUALIFY row_number() OVER (PARTITION BY person_key, source, source_row ORDER BY since DESC) = 1
)
SELECT h.person, n.display_name, h.kind, h.kind_stated, h.role, h.site, h.status, h.notice_at,
       h.notice_latest, h.last_working_day, h.access_end_earliest, h.access_end_latest, h.end_from,
       h.end_to, h.open AS disputed, h.end_basis, h.zone, h.zone_basis, h.recorded_at,
       t.recorded_on, h.source, h.source_row
FROM held h
LEFT JOIN told t ON t.source = h.source AND t.source_row = h.source_row
 AND t.recorded_at IS NOT DISTINCT FROM h.recorded_at
LEFT JOIN named n ON n.person_key = h.person_key
"""
_LEAVERS = """
SELECT * FROM people_held
WHERE access_end_latest >= $since AND access_end_earliest < $until
ORDER BY access_end_earliest, access_end_latest, person, source, source_row
"""
# Whoever resigned by then without a last day being known: nothing says when access ends.
_RESIGNED = """
SELECT * FROM people_held WHERE access_end_latest IS NULL AND notice_at < $until
ORDER BY notice_at, person, source, source_row
"""

_DEPARTURES = """
SELECT * FROM people_held
WHERE lower(person) = lower($person)
  AND (access_end_latest IS NOT NULL OR notice_at IS NOT NULL)
ORDER BY coalesce(access_end_earliest, notice_at), access_end_latest, source, source_row
"""

# The departure that was believed in last before a rescission counted.
_RESCINDED = """
SELECT b.person, b.notice_at, b.notice_latest, b.access_end_earliest, b.access_end_latest,
       b.access_end_earliest AS end_from, b.access_end_latest AS end_to, b.recorded_at,
       b.source, b.source_row, r.recorded_at AS rescinded_at,
       r.source || ':' || r.source_row AS rescinded_by,
       'A departure was announced '
         || coalesce('on ' || strftime(b.recorded_at, '%Y-%m-%d'), 'at a time that is not said')
         || ' (' || b.source || ':' || b.source_row || ') and taken back '
         || coalesce('on ' || strftime(r.recorded_at, '%Y-%m-%d'), 'at a time that is not said')
         || ' (' || r.source || ':' || r.source_row || '); until then it was believed in.'
         AS sentence
FROM people_spells r
JOIN people_beliefs b ON b.person_key = r.person_key AND b.belief = r.belief
 AND b.from_at < r.from_at AND b.since < r.until AND b.until > r.since
WHERE r.person_key = lower($person) AND r.status = 'rescinded' AND b.status <> 'rescinded'
  AND (b.access_end_latest IS NOT NULL OR b.notice_at IS NOT NULL)
QUALIFY row_number() OVER (PARTITION BY r.spell ORDER BY b.to_at DESC, b.spell DESC) = 1
ORDER BY rescinded_at, b.spell
"""

_OWN = """
SELECT lower(account) AS name, lower(person) AS person, lower(source) AS source, valid_from,
  valid_to
FROM people_accounts WHERE lower(kind) IN ('personal', 'admin') AND person IS NOT NULL
UNION SELECT lower(email), lower(person), NULL, NULL, NULL FROM people_facts
WHERE email IS NOT NULL AND lower(email) NOT IN (SELECT lower(account) FROM people_accounts)
UNION SELECT lower(person), lower(person), NULL, NULL, NULL FROM people_facts
WHERE NOT EXISTS (SELECT 1 FROM people_accounts)
"""

# As names are looked up for acts: what a list or roster says in full, else a part of it.
_WHO = """
WITH names AS (
  SELECT lower(person) AS person_key, lower(person) AS name, 0 AS rank FROM people_facts
  UNION SELECT lower(person), lower(email), 0 FROM people_facts WHERE email IS NOT NULL
  UNION SELECT lower(person), lower(person), 0 FROM people_accounts WHERE person IS NOT NULL
  UNION SELECT lower(person), lower(account), 0 FROM people_accounts WHERE person IS NOT NULL
  UNION SELECT lower(person), lower(split_part(email, '@', 1)), 1
  FROM people_facts WHERE email IS NOT NULL
  UNION SELECT lower(person), lower(display_name), 2
  FROM people_facts WHERE display_name IS NOT NULL
)
SELECT DISTINCT person_key FROM (
  SELECT person_key, rank, min(rank) OVER () AS best FROM names WHERE name = lower($who))
WHERE rank = best
ORDER BY person_key
"""

_FACTS = """
SELECT * FROM people_facts
WHERE lower(person) = $person AND coalesce(known_from <= $known_at, TRUE)
ORDER BY recorded_at NULLS FIRST, fact_no
"""

_STATES = """
SELECT s.* FROM account_states s
WHERE lower(s.account) IN (
  SELECT lower(account) FROM people_accounts WHERE lower(person) = lower($person)
  UNION SELECT lower(email) FROM people_facts WHERE lower(person) = lower($person))
ORDER BY s.seen_at, s.source, s.source_row
"""

_ACCOUNTS = """
SELECT * FROM people_accounts WHERE lower(person) = $person
ORDER BY account, source NULLS FIRST, valid_from NULLS FIRST, valid_to NULLS LAST, kind
"""

# Where within a span a phase can begin or end.
_TURNS = """
SELECT DISTINCT turn FROM people_turns
WHERE person_key = $person AND turn > $since AND turn < $until ORDER BY turn
"""

_TIME = pa.timestamp("us", tz="UTC")


def leavers(engine: Engine, since: datetime, until: datetime) -> list[Row]:
    """People whose access can end in [since, until), as known now, by the time it ends.

    Rescinded departures and contracts that continue in another record are none. An end that
    rosters dispute is a row of each, from `end_from` to `end_to` over all of them.
    """
    believe(engine)
    engine.define("people_held", _HELD)
    return engine.rows(_LEAVERS, {"since": since, "until": until})


def resigned(engine: Engine, until: datetime) -> list[Row]:
    """People who resigned before `until` and of whom no roster tells a last day, by resignation."""
    believe(engine)
    engine.define("people_held", _HELD)
    return engine.rows(_RESIGNED, {"until": until})


def departures(engine: Engine, person: str) -> list[Row]:
    """Every departure of one person that rosters tell of, as known now, the last one last."""
    believe(engine)
    engine.define("people_held", _HELD)
    return engine.rows(_DEPARTURES, {"person": person})


def rescinded(engine: Engine, person: str) -> list[Row]:
    """Every departure of one person that was taken back, as it was believed until then.

    Columns as those of `departures` that tell notice, end and row; `rescinded_at` and
    `rescinded_by` of whoever took it back; and a `sentence`.
    """
    believe(engine)
    return engine.rows(_RESCINDED, {"person": person})


def own_accounts(engine: Engine) -> None:
    """Define `own_accounts`: names in lower case that are one person's alone, and when and where.

    Columns `name`, `person`, `source`, `valid_from`, `valid_to`, each of the last three NULL where
    it does not matter. Personal and administrative accounts of a list; an e-mail of a roster that
    no list has; where there is no list, a person's own name too.
    """
    define_inputs(engine)
    engine.define("own_accounts", _OWN)


def phases_at(engine: Engine, people: Sequence[str], at: datetime) -> dict[str, list[str]]:
    """The phases of each person's employment at a time, as known now, by the name given."""
    if not people:
        return {}
    judge_moment(engine, _moments([(person, at, at, at) for person in people]))
    rows = engine.rows("SELECT * FROM people_shown WHERE belief = 'now' ORDER BY event_uid")
    return {person: row["phases"] for person, row in zip(people, rows, strict=True)}


def persons(engine: Engine, who: str) -> list[str]:
    """Every person, in lower case, that a name can mean.

    It is a person's, e-mail's or account's; else the part before the @ of an e-mail, as logs name
    people; else a name as shown.
    """
    define_inputs(engine)
    return [row["person_key"] for row in engine.rows(_WHO, {"who": who})]


def show(
    engine: Engine,
    who: str,
    as_of: datetime,
    known_at: datetime | None = None,
    *,
    until: datetime | None = None,
) -> Row:
    """Who a name means, and their employment at `as_of`, or in all of [`as_of`, `until`).

    `known_at` limits what is believed, and the facts, to what was recorded by then; None believes
    all. Gives `who`, `as_of`, `people` (every person the name can mean), and for exactly one person
    `person`, `accounts`, `states` (what directories say of these), `facts`, `belief` (a row of
    `act_people` with its `sentence`), `changes` (such rows, with `since`, for each further phase
    up to `until`) and `learned_later`: where something recorded later changed it, what is believed
    now or, without `known_at`, what was believed at the time. Otherwise these are empty.
    """
    people = persons(engine, who)
    nobody: Row = {"who": who, "as_of": as_of, "people": people, "person": None, "belief": None}
    empty: Row = {"accounts": [], "states": [], "facts": [], "changes": [], "learned_later": None}
    if len(people) != 1:
        return {**nobody, **empty}
    person = people[0]
    accounts = engine.rows(_ACCOUNTS, {"person": person})
    listed = "account_states" in engine.relations()
    states = engine.rows(_STATES, {"person": person}) if listed else []
    facts = engine.rows(_FACTS, {"person": person, "known_at": None})
    name = facts[-1]["person"] if facts else accounts[0]["person"]
    belief, *changes = _course(engine, name, as_of, until, known_at)
    if known_at is not None:
        facts = engine.rows(_FACTS, {"person": person, "known_at": known_at})
    later = belief.pop("otherwise")
    for change in changes:
        del change["otherwise"]
    found: Row = {"accounts": accounts, "states": states, "facts": facts, "belief": belief}
    shown: Row = {**nobody, **found, "person": name, "changes": changes}
    told_later = _differs(belief, later) if known_at is not None else later["learned_later"]
    return {**shown, "learned_later": later if told_later else None}


def _differs(belief: Row, other: Row) -> bool:
    compared = ("phases", "last_working_day", "access_end_earliest", "access_end_latest")
    return any(belief[name] != other[name] for name in compared)


def _course(
    engine: Engine,
    person: str,
    as_of: datetime,
    until: datetime | None,
    known_at: datetime | None,
) -> list[Row]:
    """What is believed as of a time, and each further phase up to `until`, in order."""
    believe(engine)
    span = {"person": person.lower(), "since": as_of, "until": until or as_of}
    starts = [as_of, *(row["turn"] for row in engine.rows(_TURNS, span))]
    moments = [(person, start, start, known_at or start) for start in starts]
    judge_moment(engine, _moments(moments))
    wanted, other = ("now", "at_act") if known_at is None else ("at_act", "now")
    query = "SELECT * FROM people_shown WHERE belief = $belief ORDER BY event_uid"
    rows = engine.rows(query, {"belief": wanted})
    others = engine.rows(query, {"belief": other})
    course: list[Row] = []
    for start, row, otherwise in zip(starts, rows, others, strict=True):
        if course and course[-1]["phases"] == row["phases"]:
            continue
        for one in (row, otherwise):
            one["sentence"] = belief_sentence(one)
        course.append({**row, "since": start, "otherwise": otherwise})
    return course


def _moments(moments: Sequence[tuple[str, datetime, datetime, datetime]]) -> pa.Table:
    """Moments to judge, from person, first and last instant and when it was known, in order."""
    people, firsts, lasts, known = zip(*moments, strict=True)
    nothing = pa.nulls(len(moments), pa.string())
    return pa.table(
        {
            "event_uid": [f"{place:08}" for place in range(len(moments))],
            "account": nothing,
            "person": pa.array(people, pa.string()),
            "account_kind": nothing,
            "matched_by": nothing,
            "time": _utc(firsts),
            "time_earliest": _utc(firsts),
            "time_latest": _utc(lasts),
            "known_at": _utc(known),
        }
    )


def _utc(times: Sequence[datetime]) -> pa.Array:
    return pa.array([time.astimezone(UTC) for time in times], _TIME)
