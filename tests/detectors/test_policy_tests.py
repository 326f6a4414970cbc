"""The tests in a policy file are run over a case of their rows, and a failure says why."""

from __future__ import annotations

from forensics.detectors.policy_tests import PolicyRun, run
from forensics.policy import terms

POLICY = """\
id: own
title: own
level: high
scope: {action: account.suspend, outcome: success}
forbid: [{employment: {phase: [ended]}}]
on_unknown: report
effective: {from: 2017-06-01}
tests:
"""
ACT = "{time: %sT23:30:00Z, actor: ana, actor_type: user, action: account.suspend, outcome: %s}"
PEOPLE = """\
    accounts: [{account: ana, person: ana, kind: personal}]
    employees:
      - {EmailAddress: ana@x.example, PersonId: ana, LastWorkingDate: 2017-11-02%s}
"""


def ran(*tests: str) -> PolicyRun:
    return run(terms.parse((POLICY + "".join(tests)).encode(), "own.yml"))


def one(name: str, expect: str, *, day: str = "2017-11-03", zone: str = "UTC",
        outcome: str = "success", people: str = "", recorded: str = "") -> str:  # fmt: skip
    table = people or PEOPLE % recorded
    lines = (f"  - name: {name}", *([f"    zone: {zone}"] if zone else []),
             f"    events: [{ACT % (day, outcome)}]", table.rstrip("\n"),
             f"    expect: {expect}")  # fmt: skip
    return "\n".join(lines) + "\n"


def test_what_is_expected_is_what_a_case_would_say() -> None:
    later = ", RecordedAt: 2017-11-05T00:00:00Z"
    done = ran(
        one("after the end", "{verdict: violation, level: high, sentence: past the end}"),
        one("on the last day", "{verdict: compliant}", day="2017-11-02"),
        one("without a zone", "{verdict: unknown, missing: time zone of ana}", zone="",
            day="2017-11-02"),
        one("without a roster", "{verdict: unknown}", people="    accounts: []"),
        one("tried and failed", "{verdict: out_of_scope}", outcome="failure"),
        one("not in force yet", "{verdict: out_of_scope}", day="2017-05-01"),
        one("learned later", "[{verdict: unknown}, {verdict: violation, as_known: now}]",
            recorded=later),
    )  # fmt: skip
    assert [(test.name, test.failures) for test in done.failed] == []
    assert len(done.results) == 7
    assert (done.policy, done.file) == ("own", "own.yml")


def test_a_failure_says_what_differs_and_what_was_said() -> None:
    done = ran(
        one("wrong", "{verdict: compliant, level: low, missing: nothing, sentence: no such}"),
        one("outside", "{verdict: violation}", outcome="failure"),
        one("too early", "{verdict: violation, as_known: now}", day="2017-05-01"),
    )
    wrong, outside, early = (test.failures[0] for test in done.failed)
    assert wrong.differences == (
        "verdict: expected compliant, got violation",
        "level: expected low, got high",
        "missing: nothing holds 'nothing'",
        "sentence: nothing holds 'no such'",
    )
    assert wrong.line == 15
    assert "past the end of access" in wrong.said[0]
    assert outside.differences == ("verdict: expected violation, got out_of_scope",)
    assert outside.said == ("scope: outcome: success does not hold",)
    assert early.said == ("the policy is not in force at the time of the act",)
    assert "as known now" in early.differences[0]


def test_a_table_that_is_not_read_is_remarked() -> None:
    people = "    accounts: [{account: '', person: ana, kind: personal}]"
    (result,) = ran(one("faulty", "{verdict: violation}", people=people)).results
    assert result.failures
    assert any(text.startswith("accounts:2: ") for text in result.remarks)
