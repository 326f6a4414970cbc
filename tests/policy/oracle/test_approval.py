"""`approval` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import approval
import judged
import pyarrow as pa
import pytest
from histories import STAMP

PARAMS: list[dict[str, Any]] = [
    {
        "role": ["lead"],
        "max_age": "24h",
        "approver_phase_not": ["last_day", "ended", "garden_leave"],
    },
    {"min": 2},
    {"not_in_chain_of": "actor"},
]


TENANTS: list[list[str | None]] = [[None, None, "T-1", "t-1"], [None, "T-1", "T-2"], [None]]
PROTECTED = pa.schema(
    [
        ("target", pa.string()),
        ("tier", pa.string()),
        ("valid_from", STAMP),
        ("valid_to", STAMP),
    ]
)


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = approval.generate(
        random.Random(seed),
        900,
        managers=seed == 2,
        most=seed * 3 + 3,
        tenants=TENANTS[seed],
        bare=seed == 0,
    )
    engine = judged.engine(made)
    rows = [row for story in made for row in story.of("protected_targets")]
    engine.register("protected_targets", pa.Table.from_pylist(rows, schema=PROTECTED))
    found = judged.answers(engine, "approval", PARAMS[seed])
    judged.compare(found, approval.evaluate(made, PARAMS[seed]))
