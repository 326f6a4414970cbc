"""The case folder: made once, never over something else, and written by one at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.errors import CaseError
from forensics.evidence import case


def test_a_new_case_is_empty_whole_and_private(tmp_path: Path, bench: Any) -> None:
    paths = case.create(tmp_path / "deep" / "case")
    assert case.locate(paths.root) == paths
    assert paths.root.stat().st_mode & 0o077 == 0
    assert paths.catalog.stat().st_mode & 0o077 == 0
    found = bench.verify()
    assert (found.files, found.faults) == (0, ())
    assert bench.rows("SELECT * FROM events") == []


def test_a_case_is_not_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    case.create(tmp_path / "empty")
    with pytest.raises(CaseError, match="exists already"):
        case.create(tmp_path / "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    with pytest.raises(CaseError, match="not empty"):
        case.create(tmp_path / "full")
    with pytest.raises(CaseError):
        case.create(tmp_path / "full" / "x")
    assert (tmp_path / "full" / "x").read_text() == "mine"


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ({"format": "forensics-case", "version": 2}, "has version 2; this tool reads"),
        ({"format": "other", "version": 1}, "this tool reads"),
        ({"format": "forensics-case"}, "cannot be read"),
        ([], "cannot be read"),
    ],
)
def test_a_case_that_is_newer_or_none_is_not_touched(bench: Any, marker: Any, message: str) -> None:
    bench.paths.marker.write_text(json.dumps(marker))
    before = sorted(bench.root.iterdir())
    with pytest.raises(CaseError, match=message):
        case.locate(bench.root)
    assert sorted(bench.root.iterdir()) == before


def test_a_folder_that_is_no_case_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="not a case") as caught:
        case.locate(tmp_path)
    assert "ingest" in str(caught.value.remedy)


@pytest.fixture
def held(bench: Any) -> Any:
    """A case that another process is writing to."""
    bench.paths.staging.mkdir()
    (bench.paths.staging / "work").write_text("half done")
    descriptor = os.open(bench.paths.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def test_a_second_writer_leaves_and_harms_nothing(
    bench: Any, held: int, entry: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case, "_WAIT_SECONDS", 0.0)
    bench.write("a.jsonl", [entry(1)])
    with pytest.raises(CaseError, match="Another forensics process"):
        bench.ingest()
    assert (bench.paths.staging / "work").read_text() == "half done"


def test_a_second_writer_waits_for_the_first(
    bench: Any, held: int, entry: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("a.jsonl", [entry(1)])
    monkeypatch.setattr(case.time, "sleep", lambda _: fcntl.flock(held, fcntl.LOCK_UN))
    assert bench.ingest().files[0].stored == 1
    assert not bench.paths.staging.exists()
