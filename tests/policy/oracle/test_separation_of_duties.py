"""`separation_of_duties` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import histories
import pytest
import separation_of_duties as duties

PARAMS: list[dict[str, Any]] = [
    {"steps": duties.STEPS, "on": ["case", "target"], "window": "30d"},
    {"steps": duties.STEPS, "on": ["target"], "window": "30d", "reciprocal": 2},
    {"steps": duties.STEPS[:2], "on": ["case"], "window": "30d"},
]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = duties.generate(random.Random(seed), 1700)
    expected = duties.evaluate(made, PARAMS[seed])
    found = histories.values(histories.engine(made), "separation_of_duties", PARAMS[seed])
    wrong = {
        uid: (found[uid]["value"], value)
        for uid, value in expected.items()
        if found[uid]["value"] != value
    }
    assert wrong == {}
    assert len(found) == len(expected)
    assert set(expected.values()) == {True, False, None}
