"""`forensics ingest`: read logs into a case, with every record accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    catalog_option,
    enrichment_options,
    expansion_options,
    format_option,
    growing_case,
    limits,
    reread_option,
    tell_enrichment,
    tell_ingest,
)
from forensics.cli.progress import watching

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
_COUNTS = ("read", "stored", "duplicate", "rejected")


@click.command(short_help="Read logs into a case, every record accounted for.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--case",
    "case_folder",
    envvar="FORENSICS_CASE",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case to add to; made when it does not exist (also $FORENSICS_CASE).",
)
@click.option("--source", metavar="NAME", help="Take all inputs as this source.")
@catalog_option
@enrichment_options
@expansion_options
@reread_option
@format_option("table", "json")
def command(
    paths: tuple[str, ...],
    case_folder: Path,
    source: str | None,
    catalog_folders: tuple[Path, ...],
    geoip: Path | None,
    ranges: Path | None,
    output_format: str,
) -> int:
    """Read files, folders (recursively), globs or - into a case.

    JSON Lines, JSON arrays and envelopes, and CSV are read, plain or compressed (gzip, zstd, bz2,
    xz). Rosters, accounts, protected targets and policies lying beside logs are taken along. Hidden
    files, documentation and the like, found in a folder, are named and passed over.

    Members of zip and tar archives, archives within archives too, are files of their own, named
    logs.zip!/2026/audit.json. What expands too far, or is encrypted, is named and not read.

    With --geoip or --ranges, addresses and clients are looked up as by forensics enrich.

    The same input twice adds nothing, even after a declaration was corrected: --reread reads files
    anew, each source whole. Own declarations are kept in the case and need not be named again.
    All of an ingest becomes part of the case, or none of it.
    Exit code 4: a file was not a log of a known source, or was damaged; the rest is stored.
    """
    with growing_case(case_folder, catalog_folders) as case, watching() as progress:
        report = case.ingest(
            *paths, source=source, progress=progress, geoip=geoip, ranges=ranges, **limits()
        )
    if output_format == "json":
        delivery.value(_document(report))
    else:
        _table(report, console.out())
    tell_ingest(report)
    if report.enrichment:
        tell_enrichment(report.enrichment)
    elif report.unenriched:
        console.say(
            f"Addresses that were not looked up yet: {report.unenriched:,};"
            " see forensics enrich --help."
        )
    return ExitCode.INCOMPLETE if report.incomplete else ExitCode.CLEAN


def _document(report: IngestReport) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "files": [asdict(one) for one in report.files],
        "context": [asdict(one) for one in report.context],
        "beside": [{"path": one.path, "why": one.note} for one in report.beside],
        "outdated": [asdict(one) for one in report.outdated],
        "enrichment": asdict(report.enrichment) if report.enrichment else None,
        "totals": {
            name: sum(getattr(one, name) for one in report.files) for name in (*_COUNTS, "events")
        },
    }


def _table(report: IngestReport, shown: Console) -> None:
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
        names = [f"{_name(row.path)} ({row.note})" for row in report.beside]
        yield f"Beside the logs, passed over, {len(names):,}: {_named(names)}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = [f"and {more:,} more; forensics sources coverage tells of all"] if more > 0 else []
    return ", ".join([*names[:_MOST_NAMED], *told])


def _name(path: str) -> str:
    """The last part of a path, with the mark of a folder."""
    return path.rstrip("/").rpartition("/")[2] + ("/" if path.endswith("/") else "")


def _sums(rows: Sequence[FileRow]) -> tuple[int, int, int, int]:
    read, stored, duplicate, rejected = (
        sum(getattr(row, name) for row in rows) for name in _COUNTS
    )
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
