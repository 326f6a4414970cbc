"""What the command line refuses so that evidence stays as it is, and what it refuses to say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from forensics.cli import run


@pytest.fixture
def copied(story_case: Path, tmp_path: Path) -> Path:
    """A case of the story that a test may spoil."""
    return Path(shutil.copytree(story_case, tmp_path / "case"))


def _flip(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("folder", ["segments", "context"])
@pytest.mark.parametrize(
    "question", [["outage", "@headofstate"], ["scan"], ["actor", "contractor-7"]]
)
def test_altered_evidence_is_not_answered_from(
    copied: Path, folder: str, question: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _flip(min((copied / folder).iterdir()))
    assert run([*question, "--case", str(copied)]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "was changed" in shown.err
    assert "forensics verify" in shown.err


def test_a_cut_segment_stops_the_timeline(copied: Path) -> None:
    path = min((copied / "segments").iterdir())
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-10])
    assert run(["timeline", "--case", str(copied)]) == 3


def test_an_answer_is_not_written_into_a_case(copied: Path) -> None:
    before = (copied / "catalog.sqlite").read_bytes()
    for name in ("catalog.sqlite", "segments/x.csv"):
        asked = ["sql", "select 1", "-t", "csv", "-o", str(copied / name), "--case", str(copied)]
        assert run(asked) == 2
    assert (copied / "catalog.sqlite").read_bytes() == before


def test_a_log_is_not_overwritten(tmp_path: Path, environment: Any) -> None:
    log = tmp_path / "probe.csv"
    log.write_text("checked_at,target,state,probe\n2026-01-05T09:00:00Z,@a,active,p-1\n")
    before = log.read_bytes()
    asked = ["timeline", "--logs", str(log), "-t", "csv", "-o", str(log)]
    assert run(asked) == 2
    assert log.read_bytes() == before


def test_a_case_nobody_may_write_to_is_read(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
        (copied / name).unlink(missing_ok=True)
    granted = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and granted(path, mode))
    assert run(["verify", "--case", str(copied)]) == 0
    assert run(["outage", "@headofstate", "--case", str(copied)]) == 0
    assert not (copied / "catalog.sqlite-shm").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--window", "2m"], "--around"),
        (["--since", "2017-11-03", "--until", "2017-11-01"], "Nothing lies between"),
    ],
)
def test_a_question_that_has_no_answer(
    story_case: Path, asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["timeline", *asked, "--case", str(story_case)]) == 2
    assert said in capsys.readouterr().err
