"""Predicates about cases agree with slow evaluators on thousands of histories."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import casebook
import cases
import dwells
import histories
import pytest
import queues
import reason_codes
import tickets

# How every predicate is asked; each seed takes its share of the ways, and at least one.
CODES = {"abuse": ["spam", "hate", "other"], "appeal": ["spam"]}
ASKED: dict[str, tuple[ModuleType, list[dict[str, Any]]]] = {
    "case": (
        cases,
        [
            {"linked": True, "target_matches": True},
            {"state_in": ["open", "escalated"], "state_at": "execute"},
            {"opened_before": "10m"},
            {"opened_by_other": True},
            {"target_matches": True, "state_in": ["open"], "opened_before": "1m"},
        ],
    ),
    "queue": (
        queues,
        [
            {"case": "assigned_to_actor", "opened_before": "1m"},
            {"case": "assigned_to_actor", "assigned_before": "2m"},
            {"assigned_to": ["actor", "actor.team"]},
            {"actor_member_of": "case.queue"},
        ],
    ),
    "ticket": (
        tickets,
        [
            {"linked": True, "type": ["abuse"], "state_in": ["open"]},
            {"opened_before": "session_start", "slack": "10m"},
            {"opened_before": "execute"},
            {"linked": True, "target_matches": True},
            {"opened_before": "execute", "slack": "1m", "state_in": ["open"]},
        ],
    ),
    "reason_code": (
        reason_codes,
        [
            {"allowed": CODES, "in_allowed_for": "case.type"},
            {"allowed": ["spam", "other"], "needs_text": ["other"]},
        ],
    ),
    "dwell": (dwells, [{"at_least": "20s"}]),
}
SEEDS = 3


@pytest.mark.parametrize("seed", range(SEEDS))
def test_agreement(seed: int) -> None:
    made = casebook.generate(random.Random(seed), 1700)
    engine = casebook.engine(made)
    for predicate, (oracle, ways) in ASKED.items():
        for params in ways[seed::SEEDS] or [ways[seed % len(ways)]]:
            expected = oracle.evaluate(made, params)
            found = histories.values(engine, predicate, params)
            wrong = {
                uid: (found[uid]["value"], value)
                for uid, value in expected.items()
                if found[uid]["value"] != value
            }
            assert wrong == {}, (predicate, params)
            assert len(found) == len(expected)
            assert set(expected.values()) >= {True, False}, (predicate, params)
