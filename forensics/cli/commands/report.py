"""`forensics report`: a self-contained HTML report of an outage or a scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from forensics.cli import delivery, statements
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    assumed,
    display_zone,
    evidence_options,
    is_incomplete,
    open_evidence,
)

if TYPE_CHECKING:
    from forensics.reports.html import Sharing

_TLP = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")

_output = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The report: x.html, or x.json for the document itself.",
)
_tlp = click.option(
    "--tlp",
    type=click.Choice(_TLP),
    default="TLP:AMBER+STRICT",
    show_default=True,
    help="Who may read it, as TLP 2.0 label.",
)


@click.group(short_help="A self-contained report: HTML or JSON, no network needed.")
def command() -> None:
    """Write a report that stands alone: one file, no network, readable on paper."""


@command.command("outage", cls=LogsCommand)
@click.argument("target")
@click.option("--tenant", metavar="NAME", help="Tenant of TARGET, where several know the name.")
@statements.statements_option
@click.option("--tz", "zone", metavar="ZONE", help="Zone beside UTC  [default: the actor's].")
@_tlp
@_output
@evidence_options
def outage(
    target: str,
    tenant: str | None,
    zone: str | None,
    tlp: str,
    output: Path,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The reconstruction of TARGET's outages, with evidence index and limits."""
    from forensics.reports import html

    shown_in = display_zone(zone) if zone else None
    kind = _kind(output)
    said = statements.told()
    case_folder = statements.case_or_nothing(case_folder, logs, said)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.outage(target, tenant, statements=said)
        if kind == "json":
            delivery.document(document, output)
        else:
            shaped = _shaped_by({"--tenant": tenant, "--tz": zone, "--tlp": tlp})
            page = html.outage(document, zone=shown_in, tlp=cast("Sharing", tlp), options=shaped)
            delivery.data(page.encode("utf-8"), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN


@command.command("explanations", cls=LogsCommand)
@click.argument("target")
@click.option("--tenant", metavar="NAME", help="Tenant of TARGET, where several know the name.")
@_tlp
@_output
@evidence_options
def explanations(
    target: str,
    tenant: str | None,
    tlp: str,
    output: Path,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The ledger of competing explanations of TARGET's outages."""
    from forensics.reports import html

    kind = _kind(output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.explain(target, tenant)
        if kind == "json":
            delivery.document(document, output)
        else:
            page = html.explanations(document, tlp=cast("Sharing", tlp))
            delivery.data(page.encode("utf-8"), output)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN


@command.command("scan", cls=LogsCommand)
@_tlp
@_output
@evidence_options
def scan(
    tlp: str,
    output: Path,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """All findings of a scan, gravest first, with what could not be evaluated."""
    from forensics.reports import html

    kind = _kind(output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.scan()
        if kind == "json":
            delivery.document(document, output)
        else:
            delivery.data(html.scan(document, tlp=cast("Sharing", tlp)).encode("utf-8"), output)
        return ExitCode.INCOMPLETE if is_incomplete(case) else ExitCode.CLEAN


def _shaped_by(named: Mapping[str, str | None]) -> list[str]:
    """The options that a report came of, those left out that have no value of their own."""
    given = [(name, value) for name, value in named.items() if value is not None]
    given += [("--statements", str(path)) for path in statements.files()]
    given += [("--assume", told) for told in assumed()]
    return [word for pair in given for word in pair if pair != ("--tlp", _TLP[1])]


def _kind(output: Path) -> str:
    """The format a file name asks for, checked before any work is done."""
    kind = output.suffix.lower().lstrip(".")
    if kind not in {"html", "json"}:
        raise click.UsageError(
            f"{output}: a report is written as .html or .json.", click.get_current_context()
        )
    delivery.check(kind, output)
    return kind
