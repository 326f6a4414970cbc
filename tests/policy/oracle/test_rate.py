"""`rate` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import histories
import pytest
import rate

PARAMS: list[dict[str, Any]] = [
    {"count": 3, "per": "actor.id", "window": "10m"},
    {"count": 2, "per": "actor.id", "window": "10m", "distinct": "target.id", "sliding": True},
    {"count": 2, "per": "actor.id", "window": "5m", "where": {"action": ["account.suspend"]}},
]
KNOWN = "CASE WHEN outcome = 'success' THEN TRUE END"
NO_TIERS = {
    "tiers": "CAST([] AS VARCHAR[])",
    "tiers_possible": "CAST([] AS VARCHAR[])",
    "tiers_unknown": "FALSE",
}


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = rate.generate(random.Random(seed), 1700)
    engine = histories.engine(made, scoped={"in_scope": KNOWN, **NO_TIERS})
    expected = rate.evaluate(made, PARAMS[seed])
    found = histories.values(engine, "rate", PARAMS[seed])
    wrong = {
        uid: (found[uid]["value"], value)
        for uid, value in expected.items()
        if found[uid]["value"] != value
    }
    assert wrong == {}
    assert len(found) == len(expected)
    assert set(expected.values()) == {True, False, None}
