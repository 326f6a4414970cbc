"""A case open for questions: a question larger than memory is answered from a private folder."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from forensics.evidence.store import Store

LARGER_THAN_MEMORY = """
SELECT hash(i)::VARCHAR || repeat('x', 200) AS text FROM range(600_000) AS r(i)
ORDER BY text OFFSET 1
"""


def test_a_question_may_spill(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "temporary"
    below.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(below))
    store = Store(bench.paths)
    (folder,) = below.iterdir()
    # What is spilled is evidence.
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    store.engine.execute("SET memory_limit = '64MB'")
    store.engine.keep("large", LARGER_THAN_MEMORY)
    assert store.engine.rows("SELECT count(*) AS n FROM large") == [{"n": 599_999}]
    assert any(folder.iterdir())
    store.close()
    assert list(below.iterdir()) == []


def test_what_an_unclosed_case_spilled_goes_with_it(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "temporary"
    below.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(below))
    store = Store(bench.paths)
    assert list(below.iterdir())
    del store
    assert list(below.iterdir()) == []
