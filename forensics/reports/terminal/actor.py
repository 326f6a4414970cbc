"""What an account did, and who it is claimed to be, in a terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console

from forensics.findings.profile import ActorProfile, EmploymentSpan, PeerComparison
from forensics.reports.reading import References, phases
from forensics.reports.terminal import tallies
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
from forensics.reports.times import local_stamp, moment, seen, stamp, stamp_differs, zone_named

_MOST_DESTRUCTIVE = 20


def actor(document: ActorProfile, console: Console) -> None:
    """Print the person claimed, when the account was seen, what it did, where from, and limits."""
    latest = References(document.destructive).items[-_MOST_DESTRUCTIVE:]
    refs = References(latest)
    console.print(joined((f"ACCOUNT  {document.account}", "bold")))
    _who(document, console)
    _employment(document.employment, document.hours.zone, console)
    tallies.operations(document.operations, console)
    tallies.tallies("Targets", document.targets, console)
    tallies.tallies("Sources", document.sources, console)
    tallies.addresses(document.addresses, console)
    tallies.tallies("Devices", document.devices, console)
    tallies.tallies("Agents", document.agents, console)
    tallies.tallies("Tools", document.tools, console)
    tallies.sessions(document.latest_sessions, document.sessions, console)
    tallies.hours(document.hours, console)
    _peers(document.peers, console)
    _destructive(len(document.destructive), console, refs)
    if document.limits:
        heading(console, "Limits")
        bullets(console, document.limits)
    coverage(document.coverage, console)
    evidence_index(refs, document.custody, console)


def _who(document: ActorProfile, console: Console) -> None:
    others = [account for account in document.accounts if account != document.account]
    rows: list[Fact] = [*labelled("also", others)]
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


def _seen(time: datetime | None) -> str:
    return seen(time) if time else "not known"


def _employment(spans: tuple[EmploymentSpan, ...], zone: str | None, console: Console) -> None:
    if not spans:
        return
    heading(console, "Employment over time", "by the rosters as known now")
    there = zone_named(zone)
    table = grid_of(("from", "phase", "in words"), wide="in words")
    table.columns[0].no_wrap = True
    for span in spans:
        began = span.since.astimezone(there) if there else span.since
        shown = f"{began:%Y-%m-%d %H:%M}{'' if there else 'Z'}"
        table.add_row(plain(shown, QUIET), plain(phases(span.phases)), plain(_now(span), QUIET))
    indented(console, table)
    end = local_stamp(spans[-1].until, there) if there else f"{stamp(spans[-1].until)} UTC"
    note = f"until {end}, the last record" + (f"; times in {zone}" if there else "")
    indented(console, plain(note, QUIET))


def _now(span: EmploymentSpan) -> str:
    """The sentence without what the heading says of all of them."""
    told = span.sentence.removeprefix("As known now, ")
    return told[:1].upper() + told[1:]


def _peers(found: PeerComparison | None, console: Console) -> None:
    if found is None:
        return
    heading(console, "Peers", found.sentence)
    table = grid_of(("action", "own", "", "peers", ""), wide="action")
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for share in found.shares:
        table.add_row(
            plain(share.action),
            *(
                cell
                for count in (share.own, share.peers)
                for cell in (
                    plain(_percent(count.n, count.of)),
                    plain(f"{count.n:,} of {count.of:,}", QUIET),
                )
            ),
        )
    indented(console, table)


def _percent(n: int, of: int) -> str:
    return f"{100 * n / of:.1f} %" if of else "—"


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
            plain(time.text),
            plain(f"{time.half} s", QUIET),
            plain(stamp(item.time)[11:] if stamp_differs(item) else "", QUIET),
            plain(item.sentence),
        )
    indented(console, table)
    if total > len(refs.items):
        indented(console, plain(f"and {total - len(refs.items)} earlier", QUIET))
