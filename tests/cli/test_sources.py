"""Declarations on the command line: drafted from what is piped or packed, shown, and tried."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

RECORD = {"when": "2026-01-05T09:12:44Z", "badge": "b-1", "what": "user.disable", "whom": "c-2"}
LOG = (json.dumps(RECORD) + "\n").encode() * 3


@pytest.fixture
def declared(run: Any, tmp_path: Path) -> Path:
    """A drafted declaration in a folder of its own."""
    log = tmp_path / "door.jsonl"
    log.write_bytes(LOG)
    path = tmp_path / "mine" / "door.toml"
    path.parent.mkdir()
    path.write_text(run("sources", "scaffold", log).out, encoding="utf-8")
    return path


def test_a_draft_of_what_is_compressed_or_packed(run: Any, tmp_path: Path) -> None:
    packed = tmp_path / "logs.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("README.md", "nothing")
        archive.writestr("2026/door.jsonl.gz", gzip.compress(LOG))
    said = run("sources", "scaffold", packed)
    assert said.out.startswith('name = "door"\n')
    assert "Learnt from" in said.err
    assert "door.jsonl.gz" in said.err


def test_an_excel_export_has_a_mark_in_front(run: Any, tmp_path: Path) -> None:
    log = tmp_path / "door.csv"
    log.write_text("time;user;action\n2026-01-05T09:12:44Z;ada;ban\n", encoding="utf-16")
    assert 'time = "time"' in run("sources", "scaffold", log).out


def test_a_log_that_is_known_is_said_to_be(run: Any, story: Path) -> None:
    assert (
        "known already, as okta_system"
        in run("sources", "scaffold", story / "okta_system.jsonl").err
    )


def test_nothing_to_learn_from(run: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert run("sources", "scaffold", empty).code == 2
    assert run("sources", "scaffold", tmp_path / "absent").code == 2


def test_a_source_of_ones_own_is_shown_listed_and_recognised(
    run: Any, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORENSICS_CATALOG", str(declared.parent))
    shown = run("sources", "show", "door").out
    assert shown.startswith("door  Door\n")
    for told in ("known by", "NOT RECORDED", "COLUMNS", "ACTIONS"):
        assert told in shown
    assert re.search(r"account\.deactivate +user\.disable", shown)
    assert "door " in run("sources", "list").out


@pytest.mark.parametrize("width", [80, 160])
def test_a_page_is_wrapped_at_words(run: Any, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = run("sources", "show", "okta_system").out.splitlines()
    assert max(map(len, lines)) == width
    said = " ".join(" ".join(lines).split())
    assert "· Reads in the admin console are not logged, but for reports and secrets." in said


def test_a_source_that_is_not_there_has_neighbours(run: Any) -> None:
    said = run("sources", "show", "okta_sytem")
    assert said.code == 2
    assert "okta_system" in said.err


def test_an_example_that_fails_shows_what_it_wanted_and_got(run: Any, declared: Path) -> None:
    assert run("sources", "test", declared.parent).code == 0
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace('action = "account.deactivate"', 'action = "\\u001b[31m"'))
    said = run("sources", "test", declared)
    assert said.code == 1
    assert "1 failed" in said.out
    assert "\x1b" not in said.out
    (row,) = [line.split() for line in said.out.splitlines() if "account.deactivate" in line]
    assert row[0] == "action"
    assert row[-1] == "'account.deactivate'"
    (found,) = run("sources", "test", declared, "-t", "json").document
    assert [one["column"] for one in found["faults"][0]["differences"]] == ["action"]


def test_an_example_that_another_source_takes_is_told(
    run: Any, declared: Path, tmp_path: Path
) -> None:
    other = tmp_path / "theirs" / "gate.toml"
    other.parent.mkdir()
    text = declared.read_text(encoding="utf-8").replace('name = "door"', 'name = "gate"')
    other.write_text(text.replace("required = [", 'equals = { badge = "b-1" }\nrequired = ['))
    said = run("sources", "test", declared, "--catalog", other.parent)
    assert said.code == 0
    assert "example 0 is taken for gate" in said.err


def test_what_a_draft_leaves_to_do_is_told_and_no_failure(run: Any, declared: Path) -> None:
    said = run("sources", "test", declared)
    assert said.code == 0
    assert "# check" in said.err
    assert "omits is to be filled in" in said.err
    assert '# unused: badge = "b-1"' in declared.read_text(encoding="utf-8")
    lines = declared.read_text(encoding="utf-8").splitlines()
    done = [one.replace("To fill in: ", "") for one in lines if not one.startswith("# check")]
    text = "\n".join(done).replace("[event]", '[event]\nactor = "badge"')
    declared.write_text(text, encoding="utf-8")
    assert run("sources", "test", declared).err == ""


def test_events_that_will_not_say_who_did_what_are_told(run: Any, declared: Path) -> None:
    text = declared.read_text(encoding="utf-8").split("[[example]]")[0]
    kept = [one for one in text.splitlines() if not one.startswith(("actor", "operation"))]
    kept = [one.replace("[event]", '[event]\noperation = { const = "unknown" }') for one in kept]
    kept += ["[[example]]", f"raw = '{json.dumps(RECORD)}'", "expect = {}"]
    declared.write_text("\n".join(kept), encoding="utf-8")
    said = run("sources", "test", declared)
    assert said.code == 0
    assert "no path feeds operation" in said.err
    assert "no path feeds actor" in said.err


def test_a_folder_without_declarations(run: Any, tmp_path: Path) -> None:
    assert run("sources", "test", tmp_path).code == 2


def test_the_declaration_on_the_page_about_own_sources_holds(run: Any, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "own_source.md").read_text("utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "door_control.toml").write_text(block, encoding="utf-8")
    said = run("sources", "test", tmp_path)
    assert said.out == "door_control: 1 example, 0 failed\n"
    assert said.err == ""


def test_a_declaration_with_the_mark_of_an_editor_is_tested_as_it_is(
    run: Any, declared: Path
) -> None:
    declared.write_bytes(b"\xef\xbb\xbf" + declared.read_bytes())
    assert run("sources", "test", declared).code == 0
