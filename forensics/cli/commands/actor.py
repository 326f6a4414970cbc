"""`forensics actor`: who an account is, and what it did."""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import console
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
)


@click.command(cls=LogsCommand, short_help="Who an account is, and what it did.")
@click.argument("who")
@format_option("text", "json")
@evidence_options
def command(
    who: str,
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Who the account or person WHO is, as known then and now, and what it did.

    First and last seen, kinds of acts, targets, sources, addresses and devices, with counts.
    """
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.actor(who)
        if output_format == "json":
            from forensics.findings.document import encode  # noqa: PLC0415

            console.data(encode(document))
        else:
            from forensics.reports.terminal.actor import actor  # noqa: PLC0415

            actor(document, console.out())
        return ExitCode.INCOMPLETE if logs and is_incomplete(case) else ExitCode.CLEAN
