"""Recorded scans, and findings as they stand, in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from forensics.findings.document import ScanReport
from forensics.findings.standing import (
    STATES,
    FindingHistory,
    FindingList,
    ScanRecord,
    Standing,
    StandingFinding,
)
from forensics.reports.terminal.parts import (
    LEVEL_STYLES,
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
    stacked,
)
from forensics.reports.terminal.scan import one_finding

_LIVE = frozenset({"new", "re-opened"})


def findings(document: FindingList, console: Console) -> None:
    """Print each finding with its id, state and title, gravest first, after the counts."""
    states = Counter(one.standing.state for one in document.findings)
    told = ", ".join(f"{states[name]} {_words(name)}" for name in STATES if states[name])
    last = document.scan
    since = f"as of scan {last.scan} on {last.time:%Y-%m-%d %H:%M} UTC" if last else "no scan yet"
    console.print(joined((f"FINDINGS  {told or 'none'}", "bold"), (f"  {since}", QUIET)))
    if last and not last.complete:
        indented(console, plain("That scan could not look at everything: forensics scans show."))
    if not document.findings:
        return
    console.print()
    table = grid_of(("id", "level", "state", "finding"), wide="finding")
    for one in document.findings:
        level = one.finding.level
        table.add_row(
            plain(one.standing.id[:8], QUIET),
            plain(level, LEVEL_STYLES[level]),
            plain(_words(one.standing.state), "bold" if one.standing.state in _LIVE else ""),
            stacked(plain(one.finding.title), plain(_whose(one), QUIET)),
        )
    indented(console, table)


def finding(document: FindingHistory, console: Console) -> None:
    """Print a finding in full, how it stands, what it said before, and what was decided of it."""
    one_finding(document.finding, console)
    heading(console, "How it stands", document.standing.id)
    state = document.standing
    rows: list[Fact] = [
        ("state", f"{_words(state.state)}. {state.sentence}", ""),
        ("scans", _seen(state), ""),
        *labelled("decided", [_decided(state, place) for place in range(len(state.said))]),
    ]
    facts(console, rows)
    if len(document.readings) > 1:
        heading(console, "What it said", "where a scan told something else than the one before")
        said = (
            f"scan {one.scan}, {one.time:%Y-%m-%d}, {one.level}: {' '.join(one.sentences)}"
            for one in document.readings
        )
        bullets(console, said)


def scans(records: Sequence[ScanRecord], console: Console) -> None:
    """Print a line a scan."""
    if not records:
        return
    table = grid_of(
        ("scan", "time (UTC)", "inputs", "added", "findings", "new", "looked"), wide="looked"
    )
    for column in (table.columns[0], *table.columns[2:6]):
        column.justify = "right"
    for one in records:
        looked = "at everything" if one.complete else f"not at {len(one.incomplete)} things"
        table.add_row(
            plain(str(one.scan)),
            plain(f"{one.time:%Y-%m-%d %H:%M}"),
            *(plain(f"{count:,}") for count in (one.inputs, one.added, one.findings, one.new)),
            plain(looked, "" if one.complete else "bold"),
        )
    console.print(table)


def scan_record(one: ScanRecord, console: Console) -> None:
    """Print what one scan stood on and did."""
    console.print(
        joined((f"SCAN {one.scan}", "bold"), (f"  {one.time:%Y-%m-%d %H:%M:%S} UTC", QUIET))
    )
    window = "no records"
    if one.window_start and one.window_end:
        window = f"{one.window_start:%Y-%m-%d %H:%M} – {one.window_end:%Y-%m-%d %H:%M} UTC"
    rows: list[Fact] = [
        ("records", window, ""),
        ("inputs", f"{one.inputs:,} in {one.segments:,} segments, of which {one.added:,} new", ""),
        ("evidence", one.evidence, ""),
        ("findings", f"{one.findings:,}, of which {one.new:,} for the first time", ""),
        ("took", f"{one.seconds:.1f} s with {one.tool}", ""),
    ]
    facts(console, rows)
    for title, lines in (
        ("Could not look at", one.incomplete),
        ("Not evaluated", one.not_evaluated),
        ("Evaluated", one.evaluated),
    ):
        if lines:
            heading(console, title)
            bullets(console, lines)


def night(document: ScanReport, standings: FindingList) -> str:
    """A line on what a recorded scan tells anew: `Scan 7: nothing new; 12 findings as before.`"""
    now = {one.id for one in document.findings}
    states = Counter(one.standing.state for one in standings.findings if one.standing.id in now)
    live = [f"{states[name]} {_words(name)}" for name in STATES if name in _LIVE and states[name]]
    rest = [
        f"{states[name]} {_words(name)}" for name in STATES if name not in _LIVE and states[name]
    ]
    number = standings.scan.scan if standings.scan else 0
    told = "; ".join((", ".join(live) or "nothing new", *rest))
    return f"Scan {number}: {told}."


def _words(state: str) -> str:
    return state.replace("_", " ")


def _whose(one: StandingFinding) -> str:
    found = one.finding
    who = " → ".join(name for name in (found.actor or found.person, found.target) if name)
    marks = [*(["changed"] if one.standing.changed else [])]
    marks += ["says something else now"] if one.standing.reworded else []
    when = f"{found.last_time:%Y-%m-%d %H:%M}Z"
    return ", ".join((who, when, *marks) if who else (when, *marks))


def _seen(state: Standing) -> str:
    if state.first_scan == state.last_scan:
        return f"seen by scan {state.first_scan}"
    return f"seen by {state.scans} scans, from {state.first_scan} to {state.last_scan}"


def _decided(state: Standing, place: int) -> str:
    said = state.said[place]
    until = f" until {said.until:%Y-%m-%d %H:%MZ}" if said.until else ""
    return f"{said.time:%Y-%m-%d %H:%M}Z {said.author}: {said.kind}{until}: {said.why}"
