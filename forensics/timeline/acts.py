"""The acts on the state of objects, and the sign-ins that refute it, out of all events at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import merge

from forensics.engine import Engine, Row
from forensics.timeline import stamped
from forensics.timeline.machines import Machine
from forensics.timeline.order import Stamp
from forensics.timeline.spells import Act

_ACTS = " ".join(
    (
        "SELECT o.object, action, actor, session_id, coalesce(outcome, 'unknown') AS outcome,",
        "asserted_state, request_id, record_no, event_no,",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
FROM timed_events AS t JOIN object_events AS o ON o.event_uid = t.event_uid
WHERE (list_contains($verbs, action) OR list_contains($born, action)) AND time IS NOT NULL
  AND coalesce(outcome, 'unknown') IN ('success', 'pending', 'unknown')
ORDER BY o.object,""",
        stamped.ORDER.replace("event_uid", "t.event_uid"),
    )
)

# Of the sign-ins only the first after each act can tell something new.
_SIGN_INS = " ".join(
    (
        "WITH known AS (SELECT o.object, TRUE AS acted,",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
    FROM timed_events AS t JOIN object_events AS o ON o.event_uid = t.event_uid
    WHERE list_contains($verbs, action) AND outcome = 'success' AND time IS NOT NULL
    UNION ALL
    SELECT DISTINCT n.object, FALSE AS acted,""",
        stamped.COLUMNS.replace("event_uid", "t.event_uid", 1),
        """
    FROM (SELECT *, unnest(list_distinct([lower(actor), lower(actor_id), lower(actor_email)]))
              AS known_as
          FROM timed_events
          WHERE list_contains($signs_in, action) AND outcome = 'success' AND time IS NOT NULL) AS t
    JOIN object_names AS n ON n.name = t.known_as
     AND (n.tenant IS NULL OR t.tenant IS NULL OR n.tenant = lower(t.tenant))
),
placed AS (
    SELECT *, lag(acted) OVER (PARTITION BY object, source ORDER BY time, acted DESC, event_uid)
        AS after_act
    FROM known
)
SELECT * FROM placed WHERE NOT acted AND after_act ORDER BY object, time, event_uid
""",
    )
)


@dataclass
class Record:
    """What is on record of one object: acts that succeeded, in order; calls not yet; sign-ins.

    `births` are its creations that succeeded.
    """

    acts: list[Act] = field(default_factory=list)
    pending: list[Act] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    sign_ins: list[Stamp] = field(default_factory=list)
    births: list[Stamp] = field(default_factory=list)


def records(engine: Engine, machine: Machine) -> dict[int, Record]:
    """What is on record of each object of `object_events`, by its number."""
    found: dict[int, Record] = {}
    asked = {"verbs": machine.verbs, "born": sorted(machine.born)}
    for row in engine.rows(_ACTS, asked):
        of = found.setdefault(row["object"], Record())
        if row["outcome"] == "success" and row["action"] in machine.born:
            of.births.append(stamped.stamp(row))
        if row["action"] not in machine.verbs:
            continue
        act = _act(machine, row)
        if row["outcome"] == "success":
            of.acts.append(act)
            continue
        if act.verb in machine.states:
            of.undecided.append(row["event_uid"])
        if row["outcome"] == "pending":
            of.pending.append(act)
    for of in found.values():
        of.acts = in_order(of.acts)
    if machine.signs_in and found:
        signs = {"verbs": machine.verbs, "signs_in": list(machine.signs_in)}
        for row in engine.rows(_SIGN_INS, signs):
            found[row["object"]].sign_ins.append(stamped.stamp(row))
    return found


def in_order(acts: Iterable[Act]) -> list[Act]:
    """Acts that come by their bounds, with those of one source whose bounds overlap by sequence.

    Where a clock was set back, the bounds alone may put them the other way round.
    """
    by_source: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        own = by_source[act.stamp.source]
        at = len(own)
        while at and _numbered_before(act.stamp, own[at - 1].stamp):
            at -= 1
        own.insert(at, act)
    return list(merge(*by_source.values(), key=lambda act: act.stamp.rank[:3]))


def _numbered_before(stamp: Stamp, other: Stamp) -> bool:
    """Whether its number puts one before another, and no bounds, as after a restart, gainsay."""
    if stamp.sequence is None or other.sequence is None or other.latest <= stamp.earliest:
        return False
    if stamp.tenant != other.tenant:
        return False
    return stamp.sequence < other.sequence


def _act(machine: Machine, row: Row) -> Act:
    verb, named = row["action"], (row["actor"], row["session_id"], row["request_id"])
    state = machine.leads_to(verb)
    told = row["asserted_state"]
    if machine.rest not in (state, told) and told in machine.observed:
        state = told
    return Act(stamped.stamp(row), verb, state, *named)
