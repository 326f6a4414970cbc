"""Counts of events by their values, and notes, as tables in a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from forensics.reports.terminal.parts import QUIET, grid_of, joined, plain, stacked
from forensics.reports.times import beside_utc, offset

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTED = ("events", "first_time", "last_time")
_NOT_SAID = "—"


def counts(
    table: pa.Table, console: Console, zone: tzinfo | None = None, total: int | None = None
) -> None:
    """Print what `tallies.count_by` found, with times in UTC and, if it differs, in `zone`.

    `total` is how many rows there are, where more are than the table has.
    """
    local = beside_utc(zone)
    names = [name for name in table.column_names if name not in _COUNTED]
    values = [table[name].to_pylist() for name in names]
    first, last = (_instants(table, name) for name in ("first_time", "last_time"))
    grid = grid_of([*names, "events", "first", "last"])
    grid.columns[len(names)].justify = "right"
    rows = zip(*values, table["events"].to_pylist(), first, last, strict=True)
    for *said, events, since, until in rows:
        cells = [plain(_NOT_SAID if one is None else _text(one)) for one in said]
        times = (_time(one, local) for one in (since, until))
        grid.add_row(*cells, plain(f"{events:,}"), *times)
    console.print(grid)
    shown = table.num_rows
    of = f" of {total:,}" if total is not None else ""
    note = f"; {_NOT_SAID} the record does not say" if any(None in one for one in values) else ""
    console.print(plain(f"{shown:,}{of} row{'' if (total or shown) == 1 else 's'}{note}", QUIET))


def notes(table: pa.Table, console: Console) -> None:
    """Print notes, each with the event that it stands beside."""
    times, when = (_instants(table, name) for name in ("time", "event_time"))
    rows = table.drop_columns(["time", "event_time", "withdrawn_at"]).to_pylist()
    for row, written, happened in zip(rows, times, when, strict=True):
        head = f"{row['note_id']}  {row['author']}  "
        console.print(joined((head, "bold"), _time(written, None)))
        if happened is None:
            about = "an event that the case no longer shows"
        else:
            said = (row[name] or _NOT_SAID for name in ("actor", "action", "target"))
            about = f"{happened:%Y-%m-%d %H:%M:%S}Z  {'  '.join(said)}"
        console.print(joined(("   ", ""), (f"{row['event_uid'][:8]}  {about}", QUIET)))
        if row["text"]:
            console.print(joined(f"   {row['text']}"))
        if row["tags"]:
            console.print(joined(("   tags ", QUIET), ", ".join(row["tags"])))
        if row["withdrawn_by"]:
            why = f": {row['withdrawn_why']}" if row["withdrawn_why"] else ""
            console.print(joined((f"   withdrawn by {row['withdrawn_by']}{why}", QUIET)))


def _instants(table: pa.Table, name: str) -> list[datetime | None]:
    """Times by way of integers, as Arrow loads pandas for them."""
    micros = table[name].cast("int64").to_pylist()
    return [None if one is None else _EPOCH + timedelta(microseconds=one) for one in micros]


def _time(time: datetime | None, zone: tzinfo | None) -> Text:
    if time is None:
        return plain(_NOT_SAID)
    utc = plain(f"{time:%Y-%m-%d %H:%M:%S}Z")
    if zone is None:
        return utc
    there = time.astimezone(zone)
    return stacked(utc, plain(f"{there:%Y-%m-%d %H:%M:%S}{offset(there)}", QUIET))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
