"""How rare an act is for its actor: its verb and its target's tier, against own and peers' acts.

The estimate backs off from the actor's own history to the peers': with n of N own acts and m of M
peers' acts alike, q = (m + 1/2) / (M + 1) and p = (n + s q) / (N + s) with s = 50. Acts count for
the person behind the account where one is known, else for the account. Target names are never
used: in support work nearly every target is new.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from forensics.baselines import actors
from forensics.engine import Engine, Row
from forensics.errors import UsageError

HISTORY = timedelta(days=90)
"""How far back acts are counted; the day of the act itself (UTC) is left out."""

PEER_WEIGHT = 50.0
"""s: after how many own acts the actor's own history counts as much as the peers'."""

ENOUGH_OWN_ACTS = 30
RARE_AMONG_PEERS = 0.01


@dataclass(frozen=True)
class RareReading:
    """`n_own` of `of_own` own acts and `n_peers` of `of_peers` peers' acts were alike.

    Own acts are those of any account of the same person, where the person is known. `bits` is
    -log2 of the estimated probability. `unusual`: never done before by an actor with
    enough history, and by fewer than one in a hundred of the peers' acts.
    """

    n_own: int
    of_own: int
    n_peers: int
    of_peers: int
    bits: float
    unusual: bool
    sentence: str


def profile(engine: Engine, event_uid: str) -> RareReading | None:
    """The reading of one event; None when nothing can be read of it.

    That is when its actor or time is unknown, when it is no human's act, and when neither the
    actor nor any peer acted before. Peers are the other people in the actor's role where the
    roster tells it, else all other human actors. Raises `UsageError` when there is no such event.
    """
    known = set(engine.relations())
    act = _act(engine, event_uid, known)
    if act["time"] is None or act["actor"] is None or act["automated"]:
        return None
    counts = _counts(engine, act, known)
    by_role = bool(counts["of_role"])
    n_peers, of_peers, peers = (
        counts[name + ("_role" if by_role else "_others")] for name in ("n", "of", "people")
    )
    if not counts["of_own"] and not of_peers:
        return None
    bits = surprise(counts["n_own"], counts["of_own"], n_peers, of_peers)
    return RareReading(
        n_own=counts["n_own"],
        of_own=counts["of_own"],
        n_peers=n_peers,
        of_peers=of_peers,
        bits=bits,
        unusual=counts["n_own"] == 0
        and counts["of_own"] >= ENOUGH_OWN_ACTS
        and _share(n_peers, of_peers) < RARE_AMONG_PEERS,
        sentence=_sentence(
            act,
            own=_n_of(counts["n_own"], counts["of_own"]),
            others=f"{_n_of(n_peers, of_peers)} acts of {_people(peers, act, by_role)}",
            bits=bits,
            short=counts["of_own"] < ENOUGH_OWN_ACTS,
            tiers_known="protected_targets" in known,
        ),
    )


def surprise(n_own: int, of_own: int, n_peers: int, of_peers: int) -> float:
    """Bits of surprise of an act that was seen so often among own acts and among peers' acts."""
    share = _share(n_peers, of_peers)
    return -math.log2((n_own + PEER_WEIGHT * share) / (of_own + PEER_WEIGHT))


def _share(n: int, of: int) -> float:
    return (n + 0.5) / (of + 1)


_EMPTY = {
    "roles": "SELECT NULL::VARCHAR AS person, NULL::VARCHAR AS role",
    "tiers": "SELECT NULL::VARCHAR AS event_uid, NULL::VARCHAR AS tier",
}

_ROLES = """
SELECT lower(person) AS person, max_by(role, fact_no) AS role
FROM employment WHERE role IS NOT NULL GROUP BY ALL
"""

# Two joins instead of one with OR, so that both are hash joins.
_TIERS = """
SELECT event_uid, min(tier) AS tier
FROM (
    SELECT e.event_uid, p.tier FROM looked_at e JOIN protected_targets p
    ON lower(p.target) = lower(e.target)
        AND (p.valid_from IS NULL OR p.valid_from <= e.time)
        AND (p.valid_to IS NULL OR e.time < p.valid_to)
    UNION ALL
    SELECT e.event_uid, p.tier FROM looked_at e JOIN protected_targets p
    ON lower(p.target) = lower(e.target_id)
        AND (p.valid_from IS NULL OR p.valid_from <= e.time)
        AND (p.valid_to IS NULL OR e.time < p.valid_to)
)
GROUP BY event_uid
"""

