"""Mean outcome and probability of being followed up, per arm, learned from some for others; the doubly robust score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.encoding import Array, Codes, Raw, encode
from forwhom.kernels.learners import expit, grow, logistic, mean_of, ridge

OUTCOME_TREES = 8
OUTCOME_LEAF = 10
OUTCOME_SHARE = 0.63
FEWEST_SEEN = 0.05
"""Probabilities of being observed are raised to this, so that nobody counts for more than twenty."""
SEEN_PENALTY = 1.0
RISK_PENALTY = 10.0
"""Ridge penalties of the logistic models: coefficients are thought of as normal with variance 1, and 1/10."""
RISK = 0.01
"""Predicted risks of a binary outcome stay this far from 0 and 1."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked trial, ready for repeats; made by `crossfit.prepare`.

    y : (n,) outcome, 0 where not observed; observed, arm : (n,); probability : (n, A); cluster : (n,) or None
    raw : the features as columns; folds : K
    """

    y: Array
    observed: NDArray[np.bool_]
    arm: Codes
    probability: Array
    raw: Raw
    cluster: Codes | None
    binary: bool
    folds: int


@dataclass(frozen=True, slots=True)
class Nuisance:
    """mean, seen : (n, A) mean outcome, and probability of being observed, under each arm; NaN for people not asked for."""

    mean: Array
    seen: Array


def learn_nuisance(
    trial: Prepared, learn: Codes, use: Codes, rng: np.random.Generator, *, forest: bool = True
) -> Nuisance:
    """Learned from the people `learn`, predicted for the people `use`.

    Mean outcome: a penalised linear model (logistic when binary) in each arm, and a forest on what these leave over, all
    arms together: what the linear models miss is mostly the course the arms share, and half the people would say
    less about it. Observed: a penalised logistic model in each arm where anyone is missing.
    """
    n, arms = trial.probability.shape
    mean, seen = np.full((n, arms), np.nan), np.full((n, arms), np.nan)
    x = encode(trial.raw, learn)
    rows = learn[trial.observed[learn]]
    own = np.full((n, arms), np.nan)
    for code in range(arms):
        inside = learn[trial.arm[learn] == code]
        mine = inside[trial.observed[inside]]
        seen[use, code] = 1.0
        if mine.size < inside.size:
            intercept, slope = logistic(x[inside], trial.observed[inside].astype(float), penalty=SEEN_PENALTY)
            seen[use, code] = expit(intercept + x[use] @ slope)
        # Folds of whole clusters may leave an arm without anyone to learn from: then all arms together stand in.
        learners = mine if mine.size else rows
        predict = _linear(x[learners], trial.y[learners], binary=trial.binary)
        mean[use, code], own[mine, code] = predict(x[use]), predict(x[mine])
    if forest:
        small = x.astype(np.float32)
        rest = (trial.y[rows] - own[rows, trial.arm[rows]])[:, None]
        trees = grow(small[rows], rest, rng, trees=OUTCOME_TREES, leaf=OUTCOME_LEAF, share=OUTCOME_SHARE)
        mean[use] += mean_of(trees, small[use], np.zeros(1))
    if trial.binary:
        mean[use] = np.clip(mean[use], RISK, 1.0 - RISK)
    return Nuisance(mean, seen)


def _linear(x: Array, y: Array, *, binary: bool) -> Callable[[Array], Array]:
    if binary:
        intercept, slope = logistic(x, y, penalty=RISK_PENALTY)
        return lambda at: expit(intercept + at @ slope)
    intercepts, slopes = ridge(x, y[:, None])
    return lambda at: np.asarray(intercepts[0] + at @ slopes[:, 0])


def scored(trial: Prepared, rows: Codes, mean: Array, seen: Array) -> Array:
    """Augmented inverse probability weighted scores (Robins, Rotnitzky & Zhao, 1994), (rows, A).

    mean, seen : (rows, A). Under the arm got, the prediction plus the weighted error of the prediction if the outcome was
    observed; under the others, the prediction.
    """
    got, own = trial.arm[rows], np.arange(rows.size)
    weight = trial.observed[rows] / (trial.probability[rows, got] * np.maximum(seen[own, got], FEWEST_SEEN))
    gamma = mean.copy()
    gamma[own, got] += weight * (trial.y[rows] - mean[own, got])
    return gamma
