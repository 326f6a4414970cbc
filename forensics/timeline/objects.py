"""The objects of a kind that records act on: which names are one object's, over all events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from forensics.engine import Engine, Row
from forensics.timeline.machines import Machine

SEPARATOR = " → "
"""Between a member and what it holds, in the name of a membership."""

_ACTED = """
SELECT event_uid, lower(tenant) AS tenant, target, target_id, target_type,
       target_name, coalesce(targets, []) AS targets,
       list_filter([target, target_id], lambda n: n IS NOT NULL) AS own
FROM events
WHERE time IS NOT NULL AND (list_contains($verbs, action)
    OR list_contains($states, asserted_state) OR ($any_state AND asserted_state IS NOT NULL))
  AND (len($target_types) = 0 OR $identity = 'key' OR list_contains($target_types, target_type))
"""
# How a record names its object: `own` names belong together, by any of `reach` it is found.
_IDENTITIES = {
    "names": """
SELECT event_uid, tenant, own, list_concat(own, targets) AS reach FROM (
    SELECT event_uid, tenant, targets, list_concat(own, flatten(list_transform(own, lambda name:
        list_filter(list_transform($aliases, lambda form: regexp_extract(name, form, 1)),
                    lambda short: short <> '')))) AS own
    FROM acted)
""",
    "member": """
SELECT event_uid, tenant, [named] AS own, [named] AS reach FROM (
    SELECT m.event_uid, m.tenant,
           concat(m.member, $separator, array_to_string(p.piece, ', ')) AS named
    FROM members AS m JOIN pieces AS p
      ON p.held = m.held AND p.tenant IS NOT DISTINCT FROM m.tenant)
""",
    "key": """
SELECT event_uid, tenant, ids AS own, ids AS reach FROM (
    SELECT event_uid, tenant, CASE
        WHEN len(list_filter(list_concat(own, targets), lambda n: regexp_full_match(n, $id))) > 0
        THEN list_filter(list_concat(own, targets), lambda n: regexp_full_match(n, $id))[1:1]
        WHEN list_contains($target_types, lower(target_type)) THEN own ELSE [] END AS ids
    FROM acted)
WHERE len(ids) > 0
""",
}
# What a record names beside the member is one thing, unless another record names a part of it
# alone: then it is that part, and the rest.
_PIECES = """,
members AS (
    SELECT event_uid, tenant, coalesce(target, target_id) AS member,
           CASE WHEN len(told) > 0 THEN told WHEN len(held) > 0 THEN held ELSE ['?'] END AS held
    FROM (SELECT *, list_filter(held, lambda name: NOT regexp_full_match(name, $id)) AS told
          FROM (SELECT *, list_sort(list_distinct(list_filter(targets, lambda name:
                    NOT list_contains(own, name) AND name IS DISTINCT FROM target_name))) AS held
                FROM acted))
    WHERE coalesce(target, target_id) IS NOT NULL
),
sets AS (SELECT DISTINCT tenant, held FROM members),
parts AS (
    SELECT DISTINCT s.tenant, s.held, p.held AS part
    FROM (SELECT tenant, held, unnest(held) AS name FROM sets) AS s JOIN sets AS p
      ON p.held[1] = s.name AND p.tenant IS NOT DISTINCT FROM s.tenant
     AND len(p.held) < len(s.held) AND list_has_all(s.held, p.held)
),
least AS (
    SELECT p.* FROM parts AS p ANTI JOIN parts AS whole
      ON whole.held = p.part AND whole.tenant IS NOT DISTINCT FROM p.tenant
),
pieces AS (
    SELECT tenant, held, part AS piece FROM least
    UNION ALL
    SELECT tenant, held, list_filter(held, lambda name: NOT list_contains(named, name)) AS piece
    FROM (SELECT s.tenant, s.held, flatten(coalesce(list(l.part), [])) AS named
          FROM sets AS s LEFT JOIN least AS l
            ON l.held = s.held AND l.tenant IS NOT DISTINCT FROM s.tenant
          GROUP BY s.tenant, s.held)
    WHERE len(list_filter(held, lambda name: NOT list_contains(named, name))) > 0
)
"""
_NAMED = {
    identity: " ".join(
        (
            "WITH acted AS (",
            _ACTED,
            ")",
            _PIECES if identity == "member" else "",
            ", named AS (",
            select,
            ")",
        )
    )
    for identity, select in _IDENTITIES.items()
}
_GROUPS = """
SELECT tenant, own AS names FROM named WHERE len(own) > 0 GROUP BY ALL ORDER BY ALL
"""
# Names that other records give to one account, none of which acts on its state.
_CO_OCCURRING = """
SELECT lower(tenant) AS tenant, [target, target_id] AS names
FROM events
WHERE target IS NOT NULL AND target_id IS NOT NULL
  AND (target_type = 'account' OR action LIKE 'account.%' OR asserted_state IS NOT NULL)
