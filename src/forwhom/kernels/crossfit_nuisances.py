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
    between : (n, J - 1) scores at the occasions between start and outcome, in time order, the last one seen carried
        forward, NaN before the first; staying : (n, J) True while a person has a score there or later, the last column being
        `observed`. J is 1 without scores in between, or when everybody's outcome was observed
    """

    y: Array
    observed: NDArray[np.bool_]
    arm: Codes
    probability: Array
    raw: Raw
    cluster: Codes | None
    binary: bool
    folds: int
    between: Array
    staying: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Nuisance:
    """Predictions, NaN for people not asked for.

    mean : (n, A) mean outcome under each arm given the features
    given : (n, J) mean outcome under the arm got, given also the scores at the first 1 … J - 1 occasions in between; the
        last column is the outcome itself, 0 where not observed
    stay : (n, J) probability of staying to each occasion, given what was known on the way
    """

    mean: Array
    given: Array
    stay: Array

    @staticmethod
    def averaged(parts: Sequence[Nuisance], rows: Codes) -> Nuisance:
        """The mean of several for the people `rows`, in their order."""
        return Nuisance(
            np.mean([part.mean[rows] for part in parts], axis=0),
            np.mean([part.given[rows] for part in parts], axis=0),
            np.mean([part.stay[rows] for part in parts], axis=0),
        )


def learn_nuisance(
    trial: Prepared, learn: Codes, use: Codes, rng: np.random.Generator, *, forest: bool = True
) -> Nuisance:
    """Learned from the people `learn`, predicted for the people `use`.

    Mean outcome: a penalised linear model (logistic when binary) in each arm, and a forest on what these leave over, all
    arms together: what the linear models miss is mostly the course the arms share, and half the people would say
    less about it. Observed: a penalised logistic model in each arm where anyone is missing.

    Where there are scores in between, it goes step by step from the outcome back to the features (sequential regression;
    Bang & Robins, 2005): the mean given what was known at one occasion is learned from those who stayed to the next, and the
    probability of staying likewise. Leaving may so depend on every score seen before.
    """
    n, arms = trial.probability.shape
    steps = trial.staying.shape[1]
    mean, given, stay = np.full((n, arms), np.nan), np.full((n, steps), np.nan), np.ones((n, steps))
    x = encode(trial.raw, learn)
    history = _histories(trial, x, learn)
    given[:, -1] = trial.y
    rows = learn[trial.staying[learn, 0]]
    own = np.full((n, arms), np.nan)
    outcome = trial.y if steps == 1 else np.full(n, np.nan)
    for code in range(arms):
        inside, asked = learn[trial.arm[learn] == code], use[trial.arm[use] == code]
        stay[asked] = _staying(trial, history, inside, asked)
        if steps > 1:
            both = np.concatenate([inside, asked])
            # Folds of whole clusters may leave an arm without anyone to learn from: then all arms together stand in.
            teachers = inside if trial.observed[inside].any() else learn
            given[both, :-1] = _backwards(trial, history, teachers, both)
            outcome[inside] = given[inside, 0]
        mine = inside[trial.staying[inside, 0]]
        learners = mine if mine.size else rows
        predict = _linear(x[learners], outcome[learners], binary=trial.binary)
        mean[use, code], own[mine, code] = predict(x[use]), predict(x[mine])
    if forest:
        small = x.astype(np.float32)
        rest = (outcome[rows] - own[rows, trial.arm[rows]])[:, None]
        trees = grow(small[rows], rest, rng, trees=OUTCOME_TREES, leaf=OUTCOME_LEAF, share=OUTCOME_SHARE)
        mean[use] += mean_of(trees, small[use], np.zeros(1))
    if trial.binary:
        mean[use] = np.clip(mean[use], RISK, 1.0 - RISK)
    return Nuisance(mean, given, stay)


def _histories(trial: Prepared, x: Array, learn: Codes) -> list[Array]:
    """What is known at each step: the features, then one score in between more each time."""
    made = [x]
    for column in trial.between.T:
        there = np.isfinite(column)
        known = column[learn][there[learn]]
        centre, scale = (known.mean(), known.std()) if known.size > 1 and known.std() > 0 else (0.0, 1.0)
        made.append(np.column_stack([made[-1], np.where(there, (column - centre) / scale, 0.0)]))
    return made


def _staying(trial: Prepared, history: list[Array], inside: Codes, asked: Codes) -> Array:
    """Probability of staying to each occasion for `asked`, learned from `inside`, (asked, J)."""
    made = np.ones((asked.size, trial.staying.shape[1]))
    here = np.ones(inside.size, dtype=bool)
    for j, known in enumerate(history):
        stays = trial.staying[inside, j]
        if (here & ~stays).any():
            at_risk = inside[here]
            intercept, slope = logistic(known[at_risk], stays[here].astype(float), penalty=SEEN_PENALTY)
            made[:, j:] *= expit(intercept + known[asked] @ slope)[:, None]
        here = stays
    return made


def _backwards(trial: Prepared, history: list[Array], teachers: Codes, asked: Codes) -> Array:
    """Mean outcome given what was known after each occasion in between, for `asked`, (asked, J - 1)."""
    target = trial.y.copy()
    made = np.empty((asked.size, len(history) - 1))
    for j in range(len(history) - 1, 0, -1):
        learners = teachers[trial.staying[teachers, j]]
        predict = _linear(history[j][learners], target[learners], binary=trial.binary)
        made[:, j - 1] = predict(history[j][asked])
        target[teachers] = predict(history[j][teachers])
    return made


def _linear(x: Array, y: Array, *, binary: bool) -> Callable[[Array], Array]:
    if binary:
        intercept, slope = logistic(x, y, penalty=RISK_PENALTY)
        return lambda at: expit(intercept + at @ slope)
    intercepts, slopes = ridge(x, y[:, None])
    return lambda at: np.asarray(intercepts[0] + at @ slopes[:, 0])


def scored(trial: Prepared, rows: Codes, learned: Nuisance) -> Array:
    """Augmented inverse probability weighted scores (Robins, Rotnitzky & Zhao, 1994; Bang & Robins, 2005), (rows, A).

    learned : predictions for the people `rows`, in their order. Under the other arms, the prediction. Under the arm got,
    added to it and weighted by the allocation: what each occasion the person stayed to changed in the prediction, the
    last change being that to the outcome itself, weighted by the probability of staying that long.
    """
    got, own = trial.arm[rows], np.arange(rows.size)
    weight = trial.staying[rows] / np.maximum(learned.stay, FEWEST_SEEN)
    steps = np.column_stack([learned.mean[own, got], learned.given])
    moved = (weight * np.diff(steps, axis=1)).sum(axis=1)
    gamma = learned.mean.copy()
    gamma[own, got] += moved / trial.probability[rows, got]
    return gamma
