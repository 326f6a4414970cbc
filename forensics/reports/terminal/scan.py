"""The findings of a scan in a terminal, gravest level first."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from forensics.findings.document import LEVELS, Count, Evidence, Finding, ScanReport
from forensics.reports.terminal.coverage import coverage
from forensics.reports.terminal.parts import (
    LEVEL_STYLES,
    QUIET,
    Fact,
    facts,
    indented,
    joined,
    labelled,
    plain,
    stacked,
    value,
)
from forensics.reports.times import between, stamp, stamp_differs

_MOST_EVIDENCE = 8


def scan(document: ScanReport, console: Console) -> None:
    """Print counts by level, every finding with its doubts and evidence, and the coverage."""
    total = len(document.findings)
    console.print(joined((f"SCAN  {total} finding{'' if total == 1 else 's'}", "bold")))
    indented(console, _levels(document))
    for level in reversed(LEVELS):
        for finding in document.findings:
            if finding.level == level:
                _finding(finding, console)
    if not document.findings:
        console.print()
        console.print(plain("No finding is no proof of absence: see what was not evaluated below."))
    coverage(document.coverage, console)


def _levels(document: ScanReport) -> Table:
    grid = Table.grid(padding=(0, 2))
    for level in reversed(LEVELS):
        count = sum(finding.level == level for finding in document.findings)
        shown = plain(f" {level} ", LEVEL_STYLES[level]) if count else plain(f" {level} ", QUIET)
        grid.add_row(shown, plain(str(count)))
    return grid


def _finding(finding: Finding, console: Console) -> None:
    console.print()
    level = (f" {finding.level.upper()} ", LEVEL_STYLES[finding.level])
    console.print(joined(level, "  ", (finding.title, "bold")))
    rows: list[Fact] = [
        ("finding", finding.id, ""),
        ("verdict", value(finding.verdict), ""),
        ("rule", f"{finding.rule} · version {finding.rule_version}", ""),
        ("account", _accounts(finding), ""),
        ("stamped", _span(finding), ""),
    ]
    for label, lines in (
        ("what", finding.sentences),
        ("not known", finding.missing),
        ("counts", [count_in_words(count) for count in finding.counts]),
        ("innocent if", finding.innocent),
        ("refuted by", finding.refutes),
    ):
        rows += labelled(label, lines)
    if finding.refs:
        rows.append(("refs", plain(", ".join(finding.refs), QUIET), ""))
    facts(console, rows + _evidence(finding.evidence))


def count_in_words(count: Count) -> str:
    """`0 of 812: own earlier acts on protected accounts`."""
    return f"{count.n:,} of {count.of:,}: {count.label}"


def _accounts(finding: Finding) -> str:
    shown = finding.actor or "not recorded"
    return f"{shown} → {finding.target}" if finding.target else shown


def _span(finding: Finding) -> str:
    first, last = stamp(finding.first_time), stamp(finding.last_time)
    return f"{first} UTC" if first == last else f"{first} – {last} UTC"


def _evidence(evidence: tuple[Evidence, ...]) -> list[Fact]:
    rows: list[Fact] = []
    for item in evidence[:_MOST_EVIDENCE]:
        stamped = f", stamped {stamp(item.time)}" if stamp_differs(item) else ""
        time = plain(f"{between(item.earliest, item.latest)}{stamped} UTC", QUIET)
        place = plain(f"{item.file}, record {item.record_no}", QUIET)
        rows.append(("" if rows else "evidence", stacked(time, plain(item.sentence), place), ""))
    left = len(evidence) - _MOST_EVIDENCE
    if left > 0:
        rows.append(("", plain(f"and {left} more, all in the saved finding", QUIET), ""))
    return rows
