"""What is true in a story, in the tables of truth.toml that all stories have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from story.console import CLOCK_AHEAD, Entry, Session
from story.world import PEOPLE, Person

CLOCKS = {
    "moderation_console_ahead_seconds": CLOCK_AHEAD.total_seconds(),
    "okta_system_ahead_seconds": 0.0,
    "status_probe_ahead_seconds_at_most": 0.2,
}


def executed(entry: Entry) -> dict[str, Any]:
    """One act: what was written, and when it truly happened."""
    session = _signed_in(entry)
    person = session.person
    return {
        "id": entry.id,
        "seq": entry.seq,
        "operation": entry.action,
        "account": person.name,
        "target": _handle(entry),
        "case_id": entry.case.id if entry.case else "",
        "reason_code": (entry.reason or {}).get("code", ""),
        "session": session.id,
        "ip": session.ip,
        "device": session.device,
        "tool": entry.tool,
        "time_logged": entry.logged,
        "time_true": entry.time,
        "local": local(entry.time, person),
        "zone": person.site.zone,
    }


def local(moment: datetime, person: Person) -> str:
    """The wall clock where the person works."""
    return moment.astimezone(ZoneInfo(person.site.zone)).isoformat(timespec="milliseconds")


def outage(down: Entry, up: Entry) -> dict[str, Any]:
    """From the act to the restoration; the span is the same on the true and the logged clock."""
    return {
        "target": _handle(down),
        "start_logged": down.logged,
        "end_logged": up.logged,
        "start_true": down.time,
        "end_true": up.time,
        "duration_seconds": (up.time - down.time).total_seconds(),
    }


def seen(rows: Sequence[tuple[str, ...]], handle: str) -> dict[str, Any]:
    """What the status probe saw of the account that was down once."""
    mine = [row for row in rows if row[1] == handle]
    down = [number for number, row in enumerate(mine) if row[4] == "not_found"]
    return {
        "target": handle,
        "rows": len(mine),
        "not_found_rows": len(down),
        "timeout_rows": sum(row[4] == "timeout" for row in mine),
        "last_active_before": _instant(mine[down[0] - 1]),
        "first_not_found": _instant(mine[down[0]]),
        "last_not_found": _instant(mine[down[-1]]),
        "first_active_after": _instant(mine[down[-1] + 1]),
    }


def verdict(policy: str, entry: Entry, verdict: str, level: str, why: str) -> dict[str, Any]:
    """What a policy should say about an act; level is empty unless it is violated."""
    return {
        "policy": policy,
        "event": entry.id,
        "account": _signed_in(entry).person.name,
        "target": _handle(entry),
        "verdict": verdict,
        "level": level,
        "why": why,
    }


def enforcements_by(entries: Sequence[Entry], name: str) -> int:
    """How many accounts a moderator deactivated or suspended."""
    person = PEOPLE[name]
    acts = ("account_deactivated", "account_suspended")
    return sum(
        entry.action in acts and entry.session is not None and entry.session.person == person
        for entry in entries
    )


def _signed_in(entry: Entry) -> Session:
    if entry.session is None:
        raise ValueError(f"{entry.id}: the intake service does not enforce")
    return entry.session


def _handle(entry: Entry) -> str:
    return (entry.target or {}).get("handle") or ""


def _instant(row: Sequence[str]) -> datetime:
    return datetime.fromisoformat(row[0].replace("Z", "+00:00"))
