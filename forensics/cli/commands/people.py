"""`forensics people`: rosters and accounts, and who was who when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    growing_case,
    open_evidence,
    zone_option,
)
from forensics.errors import InputError

if TYPE_CHECKING:
    from forensics.engine import Row


@click.group(short_help="Rosters and accounts: import, show, leavers, unresolved.")
def command() -> None:
    """Who was who when: employment facts, and the persons behind accounts."""


@command.command("import")
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--case",
    "case_folder",
    envvar="FORENSICS_CASE",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case to add to (also $FORENSICS_CASE).",
)
@format_option("text", "json")
def import_(paths: tuple[Path, ...], case_folder: Path, output_format: str) -> int:
    """Add rosters, account lists, protected targets or policies; nothing in the case is replaced.

    Tables are told by their header: EmailAddress,ResignationDate,LastWorkingDate (employees);
    Worker,Provider,ContractEnd (contractors); account,person,kind; target,tier,valid_from.
    """
    from forensics.sources.context import kind_of

    for path in paths:
        with path.open("rb") as file:
            if kind_of(path, file.read(65_536)) is None:
                raise InputError(
                    "This is no roster, account list, list of protected targets or policy.",
                    place=str(path),
                    remedy="See forensics people import --help for the headers that are known.",
                )
    with growing_case(case_folder) as case:
        report = case.ingest(*paths)
        loaded = case.facts.people
        if output_format == "json":
            files = [{"kind": one.kind, "file": one.name} for one in report.context]
            held = {"facts": loaded.facts, "accounts": loaded.accounts}
            delivery.value({"files": files, **held, "problems": case.facts.problems})
            return ExitCode.CLEAN
        told = f"{loaded.facts} employment facts and {loaded.accounts} accounts"
        read = len(report.context)
        delivery.lines([f"{read} file{'' if read == 1 else 's'}; the case now holds {told}."])
        for problem in case.facts.problems:
            console.complain(problem)
    return ExitCode.CLEAN


@command.command("show", cls=LogsCommand)
@click.argument("who")
@click.option("--as-of", metavar="TIME", help="Employment at this time  [default: now].")
@click.option("--known-at", metavar="TIME", help="Believe only what was recorded by then.")
@zone_option
@format_option("text", "json")
@evidence_options
def show(
    who: str,
    as_of: str | None,
    known_at: str | None,
    zone: str,
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Who a person, e-mail or account WHO is, and what their employment was."""
    from datetime import UTC, datetime

    from forensics import people
    from forensics.errors import UsageError
    from forensics.timeline import when

    moment = when.parse(as_of, zone).latest if as_of else datetime.now(UTC)
    known = when.parse(known_at, zone).latest if known_at else None
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found: Any = people.show(case.facts.engine, who, moment, known)
    if not found["people"]:
        raise UsageError(
            f"No roster or account list of this case names {who!r}.",
            remedy="Import one with: forensics people import FILE --case DIR",
        )
    if output_format == "json":
        delivery.value(found)
        return ExitCode.CLEAN
    lines = [f"{who}: {found['person'] or 'may be ' + ' or '.join(found['people'])}"]
    if found["belief"]:
        lines.append(found["belief"]["sentence"])
    lines += [f"account {one['account']} ({one['kind']})" for one in found["accounts"]]
    lines += [_fact(one) for one in found["facts"]]
    delivery.lines(lines)
    return ExitCode.CLEAN


@command.command("leavers", cls=LogsCommand)
@click.option("--window", default="30d", show_default=True, metavar="SPAN", help="So far ahead.")
@click.option("--since", metavar="TIME", help="From this time  [default: now].")
@zone_option
@format_option("text", "json")
@evidence_options
def leavers(
    window: str,
    since: str | None,
    zone: str,
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """People whose access ends within the window, as known now."""
    from datetime import UTC, datetime

    from forensics import people
    from forensics.timeline import when

    start = when.parse(since, zone).earliest if since else datetime.now(UTC)
    until = start + when.window(window)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        if "employment" not in case.facts.engine.relations():
            raise InputError(
                "This case has no roster.",
                remedy="Import one with: forensics people import FILE --case DIR",
            )
        found = people.leavers(case.facts.engine, start, until)
    if output_format == "json":
        delivery.value(found)
    else:
        span = f"{start:%Y-%m-%d %H:%MZ} to {until:%Y-%m-%d %H:%MZ}"
        delivery.lines([f"{len(found)} leaving from {span}", *(_fact(one) for one in found)])
    return ExitCode.CLEAN


@command.command("unresolved", cls=LogsCommand)
@format_option("text", "json")
@evidence_options
def unresolved(
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Acting accounts that no roster or account list resolves to a person, with proposals."""
    from forensics import people

    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found = people.unresolved(case.facts.engine)
    if output_format == "json":
        delivery.value(found)
    else:
        delivery.lines([f"{len(found)} accounts without a person", *(_told(one) for one in found)])
    return ExitCode.CLEAN


def _fact(row: Row) -> str:
    """One employment fact on one line."""
    end = row["last_working_day"] or "end not known"
    recorded = f", recorded {row['recorded_at']:%Y-%m-%d}" if row["recorded_at"] else ""
    zone = f" {row['zone']}" if row["zone"] else ""
    return (
        f"  {row['person']}: {row['kind']}, {row['role'] or 'role not known'}, "
        f"last working day {end}{zone}{recorded} ({row['source']}:{row['source_row']})"
    )


def _told(row: Row) -> str:
    return "  " + ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
