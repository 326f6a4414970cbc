"""`forensics rules test`: the cases of Sigma rules, run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import format_option
from forensics.cli.rule_options import values_option
from forensics.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from forensics.detectors.rule_tests import RuleTested
    from forensics.rules.load import Rule


@click.command("test", short_help="Run the cases of rules.")
@click.argument(
    "paths", nargs=-1, metavar="[PATH...]", type=click.Path(path_type=Path, exists=True)
)
@values_option
@format_option("text", "json")
def command(paths: tuple[Path, ...], values: Path | None, output_format: str) -> int:
    """Run the cases of rules: what each fires on, and what it is silent on.

    They stand under the key tests of a rule, or beside it, those of NAME.yml in NAME.cases.yml.
    Without a PATH those of the tool's own rules are run. Exit code 1 when a case fails or its rule
    cannot be evaluated, 2 when there are no cases, 4 when only a rule's file is faulty.
    """
    from forensics.rules import load

    given = load.load(paths, values) if paths else load.own()
    done, without = _run(given.rules, paths, values)
    if not done:
        for fault in given.faults:
            console.complain(f"{fault.place}: {fault.message}")
        raise InputError(
            "There are no cases.",
            place=", ".join(map(str, paths)) or None,
            remedy="Write some under the key tests of a rule, or beside it in NAME.cases.yml.",
        )
    if output_format == "json":
        delivery.value([_plain(one) for one in done])
    else:
        delivery.view(lambda shown: _draw(done, shown), None)
    for fault in given.faults:
        console.complain(f"{fault.place}: {fault.message}")
    console.say(_counted(done, without))
    if any(not one.passed for one in done):
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if given.faults else ExitCode.CLEAN


def _run(
    rules: Sequence[Rule], paths: Sequence[Path], values: Path | None
) -> tuple[list[RuleTested], int]:
    """The rules that have cases, run, and how many have none."""
    from forensics.detectors import rule_tests
    from forensics.detectors.rule_coverage import asked
    from forensics.rules import cases, load
    from forensics.sources.declaration import shipped

    everything = asked(paths, values).rules
    ids = {rule.id for rule in rules}
    done: list[RuleTested] = []
    without = 0
    declarations = shipped()
    with load.packs() as folder:
        for rule in (one for one in everything if one.id in ids):
            found = cases.of_rule(rule, everything, None if paths else folder)
            if found is None:
                without += 1
            else:
                done.append(rule_tests.run(rule, found, everything, declarations))
    return done, without


def _draw(done: Sequence[RuleTested], shown: Console) -> None:
    """A line for each rule, and below it each failed case with what decided it."""
    from forensics.reports.escaping import terminal

    for one in done:
        failed = {failure.case for failure in one.failures}
        marks = "".join("F" if case in failed else "." for case in one.cases)
        # A path is there to be copied: the terminal may fold it, the tool does not cut it.
        told = f"{terminal(one.file)} {marks if one.reason is None else 'F'}"
        shown.print(told, markup=False, soft_wrap=True)
        if one.reason is not None:
            shown.print(f"  {terminal(one.title)}: {terminal(one.reason)}", markup=False)
        for failure in one.failures:
            shown.print(f"  {terminal(one.title)}: {failure.case} {failure.message}", markup=False)
            for line in failure.said:
                shown.print(f"    · {terminal(line)}", markup=False)


def _counted(done: Sequence[RuleTested], without: int) -> str:
    count = sum(len(one.cases) for one in done)
    failed = sum(len(one.cases) if one.reason else len(one.failures) for one in done)
    told = f"{failed:,} failed, " if failed else ""
    told += f"{count - failed:,} passed, of {len(done):,} rule{'' if len(done) == 1 else 's'}"
    return told + (f"; {without:,} without cases" if without else "")


def _plain(one: RuleTested) -> dict[str, object]:
    return {
        "rule": one.rule,
        "title": one.title,
        "file": one.file,
        "cases": one.cases,
        "passed": one.passed,
        "reason": one.reason,
        "failures": [
            {"case": failure.case, "message": failure.message, "said": failure.said}
            for failure in one.failures
        ],
    }
