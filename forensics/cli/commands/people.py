"""`forensics people`: rosters and accounts, and who was who when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forensics.cli import console, delivery, people_check, people_review, rosters
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    growing_case,
    open_evidence,
    zone_option,
)


@click.group(short_help="Rosters and accounts: who was who, who leaves.")
def command() -> None:
    """Who was who when: employment facts, and the persons behind accounts."""


command.add_command(people_check.command)
command.add_command(people_review.command)


@command.command("import", short_help="Add rosters, account lists and the like.")
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
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="TOML that says what the columns of another roster mean; the case keeps it.",
)
@format_option("text", "json")
def import_(
    paths: tuple[Path, ...], case_folder: Path, mapping: Path | None, output_format: str
) -> int:
    """Add rosters, accounts, shifts, protected targets or policies; nothing is replaced.

    Tables are told by their header: EmailAddress,ResignationDate,LastWorkingDate (employees);
    Worker,Provider,ContractEnd (contractors); account,person,kind; PersonId,Start,End (shifts);
    target,tier,valid_from. A directory's users are SCIM or Okta JSON, or a CSV report. A roster
    exported again is a snapshot: a changed row is a new fact, a missing one a question of check.

    A mapping is TOML: feed = "employees", dates = "day first", then under [columns] lines such
    as PersonId = "Employee #" and LastWorkingDate = "Last Day". Exit code 4 says that part of a
    file could not be read.
    """
    with growing_case(case_folder) as case:
        report = rosters.add(case, paths, mapping)
        loaded = case.facts.people
        files = rosters.taken(case, report)
        code = ExitCode.INCOMPLETE if rosters.lost(report, loaded.problems) else ExitCode.CLEAN
        if output_format == "json":
            held = {"facts": loaded.facts, "accounts": loaded.accounts}
            delivery.value({"files": files, **held, "problems": case.facts.problems})
        else:
            delivery.lines(rosters.imported(files, loaded, mapping))
            for problem in case.facts.problems:
                console.complain(problem)
    return code


@command.command("show", cls=LogsCommand, short_help="Who somebody is, and was then.")
@click.argument("who")
@click.option("--as-of", metavar="TIME", help="Then, or all of this day  [default: last event].")
@click.option("--known-at", metavar="TIME", help="Believe what was recorded by then, or that day.")
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
    """Who a person, e-mail or account WHO is, and what their employment was.

    As known now, or with --known-at as it was known then; then every row of a roster about them.
    """
    from forensics import people
    from forensics.errors import UsageError
    from forensics.timeline import when

    given = when.parse(as_of, zone) if as_of else None
    known = rosters.last_moment(when.parse(known_at, zone)) if known_at else None
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        moment, said = rosters.as_of(case.facts, given)
        engine = case.facts.engine
        found: Any = people.show(engine, who, moment.earliest, known, until=moment.latest)
    if not found["people"]:
        raise UsageError(
            f"No roster or account list of this case names {who!r}.",
            remedy="Check the spelling, or add a roster: forensics people import FILE --case DIR",
        )
    if output_format == "json":
        delivery.value(found)
    else:
        delivery.lines(rosters.shown(found, said))
    return ExitCode.CLEAN


@command.command("leavers", cls=LogsCommand, short_help="Whose access ends soon.")
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
    """People whose access ends within the window, as known now, and their phase at its start.

    A leaver on whose end rosters differ is one line, with each end. Whoever resigned before the
    window's end without a last day being known is listed too.
    """
    from datetime import UTC, datetime

    from forensics.timeline import when

    start = when.parse(since, zone).earliest if since else datetime.now(UTC)
    until = start + when.window(window)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found = rosters.leaving(case.facts.engine, start, until)
    if output_format == "json":
        delivery.value(found)
    else:
        delivery.lines(list(rosters.leavers(found, start, until)))
    return ExitCode.CLEAN


@command.command("unresolved", cls=LogsCommand, short_help="Accounts without a person.")
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
        delivery.lines([f"{len(found)} accounts without a person", *rosters.unresolved(found)])
    return ExitCode.CLEAN
