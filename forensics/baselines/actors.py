"""Who stands behind an account, for counting: the person where one is known, role, site, zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from forensics.engine import Engine

ACCOUNT_PERSONS = """
SELECT lower(account) AS actor, person, coalesce(kind = 'service', false) AS automated FROM accounts
"""

EMAIL_PERSONS = "SELECT lower(email) AS actor, person, false AS automated FROM employment"

NO_PERSONS = "SELECT NULL::VARCHAR AS actor, NULL::VARCHAR AS person, false AS automated"

# An account of several persons is nobody's in particular.
PERSONS = """
SELECT actor, CASE WHEN count(DISTINCT lower(person)) = 1 THEN min(lower(person)) END AS person,
    bool_or(automated) AS automated
FROM named WHERE actor IS NOT NULL GROUP BY actor
"""

_WORK = """
SELECT lower(person) AS person, max_by(role, fact_no) FILTER (role IS NOT NULL) AS role,
  max_by(site, fact_no) FILTER (site IS NOT NULL) AS site,
  max_by(zone, fact_no) FILTER (zone IS NOT NULL) AS zone
FROM employment GROUP BY ALL
"""
_NO_WORK = """
SELECT NULL::VARCHAR AS person, NULL::VARCHAR AS role, NULL::VARCHAR AS site, NULL::VARCHAR AS zone
"""
_ACTORS = """
SELECT p.actor, coalesce(p.person, p.actor) AS who, w.role, w.site, z.zone, z.ahead, p.automated
FROM persons AS p LEFT JOIN work AS w ON w.person = p.person
LEFT JOIN baseline_zones AS z ON z.name = w.zone
"""
# A zone is an IANA name, or an offset written as UTC+05:30, which the engine cannot name.
_ZONES = """
SELECT n.name, CASE WHEN k.name IS NULL THEN 'UTC' ELSE n.name END AS zone,
  CASE WHEN k.name IS NULL THEN coalesce(try_cast(regexp_extract(n.name, '^UTC[+-](\\d+)', 1)
      AS INTEGER) * 60
      + coalesce(try_cast(regexp_extract(n.name, ':(\\d\\d)', 1) AS INTEGER), 0), 0)
    * CASE WHEN n.name LIKE 'UTC-%' THEN -1 ELSE 1 END ELSE 0 END AS ahead
FROM (SELECT $default::VARCHAR AS name UNION SELECT zone FROM work WHERE zone IS NOT NULL) AS n
LEFT JOIN (SELECT DISTINCT lower(name) AS name FROM pg_timezone_names()) AS k
  ON k.name = lower(n.name)
"""


def named(known: Collection[str]) -> str:
    """What lists and rosters say of account names, as SQL over those of them that exist."""
    naming = [ACCOUNT_PERSONS] if "accounts" in known else []
    naming += [EMAIL_PERSONS] if "employment" in known else []
    return " UNION ALL ".join(naming or [NO_PERSONS])


def register(engine: Engine, default_zone: str) -> None:
    """Keep `baseline_actors`: who (person, else account), role, site and zone of listed accounts.

    Role, site and zone are those of the roster's last row; accounts that nothing lists are absent.
    `baseline_zones` has every zone, the default one too: by name the zone that the engine knows and
    the minutes that local time is ahead of it.
    """
    known = set(engine.relations())
    work = _WORK if "employment" in known else _NO_WORK
    engine.keep("baseline_zones", _with({"work": work}, _ZONES), {"default": default_zone})
    parts = {"named": named(known), "persons": PERSONS, "work": work}
    engine.keep("baseline_actors", _with(parts, _ACTORS))


def _with(parts: Mapping[str, str], query: str) -> str:
    listed = ", ".join("".join((name, " AS (", sql, ")")) for name, sql in parts.items())
    return " ".join(("WITH", listed, query))
