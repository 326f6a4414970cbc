"""CSV tables that lie beside logs, read row by row: checked cells, instants with their bounds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from forensics.engine import Row
from forensics.errors import ForensicsError, InputError
from forensics.sources.context import ContextFile, csv_text

# What is written without a zone can be meant in any: from the easternmost to the westernmost.
_OUTERMOST = (timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))
_DATE_ONLY = len("2017-11-02")

Bounds = tuple[datetime | None, datetime | None]
OPEN: Bounds = (None, None)


@dataclass(frozen=True)
class TableRow:
    """One row: its cells that are not blank, by column in lower case, and its line in the file."""

    cells: Mapping[str, str]
    line: int

    def bounds(self, column: str) -> Bounds:
        """Bounds in UTC of the instant in a cell, by the row's `timezone`; open where it is blank.

        A date means its first moment. Without an offset and a zone the bounds lie 26 hours apart;
        a time that came twice, or never, has both readings. Raises `ValueError` with a sentence.
        """
        text = self.cells.get(column)
        return _bounds(text, self.zone) if text else OPEN

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone that the row names; raises `ValueError` when there is none of that name."""
        name = self.cells.get("timezone")
        try:
            return ZoneInfo(name) if name else None
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"the time zone {name!r} is unknown; write an IANA name") from error

    def day(self, column: str) -> date:
        """The date in a cell; raises `ValueError` with a sentence when it is none."""
        text = self.cells.get(column, "")
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{column} {text!r} is not a date; write it as 2017-11-02") from error


def _bounds(text: str, zone: ZoneInfo | None) -> Bounds:
    try:
        written: datetime = isoparse(text)
        if written.tzinfo is not None:
            instant = written.astimezone(UTC)
            return instant, instant
        if zone is None:
            earliest, latest = (_utc(written, place) for place in _OUTERMOST)
            return earliest, latest
        folds = (0,) if len(text) <= _DATE_ONLY else (0, 1)
        readings = sorted(_utc(written.replace(fold=fold), zone) for fold in folds)
    except (ValueError, OverflowError) as error:
        said = f"{text!r} is not an ISO date or instant; write it as 2017-11-02T22:00:00Z"
        raise ValueError(said) from error
    return readings[0], readings[-1]


def _utc(naive: datetime, zone: tzinfo) -> datetime:
    return naive.replace(tzinfo=zone).astimezone(UTC)


def not_after(begin: Bounds, end: Bounds) -> bool:
    """Whether something certainly ends before, or when, it begins."""
    return bool(begin[0] and end[1] and end[1] <= begin[0])


def read(
    files: Sequence[ContextFile],
    columns: Collection[str],
    what: str,
    made: Callable[[TableRow], Row],
) -> tuple[list[Row], tuple[ForensicsError, ...]]:
    """What `made` makes of every row of the files, and what could not be read.

    `made` raises `ValueError` with a sentence for a row that is to be left out. Each row is given
    `source` and `source_row`, the file's name and the line. Columns other than those are named.
    """
    rows: list[Row] = []
    problems: list[ForensicsError] = []
    for file in files:
        try:
            for row in _rows(file, columns, what, problems):
                try:
                    place = {"source": file.name, "source_row": row.line}
                    rows.append({**made(row), **place})
                except ValueError as error:
                    problems.append(_left_out(f"{file.name}:{row.line}", str(error), what))
        except (UnicodeDecodeError, csv.Error) as error:
            message = f"The table cannot be read: {error}."
            problems.append(InputError(message, place=file.name, remedy="Save it as CSV in UTF-8."))
    return rows, tuple(problems)


def _rows(
    file: ContextFile, columns: Collection[str], what: str, problems: list[ForensicsError]
) -> Iterator[TableRow]:
    text, delimiter = csv_text(file.data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in next(reader, [])]
    if odd := sorted({name for name in header if name and name not in columns}):
        message = f"Columns that are not read: {', '.join(map(repr, odd[:12]))}."
        remedy = f"A {what} has {', '.join(sorted(columns))}."
        problems.append(InputError(message, place=f"{file.name}:1", remedy=remedy))
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            said = f"the row has {len(cells)} cells, the header {len(header)}"
            problems.append(_left_out(f"{file.name}:{reader.line_num}", said, what))
            continue
        named = zip(header, cells, strict=True)
        told = {name: cell.strip() for name, cell in named if name in columns and cell.strip()}
        yield TableRow(told, reader.line_num)


def _left_out(place: str, why: str, what: str) -> InputError:
    message = f"The row is not read: {why}."
    return InputError(message, place=place, remedy=f"Correct the row of this {what}.")
