"""Verdicts that are told together: many alike violations, and what of one account is unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from forensics.policy.verdict import Verdict

Key = tuple[str, str, str, str, str]
"""Policy, value, belief, actor, and what tells the group from others like it."""

# More violations of one policy by one account on one day (UTC), of one level, are told together;
# what another night brings changes nothing of them.
_MOST_SINGLE = 10


class Act(NamedTuple):
    """Whose act it was, and on which day in UTC."""

    actor: str
    day: str


def grouped(
    verdicts: Iterable[Verdict], acts: Mapping[str, Act], cleared: Collection[tuple[str, str]]
) -> dict[Key, list[Verdict]]:
    """Violations one by one, unless an account has many on a day; unknowns by policy and account.

    Those of different versions of a policy are never together. `acts` are by event; `cleared` are
    the policies and acts that are no violation as known now, each told by itself.
    """
    verdicts = tuple(verdicts)
    versions: dict[str, set[str]] = defaultdict(set)
    for one in verdicts:
        versions[one.policy].add(one.version)
    groups: dict[Key, list[Verdict]] = {}
    alike: dict[Key, list[Key]] = defaultdict(list)
    for one in verdicts:
        version = one.version if len(versions[one.policy]) > 1 else ""
        of_act = (one.policy, one.value, one.as_known, acts[one.event_uid].actor)
        key = (*of_act, one.event_uid if one.value == "violation" else version)
        groups.setdefault(key, []).append(one)
        if one.value == "violation" and (one.policy, one.event_uid) not in cleared:
            shared = " ".join(filter(None, (one.level, version, acts[one.event_uid].day)))
            alike[(*of_act, shared)].append(key)
    for together, keys in alike.items():
        if len(keys) > _MOST_SINGLE:
            groups[together] = [verdict for key in keys for verdict in groups.pop(key)]
    return groups


def unjudged(verdicts: Sequence[Verdict]) -> str:
    """What is said of acts of one group that could not be judged."""
    acts = "1 act" if len(verdicts) == 1 else f"{len(verdicts)} acts"
    return f"{acts} could not be judged. The first: {'; '.join(verdicts[0].sentences)}"


def missing(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The missing facts, each once; for many acts without the day, which only repeats it."""
    facts = {fact for one in verdicts for fact in one.missing}
    if len(verdicts) > 1:
        facts = {fact.split(" as of ")[0] for fact in facts}
    return tuple(sorted(facts))
