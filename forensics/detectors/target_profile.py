"""What was done to this target, by whom, when, and on whose leave?

Not asked by a scan: it answers about one named account or object. It can miss records that name
the target by an id that no other record ties to it.
"""

from __future__ import annotations

from forensics import actions
from forensics.detectors import tallies
from forensics.detectors.facts import Facts
from forensics.engine import Row
from forensics.findings.document import Outage, Reconstruction
from forensics.findings.profile import (
    ActorOnTarget,
    ApprovalRecord,
    CaseRecord,
    OutageBrief,
    TargetProfile,
)

SCHEMA = 1
_MOST_ACTS = 50
_THEIRS = """
SELECT * FROM events
WHERE (list_contains($names, lower(target)) OR list_contains($names, lower(target_id))
    OR list_contains($names, lower(target_name))
    OR list_has_any(list_transform(targets, lambda one: lower(one)), $names))
  AND ($tenant::VARCHAR IS NULL OR tenant IS NULL OR lower(tenant) = lower($tenant))
"""
_ACTORS = """
SELECT coalesce(actor, actor_id, 'not recorded') AS account, count(*) AS n,
  count(*) FILTER (WHERE list_contains($verbs, action)) AS destructive,
  list_sort(list(DISTINCT action)) AS actions, min(time) AS first_time, max(time) AS last_time
FROM summarised WHERE time IS NOT NULL AND coalesce(action, 'other') <> 'probe.observe'
GROUP BY 1 ORDER BY destructive DESC, n DESC, account LIMIT $most
"""
_ACTS = """
SELECT event_uid FROM summarised JOIN (SELECT event_uid FROM acts) USING (event_uid)
WHERE list_contains($verbs, action) ORDER BY time DESC, event_uid LIMIT $most
"""
_APPROVALS = """
SELECT a.event_uid, a.time, a.state, coalesce(a.approver, a.requested_by) AS account,
  a.requested_by, a.role, a.for_action, a.case_id
FROM approvals AS a SEMI JOIN summarised USING (event_uid)
WHERE a.time IS NOT NULL ORDER BY a.time DESC, a.event_uid LIMIT $most
"""
_CASES = """
WITH acted AS (
  SELECT case_id, count(*) AS acts FROM summarised
  WHERE case_id IS NOT NULL AND list_contains($verbs, action) GROUP BY 1
)
SELECT c.case_id, c.opened_at, c.opened_by, c.assigned_to, c.closed_at,
  coalesce(a.acts, 0) AS acts
FROM cases AS c SEMI JOIN summarised USING (case_id) LEFT JOIN acted AS a USING (case_id)
ORDER BY c.opened_at DESC NULLS LAST, c.case_id LIMIT $most
"""
_CHANGING = ("account.", "content.", "role.", "access.", "credential.", "policy.", "resource.")


def profile(
    facts: Facts, rebuilt: Reconstruction, *, tool_version: str, tenant: str | None = None
) -> TargetProfile:
    """The summary of the target that `rebuilt` is about, in `tenant` if one is chosen."""
    engine = facts.engine
    names = sorted({one.lower() for one in (rebuilt.target, *rebuilt.aliases)})
    engine.keep("summarised", _THEIRS, {"names": names, "tenant": tenant})
    span = tallies.span(engine)
    verbs, most = list(actions.destructive()), tallies.MOST
    changing = [verb for verb in actions.load() if verb.startswith(_CHANGING)]
    uids = [r["event_uid"] for r in engine.rows(_ACTS, {"verbs": changing, "most": _MOST_ACTS})]
    cited = facts.evidence(uids)
    known = engine.relations()
    listed = {"verbs": verbs, "most": most}
    return TargetProfile(
        schema=SCHEMA,
        tool_version=tool_version,
        target=rebuilt.target,
        aliases=rebuilt.aliases,
        tier=rebuilt.tier,
        first_seen=span["lo"],
        last_seen=span["hi"],
        events=span["n"],
        operations=tallies.operations(engine),
        actors=tuple(ActorOnTarget(**_tupled(row)) for row in engine.rows(_ACTORS, listed)),
        sources=tallies.tally(engine, "sources"),
        addresses=tallies.addresses(engine),
        agents=tallies.tally(engine, "agents"),
        tools=tallies.tally(engine, "tools"),
        sessions=span["sessions"],
        hours=tallies.hours(engine, None, None),
        intervals=rebuilt.intervals,
        outages=tuple(_brief(one) for one in rebuilt.outages),
        acts=tuple(cited[uid] for uid in uids if uid in cited),
        approvals=tuple(
            ApprovalRecord(**row)
            for row in (engine.rows(_APPROVALS, {"most": most}) if "approvals" in known else ())
        ),
        cases=tuple(
            CaseRecord(**row) for row in (engine.rows(_CASES, listed) if "cases" in known else ())
        ),
        coverage=rebuilt.coverage,
        custody=rebuilt.custody,
        limits=(*rebuilt.other_kinds, *rebuilt.limits),
    )


def _tupled(row: Row) -> Row:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}


def _brief(outage: Outage) -> OutageBrief:
    names = OutageBrief.__struct_fields__
    return OutageBrief(**{name: getattr(outage, name) for name in names})
