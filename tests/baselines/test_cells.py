"""What people did on each of their days: local nights, who counts, and who they are."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import cells


def days(acts: Any, zone: str | None = None) -> list[Any]:
    engine = acts.engine()
    cells.register(engine, zone=zone)
    return engine.rows(  # type: ignore[no-any-return]
        "SELECT who, day, sum(n)::BIGINT AS n, bit_or(halves) AS halves FROM baseline_cells"
        " GROUP BY ALL ORDER BY ALL"
    )


@pytest.mark.parametrize(
    ("zone", "day", "half"),
    [
        ("UTC", 3, 3),
        ("America/Los_Angeles", 2, 35),
        ("UTC+05:30", 3, 14),
        ("UTC-02:00", 2, 47),
        ("Asia/Kathmandu", 3, 14),
    ],
)
def test_a_night_is_a_local_day(acts: Any, first_day: int, zone: str, day: int, half: int) -> None:
    acts.employ("a", "moderator", zone=zone)
    acts.did("a", 3, hour=1.6)
    acts.did("b", 3, hour=1.6)
    listed, other = days(acts)
    assert (listed["day"] - first_day, listed["halves"]) == (day, 1 << half)
    assert (other["day"] - first_day, other["halves"]) == (3, 1 << 3)
    assert {row["halves"] for row in days(acts, zone)} == {1 << half}


def test_a_person_has_all_their_accounts(acts: Any) -> None:
    acts.accounts += [
        {"account": "Ann", "person": "p1", "kind": "personal"},
        {"account": "ann-adm", "person": "P1", "kind": "admin"},
        {"account": "desk", "person": "p1", "kind": "shared"},
        {"account": "desk", "person": "p2", "kind": "shared"},
        {"account": "robot", "person": None, "kind": "service"},
    ]
    for name in ("ANN", "ann-adm", "desk", "robot", "unlisted"):
        acts.did(name, 0)
    acts.did("unlisted", 0, actor_type="system")
    assert {row["who"]: row["n"] for row in days(acts)} == {"p1": 2, "desk": 1, "unlisted": 1}


def test_history_is_the_ninety_days_before_the_night(acts: Any, first_day: int) -> None:
    for day in (0, 1, 90, 91, 92):
        acts.did("a", day, n=2)
    engine = acts.engine()
    cells.register(engine)
    rows = engine.rows("SELECT * FROM baseline_days ORDER BY day")
    assert [(row["day"] - first_day, row["days_before"], row["acts_before"]) for row in rows] == [
        (0, 0, 0),
        (1, 1, 2),
        (90, 2, 4),
        (91, 2, 4),
        (92, 2, 4),
    ]
