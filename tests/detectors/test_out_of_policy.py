"""Acts outside policy: what is told, how it is grouped, and whom it names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forensics.findings.document import ScanReport, decode, encode
from forensics.policy.readings import INNOCENT, REFUTES

DETECTORS = ("out_of_policy",)


def _one(findings: list[Any], rule: str, verdict: str = "violation") -> Any:
    (only,) = [one for one in findings if one.rule == rule and one.verdict == verdict]
    return only


def test_no_approval_is_a_violation_where_approvals_are_recorded(small: Any, found: Any) -> None:
    small.approval(-1600, on="@somebody")
    small.did(0, "account_deactivated", on="@protected")
    told = _one(found(small.case(), "out_of_policy"), "P1-vip-two-person")
    assert (told.level, told.actor, told.person, told.target) == (
        "critical", "worker", "worker", "@protected",
    )  # fmt: skip


def test_without_any_record_of_approvals_a_line_of_coverage_says_it(
    small: Any, found: Any, scanned: Any
) -> None:
    small.did(0, "account_deactivated", on="@protected")
    case = small.case()
    assert found(case, "P1-vip-two-person") == []
    coverage = scanned(case).coverage.not_evaluated
    assert "policy P1-vip-two-person: this case has no record of an approval" in coverage


def _version(title: str, level: str, innocent: str, dates: str) -> str:
    return f"""\
