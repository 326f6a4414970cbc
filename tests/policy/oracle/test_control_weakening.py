"""`control_weakening` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random

import control_weakening
import histories
import pytest

PARAMS = {
    "controls": ["logging.disable", "policy.disable", "policy.change"],
    "within": "1h",
    "by": "same_person",
}


@pytest.mark.parametrize("seed", range(4))
def test_agreement(seed: int) -> None:
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
