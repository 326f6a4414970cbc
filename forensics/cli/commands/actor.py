"""`forensics actor`: who an account is, and what it did."""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
)


@click.command(cls=LogsCommand, short_help="Who an account is, and what it did.")
@click.argument("who")
@format_option("text", "json")
@output_option
@evidence_options
def command(
    who: str,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Who the account or person WHO is, as known then and now, and what it did.

    First and last seen, employment over time, operations with outcomes, targets, sources,
    addresses, devices, agents, tools, sessions, hours of the day, and shares beside its peers'.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.actor(who)
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.actor(document, shown), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
