"""Are predicted effects right on people they were not learned from: best linear predictor and groups of prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from forwhom.kernels.cluster_robust import RobustT, fit_robust, robust_t
from forwhom.kernels.over_repeats import OverRepeats, over_repeats

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class BestLinearPredictor:
    """Projection of the effects on their predictions (Chernozhukov, Demirer, Duflo & Fernandez-Val, 2018, eq. 2.1).

    average : mean effect; slope : 1 where predicted differences between people are right, 0 where they say nothing
    spread : standard deviation of the predictions (within folds); slope x spread is the SD of effects they account for
    """

    average: RobustT
    slope: RobustT
    spread: float


@dataclass(frozen=True, slots=True)
class PredictedGroup:
    """People of one rank of predicted effect: mean prediction, and the effect in them with its limits.

    n : people of an average repeat
    """

    predicted: float
    observed: OverRepeats
    n: int


def best_linear_predictor(
    score: ArrayLike,
    prediction: ArrayLike,
    *,
    fold: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> BestLinearPredictor:
    """Least squares of doubly robust scores on predictions that were not learned from the same people.

    score : (n,) doubly robust score of each person's effect, learned without the person; finite
    prediction : (n,) predicted effect, same unit; NaN where there is none: these people are left out
    fold : (n,) codes; each fold then has its own mean, so that only differences within folds count: predictions for
        different folds are learned from different people and their means are related to the folds' own outcomes
    cluster : (n,) codes of people treated together, −1 in none
    Standard errors CR2 (HC2 without clusters) with Satterthwaite's degrees of freedom. The projection on the score has
    the same coefficients as the weighted regression of the paper and of grf's test_calibration when the scores' nuisances
    are theirs (Semenova & Chernozhukov, 2021); it needs no outcome model.
    Raises ValueError when predictions do not differ within folds.

    >>> rng = np.random.default_rng(1)
    >>> effect = rng.normal(size=400)
    >>> made = best_linear_predictor(effect + rng.normal(size=400), 2.0 * effect)
    >>> round(made.slope.value, 1)
    0.5
    """
    gamma, said = np.asarray(score, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
    if gamma.ndim != 1 or gamma.shape != said.shape:
        raise ValueError(f"score has shape {gamma.shape} and prediction {said.shape}; both must be (n,).")
    use = np.isfinite(said)
    codes = np.zeros(gamma.size, dtype=np.intp) if fold is None else np.asarray(fold, dtype=np.intp)
    groups, names = _dummies(codes[use])
    centred = centre(said[use], names)
    spread = float(np.sqrt((centred**2).mean())) if centred.size else 0.0
    if not spread > _NO_SPREAD * max(1.0, float(np.abs(said[use]).max(initial=0.0))):
        raise ValueError("the predictions do not differ within folds, so there is nothing to calibrate.")
    members = None if cluster is None else np.asarray(cluster, dtype=np.intp)[use]
    # Divided by their spread so that the rank of the design is judged on one scale; undone in the slope.
    fit = fit_robust(gamma[use], np.column_stack([groups, centred / spread]), members)
    mean = np.append(groups.mean(axis=0), 0.0)
    slope = robust_t(fit, np.append(np.zeros(groups.shape[1]), 1.0 / spread), level=level)
    return BestLinearPredictor(robust_t(fit, mean, level=level), slope, spread)


def forward_calibration(
    scores: ArrayLike,
    forward: ArrayLike,
    fold: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> OverRepeats:
    """Calibration slope over the repeats of a cross-fit, from predictions learned on earlier folds only.

    scores : (R, n) doubly robust score of each person's effect; forward : (R, n) prediction from earlier folds, NaN in the
    first; fold : (R, n)
    Given the earlier folds, a fold's part of the slope's numerator has mean 0 when effects do not differ: the parts are
    martingale differences, which predictions from all other folds would not give (pooling those makes tests
    anti-conservative). A repeat without any differing prediction counts as z = 0.

    >>> rng = np.random.default_rng(1)
    >>> effect = rng.normal(size=(2, 200))
    >>> forward_calibration(effect + rng.normal(size=(2, 200)), effect, np.arange(400).reshape(2, 200) % 4).p_above < 0.001
    True
    """
    gamma, said, codes = _shaped(scores, forward, fold)
    rows = [_slope(gamma[r], said[r], codes[r], cluster, level) for r in range(gamma.shape[0])]
    return over_repeats(*np.array(rows).T, level=level)


def calibration_groups(
    scores: ArrayLike,
    forward: ArrayLike,
    fold: ArrayLike,
    *,
    groups: int,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[PredictedGroup, ...]:
    """Effect by rank of predicted effect within fold, from the lowest predictions up; arguments as `forward_calibration`.

    Ties share groups by halves of nobody: people with equal predictions go to the group of their middle rank, so a group
    may be empty and is then left out.

    >>> rng = np.random.default_rng(1)
    >>> effect = rng.normal(size=(1, 300))
    >>> parts = calibration_groups(effect + rng.normal(size=(1, 300)), effect, np.zeros((1, 300), int), groups=3)
    >>> [round(part.predicted, 1) for part in parts]
    [-1.1, -0.1, 0.9]
    """
    if groups < 2:
        raise ValueError(f"groups is {groups}; at least 2 are needed to compare.")
    gamma, said, codes = _shaped(scores, forward, fold)
    share = np.stack([rank_share(said[r], codes[r]) for r in range(gamma.shape[0])])
    # The smallest predictions have the largest share: they are treated last.
    rank = np.floor((1.0 - np.nan_to_num(share, nan=2.0)) * groups).astype(np.int64)
    part = np.where(np.isfinite(share), np.minimum(rank, groups - 1), -1)
    made = []
    for g in range(groups):
        inside = part == g
        if not inside.any():
            continue
        rows = [_mean(gamma[r, inside[r]], _taken(cluster, inside[r]), level) for r in range(gamma.shape[0])]
        count = round(float(inside.sum(axis=1).mean()))
        made.append(PredictedGroup(float(said[inside].mean()), over_repeats(*np.array(rows).T, level=level), count))
    return tuple(made)


def rank_share(priority: ArrayLike, fold: ArrayLike) -> Array:
    """Each person's place within the fold, from 0 (highest priority) to 1, ties sharing theirs; NaN where priority is.

    >>> rank_share(np.array([3.0, 1.0, 2.0, 2.0]), np.zeros(4, int))
    array([0.125, 0.875, 0.5  , 0.5  ])
    """
    wanted, codes = np.asarray(priority, dtype=np.float64), np.asarray(fold, dtype=np.intp)
    share = np.full(wanted.size, np.nan)
    for code in np.unique(codes):
        inside = np.flatnonzero((codes == code) & np.isfinite(wanted))
        if inside.size:
            values = np.sort(-wanted[inside])
            above = np.searchsorted(values, -wanted[inside], side="left")
            upto = np.searchsorted(values, -wanted[inside], side="right")
            share[inside] = (above + upto) / (2.0 * inside.size)
    return share


def smallest_detectable(se: float, *, power: float = 0.8, alpha: float = 0.05, df: float = np.inf) -> float:
    """Effect that a one-sided test at alpha / 2 (or two-sided at alpha) finds with this power: (t_alpha + t_power) se.

    >>> round(smallest_detectable(1.0), 2)
    2.8
    """
    if not se > 0.0:
        raise ValueError(f"se is {se}; it must be positive.")
    from scipy.special import ndtri

    if np.isinf(df):
        return float(ndtri(1.0 - alpha / 2.0) + ndtri(power)) * se
    return float(stdtrit(df, 1.0 - alpha / 2.0) + stdtrit(df, power)) * se


def centre(values: Array, group: Codes) -> Array:
    """Values less the mean of their group (codes 0 … G − 1)."""
    size = np.bincount(group)
    out: Array = values - (np.bincount(group, weights=values) / size)[group]
    return out


def _dummies(codes: Codes) -> tuple[Array, Codes]:
    """One column per fold, and the folds numbered without gaps."""
    _, names = np.unique(codes, return_inverse=True)
    return np.eye(int(names.max(initial=0)) + 1)[names], names.astype(np.intp)


def _shaped(scores: ArrayLike, forward: ArrayLike, fold: ArrayLike) -> tuple[Array, Array, Codes]:
    gamma, said = np.asarray(scores, dtype=np.float64), np.asarray(forward, dtype=np.float64)
    codes = np.asarray(fold, dtype=np.intp)
    if gamma.ndim != 2 or not gamma.shape == said.shape == codes.shape:
        raise ValueError(
            f"scores {gamma.shape}, forward {said.shape} and fold {codes.shape} must all be (repeats, people)."
        )
    return gamma, said, codes


def _slope(score: Array, prediction: Array, fold: Codes, cluster: ArrayLike | None, level: float) -> tuple[float, ...]:
    try:
        slope = best_linear_predictor(score, prediction, fold=fold, cluster=cluster, level=level).slope
    except ValueError:
        return np.nan, np.nan, np.nan
    return slope.value, slope.se, slope.df


def _mean(score: Array, cluster: Codes | None, level: float) -> tuple[float, ...]:
    try:
        found = robust_t(fit_robust(score, np.ones((score.size, 1)), cluster), [1.0], level=level)
    except ValueError:
        return np.nan, np.nan, np.nan
    return found.value, found.se, found.df


def _taken(cluster: ArrayLike | None, rows: NDArray[np.bool_]) -> Codes | None:
    return None if cluster is None else np.asarray(cluster, dtype=np.intp)[rows]
