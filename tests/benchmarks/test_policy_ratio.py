"""Thirty policies judge a case at the cost of a few scans of the columns they use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.benchmark

EVENTS = 1_000_000
GIBIBYTE = 1024**3


def test_thirty_policies_stay_near_a_scan(script: Callable[..., str], tmp_path: Path) -> None:
    printed = script("policies.py", "--scratch", tmp_path, "--events", EVENTS, "--rounds", 3)
    found = json.loads(printed)
    assert found["policies"] == 30
    assert found["verdicts"]
    # What does not grow with the events weighs most here; at ten million it is nine scans.
    assert found["ratio"] <= 16, found
    assert found["peak"] < GIBIBYTE, found
