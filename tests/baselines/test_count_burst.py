"""Bursts, against the formula worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import cells, chance, count_burst

DELETE = "content.delete"


def bursts(acts: Any) -> tuple[Any, list[Any]]:
    engine = acts.engine()
    cells.register(engine)
    count_burst.register(engine)
    return engine, count_burst.readings(engine)


@pytest.fixture
def two(acts: Any) -> Any:
    """Two people, twenty days: one deletes 2, 6, 2, 6 ..., the other 1 each day."""
    for day in range(20):
        acts.did("a", day, DELETE, n=2 + 4 * (day % 2))
        acts.did("b", day, DELETE, n=1)
    return acts


def test_the_dispersion_is_pooled_over_people(two: Any, first_day: int) -> None:
    two.did("a", 20, DELETE, n=40)
    engine, (one,) = bursts(two)
    night = {"day": first_day + 20}
    # Means 4 and 1, variances 20 * 4 / 19 and 0: of the second nothing exceeds its mean.
    (r,) = engine.rows("SELECT r FROM baseline_dispersion WHERE day = $day", night)
    assert r["r"] == pytest.approx((16 + 1) / (80 / 19 - 4))
    mean = (80 + 0.5) / 21
    assert one.p == pytest.approx(chance.burst(40, mean, r["r"]))
    assert one.sentence.startswith(
        "40 content.delete this night, where 3.8 are usual (80 acts on 20 days worked in the 90"
        " days before)"
    )


def test_the_chance_counts_every_verb_of_the_person(two: Any) -> None:
    for day in range(20):
        two.did("a", day, "case.close")
        two.did("a", day, "case.open")
    two.did("a", 20, DELETE, n=40)
    engine, (one,) = bursts(two)
    (r,) = engine.rows(
        "SELECT max_by(r, day) AS r FROM baseline_dispersion WHERE action = 'content.delete'"
    )
    assert one.p == pytest.approx(3 * chance.burst(40, 80.5 / 21, r["r"]))


def test_an_ordinary_day_is_no_burst(two: Any) -> None:
    two.did("a", 20, DELETE, n=9)
    two.did("b", 20, "case.close", n=2)
    assert bursts(two)[1] == []


def test_a_newcomer_is_expected_to_do_what_peers_do(acts: Any) -> None:
    for name in ("a", "b", "new"):
        acts.employ(name, "moderator")
    for day in range(30):
        acts.did("a", day, DELETE, n=10)
        acts.did("b", day, DELETE, n=20)
    acts.did("new", 28, DELETE, n=3)
    acts.did("new", 30, DELETE, n=15)
    acts.did("a", 30, DELETE, n=10)
    assert bursts(acts)[1] == []
    acts.did("new", 31, DELETE, n=90)
    acts.did("a", 31, DELETE, n=10)
    _, (one,) = bursts(acts)
    assert one.who == "new"
    # Two days of one's own, and eighteen of the peers' (10 + 20) / 2.
    mean = (18 + 0.5 + 18 * (31 * 10 + 30 * 20) / 61) / 21
    assert f"where {mean:.2g} are usual (18 acts on 2 days worked" in one.sentence
    assert "; peers: 910 acts on 61 days)" in one.sentence


def test_a_change_of_work_is_no_burst(acts: Any) -> None:
    for name in ("a", "b"):
        acts.employ(name, "moderator")
    for day in range(30):
        acts.did("a", day, DELETE, n=10)
        acts.did("b", day, "case.close", n=3)
    acts.did("b", 30, DELETE, n=10)
    assert bursts(acts)[1] == []
    acts.rows = [row for row in acts.rows if row["actor"] == "b"]
    for day in range(30):
        acts.did("a", day, "case.close", n=3)
        acts.did("c", day, DELETE, n=1)
    _, (one,) = bursts(acts)
    assert (one.who, one.values) == ("b", (DELETE,))


def test_nothing_is_said_of_a_newcomer_without_peers(acts: Any) -> None:
    acts.employ("a", "lead")
    for day in range(10):
        acts.did("a", day, DELETE)
    acts.did("a", 10, DELETE, n=50)
    assert bursts(acts)[1] == []
