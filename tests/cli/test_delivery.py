"""Answers in files: what stdout would hold, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("command", "output_format"),
    [
        (("timeline", "--actor", "lead-sf-1"), "csv"),
        (("timeline", "--actor", "lead-sf-1"), "jsonl"),
        (("timeline", "--actor", "lead-sf-1"), "json"),
        (("sql", "select source, count(*) n from events group by 1 order by 1"), "csv"),
        (("outage", "@headofstate"), "json"),
        (("scan",), "json"),
        (("actor", "lead-sf-1"), "json"),
    ],
)
def test_a_file_holds_what_stdout_would(
    run: Any, story_case: Path, tmp_path: Path, command: tuple[str, ...], output_format: str
) -> None:
    file = tmp_path / "answer"
    options = ("-t", output_format, "--case", story_case)
    shown = run(*command, *options)
    said = run(*command, *options, "-o", file)
    assert (said.code, said.out) == (0, "")
    assert str(file) in said.err
    assert file.read_bytes().decode("utf-8") == shown.out
    assert [one.name for one in tmp_path.iterdir()] == ["answer"]


@pytest.mark.parametrize(
    "command",
    [("outage", "@headofstate"), ("scan",), ("actor", "lead-sf-1"), ("timeline", "--limit", "9")],
    ids=lambda one: one[0],
)
def test_the_view_for_a_person_in_a_file_is_plain_text(
    run: Any, story_case: Path, tmp_path: Path, command: tuple[str, ...], live: Any
) -> None:
    file = tmp_path / "answer.txt"
    assert run(*command, "-o", file, "--case", story_case).code == 0
    text = file.read_text(encoding="utf-8")
    assert "contractor-7" in text or "lead-sf-1" in text or "employee" in text
    assert not text.startswith("{")
    assert live(text) == []


def test_a_file_that_cannot_be_written_is_said_before_any_work(
    run: Any, story_case: Path, tmp_path: Path
) -> None:
    file = tmp_path / "nowhere" / "x.json"
    for command in (("scan", "-t", "json"), ("report", "scan"), ("sql", "select 1", "-t", "csv")):
        said = run(*command, "-o", file, "--case", story_case)
        assert said.code == 2
        assert "nowhere" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_failing_question_leaves_the_file_as_it_was(
    run: Any, story_case: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kept.json"
    file.write_text("kept")
    assert run("outage", "@nobody", "-t", "json", "-o", file, "--case", story_case).code == 2
    assert file.read_text() == "kept"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("command", [("timeline",), ("sql", "select 1")], ids=lambda one: one[0])
def test_parquet_needs_a_file(run: Any, story_case: Path, command: tuple[str, ...]) -> None:
    said = run(*command, "-t", "parquet", "--case", story_case)
    assert said.code == 2
    assert "-o FILE" in said.err


@pytest.mark.parametrize("kind", ["html", "json"])
def test_reports(run: Any, story_case: Path, tmp_path: Path, kind: str) -> None:
    for command in (("outage", "@headofstate"), ("scan",)):
        file = tmp_path / f"{command[0]}.{kind}"
        said = run("report", *command, "-o", file, "--case", story_case)
        assert (said.code, said.out) == (0, "")
        assert "@headofstate" in file.read_text(encoding="utf-8")


def test_a_report_in_another_format_is_refused(run: Any, story_case: Path, tmp_path: Path) -> None:
    said = run("report", "scan", "-o", tmp_path / "x.docx", "--case", story_case)
    assert said.code == 2
    assert ".html or .json" in said.err


def test_the_report_in_json_is_the_document(run: Any, story_case: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    run("report", "outage", "@headofstate", "-o", file, "--case", story_case)
    shown = run("outage", "@headofstate", "-t", "json", "--case", story_case)
    assert file.read_text(encoding="utf-8") == shown.out
