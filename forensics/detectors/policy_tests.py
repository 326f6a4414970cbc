"""The tests in a policy file, run: each over a case that is made of its few rows, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forensics.detectors.preparing import prepare
from forensics.errors import ForensicsError
from forensics.evidence.imagined import imagined
from forensics.policy import Policy
from forensics.policy.examining import Examined, examine
from forensics.policy.testing import Expectation, Expected, PolicyTest, parsed_tests
from forensics.policy.verdict import Value, Verdict

_VERDICTS: dict[Value, Expected] = {
    "violation": "violation",
    "compliant": "compliant",
    "unknown": "unknown",
    "not_applicable": "out_of_scope",
}


@dataclass(frozen=True)
class Failure:
    """One expectation that is not met: what differs, and what the policy says of the act."""

    line: int
    event: str
    differences: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How one test fared; `remarks` are what was odd about its tables."""

    name: str
    line: int
    failures: tuple[Failure, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class PolicyRun:
    """How the tests of one policy fared, in the order of the file."""

    policy: str
    file: str
    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The tests of which an expectation is not met."""
        return tuple(one for one in self.results if one.failures)


def run(policy: Policy) -> PolicyRun:
    """Run the tests of a policy; raises `DeclarationError` when one of them cannot be read."""
    results = tuple(_result(policy, test) for test in parsed_tests(policy))
    return PolicyRun(policy.id, policy.file, results)


def _result(policy: Policy, test: PolicyTest) -> Result:
    engine = imagined(test.events)
    try:
        prepared = prepare(
            engine,
            test.context,
            tolerances=test.tolerances,
            default_zone=test.zone,
            asking=(policy,),
        )
        found = examine(engine, (policy,), {one.event for one in test.expect})
    finally:
        engine.close()
    by_event = {one.event_uid: one for one in found if not one.today}
    failures = [_failure(one, by_event.get(one.event)) for one in test.expect]
    problems = (*prepared.people.problems, *prepared.policies.problems)
    return Result(
        test.name,
        test.line,
        tuple(one for one in failures if one.differences),
        tuple(_remark(one) for one in problems),
    )


def _remark(problem: ForensicsError | object) -> str:
    place, message = getattr(problem, "place", None), getattr(problem, "message", str(problem))
    return f"{place}: {message}" if place else message


def _failure(wanted: Expectation, found: Examined | None) -> Failure:
    verdict = None
    if found is not None:
        verdict = found.at_act if wanted.as_known == "at_act" else found.now
    differences = tuple(_differences(wanted, verdict))
    return Failure(wanted.line, wanted.event, differences, tuple(_said(found, verdict)))


def _differences(wanted: Expectation, verdict: Verdict | None) -> Iterator[str]:
    got: Expected = _VERDICTS[verdict.value] if verdict else "out_of_scope"
    if got != wanted.verdict:
        belief = " as known now" if wanted.as_known == "now" else ""
        yield f"verdict: expected {wanted.verdict}{belief}, got {got}"
    level = verdict.level if verdict else "none"
    if wanted.level is not None and level != wanted.level:
        yield f"level: expected {wanted.level}, got {level}"
    yield from _absent("missing", wanted.missing, verdict.missing if verdict else ())
    yield from _absent("sentence", wanted.sentences, verdict.sentences if verdict else ())


def _absent(key: str, wanted: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    for one in wanted:
        if not any(one in text for text in texts):
            yield f"{key}: nothing holds {one!r}"


def _said(found: Examined | None, verdict: Verdict | None) -> Iterator[str]:
    """What helps to see why: sentences and missing facts, or what keeps the act out of scope."""
    if found is None:
        yield "no policy judges an act of this verb, unless its scope names the verb"
        return
    if verdict is not None:
        yield from verdict.sentences
        yield from (f"not known: {fact}" for fact in verdict.missing)
        return
    if not found.in_force:
        yield "the policy is not in force at the time of the act"
    for selection in found.selections:
        for entry in selection:
            if entry.held is not True:
                holds = "does not hold" if entry.held is False else "is not known"
                yield f"scope: {entry.key}: {entry.wanted} {holds}"
