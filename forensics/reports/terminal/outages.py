"""All outages of a case in a terminal, one line each."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from forensics.findings.course import ListedOutage, OutageList
from forensics.findings.document import Duration
from forensics.reports.terminal.parts import (
    POSSIBLE,
    QUIET,
    bullets,
    grid_of,
    heading,
    indented,
    joined,
    plain,
)
from forensics.reports.times import began, headline

# From how many columns on a time with its bounds, and most lengths, stand on one line.
_ROOMY = 110
_NARROWEST = 8


def outages(document: OutageList, console: Console) -> None:
    """Print the list, each line to be looked into with `forensics outage TARGET --kind KIND`."""
    count = len(document.outages)
    found = "1 outage" if count == 1 else f"{count:,} outages"
    console.print(joined((found, "bold"), (f"  of {document.objects:,} objects looked at", QUIET)))
    if count:
        table = grid_of(("from (UTC)", "for", "what", "state", "by", "grade"), wide="what")
        _fit(table, console.width)
        several = len({one.tenant for one in document.outages if one.tenant}) > 1
        for one in document.outages:
            table.add_row(
                plain(began(one)),
                plain(_length(one), POSSIBLE if one.end_latest is None else ""),
                joined(one.target, (_kind(one, tenant=several), QUIET)),
                plain(one.state + (f" (+{one.causes - 1})" if one.causes > 1 else "")),
                joined(one.started_by or "no record", (_others(one), QUIET)),
                plain(one.grade),
            )
        indented(console, table)
    if document.limits:
        heading(console, "Limits")
        bullets(console, document.limits)


def _fit(table: Table, width: int) -> None:
    """Let names share what is left, so that in a narrow terminal no column is cut off."""
    fixed = {0: 26, 1: 16, 3: 14, 5: 5} if width >= _ROOMY else {0: 19, 1: 11, 3: 11, 5: 5}
    left = width - 2 - 2 * (len(table.columns) - 1) - sum(fixed.values())
    for number, column in enumerate(table.columns):
        column.width = fixed.get(number, max(_NARROWEST, left // 2))


def _length(one: ListedOutage) -> str:
    if one.end_latest is None:
        return "no end seen"
    return headline(Duration(shortest=one.shortest, longest=one.longest))


def _kind(one: ListedOutage, *, tenant: bool) -> str:
    kind = "" if one.kind == "account" else f"  {one.kind}"
    return kind + (f"  {one.tenant}" if one.tenant and tenant else "")


def _others(one: ListedOutage) -> str:
    return f"  and {one.together} more at once" if one.together else ""
