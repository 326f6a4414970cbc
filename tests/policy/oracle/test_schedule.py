"""`schedule` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import judged
import pytest
import schedule

PARAMS: list[dict[str, Any]] = [
    {"source": "roster", "slack": "60m", "else": "business_hours"},
    {
        "source": "business_hours",
        "hours": "22:00-01:30",
        "days": ["thu", "fri", "sat", "sun", "mon", "tue"],
        "holidays": True,
    },
    {"source": "roster", "else": "business_hours", "hours": "00:00-24:00", "days": ["fri", "sat"]},
]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = schedule.generate(random.Random(seed), 1700)
    found = judged.answers(judged.engine(made), "schedule", PARAMS[seed])
    judged.compare(found, schedule.evaluate(made, PARAMS[seed]))
