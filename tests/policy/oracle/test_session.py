"""`session` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import histories
import pytest
import session

PARAMS: list[dict[str, Any]] = [
    {"max_duration": "2h"},
    {"max_duration": "2h", "same": ["src_ip"]},
    {"same": ["src_ip", "device_id"]},
]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = session.generate(random.Random(seed), 1700)
    expected = session.evaluate(made, PARAMS[seed])
    found = histories.values(histories.engine(made), "session", PARAMS[seed])
    wrong = {
        uid: (found[uid]["value"], value)
        for uid, value in expected.items()
        if found[uid]["value"] != value
    }
    assert wrong == {}
    assert len(found) == len(expected)
    assert set(expected.values()) == {True, False, None}
