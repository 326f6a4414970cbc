"""Text of a log is shown, never obeyed: no escape, markup or bidi character reaches a stream."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

QUESTIONS = [
    ("timeline",), ("timeline", "--raw"), ("timeline", "-t", "csv"), ("timeline", "-t", "jsonl"),
    ("timeline", "-t", "json", "--raw"), ("scan",), ("scan", "-t", "json"),
    ("people", "unresolved"), ("people", "unresolved", "-t", "json"),
    ("people", "leavers", "--since", "2017-10-01"),
    ("sql", "select * from events"), ("sql", "select * from rejects"),
    ("sql", "select * from employment"), ("sql", "select * from files", "-t", "json"),
    ("sql", 'select raw as "[bold]\x1b[31m" from events', "-t", "json"),
    ("sql", 'select raw as "[bold]\x1b[31m" from events'),
    ("sql", "select raw from events", "-t", "csv"),
]  # fmt: skip


def _harmless(said: Any, live: Any) -> None:
    assert live(said.out) == []
    assert live(said.err) == []
    assert "fault of the tool" not in said.err


@pytest.mark.parametrize("command", QUESTIONS, ids=" ".join)
def test_questions(run: Any, hostile_logs: Path, live: Any, command: tuple[str, ...]) -> None:
    said = run(*command, "--logs", hostile_logs)
    assert said.code in {0, 4}
    assert said.out
    _harmless(said, live)


@pytest.mark.parametrize("command", ["outage", "actor", "target"])
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_questions_about_a_hostile_name(
    run: Any, hostile_logs: Path, live: Any, hostile: str, command: str, output_format: str
) -> None:
    said = run(command, hostile, "-t", output_format, "--logs", hostile_logs)
    assert said.code in {0, 4}
    assert "gnp.exe" in said.out
    _harmless(said, live)
    if output_format == "json":
        assert hostile in _texts(said.document)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(
    "command",
    [
        ("outage", "{}"), ("actor", "{}"), ("people", "show", "{}"), ("timeline", "{}"),
        ("target", "{}"), ("explain", "outage", "{}"),
        ("timeline", "--actor", "{}"), ("timeline", "--since", "{}"), ("timeline", "--tz", "{}"),
        ("sql", "{}"), ("{}",), ("scan", "--{}"), ("scan", "--fail-on", "{}"),
        ("report", "scan", "-o", "{}.docx"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_a_user_typed_is_said_back_harmless(
    run: Any, story_case: Path, live: Any, hostile: str, command: tuple[str, ...]
) -> None:
    words = [one.replace("{}", hostile) for one in command]
    options = () if command == ("{}",) else ("--case", story_case)
    said = run(*words, *options)
    assert said.code in {0, 2}
    assert said.err
    _harmless(said, live)


def test_ingest_sources_and_people(
    run: Any, hostile_logs: Path, live: Any, hostile: str, tmp_path: Path
) -> None:
    logs = shutil.copytree(hostile_logs, tmp_path / "logs")
    named = logs / f"{hostile.replace('/', '')}.jsonl"
    named.write_text('{"some": "log", "' + "x" * 8 + '": "\\u001b[31m"}\n', encoding="utf-8")
    case = tmp_path / "case"
    for command in (
        ("ingest", logs, "--case", case),
        ("ingest", logs, "-t", "json", "--case", tmp_path / "other"),
        ("sources", "recognise", logs),
        ("sources", "recognise", logs, "-t", "json"),
        ("people", "import", logs / "employees.csv", "--case", case),
        ("people", "import", named, "--case", case),
        ("people", "show", hostile, "--case", case),
        ("verify", "--case", case),
        ("sources", "scaffold", named),
        ("sources", "test", named),
    ):
        said = run(*command)
        assert said.code in {0, 2, 4}, command
        _harmless(said, live)


def test_reports_hold_no_live_markup(run: Any, hostile_logs: Path, tmp_path: Path) -> None:
    page = tmp_path / "scan.html"
    assert run("report", "scan", "-o", page, "--logs", hostile_logs).code in {0, 4}
    text = page.read_text(encoding="utf-8")
    assert not any(sign in text for sign in "\x1b\x9b\u202e\u2066")


def test_brackets_are_text_not_markup(run: Any, tmp_path: Path, write_log: Any) -> None:
    log = write_log(
        tmp_path / "a.jsonl", {"target": {"type": "account", "handle": "[bold]b[/bold]", "id": "1"}}
    )
    assert "[bold]b[/bold]" in run("timeline", "--logs", log).out
    assert "[bold]b[/bold]" in run("sql", "select target from events", "--logs", log).out


def test_colour_is_only_what_the_tool_sets(
    run: Any, hostile_logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("--color", "timeline", "--raw", "--logs", hostile_logs)
    assert "\x1b[" in said.out
    assert "\x1b]" not in said.out
    assert "\x1b[31mred" not in said.out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("timeline", "--logs", hostile_logs).out
