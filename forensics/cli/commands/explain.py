"""`forensics explain`: what goes with each competing explanation of an outage, and what not."""

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


@click.group(short_help="Competing explanations of an outage: the ledger of evidence.")
def command() -> None:
    """Set out what the records say for and against each explanation; nothing is ranked."""


@command.command("outage", cls=LogsCommand)
@click.argument("target")
@click.option("--tenant", metavar="NAME", help="Tenant of TARGET, where several know the name.")
@format_option("text", "json")
@output_option
@evidence_options
def outage(
    target: str,
    tenant: str | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Eighteen questions about each outage of TARGET, and what each answer bears on.

    Mistake, deliberate act, another person, authorised enforcement, failure of the process,
    shared account: each item says what was found, how, and which of these it goes with. What the
    logs do not hold is named as not known. There is no score and no verdict.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.explain(target, tenant)
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.explain(document, shown), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
