"""`forensics policy backtest`: policies tried as controls on the record of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    zone_option,
)


@click.command("backtest", cls=LogsCommand)
@click.argument("policies", nargs=-1, required=True, metavar="POLICY...")
@click.option("--since", metavar="TIME", help="Try it on acts from then on.")
@click.option("--until", metavar="TIME", help="On acts before then; a date means its whole day.")
@click.option(
    "--incidents",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="YAML or CSV list of id, label (incident or benign), and events, or target, from, to; "
    "also actor, harm.",
)
@click.option(
    "--assume-approval",
    default="30m",
    show_default=True,
    metavar="SPAN",
    help="How long an approval takes where too few are on record.",
)
@click.option(
    "--assume-ticket",
    default="5m",
    show_default=True,
    metavar="SPAN",
    help="How long it takes to open a ticket or case, and to name it.",
)
@click.option(
    "--assume-unapproved",
    is_flag=True,
    help="Where nothing records approvals, take no act to have had one.",
)
@zone_option
@format_option("table", "json", "jsonl", "csv", "html")
@output_option
@evidence_options
def command(
    policies: tuple[str, ...],
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
    **wanted: Any,
) -> int:
    """Try policies as controls on past acts: what each would have prevented, and at what price.

    POLICY is a file, or the id of a policy of the case. Which acts would have been stopped or
    delayed, which incidents of a list prevented, how many legitimate acts hindered, whose, at what
    hours and for how long; several policies side by side. Formats csv and jsonl have a row a
    policy. Exit code 4 says that one could not be tried, for a relation that the case lacks.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.backtest(*policies, **wanted)
        match output_format:
            case "json":
                delivery.document(document, output)
            case "table":
                from forensics.reports import terminal

                delivery.view(lambda shown: terminal.backtest(document, shown), output)
            case "html":
                from forensics.reports import html

                delivery.data(html.backtest(document).encode("utf-8"), output)
            case _:
                from forensics.reports.compared import compared

                delivery.table(compared(document), output_format, output)
        unread = is_incomplete(case, logs)
        untried = any(one.not_evaluated for one in document.controls)
        return ExitCode.INCOMPLETE if unread or untried else ExitCode.CLEAN
