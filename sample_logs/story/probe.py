"""The public status probe: an outside view of whether an account's page can be seen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from story.console import stamp

HEADER = ("checked_at", "target", "url", "http_status", "state", "latency_ms", "probe")
Span = tuple[datetime, datetime]


def watch(
    handle: str,
    begin: datetime,
    end: datetime,
    *,
    period: timedelta,
    down: Sequence[Span] = (),
    timeouts: Sequence[datetime] = (),
) -> list[tuple[str, ...]]:
    """One row each `period` in [begin, end); `timeouts` name checks that got no answer.

    Down spans are half-open and in true time, which the probe's clock keeps to 0.2 s.
    """
    dice = random.Random(f"probe {handle} {begin.isoformat()}")
    unanswered = set(timeouts)
    rows: list[tuple[str, ...]] = []
    due = begin
    while due < end:
        checked = due + timedelta(milliseconds=dice.randrange(200))
        if due in unanswered:
            status, state, latency = "", "timeout", 10_000
        elif any(first <= checked < last for first, last in down):
            status, state, latency = "404", "not_found", dice.randrange(40, 90)
        else:
            status, state, latency = "200", "active", dice.randrange(90, 260)
        url = f"https://social.example/{handle.removeprefix('@')}"
        rows.append((stamp(checked), handle, url, status, state, str(latency), "probe-1"))
        due += period
    return rows
