"""What happened to this account: its outages, who caused and ended each, and was it allowed?

Not asked by a scan: it answers about one named target. Bounds come from the records' granularity
and clocks, persons from the roster, verdicts from the policies. It can miss acts in logs that
the case does not hold; its limits and coverage say what it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forensics import policy
from forensics.detectors.explanations import explanations
from forensics.detectors.facts import Facts, as_document
from forensics.errors import UsageError
from forensics.findings.document import (
    ApprovalReading,
    Duration,
    Evidence,
    Grade,
    Outage,
    PersonReading,
    ProbeReading,
    Reconstruction,
    StateInterval,
    Verdict,
)
from forensics.timeline import outage as outages
from forensics.timeline import query
from forensics.timeline.model import Outage as Stretch
from forensics.timeline.model import TargetHistory

SCHEMA = 1
AROUND_MINUTES = 30
_MOST_AROUND = 200
_ACTS_OF = "SELECT * FROM acts WHERE event_uid IN (SELECT unnest($uids::VARCHAR[]))"
_TIER = """
SELECT tier FROM protected_targets
WHERE list_contains($names, lower(target)) ORDER BY valid_from DESC NULLS LAST LIMIT 1
"""


def reconstruct(
    facts: Facts, target: str, *, tool_version: str, tenant: str | None = None
) -> Reconstruction:
    """The whole answer about one account, in `tenant` if its name is borne in several.

    Raises `UsageError` with near names if none is known, or with the tenants to choose from.
    """
    history = outages.reconstruct(facts.engine, target, facts.tolerances, tenant=tenant)
    if not history.aliases and not _touched(facts, target):
        near = query.near_names(facts.engine, "target", target)
        raise UsageError(
            f"No record in this case acts on {target!r}.",
            remedy="Did you mean: " + ", ".join(near) + "?" if near else "Check the spelling.",
        )
    verdicts = _verdicts(facts, history)
    return Reconstruction(
        schema=SCHEMA,
        tool_version=tool_version,
        target=history.target,
        aliases=history.aliases,
        tier=_tier(facts, history),
        window_start=history.window_start,
        window_end=history.window_end,
        intervals=tuple(as_document(StateInterval, one) for one in history.intervals),
        outages=tuple(_outage(facts, one, verdicts) for one in history.outages),
        coverage=facts.coverage(
            evaluated=[f"policy {one.id} ({one.version})" for one in facts.policies.policies]
        ),
        custody=facts.custody(),
        limits=(*history.limits, *(one.sentence for one in facts.clock_readings)),
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


def _verdicts(facts: Facts, history: TargetHistory) -> list[Verdict]:
    """Verdicts of all policies on the acts that began an outage."""
    uids = [one.started_by_uid for one in history.outages if one.started_by_uid]
    facts.engine.keep("outage_acts", _ACTS_OF, {"uids": uids})
    evaluation = policy.evaluate(facts.engine, facts.policies.policies, acts="outage_acts")
    return [as_document(Verdict, one) for one in evaluation.verdicts]


def _outage(facts: Facts, stretch: Stretch, verdicts: Sequence[Verdict]) -> Outage:
    start, end = stretch.started_by_uid, stretch.ended_by_uid
    uids = [uid for uid in (start, end) if uid]
    cited = facts.evidence(uids)
    persons = facts.persons(uids)
    began = cited.get(start or "")
    probes = tuple(as_document(ProbeReading, one) for one in stretch.probe)
    approval = _approval(facts, start)
    around = _around(facts, began)
    mine = tuple(one for one in verdicts if one.event_uid == start)
    counts, rare = facts.rareness(start) if start else ((), ())
    actor = persons.get(start or "")
    return Outage(
        number=stretch.number,
        state=stretch.state,
        start_earliest=stretch.start_earliest,
        start_latest=stretch.start_latest,
        end_earliest=stretch.end_earliest,
        end_latest=stretch.end_latest,
        duration=as_document(Duration, stretch.duration),
        started_by=began,
        ended_by=cited.get(end or ""),
        actor=actor,
        restorer=persons.get(end or ""),
        approval=approval,
        probe=probes,
        verdicts=mine,
        around=around,
        witnesses=_witnesses(facts, stretch, probes, mine),
        counts=counts,
        explanations=explanations(facts, began, actor, approval, around) if began else (),
        grade=_grade(stretch, probes),
        sentences=(*stretch.sentences, *rare, *_haste(began, actor)),
    )


def _approval(facts: Facts, uid: str | None) -> ApprovalReading:
    if uid is None:
        sentence = "No act that began the outage is recorded, so no approval can be looked for."
        return ApprovalReading(requested=(), granted=(), denied=(), sentence=sentence)
    return as_document(ApprovalReading, policy.approval_reading(facts.engine, uid))


def _around(facts: Facts, began: Evidence | None) -> tuple[Evidence, ...]:
    """What else the acting account did within half an hour, in order."""
    if began is None or began.actor is None:
        return ()
    accounts = _accounts_of(facts, began.actor)
    uids = query.around(facts.engine, accounts, began.time, AROUND_MINUTES)[:_MOST_AROUND]
    found = facts.evidence(uids)
    return tuple(found[uid] for uid in uids if uid in found)


def _witnesses(
    facts: Facts, stretch: Stretch, probes: Sequence[ProbeReading], verdicts: Sequence[Verdict]
) -> tuple[Evidence, ...]:
    """The records that probes, verdicts and the causes of the outage cite, in order."""
    uids = {uid for probe in probes for uid in probe.evidence}
    uids |= {uid for verdict in verdicts for uid in verdict.evidence}
    for cause in stretch.causes:
        acts = (cause.begun_by, cause.ended_by, *cause.repeated_by, *cause.also_recorded_by)
        uids |= {uid for uid in acts if uid}
    found = facts.evidence(uids).values()
    return tuple(sorted(found, key=lambda one: (one.time, one.event_uid)))


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


def _haste(began: Evidence | None, actor: PersonReading | None) -> tuple[str, ...]:
    """How long before the end of access the act was, when that is known."""
    if began is None or actor is None or actor.at_act.hours_to_access_end is None:
        return ()
    left = timedelta(hours=actor.at_act.hours_to_access_end)
    if left < timedelta(0):
        return (f"Access had been due to end {-left.total_seconds() / 3600:.1f} h before the act.",)
    return ()


def _grade(stretch: Stretch, probes: Sequence[ProbeReading]) -> Grade:
    """A where an independent source confirms both recorded ends, E where one is inferred."""
    if stretch.inferred:
        return "E"
    confirmed = any(one.agrees == "confirms" for one in probes)
    return "A" if confirmed and stretch.ended_by_uid else "B"
