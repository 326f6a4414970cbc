"""The findings of a scan in a terminal, gravest level first, the lesser ones in short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics.findings.document import LEVELS, Count, Evidence, Finding, Level, ScanReport
from forensics.findings.rules import short_id
from forensics.reports.correlated import correlated
from forensics.reports.terminal.coverage import coverage
from forensics.reports.terminal.parts import (
    LEVEL_STYLES,
    QUIET,
    Fact,
    facts,
    indented,
    joined,
    labelled,
    pieces_of,
    plain,
    stacked,
    value,
)
from forensics.reports.times import between, stamp, stamp_differs, stamped

_IN_FULL: tuple[Level, ...] = ("critical", "high", "medium")
_MOST_EVIDENCE = 8
_MOST_EVIDENCE_IN_SHORT = 2


def scan(document: ScanReport, console: Console) -> None:
    """Print counts by level, the findings with their doubts and evidence, and the coverage.

    Findings of level low are told in short, informational ones in a table.
    """
    total = len(document.findings)
    console.print(joined((f"SCAN  {total} finding{'' if total == 1 else 's'}", "bold")))
    if document.window_start and document.window_end:
        window = _span(document.window_start, document.window_end)
        indented(console, plain(f"records from {window}", QUIET))
    indented(console, _levels(document))
    for level in _IN_FULL:
        for finding in _of(document, level):
            one_finding(finding, console)
    for finding in _of(document, "low"):
        _title(finding.level, plain(finding.title, "bold"), console)
        facts(console, _in_short(finding))
    _in_a_table(_of(document, "informational"), console)
    if not document.findings:
        console.print()
        console.print(plain("No finding is no proof of absence: see what was not evaluated below."))
    coverage(document.coverage, console)


def one_finding(finding: Finding, console: Console) -> None:
    """Print one finding in full."""
    _title(finding.level, plain(finding.title, "bold"), console)
    facts(console, _in_full(finding))


def count_in_words(count: Count) -> str:
    """`0 of 812: own earlier acts on protected accounts`."""
    return f"{_figures(count)}: {count.label}"


def _of(document: ScanReport, level: Level) -> list[Finding]:
    return [finding for finding in document.findings if finding.level == level]


def _levels(document: ScanReport) -> Text:
    line = Text()
    for level in reversed(LEVELS):
        count = len(_of(document, level))
        shown = plain(f" {level} ", LEVEL_STYLES[level] if count else QUIET)
        line.append_text(shown).append_text(plain(f" {count}   "))
    line.rstrip()
    return line


def _title(level: Level, title: Text, console: Console) -> None:
    console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(plain(f" {level.upper()} ", LEVEL_STYLES[level]), title)
    console.print(grid)


def _in_full(finding: Finding) -> list[Fact]:
    rows: list[Fact] = [
        ("verdict", value(finding.verdict), ""),
        ("account", _accounts(finding), ""),
        ("stamped", _span(finding.first_time, finding.last_time), ""),
    ]
    for label, lines in (
        ("what", finding.sentences),
        ("together", correlated(finding.correlation)),
        ("not known", finding.missing),
        ("counts", [count_in_words(count) for count in finding.counts]),
        ("innocent if", finding.innocent),
        ("refuted by", finding.refutes),
    ):
        rows += labelled(label, lines)
    rows += _evidence(finding.evidence, _MOST_EVIDENCE)
    rows.append(
        ("rule", plain(f"{short_id(finding.rule)} · version {finding.rule_version}", QUIET), "")
    )
    if finding.refs:
        rows.append(("refs", plain(", ".join(finding.refs), QUIET), ""))
    rows.append(("finding", plain(finding.id, QUIET), ""))
    return rows


def _in_short(finding: Finding) -> list[Fact]:
    rows: list[Fact] = [
        ("account", _accounts(finding), ""),
        ("stamped", _span(finding.first_time, finding.last_time), ""),
    ]
    rows += labelled("what", finding.sentences[:1])
    rows += labelled("together", correlated(finding.correlation))
    rows += labelled("not known", finding.missing)
    rows += labelled("counts", [count_in_words(count) for count in finding.counts])
    rows += _evidence(finding.evidence, _MOST_EVIDENCE_IN_SHORT)
    rule = joined(value(finding.verdict), (f" · {short_id(finding.rule)} · {finding.id}", QUIET))
    return [*rows, ("finding", rule, "")]


def _in_a_table(findings: Sequence[Finding], console: Console) -> None:
    if not findings:
        return
    brief = f"{len(findings)} in brief; `forensics report scan` tells them in full"
    _title("informational", plain(brief, QUIET), console)
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.title, finding.verdict), []).append(finding)
    columns = ("account", "count", "stamped (UTC)", "finding")
    piece = pieces_of(columns, map(_cells, findings), console)
    indented(console, piece())
    for (rule, title, _), members in groups.items():
        table = piece()
        for finding in members:
            cells = (plain(cell, QUIET) for cell in _cells(finding))
            table.add_row(joined("  ", _accounts(finding)), *cells)
        labels = {one.counts[-1].label for one in members if one.counts}
        counted = f"  count: {labels.pop()}" if len(labels) == 1 else ""
        verdict = value(members[0].verdict)
        named = joined((short_id(rule), "bold"), f"  {title}  ", verdict, (counted, QUIET))
        indented(console, named)
        indented(console, table)


def _cells(finding: Finding) -> tuple[str, str, str]:
    """How often, between which days, and under which id."""
    times = finding.first_time.astimezone(UTC), finding.last_time.astimezone(UTC)
    first, last = (f"{time:%Y-%m-%d}" for time in times)
    counted = _figures(finding.counts[-1]) if finding.counts else "not counted"
    return counted, first if first == last else f"{first} – {last}", finding.id


def _figures(count: Count) -> str:
    return f"{count.n:,} of {count.of:,}"


def _accounts(finding: Finding) -> str:
    several = finding.correlation is not None and finding.correlation.accounts > 1
    shown = finding.actor or ("several" if several else "not recorded")
    return f"{shown} → {finding.target}" if finding.target else shown


def _span(start: datetime, end: datetime) -> str:
    first, last = stamp(start), stamp(end)
    return f"{first} UTC" if first == last else f"{first} – {last} UTC"


def _evidence(evidence: Sequence[Evidence], most: int) -> list[Fact]:
    """The first events, each file named once above its own."""
    files: dict[str, list[Evidence]] = {}
    for item in evidence[:most]:
        files.setdefault(item.file, []).append(item)
    shown: list[Text] = []
    for file, items in files.items():
        shown.append(plain(file, QUIET))
        shown += (stacked(plain(_place(item), QUIET), plain(item.sentence)) for item in items)
    left = len(evidence) - most
    if left > 0:
        shown.append(plain(f"and {left} more in the report", QUIET))
    return labelled("evidence", shown)


def _place(item: Evidence) -> str:
    told = f", stamped {stamped(item)}" if stamp_differs(item) else ""
    when = between(item.earliest, item.latest)
    return f"{item.event_uid[:8]}, record {item.record_no}, {when}{told}"
