"""Accounts without a person, and whose they may be; a human decides, with a row for the list."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

from forensics.engine import Engine, Row
from forensics.people import directory
from forensics.people.identity import IMPERSONAL, resolve

# Near names are looked for only among the busiest unresolved actors: it is a cross product.
_BUSIEST = 100
_PROPOSED = 3

# The name itself: without realm, folder or scheme before it, and without domain behind it.
_LOCAL = r"([^/\\:@]{3,})(?:@[^@]*)?$"

_HUMAN_EVENTS = """
SELECT event_uid, source, actor, time, time AS time_earliest, time AS time_latest
FROM events WHERE coalesce(actor_type, 'unknown') NOT IN ('service', 'system')
"""

_UNRESOLVED = """
SELECT a.actor, a.source, r.account_kind, count(*) AS events,
       min(a.time) AS first_time, max(a.time) AS last_time
FROM people_acts a
LEFT JOIN people_resolutions r
  ON r.actor = a.actor AND r.source IS NOT DISTINCT FROM a.source
 AND a.time >= r.since AND a.time < r.until
WHERE a.actor IS NOT NULL AND r.person IS NULL
GROUP BY a.actor, a.source, r.account_kind
"""
_BUSIEST_FIRST = """
SELECT * FROM people_unresolved ORDER BY events DESC, actor, source, account_kind
"""

# Every name that lists and rosters know of somebody, and what is known of the unresolved. What
# many people are called alike, `info` or `admin`, proposes nobody.
_NAMED = """
WITH named AS (
  SELECT lower(email) AS name, 'email' AS how, person FROM people_facts WHERE email IS NOT NULL
  UNION ALL SELECT lower(account), 'account', person FROM people_accounts WHERE person IS NOT NULL
  UNION ALL SELECT lower(person), 'id', person FROM people_facts
  UNION ALL SELECT lower(display_name), 'display name', person FROM people_facts
  WHERE display_name IS NOT NULL
), apart AS (
  SELECT DISTINCT name, how, person, regexp_extract(name, $local, 1) AS local FROM named
), few AS (
  SELECT local FROM apart GROUP BY local HAVING count(DISTINCT lower(person)) <= $most
)
SELECT a.name, a.how, a.person, f.local
FROM apart a LEFT JOIN few f ON f.local = a.local AND f.local <> ''
QUALIFY count(*) OVER (PARTITION BY a.how, a.name) <= $most
"""
_KNOWN = """
WITH actors AS (
  SELECT DISTINCT actor, source FROM people_unresolved
), states AS (
  SELECT lower(account) AS name, * FROM people_states
  UNION SELECT lower(email) AS name, * FROM people_states WHERE email IS NOT NULL
)
SELECT DISTINCT e.actor, e.source, 'log' AS told_by, lower(e.actor_email) AS email,
  lower(e.actor_name) AS shown, CAST(NULL AS VARCHAR) AS id
FROM events e JOIN actors a ON a.actor = e.actor AND a.source IS NOT DISTINCT FROM e.source
WHERE e.actor_email IS NOT NULL OR e.actor_name IS NOT NULL
UNION
SELECT a.actor, a.source, 'directory', lower(s.email), lower(s.display_name), lower(s.person)
FROM actors a JOIN states s ON s.name = lower(a.actor)
"""

_MATCHED = """
WITH matched AS (
  SELECT k.actor, k.source, 1 AS rank, n.person, n.name,
    'the ' || k.told_by || ' gives it an e-mail that is theirs in the roster' AS why
  FROM people_known k JOIN people_names n ON n.how = 'email' AND n.name = k.email
  UNION ALL
  SELECT k.actor, k.source, 2, n.person, n.name, 'the directory gives it the id of the roster'
  FROM people_known k JOIN people_names n ON n.how = 'id' AND n.name = k.id
  UNION ALL
  SELECT u.actor, u.source, 3, n.person, n.name, 'the same name but for what stands around it'
  FROM people_unresolved u
  JOIN people_names n ON n.how <> 'display name'
   AND n.local = regexp_extract(lower(u.actor), $local, 1)
  UNION ALL
  SELECT k.actor, k.source, 4, n.person, n.name,
    'the ' || k.told_by || ' gives it the same display name'
  FROM people_known k JOIN people_names n ON n.how = 'display name' AND n.name = k.shown
), best AS (
  SELECT * FROM matched
  QUALIFY row_number() OVER (PARTITION BY actor, source, lower(person) ORDER BY rank, name, why) = 1
)
SELECT actor, source, person, name, why FROM best
QUALIFY row_number() OVER (PARTITION BY actor, source ORDER BY rank, person) <= $most
ORDER BY actor, source, rank, person
"""

_NEAR = """
WITH actors AS (
  SELECT DISTINCT unnest($actors) AS actor
), likeness AS (
  SELECT actor, name, person,
         greatest(jaro_winkler_similarity(lower(actor), name),
                  jaro_winkler_similarity(split_part(lower(actor), '@', 1),
                                          split_part(name, '@', 1))) AS likeness
  FROM actors CROSS JOIN people_names WHERE how <> 'display name'
)
SELECT actor, name, person, 'a similar name' AS why
FROM likeness WHERE likeness >= 0.85
QUALIFY row_number() OVER (PARTITION BY actor ORDER BY likeness DESC, name, person) = 1
"""


def unresolved(engine: Engine) -> list[Row]:
    """Actors behind whom no single person is known, busiest first; services and systems left out.

    Each has actor, source, account_kind (of an impersonal account, or None), events, first_time,
    last_time and `proposals`: person, the matching `name`, `why`, and the `row` to add to
    accounts.csv should a human find it right. Nothing is ever resolved by a proposal.
    """
    if "events" not in engine.relations():
        return []
    resolve(engine, _HUMAN_EVENTS)
    engine.keep("people_unresolved", _UNRESOLVED)
    rows = engine.rows(_BUSIEST_FIRST)
    proposed = _proposed(engine, rows)
    for row in rows:
        proposals = (
            [] if row["account_kind"] in IMPERSONAL else proposed[row["actor"], row["source"]]
        )
        row["proposals"] = [
            {**one, "row": _listed(row["actor"], row["source"], one["person"])} for one in proposals
        ]
    return rows


def _proposed(engine: Engine, rows: list[Row]) -> dict[tuple[str, str], list[Row]]:
    states = "SELECT * FROM account_states"
    known = "account_states" in engine.relations()
    engine.register(
        "people_states", engine.table(states) if known else directory.SCHEMA.empty_table()
    )
    engine.keep("people_names", _NAMED, {"local": _LOCAL, "most": _PROPOSED})
    engine.keep("people_known", _KNOWN)
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in engine.rows(_MATCHED, {"local": _LOCAL, "most": _PROPOSED}):
        found[row.pop("actor"), row.pop("source")].append(row)
    others = [row for row in rows if (row["actor"], row["source"]) not in found][:_BUSIEST]
    if others:
        near = engine.rows(_NEAR, {"actors": [row["actor"] for row in others]})
        nearest = {row.pop("actor"): row for row in near}
        for row in others:
            if row["actor"] in nearest:
                found[row["actor"], row["source"]].append(nearest[row["actor"]])
    return found


def _listed(account: str, source: str, person: str) -> str:
    """The row of accounts.csv that says whose the account is."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([account, source, person, "personal", "", ""])
    return line.getvalue()
