"""Starting up and asking cost little more than the libraries they stand on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.benchmark

Measure = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def figures(measure: Measure) -> dict[str, dict[str, Any]]:
    """A case of a million events, and what asking it cost."""
    return measure("start", events=1_000_000, rounds=5)


def test_help_costs_little_more_than_importing_click(figures: dict[str, dict[str, Any]]) -> None:
    assert figures["help"]["ratio"] <= 2, figures["help"]


def test_timeline_finds_all_that_was_planted(figures: dict[str, dict[str, Any]]) -> None:
    assert figures["timeline"]["found"] == figures["timeline"]["planted"] > 0


def test_timeline_of_one_actor_and_hour_is_near_a_bare_query(
    figures: dict[str, dict[str, Any]],
) -> None:
    assert figures["timeline"]["ratio"] <= 4, figures["timeline"]
