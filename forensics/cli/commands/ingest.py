"""`forensics ingest`: read logs into a case, with every record accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.ingest_table import COUNTS, table
from forensics.cli.options import (
    catalog_option,
    enrichment_options,
    expansion_options,
    format_option,
    growing_case,
    limits,
    reread_option,
)
from forensics.cli.progress import watching
from forensics.cli.telling import tell_enrichment, tell_ingest

if TYPE_CHECKING:
    from forensics.evidence.ingest import IngestReport


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
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="With --reread: forget the declaration of that name that the case keeps.",
)
@format_option("table", "json")
def command(
    paths: tuple[str, ...],
    case_folder: Path,
    source: str | None,
    catalog_folders: tuple[Path, ...],
    geoip: Path | None,
    ranges: Path | None,
    without: tuple[str, ...],
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
    anew, each source whole; of one that grew or was rotated, the file that holds its records now.
    Own declarations are kept in the case and need not be named again: one that is given comes
    before them, and --reread --without NAME forgets one.
    All of an ingest becomes part of the case, or none of it.
    Exit code 4: a file was not a log of a known source, or was damaged; the rest is stored.
    """
    with growing_case(case_folder, catalog_folders) as case, watching() as progress:
        report = case.ingest(
            *paths,
            source=source,
            progress=progress,
            geoip=geoip,
            ranges=ranges,
            without=without,
            **limits(),
        )
    if output_format == "json":
        delivery.value(_document(report))
    else:
        table(report, console.out())
    tell_ingest(report)
    if report.kept:
        console.say(f"Read with declarations that the case keeps: {', '.join(report.kept)}.")
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
        "files": [asdict(one) | {"note": one.told} for one in report.files],
        "context": [asdict(one) for one in report.context],
        "beside": [{"path": one.path, "why": one.told} for one in report.beside],
        "kept": report.kept,
        "outdated": [asdict(one) for one in report.outdated],
        "enrichment": asdict(report.enrichment) if report.enrichment else None,
        "totals": {
            name: sum(getattr(one, name) for one in report.files) for name in (*COUNTS, "events")
        },
    }
