"""A timeline in a terminal: a line an event, under a heading a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forensics.reports.terminal.histogram import histogram
from forensics.reports.terminal.parts import POSSIBLE, QUIET, joined, plain
from forensics.reports.times import beside_utc, offset

if TYPE_CHECKING:
    import pyarrow as pa

_WIDE = 120
_TABLE_ROWS = 500
_SHOWN = (
    *("event_uid", "time", "time_precision", "time_basis", "actor", "action", "operation"),
    *("target", "outcome", "record_no", "file", "raw", "notes", "tags", "matched"),
    *("first_seen", "seen", "order_to_previous", "asserted_state"),
)
# How much of an id is shown: so much tells events apart, but for very few.
_ID = 8
_MATCHED = "▸"
# By the precision that was written: how many characters of HH:MM:SS.ffffff the record had.
_DIGITS = {"us": 15, "ms": 12, "s": 8, "min": 5, "day": 0}
_LOCAL_DIGITS = 8
_BASES = {
    "assumed": ("~", "the record names no zone; one was assumed"),
    "ambiguous": ("?", "clocks were set back; the stamp names two times"),
    "nonexistent": ("?", "clocks were set forward; no clock showed that time"),
}
_UNORDERED = ("≈", "the order of this event and the one above it is not established")
_REVERSED = ("↑", "its number puts it before the event above it, against their stamps")
_ORDERS = {"not established": _UNORDERED, "before": _REVERSED}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timeline(
    table: pa.Table,
    console: Console,
    zone: tzinfo | None = None,
    bins: pa.Table | None = None,
    total: int | None = None,
) -> None:
    """Print events in the order given, as stamped, in UTC and, if it differs, in `zone`.

    Times have the digits that the record had; a mark says where UTC, or the order, is not certain.
    `table` has the columns of the event table and `file`; what a column `raw`, `notes`, `tags` or
    `first_seen` holds is shown below its event. Files are numbered, and named below the last
    event. `bins` are drawn above, see `histogram`. `total` is how many events fit, where more do.
    """
    if bins is not None:
        histogram(bins, console)
    local = beside_utc(zone)
    files = {file: number for number, file in enumerate(table["file"].unique().to_pylist(), 1)}
    marked = "matched" in table.column_names
    furthest = max((one or 0 for one in table["record_no"].to_pylist()), default=0)
    place = len(f"{len(files)}:{furthest}")
    edges = (int(marked), _clock_width(table), 12 if local else 0, _ID, place)
    for batch in table.to_batches(max_chunksize=_TABLE_ROWS):
        for day, events in groupby(_rows(batch), key=lambda event: _day(event["time"], local)):
            console.print(plain(day, "bold"))
            _print_events(list(events), console, local, files, edges)
    console.print(plain(_sum(table, total), QUIET))
    for note in _footnotes(table):
        console.print(plain(note, QUIET))
    for file, number in files.items():
        console.print(plain(f"file {number}: {file or 'not recorded'}", QUIET))


def _sum(table: pa.Table, total: int | None) -> str:
    shown = table.num_rows
    of = f" of {total:,}" if total is not None else ""
    if "matched" not in table.column_names:
        return f"{shown:,}{of} event{'' if (total or shown) == 1 else 's'}"
    matched = table["matched"].to_pylist().count(True)
    said = f"{shown:,} event{'' if shown == 1 else 's'}"
    return f"{said}, of which {matched:,}{of} were asked for ({_MATCHED})"


def _footnotes(table: pa.Table) -> Iterable[str]:
    """What each mark beside a time means, where it was used."""
    used = _distinct(table, "time_basis") | _distinct(table, "order_to_previous")
    marks = {**_BASES, **_ORDERS}
    return (f"{mark} {meaning}" for told, (mark, meaning) in marks.items() if told in used)


def _clock_width(table: pa.Table) -> int:
    """How wide the finest time with its mark is."""
    finest = max((_digits(one) for one in _distinct(table, "time_precision")), default=0)
    marked = not _BASES.keys().isdisjoint(_distinct(table, "time_basis"))
    unordered = not _ORDERS.keys().isdisjoint(_distinct(table, "order_to_previous"))
    return max(finest, _LOCAL_DIGITS) + marked + unordered


def _distinct(table: pa.Table, name: str) -> set[str | None]:
    return set(table[name].unique().to_pylist()) if name in table.column_names else {None}


def _digits(precision: str | None) -> int:
    return _DIGITS.get(precision or "", _DIGITS["ms"])


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The shown columns as dicts; instants by way of integers, as Arrow loads pandas for them."""
    names = [name for name in _SHOWN if name in batch.schema.names]
    columns = [batch.column(name) for name in names]
    values = [
        (_instant(one) for one in column.cast("int64").to_pylist())
        if name == "time"
        else column.to_pylist()
        for name, column in zip(names, columns, strict=True)
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _day(time: datetime | None, zone: tzinfo | None) -> str:
    if time is None:
        return "no time recorded"
    beside = f" · {zone} (UTC{offset(time.astimezone(zone))})" if zone else ""
    return f"{time.astimezone(UTC):%Y-%m-%d} UTC{beside}, as stamped"


def _print_events(
    events: list[dict[str, Any]],
    console: Console,
    zone: tzinfo | None,
    files: dict[str, int],
    edges: tuple[int, int, int, int, int],
) -> None:
    wide = console.width >= _WIDE
    grid = _grid(console.width, edges)
    for event in events:
        matched = [plain(_MATCHED if event["matched"] else "", POSSIBLE)] if edges[0] else []
        ident = plain((event.get("event_uid") or "")[:_ID], QUIET)
        place = plain(f"{files[event['file']]}:{event['record_no']}", QUIET)
        grid.add_row(*matched, *_clocks(event, zone), ident, *_cells(event, wide=wide), place)
        if below := list(_below(event)):
            console.print(grid)
            for line in below:
                console.print(line)
            grid = _grid(console.width, edges)
    if grid.row_count:
        console.print(grid)


def _below(event: dict[str, Any]) -> Iterable[Text]:
    """Lines for what an event holds beside its cells."""
    if event.get("first_seen"):
        values = ", ".join(event["first_seen"])
        more = f" ({event['seen']:,} events)" if event["seen"] > 1 else ""
        yield joined(("    first of ", QUIET), (values, POSSIBLE), (more, QUIET))
    if event.get("tags"):
        yield joined(("    tags ", QUIET), ", ".join(event["tags"]))
    for note in event.get("notes") or ():
        yield joined(("    note ", QUIET), note)
    if event.get("raw") is not None:
        yield joined(("    " + event["raw"], QUIET))


def _grid(width: int, edges: tuple[int, int, int, int, int]) -> Table:
    """A line an event; columns of a width of 0 are not there, and texts share what is left."""
    mark, clock, local, ident, place = edges
    grid = Table.grid(padding=(0, 1))
    for size, style in ((mark, ""), (clock, ""), (local, QUIET), (ident, "")):
        if size:
            grid.add_column(no_wrap=True, width=size, style=style)
    free = width - sum(size + 1 for size in (mark, clock, local, ident, place) if size)
    shares = (20, 26, 30, 8) if width >= _WIDE else (15, 22, 15)
    for share in shares:
        grid.add_column(overflow="fold", width=share * free // sum(shares) - 1)
    grid.add_column(no_wrap=True, width=place)
    return grid


def _clocks(event: dict[str, Any], zone: tzinfo | None) -> list[Text]:
    time: datetime | None = event["time"]
    if time is None:
        return [plain("")] * (1 if zone is None else 2)
    utc = time.astimezone(UTC)
    digits = _digits(event.get("time_precision"))
    mark, _ = _BASES.get(event.get("time_basis") or "", ("", ""))
    order, _ = _ORDERS.get(event.get("order_to_previous") or "", ("", ""))
    clocks = [joined(f"{utc:%H:%M:%S.%f}"[:digits], (mark, POSSIBLE), (order, QUIET))]
    if zone is not None and digits:
        there = time.astimezone(zone)
        shown = f"{there:%H:%M:%S}"[:digits]
        days = (there.date() - utc.date()).days
        clocks.append(plain(f"{shown}{' +1d' if days > 0 else ' −1d' if days else ''}"))
    elif zone is not None:
        clocks.append(plain(""))
    return clocks


def _cells(event: dict[str, Any], *, wide: bool) -> list[Text]:
    action = event["action"] or "other"
    act = plain(action if action != "other" else event["operation"] or action)
    if event.get("asserted_state"):
        act.append_text(plain(f": {event['asserted_state']}"))
    outcome = event["outcome"] or "unknown"
    style = QUIET if outcome == "success" else POSSIBLE
    cells = [plain(event["actor"] or "—"), act, plain(event["target"] or "—")]
    if wide:
        return [*cells, plain(outcome, style)]
    if outcome not in ("success", "unknown"):
        act.append_text(plain(f" ({outcome})", style))
    return cells
