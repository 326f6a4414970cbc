"""One act laid open: what every policy asks of it, what the answers rest on, and why not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from forensics.detectors.facts import Facts, as_document
from forensics.detectors.preparing import asked, lacking
from forensics.errors import UsageError
from forensics.findings.document import Verdict
from forensics.findings.policies import (
    PolicyExplanation,
    PolicyOnAct,
    PredicateAnswer,
    ScopeEntry,
)
from forensics.policy.examining import Asked, Examined, examine
from forensics.timeline import pivot

SCHEMA = 1


def explain(
    facts: Facts, event: str, named: Iterable[str | Path] = (), *, tool_version: str
) -> PolicyExplanation:
    """Every policy, or those of the ids or files, about the act whose id begins so.

    Raises `UsageError` when there is no such event, or more than one.
    """
    uid = pivot.event(facts.engine, event)["event_uid"]
    policies = asked(facts.engine, facts.policies.policies, named, facts.policy_faults)
    absent = lacking(facts.engine, policies)
    found = examine(facts.engine, policies, {uid})
    told = tuple(
        _on_act(one, absent.get(one.policy.id))
        for one in found
        if not (one.today and one.in_scope is False)
    )
    cited = {one for answer in told for said in answer.answers for one in said.evidence}
    records = facts.evidence({uid, *cited})
    if uid not in records:
        remedy = "Name an act whose record has a time."
        raise UsageError(f"The record of event {uid[:8]} says no time.", remedy=remedy)
    return PolicyExplanation(
        schema=SCHEMA,
        tool_version=tool_version,
        act=records[uid],
        person=facts.persons([uid]).get(uid),
        judged=bool(found),
        policies=told,
        evidence=tuple(
            sorted(
                (one for one in records.values() if one.event_uid != uid),
                key=lambda one: (one.time, one.event_uid),
            )
        ),
        incomplete=tuple([] if named else facts.policy_faults),
        custody=facts.custody(),
    )


def _on_act(one: Examined, absent: str | None) -> PolicyOnAct:
    return PolicyOnAct(
        policy=one.policy.id,
        title=one.policy.title,
        version=one.policy.version,
        level=one.policy.level,
        file=one.policy.file,
        in_force=one.in_force,
        today=one.today,
        in_scope=one.in_scope,
        selections=tuple(
            tuple(ScopeEntry(key=e.key, wanted=_written(e.wanted), held=e.held) for e in selection)
            for selection in one.selections
        ),
        not_evaluated=absent,
        at_act=as_document(Verdict, one.at_act) if one.at_act else None,
        now=as_document(Verdict, one.now) if one.now else None,
        answers=tuple(map(_answer, one.asked)),
    )


def _answer(one: Asked) -> PredicateAnswer:
    return PredicateAnswer(
        clause=one.clause,
        predicate=one.term.predicate,
        parameters=_written(one.term.params),
        at_act=one.at_act.value,
        now=one.now.value,
        sentence=one.at_act.sentence,
        sentence_now=one.now.sentence,
        missing=one.at_act.missing,
        missing_now=one.now.missing,
        evidence=tuple(sorted({*one.at_act.evidence, *one.now.evidence})),
    )


def _written(value: Any) -> str:
    """A value of a policy on one line, much as it is written there."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)
