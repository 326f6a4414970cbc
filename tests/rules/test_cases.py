from __future__ import annotations

from pathlib import Path

import pytest

from forensics.detectors import rule_tests
from forensics.detectors.rule_tests import RuleTested
from forensics.errors import DeclarationError
from forensics.rules import cases, load
from forensics.sources.declaration import shipped

STOPPED = """
title: Trail stopped
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: StopLogging}
  condition: selection
"""
MANY = """
title: Suspended
name: suspended
logsource: {category: admin_action}
detection: {selection: {action: account.suspend}, condition: selection}
---
title: Many
correlation:
  {type: event_count, rules: [suspended], group-by: [actor], timespan: 1m, condition: {gte: 3}}
"""


def fared(folder: Path, rule: str, beside: str) -> RuleTested:
    (folder / "one.yml").write_text(rule, encoding="utf-8")
    (folder / "one.cases.yml").write_text(beside, encoding="utf-8")
    rules = load.load([folder]).rules
    found = [(one, cases.of_rule(one, rules)) for one in rules]
    ((one, stated),) = [(one, stated) for one, stated in found if stated]
    return rule_tests.run(one, stated, rules, shipped())


def test_a_failed_case_says_what_decided_it(tmp_path: Path) -> None:
    told = fared(
        tmp_path,
        STOPPED,
        "{source: aws_cloudtrail, record: {eventSource: cloudtrail.amazonaws.com,"
        " eventTime: 2026-01-05T09:00:00Z, eventVersion: '1.08'},"
        " fires_on: [{eventName: StopLogging}, {eventName: DeleteTrail}],"
        " silent_on: [{eventName: StartLogging}, {eventName: stoplogging}]}",
    )
    assert told.cases == ("fires_on 1", "fires_on 2", "silent_on 1", "silent_on 2")
    assert [(one.case, one.said[1]) for one in told.failures] == [
        ("fires_on 2", "eventName: StopLogging does not hold: found DeleteTrail"),
        ("silent_on 2", "eventName: StopLogging holds: found stoplogging"),
    ]


def test_cases_beside_several_rules_are_of_the_correlation(tmp_path: Path) -> None:
    told = fared(
        tmp_path,
        MANY,
        "{fires_on: [{action: account.suspend, actor: ada, repeat: 3, every: 10}],"
        " silent_on: [{action: account.suspend, actor: bob, repeat: 2},"
        " {action: account.suspend, actor: cyd, repeat: 3, every: 40}]}",
    )
    assert (told.title, told.passed) == ("Many", True)


@pytest.mark.parametrize(
    ("rule", "beside", "said"),
    [
        (STOPPED, "{firs_on: [{}]}", "Did you mean 'fires_on'"),
        (STOPPED, "{fires_on: {}}", "there is no case"),
        (STOPPED, "{fires_on: 3}", "list of mappings"),
        (STOPPED, "[]", "mapping of source"),
        (STOPPED, "{source: aws_cludtrail, fires_on: [{}]}", "aws_cloudtrail"),
        (STOPPED, "{source: aws_cloudtrail, fires_on: [{}]}", "fires_on 1 is no record of"),
        (STOPPED.replace("aws", "nobody"), "{fires_on: [{}]}", "the key source must say"),
        (MANY, "{fires_on: [{acter: ada}]}", "Did you mean 'actor'"),
        (MANY, "{fires_on: [{actor: ada, repeat: 0}]}", "repeat must be"),
        (MANY, "{fires_on: [{actor: ada, time: noon}]}", "time must be"),
        (MANY, "{fires_on: [{actor: ada, record_no: many}]}", "record_no must be a whole number"),
    ],
)
def test_cases_that_cannot_be_read_are_refused(
    tmp_path: Path, rule: str, beside: str, said: str
) -> None:
    with pytest.raises(DeclarationError, match=said) as caught:
        fared(tmp_path, rule, beside)
    assert caught.value.place == str(tmp_path / "one.cases.yml")
