"""Questions about people that need no act: who leaves when, and who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from forensics.engine import Engine, Row
from forensics.people.beliefs import believe
from forensics.people.identity import define_inputs
from forensics.people.phases import judge_moment
from forensics.people.readings import belief_sentence

_LEAVERS = """
WITH ends AS (
  SELECT *, row_number() OVER (PARTITION BY person_key, source, source_row ORDER BY since DESC)
         AS nth
  FROM people_spells
  WHERE belief = 'now' AND status <> 'rescinded' AND access_end_latest IS NOT NULL
)
SELECT person, kind, role, site, status, notice_at, last_working_day, access_end_earliest,
       access_end_latest, end_basis, zone, zone_basis, recorded_at, source, source_row
FROM ends
WHERE nth = 1 AND access_end_latest >= $since AND access_end_earliest < $until
ORDER BY access_end_earliest, access_end_latest, person, source, source_row
"""

_WHO = """
SELECT DISTINCT lower(person) AS person_key FROM people_facts
WHERE lower(person) = lower($who) OR lower(email) = lower($who)
UNION
SELECT DISTINCT lower(person) FROM people_accounts
WHERE person IS NOT NULL AND (lower(person) = lower($who) OR lower(account) = lower($who))
ORDER BY person_key
"""

_FACTS = """
SELECT * FROM people_facts WHERE lower(person) = $person
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


def leavers(engine: Engine, since: datetime, until: datetime) -> list[Row]:
    """People whose access can end in [since, until), as known now, by the time it ends.

    Rescinded departures and contracts that continue in another record are none.
    """
    believe(engine)
    return engine.rows(_LEAVERS, {"since": since, "until": until})


def persons(engine: Engine, who: str) -> list[str]:
    """Every person, in lower case, that a person's, e-mail's or account's name can mean."""
    define_inputs(engine)
    return [row["person_key"] for row in engine.rows(_WHO, {"who": who})]


def show(engine: Engine, who: str, as_of: datetime, known_at: datetime | None = None) -> Row:
    """Who a person, e-mail or account name is, and their employment at `as_of`.

    `known_at` limits what is believed to facts recorded by then; None believes all. Gives `who`,
    `people` (every person the name can mean), and for exactly one person `person`, `accounts`,
    `states` (what directories say of these), `facts` and `belief` (a row of `act_people` with its
    `sentence`); otherwise these are empty.
    """
    people = persons(engine, who)
    shown: Row = {"who": who, "people": people}
    if len(people) != 1:
        nothing: Row = {"person": None, "accounts": [], "states": [], "facts": [], "belief": None}
        return {**shown, **nothing}
    person = people[0]
    accounts = engine.rows(_ACCOUNTS, {"person": person})
    listed = "account_states" in engine.relations()
    states = engine.rows(_STATES, {"person": person}) if listed else []
    facts = engine.rows(_FACTS, {"person": person})
    name = facts[-1]["person"] if facts else accounts[0]["person"]
    judge_moment(engine, _moment(name, as_of, known_at))
    belief = "now" if known_at is None else "at_act"
    (row,) = engine.rows("SELECT * FROM people_shown WHERE belief = $belief", {"belief": belief})
    row["sentence"] = belief_sentence(row)
    found: Row = {"accounts": accounts, "states": states, "facts": facts, "belief": row}
    return {**shown, "person": name, **found}


def _moment(person: str, as_of: datetime, known_at: datetime | None) -> pa.Table:
    as_of = as_of.astimezone(UTC)
    columns = {
        "event_uid": (None, pa.string()),
        "account": (None, pa.string()),
        "person": (person, pa.string()),
        "account_kind": (None, pa.string()),
        "matched_by": (None, pa.string()),
        "time": (as_of, pa.timestamp("us", tz="UTC")),
        "time_earliest": (as_of, pa.timestamp("us", tz="UTC")),
        "time_latest": (as_of, pa.timestamp("us", tz="UTC")),
        "known_at": (known_at or as_of, pa.timestamp("us", tz="UTC")),
    }
    return pa.table({name: pa.array([value], type) for name, (value, type) in columns.items()})
