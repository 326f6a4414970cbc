"""Naming the formats or a view costs no import of what only another output needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import forensics.reports

ROOT = Path(forensics.reports.__file__).parents[2]


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("forensics.reports", {"pyarrow", "rich", "jinja2", "duckdb"}),
        ("forensics.reports.terminal", {"pyarrow", "jinja2", "duckdb"}),
        ("forensics.reports.html", {"pyarrow", "rich", "duckdb"}),
    ],
)
def test_deferred(imported: str, absent: set[str]) -> None:
    code = f"import sys, {imported}; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not absent & set(found.stdout.split())
