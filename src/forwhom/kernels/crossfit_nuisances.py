"""Mean outcome and probability of being followed up, per arm, learned from some for others; the doubly robust score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    between : what was seen of people between the start of treatment and the outcome, as columns; None without, or when
        everybody's outcome was observed
    """

    y: Array
    observed: NDArray[np.bool_]
    arm: Codes
    probability: Array
    raw: Raw
    cluster: Codes | None
    binary: bool
    folds: int
    between: Raw | None = None


@dataclass(frozen=True, slots=True)
class Nuisance:
    """Predictions, NaN for people not asked for.

    mean : (n, A) mean outcome under each arm given the features
    given : (n,) mean outcome under the arm got, given also what was seen in between
    seen : (n,) probability that the outcome was observed, under the arm got, given both
    """

    mean: Array
    given: Array
    seen: Array

    @staticmethod
    def averaged(parts: Sequence[Nuisance], rows: Codes) -> Nuisance:
        """The mean of several for the people `rows`, in their order."""
        return Nuisance(
            np.mean([part.mean[rows] for part in parts], axis=0),
            np.mean([part.given[rows] for part in parts], axis=0),
            np.mean([part.seen[rows] for part in parts], axis=0),
        )


def learn_nuisance(
    trial: Prepared, learn: Codes, use: Codes, rng: np.random.Generator, *, forest: bool = True
) -> Nuisance:
    """Learned from the people `learn`, predicted for the people `use`.

    Mean outcome: a penalised linear model (logistic when binary) in each arm, and a forest on what these leave over, all
    arms together: what the linear models miss is mostly the course the arms share, and half the people would say
    less about it. Observed: a penalised logistic model in each arm where anyone is missing.

    Where something was seen in between (scores before people left), an outcome not observed is first predicted from the
    features and that, and the mean given the features alone is learned from both kinds of outcome (sequential regression;
    Bang & Robins, 2005); being observed may then depend on it too.
    """
    n, arms = trial.probability.shape
    mean, given, seen = np.full((n, arms), np.nan), np.full(n, np.nan), np.ones(n)
    x = encode(trial.raw, learn)
    both = x if trial.between is None else np.hstack([x, encode(trial.between, learn)])
    rows = learn[trial.observed[learn]]
    outcome, known = trial.y.copy(), trial.observed.copy()
    own = np.full((n, arms), np.nan)
    for code in range(arms):
        inside, asked = learn[trial.arm[learn] == code], use[trial.arm[use] == code]
        mine = inside[trial.observed[inside]]
        gone = inside[~trial.observed[inside]]
        if gone.size:
            intercept, slope = logistic(both[inside], trial.observed[inside].astype(float), penalty=SEEN_PENALTY)
            seen[asked] = expit(intercept + both[asked] @ slope)
        # Folds of whole clusters may leave an arm without anyone to learn from: then all arms together stand in.
        learners = mine if mine.size else rows
        if trial.between is not None:
            after = _linear(both[learners], trial.y[learners], binary=trial.binary)
            given[asked], outcome[gone] = after(both[asked]), after(both[gone])
            known[gone] = True
            learners = inside if inside.size else rows
        predict = _linear(x[learners], outcome[learners], binary=trial.binary)
        mean[use, code], own[inside, code] = predict(x[use]), predict(x[inside])
    if forest:
        rows = learn[known[learn]]
        small = x.astype(np.float32)
        rest = (outcome[rows] - own[rows, trial.arm[rows]])[:, None]
        trees = grow(small[rows], rest, rng, trees=OUTCOME_TREES, leaf=OUTCOME_LEAF, share=OUTCOME_SHARE)
        mean[use] += mean_of(trees, small[use], np.zeros(1))
    if trial.binary:
        mean[use] = np.clip(mean[use], RISK, 1.0 - RISK)
    if trial.between is None:
        given[use] = mean[use, trial.arm[use]]
    return Nuisance(mean, given, seen)


def _linear(x: Array, y: Array, *, binary: bool) -> Callable[[Array], Array]:
    if binary:
        intercept, slope = logistic(x, y, penalty=RISK_PENALTY)
        return lambda at: expit(intercept + at @ slope)
    intercepts, slopes = ridge(x, y[:, None])
    return lambda at: np.asarray(intercepts[0] + at @ slopes[:, 0])


def scored(trial: Prepared, rows: Codes, learned: Nuisance) -> Array:
    """Augmented inverse probability weighted scores (Robins, Rotnitzky & Zhao, 1994; Bang & Robins, 2005), (rows, A).

    learned : predictions for the people `rows`, in their order. Under the other arms, the prediction. Under the arm got,
    added to it and weighted by the allocation: what was seen in between moves it, and, weighted by being observed, the error
    of the prediction from that.
    """
    got, own = trial.arm[rows], np.arange(rows.size)
    seen = trial.observed[rows] / np.maximum(learned.seen, FEWEST_SEEN)
    mean = learned.mean[own, got]
    gamma = learned.mean.copy()
    moved = learned.given - mean + seen * (trial.y[rows] - learned.given)
    gamma[own, got] += moved / trial.probability[rows, got]
    return gamma
