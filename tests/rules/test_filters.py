from __future__ import annotations

from pathlib import Path

import pytest

from forensics.detectors.rule_coverage import asked
from forensics.evidence.imagined import imagined
from forensics.rules import linting, load, match

RULE = """
title: Suspended
id: 0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11
logsource: {category: admin_action}
detection: {selection: {action: account.suspend}, condition: selection}
"""
FILTER = """
title: Not the queue
logsource: {category: admin_action}
filter:
  rules: RULES
  queue: {actor: queue}
  condition: not queue
"""


def folder(tmp_path: Path, rules: str, text: str = FILTER) -> Path:
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    (tmp_path / "filter.yml").write_text(text.replace("RULES", rules), encoding="utf-8")
    return tmp_path


def test_a_filter_takes_records_out_of_the_rules_that_it_names(tmp_path: Path) -> None:
    given = folder(tmp_path, "[0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11]")
    (rule,) = load.load([given]).faultless().rules
    assert rule.filters == ("Not the queue",)
    texts = [load.load([given]).rules[0].sigma.detection.condition for _ in range(2)]
    assert texts == [["(selection) and (not _filt_1_queue)"]] * 2
    acts = [
        {"event_uid": who, "source": "made_up", "action": "account.suspend", "actor": who}
        for who in ("ada", "queue")
    ]
    engine = imagined(acts)
    matches = match.scan(engine, [rule], []).matches.to_pylist()
    engine.close()
    assert [one["event_uid"] for one in matches] == ["ada"]
    assert not [one for one in linting.lint(load.load([given])) if one.severity == "fault"]


def test_a_filter_is_put_into_the_own_rules_too(tmp_path: Path) -> None:
    found = asked([folder(tmp_path, "any")])
    told = {one.title: one.filters for one in found.rules if not one.is_correlation}
    assert told["Suspended"] == ("Not the queue",)
    assert told["Data or Report Exported"] == ("Not the queue",)
    assert told["Okta Super Administrator Made"] == ()
    assert found.faults == ()


@pytest.mark.parametrize(
    ("rules", "text", "said"),
    [
        ("[nobody]", FILTER, "names nobody: there is no such rule"),
        ("[many_exports]", FILTER, "there is no such rule"),
        ("any", FILTER.replace("not queue", "not qeue"), "'Not the queue'"),
        (
            "[0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11]",
            FILTER.replace("{category: admin_action}", "{product: okta, service: okta}"),
            "its log source is another",
        ),
    ],
)
def test_a_filter_in_vain_is_a_fault(tmp_path: Path, rules: str, text: str, said: str) -> None:
    given = folder(tmp_path, rules, text)
    linted = [one for one in linting.lint(load.load([given])) if one.severity == "fault"]
    assert [Path(one.place).name for one in linted] == ["filter.yml:2"]
    assert said in linted[0].message
    (fault,) = asked([given]).faults
    assert said in fault.message
    assert "Suspended" in {one.title for one in asked([given]).rules}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("actr: queue", "Did you mean actor"),
        ("actor|contains: null", "incompatible"),
        ("actor|expand: '%queues%'", "queues"),
    ],
)
def test_a_fault_of_a_filter_is_its_own_and_not_that_of_rules(
    tmp_path: Path, item: str, said: str
) -> None:
    given = folder(tmp_path, "any", FILTER.replace("{actor: queue}", "{" + item + "}"))
    found = load.load([given])
    (fault,) = found.faults
    assert fault.place == f"{tmp_path / 'filter.yml'}:2"
    assert fault.message.startswith("'Not the queue': ")
    assert said in fault.message
    assert [(one.title, one.filters) for one in found.rules] == [("Suspended", ())]
    faulty = [one.place for one in linting.lint(found) if one.severity == "fault"]
    assert faulty == [fault.place]


def test_a_filter_takes_values_of_placeholders(tmp_path: Path) -> None:
    text = FILTER.replace("{actor: queue}", "{actor|expand: '%queues%'}")
    values = tmp_path / "values.txt"
    values.write_text("queues: [queue]", encoding="utf-8")
    (rule,) = load.load([folder(tmp_path, "any", text)], values).faultless().rules
    assert rule.filters == ("Not the queue",)
