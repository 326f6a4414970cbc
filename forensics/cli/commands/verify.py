"""`forensics verify`: is the evidence still what custody recorded?"""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import format_option


@click.command(short_help="Check every stored byte of a case against its custody.")
@click.option(
    "--case",
    "case_folder",
    envvar="FORENSICS_CASE",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case to check (also $FORENSICS_CASE).",
)
@format_option("text", "json")
def command(case_folder: Path, output_format: str) -> int:
    """Check segments, context files, catalog and custody chain of a case.

    Exit code 3 when anything was changed, added or removed; each such thing is named.
    """
    from forensics import api

    found = api.open_case(case_folder).verify()
    if output_format == "json":
        from dataclasses import asdict

        delivery.value(asdict(found))
    else:
        for fault in found.faults:
            console.complain(fault)
        for name in found.leftovers:
            console.say(f"left by an interrupted ingest, never read: {name}")
        verdict = "ALTERED" if found.faults else "unaltered"
        console.data(
            f"{verdict}: {found.files} files, {found.segments} segments, {found.context} context"
            f" files, {found.entries} custody entries\ncustody head {found.head}\n"
        )
    return ExitCode.ALTERED if found.faults else ExitCode.CLEAN
