"""`forensics people check`: what is to be asked about rosters and accounts."""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import delivery, rosters
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import LogsCommand, evidence_options, format_option, open_evidence


@click.command("check", cls=LogsCommand, short_help="What to ask about rosters and accounts.")
@format_option("text", "json")
@evidence_options
def command(
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """What rosters and accounts contradict, leave out or tell too late; to be asked, not judged.

    Ends on which rosters or rows differ, duplicates, managers in a circle, ends that are missing,
    without a zone or recorded late, people missing from a snapshot, accounts active after an end.
    Whether acts were allowed is not asked here, but by forensics policy check.

    Exit code 4 says that part of a roster or list could not be read.
    """
    from forensics import people

    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found = people.check(case.facts.engine, case.facts.people.problems)
    if output_format == "json":
        delivery.value(found)
    else:
        delivery.lines([f"{len(found)} to ask about", *rosters.questions(found)])
    unread = any(one["what"] == "unread" for one in found)
    return ExitCode.INCOMPLETE if unread else ExitCode.CLEAN
