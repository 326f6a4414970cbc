"""Tails against exact fractions and known sums."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.baselines import chance

MEANS = st.floats(1e-3, 200)
SPREADS = st.one_of(st.floats(0.05, 500), st.just(math.inf))


def exact(y: int, mean: Fraction, r: int) -> Fraction:
    """P(Y >= y) for a whole r: failures before the r-th success."""
    failing = mean / (mean + r)
    below = (math.comb(k + r - 1, k) * failing**k * (1 - failing) ** r for k in range(y))
    return 1 - sum(below, Fraction(0))


@pytest.mark.parametrize(
    ("y", "mean", "r"),
    [(3, Fraction(1, 2), 3), (57, Fraction(6), 3), (1, Fraction(4), 1), (40, Fraction(9, 4), 2)],
)
def test_a_burst_is_the_exact_negative_binomial_tail(y: int, mean: Fraction, r: int) -> None:
    assert chance.burst(y, float(mean), r) == pytest.approx(float(exact(y, mean, r)), rel=1e-9)


def test_without_dispersion_it_is_poisson() -> None:
    below = math.fsum(math.exp(-2) * 2**k / math.factorial(k) for k in range(7))
    assert chance.burst(7, 2, math.inf) == pytest.approx(1 - below, rel=1e-9)
    assert chance.burst(7, 2, 1e9) == pytest.approx(1 - below, rel=1e-6)


def test_tails_far_out_stay_chances() -> None:
    assert chance.burst(500, 0.5, 3) == chance.LEAST
    assert chance.burst(0, 5, 1) == 1
    assert chance.burst(4000, 2000, 3) == pytest.approx(0.061, abs=0.002)
    with pytest.raises(ValueError, match="positive"):
        chance.burst(3, 0, 1)


@given(st.integers(1, 300), MEANS, SPREADS)
def test_tails_fall(y: int, mean: float, r: float) -> None:
    here, next_one = chance.burst(y, mean, r), chance.burst(y + 1, mean, r)
    assert 0 <= next_one <= here + 1e-12 <= 1 + 1e-9


@given(MEANS, SPREADS)
def test_three_deviations_above_the_mean_are_never_an_alert(mean: float, r: float) -> None:
    """So counts up to there need no tail."""
    y = math.floor(mean + 3 * math.sqrt(mean + mean * mean / r))
    assert y < 3 or chance.burst(y, mean, r) > 1e-4


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_flat_prior_makes_every_share_alike(x: int, more: int) -> None:
    of = x + more
    assert chance.share(x, of, 1, 1) == pytest.approx((of - x + 1) / (of + 1), rel=1e-9)


def test_a_firm_prior_is_the_binomial() -> None:
    exact_tail = sum(math.comb(20, k) * 0.1**k * 0.9 ** (20 - k) for k in range(6, 21))
    assert chance.share(6, 20, 1e7, 9e7) == pytest.approx(exact_tail, rel=1e-4)
    with pytest.raises(ValueError, match="tail"):
        chance.share(3, 2, 1, 1)
