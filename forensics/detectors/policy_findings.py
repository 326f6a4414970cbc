"""Findings of policies: what is told of acts that violated one, or could not be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from forensics import policy
from forensics.detectors.facts import Facts, stable_id
from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level, PersonReading
from forensics.policy import grouping
from forensics.policy.readings import INNOCENT, REFUTES
from forensics.policy.verdict import Verdict as Judged

_MOST_EVIDENCE = 20
_PLACE = attrgetter("time", "event_uid")
# Each reads the history of its account and of all peers.
_MOST_RARENESS = 50

Rareness = tuple[tuple[Count, ...], tuple[str, ...]]
"""Counts of acts alike, and a sentence."""


def _later(level: Level) -> Level:
    """What was learned only after the act is about the organisation: at most medium."""
    return LEVELS[min(LEVELS.index(level), LEVELS.index("medium"))]


class Group(NamedTuple):
    """Verdicts of one finding, the records of all acts, and of all that verdicts name beside."""

    key: grouping.Key
    verdicts: Sequence[Judged]
    records: Mapping[str, Evidence]
    cited: Mapping[str, Evidence]
    person: PersonReading | None
    rare: Rareness

    def acts(self) -> list[Evidence]:
        """Records of the acts, in order."""
        return sorted((self.records[one.event_uid] for one in self.verdicts), key=_PLACE)

    def beside(self) -> list[Evidence]:
        """The other records that the verdicts name, in order, each once."""
        uids = {uid for one in self.verdicts for uid in one.evidence if uid in self.cited}
        uids -= {one.event_uid for one in self.verdicts}
        return sorted((self.cited[uid] for uid in uids), key=_PLACE)


def acts(evidence: Mapping[str, Evidence]) -> dict[str, grouping.Act]:
    """By event, whose act it was and on which day."""
    return {
        uid: grouping.Act(one.actor or "", f"{one.time:%Y-%m-%d}") for uid, one in evidence.items()
    }


def rareness(
    facts: Facts, groups: Mapping[grouping.Key, Sequence[Judged]]
) -> dict[grouping.Key, Rareness]:
    """How rare the first act of each of the gravest violations is."""
    violated = [key for key, verdicts in groups.items() if verdicts[0].value == "violation"]
    violated.sort(key=lambda key: (-LEVELS.index(groups[key][0].level), key))
    return {key: facts.rareness(groups[key][0].event_uid) for key in violated[:_MOST_RARENESS]}


def _doubt(facts: Facts, verdicts: Sequence[Judged]) -> str | None:
    """Why the person is not established; one act of a group in doubt keeps the name off it all."""
    found = (facts.doubts.get(one.event_uid) for one in verdicts)
    return next((text for text in found if text), None)


def told(facts: Facts, verdicts: Sequence[Judged], now: Judged | None) -> list[str]:
    """What is said of the acts; `now` is the verdict that has cleared a single act since."""
    first = verdicts[0]
    violation = first.value == "violation"
    sentences = list(first.sentences) if violation else [grouping.unjudged(verdicts)]
    if violation and len(verdicts) > 1:
        many = f"{len(verdicts)} acts of this account on that day (UTC) violate it."
        sentences.insert(0, f"{many} Of the first:")
    if violation and first.as_known == "now":
        sentences.append("As known at the act this was no violation: a fact was recorded later.")
    if now is not None:
        sentences.append(f"As known now this is no violation: {'; '.join(now.sentences)}.")
    if doubt := _doubt(facts, verdicts):
        sentences.append(f"Who used the account is not established: {doubt}.")
    return sentences


def finding(
    facts: Facts,
    rules: Mapping[tuple[str, str], policy.Policy],
    group: Group,
    sentences: Sequence[str],
) -> Finding:
    """What one group of verdicts is told as."""
    verdicts, first = group.verdicts, group.verdicts[0]
    rule = rules[first.policy, first.version]
    ordered, extra = group.acts(), group.beside()
    violation = first.value == "violation"
    level: Level = first.level if violation else "low"
    if violation and first.as_known == "now":
        level = _later(level)
    counts, rare = group.rare
    predicates = _predicates(rule)
    person = group.person
    return Finding(
        id=stable_id("out_of_policy", *group.key),
        detector="out_of_policy",
        rule=rule.id,
        rule_version=rule.version,
        title=rule.title if violation else f"Could not be judged: {rule.title}",
        level=level,
        verdict=first.value,
        actor=ordered[0].actor,
        person=person.person if person and not _doubt(facts, verdicts) else None,
        target=ordered[0].target if len(ordered) == 1 else None,
        first_time=ordered[0].time,
        last_time=ordered[-1].time,
        sentences=(*sentences, *rare),
        missing=grouping.missing(verdicts),
        evidence=(*ordered[:_MOST_EVIDENCE], *extra[:_MOST_EVIDENCE]),
        counts=(*counts, Count(label="acts in this finding", n=len(ordered), of=len(ordered))),
        innocent=rule.innocent
        or tuple(text for name in predicates for text in INNOCENT.get(name, ())),
        refutes=tuple(text for name in predicates for text in REFUTES.get(name, ())),
        refs=tuple(first.refs),
    )


def _predicates(rule: policy.Policy) -> list[str]:
    """Names of the predicates a policy asks, in order, each once."""
    return list(dict.fromkeys(one.predicate for one in rule.demands()))
