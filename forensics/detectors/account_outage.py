"""What happened to this object: its outages, who caused and ended each, and was it allowed?

Not asked by a scan: it answers about one named target, an account if no other kind is asked for or
alone has outages.
Bounds come from the records' granularity and clocks, persons from the roster, verdicts from the
policies. It can miss acts in logs that the case does not hold; its limits and coverage say what it
rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from forensics.detectors import outage_records, outage_verdicts
from forensics.detectors.explanations import explanations
from forensics.detectors.facts import Facts, as_document
from forensics.detectors.outage_kinds import asked
from forensics.errors import UsageError
from forensics.findings.course import Basis, Cause, Silence, Stage, Step
from forensics.findings.document import (
    Coverage,
    Duration,
    Outage,
    ProbeReading,
    Reconstruction,
    StateInterval,
    Verdict,
)
from forensics.findings.testimony import Testimony
from forensics.timeline import query
from forensics.timeline.grading import weakest
from forensics.timeline.model import Basis as Rests
from forensics.timeline.model import Outage as Stretch
from forensics.timeline.model import TargetHistory
from forensics.timeline.statements import NONE, Statements

SCHEMA = 1
_TIER = """
SELECT tier FROM protected_targets
WHERE list_contains($names, lower(target)) ORDER BY valid_from DESC NULLS LAST LIMIT 1
"""


def reconstruct(
    facts: Facts,
    target: str,
    *,
    tool_version: str,
    tenant: str | None = None,
    kind: str | None = None,
    statements: Statements = NONE,
) -> Reconstruction:
    """The whole answer about one object, in `tenant` if its name is borne in several.

    Without a `kind` it is about the account; where that has no outages and objects of other kinds
    answer to the name and have some, about the first of these, and says which there are.
    `statements` are weighed beside the records. Raises `UsageError` with near names if none is
    known, or with those to choose from.
    """
    history, other = asked(facts, target, kind, tenant=tenant, statements=statements)
    if not (history.aliases or history.outages or _touched(facts, target)):
        raise _nothing_of(facts, history, statements)
    verdicts, unjudged = _verdicts(facts, history)
    found = tuple(_outage(facts, one, verdicts) for one in history.outages)
    return Reconstruction(
        schema=SCHEMA,
        tool_version=tool_version,
        target=history.target,
        aliases=history.aliases,
        tier=_tier(facts, history),
        window_start=history.window_start,
        window_end=history.window_end,
        intervals=tuple(as_document(StateInterval, one) for one in history.intervals),
        outages=found,
        coverage=_coverage(facts, unjudged),
        custody=facts.custody(),
        limits=(
            *history.limits,
            *(one for one in facts.clock_sentences if one not in facts.clocks.disputed),
        ),
        kind=history.kind,
        away=history.away,
        derivation=tuple(as_document(Step, one) for one in history.derivation),
        cited=outage_records.cited(facts, history, found),
        disputed=facts.clocks.disputed,
        other_kinds=other,
    )


def _coverage(facts: Facts, unjudged: Mapping[str, str]) -> Coverage:
    judged = [one for one in facts.policies.policies if one.id not in unjudged]
    return facts.coverage(
        evaluated=[f"policy {one.id} ({one.version})" for one in judged],
        not_evaluated=[f"policy {name}: {said}" for name, said in unjudged.items()],
    )


def _nothing_of(facts: Facts, history: TargetHistory, statements: Statements) -> UsageError:
    near = query.near_names(facts.engine, "target", history.target)
    remedy = "Did you mean: " + ", ".join(near) + "?" if near else "Check the spelling."
    if not statements:
        return UsageError(f"No record in this case acts on {history.target!r}.", remedy=remedy)
    told_of = sorted({f"{one.target} ({one.kind})" for one in statements.all})
    return UsageError(
        f"Neither a record nor a statement is about the {history.kind} {history.target!r}.",
        remedy=f"{remedy} The statements are about {', '.join(told_of)}.",
    )


def _touched(facts: Facts, target: str) -> bool:
    found = query.run(facts.engine, query.TimelineQuery(target=target, limit=1))
    return bool(found.num_rows)


def _tier(facts: Facts, history: TargetHistory) -> str | None:
    if "protected_targets" not in facts.engine.relations():
        return None
    names = sorted({one.lower() for one in (history.target, *history.aliases)})
    rows = facts.engine.rows(_TIER, {"names": names})
    return rows[0]["tier"] if rows else None


def _verdicts(facts: Facts, history: TargetHistory) -> tuple[list[Verdict], dict[str, str]]:
    """Verdicts of all policies on the acts that began or decided an outage."""
    acts = (
        (one.started_by_uid, one.decided_by_uid, *one.perhaps_started_by) for one in history.outages
    )
    return outage_verdicts.verdicts(facts, {uid for pair in acts for uid in pair if uid})


def _outage(facts: Facts, stretch: Stretch, verdicts: Sequence[Verdict]) -> Outage:
    start, end = stretch.started_by_uid, stretch.ended_by_uid
    # Who decided is judged at the decision; where no act executed it, that is the act.
    start = start or stretch.decided_by_uid
    rivals = (*stretch.perhaps_started_by, *stretch.perhaps_ended_by)
    uids = [uid for uid in (start, end, stretch.decided_by_uid, *rivals) if uid]
    cited, persons = facts.evidence(uids), facts.persons(uids)
    began = cited.get(start or "")
    probes = tuple(as_document(ProbeReading, one) for one in stretch.probe)
    approval = outage_records.approval(facts, start)
    judged = {start, stretch.decided_by_uid, *stretch.perhaps_started_by}
    mine = tuple(one for one in verdicts if one.event_uid in judged)
    counts, rare = facts.rareness(start) if start else ((), ())
    actor = persons.get(start or "")
    perhaps = tuple(cited[uid] for uid in stretch.perhaps_started_by)
    since = stretch.start_earliest or stretch.start_latest
    told = explanations(facts, began, actor, since, perhaps) if began else ()
    outage = Outage(
        number=stretch.number,
        state=stretch.state,
        start_earliest=stretch.start_earliest,
        start_latest=stretch.start_latest,
        end_earliest=stretch.end_earliest,
        end_latest=stretch.end_latest,
        duration=as_document(Duration, stretch.duration),
        started_by=cited.get(stretch.started_by_uid or ""),
        decided_by=cited.get(stretch.decided_by_uid or ""),
        ended_by=cited.get(end or ""),
        actor=actor,
        decider=persons.get(stretch.decided_by_uid or ""),
        restorer=persons.get(end or ""),
        approval=approval,
        probe=probes,
        verdicts=mine,
        around=outage_records.around(facts, began),
        witnesses=outage_records.witnesses(facts, stretch, probes, mine, approval),
        counts=counts,
        explanations=told,
        grade=weakest((stretch.start_basis, stretch.end_basis)),
        perhaps_started_by=perhaps,
        perhaps_ended_by=tuple(cited[uid] for uid in stretch.perhaps_ended_by),
        sentences=(*stretch.sentences, *rare, *outage_records.haste(began, actor)),
    )
    course = outage_records.stages(facts, stretch, start, mine)
    return _with_course(outage, stretch, course)


def _with_course(outage: Outage, stretch: Stretch, course: tuple[Stage, ...]) -> Outage:
    return msgspec.structs.replace(
        outage,
        causes=tuple(as_document(Cause, one) for one in stretch.causes),
        start_basis=_basis(stretch.start_basis),
        end_basis=_basis(stretch.end_basis),
        stages=course,
        together=stretch.together,
        testimony=as_document(Testimony, stretch.testimony) if stretch.testimony else None,
        gaps=tuple(as_document(Silence, one) for one in stretch.gaps),
    )


def _basis(found: Rests | None) -> Basis | None:
    return as_document(Basis, found) if found is not None else None
