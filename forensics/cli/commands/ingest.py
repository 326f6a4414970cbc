"""`forensics ingest`: read logs into a case, with every record accounted for."""

from __future__ import annotations

from collections.abc import Sequence
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
    tell_enrichment,
    tell_ingest,
)
from forensics.cli.progress import watching

if TYPE_CHECKING:
    from rich.console import Console

    from forensics.evidence.catalog import FileRow
    from forensics.evidence.ingest import IngestReport

_MOST_FILES = 20
_MOST_BESIDE = 8
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

    The same input twice adds nothing. All of an ingest becomes part of the case, or none of it.
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
        "enrichment": asdict(report.enrichment) if report.enrichment else None,
        "totals": {
            name: sum(getattr(one, name) for one in report.files) for name in (*_COUNTS, "events")
        },
    }


def _table(report: IngestReport, shown: Console) -> None:
    """A line a file while they are few, else a line a source; then the sum."""
    from rich.table import Table
    from rich.text import Text

    from forensics.reports.escaping import terminal

    few = len(report.files) <= _MOST_FILES
    table = Table(box=None, pad_edge=False)
    table.add_column("file" if few else "source", overflow="fold")
    for name in _COUNTS:
        table.add_column(name, justify="right")
    table.add_column("first to last event (UTC)", overflow="fold")
    for label, rows in _grouped(report, few=few):
        table.add_row(Text(terminal(label)), *_sums(rows), _span(rows))
    if len(report.files) > 1:
        table.add_row(f"{len(report.files):,} files", *_sums(report.files), "")
    shown.print(table)
    if report.beside:
        shown.print(Text(terminal(_beside(report.beside))))


def _beside(rows: Sequence[FileRow]) -> str:
    """One line that names what was passed over, and why."""
    told = [f"{_name(row.path)} ({row.note})" for row in rows[:_MOST_BESIDE]]
    more = len(rows) - len(told)
    told += [f"and {more:,} more; forensics sources coverage lists all"] if more else []
    return f"{len(rows):,} beside the logs {'was' if len(rows) == 1 else 'were'} passed over: " + (
        ", ".join(told)
    )


def _name(path: str) -> str:
    """The last part of a path, with the mark of a folder."""
    return path.rstrip("/").rpartition("/")[2] + ("/" if path.endswith("/") else "")


def _sums(rows: Sequence[FileRow]) -> list[str]:
    return [f"{sum(getattr(row, name) for row in rows):,}" for name in _COUNTS]


def _grouped(report: IngestReport, *, few: bool) -> list[tuple[str, list[FileRow]]]:
    if few:
        return [(f"{row.path} ({row.source or row.status})", [row]) for row in report.files]
    names = sorted({row.source or row.status for row in report.files})
    return [
        (name, [row for row in report.files if (row.source or row.status) == name])
        for name in names
    ]


def _span(rows: Sequence[FileRow]) -> str:
    firsts = [row.first_time for row in rows if row.first_time]
    lasts = [row.last_time for row in rows if row.last_time]
    if not firsts:
        return ""
    return f"{min(firsts)[:19].replace('T', ' ')} to {max(lasts)[:19].replace('T', ' ')}"
