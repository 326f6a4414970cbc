"""What several events together made a finding, in lines for every kind of report."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.findings.correlation import Correlation
from forensics.reports.times import between


def correlated(of: Correlation | None) -> list[str]:
    """The group, what was asked and reached, from when to when, and the rules; none, of none."""
    return [] if of is None else list(_lines(of))


def _lines(of: Correlation) -> Iterator[str]:
    group = ", ".join(f"{one.field} {one.value}" for one in of.group)
    yield f"Group: {group or 'all events of the case'}."
    noun = "event" if of.events == 1 else "events"
    yield f"Asked: {of.condition}."
    reached = f", {of.reached:,g} {of.counted} in one window" if of.counted else ""
    yield f"Found: {of.events:,} {noun}{reached}."
    first = between(of.first_earliest, of.first_latest)
    last = between(of.last_earliest, of.last_latest)
    yield f"First {first}, last {last} (UTC)." if of.events > 1 else f"At {first} (UTC)."
    if of.united:
        yield "Several windows of this group overlap and are told as one."
    yield f"Built of: {', '.join(f'{one.title} ({one.events:,})' for one in of.parts)}."
