"""Protected targets: which accounts have which tier, and from when until when."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from dateutil.parser import isoparse

from forensics.engine import Row
from forensics.errors import ForensicsError, InputError
from forensics.sources.context import ContextFile, csv_text

COLUMNS = (
    ("target", "VARCHAR"),
    ("tier", "VARCHAR"),
    ("valid_from", "TIMESTAMPTZ"),
    ("valid_to", "TIMESTAMPTZ"),
    ("source", "VARCHAR"),
    ("source_row", "BIGINT"),
)
_HEADER = ("target", "tier", "valid_from")


def read(files: Sequence[ContextFile]) -> tuple[list[Row], tuple[ForensicsError, ...]]:
    """The rows of `protected_targets`, and what could not be read.

    Validity is half-open, [valid_from, valid_to); a time without an offset counts as UTC, an empty
    one as open. `source_row` is the line of the file.
    """
    rows: list[Row] = []
    problems: list[ForensicsError] = []
    for file in files:
        try:
            _read_file(file, rows, problems)
        except (UnicodeDecodeError, csv.Error) as error:
            problems.append(
                InputError(
                    f"The table cannot be read: {error}.",
                    place=file.name,
                    remedy="Save it as CSV in UTF-8.",
                )
            )
    return rows, tuple(problems)


def _read_file(file: ContextFile, rows: list[Row], problems: list[ForensicsError]) -> None:
    text, delimiter = csv_text(file.data)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    if absent := [name for name in _HEADER if name not in header]:
        problems.append(
            InputError(
                f"The columns {', '.join(absent)} are missing.",
                place=file.name,
                remedy="A table of protected targets has target, tier, valid_from and valid_to.",
            )
        )
        return
    reader.fieldnames = header
    for row in reader:
        faults = list(_faults(row))
        if faults:
            problems.extend(
                InputError(fault, place=f"{file.name}:{reader.line_num}", remedy=remedy)
                for fault, remedy in faults
            )
            continue
        rows.append(
            {
                "target": row["target"].strip(),
                "tier": row["tier"].strip().lower(),
                "valid_from": _instant(row["valid_from"]),
                "valid_to": _instant(row.get("valid_to")),
                "source": file.name,
                "source_row": reader.line_num,
            }
        )


def _faults(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for column in ("target", "tier"):
        if not (row.get(column) or "").strip():
            yield f"The column {column} is empty.", "Name the account and its tier."
    bounds: list[datetime] = []
    for column in ("valid_from", "valid_to"):
        try:
            if instant := _instant(row.get(column)):
                bounds.append(instant)
        except (ValueError, OverflowError):
            yield (
                f"{column} {row[column]!r} is not an ISO date or instant.",
                "Write it as 2017-01-20 or 2017-01-20T00:00:00Z.",
            )
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        yield "valid_to does not lie after valid_from.", "Swap the two, or leave valid_to empty."


def _instant(text: str | None) -> datetime | None:
    if not (text or "").strip():
        return None
    instant: datetime = isoparse((text or "").strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