id: own
title: {title}
level: {level}
effective: {{{dates}}}
scope: {{action: account.suspend}}
forbid: [{{rate: {{count: 0, per: actor.id, window: 1m}}}}]
on_unknown: report
innocent: [{innocent}]
"""


def test_each_act_is_told_of_in_the_words_of_the_version_that_judged_it(
    small: Any, found: Any, scanned: Any
) -> None:
    small.files["old.yml"] = _version("the old rule", "low", "old", "to: 2017-11-02T12:00:00Z")
    small.files["new.yml"] = _version("the new rule", "high", "new", "from: 2017-11-02T12:00:00Z")
    for minute in range(12):
        small.did(minute - 2000, "account_suspended")
        small.did(minute, "account_suspended")
    case = small.case()
    told = sorted(found(case, "own"), key=lambda one: one.first_time)
    assert [(one.title, one.level, one.innocent, one.counts[-1].n) for one in told] == [
        ("the old rule", "low", ("old",), 12),
        ("the new rule", "high", ("new",), 12),
    ]
    assert len({one.id for one in told} | {one.rule_version for one in told}) == 4
    (line,) = [one for one in scanned(case).coverage.evaluated if "policy own" in one]
    assert line.endswith("24 violated, 0 compliant, 0 unknown")


def test_an_approved_act_is_no_finding_and_is_counted(small: Any, found: Any, scanned: Any) -> None:
    small.approval(-10)
    small.did(0, "account_deactivated", on="@protected")
    case = small.case()
    assert found(case, "P1-vip-two-person") == []
    (line,) = [one for one in scanned(case).coverage.evaluated if "P1-vip-two-person" in one]
    assert "0 violated, 1 compliant, 0 unknown" in line


def test_two_policies_on_one_act_are_both_told(small: Any, found: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.approval(-1600, on="@somebody")
    small.did(0, "account_deactivated", on="@protected")
    told = found(small.case(), "out_of_policy")
    assert {one.rule for one in told} == {"P1-vip-two-person", "P2-departing-destructive"}
    assert len({one.id for one in told}) == 2
    assert len({one.evidence[0].event_uid for one in told}) == 1


def test_violations_are_told_one_by_one(small: Any, found: Any) -> None:
    small.employ("worker", "2017-10-20")
    acts = [small.did(minutes, "account_suspended") for minutes in range(3)]
    told = [one for one in found(small.case(), "P3-after-end") if one.verdict == "violation"]
    assert len(told) == len(acts)
    assert all(one.counts[-1].n == 1 for one in told)
    assert [one.first_time for one in told] == sorted(one.first_time for one in told)


def test_more_violations_than_one_looks_at_are_told_together(small: Any, found: Any) -> None:
    small.employ("worker", "2017-10-20")
    acts = {small.did(minutes, "account_suspended") for minutes in range(11)}
    (told,) = [one for one in found(small.case(), "P3-after-end") if one.verdict == "violation"]
    assert (told.level, told.counts[-1].n, len(told.evidence)) == ("critical", len(acts), len(acts))
    assert told.sentences[0].startswith("11 acts of this account")


def test_unknown_acts_of_one_account_are_one_finding(small: Any, found: Any) -> None:
    for minutes in range(25):
        small.did(minutes, "account_suspended", login="stranger")
    case = small.case()
    for rule in ("P2-departing-destructive", "P3-after-end"):
        told = _one(found(case, rule), rule, "unknown")
        assert (told.level, told.actor, told.person, told.target) == ("low", "stranger", None, None)
        assert told.counts[-1].n == 25
        assert len(told.evidence) == 20
        assert told.missing == ("person behind account stranger",)
        assert told.first_time < told.last_time


def test_unknown_acts_of_two_accounts_are_two_findings(small: Any, found: Any) -> None:
    for login in ("stranger", "other"):
        small.did(0, "account_suspended", login=login)
    told = found(small.case(), "P3-after-end")
    assert {one.actor for one in told} == {"stranger", "other"}


def test_without_a_roster_a_line_of_coverage_says_it(small: Any, found: Any, scanned: Any) -> None:
    del small.files["employees.csv"]
    del small.files["accounts.csv"]
    small.did(0, "account_suspended")
    case = small.case()
    assert found(case, "P3-after-end") == []
    assert any("P3-after-end" in one for one in scanned(case).coverage.not_evaluated)


def test_an_end_that_was_recorded_later_is_told_as_such_and_is_not_grave(
    small: Any, found: Any
) -> None:
    small.employ("worker", "2017-11-01", recorded="2017-11-05T00:00:00Z")
    small.did(0, "account_suspended")
    told = _one(found(small.case(), "out_of_policy"), "P3-after-end")
    assert told.level == "medium"
    assert any("recorded later" in one for one in told.sentences)


def test_an_end_that_was_corrected_since_is_told(small: Any, found: Any) -> None:
    small.employ("worker", "2017-10-31")
    small.employ("worker", "2018-10-31", recorded="2017-11-05T00:00:00Z")
    small.did(0, "account_suspended")
    told = _one(found(small.case(), "out_of_policy"), "P3-after-end")
    assert told.level == "critical"
    assert any(one.startswith("As known now this is no violation") for one in told.sentences)


def _stolen(small: Any) -> None:
    for minutes in range(-3000, -2970):
        small.did(minutes, "profile_viewed", device="dev-own", ip="10.1.4.7")
    small.approval(-1600, on="@somebody")
    small.employ("worker", "2017-11-02")
    small.did(0, "account_suspended", device="dev-own", ip="10.1.4.7")
    small.did(1, "account_deactivated", on="@protected", device="dev-new", ip="198.51.100.9")


def test_an_act_somebody_else_may_have_done_names_no_person(small: Any, found: Any) -> None:
    _stolen(small)
    case = small.case()
    told = [one for one in found(case, "out_of_policy") if one.target == "@protected"]
    assert {(one.rule, one.verdict) for one in told} == {
        ("P1-vip-two-person", "violation"),
        ("P2-departing-destructive", "unknown"),
        ("P3-after-end", "unknown"),
    }
    for one in told:
        assert (one.actor, one.person) == ("worker", None)
        assert any("Who used the account is not established" in text for text in one.sentences)


def test_the_persons_own_act_of_the_same_day_is_still_judged(small: Any, found: Any) -> None:
    _stolen(small)
    own = [one for one in found(small.case(), "P2-departing-destructive") if one.person]
    assert [(one.person, one.target, one.level) for one in own] == [
        ("worker", "@somebody", "medium")
    ]


def test_ids_do_not_change_with_the_order_or_with_more_evidence(small: Any, found: Any) -> None:
    small.employ("worker", "2017-11-02")
    small.did(0, "account_deactivated", on="@protected")
    small.did(1, "account_suspended", login="stranger")
    first = {one.id for one in found(small.case(), "out_of_policy")}
    small.did(5, "profile_viewed", login="lead")
    small.did(6, "account_suspended", login="stranger")
    second = {one.id for one in found(small.case(), "out_of_policy")}
    assert first == second


def test_findings_are_plain_documents(small: Any, scanned: Any) -> None:
    small.did(0, "account_suspended", login="stranger")
    report = scanned(small.case())
    assert decode(encode(report), ScanReport) == report
    json.loads(encode(report))


@pytest.mark.parametrize("name", ["approval", "employment"])
def test_every_predicate_has_its_innocent_reading(name: str) -> None:
    assert INNOCENT[name]
    assert REFUTES[name]
