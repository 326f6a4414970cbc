"""`forensics rules`: which there are, their faults, and what became of each in a case."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forensics.rules import load

RULE = """
title: Account suspended in the test
id: 0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11
description: It was suspended.
level: high
falsepositives: [A case asked for it.]
logsource: {category: admin_action}
detection:
  selection: {action: account.suspend}
  condition: selection
"""
ELSEWHERE = """
title: Trail stopped
id: 5f9f3a52-0a31-4c0e-bb0c-0a4f8d1f7d22
level: low
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: StopLogging}
  condition: selection
"""
OPEN = """
title: Of a list that nobody gave
id: 7b3f9c34-3f0e-4a43-9f57-0c1f3c8e9d33
level: low
logsource: {category: admin_action}
detection:
  selection: {"actor|expand": "%leavers%"}
  condition: selection
"""


OWN_ID = "21165417-8e99-4cae-a64e-ca0f0ab040a7"
PACKED = "admin_action/password_and_factor_reset.yml"


def instead(folder: Path) -> tuple[Path, str]:
    """A rule with the id of one of the tool's own, and what is said of it."""
    file = folder / "instead.yml"
    text = RULE.replace("0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11", OWN_ID)
    file.write_text(text.replace("Account suspended", "Suspended instead"), encoding="utf-8")
    return file, f"{file} is asked in place of the tool's own {PACKED}: both have the id {OWN_ID}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    for name, text in (("suspended", RULE), ("stopped", ELSEWHERE)):
        (made / f"{name}.yml").write_text(text, encoding="utf-8")
    return made


def test_every_rule_is_evaluated_or_named(run: Any, story_case: Path, folder: Path) -> None:
    _, said = instead(folder)
    answer = run("rules", "coverage", "--rules", folder, "--case", story_case, "-t", "json")
    assert (answer.code, answer.err.strip()) == (0, said)
    by_title = {one["title"]: one for one in answer.document["rules"]}
    ours = by_title["Account suspended in the test"]
    assert (ours["status"], ours["records"]) == ("evaluated", 6697)
    assert ours["matches"] > 0
    elsewhere = by_title["Trail stopped"]
    assert (elsewhere["status"], elsewhere["matches"]) == ("not_applicable", 0)
    assert elsewhere["reason"] == "this case holds no records of aws/cloudtrail"
    assert len(by_title) > 2
    shown = " ".join(run("rules", "coverage", "--rules", folder, "--case", story_case).out.split())
    # The terminal folds a long path where it likes.
    replaced = f"Suspended instead in the test: {folder}/instead.yml, in place of {PACKED}"
    assert "".join(replaced.split()) in "".join(shown.split())
    assert "Account suspended in the test" in shown
    assert "this case holds no records of aws/cloudtrail" in shown
    rows = run("rules", "coverage", "--rules", folder, "--case", story_case, "-t", "csv").out
    assert len(rows.splitlines()) == len(by_title) + 1


def test_a_rule_that_cannot_be_evaluated_is_loud(
    run: Any, story_case: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "open.yml").write_text(OPEN, encoding="utf-8")
    (folder / "faulty.yml").write_text("title: x\ndetection: 3\n", encoding="utf-8")
    answer = run("rules", "coverage", "--rules", folder, "--case", story_case, "-t", "json")
    assert answer.code == 4
    assert any("faulty.yml" in one for one in answer.document["incomplete"])
    assert any("open.yml" in one and "leavers" in one for one in answer.document["incomplete"])
    scanned = run("scan", "--rules", folder, "--case", story_case, "-t", "json")
    assert scanned.code == 4
    assert any("faulty.yml" in one for one in scanned.document["incomplete"])
    linted = run("rules", "lint", folder)
    assert linted.code == 2
    assert "faulty.yml:1: fault: 'x': " in linted.out
    assert "leavers" in linted.out
    values = tmp_path / "values.yaml"
    values.write_text("leavers: [employee-1]\n", encoding="utf-8")
    (folder / "faulty.yml").unlink()
    answer = run("rules", "coverage", "--rules", folder, "--values", values, "--case", story_case)
    assert answer.code == 0


def test_a_scan_asks_own_rules_beside_those_of_the_tool(
    run: Any, story_case: Path, folder: Path
) -> None:
    asked = ("scan", "--case", story_case, "-t", "json")
    plain = {one["title"] for one in run(*asked).document["findings"]}
    more = run(*asked, "--rules", folder)
    assert {one["title"] for one in more.document["findings"]} == plain | {
        "Account suspended in the test"
    }


def test_rules_are_listed_with_those_given(run: Any, folder: Path) -> None:
    listed = run("rules", "list", folder, "-t", "csv").out
    assert "Account suspended in the test" in listed
    assert run("rules", "list").code == 0
    assert run("rules", "lint", folder / "suspended.yml").out == ""
    assert (
        "warning: 'Trail stopped': has no description"
        in run("rules", "lint", folder / "stopped.yml").out
    )
    assert run("rules", "lint", folder / "none.yml").code == 2


def test_a_rule_in_place_of_an_own_one_is_said(run: Any, folder: Path) -> None:
    file, said = instead(folder)
    answer = run("rules", "list", file, "-t", "json")
    assert (answer.code, answer.err.strip()) == (0, said)
    assert [(one["id"], one["replaces"]) for one in answer.document if one["replaces"]] == [
        (OWN_ID, PACKED)
    ]
    shown = run("rules", "list", file).out
    assert OWN_ID[:8] in shown
    assert f"in place of {PACKED}" in " ".join(shown.split())


