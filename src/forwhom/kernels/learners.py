"""The two learners of the cross-fitting engine, fixed in advance: penalised linear models and a forest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

PENALTIES = np.logspace(-3.0, 3.0, 25)
"""Ridge penalties tried, per person."""


def ridge(x: Array, y: Array, *, choose: str = "reml") -> tuple[Array, Array]:
    """Ridge regression; one penalty per column of y.

    x : (n, p) standardised; y : (n, t). Returns the intercepts (t,) and the coefficients (p, t).
    """
    n, p = x.shape
    centre, mean = x.mean(axis=0), y.mean(axis=0)
    if n < 3 or p == 0:
        return mean, np.zeros((p, y.shape[1]))
    xc, yc = x - centre, y - mean
    if p <= n:
        d, v = np.linalg.eigh(xc.T @ xc)
        keep = d > 1e-10 * max(float(d[-1]), 1e-300)
        if not keep.any():
            return mean, np.zeros((p, y.shape[1]))
        d, v = d[keep], v[:, keep]
        z = (v.T @ (xc.T @ yc)) / np.sqrt(d)[:, None]
    else:
        u, s, vt = np.linalg.svd(xc, full_matrices=False)
        keep = s > 1e-7 * max(float(s[0]), 1e-150)
        d, v, z = s[keep] ** 2, vt[keep].T, u[:, keep].T @ yc
    total = (yc**2).sum(axis=0)
    rest = np.maximum(total - (z**2).sum(axis=0), 0.0)
    lam = PENALTIES * n
    if choose == "reml":
        kept = lam[:, None] / (d + lam[:, None])
        error = kept @ z**2 + rest
        objective = (n - 1) * np.log(np.maximum(error, 1e-300)) - np.log(kept).sum(axis=1)[:, None]
    else:
        kept = lam[:, None] / (d + lam[:, None])
        error = kept**2 @ z**2 + rest
        df = 1 + (1 - kept).sum(axis=1)
        objective = np.log(np.maximum(error, 1e-300)) - 2 * np.log(np.maximum(n - df, 1e-9))[:, None]
    best = lam[np.argmin(objective, axis=0)]
    coefficients = v @ (z * np.sqrt(d)[:, None] / (d[:, None] + best))
    return mean - centre @ coefficients, coefficients


def logistic(x: Array, y: Array, *, penalty: float = 10.0) -> tuple[float, Array]:
    """Ridge-penalised logistic regression by Newton's method; the intercept is not penalised."""
    n, p = x.shape
    share = (y.sum() + 0.5) / (n + 1.0)
    start = float(np.log(share / (1 - share)))
    if p == 0 or y.min() == y.max():
        return start, np.zeros(p)
    design = np.column_stack([np.ones(n), x])
    ridge_part = np.diag(np.r_[0.0, np.full(p, penalty)])
    b = np.zeros(p + 1)
    b[0] = start

    def loss(b: Array) -> float:
        eta = design @ b
        return float(np.logaddexp(0.0, eta).sum() - y @ eta + 0.5 * b @ ridge_part @ b)

    now = loss(b)
    for _ in range(50):
        mu = expit(design @ b)
        gradient = design.T @ (mu - y) + ridge_part @ b
        step = np.linalg.solve((design.T * np.maximum(mu * (1 - mu), 1e-9)) @ design + ridge_part, gradient)
        size = 1.0
        while (after := loss(b - size * step)) > now and size > 1e-6:
            size /= 2
        b, before, now = b - size * step, now, after
        if before - now < 1e-9 * (abs(now) + 1):
            break
    return float(b[0]), b[1:]


def expit(eta: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * eta))


@contextmanager
def unchecked() -> Iterator[None]:
    """scikit-learn without its own checks of arguments: the matrices are made here and are finite."""
    import sklearn

    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        yield


def forest(
    x: NDArray[np.float32], y: Array, rng: np.random.Generator, *, trees: int, leaf: int, share: float, features: Any
) -> list[Any]:
    from sklearn.tree import ExtraTreeRegressor

    n = x.shape[0]
    if x.shape[1] == 0 or n < 2 * leaf:
        return []
    size = max(2 * leaf, round(share * n))
    grown = []
    for _ in range(trees):
        rows = rng.permutation(n)[:size]
        tree = ExtraTreeRegressor(
            min_samples_leaf=leaf, max_features=features, random_state=int(rng.integers(2**31 - 1))
        )
        grown.append(tree.fit(x[rows], y[rows], check_input=False).tree_)
    return grown


def forest_mean(grown: list[Any], x: NDArray[np.float32], otherwise: Array) -> Array:
    """(n, t) mean prediction of the trees; `otherwise` (t,) for everyone where none could be grown."""
    if not grown:
        return np.broadcast_to(otherwise, (x.shape[0], otherwise.size)).copy()
    total = sum(tree.predict(x).reshape(x.shape[0], -1) for tree in grown)
    return np.asarray(total / len(grown))
