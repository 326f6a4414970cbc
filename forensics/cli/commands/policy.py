"""`forensics policy`: rules of permission as files: what they say of a case, tried and tested."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from forensics.cli import asking, console, delivery, policies, policy_backtest
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    case_option,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
    zone_option,
)

_LEVELS = ("informational", "low", "medium", "high", "critical")
_named = click.argument("named", nargs=-1, metavar="[POLICY...]")


@click.group(short_help="Policies as code: list, lint, test, check, explain, backtest.")
def command() -> None:
    """What was allowed: policies over acts, their verdicts, and their own tests.

    A policy is a YAML file; those beside the logs are the case's own and replace the shipped ones
    of their id.
    """


command.add_command(policy_backtest.command)


@command.command("list", cls=LogsCommand, short_help="Policies, and what a case lacks for them.")
@format_option("text", "json")
@evidence_options
def list_(
    output_format: str,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The shipped policies, or those of a case and what it lacks to judge by them."""
    from forensics.detectors.policy_check import entries
    from forensics.policy import terms

    if case_folder is None and not logs:
        found = entries(terms.shipped())
    else:
        with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
            found = case.policies()
    if output_format == "json":
        delivery.value(found)
    else:
        from forensics.reports import terminal

        delivery.view(lambda shown: terminal.policies(found, shown), None)
    return ExitCode.CLEAN


@command.command("lint", short_help="Every fault of a policy file, by line.")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@format_option("text", "json")
def lint(paths: tuple[str, ...], output_format: str) -> int:
    """Look policy files over: every fault with its line, and what a good policy would not lack.

    FILE may be a folder, or - for standard input. Exit code 2 when a file is faulty, has not a test
    each of a violation, a compliant and an unknown act, or is in force beside another of its id.
    """
    from forensics.policy.linting import lint

    found = lint(list(policies.contents(paths)))
    everything = [one for _, remarks in found for one in remarks]
    if output_format == "json":
        delivery.value([row for one in found for row in policies.plain_remarks(*one)])
    else:
        delivery.lines([line for one in found for line in policies.remark_lines(*one)])
    console.say(policies.linted(len(found), everything))
    return ExitCode.USAGE if any(one.severity == "fault" for one in everything) else ExitCode.CLEAN


@command.command("test", short_help="Run the tests in policy files.")
@click.argument("paths", nargs=-1, metavar="[FILE...]")
@format_option("text", "json")
@case_option
def test(paths: tuple[str, ...], output_format: str, case_folder: Path | None) -> int:
    """Run the tests in policy files; without any, those of the case, or of the shipped policies.

    Each test is a case of a few records in memory; nothing is kept of it. FILE may be a folder, or
    - for standard input. Exit code 1 when a test fails.
    """
    asked = policies.to_test(paths, case_folder)
    done = []
    for run in policies.runs(asked):
        done.append(run)
        if output_format == "text":
            delivery.view(partial(policies.draw, run), None)
    if output_format == "json":
        delivery.value([policies.plain_run(run) for run in done])
    for one in asked:
        if not one.tests:
            console.say(f"{one.file}: no tests")
    console.say(policies.counted(done))
    return ExitCode.FINDINGS if any(one.failed for one in done) else ExitCode.CLEAN


@command.command("check", cls=LogsCommand, short_help="Judge every act of a case.")
@_named
@asking.who_and_when
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List every unknown act, also of policies that ignore them.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    help="Exit with 1 when there is a violation of this level or above.",
)
@zone_option
@format_option("table", "json", "jsonl", "csv", "parquet")
@output_option
@evidence_options
def check(
    named: tuple[str, ...],
    fail_on: str | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
    everything: bool,
    **asked: Any,
) -> int:
    """Judge every act of a case: violations, what is not known and why, how many are compliant.

    POLICY is an id or a file (.yml); without any, all policies of the case are asked. Formats csv,
    jsonl and parquet have a row for every verdict that is not compliant, json all beside it;
    compliant acts are counted, and listed where their target is protected. What is only counted is
    told. Exit code 4: a policy is faulty or could not be evaluated, or part of --logs could not be
    read.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        if everything:
            asked["most"] = None
        document = case.check_policies(*named, **asked)
        policies.deliver_checked(document, output_format, output)
        unread = is_incomplete(case, logs)
    if document.incomplete or unread:
        return ExitCode.INCOMPLETE
    grave = fail_on is not None and any(
        one.value == "violation" and _LEVELS.index(one.level) >= _LEVELS.index(fail_on)
        for one in document.verdicts
    )
    return ExitCode.FINDINGS if grave else ExitCode.CLEAN


@command.command("explain", cls=LogsCommand, short_help="Every policy about one act.")
@click.argument("event")
@_named
@format_option("text", "json")
@output_option
@evidence_options
def explain(
    event: str,
    named: tuple[str, ...],
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Every policy about the act whose id begins with EVENT: in scope or why not, each answer.

    Each predicate's answer is told as it was known at the act and as it is known now.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.explain_policies(event, *named)
    if output_format == "json":
        delivery.document(document, output)
    else:
        from forensics.reports import terminal

        delivery.view(lambda shown: terminal.policy_explanation(document, shown), output)
    return ExitCode.INCOMPLETE if document.incomplete else ExitCode.CLEAN
