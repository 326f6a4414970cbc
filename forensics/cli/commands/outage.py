"""`forensics outage`: an account's outage rebuilt, with bounds, persons, verdicts and evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import delivery, statements
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    display_zone,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
)

if TYPE_CHECKING:
    from rich.console import Console


@click.command(cls=LogsCommand, short_help="Rebuild an account's outage: what, when, who, allowed?")
@click.argument("target")
@click.option(
    "--kind",
    metavar="KIND",
    help="What TARGET is: account, mfa, role, access_key, audit_logging or content  "
    "[default: account, or what has outages].",
)
@click.option("--explain", is_flag=True, help="Show how each bound was derived, step by step.")
@click.option("--tenant", metavar="NAME", help="Tenant of TARGET, where several know the name.")
@statements.statements_option
@click.option("--tz", "zone", metavar="ZONE", help="Zone beside UTC  [default: the actor's].")
@format_option("text", "json")
@output_option
@evidence_options
def command(
    target: str,
    kind: str | None,
    explain: bool,
    tenant: str | None,
    zone: str | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Rebuild what happened to the account TARGET, or to an object of another kind.

    Between which instants it was down, who did it and in which employment status, under which
    case and approval, who restored it, what an independent check saw, and what else the acting
    account did within half an hour: each line with its evidence.
    """
    delivery.check(output_format, output)
    shown_in = display_zone(zone) if zone else None
    said = statements.told()
    case_folder = statements.case_or_nothing(case_folder, logs, said)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.outage(target, tenant, statements=said, kind=kind)
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            def draw(shown: Console) -> None:
                if explain:
                    terminal.headlines(document, shown, shown_in)
                    terminal.derivation(document, shown)
                else:
                    terminal.outage(document, shown, shown_in)

            delivery.view(draw, output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
