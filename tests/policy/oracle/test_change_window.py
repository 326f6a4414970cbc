"""`change_window` agrees with a slow evaluator on thousands of histories."""

from __future__ import annotations

import random

import change_window
import judged


def test_agreement() -> None:
    made = change_window.generate(random.Random(0), 5000)
    found = judged.answers(judged.engine(made), "change_window", {"approved": True})
    judged.compare(found, change_window.evaluate(made))
