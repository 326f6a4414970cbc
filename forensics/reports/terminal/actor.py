"""What an account did, and who it is claimed to be, in a terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console

from forensics.findings.document import ActorProfile, Tally
from forensics.reports.reading import References
from forensics.reports.terminal.coverage import coverage, evidence_index
from forensics.reports.terminal.parts import (
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
from forensics.reports.terminal.person import employment_facts, person_facts
from forensics.reports.times import moment, stamp, stamp_differs

_MOST_TALLIES = 12
_MOST_DESTRUCTIVE = 20


def actor(document: ActorProfile, console: Console) -> None:
    """Print the person claimed, when the account was seen, what it did, where from, and limits."""
    latest = References(document.destructive).items[-_MOST_DESTRUCTIVE:]
    refs = References(latest)
    console.print(joined((f"ACCOUNT  {document.account}", "bold")))
    rows: list[Fact] = []
    others = [account for account in document.accounts if account != document.account]
    rows += labelled("also", others)
    if document.person:
        rows += person_facts("person", document.person)
        rows += employment_facts(document.person)
    else:
        rows.append(("person", "not resolved", ""))
    span = f"{_seen(document.first_seen)} – {_seen(document.last_seen)} UTC"
    rows.append(("seen", span if document.events else "never in these records", ""))
    sessions = "session" if document.sessions == 1 else "sessions"
    rows.append(("events", f"{document.events:,} in {document.sessions:,} {sessions}", ""))
    facts(console, rows)
    for title, tallies in (
        ("Actions", document.actions),
        ("Targets", document.targets),
        ("Sources", document.sources),
        ("Addresses", document.addresses),
        ("Devices", document.devices),
    ):
        _tallies(title, tallies, console)
    _destructive(len(document.destructive), console, refs)
    if document.limits:
        heading(console, "Limits")
        bullets(console, document.limits)
    coverage(document.coverage, console)
    evidence_index(refs, document.custody, console)


def _seen(time: datetime | None) -> str:
    return stamp(time) if time else "not known"


def _tallies(title: str, tallies: tuple[Tally, ...], console: Console) -> None:
    if not tallies:
        return
    heading(console, title)
    table = grid_of(("count", "what", "first (UTC)", "last (UTC)"), wide="what")
    table.columns[0].justify = "right"
    for column in (table.columns[0], *table.columns[2:]):
        column.no_wrap = True
    for tally in tallies[:_MOST_TALLIES]:
        times = (tally.first_time, tally.last_time)
        first, last = (plain(f"{time:%Y-%m-%d %H:%M}", QUIET) for time in times)
        table.add_row(plain(f"{tally.n:,}"), plain(tally.name), first, last)
    indented(console, table)
    left = len(tallies) - _MOST_TALLIES
    if left > 0:
        indented(console, plain(f"and {left} more in the saved document", QUIET))


def _destructive(total: int, console: Console, refs: References) -> None:
    heading(console, "Destructive acts", "UTC, clock errors allowed for")
    if not refs.items:
        bullets(console, ("none in these records",))
        return
    says = "what the record says"
    table = grid_of(("", "time", "±", "stamped", says), wide=says)
    for item in refs.items:
        time = moment(item)
        table.add_row(
            plain(refs.label(item.event_uid), QUIET),
            plain(stamp(time.middle)),
            plain(f"{time.half} s", QUIET),
            plain(stamp(item.time)[11:] if stamp_differs(item) else "", QUIET),
            plain(item.sentence),
        )
    indented(console, table)
    if total > len(refs.items):
        indented(console, plain(f"and {total - len(refs.items)} earlier", QUIET))