def test_rules_are_listed_by_level_and_title(run: Any) -> None:
    told = json.loads(run("rules", "list", "-t", "json").out)
    order = ["critical", "high", "medium", "low", "informational"]
    keys = [(order.index(one["level"]), one["title"].casefold()) for one in told]
    assert keys == sorted(keys)
    assert len({level for level, _ in keys}) > 3


def test_a_rule_is_explained_by_the_event(run: Any, story_case: Path, folder: Path) -> None:
    about = "action = 'account.suspend' ORDER BY time LIMIT 1"
    asked = f"SELECT event_uid, target FROM events WHERE {about}"
    row = json.loads(run("sql", asked, "--case", story_case, "-t", "jsonl").out)
    uid, where = row["event_uid"], ("--rules", folder, "--case", story_case)
    answer = run("rules", "explain", "suspended", uid[:12], *where, "-t", "json")
    assert (answer.code, answer.err) == (0, "")
    told = answer.document["answer"]
    assert (told["id"], told["status"]) == ("0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11", "matched")
    (item,) = told["conditions"][0]["parts"][0]["parts"]
    assert (item["held"], item["found"]) == (True, ["account.suspend"])
    shown = run("rules", "explain", "Trail stopped", uid, *where).out
    assert "not applicable" in shown
    assert "the rule reads aws/cloudtrail" in " ".join(shown.split())
    counted = run("rules", "explain", "bulk_account_removal", uid, *where, "-t", "json").document
    assert counted["answer"]["status"] == "not_matched"
    assert counted["answer"]["together"]["nearest"][0]["reached"] == 1
    assert [one["status"] for one in counted["answer"]["rules"]] == ["matched"]


def test_a_rule_named_wrongly_is_told(run: Any, story_case: Path, folder: Path) -> None:
    (folder / "again.yml").write_text(RULE.replace("0b1de4f8", "0b1de4f9"), encoding="utf-8")
    where = ("ffffffff", "--rules", folder, "--case", story_case)
    for named, said in (
        ("0b1de4f", "2 rules are called"),
        ("nothing", "There is no rule"),
        ("suspended", "There is no event"),
    ):
        answer = run("rules", "explain", named, *where)
        assert answer.code == 2
        assert said in answer.err


CASES = """
tests:
  fires_on:
    - {action: account.suspend, actor: "ada\\e[2J"}
  silent_on:
    - {action: account.delete}
"""


def test_own_cases_are_run_without_a_path(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load.own()
    some = tuple(one for one in found.rules if one.file.startswith("kubernetes/"))
    monkeypatch.setattr(load, "own", lambda filters=(): replace(found, rules=some))
    told = run("rules", "test", "-t", "json")
    assert told.code == 0
    assert sorted(one["rule"] for one in told.document) == sorted(one.id for one in some)
    assert all(one["passed"] and len(one["cases"]) > 4 for one in told.document)
    places = {one.file.replace(".yml", ".cases.yml") for one in some}
    assert {one["file"] for one in told.document} == places


def test_a_folder_of_no_rules_is_as_wrong_to_test_as_to_lint(run: Any, tmp_path: Path) -> None:
    for asked in ("test", "lint"):
        answer = run("rules", asked, tmp_path)
        assert answer.code == 2
        assert "holds no rule" in answer.out + answer.err


def test_cases_beside_a_rule_are_run(run: Any, folder: Path, tmp_path: Path) -> None:
    none = run("rules", "test", folder)
    assert none.code == 2
    assert "There are no cases." in none.err
    (folder / "suspended.yml").write_text(RULE + CASES, encoding="utf-8")
    passed = run("rules", "test", folder)
    assert (passed.code, passed.out) == (0, f"{folder / 'suspended.yml'} ..\n")
    assert "2 passed, of 1 rule; 1 without cases" in passed.err
    wrong = RULE + CASES.replace("account.delete", "account.suspend, actor: '[red]'")
    (folder / "suspended.yml").write_text(wrong, encoding="utf-8")
    failed = run("rules", "test", folder)
    assert failed.code == 1
    assert "Account suspended in the test: silent_on 1 fires" in failed.out
    (one,) = run("rules", "test", folder, "-t", "json").document
    assert [failure["case"] for failure in one["failures"]] == ["silent_on 1"]
    (folder / "open.yml").write_text(
        OPEN + "tests: {fires_on: [{actor: ada}], silent_on: [{actor: bob}]}\n", encoding="utf-8"
    )
    (folder / "suspended.yml").write_text(RULE, encoding="utf-8")
    assert run("rules", "test", folder).code == 1
    values = tmp_path / "values.yaml"
    values.write_text("leavers: [ada]\n", encoding="utf-8")
    assert run("rules", "test", folder, "--values", values).code == 0


def test_an_ignored_match_is_told_by_whom_and_until_when(
    run: Any, story_case: Path, folder: Path, tmp_path: Path
) -> None:
    entry = "{rule: 0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11, when: {outcome: success}, owner: "
    settings = tmp_path / "settings.yml"
    settings.write_text(
        "levels: {0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11: critical}\nignore:\n"
        f"  - {entry} ops, reason: Agreed., until: 2026-12-31}}\n"
        f"  - {entry} nobody, reason: Once., until: 2026-12-30}}\n",
        encoding="utf-8",
    )
    asked = ("--rules", folder, "--rule-settings", settings, "--as-of", "2026-12-31")
    told = run("rules", "coverage", *asked, "--case", story_case, "-t", "json").document
    (ours,) = [one for one in told["rules"] if one["title"] == "Account suspended in the test"]
    assert (ours["matches"], ours["level"]) == (0, "critical")
    assert ours["ignored"] > 0
    assert [(one["owner"], one["expired"], one["matches"]) for one in told["ignored"]] == [
        ("ops", False, ours["ignored"]),
        ("nobody", True, 0),
    ]
