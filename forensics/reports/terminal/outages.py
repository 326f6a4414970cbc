"""All outages of a case in a terminal, one line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    stacked,
)
from forensics.reports.times import began, duration, headline

# From how many columns on a time with its bounds, and most lengths, stand on one line.
_ROOMY = 110
_NARROWEST = 8
# How many are listed whether routine or not.
_FEW = 20


def outages(document: OutageList, console: Console, *, every: bool = False) -> None:
    """Print the list, each line to be looked into with `forensics outage TARGET --kind KIND`.

    Of many only those that are no routine have a line each, and the others with `every`.
    """
    count = len(document.outages)
    found = "1 outage" if count == 1 else f"{count:,} outages"
    console.print(joined((found, "bold"), (f"  of {document.objects:,} objects looked at", QUIET)))
    first = [one for one in document.outages if one.reasons]
    routine = [one for one in document.outages if not one.reasons]
    folded = not every and count > _FEW and len(routine) > 1
    if shown := first if folded else document.outages:
        table = grid_of(("from (UTC)", "for", "what", "state", "by", "grade"), wide="what")
        _fit(table, console.width)
        several = len({one.tenant for one in document.outages if one.tenant}) > 1
        for one in shown:
            table.add_row(
                plain(began(one)),
                plain(_length(one), POSSIBLE if one.end_latest is None else ""),
                stacked(
                    joined(one.target, (_kind(one, tenant=several), QUIET)),
                    *(plain(reason, QUIET) for reason in one.reasons),
                ),
                plain(one.state + (f" (+{one.causes - 1})" if one.causes > 1 else "")),
                stacked(
                    joined(one.started_by or _by_none(one), (_others(one), QUIET)),
                    *(plain(uid[:8], QUIET) for uid in one.evidence[:1]),
                ),
                plain(one.grade),
            )
        indented(console, table)
    if folded:
        console.print(joined((f"  {_counted(routine)}", QUIET)))
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
        return f"no end in {duration(one.recorded)}" if one.recorded else "no end seen"
    return headline(Duration(shortest=one.shortest, longest=one.longest))


def _counted(routine: Sequence[ListedOutage]) -> str:
    """The routine ones by kind and state in one line."""
    counts = Counter(f"{one.kind} {one.state}" for one in routine)
    named = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    return f"and {len(routine):,} routine ones ({named}); --all lists them"


def _kind(one: ListedOutage, *, tenant: bool) -> str:
    kind = "" if one.kind == "account" else f"  {one.kind}"
    return kind + (f"  {one.tenant}" if one.tenant and tenant else "")


def _by_none(one: ListedOutage) -> str:
    return "witnesses tell" if one.claims and not one.started_by_uid else "no record"


def _others(one: ListedOutage) -> str:
    return f"  and {one.together} more at once" if one.together else ""
