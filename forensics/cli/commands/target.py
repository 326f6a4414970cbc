"""`forensics target`: what was done to an account or object, by whom, and on whose leave."""

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


@click.command(cls=LogsCommand, short_help="What was done to an account or object, and by whom.")
@click.argument("what")
@click.option("--tenant", metavar="NAME", help="Tenant of WHAT, where several know the name.")
@format_option("text", "json")
@output_option
@evidence_options
def command(
    what: str,
    tenant: str | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """What was done to WHAT: by which accounts and when, with states, approvals and cases.

    First and last seen, operations with outcomes, who acted on it, its outages in brief, sources,
    addresses, agents and tools, hours of the day, with counts.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.target(what, tenant)
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.target(document, shown), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
