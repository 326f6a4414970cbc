"""`forensics scans`: the scans that a case records."""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import case_option, format_option, open_evidence
from forensics.errors import UsageError


@click.group(short_help="The scans that a case records: list, show.")
def command() -> None:
    """What each recorded scan looked at, could not look at, and found."""


@command.command("list")
@format_option("table", "json")
@case_option
def list_(output_format: str, case_folder: Path | None) -> int:
    """All recorded scans, oldest first."""
    with open_evidence(case_folder, (), ()) as case:
        found = case.scans()
    if not found:
        console.say("No scan is recorded. Record one with: forensics scan --case DIR --record")
    if output_format == "json":
        delivery.value(found)
    else:
        from forensics.reports import terminal

        delivery.view(lambda page: terminal.scans(found, page), None)
    return ExitCode.CLEAN


@command.command("show")
@click.argument("number", type=click.IntRange(min=1))
@format_option("text", "json")
@case_option
def show(number: int, output_format: str, case_folder: Path | None) -> int:
    """One scan: what it stood on, what it evaluated, and what not."""
    with open_evidence(case_folder, (), ()) as case:
        scans = case.scans()
    found = next((one for one in scans if one.scan == number), None)
    if found is None:
        raise UsageError(
            f"There is no scan {number}.",
            remedy=f"There are {len(scans)}." if scans else "None is recorded in this case.",
        )
    if output_format == "json":
        delivery.value(found)
    else:
        from forensics.reports import terminal

        delivery.view(lambda page: terminal.scan_record(found, page), None)
    return ExitCode.CLEAN
