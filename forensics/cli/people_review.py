"""`forensics people review`: what somebody who leaves did in the weeks before."""

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


@click.command("review", cls=LogsCommand, short_help="What a leaver did before the end.")
@click.argument("who")
@click.option(
    "--look-back",
    default="90d",
    show_default=True,
    metavar="SPAN",
    help="From so long before notice on, or before the end where no notice is told.",
)
@format_option("table", "json", "jsonl", "csv")
@output_option
@evidence_options
def command(
    who: str,
    look_back: str,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Acts of a leaver WHO that take away, need rights or move data, to be looked through.

    Counted by the phase of employment, with what was done for the first time, what lies within 30
    days of notice, in the last 60 days and after access ended. A departure that was taken back is
    told, and reviewed as it was believed in until then. It is a list, not a finding.
    """
    from forensics.timeline import when

    delivery.check(output_format, output)
    span = when.window(look_back)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.review(who, span)
        if output_format == "json":
            delivery.document(document, output)
        elif output_format == "table":
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.review(document, shown), output)
        else:
            from forensics.reports.reviewed import listing

            delivery.table(listing(document), output_format, output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
