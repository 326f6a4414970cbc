"""`employment` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import employment
import judged
import pytest

PARAMS: list[dict[str, Any]] = [
    {"phase": ["notice", "last_day"], "window": {"before_last_day": "30d"}},
    {"phase": ["ended", "garden_leave"], "cutoff": "access_end_at", "grace": "60m"},
    {"phase": ["ended", "garden_leave"]},
    {"phase": ["leave", "ended"]},
    {"phase": ["employed", "notice", "last_day"], "window": {"before_access_end": "1h"}},
]


@pytest.mark.parametrize("seed", range(len(PARAMS)))
def test_agreement(seed: int) -> None:
    made = employment.generate(random.Random(seed), 1100)
    found = judged.answers(judged.engine(made), "employment", PARAMS[seed])
    judged.compare(found, employment.evaluate(made, PARAMS[seed]))
