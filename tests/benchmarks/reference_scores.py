"""Scores of known methods for nights of actors: z-score, isolation forest, ECOD.

Each is given the features of earlier nights (rows: one actor's night) and scores later ones; more
is stranger. None is part of the tool: they are what its findings stand beside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Scores = NDArray[np.float64]

ENOUGH_NIGHTS = 20
"""Nights after which an actor is compared with the own mean; before, with that of everybody."""


def z_score(
    known: Matrix, known_actors: Sequence[str], new: Matrix, actors: Sequence[str]
) -> Scores:
    """The largest deviation of any feature above the actor's own mean, in standard deviations."""
    owners = np.array(known_actors)
    found = np.zeros(len(new))
    everybody = known.mean(axis=0), known.std(axis=0)
    for actor in sorted(set(actors)):
        own = known[owners == actor]
        mean, spread = everybody
        if len(own) >= ENOUGH_NIGHTS:
            mean, spread = own.mean(axis=0), own.std(axis=0)
        mine = np.array([one == actor for one in actors])
        # Where a feature never varied, any first time would be infinite: half an event is least.
        found[mine] = ((new[mine] - mean) / np.maximum(spread, 0.5)).max(axis=1)
    return found


def isolation_forest(
    known: Matrix, known_actors: Sequence[str], new: Matrix, actors: Sequence[str]
) -> Scores:
    """scikit-learn's IsolationForest with its defaults and a fixed seed; needs scikit-learn."""
    from sklearn.ensemble import IsolationForest

    forest = IsolationForest(random_state=0).fit(known)
    scores: Scores = -forest.score_samples(new)
    return scores


def ecod(known: Matrix, known_actors: Sequence[str], new: Matrix, actors: Sequence[str]) -> Scores:
    """Outlyingness by empirical tails, as in the paper on ECOD, from earlier nights alone.

    Written out and not PyOD's: that one ranks what it is asked about together with what it was
    given before, so that a night's score depends on which others are asked about with it.
    """
    number = len(known)
    ordered = np.sort(known, axis=0)
    left, right = np.empty_like(new), np.empty_like(new)
    for column in range(new.shape[1]):
        values, mine = ordered[:, column], new[:, column]
        left[:, column] = np.searchsorted(values, mine, side="right")
        right[:, column] = number - np.searchsorted(values, mine, side="left")
    below, above = (-np.log((tail + 1) / (number + 1)) for tail in (left, right))
    spread = known.std(axis=0)
    skewed = ((known - known.mean(axis=0)) ** 3).mean(axis=0) / np.maximum(spread, 1e-9) ** 3
    by_skew = np.where(skewed < 0, below, above)
    sums: Scores = np.max([side.sum(axis=1) for side in (below, above, by_skew)], axis=0)
    return sums


METHODS: dict[str, Callable[[Matrix, Sequence[str], Matrix, Sequence[str]], Scores]] = {
    "z-score": z_score,
    "isolation forest": isolation_forest,
    "ECOD": ecod,
}


def recall_at(scores: Scores, wanted: NDArray[np.bool_], share: float) -> float:
    """Which part of the wanted lies among the highest `share` of all; ties count in proportion."""
    if not wanted.any():
        return float("nan")
    budget = int(np.ceil(share * len(scores)))
    last = np.sort(scores)[::-1][budget - 1]
    above, tied = scores > last, scores == last
    left = (budget - above.sum()) / tied.sum()
    return float((wanted & above).sum() + left * (wanted & tied).sum()) / int(wanted.sum())
