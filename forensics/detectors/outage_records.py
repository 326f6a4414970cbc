"""What an answer about an outage cites: approvals, acts around it, witnesses, the time left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from forensics import policy
from forensics.detectors.facts import Facts, as_document
from forensics.findings.course import Stage
from forensics.findings.document import (
    ApprovalReading,
    Evidence,
    Outage,
    PersonReading,
    ProbeReading,
    Verdict,
)
from forensics.timeline import query
from forensics.timeline.model import Outage as Stretch
from forensics.timeline.model import Stage as Approved
from forensics.timeline.model import TargetHistory

AROUND_MINUTES = 30
_MOST_AROUND = 200


def approval(facts: Facts, uid: str | None) -> ApprovalReading:
    """Who asked for leave to do an act, and who gave or refused it."""
    if uid is None:
        sentence = "No act that began the outage is recorded, so no approval can be looked for."
        return ApprovalReading(requested=(), granted=(), denied=(), sentence=sentence)
    return as_document(ApprovalReading, policy.approval_reading(facts.engine, uid))


def around(facts: Facts, began: Evidence | None) -> tuple[Evidence, ...]:
    """What else the acting account did within half an hour, in order."""
    if began is None or began.actor is None:
        return ()
    accounts = _accounts_of(facts, began.actor)
    uids = query.around(facts.engine, accounts, began.time, AROUND_MINUTES)[:_MOST_AROUND]
    found = facts.evidence(uids)
    return tuple(found[uid] for uid in uids if uid in found)


def witnesses(
    facts: Facts,
    stretch: Stretch,
    probes: Sequence[ProbeReading],
    verdicts: Sequence[Verdict],
    approval: ApprovalReading,
) -> tuple[Evidence, ...]:
    """The records that probes, verdicts, approvals and the causes of the outage cite, in order."""
    uids = {*approval.evidence, *(uid for probe in probes for uid in probe.evidence)}
    uids |= {uid for verdict in verdicts for uid in verdict.evidence}
    for step in (*stretch.stages, stretch.start_basis, stretch.end_basis):
        uids |= set(step.evidence) if step is not None else set()
    for cause in stretch.causes:
        acts = (cause.begun_by, cause.ended_by, *cause.repeated_by, *cause.also_recorded_by)
        uids |= {uid for uid in acts if uid}
    uids |= {uid for gap in stretch.gaps for uid in gap.evidence}
    if stretch.testimony:
        uids |= {uid for claim in stretch.testimony.claims for uid in claim.evidence}
    found = facts.evidence(uids).values()
    return tuple(sorted(found, key=lambda one: (one.time, one.event_uid)))


def cited(facts: Facts, history: TargetHistory, outages: Sequence[Outage]) -> tuple[Evidence, ...]:
    """The records that steps, states and limits rest on beside those that outages carry."""
    uids = {uid for step in history.derivation for uid in step.evidence}
    uids |= {uid for one in history.intervals for uid in one.evidence}
    uids |= set(history.undecided)
    carried = {
        item.event_uid
        for one in outages
        for item in (one.started_by, one.decided_by, one.ended_by, *one.around, *one.witnesses)
        if item is not None
    }
    found = facts.evidence(uids - carried).values()
    return tuple(sorted(found, key=lambda one: (one.time, one.event_uid)))


def stages(
    facts: Facts, stretch: Stretch, uid: str | None, verdicts: Sequence[Verdict]
) -> tuple[Stage, ...]:
    """The course: of the approvals recorded the last that stands, or the last, and what it lacks.

    `uid` is the act that was to be approved, `verdicts` what the policies say of it.
    """
    given = [one for one in stretch.stages if one.stage == "approved"]
    refused = policy.refusals(facts.engine, uid) if given and uid else {}
    against = {one: refused.get(one.evidence[0], "") for one in given}
    shown = next((one for one in reversed(given) if not against[one]), given[-1] if given else None)
    found = []
    for one in stretch.stages:
        if one is shown:
            lacks = filter(None, (against[one], *_insufficient(facts, one, uid, verdicts)))
            said = "; ".join((one.sentence.removesuffix("."), *lacks))
            found.append(as_document(Stage, replace(one, sentence=f"{said}.")))
        elif one.stage != "approved":
            found.append(as_document(Stage, one))
    return tuple(found)


def _insufficient(
    facts: Facts, approval: Approved, uid: str | None, verdicts: Sequence[Verdict]
) -> Iterator[str]:
    """Of the policies that ask for approvals alone, those for which this one is not enough."""
    asking = {
        one.id
        for one in facts.policies.policies
        if [term.predicate for term in one.demands()] == ["approval"]
    }
    for one in verdicts:
        if one.policy not in asking or one.event_uid != uid or one.as_known != "at_act":
            continue
        if not set(approval.evidence) <= set(one.evidence):
            continue
        if one.value == "violation":
            yield f"it is not enough for {one.policy}"
        elif one.value == "unknown":
            yield f"whether it is enough for {one.policy} is not known"


def _accounts_of(facts: Facts, actor: str) -> list[str]:
    """All accounts of the person behind one account, where the case can tell."""
    if "accounts" not in facts.engine.relations():
        return [actor]
    rows = facts.engine.rows(
        """SELECT DISTINCT other.account FROM accounts AS own JOIN accounts AS other
           ON other.person = own.person WHERE lower(own.account) = lower($actor) ORDER BY 1""",
        {"actor": actor},
    )
    return sorted({actor, *(row["account"] for row in rows)})


def haste(began: Evidence | None, actor: PersonReading | None) -> tuple[str, ...]:
    """How long before the end of access the act was, when that is known."""
    if began is None or actor is None or actor.at_act.hours_to_access_end is None:
        return ()
    left = timedelta(hours=actor.at_act.hours_to_access_end)
    if left < timedelta(0):
        return (f"Access had been due to end {-left.total_seconds() / 3600:.1f} h before the act.",)
    return ()
