"""Was an act outside policy: after access ended, by a leaver, without a second person's approval?

Asks every policy of the case. A violation is a finding; acts that could not be judged are one
finding a policy and account, because an unjudged act is neither innocent nor suspicious; where the
case lacks what a policy needs, that is said once. It can miss what the policies do not say, and
what no context file or log of the case records. How rare an act is, is told of the fifty gravest.
"""

from __future__ import annotations

from forensics import policy
from forensics.detectors import Answer, policy_findings
from forensics.detectors.facts import Facts
from forensics.policy import grounds, grouping
from forensics.policy.verdict import Evaluation
from forensics.policy.verdict import Verdict as Judged


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
        groups = grouping.grouped(counted, policy_findings.acts(evidence), cleared)
        # Asked for each finding by itself this would read the case as often as there are findings.
        beside = facts.evidence({uid for one in counted for uid in one.evidence})
        persons = facts.persons([verdicts[0].event_uid for verdicts in groups.values()])
        rare = policy_findings.rareness(facts, groups)
        for key in sorted(groups):
            now = cleared.get((key[0], key[-1])) if key[2] == "at_act" else None
            told = policy_findings.told(facts, groups[key], now)
            group = policy_findings.Group(
                key,
                groups[key],
                records=evidence,
                cited=beside,
                person=persons.get(groups[key][0].event_uid),
                rare=rare.get(key, ((), ())),
            )
            answer.findings.append(policy_findings.finding(facts, rules, group, told))
        for name in dict.fromkeys(one.id for one in loaded):
            versions = ", ".join(one.version for one in loaded if one.id == name)
            broken = sum(policy == name for policy, _ in violated)
            _account(answer, (name, versions), evaluation, broken, unseen.get(name))
        return answer

    @staticmethod
    def _counted(one: Judged, violated: set[tuple[str, str]]) -> bool:
        """A verdict that is worth a finding; the belief of now adds only what is new."""
        if one.value not in {"violation", "unknown"}:
            return False
        return one.as_known == "at_act" or (one.policy, one.event_uid) not in violated


def _account(
    answer: Answer,
    named: tuple[str, str],
    judged: Evaluation,
    broken: int,
    lack: grounds.Lack | None,
) -> None:
    """Say of one policy how many acts it judged, or what the case lacks for it."""
    name, versions = named
    compliant, unknown = judged.compliant[name], judged.unknown[name]
    if lack is not None:
        untold = answer.failed if lack.fails else answer.not_evaluated
        untold.append(lack.of(name, unknown, broken + compliant))
        if not broken:
            return
    answer.evaluated.append(
        f"policy {name} ({versions}): {broken} violated, {compliant} compliant, {unknown} unknown"
    )


DETECTOR = OutOfPolicy()
