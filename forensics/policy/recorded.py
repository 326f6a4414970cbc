"""Where the facts behind verdicts stand: rows of rosters and of the list of protected targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from forensics.policy.questions import Answer, Questions

Told = Mapping[int, Mapping[tuple[str, str], Answer]]
"""Whole answers by the number of the question, then by act and belief."""

_LATER = """
SELECT DISTINCT event_uid FROM act_people
WHERE learned_later AND event_uid IN (SELECT unnest($uids))
"""
_ROSTERS = """
SELECT event_uid, belief, source || ':' || source_row AS place FROM act_people
WHERE event_uid IN (SELECT unnest($uids)) AND source IS NOT NULL AND source_row IS NOT NULL
  AND coalesce(len(ends), 0) = 0
"""
_TIERS = """
WITH named AS (
  SELECT DISTINCT event_uid, time_earliest, time_latest,
    unnest(list_concat([target, target_id], coalesce(targets, CAST([] AS VARCHAR[])))) AS target
  FROM policy_acts WHERE event_uid IN (SELECT unnest($uids))
)
SELECT n.event_uid, lower(p.tier) AS tier, p.target || ' is ' || lower(p.tier)
    || coalesce(' (' || p.source || ':' || p.source_row || ')', '') AS said
FROM named AS n JOIN protected_targets AS p ON lower(p.target) = lower(n.target)
WHERE coalesce(p.valid_from <= n.time_earliest, TRUE)
  AND coalesce(n.time_latest < p.valid_to, TRUE)
ORDER BY ALL
"""


@dataclass(frozen=True)
class Recorded:
    """What is known of acts beside the answers about them.

    `later` are the acts and approvals whose person's facts were surely recorded after them,
    `rosters` the row by act and belief that tells alone of the person, `tiers` by act the tiers of
    its targets, each with the row that gives it.
    """

    later: Collection[str] = ()
    rosters: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tiers: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def recorded(asked: Questions, told: Told, acts: Collection[str]) -> Recorded:
    """What is known of those acts of `narrowing.ACTS`, and of what the answers rest on."""
    uids = sorted(acts)
    tiers: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    if "protected_targets" in asked.present:
        for row in asked.engine.rows(_TIERS, {"uids": uids}):
            of_tier = tiers[row["event_uid"]][row["tier"]]
            of_tier += [row["said"]] if row["said"] not in of_tier else []
    later: set[str] = set()
    rosters: dict[tuple[str, str], str] = {}
    if "act_people" in asked.present:
        changed = sorted(_changed(told, acts))
        found = asked.engine.rows(_LATER, {"uids": changed}) if changed else []
        later = {row["event_uid"] for row in found}
        for row in asked.engine.rows(_ROSTERS, {"uids": uids}):
            rosters[row["event_uid"], row["belief"]] = row["place"]
    frozen = {
        uid: {tier: tuple(said) for tier, said in by_tier.items()} for uid, by_tier in tiers.items()
    }
    return Recorded(later, rosters, frozen)


def rests_on(answers: Mapping[tuple[str, str], Answer], uid: str) -> Collection[str]:
    """The act, and what either answer about it cites, where the beliefs differ; else nothing."""
    then, now = answers.get((uid, "at_act")), answers.get((uid, "now"))
    if then == now:
        return ()
    return {uid, *(then.evidence if then else ()), *(now.evidence if now else ())}


def _changed(told: Told, acts: Collection[str]) -> set[str]:
    return {uid for answers in told.values() for act in acts for uid in rests_on(answers, act)}
