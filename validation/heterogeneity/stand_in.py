"""A cheap learner with the shape of a cross-fit: one ridge regression per step, so that thousands of trials run in minutes."""

from __future__ import annotations

import numpy as np


def ridge(x: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    """Coefficients with these penalties (0 for the intercept)."""
    return np.linalg.solve(x.T @ x + np.diag(penalty), x.T @ y)


def with_one(x: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(x.shape[0]), x])


def effects_from(x: np.ndarray, y: np.ndarray, arm: np.ndarray, share: float, penalty: float) -> np.ndarray:
    """Coefficients (1 + p) of the effect: y on x, arm and arm by x, the interactions penalised."""
    p = x.shape[1]
    w = (arm - share)[:, None]
    design = np.column_stack([with_one(x), w * with_one(x)])
    weight = np.r_[0.0, np.full(p, 1.0), 0.0, np.full(p, penalty)]
    return ridge(design, y, weight)[p + 1 :]


def cross_fit(
    x: np.ndarray, y: np.ndarray, arm: np.ndarray, share: float, *, folds: int, repeats: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores, predictions from all other folds, predictions from earlier folds (NaN in the first), folds; each (R, n)."""
    n, p = x.shape
    scores, everything, forward = np.empty((repeats, n)), np.empty((repeats, n)), np.full((repeats, n), np.nan)
    fold = np.empty((repeats, n), dtype=np.intp)
    for r in range(repeats):
        fold[r] = _folds(arm, folds, rng)
        for k in range(folds):
            here, rest, past = fold[r] == k, fold[r] != k, fold[r] < k
            mean = []
            for a in (0, 1):
                train = rest & (arm == a)
                beta = ridge(with_one(x[train]), y[train], np.r_[0.0, np.full(p, 2.0)])
                mean.append(with_one(x[here]) @ beta)
            w = arm[here]
            scores[r, here] = mean[1] - mean[0] + (w / share) * (y[here] - mean[1])
            scores[r, here] -= ((1 - w) / (1 - share)) * (y[here] - mean[0])
            everything[r, here] = with_one(x[here]) @ effects_from(x[rest], y[rest], arm[rest], share, 0.1 * rest.sum())
            if k:
                forward[r, here] = with_one(x[here]) @ effects_from(
                    x[past], y[past], arm[past], share, 0.1 * past.sum()
                )
    return scores, everything, forward, fold


def _folds(arm: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Folds balanced within arms."""
    out = np.empty(arm.size, dtype=np.intp)
    start = 0
    for a in (0, 1):
        inside = rng.permutation(np.flatnonzero(arm == a))
        out[inside] = (np.arange(inside.size) + start) % folds
        start += inside.size
    return out
