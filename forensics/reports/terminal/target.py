"""What was done to a target, by whom and when, in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from forensics.findings.document import StateInterval
from forensics.findings.profile import (
    ActorOnTarget,
    ApprovalRecord,
    CaseRecord,
    OutageBrief,
    TargetProfile,
)
from forensics.reports.reading import References, act_at
from forensics.reports.terminal import tallies
from forensics.reports.terminal.coverage import coverage, evidence_index
from forensics.reports.terminal.parts import (
    DOWN,
    QUIET,
    Fact,
    bullets,
    facts,
    grid_of,
    heading,
    indented,
    joined,
    labelled,
    plain,
)
from forensics.reports.times import between, headline, moment, seen

_MOST_ACTS = 20


def target(document: TargetProfile, console: Console) -> None:
    """Print when the target was seen, its states and outages, who acted on it, and limits."""
    refs = References(document.acts)
    console.print(joined((f"TARGET  {document.target}", "bold")))
    rows: list[Fact] = [*labelled("also", [n for n in document.aliases if n != document.target])]
    rows.append(("tier", document.tier or "not listed as protected", ""))
    if document.first_seen and document.last_seen:
        rows.append(("seen", f"{seen(document.first_seen)} – {seen(document.last_seen)} UTC", ""))
    sessions = "session" if document.sessions == 1 else "sessions"
    rows.append(("events", f"{document.events:,} in {document.sessions:,} {sessions}", ""))
    facts(console, rows)
    _outages(document.outages, console, refs)
    _states(document.intervals, console)
    _actors(document.actors, console)
    tallies.operations(document.operations, console)
    _acts(console, refs)
    _approvals(document.approvals, console)
    _cases(document.cases, console)
    tallies.tallies("Sources", document.sources, console)
    tallies.addresses(document.addresses, console)
    tallies.tallies("Agents", document.agents, console)
    tallies.tallies("Tools", document.tools, console)
    tallies.hours(document.hours, console)
    heading(console, "Limits")
    bullets(console, document.limits or ("none noted",))
    coverage(document.coverage, console)
    evidence_index(refs, document.custody, console)


def _outages(outages: Sequence[OutageBrief], console: Console, refs: References) -> None:
    heading(console, "Outages", f"{len(outages)}; `forensics outage` tells all of each")
    if not outages:
        bullets(console, ("none was found in this window",))
    for each in outages:
        when = between(each.start_earliest, each.start_latest)
        began = f"by {act_at(each.started_by)}"
        if each.started_by and each.started_by.actor:
            began += f" of {each.started_by.actor}"
        cited = [one.event_uid for one in (each.started_by, each.ended_by) if one]
        length = headline(each.duration, ended=each.end_latest is not None)
        line = joined(
            f"{each.number}  ", (length, DOWN), f" {each.state} from {when} UTC, ",
            began, (f"  {refs.labels(cited)}" if cited else "", QUIET),
        )  # fmt: skip
        indented(console, line)


def _states(intervals: Sequence[StateInterval], console: Console) -> None:
    if not intervals:
        return
    heading(console, "States")
    table = grid_of(("state", "from (UTC)", "until (UTC)"), wide="until (UTC)")
    for one in intervals[-tallies.MOST :]:
        told = f"{one.state}{' (inferred)' if one.inferred else ''}"
        table.add_row(
            plain(told),
            plain(between(one.start_earliest, one.start_latest), QUIET),
            plain(between(one.end_earliest, one.end_latest), QUIET),
        )
    indented(console, table)
    if (left := len(intervals) - tallies.MOST) > 0:
        indented(console, plain(f"and {left} earlier", QUIET))


def _actors(actors: Sequence[ActorOnTarget], console: Console) -> None:
    if not actors:
        return
    heading(console, "Accounts", "who acted on it; those who took something away first")
    table = grid_of(("count", "destructive", "account", "what", "last (UTC)"), wide="what")
    for column in table.columns[:2]:
        column.justify, column.no_wrap = "right", True
    for one in actors[: tallies.MOST]:
        table.add_row(
            plain(f"{one.n:,}"),
            plain(f"{one.destructive:,}"),
            plain(one.account),
            plain(", ".join(one.actions), QUIET),
            plain(tallies.day_or_minute(one.last_time, console), QUIET),
        )
    indented(console, table)
    _left(len(actors), console)


def _acts(console: Console, refs: References) -> None:
    heading(console, "Changes", "acts that changed it; UTC, clock errors allowed for")
    if not refs.items:
        bullets(console, ("none in these records",))
        return
    table = grid_of(("", "time", "±", "what the record says"), wide="what the record says")
    for item in refs.items[-_MOST_ACTS:]:
        time = moment(item)
        table.add_row(
            plain(refs.label(item.event_uid), QUIET),
            plain(time.text),
            plain(f"{time.half} s", QUIET),
            plain(item.sentence),
        )
    indented(console, table)
    if (left := len(refs.items) - _MOST_ACTS) > 0:
        indented(console, plain(f"and {left} earlier", QUIET))


def _approvals(approvals: Sequence[ApprovalRecord], console: Console) -> None:
    heading(console, "Approvals", "latest first")
    if not approvals:
        bullets(console, ("none on record",))
    for one in approvals[: tallies.MOST]:
        role = f" as {one.role}" if one.role else ""
        what = f" for {one.for_action}" if one.for_action else ""
        case = f", case {one.case_id}" if one.case_id else ""
        whom = one.account or "nobody named"
        indented(console, plain(f"{seen(one.time)}  {one.state} by {whom}{role}{what}{case}"))
    _left(len(approvals), console)


def _cases(cases: Sequence[CaseRecord], console: Console) -> None:
    if not cases:
        return
    heading(console, "Cases", "latest first")
    table = grid_of(("case", "opened (UTC)", "assigned to", "closed (UTC)", "acts"))
    table.columns[-1].justify = "right"
    for one in cases[: tallies.MOST]:
        opened, closed = (
            f"{time:%Y-%m-%d %H:%M}" if time else "—" for time in (one.opened_at, one.closed_at)
        )
        table.add_row(
            plain(one.case_id),
            plain(opened, QUIET),
            plain(one.assigned_to or "—"),
            plain(closed, QUIET),
            plain(f"{one.acts:,}"),
        )
    indented(console, table)
    _left(len(cases), console)


def _left(count: int, console: Console) -> None:
    if count > tallies.MOST:
        indented(console, plain(f"and {count - tallies.MOST} more; -t json lists them", QUIET))
