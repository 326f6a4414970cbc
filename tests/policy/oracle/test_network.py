"""`network` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random
from typing import Any

import judged
import network
import pytest

PARAMS: list[dict[str, Any]] = [
    {"src_ip": ["10.0.0.0/8", "2001:db8::/32"]},
    {"ranges": ["corporate"], "country": ["US"]},
    {"asn": [64496], "country": ["FR", "US"], "src_ip": ["0.0.0.0/0", "::/0"]},
]


@pytest.mark.parametrize("seed", range(3))
def test_agreement(seed: int) -> None:
    made = network.generate(random.Random(seed), 1700)
    found = judged.answers(judged.engine(made), "network", PARAMS[seed])
    judged.compare(found, network.evaluate(made, PARAMS[seed]))
