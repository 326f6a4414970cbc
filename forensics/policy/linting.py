"""A policy file looked over: every fault of it, and what a good one would not leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from forensics.errors import DeclarationError
from forensics.located import Faults
from forensics.policy import terms, versions
from forensics.policy.model import Policy
from forensics.policy.testing import EXPECTED, PolicyTest, read_tests

Severity = Literal["fault", "warning"]

# What a policy is tested for at the least; an act out of scope is a test of its scope only.
_TESTED = tuple(word for word in EXPECTED if word != "out_of_scope")
_TOLD = {
    "description": "it has no description; say why the policy is there.",
    "refs": "it has no refs; name the control that it serves.",
    "innocent": "it has no innocent; say what may explain a breach that nobody is to blame for.",
    "misses": "it has no misses; say what it cannot see.",
}


@dataclass(frozen=True)
class Remark:
    """One thing to mend, and where.

    A file with a fault is not evaluated or not tested, judges beside another of its id, or does
    not show by tests what it calls a violation, compliant and unknown.
    """

    line: int
    severity: Severity
    message: str


def lint(files: Sequence[tuple[str, bytes]]) -> tuple[tuple[str, tuple[Remark, ...]], ...]:
    """What is wrong with policy files, each by its name and by line, and with them together."""
    parsed: list[Policy] = []
    found: dict[int, list[Remark]] = {}
    for number, (name, data) in enumerate(files):
        try:
            policy = terms.parse(data, name)
        except DeclarationError as error:
            found[number] = [Remark(line, "fault", message) for line, message in error.faults]
            continue
        parsed.append(policy)
        found[number] = list(_remarks(policy))
    for later, said in versions.clashes(parsed):
        number = next(n for n, (name, _) in enumerate(files) if name == later.file)
        found[number].insert(0, Remark(1, "fault", f"{said} {versions.REMEDY}"))
    return tuple((name, tuple(found[number])) for number, (name, _) in enumerate(files))


def _remarks(policy: Policy) -> Iterator[Remark]:
    """Faults of the tests alone where there are any; else what a good policy would not lack."""
    faults = Faults(policy.file)
    tests = read_tests(policy.tests, faults)
    if faults.found:
        yield from (Remark(line, "fault", message) for line, message in sorted(faults.found))
        return
    if untested := _untested(tests):
        yield Remark(1, "fault", untested)
    for key, message in _TOLD.items():
        if not getattr(policy, key):
            yield Remark(1, "warning", message)


def _untested(tests: tuple[PolicyTest, ...]) -> str | None:
    if not tests:
        return "it has no tests; write one of a violation, one compliant and one unknown."
    tested = {one.verdict for test in tests for one in test.expect}
    lacking = [word for word in _TESTED if word not in tested]
    return f"no test expects {' or '.join(lacking)}." if lacking else None
