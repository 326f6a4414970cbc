"""`forensics rules profile`: what each rule costs."""

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
from forensics.cli.rule_options import rules_option, values_option


@click.command("profile", cls=LogsCommand, short_help="What each rule costs.")
@rules_option
@values_option
@format_option("table", "json")
@output_option
@evidence_options
def command(
    paths: tuple[Path, ...],
    values: Path | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The processor time of each rule asked alone, the dearest first, and of all in one pass.

    A scan asks all rules together, which costs far less than their sum. Times are never twice the
    same, and stand in no other answer. Exit code 4: a rule is faulty or not supported, or part of
    --logs could not be read.
    """
    from forensics.reports import terminal

    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.profile_rules(paths, values)
        unread = is_incomplete(case, logs)
    if output_format == "json":
        delivery.document(document, output)
    else:
        delivery.view(lambda shown: terminal.rule_profile(document, shown), output)
    return ExitCode.INCOMPLETE if document.incomplete or unread else ExitCode.CLEAN
