"""`control_weakening` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from collections.abc import Callable

import control_weakening
import histories
import pytest

from forensics.policy import relations_around

PARAMS = {
    "controls": ["logging.disable", "policy.disable", "policy.change"],
    "within": "1h",
    "by": "same_person",
}


@pytest.mark.parametrize(
    ("seed", "crowd"), [*((n, relations_around.CROWD) for n in range(4)), (4, 0)]
)
def test_agreement(seed: int, crowd: int, looking_at: Callable[[int], None]) -> None:
    """Also where only the nearest of each kind are looked at, as under a key that many share."""
    looking_at(crowd)
    made = control_weakening.generate(random.Random(seed), 1300)
    expected = control_weakening.evaluate(made, PARAMS)
    found = histories.values(histories.engine(made), "control_weakening", PARAMS)
    wrong = {
        uid: (found[uid]["value"], value)
        for uid, value in expected.items()
        if found[uid]["value"] != value
    }
    assert wrong == {}
    assert len(found) == len(expected)
    assert set(expected.values()) == {True, False, None}
