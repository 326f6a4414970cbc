"""`forensics rules`: Sigma rules: which there are, their faults, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forensics.cli import console, delivery, rule_explain, rule_profile, rule_test
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
)
from forensics.cli.rule_options import moment, rules_option, settings_options, values_option

if TYPE_CHECKING:
    from rich.console import Console

    from forensics.findings.rules import RuleEntry

_paths = click.argument(
    "paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path, exists=True)
)


@click.group(short_help="Sigma rules: list, lint, coverage, explain, profile, test.")
def command() -> None:
    """Sigma rules, the tool's own and those of files and folders.

    Published rules run as they are on the raw records of their log source; rules of the category
    admin_action on every source.
    """


command.add_command(rule_explain.command)
command.add_command(rule_profile.command)
command.add_command(rule_test.command)


@command.command("list", short_help="The rules that there are.")
@_paths
@values_option
@format_option("table", "json", "jsonl", "csv", "parquet")
@output_option
def list_(
    paths: tuple[Path, ...], values: Path | None, output_format: str, output: Path | None
) -> int:
    """The tool's own rules, and those of files and folders beside them, the gravest first.

    Those of one level are in the order of their titles. A rule is named by its id or its beginning,
    its file or its title. Exit code 4: a rule is faulty.
    """
    from forensics.detectors.rule_coverage import asked, by_level, entries, replacements
    from forensics.reports import terminal

    delivery.check(output_format, output)
    found = asked(paths, values)
    told = by_level(entries(found))
    _deliver(told, told, lambda shown: terminal.rules(told, shown), output_format, output)
    for line in (*replacements(told), *(f"{one.place}: {one.message}" for one in found.faults)):
        console.complain(line)
    return ExitCode.INCOMPLETE if found.faults else ExitCode.CLEAN


@command.command("lint", short_help="Every fault of rule files.")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(path_type=Path, exists=True),
)
@values_option
@format_option("text", "json")
def lint(paths: tuple[Path, ...], values: Path | None, output_format: str) -> int:
    """Look rule files over: what keeps a rule from being evaluated or from ever matching, and more.

    Warnings are what a good rule has. Exit code 2 when a rule is faulty or not supported.
    """
    from forensics.rules import linting
    from forensics.rules.load import load

    found = load(paths, values)
    remarks = linting.lint(found)
    if output_format == "json":
        names = ("place", "severity", "message")
        delivery.value([{name: getattr(one, name) for name in names} for one in remarks])
    else:
        delivery.lines([f"{one.place}: {one.severity}: {one.message}" for one in remarks])
    count = len(found.rules)
    warnings = sum(one.severity == "warning" for one in remarks)
    faults = sum(one.severity == "fault" for one in remarks)
    console.say(
        f"{count:,} rule{'' if count == 1 else 's'}, "
        f"{faults:,} fault{'' if faults == 1 else 's'}, "
        f"{warnings:,} warning{'' if warnings == 1 else 's'}"
    )
    return ExitCode.USAGE if faults else ExitCode.CLEAN


@command.command("coverage", cls=LogsCommand, short_help="What became of each rule in a case.")
@rules_option
@values_option
@settings_options
@format_option("table", "json", "jsonl", "csv", "parquet")
@output_option
@evidence_options
def coverage(
    paths: tuple[Path, ...],
    values: Path | None,
    rule_settings: Path | None,
    as_of: str | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Ask every rule of a case: over how many records, what matched, or why it was not evaluated.

    Exit code 4: a rule is faulty or not supported, or part of --logs could not be read.
    """
    from forensics.detectors.rule_coverage import replacements
    from forensics.reports import terminal

    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.rule_coverage(paths, values, rule_settings, moment(as_of))
        unread = is_incomplete(case, logs)
    _deliver(
        document,
        document.rules,
        lambda shown: terminal.rule_coverage(document, shown),
        output_format,
        output,
    )
    for line in replacements(document.rules):
        console.complain(line)
    return ExitCode.INCOMPLETE if document.incomplete or unread else ExitCode.CLEAN


def _deliver(
    whole: Any,
    entries: tuple[RuleEntry, ...],
    draw: Callable[[Console], None],
    output_format: str,
    output: Path | None,
) -> None:
    if output_format == "table":
        delivery.view(draw, output)
    elif output_format == "json":
        if isinstance(whole, tuple):
            delivery.value(whole)
        else:
            delivery.document(whole, output)
    else:
        from forensics.reports.rule_rows import rule_rows

        delivery.table(rule_rows(entries), output_format, output)
