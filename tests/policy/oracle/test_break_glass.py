"""`break_glass` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import break_glass
import histories
import pytest

FULL = {
    "session": "open",
    "reason": "required",
    "review_within": "1h",
    "review": break_glass.REVIEW,
}
PARAMS: list[dict[str, Any]] = [FULL, {"session": "open", "reason": "required"}, FULL]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = break_glass.generate(random.Random(seed), 1700)
    expected = break_glass.evaluate(made, PARAMS[seed])
    found = histories.values(histories.engine(made), "break_glass", PARAMS[seed])
    wrong = {
        uid: (found[uid]["value"], value)
        for uid, value in expected.items()
        if found[uid]["value"] != value
    }
    assert wrong == {}
    assert len(found) == len(expected)
    assert set(expected.values()) == {True, False, None}
