"""`entitlement` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import entitlement
import judged
import pytest

HELD: dict[str, Any] = {"granted": True, "roles": entitlement.ROLES}
PARAMS: list[dict[str, Any]] = [HELD, HELD, {**HELD, "unused_for": "3h"}]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = entitlement.generate(random.Random(seed), 1700, listing=seed != 1)
    found = judged.answers(judged.engine(made), "entitlement", PARAMS[seed])
    judged.compare(found, entitlement.evaluate(made, PARAMS[seed]))
