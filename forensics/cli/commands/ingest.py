"""`forensics ingest`: read logs into a case, with every record accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import catalog_option, format_option, tell_ingest
from forensics.cli.progress import watching

if TYPE_CHECKING:
    from forensics.evidence.ingest import IngestReport

_MOST_FILES = 20


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
@format_option("table", "json")
def command(
    paths: tuple[str, ...],
    case_folder: Path,
    source: str | None,
    catalog_folders: tuple[Path, ...],
    output_format: str,
) -> int:
    """Read files, folders (recursively), globs or - into a case.

    JSON Lines, JSON arrays and envelopes, and CSV are read, plain or compressed (gzip, zstd, bz2,
    xz). Rosters, accounts, protected targets and policies lying beside logs are taken along.

    The same input twice adds nothing. All of an ingest becomes part of the case, or none of it.
    Exit code 4: a file was not a log of a known source, or was damaged; the rest is stored.
    """
    from forensics import api  # noqa: PLC0415
    from forensics.evidence.case import is_case  # noqa: PLC0415

    existed = is_case(case_folder)
    options = {"catalog_folders": catalog_folders}
    opened = (api.open_case if existed else api.create_case)(case_folder, **options)
    try:
        with watching() as progress:
            report = opened.ingest(*paths, source=source, progress=progress)
    except BaseException:
        if not existed:
            _unmake(case_folder)
        raise
    if output_format == "json":
        console.data(_document(report))
    else:
        _table(report, console.out())
    tell_ingest(report)
    return ExitCode.INCOMPLETE if report.incomplete else ExitCode.CLEAN


def _unmake(folder: Path) -> None:
    """Remove a case that this very call made and that holds nothing yet."""
    import shutil  # noqa: PLC0415

    from forensics.evidence.case import CasePaths  # noqa: PLC0415

    if not any(CasePaths(folder).segments.glob("*.parquet")):
        shutil.rmtree(folder, ignore_errors=True)


def _document(report: IngestReport) -> bytes:
    from dataclasses import asdict  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    document = {
        "files": [asdict(one) for one in report.files],
        "context": [asdict(one) for one in report.context],
        "beside": report.beside,
        "totals": {
            name: sum(getattr(one, name) for one in report.files)
            for name in ("read", "stored", "duplicate", "rejected", "events")
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _table(report: IngestReport, shown: object) -> None:
    """A line a file while they are few, else a line a source; then the sum."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from forensics.reports.escaping import terminal  # noqa: PLC0415

    assert isinstance(shown, Console)
    few = len(report.files) <= _MOST_FILES
    table = Table(box=None, pad_edge=False)
    table.add_column("file" if few else "source", overflow="fold")
    for name in ("read", "stored", "duplicate", "rejected"):
        table.add_column(name, justify="right")
    table.add_column("first to last event (UTC)", overflow="fold")
    for label, rows in _grouped(report, few=few):
        counts = [sum(getattr(row, n) for row in rows) for n in ("read", "stored", "duplicate", "rejected")]
        table.add_row(Text(terminal(label)), *(f"{n:,}" for n in counts), _span(rows))
    if len(report.files) > 1:
        totals = [
            sum(getattr(row, n) for row in report.files)
            for n in ("read", "stored", "duplicate", "rejected")
        ]
        table.add_row(f"{len(report.files):,} files", *(f"{n:,}" for n in totals), "")
    shown.print(table)


def _grouped(report: IngestReport, *, few: bool) -> list[tuple[str, list]]:  # type: ignore[type-arg]
    if few:
        return [(f"{row.path} ({row.source or row.status})", [row]) for row in report.files]
    names = sorted({row.source or row.status for row in report.files})
    return [
        (name, [row for row in report.files if (row.source or row.status) == name])
        for name in names
    ]


def _span(rows: list) -> str:  # type: ignore[type-arg]
    firsts = [row.first_time for row in rows if row.first_time]
    lasts = [row.last_time for row in rows if row.last_time]
    if not firsts:
        return ""
    return f"{min(firsts)[:19].replace('T', ' ')} to {max(lasts)[:19].replace('T', ' ')}"
