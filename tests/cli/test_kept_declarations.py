"""Own declarations on the command line: named once, kept with the case, corrected later."""

from __future__ import annotations

import json
import sqlite3
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
    assert said.err == "Read with declarations that the case keeps: door.\n"
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


def rename(mine: Path, to: Path) -> None:
    """The same declaration under another name, in a folder of its own."""
    to.mkdir()
    (to / "inhouse.toml").write_text(
        DECLARATION.replace('name = "door"', 'name = "portal"'), encoding="utf-8"
    )


def test_one_that_is_given_is_taken_before_a_kept_one_that_fits_as_well(
    run: Any, mine: Path, tmp_path: Path
) -> None:
    case, logs, other = tmp_path / "case", tmp_path / "logs", tmp_path / "other"
    run("ingest", logs, "--case", case, "--catalog", mine)
    rename(mine, other)
    said = run("ingest", logs, "--case", case, "--catalog", other)
    assert "read as door before, would now be read as portal" in said.err
    said = run("ingest", logs, "--case", case, "--catalog", other, "--reread")
    assert (said.code, "Read with" in said.err) == (0, False)
    told = run("sql", "--case", case, "SELECT DISTINCT source FROM events", "-t", "json").document
    assert told == [{"source": "portal"}]
    record = {"door": "x", "at": "2026-01-05T10:00:00Z", "op": "shut"}
    (logs / "3.jsonl").write_text(json.dumps(record), encoding="utf-8")
    assert (
        "Read with declarations that the case keeps: portal."
        in run("ingest", logs, "--case", case).err
    )
    assert run("verify", "--case", case).code == 0


def test_a_kept_declaration_can_be_forgotten(run: Any, mine: Path, tmp_path: Path) -> None:
    case, logs = tmp_path / "case", tmp_path / "logs"
    better = DECLARATION.replace('name = "door"', 'name = "gate"')
    run("ingest", logs, "--case", case, "--catalog", mine)
    (mine / "door.toml").write_text(better.replace('"at"]', '"at", "op"]'), encoding="utf-8")
    run("ingest", logs, "--case", case, "--catalog", mine, "--reread")
    (mine / "door.toml").write_text(better.replace('name = "gate"', 'name = "door"'))
    kept = run("ingest", logs, "--case", case, "--catalog", mine, "--reread")
    assert "Read with declarations that the case keeps: gate." in kept.err
    alone = run("ingest", logs, "--case", case, "--catalog", mine, "--without", "gate")
    assert (alone.code, "with --reread" in alone.err) == (2, True)
    unknown = run("ingest", logs, "--case", case, "--reread", "--without", "gait")
    assert (unknown.code, "Did you mean gate?" in unknown.err) == (2, True)
    lost = run("ingest", logs, "--case", case, "--reread", "--without", "gate")
    assert (lost.code, "gives 0 records instead of 1" in lost.err) == (2, True)
    (tmp_path / "none.txt").write_text("words", encoding="utf-8")
    part = run("ingest", tmp_path / "none.txt", "--case", case, "--reread", "--without", "gate")
    assert (part.code, "gate cannot be forgotten" in part.err) == (2, True)
    said = run("ingest", logs, "--case", case, "--catalog", mine, "--reread", "--without", "gate")
    assert said.code == 0
    told = run("sql", "--case", case, "SELECT DISTINCT source FROM events", "-t", "json").document
    assert told == [{"source": "door"}]
    catalog = sqlite3.connect(case / "catalog.sqlite")
    [(sealed,)] = catalog.execute("SELECT details FROM custody ORDER BY no DESC LIMIT 1")
    catalog.close()
    assert json.loads(sealed)["without"] == ["gate"]
    assert run("verify", "--case", case).code == 0
