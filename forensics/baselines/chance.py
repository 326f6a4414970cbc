"""Chances of counts: upper tails of the negative binomial and the beta-binomial distribution."""

from __future__ import annotations

import math
from itertools import count

LEAST = 1e-300
"""No chance is smaller than this: beyond it floats end."""


def burst(y: int, mean: float, r: float) -> float:
    """P(Y >= y) of a negative binomial count with that mean and dispersion r (inf: Poisson).

    Its variance is mean + mean² / r. The tail is summed from y upwards, so that it is exact to
    rounding however small; raises `ValueError` unless mean and r are positive.
    """
    if mean <= 0 or r <= 0:
        raise ValueError("mean and dispersion must be positive")
    if y <= 0:
        return 1.0
    if y <= mean:
        # Below the mean the other side is the shorter sum.
        return 1.0 - math.fsum(math.exp(_log_count(k, mean, r)) for k in range(y))
    term = math.exp(_log_count(y, mean, r))
    total = 0.0
    for k in count(y):
        total += term
        ratio = mean / (k + 1) if math.isinf(r) else (r + k) / (k + 1) * mean / (r + mean)
        term *= ratio
        if term <= total * 1e-16 * (1 - min(ratio, 0.999_999)):
            return min(1.0, max(total, LEAST))
    raise AssertionError("unreachable")


def _log_count(k: int, mean: float, r: float) -> float:
    # Factor by factor: differences of lgamma lose digits where r is large.
    if math.isinf(r):
        return math.fsum(math.log(mean / (i + 1)) for i in range(k)) - mean
    each = mean / (r + mean)
    factors = math.fsum(math.log((r + i) / (i + 1) * each) for i in range(k))
    return factors - r * math.log1p(mean / r)


def share(x: int, of: int, alpha: float, beta: float) -> float:
    """P(X >= x) of `of` trials whose chance of success is itself drawn from Beta(alpha, beta).

    Raises `ValueError` unless 0 <= x <= of and both parameters are positive.
    """
    if not 0 <= x <= of or alpha <= 0 or beta <= 0:
        raise ValueError("no such beta-binomial tail")
    terms = (
        math.exp(_log_choose(of, k) + _log_beta(k + alpha, of - k + beta) - _log_beta(alpha, beta))
        for k in range(x, of + 1)
    )
    return min(1.0, math.fsum(terms))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
