"""What happens once an outage is noticed: an incident, the restoration, the follow-up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from story.console import Case, Entry
from story.workday import Stage


def restore(stage: Stage, lead: str, day: date, handle: str, restored_at: datetime) -> Entry:
    """A lead opens an incident, takes it, looks, and brings the account back."""
    session = stage.signed[lead, day].console
    case = Case(handle, "incident", restored_at - timedelta(minutes=3, seconds=51.001))

    def log(when: datetime, action: str, **details: Any) -> Entry:
        return stage.console.record(when, action, session, case=case, tool="console", **details)

    log(case.opened, "case_opened", reason="incident")
    log(case.opened + timedelta(seconds=7.514), "case_assigned", assignee={"login": lead})
    log(restored_at - timedelta(minutes=2, seconds=30.134), "profile_viewed")
    restored = log(restored_at, "account_restored", reason="incident")
    log(
        restored_at + timedelta(minutes=3, seconds=46.624),
        "note_added",
        reason="incident",
        text="restored; who acted and under which case to be established",
    )
    return restored


def follow_up(stage: Stage, day: date, leads: dict[str, tuple[datetime, datetime]]) -> None:
    """Leads export a report for the incident and go home: (exported, signed out) each."""
    log = stage.console.record
    for name, (exported, signed_out) in leads.items():
        session = stage.signed[name, day].console
        report = {"type": "report", "handle": None, "id": f"rep-incident-{name[-1]}"}
        log(exported, "report_exported", session, on=report, tool="console")
        log(signed_out, "session_closed", session, tool="console")


def reports_overnight(stage: Stage, first: datetime, count: int) -> None:
    """Users go on reporting; the cases wait, unassigned, for the next shift."""
    dice, opened = stage.dice("overnight"), first
    for _ in range(count):
        handle = f"@user-{dice.randrange(10_000, 99_999)}"
        stage.console.open_case(opened, handle, "user_report", "spam", None)
        opened += timedelta(seconds=dice.randrange(200, 620), milliseconds=dice.randrange(1000))
