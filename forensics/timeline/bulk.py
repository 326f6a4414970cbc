"""Several objects met by one act, or by one account in one go."""

from __future__ import annotations

from collections.abc import Sequence

from forensics.engine import Engine
from forensics.timeline.machines import Machine

WINDOW_S = 60
"""How far apart, in seconds, acts of one account on several objects may lie to be one bulk act."""

# One record may name several objects; one request makes several records; a person in one session
# does the same to many within a minute.
_TOGETHER = """
WITH begun AS (
    SELECT event_uid, source, action, actor, session_id, request_id, time FROM events
    WHERE list_contains($uids, event_uid)
),
near AS (
    SELECT b.event_uid AS uid, coalesce(e.target, e.target_id) AS name, e.target_id
    FROM begun AS b JOIN events AS e
      ON e.source = b.source AND e.action = b.action AND e.actor = b.actor
     AND e.time BETWEEN b.time - to_seconds($window) AND b.time + to_seconds($window)
     AND (e.session_id = b.session_id OR e.request_id = b.request_id
          OR (e.session_id IS NULL AND b.session_id IS NULL))
    WHERE e.outcome = 'success' AND e.event_uid <> b.event_uid
      AND list_contains($verbs, e.action)
)
SELECT DISTINCT uid, name FROM near
WHERE name IS NOT NULL AND NOT list_contains($names, lower(name))
  AND NOT coalesce(list_contains($names, lower(target_id)), FALSE)
ORDER BY uid, name
"""


def together(
    engine: Engine, machine: Machine, uids: Sequence[str], names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """By act, the other objects that the same account did the same to in one go.

    `names` are those of the object itself, in lower case.
    """
    if not uids or machine.identity != "names":
        return {}
    parameters = {
        "uids": list(uids),
        "names": list(names),
        "verbs": machine.verbs,
        "window": WINDOW_S,
    }
    found: dict[str, tuple[str, ...]] = {}
    for row in engine.rows(_TOGETHER, parameters):
        found[row["uid"]] = (*found.get(row["uid"], ()), row["name"])
    return found
