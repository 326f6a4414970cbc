"""`forensics outages`: every outage of a case, found in one pass."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forensics.cli import console, delivery, nothing_found, statements
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
    from forensics.findings.course import OutageList

# More accounts than these are counted.
_NAMED = 8


@click.command(
    cls=LogsCommand, short_help="Every account, key, log or post that was out, and when."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only this kind: account, mfa, access_key, audit_logging, content, role, or all; "
    "may be repeated.  [default: all but role]",
)
@click.option(
    "--longer", metavar="SPAN", help="That may have lasted longer than this: 90s, 15m, 3h."
)
@click.option("--shorter", metavar="SPAN", help="That ended and may have lasted less.")
@click.option("--actor", metavar="WHO", help="That this account began or ended.")
@click.option("--open", "open_only", is_flag=True, help="That no end was seen of.")
@click.option("--since", metavar="TIME", help="That may have lasted until then or later.")
@click.option("--until", metavar="TIME", help="That may have begun before then.")
@click.option("--tenant", metavar="NAME", help="Of this tenant, or of none that is told.")
@click.option(
    "--order",
    type=click.Choice(("start", "duration", "target", "actor")),
    default="start",
    show_default=True,
    help="What comes first.",
)
@click.option("--all", "every", is_flag=True, help="List the routine ones too, in a table.")
@statements.statements_option
@click.option("--tz", "zone", default="UTC", show_default=True, metavar="ZONE",
              help="Zone in which --since and --until are read, and shown beside UTC.")  # fmt: skip
@format_option("table", "json", "jsonl", "csv")
@output_option
@evidence_options
def command(
    every: bool,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
    **wanted: Any,
) -> int:
    """List the outages of all objects: between which instants, for how long, by whom.

    An outage is a stretch in which an account was not active, a key did not work, a log was not
    written, a further factor was not in force or a post was not published. A table of many shows
    those that stand out and counts the routine. What tells of one: forensics outage TARGET --kind
    KIND --explain.
    """
    delivery.check(output_format, output)
    said = statements.told()
    case_folder = statements.case_or_nothing(case_folder, logs, said)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.outages(**wanted, statements=said)
        if (who := wanted["actor"]) and not document.outages:
            rest = case.outages(**{**wanted, "actor": None}, statements=said)
            console.say(nothing_found.unnamed(case, "actor", who) or f"None is by {who}.")
            console.say(f"Otherwise outages that fit are by {_by_whom(rest)}.")
        if output_format == "json":
            delivery.document(document, output)
        elif output_format == "table":
            from forensics.reports import terminal

            zone = display_zone(wanted["zone"])
            delivery.view(
                lambda shown: terminal.outages(document, shown, zone, every=every), output
            )
        else:
            from forensics.reports.listing import listing

            delivery.table(listing(document), output_format, output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN


def _by_whom(document: OutageList) -> str:
    """Who began or ended outages, those of the most first."""
    counts = Counter(
        name
        for one in document.outages
        for name in dict.fromkeys((one.started_by, one.ended_by))
        if name is not None
    )
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    more = f" and {len(ranked) - _NAMED} more" if len(ranked) > _NAMED else ""
    return (", ".join(ranked[:_NAMED]) or "nobody") + more
