"""`approval` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import approval
import judged
import pytest

PARAMS: list[dict[str, Any]] = [
    {"role": ["lead"], "max_age": "24h", "approver_phase_not": ["last_day", "ended"]},
    {"min": 2},
    {"not_in_chain_of": "actor"},
]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = approval.generate(random.Random(seed), 1700, managers=seed == 2, most=seed * 3 + 3)
    found = judged.answers(judged.engine(made), "approval", PARAMS[seed])
    judged.compare(found, approval.evaluate(made, PARAMS[seed]))
