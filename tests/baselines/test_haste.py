"""Dwell and route, against counts worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import cells, haste

SUSPEND = "account.suspend"


@pytest.fixture
def worker(acts: Any) -> Any:
    """Two hundred cases, each acted on after ten minutes and more, from the queue."""
    for number in range(200):
        act(acts, number % 20, number, minutes=10 + number % 7)
    return acts


def act(acts: Any, day: int, number: int, minutes: float, tool: str = "queue") -> None:
    acts.did("robot", day, "case.open", hour=9, case_id=f"C-{number}", actor_type="system")
    opened = acts.rows[-1]["time"]
    acts.did("a", day, SUSPEND, hour=9, case_id=f"C-{number}", tool=tool)
    acts.rows[-1]["time"] = opened.fromtimestamp(opened.timestamp() + 60 * minutes, opened.tzinfo)


def readings(acts: Any, nights: list[tuple[str, int]]) -> list[Any]:
    engine = acts.engine()
    cells.register(engine)
    engine.define(
        "cases",
        "SELECT case_id, min(time) AS opened_at FROM events WHERE action = 'case.open' GROUP BY 1",
    )
    return haste.readings(engine, nights, cells.sensitive())


def test_the_fastest_act_of_the_night(worker: Any, first_day: int) -> None:
    act(worker, 20, 900, minutes=0.5)
    act(worker, 20, 901, minutes=12)
    (one,) = readings(worker, [("a", first_day + 20)])
    assert (one.p, one.statistic) == (None, "haste")
    assert one.sentence == (
        "the fastest account.suspend of this night came 30 s after its case was opened; 0 of 200"
        " own acts of this kind in the 90 days before were as fast."
    )


def test_as_fast_as_one_in_a_hundred_is_not_told(worker: Any, first_day: int) -> None:
    act(worker, 5, 800, minutes=0.4)
    act(worker, 20, 900, minutes=0.5)
    # (1 + 1) / (201 + 1) is just below one in a hundred; with a second as fast it is above.
    assert len(readings(worker, [("a", first_day + 20)])) == 1
    act(worker, 6, 801, minutes=0.45)
    assert readings(worker, [("a", first_day + 20)]) == []


def test_reached_by_search(worker: Any, first_day: int) -> None:
    act(worker, 20, 900, minutes=12, tool="search")
    act(worker, 20, 901, minutes=12)
    (one,) = readings(worker, [("a", first_day + 20)])
    assert one.sentence == (
        "1 of 2 acts that take something away or need more rights were reached by search and not"
        " from the queue; 0 of 200 own ones in the 90 days before."
    )


def test_only_the_nights_asked_for(worker: Any, first_day: int) -> None:
    act(worker, 20, 900, minutes=0.5, tool="search")
    assert readings(worker, [("a", first_day + 19), ("b", first_day + 20)]) == []
    assert readings(worker, []) == []
