"""What an ingest made of its files, as a table in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from forensics.evidence.catalog import FileRow
    from forensics.evidence.ingest import IngestReport

_MOST_FILES = 20
_MOST_NAMED = 5
_MIXED = "records of other sources"
# What files that hold no records of a known source are called, the gravest first.
_TOLD = {
    "unreadable": "Unreadable",
    "damaged": "Damaged",
    "unrecognised": "Not recognised as logs",
    "empty": "Empty",
    "not_a_log": "Known to be no logs",
    "empty_page": "Of no records",
    "archive": "Archives, whose members are counted as files",
    "repeated": "Archives read before",
}
COUNTS = ("read", "stored", "duplicate", "rejected")


def table(report: IngestReport, shown: Console) -> None:
    """A row a file of logs while they are few, else a row a source; then what is none."""
    from rich.text import Text

    from forensics.reports.escaping import terminal
    from forensics.reports.terminal.parts import common_folder, files_read

    logs = [row for row in report.files if row.source]
    few = len(logs) <= _MOST_FILES
    folder = common_folder([row.path for row in logs]) if few else ""
    rows = [
        (label.removeprefix(folder), _sums(held), _notes(held, named=few))
        for label, held in _grouped(logs, few=few)
    ]
    if len(logs) > 1:
        rows.append((f"{len(logs):,} files", _sums(logs), ""))
    if folder:
        shown.print(Text(terminal(f"in {folder}"), style="dim"))
    if rows:
        files_read(shown, rows, of="file" if few else "source")
    for line in _no_logs(report):
        shown.print(Text(terminal(line)))
    if not few and any(_MIXED in (row.note or "") for row in logs):
        shown.print(
            "Files that hold records of several sources are counted with that of most;"
            " forensics sources coverage counts each record with its own."
        )


def _no_logs(report: IngestReport) -> Iterator[str]:
    """A line for each kind of what is no log, with its first few names."""
    held: dict[str, list[str]] = {}
    for row in report.files:
        if not row.source:
            held.setdefault(row.status, []).append(_name(row.path))
    for status in sorted(held, key=lambda one: ([*_TOLD, one].index(one), one)):
        names = held[status]
        yield f"{_TOLD.get(status, status)}, {len(names):,}: {_named(names)}"
    if report.beside:
        names = [f"{_name(row.path)} ({row.told})" for row in report.beside]
        yield f"Beside the logs, passed over, {len(names):,}: {_named(names)}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = [f"and {more:,} more; forensics sources coverage tells of all"] if more > 0 else []
    return ", ".join([*names[:_MOST_NAMED], *told])


def _name(path: str) -> str:
    """The last part of a path, with the mark of a folder."""
    return path.rstrip("/").rpartition("/")[2] + ("/" if path.endswith("/") else "")


def _sums(rows: Sequence[FileRow]) -> tuple[int, int, int, int]:
    read, stored, duplicate, rejected = (sum(getattr(row, name) for row in rows) for name in COUNTS)
    return read, stored, duplicate, rejected


def _grouped(logs: Sequence[FileRow], *, few: bool) -> list[tuple[str, list[FileRow]]]:
    if few:
        return [(row.path, [row]) for row in logs]
    names = sorted({row.source for row in logs if row.source})
    return [(name, [row for row in logs if row.source == name]) for name in names]


def _notes(rows: Sequence[FileRow], *, named: bool) -> str:
    """The source of a file or how many files one is of, and from when to when its events are."""
    told = [rows[0].source or "" if named else f"{len(rows):,} file{'s' * (len(rows) > 1)}"]
    firsts = [row.first_time for row in rows if row.first_time]
    lasts = [row.last_time for row in rows if row.last_time]
    if firsts:
        told.append(f"{min(firsts):.16} – {max(lasts):.16}".replace("T", " ") + " UTC")
    return " · ".join(told)
