"""`forensics clocks`: how far the clock of every source may be off, and what that rests on."""

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


@click.command(cls=LogsCommand, short_help="How far each source's clock may be off, and why.")
@format_option("text", "json")
@output_option
@evidence_options
def command(
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Bound the error of every source's clock, and say what the bounds rest on.

    Clocks are tied to each other by what two sources recorded of one thing: a request, a session,
    a case, an approval, an act and what a check then saw. Where no constant offset fits, the clock
    was set or drifts: it is split there, and each event has the bounds of its own segment.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.clocks()
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.clocks(document, shown), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
