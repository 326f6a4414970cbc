"""Counts of a summary in a terminal: operations with outcomes, addresses, hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics.findings.profile import AddressTally, Hours, OperationTally, SessionTally, Tally
from forensics.reports.terminal.parts import (
    LABEL,
    QUIET,
    grid_of,
    heading,
    indented,
    joined,
    plain,
)

MOST = 12
_WIDE = 110
_BLOCKS = "▁▂▃▄▅▆▇█"
_OUTCOMES = ("success", "failure", "denied", "pending", "unknown")


def day_or_minute(time: datetime, console: Console) -> str:
    """An instant in UTC to the minute; the day alone where the terminal is narrow."""
    return f"{time:%Y-%m-%d %H:%M}" if console.width >= _WIDE else f"{time:%Y-%m-%d}"


def tallies(title: str, rows: Sequence[Tally], console: Console) -> None:
    """Print values with how often and between when they occur; nothing without any."""
    if not rows:
        return
    heading(console, title)
    table = _table(("count", "what", "first (UTC)", "last (UTC)"), "what")
    for row in rows[:MOST]:
        table.add_row(plain(f"{row.n:,}"), plain(row.name), *_span(row, console))
    _finish(table, len(rows), console)


def operations(rows: Sequence[OperationTally], console: Console) -> None:
    """Print operations with the counts of their outcomes."""
    if not rows:
        return
    heading(console, "Operations", "with their outcomes, most frequent first")
    table = _table(("count", "operation", "outcomes", "first (UTC)", "last (UTC)"), "operation")
    for row in rows[:MOST]:
        named = joined(row.action, (f"  {row.operation}" if row.operation else "", QUIET))
        came = [(getattr(row, name), name) for name in _OUTCOMES if getattr(row, name)]
        told = "all success" if row.success == row.n else ", ".join(f"{n:,} {of}" for n, of in came)
        table.add_row(plain(f"{row.n:,}"), named, plain(told), *_span(row, console))
    _finish(table, len(rows), console)


def addresses(rows: Sequence[AddressTally], console: Console) -> None:
    """Print source addresses; country and system where a record or an enrichment tells."""
    if not rows:
        return
    known = any(row.country or row.asn for row in rows)
    heading(console, "Addresses", "" if known else "country and system are not recorded")
    table = _table(("count", "address", "where", "first (UTC)", "last (UTC)"), "address")
    for row in rows[:MOST]:
        parts = (row.country, f"AS {row.asn.removeprefix('AS')}" if row.asn else None)
        where = " · ".join(part for part in parts if part)
        table.add_row(
            plain(f"{row.n:,}"), plain(row.address), plain(where or "—"), *_span(row, console)
        )
    _finish(table, len(rows), console)


def sessions(rows: Sequence[SessionTally], total: int, console: Console) -> None:
    """Print the latest sessions: when their records began and ended, and where from."""
    if not rows:
        return
    heading(console, "Sessions", "latest first, by their records (UTC)")
    table = _table(("count", "session", "began", "ended", "in, from"), "in, from")
    table.columns[2].no_wrap, table.columns[4].no_wrap = True, False
    for row in rows[:MOST]:
        end = f"{row.last_time:%H:%M}"
        if row.last_time.date() != row.first_time.date():
            end = f"{row.last_time:%m-%d %H:%M}"
        where = " · ".join(part for part in (row.source, row.device, row.address) if part)
        table.add_row(
            plain(f"{row.n:,}"),
            plain(row.session),
            plain(f"{row.first_time:%Y-%m-%d %H:%M}", QUIET),
            plain(end, QUIET),
            plain(where),
        )
    _finish(table, max(total, len(rows)), console)


def hours(found: Hours, console: Console) -> None:
    """Print a bar of records by hour of the day: the worker's zone, with UTC beside it."""
    rows = [(found.zone or "", found.local)] if found.local else []
    rows.append(("UTC", found.utc))
    if not any(found.utc):
        return
    note = f"zone by the {found.zone_basis}" if found.zone_basis else "no zone is known but UTC"
    heading(console, "Hours of the day", note)
    each = 3 if console.width >= _WIDE else 2
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=LABEL, no_wrap=True)
    grid.add_column(no_wrap=True)
    scale = "".join(f"{hour:02}".ljust(3 * each) for hour in range(0, 24, 3))
    grid.add_row(plain(""), plain(scale, QUIET))
    for name, counts in rows:
        bar = "".join(_block(count, max(counts)) * (each - 1) + " " for count in counts)
        grid.add_row(plain(name), plain(bar))
    indented(console, grid)
    busiest = ", ".join(f"{counts.index(max(counts)):02} {name}" for name, counts in rows)
    indented(console, plain(f"most in the hour from {busiest}: {max(found.utc):,}", QUIET))


def _block(count: int, top: int) -> str:
    return _BLOCKS[-(-count * len(_BLOCKS) // top) - 1] if count else "·"


def _table(columns: Sequence[str], wide: str) -> Table:
    table = grid_of(columns, wide=wide)
    table.columns[0].justify = "right"
    for column in (table.columns[0], *table.columns[-2:]):
        column.no_wrap = True
    return table


def _span(row: Tally | OperationTally | AddressTally, console: Console) -> tuple[Text, Text]:
    first, last = (day_or_minute(time, console) for time in (row.first_time, row.last_time))
    return plain(first, QUIET), plain(last, QUIET)


def _finish(table: Table, count: int, console: Console) -> None:
    indented(console, table)
    if count > MOST:
        indented(console, plain(f"and {count - MOST} more; -t json lists them", QUIET))
