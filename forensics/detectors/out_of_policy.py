"""Was an act outside policy: after access ended, by a leaver, without a second person's approval?

Asks every policy of the case. A violation is a finding; acts that could not be judged are one
finding a policy and account, because an unjudged act is neither innocent nor suspicious; where the
case lacks what a policy needs, that is said once. It can miss what the policies do not say, and
what no context file or log of the case records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from forensics import policy
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level, PersonReading
from forensics.policy import grounds, grouping
from forensics.policy.readings import INNOCENT, REFUTES
from forensics.policy.verdict import Verdict as Judged

_MOST_EVIDENCE = 20
_PLACE = attrgetter("time", "event_uid")


def _later(level: Level) -> Level:
    """What was learned only after the act is about the organisation: at most medium."""
    return LEVELS[min(LEVELS.index(level), LEVELS.index("medium"))]


class _Group(NamedTuple):
    """Verdicts of one finding, the records of all acts, and of all that verdicts name beside."""

    key: grouping.Key
    verdicts: Sequence[Judged]
    records: Mapping[str, Evidence]
    cited: Mapping[str, Evidence]

    def acts(self) -> list[Evidence]:
        return sorted((self.records[one.event_uid] for one in self.verdicts), key=_PLACE)

    def beside(self) -> list[Evidence]:
        uids = {uid for one in self.verdicts for uid in one.evidence if uid in self.cited}
        uids -= {one.event_uid for one in self.verdicts}
        return sorted((self.cited[uid] for uid in uids), key=_PLACE)


class OutOfPolicy:
    """Every policy of the case, asked of every act it is about."""

    name = "out_of_policy"
    question = "Which acts were outside policy, or could not be judged?"

    def find(self, facts: Facts) -> Answer:
        """Findings for violations and for acts that could not be judged."""
        loaded = facts.policies.policies
        evaluation = policy.evaluate(facts.engine, loaded)
        answer = Answer(failed=facts.policy_faults)
        rules = {(one.id, one.version): one for one in loaded}
        unseen = grounds.lacking(facts.engine, loaded)
        evidence = facts.evidence({one.event_uid for one in evaluation.verdicts})
        violated = {
            (one.policy, one.event_uid)
            for one in evaluation.verdicts
            if one.value == "violation" and one.as_known == "at_act"
        }
        cleared = {
            (one.policy, one.event_uid): one
            for one in evaluation.verdicts
            if one.value == "compliant" and one.as_known == "now"
        }
        counted: list[Judged] = []
        for one in evaluation.verdicts:
            # Without a roster, a list or any such record, one line of coverage says more than a
            # finding for each account.
            blind = one.value == "unknown" and one.policy in unseen
            if not blind and self._counted(one, violated) and one.event_uid in evidence:
                counted.append(one)
        groups = grouping.grouped(counted, _acts(evidence), cleared)
        # Asked for each finding by itself this would read the case as often as there are findings.
        beside = facts.evidence({uid for one in counted for uid in one.evidence})
        persons = facts.persons([verdicts[0].event_uid for verdicts in groups.values()])
        for key in sorted(groups):
            now = cleared.get((key[0], key[-1])) if key[2] == "at_act" else None
            told = _told(facts, groups[key], now)
            group = _Group(key, groups[key], evidence, beside)
            answer.findings.append(_finding(facts, rules, group, persons, told))
        for name in dict.fromkeys(one.id for one in loaded):
            versions = ", ".join(one.version for one in loaded if one.id == name)
            broken = sum(policy == name for policy, _ in violated)
            compliant, unknown = evaluation.compliant[name], evaluation.unknown[name]
            if lack := unseen.get(name):
                untold = answer.failed if lack.fails else answer.not_evaluated
                untold.append(lack.of(name, unknown, broken + compliant))
                if not broken:
                    continue
            answer.evaluated.append(
                f"policy {name} ({versions}): {broken} violated, {compliant} compliant,"
                f" {unknown} unknown"
            )
        return answer

    @staticmethod
    def _counted(one: Judged, violated: set[tuple[str, str]]) -> bool:
        """A verdict that is worth a finding; the belief of now adds only what is new."""
        if one.value not in {"violation", "unknown"}:
            return False
        return one.as_known == "at_act" or (one.policy, one.event_uid) not in violated


def _acts(evidence: Mapping[str, Evidence]) -> dict[str, grouping.Act]:
    return {
        uid: grouping.Act(one.actor or "", f"{one.time:%Y-%m-%d}") for uid, one in evidence.items()
    }


def _doubt(facts: Facts, verdicts: Sequence[Judged]) -> str | None:
    """Why the person is not established; one act of a group in doubt keeps the name off it all."""
    found = (facts.doubts.get(one.event_uid) for one in verdicts)
    return next((text for text in found if text), None)


def _told(facts: Facts, verdicts: Sequence[Judged], now: Judged | None) -> list[str]:
    """What is said of the acts; `now` is the verdict that has cleared a single act since."""
    first = verdicts[0]
    violation = first.value == "violation"
    sentences = list(first.sentences) if violation else [_unjudged(len(verdicts), first)]
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


def _finding(
    facts: Facts,
    rules: Mapping[tuple[str, str], policy.Policy],
    group: _Group,
    persons: Mapping[str, PersonReading],
    sentences: Sequence[str],
) -> Finding:
    verdicts, first = group.verdicts, group.verdicts[0]
    rule = rules[first.policy, first.version]
    ordered, extra = group.acts(), group.beside()
    violation = first.value == "violation"
    level: Level = first.level if violation else "low"
    if violation and first.as_known == "now":
        level = _later(level)
    counts, rare = facts.rareness(first.event_uid) if violation else ((), ())
    predicates = _predicates(rule)
    person = persons.get(first.event_uid)
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
        missing=_missing(verdicts),
        evidence=(*ordered[:_MOST_EVIDENCE], *extra[:_MOST_EVIDENCE]),
        counts=(*counts, Count(label="acts in this finding", n=len(ordered), of=len(ordered))),
        innocent=rule.innocent
        or tuple(text for name in predicates for text in INNOCENT.get(name, ())),
        refutes=tuple(text for name in predicates for text in REFUTES.get(name, ())),
        refs=tuple(first.refs),
    )


def _unjudged(number: int, first: Judged) -> str:
    acts = "1 act" if number == 1 else f"{number} acts"
    return f"{acts} could not be judged. The first: {'; '.join(first.sentences)}"


def _missing(verdicts: Sequence[Judged]) -> tuple[str, ...]:
    """The missing facts, each once; for many acts without the day, which only repeats it."""
    facts = {fact for one in verdicts for fact in one.missing}
    if len(verdicts) > 1:
        facts = {fact.split(" as of ")[0] for fact in facts}
    return tuple(sorted(facts))


def _predicates(rule: policy.Policy) -> list[str]:
    """Names of the predicates a policy asks, in order, each once."""
    return list(dict.fromkeys(one.predicate for one in rule.demands()))


DETECTOR = OutOfPolicy()