GROUP BY ALL ORDER BY ALL
"""
# Beside a target with an address, another address is another account's: the act may be on it too.
_BESIDE = """
SELECT DISTINCT tenant, [name] AS names FROM (
    SELECT tenant, target_name, unnest(targets) AS name FROM acted WHERE contains(target, '@'))
WHERE contains(name, '@') AND name IS DISTINCT FROM target_name
ORDER BY ALL
"""
_ONLY_BESIDE = """
SELECT o.object, e.event_uid
FROM object_events AS o JOIN object_names AS n ON n.object = o.object
JOIN events AS e ON e.event_uid = o.event_uid
WHERE list_contains($verbs, e.action) AND contains(e.target, '@')
GROUP BY o.object, e.event_uid
HAVING NOT bool_or(coalesce(
    n.name IN (lower(e.target), lower(e.target_id), lower(e.target_name)), FALSE))
ORDER BY ALL
"""
_REACHED = """
SELECT DISTINCT n.object, e.event_uid FROM (
    SELECT event_uid, tenant, unnest(reach) AS name FROM named) AS e
JOIN object_names AS n ON n.name = lower(e.name)
  AND (n.tenant IS NULL OR e.tenant IS NULL OR n.tenant = e.tenant)
"""


@dataclass(frozen=True)
class Named:
    """One object: as the records spell it first, all its names in lower case, and its tenant."""

    kind: str
    label: str
    aliases: tuple[str, ...]
    names: tuple[str, ...]
    tenant: str | None = None

    def known_as(self, text: str, tenant: str | None) -> bool:
        """Whether that is one of its names, in a tenant that may be its own."""
        same = tenant is None or self.tenant is None or self.tenant.lower() == tenant.lower()
        return same and text.strip().lower() in self.names

    def answers_to(self, text: str) -> bool:
        """Whether that is a name of it or, of a membership, its member or what that holds."""
        wanted = text.strip().lower()
        parts = {part for name in self.names for part in name.split(SEPARATOR.lower())}
        held = {one for part in parts for one in part.split(", ")}
        return wanted in {*self.names, *parts, *held}


def parameters(machine: Machine) -> dict[str, Any]:
    """What the identity of a kind takes."""
    return {
        "verbs": machine.verbs,
        "states": [state for state in machine.observed if state != "*"],
        "any_state": "*" in machine.observed,
        "aliases": list(machine.aliases),
        "id": machine.id or "",
        "identity": machine.identity,
        "target_types": list(machine.target_types),
        "separator": SEPARATOR,
    }


def find(engine: Engine, machine: Machine) -> list[Named]:
    """All objects of a kind that a record changes or observes the state of, by name and tenant.

    Names that one record gives belong together, within one tenant; what no tenant names may be of
    any.
    """
    asked = _asked(machine, _NAMED[machine.identity], _GROUPS)
    groups = engine.rows(" ".join((_NAMED[machine.identity], _GROUPS)), asked)
    known = {name.lower() for row in groups for name in row["names"]}
    if machine.kind == "account":
        also = engine.rows(_CO_OCCURRING)
        groups = [*groups, *_connected(also, known)]
        known |= {name.lower() for row in groups for name in row["names"]}
        asked = _asked(machine, _NAMED[machine.identity], _BESIDE)
        beside = engine.rows(" ".join((_NAMED[machine.identity], _BESIDE)), asked)
        groups += [row for row in beside if row["names"][0].lower() not in known]
    tenants = sorted({row["tenant"] for row in groups if row["tenant"] is not None})
    found: dict[tuple[tuple[str, ...], str | None], Named] = {}
    for tenant in tenants or [None]:
        own = [row for row in groups if row["tenant"] in (None, tenant)]
        told = {name.lower() for row in own if row["tenant"] for name in row["names"]}
        firsts = {row["names"][0] for row in own}
        for names in _components(own):
            lowered = tuple(sorted({name.lower() for name in names}))
            borne = tenant if told & set(lowered) else None
            label = min(
                names,
                key=lambda name: (name.startswith("arn:"), name not in firsts, name.lower(), name),
            )
            aliases = tuple(sorted(names))
            found.setdefault((lowered, borne), Named(machine.kind, label, aliases, lowered, borne))
    return sorted(found.values(), key=lambda one: (one.names, one.tenant or ""))


def register(engine: Engine, machine: Machine, objects: Sequence[Named]) -> None:
    """Derive `object_names` and `object_events`: which events of a kind are of which object.

    Objects are counted from 0 in the order given.
    """
    rows = [
        {"object": number, "name": name, "tenant": one.tenant.lower() if one.tenant else None}
        for number, one in enumerate(objects)
        for name in one.names
    ]
    columns = [("object", "BIGINT"), ("name", "VARCHAR"), ("tenant", "VARCHAR")]
    engine.register_rows("object_names", columns, rows)
    sql = " ".join((_NAMED[machine.identity], _REACHED))
    engine.keep("object_events", sql, _asked(machine, sql))


def beside(engine: Engine, machine: Machine) -> set[tuple[int, str]]:
    """The acts, by object of `object_events`, whose records name it only beside their target."""
    if machine.kind != "account":
        return set()
    rows = engine.rows(_ONLY_BESIDE, {"verbs": machine.verbs})
    return {(row["object"], row["event_uid"]) for row in rows}


def _asked(machine: Machine, *sql: str) -> dict[str, Any]:
    """The parameters that these statements name."""
    named = set(re.findall(r"\$(\w+)", " ".join(sql)))
    return {name: value for name, value in parameters(machine).items() if name in named}


def _connected(rows: Sequence[Row], known: set[str]) -> list[Row]:
    """Those groups that share a name, perhaps over others, with the known ones."""
    kept: list[Row] = []
    waiting, reached = list(rows), set(known)
    while True:
        near = [row for row in waiting if any(name.lower() in reached for name in row["names"])]
        if not near:
            return kept
        kept += near
        chosen = {id(row) for row in near}
        waiting = [row for row in waiting if id(row) not in chosen]
        reached |= {name.lower() for row in near for name in row["names"]}


def _components(rows: Iterable[Row]) -> list[set[str]]:
    """Names that belong together, directly or over others."""
    parent: dict[str, str] = {}
    spelt: dict[str, set[str]] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for row in rows:
        lowered = [name.lower() for name in row["names"]]
        for name, low in zip(row["names"], lowered, strict=True):
            parent.setdefault(low, low)
            spelt.setdefault(low, set()).add(name)
        for low in lowered[1:]:
            parent[root(low)] = root(lowered[0])
    found: dict[str, set[str]] = {}
    for low in parent:
        found.setdefault(root(low), set()).update(spelt[low])
    return list(found.values())
