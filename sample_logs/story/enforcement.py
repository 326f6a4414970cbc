"""How a protected account is enforced on: asked for, approved by a second person, done, undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from story.console import Case, Entry
from story.workday import Stage

DECISIONS = {"account_deactivated": "deactivate", "account_suspended": "suspend"}


@dataclass(frozen=True)
class Plan:
    """A protected account's enforcement: who does what, from the instant the case is viewed."""

    day: date
    viewed: datetime
    handle: str
    action: str
    """account_deactivated or account_suspended"""
    reason: str
    moderator: str
    approver: str
    approver_role: str
    waits: timedelta
    """Between the approval and the act."""
    restorer: str = ""
    restored_after: timedelta = timedelta()

    @property
    def people(self) -> frozenset[tuple[str, date]]:
        """Who has to be at work for it, on which day."""
        names = {self.moderator, self.approver, self.restorer} - {""}
        return frozenset((name, self.day) for name in names)


@dataclass(frozen=True)
class Enforced:
    """What was logged for a plan that went through."""

    case: Case
    requested: Entry
    granted: Entry
    act: Entry
    restored: Entry


def ask(stage: Stage, plan: Plan, serial: int) -> tuple[Case, Entry, dict[str, str]]:
    """The case, the moderator's decision and the request for approval."""
    session = stage.signed[plan.moderator, plan.day].console
    log = stage.console.record
    case = stage.console.open_case(
        plan.viewed - timedelta(minutes=12, seconds=9),
        plan.handle,
        "user_report",
        plan.reason,
        plan.moderator,
    )
    log(plan.viewed, "profile_viewed", session, case=case)
    decided = plan.viewed + timedelta(minutes=3, seconds=17.212)
    log(
        decided,
        "decision_recorded",
        session,
        case=case,
        reason=plan.reason,
        decision=DECISIONS[plan.action],
    )
    approval = {
        "id": f"ap-{serial:04d}",
        "for_action": plan.action,
        "requested_by": plan.moderator,
        "role": plan.approver_role,
    }
    requested = log(
        decided + timedelta(seconds=26.4),
        "approval_requested",
        session,
        case=case,
        reason=plan.reason,
        tool="console",
        approval=approval,
    )
    return case, requested, approval


def carry_out(stage: Stage, plan: Plan, serial: int) -> Enforced:
    """Request, grant, act, and the restoration later in the day."""
    log = stage.console.record
    moderator = stage.signed[plan.moderator, plan.day].console
    approver = stage.signed[plan.approver, plan.day].console
    restorer = stage.signed[plan.restorer, plan.day].console
    case, requested, approval = ask(stage, plan, serial)
    looked = requested.time + timedelta(minutes=2, seconds=5.3)
    log(looked, "profile_viewed", approver, case=case, tool="console")
    granted = log(
        looked + timedelta(seconds=48.95),
        "approval_granted",
        approver,
        case=case,
        reason=plan.reason,
        text="evidence checked",
        tool="console",
        approval=approval,
    )
    act = log(granted.time + plan.waits, plan.action, moderator, case=case, reason=plan.reason)
    log(act.time + timedelta(seconds=21.7), "case_closed", moderator, case=case)
    back = act.time + plan.restored_after
    appeal = stage.console.open_case(
        back - timedelta(minutes=34), plan.handle, "appeal", "appeal", plan.restorer
    )
    log(back - timedelta(minutes=4), "profile_viewed", restorer, case=appeal)
    restored = log(back, "account_restored", restorer, case=appeal, reason="appeal_granted")
    log(back + timedelta(seconds=15.25), "case_closed", restorer, case=appeal)
    return Enforced(case, requested, granted, act, restored)


def turn_down(stage: Stage, plan: Plan, serial: int) -> Entry:
    """A request that the second person refuses; nothing is done to the account."""
    log = stage.console.record
    case, requested, approval = ask(stage, plan, serial)
    denied = log(
        requested.time + timedelta(minutes=6, seconds=40.1),
        "approval_denied",
        stage.signed[plan.approver, plan.day].console,
        case=case,
        reason=plan.reason,
        text="not an impersonation",
        tool="console",
        approval=approval,
    )
    moderator = stage.signed[plan.moderator, plan.day].console
    log(denied.time + timedelta(minutes=1), "case_closed", moderator, case=case)
    return denied
