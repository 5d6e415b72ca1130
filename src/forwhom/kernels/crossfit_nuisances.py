"""Outcome means and probabilities of being observed, per arm, learned from some people for others; and the AIPW score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forwhom.kernels.encoding import Array, Codes, encode
from forwhom.kernels.learners import expit, forest, forest_mean, logistic, ridge

if TYPE_CHECKING:
    from forwhom.kernels.crossfit import Prepared

OUTCOME_TREES = 8
OUTCOME_LEAF = 5
RISK_CLIP = 0.01


@dataclass(frozen=True, slots=True)
class Nuisance:
    """mean, seen : (n, A) mean outcome and probability of being observed per arm; NaN for people not asked for."""

    mean: Array
    seen: Array


def learn_nuisance(
    trial: Prepared, learn: Codes, use: Codes, rng: np.random.Generator, *, with_forest: bool = True
) -> Nuisance:
    n, arms = trial.probability.shape
    mean, seen = np.full((n, arms), np.nan), np.ones((n, arms))
    x = encode(trial.raw, learn)
    small = x.astype(np.float32)
    for code in range(arms):
        inside = learn[trial.arm[learn] == code]
        rows = inside[trial.observed[inside]]
        if rows.size < inside.size:
            a, b = logistic(x[inside], trial.observed[inside].astype(float))
            seen[use, code] = expit(a + x[use] @ b)
        if rows.size == 0:
            rows = learn[trial.observed[learn]]
        y = trial.y[rows]
        if trial.binary:
            a, b = logistic(x[rows], y)
            linear = expit(a + x[use] @ b)
        else:
            intercept, slope = ridge(x[rows], y[:, None])
            linear = intercept[0] + x[use] @ slope[:, 0]
        if with_forest:
            grown = forest(
                small[rows], y[:, None], rng, trees=OUTCOME_TREES, leaf=OUTCOME_LEAF, share=0.63, features=None
            )
            if grown:
                linear = (linear + forest_mean(grown, small[use], y[:1])[:, 0]) / 2
        mean[use, code] = np.clip(linear, RISK_CLIP, 1 - RISK_CLIP) if trial.binary else linear
    return Nuisance(mean, seen)


def scored(trial: Prepared, rows: Codes, mean: Array, seen: Array, clip: float) -> Array:
    """(rows, A) augmented inverse probability weighted scores."""
    got = trial.arm[rows]
    own = np.arange(rows.size)
    gamma = mean.copy()
    weight = trial.observed[rows] / (trial.probability[rows, got] * np.maximum(seen[own, got], clip))
    gamma[own, got] += weight * (trial.y[rows] - mean[own, got])
    return gamma
