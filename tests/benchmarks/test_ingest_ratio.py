"""Ingest stays near what its least possible work costs, in time and in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.benchmark

EVENTS = 200_000
GIBIBYTE = 1024**3

Measure = Callable[..., dict[str, dict[str, Any]]]


def test_ingest_stays_within_half_again_of_the_reference(measure: Measure) -> None:
    figures = measure("ingest", events=EVENTS, rounds=3)["ingest"]
    assert figures["ratio"] <= 1.5, figures
    assert figures["peak"] < 2 * GIBIBYTE, figures


def test_peak_memory_does_not_grow_with_the_number_of_files(measure: Measure) -> None:
    """40 files against 800, with the same events."""
    figures = measure("files", events=EVENTS, rounds=2)["many_files"]
    assert figures["peak"] <= 1.15 * figures["known_peak"], figures
