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
        2,
        f"{own}:1: fault: no test expects compliant or unknown.\n",
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


def test_check_tells_what_it_only_counts(
    run: Any, tmp_path: Path, write_log: Callable[..., Path]
) -> None:
    """Unknown acts that destroy nothing are rows as well; compliant ones are counted, and told."""
    own = tmp_path / "own.yml"
    own.write_text(
        OWN.partition("tests:")[0]
        .replace("{action: account.suspend, outcome: success}", "{action: account.restore}")
        .replace("rate: {count: 0, per: actor.id, window: 1m}", "employment: {phase: ended}"),
        "utf-8",
    )
    rows = [{"action": "account_restored", "ts": f"2017-11-02T22:0{n}:00Z"} for n in range(3)]
    log = write_log(tmp_path / "logs.jsonl", *rows)
    said = run("policy", "check", own, "-t", "csv", "--logs", log)
    assert (said.code, len(said.out.splitlines())) == (4, 4)
    assert "Not evaluated: policy own-rule: this case has no roster" in said.err
    document = run("policy", "check", own, "-t", "json", "--logs", log).document
    assert document["unlisted"] == []
    assert document["not_evaluated"] == ["policy own-rule: this case has no roster"]
    never = own.read_text("utf-8").replace("employment: {phase: ended}",
        "rate: {count: 9, per: actor.id, window: 1m}")  # fmt: skip
    own.write_text(never, "utf-8")
    said = run("policy", "check", own, "-t", "csv", "--logs", log)
    assert (said.code, len(said.out.splitlines())) == (0, 1)
    assert "Not listed: 3 of 3 compliant acts, those on no protected target." in said.err


def test_check_is_asked_about_some_acts(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    times = [{"ts": f"2017-11-0{day}T22:00:00Z"} for day in (1, 2, 3)]
    log = write_log(tmp_path / "logs.jsonl", *times)
    asked = ("policy", "check", own, "-t", "json", "--logs", log)
    days = [one["time"][:10] for one in run(*asked).document["acts"]]
    assert days == ["2017-11-01", "2017-11-02", "2017-11-03"]
    some = run(*asked, "--since", "2017-11-02", "--until", "2017-11-02", "--actor", "EMPLOYEE-1")
    assert [one["time"][:10] for one in some.document["acts"]] == ["2017-11-02"]
    assert some.document["policies"][0]["violation"] == 1
    assert some.document["asked_about"] == [
        "by EMPLOYEE-1", "since 2017-11-02 00:00:00Z", "until 2017-11-03 00:00:00Z",
    ]  # fmt: skip
    said = run(*asked, "--actor", "employee-9")
    assert (said.code, "No record names the actor 'employee-9'" in said.err) == (2, True)
    assert run(*asked, "--since", "2017-11-03", "--until", "2017-11-01").code == 2


def test_a_faulty_file_of_the_case_is_named_where_its_policy_is_asked_for(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    log = write_log(tmp_path / "logs.jsonl", {})
    own.write_text(OWN.replace("level: high", "level: hihg"), "utf-8")
    said = run("policy", "check", "own-rule", "--logs", log, own)
    assert said.code == 2
    assert "own.yml" in said.err
    assert "hihg" in said.err


def test_two_files_of_one_policy_cannot_judge_at_once(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    other = tmp_path / "other.yml"
    other.write_text(OWN.replace("title: Nobody", "title: None"), "utf-8")
    log = write_log(tmp_path / "logs.jsonl", {})
    said = run("policy", "check", own, other, "--logs", log)
    assert (said.code, "also stands in" in said.err) == (2, True)
    said = run("policy", "lint", own, other)
    assert (said.code, said.out.count("also stands in")) == (2, 1)


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


def test_explain_keeps_to_what_decided(
    run: Any, tmp_path: Path, write_log: Callable[..., Path], own: Path
) -> None:
    """An exception to nothing is a line; a version of today says whether another judged the act."""
    log = write_log(tmp_path / "logs.jsonl", {})
    more = "exceptions: [{preceded_by: {event: case.view, same: case, by: actor, within: 1h}}]\n"
    allowed = OWN.replace("count: 0", "count: 9").partition("tests:")[0] + more
    own.write_text(allowed, "utf-8")
    uid = run("timeline", "-t", "json", "--logs", log).document[0]["event_uid"]
    told = " ".join(run("policy", "explain", uid, own, "--logs", log).out.split())
    assert "within: 1h} decides nothing: nothing is breached" in told
    own.write_text(allowed.replace("count: 9", "count: 0"), "utf-8")
    told = " ".join(run("policy", "explain", uid, own, "--logs", log).out.split())
    assert "decides nothing" not in told
    own.write_text(OWN + "effective: {from: 2018-01-01}\n", "utf-8")
    told = " ".join(run("policy", "explain", uid, own, "--logs", log).out.split())
    assert "the version of today; none judges acts of that time" in told
    said = run("policy", "check", own, "--logs", log)
    assert "a note beside the verdicts" in said.out
    assert "would violate today's policy (version " in said.out
