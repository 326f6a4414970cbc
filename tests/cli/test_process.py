"""What only a process of its own can show: signals, closed pipes, terminals, start-up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

FORENSICS = [sys.executable, "-m", "forensics"]


def _heed_signals() -> None:
    """As in a terminal: a shell's background jobs, and all they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("existing", [False, True])
def test_a_stopped_ingest_leaves_no_half_made_case(
    environment: dict[str, str], story: Path, tmp_path: Path, number: int, existing: bool
) -> None:
    case = tmp_path / "case"
    if existing:
        made = [*FORENSICS, "ingest", str(story / "okta_system.jsonl"), "--case", str(case)]
        subprocess.run(made, env=environment, check=True, capture_output=True)
    before = _state(case)
    # A pipe whose writer does not end holds the ingest in the middle of a file.
    process = subprocess.Popen(
        [*FORENSICS, "ingest", "-", "--case", str(case)],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write((story / "okta_system.jsonl").read_bytes())
    process.stdin.flush()
    _until((case / "staging").exists)
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 130
    assert b"Interrupted" in err
    assert b"Traceback" not in err
    assert _state(case) == before


def _state(case: Path) -> dict[str, bytes]:
    """What a case holds, but for the files of SQLite and the lock."""
    return {
        str(one.relative_to(case)): one.read_bytes()
        for one in sorted(case.rglob("*"))
        if one.is_file() and not one.name.startswith(("catalog.sqlite-", "lock"))
    }


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def test_a_stopped_question_over_logs_leaves_no_throwaway_case(
    environment: dict[str, str], story: Path
) -> None:
    process = subprocess.Popen(
        [*FORENSICS, "scan", "--logs", "-"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write((story / "okta_system.jsonl").read_bytes())
    process.stdin.flush()
    kept = Path(environment["XDG_CACHE_HOME"]) / "forensics" / "logs"
    _until(lambda: kept.is_dir() and any(kept.glob("*/staging")))
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert list(kept.iterdir()) == []


def test_a_stopped_query_ends_with_130(environment: dict[str, str], story_case: Path) -> None:
    endless = (
        "select count(*) from range(100000000) a, range(100000000) b where a.range * b.range = 7"
    )
    process = subprocess.Popen(
        [*FORENSICS, "sql", endless, "--case", str(story_case)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )  # fmt: skip
    try:
        time.sleep(4)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert out == b""
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    "command",
    [
        ("timeline",), ("timeline", "-t", "csv"), ("timeline", "-t", "jsonl"),
        ("timeline", "-t", "json"), ("outage", "@headofstate"), ("scan", "-t", "json"),
        ("sql", "select * from events"), ("sql", "select raw from events", "-t", "csv"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_reader_that_leaves_is_no_error(
    environment: dict[str, str], story_case: Path, command: tuple[str, ...]
) -> None:
    process = subprocess.Popen(
        [*FORENSICS, *command, "--case", str(story_case)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=_heed_signals,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0, err
    assert b"Traceback" not in err
    assert b"Broken" not in err
    assert b"Exception" not in err


def test_help_for_a_reader_that_leaves(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*FORENSICS, "--help"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_a_terminal_of_few_signs_gets_others(environment: dict[str, str], story_case: Path) -> None:
    said = subprocess.run(
        [*FORENSICS, "actor", "contractor-7", "--case", str(story_case)],
        env={**environment, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, capture_output=True,
        check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert b"contractor-7" in said.stdout
    said.stdout.decode("ascii")


@pytest.mark.parametrize(("asked", "colored"), [("", True), ("1", False)])
def test_colour_on_a_terminal_unless_told_not_to(
    environment: dict[str, str], story_case: Path, asked: str, colored: bool
) -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    settings = {**environment, "TERM": "xterm-256color", "COLUMNS": "100"}
    if asked:
        settings["NO_COLOR"] = asked
    process = subprocess.Popen(
        [*FORENSICS, "actor", "contractor-7", "--case", str(story_case)],
        env=settings, stdout=follower, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(follower)
    text = b""
    while True:
        try:
            part = os.read(leader, 65_536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(leader)
    assert process.wait() == 0
    assert b"contractor-7" in text
    assert (b"\x1b[3" in text or b"\x1b[9" in text) is colored


def test_help_imports_nothing_heavy(environment: dict[str, str]) -> None:
    heavy = "{'duckdb', 'pyarrow', 'pandas', 'rich', 'sqlglot', 'jinja2', 'sigma', 'msgspec'}"
    code = (
        "import sys; from forensics.cli import run; run(['--help']);"
        f"found = {heavy} & set(sys.modules); sys.exit(', '.join(found) or 0)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert said.returncode == 0, said.stderr


def test_the_module_runs_as_the_command(environment: dict[str, str]) -> None:
    said = subprocess.run(
        [*FORENSICS, "--version"], env=environment, capture_output=True, check=False
    )
    assert said.stdout.startswith(b"forensics, version ")
