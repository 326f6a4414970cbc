"""`forensics policy`: what is listed, looked over, tested, checked and explained, and the codes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OWN = """\
id: own-rule
title: Nobody suspends
level: high
description: d
scope: {action: account.suspend, outcome: success}
forbid: [{rate: {count: 0, per: actor.id, window: 1m}}]
on_unknown: report
refs: [r]
innocent: [i]
misses: [m]
tests:
  - name: suspended
    events: [{time: 2017-11-02T10:00:00Z, actor: a, action: account.suspend, outcome: success}]
    expect: {verdict: violation}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yml"
    file.write_text(OWN, "utf-8")
    return file


def test_list_tells_what_is_shipped_and_what_a_case_lacks(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    said = run("policy", "list", "-t", "json")
    assert said.code == 0
    assert {"P1-vip-two-person", "P6-break-glass"} <= {one["id"] for one in said.document}
    assert {one["not_evaluated"] for one in said.document} == {None}
    write_log(tmp_path / "logs.jsonl", {})
    said = run("policy", "list", "-t", "json", "--logs", tmp_path / "logs.jsonl", own)
    by_id = {one["id"]: one for one in said.document}
    assert "list of protected targets" in by_id["P1-vip-two-person"]["not_evaluated"]
    assert "roster" in by_id["P3-after-end"]["not_evaluated"]
    assert by_id["own-rule"]["not_evaluated"] is None
    assert by_id["own-rule"]["file"].endswith("own.yml")
    text = run("policy", "list", "--logs", tmp_path / "logs.jsonl", own).out
    assert "HIGH   own-rule  Nobody suspends" in text


def test_lint_names_file_and_line_and_reads_stdin(
    run: Any, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("policy", "lint", own)
    assert (said.code, said.out) == (
        0,
        f"{own}:1: warning: no test expects compliant or unknown.\n",
    )
    stdin = io.TextIOWrapper(io.BytesIO(OWN.replace("level: high", "level: hihg").encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    said = run("policy", "lint", "-")
    assert said.code == 2
    assert said.out.startswith(
        "standard input:3: fault: unknown level: 'hihg'. Did you mean 'high'?"
    )
    own.write_text(OWN.replace("verdict", "verdct"), "utf-8")
    said = run("policy", "lint", own.parent, "-t", "json")
    assert said.code == 2
    assert [(one["line"], one["severity"]) for one in said.document] == [(14, "fault")] * 2
    assert run("policy", "lint", own.parent / "none.yml").code == 2


def test_test_runs_tests_and_fails_with_one(run: Any, own: Path) -> None:
    said = run("policy", "test", own)
    assert (said.code, said.out, said.err.strip()) == (0, f"{own} .\n", "1 passed")
    own.write_text(OWN.replace("verdict: violation", "verdict: compliant"), "utf-8")
    said = run("policy", "test", own)
    assert said.code == 1
    assert f"{own}:14: suspended (e1)" in said.out.replace("\n", "")
    assert "verdict: expected compliant, got violation" in said.out
    said = run("policy", "test", own, "-t", "json")
    (test,) = said.document[0]["tests"]
    assert (said.code, test["passed"], test["failures"][0]["event"]) == (1, False, "e1")
    own.write_text(OWN.partition("tests:")[0], "utf-8")
    said = run("policy", "test", own)
    assert (said.code, "There are no tests." in said.err) == (2, True)


def test_check_judges_by_ids_and_files(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    log = write_log(tmp_path / "logs.jsonl", {}, {"action": "account_restored"})
    logs = ("--logs", log)
    said = run("policy", "check", own, "--fail-on", "high", *logs)
    assert said.code == 1
    assert "POLICY CHECK  1 policy: 1 violation, 0 unknown, 0 compliant" in said.out
    assert "✗ violation  high  2017-11-02 22:00:00.000 UTC  employee-1  account.suspend" in said.out
    assert "innocent if" in said.out
    said = run("policy", "check", own, "--fail-on", "critical", "-t", "jsonl", *logs)
    (row,) = map(json.loads, said.out.splitlines())
    assert said.code == 0
    assert (row["policy"], row["verdict"], row["actor"]) == ("own-rule", "violation", "employee-1")
    said = run("policy", "check", own, "P3-after-end", "-t", "json", *logs)
    assert said.code == 4
    assert said.document["incomplete"] == ["policy P3-after-end: this case has no roster"]
    tallies = {one["policy"]: one["violation"] for one in said.document["policies"]}
    assert tallies == {"own-rule": 1, "P3-after-end": 0}
    assert row["event_uid"] in {one["event_uid"] for one in said.document["acts"]}
    said = run("policy", "check", "P3-after", *logs)
    assert (said.code, "Did you mean P3-after-end" in said.err) == (2, True)
    said = run("policy", "explain", row["event_uid"][:8], own, "L7-access-after-end", *logs)
    told = " ".join(said.out.split())
    assert said.code == 0
    assert "forbidden rate: {count: 0, per: actor.id, window: 1m} yes: employee-1: 1 act" in told
    assert "NOT ASKED the act is out of their scope L7-access-after-end action is not" in told
    assert run("policy", "explain", "ffffffff", own, *logs).code == 2


def test_a_hostile_log_does_not_act(run: Any, hostile_logs: Path, live: Any) -> None:
    asked = ("P3-after-end", "--logs", hostile_logs)
    said = run("policy", "check", *asked)
    assert "POLICY CHECK  1 policy" in said.out
    assert not live(said.out.replace("\n", ""))
    document = run("policy", "check", "-t", "json", *asked).document
    uid = next(one["event_uid"] for one in document["acts"])
    said = run("policy", "explain", uid, *asked)
    assert uid in said.out
    assert not live(said.out.replace("\n", ""))
