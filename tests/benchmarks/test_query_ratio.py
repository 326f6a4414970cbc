"""A question to a case costs little more than the same question in bare DuckDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import api

pytestmark = pytest.mark.benchmark

EVENTS = 1_000_000


def test_a_question_stays_near_bare_duckdb(script: Callable[..., str], tmp_path: Path) -> None:
    script("cloudtrail.py", "--out", tmp_path / "logs", "--events", EVENTS, "--per-file", 5_000)
    with api.create_case(tmp_path / "case") as case:
        case.ingest(tmp_path / "logs" / "bucket")
    figures = json.loads(script("queries.py", tmp_path / "case", "--rounds", 9, "--json"))
    assert figures["rare target"]["rows"]
    for name in ("frequent target", "rare target", "absent target"):
        assert figures[name]["ratio"] <= 1.3, (name, figures[name])
    # The bare one reads some of the row groups only: what asking costs at all weighs as much.
    assert figures["an hour"]["ratio"] <= 2.2, figures["an hour"]
