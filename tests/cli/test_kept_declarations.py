"""Own declarations on the command line: named once, kept with the case, corrected later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

DECLARATION = """
name = "door"
title = "Doors"
omits = ["Keys."]
[recognise]
required = ["door", "at"]
[event]
time = "at"
operation = "op"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with a declaration of a log, which lies beside it."""
    folder, logs = tmp_path / "mine", tmp_path / "logs"
    folder.mkdir()
    logs.mkdir()
    (folder / "door.toml").write_text(DECLARATION, encoding="utf-8")
    for n in (1, 2):
        record = {"door": "x", "at": f"2026-01-05T09:00:0{n}Z", "op": "open", "who": "c-2"}
        (logs / f"{n}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return folder


def correct(mine: Path) -> None:
    (mine / "door.toml").write_text(DECLARATION + 'actor = "who"\n', encoding="utf-8")


def test_a_file_is_read_once_its_declaration_is_there_and_it_is_named_once(
    run: Any, mine: Path, tmp_path: Path
) -> None:
    case, logs = tmp_path / "case", tmp_path / "logs"
    assert run("ingest", logs, "--case", case).code == 4
    assert run("ingest", logs, "--case", case, "--catalog", mine).code == 0
    record = {"door": "x", "at": "2026-01-05T10:00:00Z", "op": "shut"}
    (logs / "3.jsonl").write_text(json.dumps(record), encoding="utf-8")
    said = run("ingest", logs, "--case", case)
    assert said.code == 0
    assert said.err == ""
    told = run("sources", "coverage", "--case", case)
    assert told.code == 0
    assert "Keys." in told.out


def test_that_a_given_one_differs_from_the_kept_one_is_said(
    run: Any, mine: Path, tmp_path: Path
) -> None:
    case, logs = tmp_path / "case", tmp_path / "logs"
    run("ingest", logs, "--case", case, "--catalog", mine)
    before = run("scan", "--case", case, "--catalog", mine)
    assert "another declaration" not in before.err
    correct(mine)
    for command in (("ingest", logs), ("timeline",), ("scan",), ("sources", "coverage")):
        said = run(*command, "--case", case, "--catalog", mine).err
        assert "door: 2 files were read with another declaration than your latest one" in said
        assert "forensics ingest --reread" in said
    assert run("timeline", "--case", case).err == ""


def test_files_are_read_anew_when_asked(run: Any, mine: Path, tmp_path: Path) -> None:
    case, logs = tmp_path / "case", tmp_path / "logs"
    run("ingest", logs, "--case", case, "--catalog", mine)
    correct(mine)
    ledger = run("sources", "coverage", "--case", case, "--catalog", mine, "-t", "json").document
    assert len(ledger["outdated"]) == len(ledger["sources"][0]["declarations"]) == 1
    part = run("ingest", logs / "1.jsonl", "--case", case, "--catalog", mine, "--reread")
    assert part.code == 2
    assert "door can only be read again whole" in part.err
    said = run("ingest", logs, "--case", case, "--catalog", mine, "--reread")
    assert said.code == 0
    assert "Read anew, in place of what was made of them before: 2." in said.err
    events = run("timeline", "--case", case, "-t", "json").document
    assert [one["actor"] for one in events] == ["c-2", "c-2"]
    ledger = run("sources", "coverage", "--case", case, "-t", "json").document
    assert ledger["outdated"] == []
    assert run("verify", "--case", case).code == 0