_ACT = """
SELECT e.time, lower(e.actor) AS actor, e.actor AS name, e.action, t.tier, p.person, r.role,
    coalesce(e.actor_type IN ('service', 'system'), false) OR coalesce(p.automated, false)
        AS automated
FROM looked_at e
LEFT JOIN tiers t ON t.event_uid = e.event_uid
LEFT JOIN persons p ON p.actor = lower(e.actor)
LEFT JOIN roles r ON r.person = p.person
"""

_COUNTS = """
SELECT
    count(*) FILTER (own) AS of_own,
    count(*) FILTER (own AND alike) AS n_own,
    count(*) FILTER (NOT own) AS of_others,
    count(*) FILTER (NOT own AND alike) AS n_others,
    count(DISTINCT who) FILTER (NOT own) AS people_others,
    count(*) FILTER (NOT own AND same_role) AS of_role,
    count(*) FILTER (NOT own AND same_role AND alike) AS n_role,
    count(DISTINCT who) FILTER (NOT own AND same_role) AS people_role
FROM (
    SELECT coalesce(p.person, lower(e.actor)) AS who,
        coalesce(p.person = $person, lower(e.actor) = $actor) AS own,
        coalesce(r.role = $role, false) AS same_role,
        e.action = $action AND t.tier IS NOT DISTINCT FROM $tier AS alike
    FROM looked_at e
    LEFT JOIN tiers t ON t.event_uid = e.event_uid
    LEFT JOIN persons p ON p.actor = lower(e.actor)
    LEFT JOIN roles r ON r.person = p.person
    WHERE NOT coalesce(p.automated, false)
)
"""

_ONE_EVENT = """
SELECT event_uid, time, actor, actor_type, action, target, target_id
FROM events WHERE event_uid = $event_uid
"""

_HUMAN_HISTORY = """
SELECT event_uid, time, actor, actor_type, action, target, target_id
FROM events
WHERE time >= $since AND time < $until AND actor IS NOT NULL
    AND coalesce(actor_type, 'unknown') NOT IN ('service', 'system')
"""


def _act(engine: Engine, event_uid: str, known: set[str]) -> Row:
    rows = engine.rows(_with(_ONE_EVENT, known) + _ACT, {"event_uid": event_uid})
    if not rows:
        raise UsageError(
            f"There is no event {event_uid!r}.", remedy="Take the event_uid from the timeline."
        )
    return rows[0]


def _counts(engine: Engine, act: Row, known: set[str]) -> Row:
    day = act["time"].replace(hour=0, minute=0, second=0, microsecond=0)
    asked = {name: act[name] for name in ("actor", "person", "role", "action", "tier")}
    parameters: dict[str, Any] = {"since": day - HISTORY, "until": day, **asked}
    return engine.rows(_with(_HUMAN_HISTORY, known) + _COUNTS, parameters)[0]


def _with(looked_at: str, known: set[str]) -> str:
    """The common table expressions of both questions, over the relations that exist."""
    parts = {
        "looked_at": looked_at,
        "named": actors.named(known),
        "persons": actors.PERSONS,
        "roles": _ROLES if "employment" in known else _EMPTY["roles"],
        "tiers": _TIERS if "protected_targets" in known else _EMPTY["tiers"],
    }
    return "WITH " + ", ".join("".join((name, " AS (", sql, ")")) for name, sql in parts.items())


def _n_of(n: int, of: int) -> str:
    return f"{n:,} of {of:,}"


def _round(count: float) -> str:
    """A count of at least one, to two significant digits."""
    rounded = round(count, 1 - math.floor(math.log10(count)))
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def _people(peers: int, act: Row, by_role: bool) -> str:
    if by_role:
        return f"{peers:,} peer{'' if peers == 1 else 's'} in the role {act['role']}"
    return f"{peers:,} other human actor{'' if peers == 1 else 's'}"


def _sentence(
    act: Row, *, own: str, others: str, bits: float, short: bool, tiers_known: bool
) -> str:
    if act["tier"] is not None:
        target = f" on a target of tier {act['tier']}"
    elif tiers_known:
        target = " on a target that is not listed as protected"
    else:
        target = " (the tier of targets is not known: no list of protected targets)"
    day = f"{act['time']:%Y-%m-%d}"
    odds = f"{bits:.1f} bits of surprise: about 1 in {_round(2**bits)}"
    text = (
        f"{act['name']} did {act['action']}{target} in {own} own acts and in {others}"
        f" in the {HISTORY.days} days before {day} (UTC): {odds}."
    )
    if short:
        text += f" Fewer than {ENOUGH_OWN_ACTS} own acts are too few to call it unusual."
    return text
