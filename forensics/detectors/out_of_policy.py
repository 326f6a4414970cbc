"""Was an act outside policy: after access ended, by a leaver, without a second person's approval?

Asks every policy of the case. A violation is a finding; acts that could not be judged are one
finding a policy and account, because an unjudged act is neither innocent nor suspicious. It can
miss what the policies do not say, and what no context file or log of the case records.
"""

from __future__ import annotations

from collections.abc import Sequence

from forensics import policy
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level
from forensics.policy.verdict import Verdict as Judged

_MOST_EVIDENCE = 20
# What an account that did not mean harm may have done, and what would settle it, by predicate.
_INNOCENT = {
    "approval": (
        "The approval may have been given by word of mouth, or in a system whose log is not here.",
        "The console may let this act through without asking for approval at all.",
    ),
    "employment": (
        "Everyone leaves once: most acts on a last day are ordinary work from the queue.",
        "The roster may be late or wrong about the date, the hour or the zone.",
    ),
}
_REFUTES = {
    "approval": ("A record of another person's approval from before the act.",),
    "employment": ("A corrected roster, or proof that another person used the account.",),
}
_Key = tuple[str, str, str, str, str]


def _later(level: Level) -> Level:
    """What was learned only after the act is about the organisation: at most medium."""
    return LEVELS[min(LEVELS.index(level), LEVELS.index("medium"))]


class OutOfPolicy:
    """Every policy of the case, asked of every act it is about."""

    name = "out_of_policy"
    question = "Which acts were outside policy, or could not be judged?"

    def find(self, facts: Facts) -> Answer:
        """Findings for violations and for acts that could not be judged."""
        loaded = facts.policies.policies
        evaluation = policy.evaluate(facts.engine, loaded)
        answer = Answer(failed=facts.policy_faults)
        rules = {one.id: one for one in loaded}
        unseen = {**_without_roster(facts, loaded), **evaluation.not_evaluated}
        groups: dict[_Key, list[Judged]] = {}
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
        for one in evaluation.verdicts:
            # Without a roster or a list at all, one line of coverage says more than a finding
            # for each account.
            blind = one.value == "unknown" and one.policy in unseen
            if not blind and self._counted(one, violated) and one.event_uid in evidence:
                groups.setdefault(_key(one, evidence[one.event_uid]), []).append(one)
        for key in sorted(groups):
            acts = [evidence[one.event_uid] for one in groups[key]]
            now = cleared.get((key[0], key[-1])) if key[2] == "at_act" else None
            told = _told(facts, groups[key], now)
            answer.findings.append(_finding(facts, rules[key[0]], groups[key], acts, told))
        for rule in loaded:
            if why := unseen.get(rule.id):
                answer.failed.append(f"policy {rule.id}: {why}")
                continue
            compliant, unknown = evaluation.compliant[rule.id], evaluation.unknown[rule.id]
            broken = sum(name == rule.id for name, _ in violated)
            answer.evaluated.append(
                f"policy {rule.id} ({rule.version}): {broken} violated, {compliant} compliant,"
                f" {unknown} unknown"
            )
        return answer

    @staticmethod
    def _counted(one: Judged, violated: set[tuple[str, str]]) -> bool:
        """A verdict that is worth a finding; the belief of now adds only what is new."""
        if one.value not in {"violation", "unknown"}:
            return False
        return one.as_known == "at_act" or (one.policy, one.event_uid) not in violated


def _without_roster(facts: Facts, loaded: Sequence[policy.Policy]) -> dict[str, str]:
    """Policies that ask about employment in a case that knows of none, and why that is so."""
    if "employment" in facts.engine.relations():
        return {}
    return {one.id: "this case has no roster" for one in loaded if "employment" in _predicates(one)}


def _key(one: Judged, act: Evidence) -> _Key:
    """Violations are told one by one, unknowns together for each policy and account."""
    single = one.event_uid if one.value == "violation" else ""
    return (one.policy, one.value, one.as_known, act.actor or "", single)


def _doubt(facts: Facts, verdicts: Sequence[Judged]) -> str | None:
    """Why the person is not established; one act of a group in doubt keeps the name off it all."""
    found = (facts.doubts.get(one.event_uid) for one in verdicts)
    return next((text for text in found if text), None)


def _told(facts: Facts, verdicts: Sequence[Judged], now: Judged | None) -> list[str]:
    """What is said of the acts; `now` is the verdict that has cleared a single act since."""
    first = verdicts[0]
    violation = first.value == "violation"
    sentences = list(first.sentences) if violation else [_unjudged(len(verdicts), first)]
    if violation and first.as_known == "now":
        sentences.append("As known at the act this was no violation: a fact was recorded later.")
    if now is not None:
        sentences.append(f"As known now this is no violation: {'; '.join(now.sentences)}.")
    if doubt := _doubt(facts, verdicts):
        sentences.append(f"Who used the account is not established: {doubt}.")
    return sentences


def _finding(
    facts: Facts,
    rule: policy.Policy,
    verdicts: Sequence[Judged],
    acts: Sequence[Evidence],
    sentences: Sequence[str],
) -> Finding:
    first = verdicts[0]
    ordered = sorted(acts, key=lambda one: (one.time, one.event_uid))
    violation = first.value == "violation"
    level: Level = first.level if violation else "low"
    if violation and first.as_known == "now":
        level = _later(level)
    counts, rare = facts.rareness(first.event_uid) if violation else ((), ())
    predicates = _predicates(rule)
    cited = facts.evidence(uid for one in verdicts for uid in one.evidence)
    extra = sorted(cited.values(), key=lambda one: (one.time, one.event_uid))
    person = facts.persons([first.event_uid]).get(first.event_uid)
    return Finding(
        id=stable_id(
            "out_of_policy", rule.id, first.value, first.as_known, ordered[0].actor,
            first.event_uid if violation else None,
        ),
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
        evidence=(*ordered[:_MOST_EVIDENCE], *(one for one in extra if one not in ordered)),
        counts=(*counts, Count(label="acts in this finding", n=len(acts), of=len(acts))),
        innocent=tuple(text for name in predicates for text in _INNOCENT.get(name, ())),
        refutes=tuple(text for name in predicates for text in _REFUTES.get(name, ())),
        refs=tuple(first.refs),
    )  # fmt: skip


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
    return list(dict.fromkeys(one.predicate for one in (*rule.require, *rule.forbid)))


DETECTOR = OutOfPolicy()
