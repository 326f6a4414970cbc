"""What lint says of a correlation, which a scan would not evaluate."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.rules.linting import lint
from forensics.rules.load import load

BASE = """title: Base
id: 3a3f6b39-5a0f-4d4c-8d0e-9f6f1f0f7a01
name: base
level: low
description: d
falsepositives: [f]
logsource: {category: admin_action}
detection: {s: {action: account.delete}, condition: s}
---
title: Counted
id: 3a3f6b39-5a0f-4d4c-8d0e-9f6f1f0f7a02
level: low
description: d
falsepositives: [f]
correlation: {type: event_count, rules: [base], group-by: [GROUP], timespan: 1h,
  condition: {gte: 2}}
"""


@pytest.mark.parametrize(("field", "why"), [("actor", None), ("actr", "There is no field 'actr'")])
def test_a_correlation_is_compiled_too(tmp_path: Path, field: str, why: str | None) -> None:
    (tmp_path / "a.yml").write_text(BASE.replace("GROUP", field), encoding="utf-8")
    found = [one.message for one in lint(load([tmp_path])) if one.severity == "fault"]
    assert [why in one for one in found if why] == ([True] if why else [])
    assert len(found) == (1 if why else 0)


ONE = """title: One
id: 3a3f6b39-5a0f-4d4c-8d0e-9f6f1f0f7a03
level: low
description: d
falsepositives: [f]
logsource: LOGS
detection: {s: {ITEM}, condition: s}
"""
ACTS, GITHUB = "{category: admin_action}", "{product: github, service: audit}"


def faults(folder: Path, text: str) -> list[str]:
    (folder / "a.yml").write_text(text, encoding="utf-8")
    return [f"{one.severity}: {one.message}" for one in lint(load([folder]))]


@pytest.mark.parametrize(
    ("logs", "item", "said"),
    [
        (ACTS, "action: account.deactivat", "action: There is no action 'account.deactivat'"),
        (ACTS, "action|startswith: acount.", "action: There is no action 'acount.*'"),
        (ACTS, "outcome: sucess", "Did you mean success"),
        (ACTS, "time|hour: 25", "time: no hour is 25: it is from 0 to 23"),
        (ACTS, "time|month: [0, 12]", "time: no month is 0: it is from 1 to 12"),
        (ACTS, "tool|base64offset|contains: ''", "tool: an empty text is part of every text"),
        (ACTS, "tool|contains: [a, '']", "tool: an empty text is part of every text"),
    ],
)
def test_what_cannot_match_is_told(tmp_path: Path, logs: str, item: str, said: str) -> None:
    (told,) = faults(tmp_path, ONE.replace("LOGS", logs).replace("ITEM", item))
    assert told.startswith("fault: 'One': the selection 's': ")
    assert said in told


def test_a_field_that_is_nearly_one_of_its_source_is_told(tmp_path: Path) -> None:
    text = ONE.replace("LOGS", GITHUB).replace("ITEM", "actin: repo.destroy")
    assert faults(tmp_path, text) == [
        "warning: 'One': no record of its source is known to have 'actin'. Did you mean 'action'?"
    ]


@pytest.mark.parametrize(
    ("logs", "item"),
    [
        (ACTS, "action|startswith: account."),
        (ACTS, "action: 'account.deactiv*'"),
        (ACTS, "outcome: [success, '']"),
        (ACTS, "time|hour: [0, 23]"),
        (ACTS, "tool|contains: a"),
        (GITHUB, "action: account.deactivat"),
        (GITHUB, "something_of_its_own: x"),
    ],
)
def test_what_can_match_is_not_doubted(tmp_path: Path, logs: str, item: str) -> None:
    assert faults(tmp_path, ONE.replace("LOGS", logs).replace("ITEM", item)) == []


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("event_count, condition: {gt: 5, lt: 3}", False),
        ("event_count, condition: {gt: 5, lt: 6}", False),
        ("event_count, condition: {lt: 1}", False),
        ("event_count, condition: {gt: 5, lt: 7}", True),
        ("event_count, condition: {lte: 1}", True),
        ("event_count, condition: {neq: 1}", True),
        ("temporal, condition: {gte: 2}", False),
        ("value_sum, condition: {field: record_no, gt: 5, lt: 6}", True),
        ("value_sum, condition: {field: record_no, gt: 5, lt: 5}", False),
        ("value_avg, condition: {field: record_no, lt: 0}", True),
    ],
)
def test_a_condition_that_no_window_can_fulfil_is_told(
    tmp_path: Path, asked: str, holds: bool
) -> None:
    head, _, _ = BASE.partition("correlation:")
    text = f"{head}correlation: {{type: {asked}, rules: [base], group-by: [actor], timespan: 1h}}\n"
    told = faults(tmp_path, text)
    assert len(told) == (0 if holds else 1)
    assert all(one.startswith("fault: 'Counted': no ") and "can fulfil" in one for one in told)


def test_remarks_are_in_the_order_of_lines(tmp_path: Path) -> None:
    documents = "---\n".join(ONE.replace("LOGS", ACTS).replace("ITEM", "actr: x") for _ in "ab")
    documents = documents.replace("7a03", "7a04", 1) + "# more\n" * 3
    (tmp_path / "a.yml").write_text("\n" * 7 + documents, encoding="utf-8")
    places = [one.place.rpartition(":")[2] for one in lint(load([tmp_path]))]
    assert places == ["8", "16"]
