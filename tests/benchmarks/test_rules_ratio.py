"""Published rules are asked of a stored case at little more than a scan written for them costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import api

pytestmark = pytest.mark.benchmark

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "sigma_rules" / "rules"
EVENTS = 1_000_000
GIBIBYTE = 1024**3


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="published rules are not at hand")
def test_rules_stay_near_a_scan_written_for_them(
    script: Callable[..., str], tmp_path: Path
) -> None:
    script("cloudtrail.py", "--out", tmp_path / "logs", "--events", EVENTS, "--per-file", 5_000)
    with api.create_case(tmp_path / "case") as case:
        case.ingest(tmp_path / "logs" / "bucket")
    rules = ("--first", PUBLISHED / "cloud" / "aws", "--every", PUBLISHED)
    figures = json.loads(script("rules.py", tmp_path / "case", *rules))
    assert figures["matches"]["ours"] == figures["matches"]["by_hand"] > 0
    assert figures["ratio"] <= 2.5, figures
    # Six times as many rules, most of them of other logs.
    assert figures["growth"] <= 1.5, figures
    assert figures["peak"] <= 2 * GIBIBYTE, figures
