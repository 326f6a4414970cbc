"""What sets an outage apart from the routine: its target, its actor, policies, its length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from forensics import policy
from forensics.detectors.facts import Facts
from forensics.findings.course import ListedOutage

SOON = timedelta(hours=1)
"""Within which an act is undone that was perhaps not meant, or not meant so."""
MANY = 5
"""From how many objects at once on an act is no single decision."""

# Everyone leaves once, and works in between: notice alone is no reason.
_LEAVING = {
    "last_day": "begun on a last working day",
    "ended": "begun after access end",
}

_TIERS = """
SELECT lower(target) AS target, max_by(tier, coalesce(valid_from, TIMESTAMPTZ '-infinity')) AS tier
FROM protected_targets GROUP BY ALL
"""
_PHASES = """
SELECT event_uid, phases FROM act_people
WHERE belief = 'at_act' AND list_contains($uids, event_uid)
"""


def reasons(facts: Facts, outages: Sequence[ListedOutage]) -> list[tuple[str, ...]]:
    """Of each outage, why it is to be looked at before others; none for routine.

    What is certain of the actor only: an undetermined phase is no reason. Policies judge what was
    known at the act.
    """
    uids = sorted({one.started_by_uid for one in outages if one.started_by_uid})
    tiers = _tiers(facts)
    told: dict[str, list[str]] = defaultdict(list)
    for uid, reason in (*_leaving(facts, uids), *_violated(facts, uids)):
        told[uid].append(reason)
    return [
        tuple(_reasons(one, tiers.get(one.target.lower()), told[one.started_by_uid or ""]))
        for one in outages
    ]


def _reasons(one: ListedOutage, tier: str | None, told: Iterable[str]) -> Iterator[str]:
    if tier is not None:
        yield f"target of tier {tier}"
    yield from told
    if one.kind == "audit_logging":
        yield "a log was not written"
    if one.longest is not None and one.longest < SOON.total_seconds():
        yield "undone within the hour"
    if one.together >= MANY:
        yield f"{one.together} others at once"


def _tiers(facts: Facts) -> dict[str, str]:
    if "protected_targets" not in facts.engine.relations():
        return {}
    return {row["target"]: row["tier"] for row in facts.engine.rows(_TIERS)}


def _leaving(facts: Facts, uids: Sequence[str]) -> Iterator[tuple[str, str]]:
    if "act_people" not in facts.engine.relations():
        return
    for row in facts.engine.rows(_PHASES, {"uids": uids}):
        said = [_LEAVING.get(phase) for phase in row["phases"] or ()]
        if said and all(said):
            yield row["event_uid"], said[0] or ""


def _violated(facts: Facts, uids: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not uids or not facts.policies.policies:
        return
    # A limit on how many acts there may be counts all of them, not these alone.
    found = policy.evaluate(facts.engine, facts.policies.policies)
    asked = {*uids}
    broken: dict[str, set[str]] = defaultdict(set)
    for one in found.verdicts:
        if one.event_uid in asked and one.value == "violation" and one.as_known == "at_act":
            broken[one.event_uid].add(one.policy)
    for uid, policies in sorted(broken.items()):
        yield uid, f"out of policy: {', '.join(sorted(policies))}"
