"""Who stands behind an account, for counting: the person where one is known, role, site, zone."""

from __future__ import annotations

from collections.abc import Collection

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
SELECT p.actor, coalesce(p.person, p.actor) AS who, w.role, w.site, w.zone, p.automated
FROM persons AS p LEFT JOIN work AS w ON w.person = p.person
"""


def named(known: Collection[str]) -> str:
    """What lists and rosters say of account names, as SQL over those of them that exist."""
    naming = [ACCOUNT_PERSONS] if "accounts" in known else []
    naming += [EMAIL_PERSONS] if "employment" in known else []
    return " UNION ALL ".join(naming or [NO_PERSONS])


def register(engine: Engine) -> None:
    """Keep `baseline_actors`: who (person, else account), role, site and zone of listed accounts.

    Role, site and zone are those of the roster's last row; accounts that nothing lists are absent.
    """
    known = set(engine.relations())
    parts = {
        "named": named(known),
        "persons": PERSONS,
        "work": _WORK if "employment" in known else _NO_WORK,
    }
    listed = ", ".join("".join((name, " AS (", sql, ")")) for name, sql in parts.items())
    engine.keep("baseline_actors", " ".join(("WITH", listed, _ACTORS)))
