"""Peers of one role and site: moments and tails worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from forensics.baselines import cells, chance, peers

SUSPEND = "account.suspend"


def readings(acts: Any) -> list[Any]:
    engine = acts.engine()
    cells.register(engine)
    peers.register(engine, cells.sensitive())
    return peers.readings(engine)


@pytest.fixture
def team(acts: Any) -> Any:
    """Nine people at one site, of ten suspensions a day; on every other day one without a case."""
    for number in range(9):
        acts.employ(f"w{number}", "moderator")
        for day in range(10):
            acts.did(f"w{number}", day, SUSPEND, n=10 - day % 2, case_id="C-1")
            acts.did(f"w{number}", day, SUSPEND, n=day % 2)
    return acts


def test_moments() -> None:
    # Four nights of ten acts: 0, 0, 5 and 5 of them. S = 4 * 10 * 0.25², μ = 10.5 / 41.
    mean = 10.5 / 41
    spread = 5.0 - 2 * mean * 10 + mean * mean * 40
    rho = (spread - 3 * mean * (1 - mean)) / (mean * (1 - mean) * (40 - 10 - 3))
    alpha, beta = peers.moments(10, 40, 4, 400, 5.0)
    assert alpha / (alpha + beta) == pytest.approx(mean)
    assert 1 / (alpha + beta + 1) == pytest.approx(rho)


def test_no_spread_is_nearly_binomial() -> None:
    alpha, beta = peers.moments(10, 100, 10, 1000, 1.0)
    assert alpha + beta == pytest.approx(1e4, rel=1e-3)


def test_a_share_unlike_the_peers(team: Any) -> None:
    team.did("w0", 10, SUSPEND, n=12)
    (one,) = readings(team)
    # Eight peers of ten nights: five of them with one of ten without a case.
    alpha, beta = peers.moments(40, 800, 80, 8000, 40 / 10)
    assert one.p == pytest.approx(2 * chance.share(12, 12, alpha, beta))
    assert one.sentence.startswith(
        "12 of 12 destructive or privileged acts of this night were without a case; 40 of 800 by 8"
        " peers in the role moderator at sf in the 90 days before"
    )


def test_fewer_than_eight_peers_tell_nothing(team: Any) -> None:
    for row in team.roster:
        if row["person"] == "w8":
            row["site"] = "dublin"
    team.did("w0", 10, SUSPEND, n=12)
    assert readings(team) == []


def test_protected_targets_are_a_share_too(team: Any) -> None:
    team.protect("@vip")
    team.did("w0", 10, SUSPEND, n=6, case_id="C-1", target="@vip")
    assert [one.column for one in readings(team)] == ["protected"]


def test_a_rate_far_from_that_of_the_same_night_has_no_chance(team: Any) -> None:
    for number in range(1, 9):
        team.did(f"w{number}", 10, SUSPEND, n=10, case_id="C-1")
    team.did("w0", 10, SUSPEND, n=80, case_id="C-1")
    (one,) = readings(team)
    assert one.p is None
    # 0.6745 * ln(81 / 11) / 0.25
    assert one.sentence == (
        "80 acts that take something away or need more rights, where the median of the 8 peers in"
        " the role moderator at sf that night is 10 (robust z 5.4)."
    )
