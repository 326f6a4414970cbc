"""What the policies say of the acts behind an outage, and which of them have nothing to go by."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from forensics.detectors.facts import Facts, as_document
from forensics.findings.document import Verdict
from forensics.policy import examining, grounds, verdict
from forensics.policy.model import LEVELS

# An index of evidence that lists every act of a quarter is not read.
_CITED = 12
_FIRST = ("violation", "unknown", "compliant", "not_applicable")


def verdicts(facts: Facts, uids: Collection[str]) -> tuple[list[Verdict], dict[str, str]]:
    """The verdicts on these acts, the gravest first, and by id why other policies were not asked.

    All acts of the case are around them, as a limit on how many there may be asks for. A policy
    whose question this case has no list or record for is named once rather than left unknown.
    """
    policies = facts.policies.policies
    without = grounds.lacking(facts.engine, policies)
    found: list[verdict.Verdict] = []
    unjudged: dict[str, str] = {}
    examined = examining.examine(facts.engine, policies, uids)
    broken = {
        (one.policy.id, one.event_uid)
        for one in examined
        if one.in_force and one.at_act and one.at_act.value != "compliant"
    }
    for one in examined:
        told = [] if one.today and (one.policy.id, one.event_uid) in broken else list(_told(one))
        lack = without.get(one.policy.id)
        if lack and told and all(each.value == "unknown" for each in told):
            unjudged[one.policy.id] = lack.said
        else:
            found += told
    ordered = [_cut(one) for one in sorted(found, key=_order)]
    return [as_document(Verdict, one) for one in ordered], dict(sorted(unjudged.items()))


def _told(one: examining.Examined) -> Iterator[verdict.Verdict]:
    if one.at_act is None or one.now is None:
        return
    if one.in_force:
        same = (one.at_act.value, one.at_act.level) == (one.now.value, one.now.level)
        ignored = one.policy.on_unknown == "ignore"
        for each in (one.at_act,) if same else (one.at_act, one.now):
            if not (ignored and each.value == "unknown"):
                yield each
    elif one.today and one.now.value == "violation":
        note = f"would violate today's policy (version {one.now.version})"
        said = (note, *one.now.sentences)
        yield replace(one.now, value="not_applicable", level="informational", sentences=said)


def _cut(one: verdict.Verdict) -> verdict.Verdict:
    if len(one.evidence) <= _CITED:
        return one
    note = f"{_CITED} of the {len(one.evidence)} events behind this are cited"
    return replace(one, evidence=one.evidence[:_CITED], sentences=(*one.sentences, note))


def _order(one: verdict.Verdict) -> tuple[int, int, str, str, str]:
    gravest_first = -LEVELS.index(one.level)
    return _FIRST.index(one.value), gravest_first, one.policy, one.event_uid, one.as_known
