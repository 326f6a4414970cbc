"""A policy file looked over: every fault of it, and what a good one would not leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from forensics.errors import DeclarationError
from forensics.located import Faults
from forensics.policy import terms
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
    """One thing to mend, and where; a file with a fault is not evaluated, or not tested."""

    line: int
    severity: Severity
    message: str


def lint(data: bytes, name: str) -> tuple[Remark, ...]:
    """What is wrong with a policy file, by line; warnings only where nothing is."""
    try:
        policy = terms.parse(data, name)
    except DeclarationError as error:
        return tuple(Remark(line, "fault", message) for line, message in error.faults)
    faults = Faults(name)
    tests = read_tests(policy.tests, faults)
    if faults.found:
        return tuple(Remark(line, "fault", message) for line, message in sorted(faults.found))
    return tuple(Remark(1, "warning", message) for message in _warnings(policy, tests))


def _warnings(policy: Policy, tests: tuple[PolicyTest, ...]) -> Iterator[str]:
    yield from (message for key, message in _TOLD.items() if not getattr(policy, key))
    tested = {one.verdict for test in tests for one in test.expect}
    untested = [word for word in _TESTED if word not in tested]
    if not tests:
        yield "it has no tests; write one of a violation, one compliant and one unknown."
    elif untested:
        yield f"no test expects {' or '.join(untested)}."
