"""The peers of an account: the other people in the same role, else every other human actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forensics.engine import Engine
from forensics.people.identity import define_inputs

_NAMED = """
SELECT name, CASE WHEN count(DISTINCT person) = 1 THEN min(person) END AS person,
  bool_or(automated) AS automated
FROM (
  SELECT lower(account) AS name, lower(person) AS person,
    coalesce(kind = 'service', false) AS automated FROM people_accounts
  UNION ALL SELECT lower(email), lower(person), false FROM people_facts WHERE email IS NOT NULL
) GROUP BY name
"""
_ROLES = """
SELECT lower(person) AS person, max_by(role, (recorded_at, fact_no)) AS role
FROM people_facts WHERE role IS NOT NULL GROUP BY ALL
"""
_ROLE = """
SELECT min(r.role) AS role FROM people_named AS n JOIN people_roles AS r USING (person)
WHERE list_contains($accounts, n.name) HAVING count(DISTINCT r.role) = 1
"""
_PEERS = """
WITH own AS (
  SELECT DISTINCT person FROM people_named
  WHERE person IS NOT NULL AND list_contains($accounts, name)
), human AS (
  SELECT DISTINCT lower(actor) AS actor FROM events
  WHERE actor IS NOT NULL AND coalesce(actor_type, 'unknown') NOT IN ('service', 'system')
)
SELECT h.actor, coalesce(n.person, h.actor) AS person
FROM human AS h LEFT JOIN people_named AS n ON n.name = h.actor
LEFT JOIN people_roles AS r ON r.person = n.person
WHERE NOT list_contains($accounts, h.actor) AND NOT coalesce(n.automated, false)
  AND coalesce(n.person NOT IN (SELECT person FROM own), true)
  AND ($role::VARCHAR IS NULL OR r.role = $role)
"""
_COUNT = "SELECT count(DISTINCT person) AS n FROM peers"


@dataclass(frozen=True)
class Peers:
    """How many people are peers, and the role they share; no role means all human actors."""

    role: str | None
    people: int

    @property
    def words(self) -> str:
        """`21 peers in the role moderator`, or `1 other human actor`."""
        plural = "" if self.people == 1 else "s"
        if self.role:
            return f"{self.people:,} peer{plural} in the role {self.role}"
        return f"{self.people:,} other human actor{plural}"


def peers(engine: Engine, accounts: Sequence[str]) -> Peers:
    """Register `peers` (actor, person; lower case) of whoever holds `accounts`, and count them.

    A role that nobody else acts in has no peers; then all other human actors are taken.
    """
    names = sorted({one.lower() for one in accounts})
    define_inputs(engine)
    engine.keep("people_named", _NAMED)
    engine.keep("people_roles", _ROLES)
    found = engine.rows(_ROLE, {"accounts": names})
    role = found[0]["role"] if found else None
    for shared in dict.fromkeys((role, None)):
        engine.keep("peers", _PEERS, {"accounts": names, "role": shared})
        count = engine.rows(_COUNT)[0]["n"]
        if count:
            break
    return Peers(shared, count)
