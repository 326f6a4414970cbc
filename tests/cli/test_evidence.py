"""Naming evidence: several paths, globs, folders, cases that are none, and what is left behind."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forensics import api
from forensics.evidence import throwaway


def _count(run: Any, *options: object) -> int:
    said = run("sql", "select count(*) as n from events", "-t", "json", *options)
    assert said.code == 0, said.err
    return int(said.document[0]["n"])


def test_logs_takes_several_paths_a_glob_and_a_folder(
    run: Any, tmp_path: Path, write_log: Any
) -> None:
    for number in range(3):
        write_log(tmp_path / f"{number}.jsonl", {"id": f"mc-{number}"})
    first, second = tmp_path / "0.jsonl", tmp_path / "1.jsonl"
    assert _count(run, "--logs", first, second) == 2
    assert _count(run, "--logs", first, "--logs", second) == 2
    assert _count(run, f"--logs={first}", f"--logs={second}") == 2
    assert _count(run, "--logs", tmp_path / "*.jsonl") == 3
    assert _count(run, "--logs", tmp_path) == 3
    assert _count(run, "--logs", first, tmp_path, first) == 3


def test_logs_ends_at_the_next_option(run: Any, tmp_path: Path, write_log: Any) -> None:
    log = write_log(tmp_path / "a.jsonl", {})
    said = run("timeline", "--logs", log, "--limit", "1", "-t", "json")
    assert len(said.document) == 1


@pytest.mark.parametrize("rest", [(), ("-t", "json")])
def test_logs_without_a_path_is_said(run: Any, rest: tuple[str, ...]) -> None:
    said = run("scan", "--logs", *rest)
    assert said.code == 2
    assert "at least one path" in said.err


def test_logs_of_standard_input(
    run: Any, tmp_path: Path, write_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lines in (1, 2):
        log = write_log(tmp_path / "a.jsonl", *[{} for _ in range(lines)])
        stdin = SimpleNamespace(buffer=io.BytesIO(log.read_bytes()), isatty=lambda: False)
        monkeypatch.setattr(sys, "stdin", stdin)
        assert _count(run, "--logs", "-") == lines


def test_the_same_logs_are_not_read_twice_and_changed_ones_are(
    run: Any, tmp_path: Path, write_log: Any
) -> None:
    log = write_log(tmp_path / "a.jsonl", {})
    assert _count(run, "--logs", log) == 1
    again = run("sql", "select 1", "--logs", log)
    assert "kept from the last time" in again.err
    assert run("-q", "sql", "select 1", "--logs", log).err == ""
    write_log(log, {}, {})
    assert _count(run, "--logs", log) == 2


def test_only_a_few_throwaway_cases_are_kept(run: Any, tmp_path: Path, write_log: Any) -> None:
    for number in range(12):
        _count(run, "--logs", write_log(tmp_path / f"{number}.jsonl", {}))
    assert len(list(throwaway.cache_folder().iterdir())) <= 8


def test_a_path_that_is_not_there(run: Any, tmp_path: Path) -> None:
    for command in (("scan", "--logs"), ("ingest", "--case", tmp_path / "case")):
        said = run(*command, tmp_path / "nowhere.jsonl")
        assert said.code == 2
        assert "nowhere.jsonl" in said.err
    assert not (tmp_path / "case").exists()


def test_an_empty_folder_is_said(run: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    said = run("ingest", empty, "--case", tmp_path / "case")
    assert said.code == 2
    assert f"{empty}: There is no log here." in said.err
    assert not (tmp_path / "case").exists()
    assert run("scan", "--logs", empty).code == 2


def test_a_folder_without_logs_is_said_and_incomplete(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear all,\nthis is no log.\n")
    for command in (("ingest", "--case", tmp_path / "case", folder), ("scan", "--logs", folder)):
        said = run(*command)
        assert said.code == 4
        assert "letter.txt" in said.err


def test_one_file_that_is_no_log_does_not_hide_the_others(
    run: Any, tmp_path: Path, write_log: Any
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    write_log(folder / "a.jsonl", {})
    (folder / "b.bin").write_bytes(b"\x00\x01\x02" * 99)
    said = run("ingest", folder, "-t", "json", "--case", tmp_path / "case")
    assert said.code == 4
    assert said.document["totals"]["stored"] == 1
    assert "b.bin" in said.err


def test_a_folder_that_is_no_case(run: Any, tmp_path: Path) -> None:
    for command in (("scan",), ("verify",), ("timeline",)):
        said = run(*command, "--case", tmp_path)
        assert said.code == 2
        assert "not a case" in said.err
        assert "forensics ingest" in said.err


def test_ingest_into_a_folder_of_other_things(run: Any, tmp_path: Path, story: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    said = run("ingest", story, "--case", tmp_path)
    assert said.code == 2
    assert "not empty" in said.err
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_a_case_of_a_newer_version_is_not_touched(
    run: Any, story_case: Path, tmp_path: Path, story: Path
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(story_case, newer)
    marker = json.loads((newer / "case.json").read_text())
    (newer / "case.json").write_text(json.dumps({**marker, "version": marker["version"] + 1}))
    before = {one: one.stat().st_mtime_ns for one in newer.rglob("*")}
    for command in (("scan",), ("verify",), ("ingest", story), ("sql", "select 1")):
        said = run(*command, "--case", newer)
        assert said.code == 2
        assert "newer forensics" in said.err
    assert {one: one.stat().st_mtime_ns for one in newer.rglob("*")} == before


def test_altered_evidence_ends_with_three(run: Any, story_case: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered"
    shutil.copytree(story_case, altered)
    segment = sorted((altered / "segments").glob("*.parquet"))[0]
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    said = run("verify", "--case", altered)
    assert said.code == 3
    assert segment.name in said.err
    assert said.out.startswith("ALTERED")
    document = run("verify", "-t", "json", "--case", altered)
    assert document.code == 3
    assert document.document["faults"]


def test_ingest_twice_adds_nothing(run: Any, story: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    first = run("ingest", story, "-t", "json", "--case", case)
    assert first.code == 0
    before = _count(run, "--case", case)
    second = run("ingest", story, "-t", "json", "--case", case)
    assert second.code == 0
    assert _count(run, "--case", case) == before
    for one in second.document["files"]:
        assert one["read"] == one["stored"] + one["duplicate"] + one["rejected"]


def test_ingest_shows_a_line_a_file_and_the_sum(run: Any, story: Path, tmp_path: Path) -> None:
    said = run("ingest", story, "--case", tmp_path / "case")
    assert "okta_system" in said.out
    assert "4 files" in said.out
    assert "Also taken into account: accounts (accounts.csv)" in said.err
    assert "1 broken record kept as rejects" in said.err


def test_quiet_says_nothing_but_errors(run: Any, story: Path, tmp_path: Path) -> None:
    said = run("-q", "ingest", story, "--case", tmp_path / "case")
    assert (said.code, said.err) == (0, "")
    assert run("-q", "scan", "--case", tmp_path / "nowhere").err.startswith("error: ")


def test_quiet_holds_for_one_call_only(run: Any, story_case: Path) -> None:
    run("-q", "timeline", "--actor", "nobody", "--case", story_case)
    assert "No event fits" in run("timeline", "--actor", "nobody", "--case", story_case).err


def test_an_error_nobody_foresaw_is_not_taken_for_findings(
    run: Any, story_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: api.Case, *_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(api.Case, "scan", broken)
    said = run("scan", "--case", story_case)
    assert said.code == 4
    assert "ZeroDivisionError" in said.err
    assert "Traceback" not in said.err
    traced = run("--debug", "scan", "--case", story_case)
    assert traced.code == 4
    assert "Traceback" in traced.err


def test_what_is_no_log_is_no_source(run: Any, tmp_path: Path, write_log: Any) -> None:
    """Many files are a row a source; what holds no records of one stands apart, named."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(25):
        write_log(folder / f"{number:02d}.jsonl", {"id": f"a{number}"})
    for number in range(7):
        (folder / f"letter{number}.txt").write_text("Dear all,\nthis is no log.\n")
    (folder / "nothing.jsonl").write_bytes(b"")
    said = run("ingest", folder, "--case", tmp_path / "case")
    assert said.code == 4
    rows = [line.split() for line in said.out.splitlines()]
    assert rows[0] == ["source", "read", "stored", "dup", "rejected"]
    assert rows[1] == ["moderation_console", "25", "25", "0", "0"]
    assert rows[2][:2] == ["25", "files"]
    assert rows[3] == ["25", "files", "25", "25", "0", "0"]
    told = " ".join(said.out.split())
    assert "Not recognised as logs, 7: letter0.txt, letter1.txt," in told
    assert "letter4.txt, and 2 more; forensics sources coverage tells of all" in told
    assert "Empty, 1: nothing.jsonl" in told


def test_what_is_cut_short_says_where_the_rest_is(run: Any, tmp_path: Path, write_log: Any) -> None:
    folder, case = tmp_path / "logs", tmp_path / "case"
    folder.mkdir()
    write_log(folder / "console.jsonl", {})
    for number in range(15):
        (folder / f"letter{number:02d}.txt").write_text(f"Dear all,\n{number} is no log.\n")
    told = run("ingest", folder, "--case", case).err
    assert told.count("not read as a log: ") == 12
    assert "... and 3 more files; forensics sources coverage tells of all." in told
    said = run("scan", "--case", case)
    assert said.code == 4
    assert said.err.count("not looked at: ") == 12
    assert re.search(
        r"\.\.\. and \d+ more: forensics sources coverage tells of the inputs", said.err
    )
    shown = run("sources", "coverage", "--verbose", "--case", case).out
    for number in range(15):
        assert f"letter{number:02d}.txt" in shown
    assert "letter14.txt" not in run("sources", "coverage", "--case", case).out
