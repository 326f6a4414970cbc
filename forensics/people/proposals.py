"""Accounts without a person, and whose they may be; a human decides, with a row for the list."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Sequence

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

# Names that share a whole word with the account's, as `d.moss` and `admin-moss` with `dora.moss@x`.
_SHARED = """
WITH words AS (
  SELECT DISTINCT person, name,
    unnest(regexp_split_to_array(split_part(name, '@', 1), '[^\\p{L}0-9]+')) AS word
  FROM people_names WHERE how <> 'id'
), acting AS (
  SELECT actor, unnest(regexp_split_to_array(regexp_extract(lower(actor), $local, 1),
                                             '[^\\p{L}0-9]+')) AS word
  FROM (SELECT DISTINCT unnest($actors) AS actor)
)
SELECT DISTINCT a.actor, w.person, w.name
FROM acting a JOIN words w ON w.word = a.word
WHERE length(a.word) >= 3 ORDER BY a.actor, w.person, w.name
"""
# What an account of a person may be called besides the name.
_ROLES = frozenset(
    {"adm", "admin", "administrator", "da", "ext", "priv", "root", "sa", "su", "tier"}
)

# What the account list says already of an unresolved account, at other times.
_LISTED = """
SELECT lower(account) AS account, lower(source) AS source, kind, valid_from, valid_to
FROM people_accounts WHERE person IS NOT NULL
ORDER BY valid_from NULLS FIRST, valid_to NULLS LAST, kind
"""


def unresolved(engine: Engine) -> list[Row]:
    """Actors behind whom no single person is known, busiest first; services and systems left out.

    Each has actor, source, account_kind (of an impersonal account, or None), events, first_time,
    last_time and `proposals`: person, the matching `name`, `why`, and the `row` to add to
    accounts.csv should a human find it right: of an account that is listed for other times, for
    the time between those alone. Nothing is ever resolved by a proposal.
    """
    if "events" not in engine.relations():
        return []
    resolve(engine, _HUMAN_EVENTS)
    engine.keep("people_unresolved", _UNRESOLVED)
    rows = engine.rows(_BUSIEST_FIRST)
    proposed = _proposed(engine, rows)
    listed: dict[str, list[Row]] = defaultdict(list)
    for row in engine.rows(_LISTED):
        listed[row["account"]].append(row)
    for row in rows:
        held = [
            one
            for one in listed[row["actor"].lower()]
            if one["source"] in {None, row["source"].lower()}
        ]
        proposals = (
            [] if row["account_kind"] in IMPERSONAL else proposed[row["actor"], row["source"]]
        )
        row["proposals"] = [{**one, "row": _listed(row, one["person"], held)} for one in proposals]
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
        alike = _alike(engine, [row["actor"] for row in others])
        for row in others:
            found[row["actor"], row["source"]] += [dict(one) for one in alike.get(row["actor"], ())]
        others = [row for row in others if row["actor"] not in alike]
    if others:
        near = engine.rows(_NEAR, {"actors": [row["actor"] for row in others]})
        nearest = {row.pop("actor"): row for row in near}
        for row in others:
            if row["actor"] in nearest:
                found[row["actor"], row["source"]].append(nearest[row["actor"]])
    return found


def _alike(engine: Engine, actors: list[str]) -> dict[str, list[Row]]:
    """Those with whom an account shares a word, and nothing in its name speaks against."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in engine.rows(_SHARED, {"actors": actors, "local": _LOCAL}):
        own, theirs = _words(row["actor"]), _words(row["name"])
        others = theirs - own
        if all(
            word in _ROLES or any(one.startswith(word) for one in others) for word in own - theirs
        ):
            told = {"person": row["person"], "name": row["name"], "why": "a word of the name"}
            if row["person"] not in [one["person"] for one in found[row["actor"]]]:
                found[row["actor"]].append(told)
    return {actor: rows for actor, rows in found.items() if len(rows) <= _PROPOSED}


def _words(name: str) -> set[str]:
    local = re.search(_LOCAL, name.lower())
    return set(re.split(r"[\W_]+", local.group(1) if local else name.lower())) - {""}


def _listed(row: Row, person: str, held: Sequence[Row]) -> str:
    """The row of accounts.csv that says whose the account is, beside what is listed already."""
    begins = [
        one["valid_to"] for one in held if one["valid_to"] and one["valid_to"] <= row["first_time"]
    ]
    ends = [
        one["valid_from"]
        for one in held
        if one["valid_from"] and one["valid_from"] > row["first_time"]
    ]
    since, until = max(begins, default=None), min(ends, default=None)
    before = [one["kind"] for one in held if one["valid_to"] == since or one["valid_from"] == until]
    usual = "admin" if _words(row["actor"]) & _ROLES else "personal"
    kind = next((kind for kind in before if kind), usual)
    line = io.StringIO()
    dates = [f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "" for at in (since, until)]
    csv.writer(line, lineterminator="").writerow(
        [row["actor"], row["source"], person, kind, *dates]
    )
    return line.getvalue()
