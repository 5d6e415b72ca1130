"""Do many predictors foretell an outcome beyond covariates: nested cross-validation, and what chance alone would show.

Ridge regression with its penalty chosen inside each training part; the predictions that count are of people the model has
never seen. Chance is measured by permuting what covariates leave of the outcome (Freedman & Lane, 1983) and doing everything,
the choice of the penalty included, again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
FEWEST = 20
"""People below which one fold in five holds too few to learn from or to be judged by."""
PENALTIES = 25
"""Penalties tried, evenly on a log scale over the useful range of each training part."""


@dataclass(frozen=True, slots=True)
class Foretelling:
    """What predictors add, in people who were not learned from.

    gain : share of the covariates' squared error of prediction that the predictors take away, over repeats; below zero when
        they make predictions worse
    p : share of permutations with a gain at least as large (with the observed one counted)
    chance : (permutations,) gains under permutation
    covariate_r2 : out-of-sample R squared of the covariates alone; full_r2 : with the predictors
    predicted, predicted_by_covariates : (n,) out-of-fold predictions, mean over repeats; NaN for people left out
    in_sample : the same gain when people are predicted who were learned from: what a naive analysis would report
    """

    gain: float
    p: float
    chance: Floats
    covariate_r2: float
    full_r2: float
    predicted: Floats
    predicted_by_covariates: Floats
    in_sample: float
    n: int
    n_predictors: int
    folds: int
    repeats: int


def foretell(
    y: ArrayLike,
    x: ArrayLike,
    covariates: ArrayLike,
    group: ArrayLike | None = None,
    *,
    folds: int = 5,
    repeats: int = 10,
    permutations: int = 999,
    rng: np.random.Generator,
) -> Foretelling:
    """Nested cross-validated gain of predictors over covariates, with its permutation p.

    y : (n,) outcome; people without it (NaN) are left out
    x : (n, q) predictors, NaN where absent: the training part's mean is put in
    covariates : (n, c) always in the model, unpenalised (baseline score, arm); without the constant, no NaN
    group : (n,) codes within which folds are balanced and residuals permuted (arms); None: one group

    Raises ValueError for fewer than 20 people, or predictors that do not vary.
    Sources: Varma & Simon (2006) on nested cross-validation; Freedman & Lane (1983, J Bus Econ Stat 1:292-298).

    >>> rng = np.random.default_rng(1)
    >>> x, before = rng.standard_normal((60, 8)), rng.standard_normal((60, 1))
    >>> y = before[:, 0] + x[:, 0] + 0.5 * rng.standard_normal(60)
    >>> found = foretell(y, x, before, permutations=99, rng=rng)
    >>> found.gain > 0.5, found.p
    (True, 0.01)
    """
    outcome, features = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    given = np.asarray(covariates, dtype=float).reshape(outcome.size, -1)
    codes = np.zeros(outcome.size, dtype=np.intp) if group is None else np.asarray(group)
    rows = np.flatnonzero(np.isfinite(outcome) & np.isfinite(features).any(axis=1) & (codes >= 0))
    outcome, features, given, codes = outcome[rows], features[rows], given[rows], codes[rows]
    if rows.size < FEWEST:
        raise ValueError(f"{rows.size} people have the outcome and a predictor; {FEWEST} are the least.")
    varies = np.array([np.nanstd(column) > 0 if np.isfinite(column).any() else False for column in features.T])
    if not varies.any():
        raise ValueError("no predictor varies.")
    features = features[:, varies]
    base = np.column_stack([np.ones(rows.size), given])
    drawn = _permuted(outcome, base, codes, permutations, rng)
    error = np.zeros(permutations + 1)
    base_error = np.zeros(permutations + 1)
    predicted, by_covariates = np.zeros(rows.size), np.zeros(rows.size)
    for _ in range(repeats):
        fold = _folds(codes, folds, rng)
        for k in range(folds):
            test = fold == k
            full, alone = _predict(drawn[~test], features, base, test)
            error += ((drawn[test] - full) ** 2).sum(axis=0)
            base_error += ((drawn[test] - alone) ** 2).sum(axis=0)
            predicted[test] += full[:, 0] / repeats
            by_covariates[test] += alone[:, 0] / repeats
    gains = 1 - error / base_error
    everyone = np.ones(rows.size, dtype=bool)
    naive, naive_alone = _predict(outcome[:, None], features, base, everyone, train=everyone)
    spread = repeats * ((outcome - outcome.mean()) ** 2).sum()
    whole = np.full((2, np.asarray(y).size), np.nan)
    whole[:, rows] = predicted, by_covariates
    return Foretelling(
        gain=float(gains[0]),
        p=float((1 + (gains[1:] >= gains[0]).sum()) / (permutations + 1)),
        chance=gains[1:],
        covariate_r2=float(1 - base_error[0] / spread),
        full_r2=float(1 - error[0] / spread),
        predicted=whole[0],
        predicted_by_covariates=whole[1],
        in_sample=float(1 - ((outcome - naive[:, 0]) ** 2).sum() / ((outcome - naive_alone[:, 0]) ** 2).sum()),
        n=int(rows.size),
        n_predictors=int(features.shape[1]),
        folds=folds,
        repeats=repeats,
    )


def _permuted(y: Floats, base: Floats, codes: NDArray[np.intp], permutations: int, rng: np.random.Generator) -> Floats:
    """(n, 1 + permutations): the outcome, then fitted values plus residuals permuted within groups."""
    fitted = base @ np.linalg.lstsq(base, y, rcond=None)[0]
    made = np.empty((y.size, permutations + 1))
    made[:, 0] = y
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        order = np.argsort(rng.random((permutations, own.size)), axis=1)
        made[own, 1:] = fitted[own, None] + (y - fitted)[own][order].T
    return made


def _folds(codes: NDArray[np.intp], folds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """(n,) folds of equal size, balanced over groups."""
    order = np.lexsort((rng.random(codes.size), codes))
    made = np.empty(codes.size, dtype=np.intp)
    made[order] = (np.arange(codes.size) + rng.integers(folds)) % folds
    return made


def _predict(
    y: Floats, features: Floats, base: Floats, test: NDArray[np.bool_], train: NDArray[np.bool_] | None = None
) -> tuple[Floats, Floats]:
    """Predictions of the test part for every column of y (of the training part): with the predictors, and without."""
    learned = ~test if train is None else train
    mean = np.array([np.nanmean(c[learned]) if np.isfinite(c[learned]).any() else 0.0 for c in features.T])
    filled = np.where(np.isfinite(features), features, mean)
    spread = filled[learned].std(axis=0)
    scaled = (filled - mean) / np.where(spread > 0, spread, 1.0) * (spread > 0)
    q, r = np.linalg.qr(base[learned])
    coefficients = np.linalg.lstsq(r, q.T @ np.column_stack([y, scaled[learned]]), rcond=None)[0]
    of_y, of_x = coefficients[:, : y.shape[1]], coefficients[:, y.shape[1] :]
    alone = base[test] @ of_y
    residual = y - base[learned] @ of_y
    u, d, vt = np.linalg.svd(scaled[learned] - base[learned] @ of_x, full_matrices=False)
    kept = d > 1e-10 * d[0] if d[0] > 0 else np.zeros(d.size, dtype=bool)
    if not kept.any():
        return alone, alone
    u, d, vt = u[:, kept], d[kept], vt[kept]
    weight = _chosen(u, d, residual, (q**2).sum(axis=1))
    projected = (scaled[test] - base[test] @ of_x) @ vt.T
    return alone + projected @ (weight / d[:, None] * (u.T @ residual)), alone


def _chosen(u: Floats, d: Floats, residual: Floats, base_leverage: Floats) -> Floats:
    """(rank, columns) shrinkage of each direction at the penalty with the least leave-one-out error in the training part."""
    share = u.T @ residual
    least = ((residual / (1 - base_leverage)[:, None]) ** 2).sum(axis=0)
    weight = np.zeros((d.size, residual.shape[1]))
    for penalty in np.geomspace(d[0] ** 2 * 1e-3, d[0] ** 2 * 1e3, PENALTIES):
        shrunk = d**2 / (d**2 + penalty)
        leverage = (u**2) @ shrunk + base_leverage
        fitted = u @ (shrunk[:, None] * share)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = (((residual - fitted) / (1 - leverage)[:, None]) ** 2).sum(axis=0)
        better = error < least
        least = np.where(better, error, least)
        weight = np.where(better, shrunk[:, None], weight)
    return weight
