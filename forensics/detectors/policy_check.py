"""Policies asked for by themselves: which there are, and what they say of all acts of a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from forensics import policy
from forensics.detectors.facts import Facts, as_document
from forensics.detectors.preparing import asked, lacking
from forensics.findings.document import Count, Evidence, Verdict
from forensics.findings.policies import PolicyCheck, PolicyEntry, PolicyTally
from forensics.policy import Policy, grounds

SCHEMA = 1


def entries(policies: Sequence[Policy], facts: Facts | None = None) -> tuple[PolicyEntry, ...]:
    """The policies as documents, with what the case behind `facts` lacks to judge by each."""
    absent = lacking(facts.engine, policies) if facts else {}
    return tuple(
        PolicyEntry(
            id=one.id,
            title=one.title,
            description=one.description,
            level=one.level,
            version=one.version,
            file=one.file,
            effective_from=one.effective_from,
            effective_to=one.effective_to,
            predicates=tuple(dict.fromkeys(term.predicate for term in one.terms())),
            refs=one.refs,
            tests=len(one.tests),
            not_evaluated=absent.get(one.id),
        )
        for one in policies
    )


def check(facts: Facts, named: Iterable[str | Path] = (), *, tool_version: str) -> PolicyCheck:
    """All acts of the case judged by the policies of those ids or files, or by all of the case."""
    policies = asked(facts.engine, facts.policies.policies, named)
    found = policy.evaluate(facts.engine, policies)
    absent = grounds.lacking(facts.engine, policies)
    cited = {one.event_uid for one in found.verdicts}
    cited |= {uid for one in found.verdicts for uid in one.evidence}
    faults = [] if named else facts.policy_faults
    # What is asked for by name is to be judged, whatever the case has.
    lost = [f"policy {name}: {one.said}" for name, one in absent.items() if one.fails or named]
    start, end = facts.span()
    return PolicyCheck(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=start,
        window_end=end,
        policies=tuple(
            _tally(name, policies, found, absent[name].said if name in absent else None)
            for name in dict.fromkeys(one.id for one in policies)
        ),
        verdicts=tuple(as_document(Verdict, one) for one in found.verdicts),
        acts=_ordered(facts.evidence(cited).values()),
        incomplete=(*faults, *lost),
        custody=facts.custody(),
    )


def _tally(
    name: str, policies: Sequence[Policy], found: policy.Evaluation, absent: str | None
) -> PolicyTally:
    versions = [one for one in policies if one.id == name]
    last = versions[-1]
    violated = {
        one.event_uid
        for one in found.verdicts
        if (one.policy, one.value, one.as_known) == (name, "violation", "at_act")
    }
    unknown = found.unknown.get(name, 0)
    facts = found.unknown_counts.get(name, {})
    ranked = sorted(facts.items(), key=lambda one: (-one[1], one[0]))
    return PolicyTally(
        policy=name,
        title=last.title,
        level=last.level,
        versions=tuple(one.version for one in versions),
        violation=len(violated),
        compliant=found.compliant.get(name, 0),
        unknown=unknown,
        missing=tuple(Count(label=fact, n=n, of=unknown) for fact, n in ranked),
        not_evaluated=absent,
        innocent=last.innocent,
        misses=last.misses,
    )


def _ordered(records: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(records, key=lambda one: (one.time, one.event_uid)))
