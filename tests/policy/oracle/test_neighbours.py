"""`preceded_by` and `followed_by` agree with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import histories
import neighbours
import pytest

from forensics.policy import relations_around

PARAMS: list[dict[str, Any]] = [
    {"event": "case.view", "same": ["session.id"], "within": "1h", "by": "other_person"},
    {"event": ["case.view", "access.read"], "same": ["target"], "within": "1h"},
    {"event": "case.view", "same": ["case", "target"], "within": "1h", "by": "actor"},
    {"event": ["case.view", "access.read"], "by": "actor", "within": "1h"},
    {"event": "case.view", "same": ["session.id", "case"], "within": "2h", "by": "other_person"},
]


@pytest.mark.parametrize("crowd", [relations_around.CROWD, 0])
@pytest.mark.parametrize("seed", range(5))
def test_agreement(seed: int, crowd: int, looking_at: Callable[[int], None]) -> None:
    """Also where only the nearest of each kind are looked at, as under a key that many share."""
    looking_at(crowd)
    draw = random.Random(seed)
    made = neighbours.generate(draw, 550)
    engine = histories.engine(made)
    for preceding, name in ((True, "preceded_by"), (False, "followed_by")):
        params = PARAMS[seed]
        expected = neighbours.evaluate(made, params, preceding=preceding)
        found = histories.values(engine, name, params)
        got = {uid: row["value"] for uid, row in found.items()}
        wrong = {uid: (got.get(uid), value) for uid, value in expected.items() if got[uid] != value}
        assert wrong == {}
        assert len(got) == len(expected)
        assert set(expected.values()) == {True, False, None}
