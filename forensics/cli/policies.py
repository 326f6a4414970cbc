"""Policy files on the command line: read, looked over, and how their tests fared."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.cli import console, delivery
from forensics.cli.options import open_evidence
from forensics.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from forensics.detectors.policy_tests import Failure, PolicyRun
    from forensics.findings.policies import PolicyCheck
    from forensics.policy import Policy
    from forensics.policy.linting import Remark

_STDIN = "standard input"


def contents(paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file; a folder means its .yml files, `-` standard input.

    Raises `InputError` when one cannot be read, and for a folder without any.
    """
    for text in paths:
        if text == "-":
            yield _STDIN, sys.stdin.buffer.read()
            continue
        for path in _files(Path(text)):
            try:
                yield str(path), path.read_bytes()
            except OSError as error:
                message = f"The policy cannot be read: {error.strerror or error}."
                remedy = "Name a file that exists, a folder, or - for standard input."
                raise InputError(message, place=str(path), remedy=remedy) from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.suffix in {".yml", ".yaml"})
    if not found:
        raise InputError(
            "This folder holds no policy.",
            place=str(path),
            remedy="The name of a policy's file ends in .yml or .yaml.",
        )
    return found


# Looked over


def plain_remarks(name: str, remarks: Sequence[Remark]) -> list[dict[str, object]]:
    """Remarks on one file as values for JSON."""
    return [
        {"file": name, "line": one.line, "severity": one.severity, "message": one.message}
        for one in remarks
    ]


def remark_lines(name: str, remarks: Sequence[Remark]) -> list[str]:
    """Remarks on one file, each as editors and terminals understand it."""
    return [f"{name}:{one.line}: {one.severity}: {one.message}" for one in remarks]


def linted(files: int, remarks: Sequence[Remark]) -> str:
    """How many files were looked over and what came of it, in one line."""
    faults = sum(one.severity == "fault" for one in remarks)
    return ", ".join(
        (
            f"{files} file{'' if files == 1 else 's'}",
            f"{faults} fault{'' if faults == 1 else 's'}",
            f"{len(remarks) - faults} warning{'' if len(remarks) - faults == 1 else 's'}",
        )
    )


# Checked


def deliver_checked(document: PolicyCheck, output_format: str, output: Path | None) -> None:
    """Hand over a check; beside what a machine reads, say what is not in it."""
    if output_format == "table":
        from forensics.reports import terminal

        delivery.view(lambda shown: terminal.policy_check(document, shown), output)
        return
    if output_format == "json":
        delivery.document(document, output)
    else:
        from forensics.reports.verdicts import verdicts

        delivery.table(verdicts(document), output_format, output)
    _say_unlisted(document)


def _say_unlisted(document: PolicyCheck) -> None:
    """Say what is only counted, and which policies the case lacks something for."""
    for one in document.unlisted:
        console.say(f"Not listed: {one}.")
    if any(one.unknown > one.unknown_listed for one in document.policies):
        console.say("--all lists every unknown act.")
    for one in dict.fromkeys((*document.incomplete, *document.not_evaluated)):
        console.say(f"Not evaluated: {one}")


# Tests


def to_test(paths: Sequence[str], case_folder: Path | None) -> list[Policy]:
    """The policies of the files; without any those of the case, or else the shipped ones.

    Raises `InputError` where none of the files has a test, `DeclarationError` for a faulty one.
    """
    from forensics.policy import terms

    if not paths:
        if case_folder is None:
            return list(terms.shipped())
        with open_evidence(case_folder, (), ()) as case:
            return list(case.facts.policies.policies)
    found = [terms.parse(data, name) for name, data in contents(paths)]
    if not any(one.tests for one in found):
        remedy = "Write some under the key tests."
        raise InputError("There are no tests.", place=found[0].file, remedy=remedy)
    return found


def runs(policies: Sequence[Policy]) -> Iterator[PolicyRun]:
    """Run the tests of each policy that has any; raises when one cannot be read."""
    from forensics.detectors import policy_tests

    yield from (policy_tests.run(one) for one in policies if one.tests)


def draw(one: PolicyRun, shown: Console) -> None:
    """A line for the file, and below it each failed test: what differs, and what was said."""
    from forensics.reports.escaping import terminal

    marks = "".join("F" if test.failures else "." for test in one.results)
    shown.print(f"{terminal(one.file)} {marks}")
    for test in one.failed:
        for failure in test.failures:
            where = f"{one.file}:{failure.line}: {test.name} ({failure.event})"
            shown.print(f"  {terminal(where)}")
            lines = [*failure.differences, *(f"· {said}" for said in failure.said)]
            lines += [f"· {remark}" for remark in test.remarks]
            for line in lines:
                shown.print(f"    {terminal(line)}")


def counted(done: Sequence[PolicyRun]) -> str:
    """How many tests passed and failed, in one line."""
    count, failed = sum(len(one.results) for one in done), sum(len(one.failed) for one in done)
    passed = f"{count - failed} passed"
    return f"{failed} failed, {passed}" if failed else passed


def plain_run(one: PolicyRun) -> dict[str, object]:
    """The tests of one policy as values for JSON."""
    return {
        "policy": one.policy,
        "file": one.file,
        "tests": [
            {
                "name": test.name,
                "line": test.line,
                "passed": not test.failures,
                "failures": [_plain(failure) for failure in test.failures],
                "remarks": test.remarks,
            }
            for test in one.results
        ],
    }


def _plain(failure: Failure) -> dict[str, object]:
    return {
        "line": failure.line,
        "event": failure.event,
        "differences": failure.differences,
        "said": failure.said,
    }
