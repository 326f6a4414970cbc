"""`forensics rules explain`: one rule about one event, part by part."""

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


@click.command("explain", cls=LogsCommand, short_help="Why a rule matched an event, or did not.")
@click.argument("rule")
@click.argument("event")
@rules_option
@values_option
@format_option("text", "json")
@output_option
@evidence_options
def command(
    rule: str,
    event: str,
    paths: tuple[Path, ...],
    values: Path | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Whether RULE matched the event whose id begins with EVENT, and which part of it did not.

    RULE is an id or its beginning, a file or a title. Each part is told with the values found in
    the record; of a correlation, the groups that the event fell in, and its rules. Exit code 4:
    the rule is not supported, another rule's file is faulty, or part of --logs could not be read.
    """
    from forensics.reports import terminal

    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.explain_rule(rule, event, paths, values)
        unread = is_incomplete(case, logs)
    if output_format == "json":
        delivery.document(document, output)
    else:
        delivery.view(lambda shown: terminal.rule_explanation(document, shown), output)
    lost = document.answer.status == "unsupported" or bool(document.incomplete)
    return ExitCode.INCOMPLETE if lost or unread else ExitCode.CLEAN
