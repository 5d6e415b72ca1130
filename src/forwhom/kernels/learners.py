"""The learners of the cross-fitting engine, fixed in advance: penalised linear models and a forest.

The penalised models are closed forms on LAPACK (a call of scikit-learn's costs more than the fit at these sizes; its
`Ridge` and `LogisticRegression` are what the tests compare with). The forest is scikit-learn's extremely randomised
tree (Geurts, Ernst & Wehenkel, 2006), grown on a random part of the people, which takes a sixth of the time of best
splits and is as accurate on averages of noisy scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PENALTIES = np.logspace(-3.0, 3.0, 25)
"""Ridge penalties considered, per person learned from (columns are standardised)."""


def ridge(x: Array, y: Array) -> tuple[Array, Array]:
    """Ridge regression with the penalty of highest restricted likelihood, for each outcome on its own.

    x : (n, p); y : (n, t). The intercept is not penalised. Returns intercepts (t,) and coefficients (p, t); with
    fewer than three people, or no column that varies, the means and zeros.
    Restricted likelihood (the coefficients as normal random effects; Reiss & Ogden, 2009) chooses large penalties more
    steadily than cross-validation when there is nothing to find.

    >>> x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    >>> intercept, slope = ridge(x, 2.0 + 3.0 * x)
    >>> intercept.round(1).tolist(), slope.round(1).tolist()
    ([2.0], [[3.0]])
    """
    n, p = x.shape
    mean = y.mean(axis=0)
    none = mean, np.zeros((p, y.shape[1]))
    if n < 3 or p == 0:
        return none
    centre = x.mean(axis=0)
    xc, yc = x - centre, y - mean
    d, v = np.linalg.eigh(xc.T @ xc)
    keep = d > 1e-10 * max(float(d[-1]), 1e-300)
    if not keep.any():
        return none
    d, v = d[keep], v[:, keep]
    z = (v.T @ (xc.T @ yc)) / np.sqrt(d)[:, None]
    penalty = PENALTIES * n
    kept = penalty[:, None] / (d + penalty[:, None])
    error = kept @ z**2 + np.maximum((yc**2).sum(axis=0) - (z**2).sum(axis=0), 0.0)
    minus2 = (n - 1) * np.log(np.maximum(error, 1e-300)) - np.log(kept).sum(axis=1)[:, None]
    best = penalty[np.argmin(minus2, axis=0)]
    slope = v @ (z * np.sqrt(d)[:, None] / (d[:, None] + best))
    return mean - centre @ slope, slope


def logistic(x: Array, y: Array, *, penalty: float) -> tuple[float, Array]:
    """Ridge-penalised logistic regression by Newton's method with halved steps; the intercept is not penalised.

    x : (n, p); y : (n,) 0 or 1; penalty : what half the sum of squared coefficients is multiplied with
    Returns the intercept and the coefficients (p,). Where everyone, or no one, has a 1, the coefficients are 0 and the
    intercept is the log odds with half a person added on each side.

    >>> intercept, slope = logistic(np.array([[-1.0], [-1.0], [1.0], [1.0]]), np.array([0.0, 1.0, 0.0, 1.0]), penalty=1.0)
    >>> round(intercept, 6), slope.round(6).tolist()
    (0.0, [0.0])
    """
    n, p = x.shape
    share = (y.sum() + 0.5) / (n + 1.0)
    start = float(np.log(share / (1.0 - share)))
    if p == 0 or y.min() == y.max():
        return start, np.zeros(p)
    design = np.column_stack([np.ones(n), x])
    ridges = np.r_[0.0, np.full(p, penalty)]

    def loss(b: Array) -> float:
        eta = design @ b
        return float(np.logaddexp(0.0, eta).sum() - y @ eta + 0.5 * ridges @ b**2)

    b = np.r_[start, np.zeros(p)]
    now = loss(b)
    for _ in range(50):
        risk = expit(design @ b)
        weight = np.maximum(risk * (1.0 - risk), 1e-9)
        gradient = design.T @ (risk - y) + ridges * b
        step = np.linalg.solve((design.T * weight) @ design + np.diag(ridges), gradient)
        size = 1.0
        while loss(b - size * step) > now and size > 1e-6:
            size /= 2.0
        b = b - size * step
        before, now = now, loss(b)
        if before - now <= 1e-10 * (abs(now) + 1.0):
            break
    return float(b[0]), b[1:]


def expit(eta: Array) -> Array:
    """Probability of log odds; does not overflow.

    >>> expit(np.array([0.0, 1000.0])).tolist()
    [0.5, 1.0]
    """
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * eta)))


@contextmanager
def unchecked() -> Iterator[None]:
    """Inside, scikit-learn leaves out its checks of arguments: the matrices are made here and are finite."""
    import sklearn

    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        yield


def grow(
    x: NDArray[np.float32], y: Array, rng: np.random.Generator, *, trees: int, leaf: int, share: float
) -> list[Any]:
    """Extremely randomised trees, each on a random `share` of the people drawn without replacement.

    x : (n, p); y : (n, t), one tree for all t outcomes; leaf : fewest people in a leaf
    An empty list where no tree could split: no columns, or fewer than two leaves' worth of people.
    """
    from sklearn.tree import ExtraTreeRegressor

    n = x.shape[0]
    if x.shape[1] == 0 or n < 2 * leaf:
        return []
    size = max(2 * leaf, round(share * n))
    # One legacy generator for all trees: a seed per tree costs half the time of a small tree.
    state = np.random.RandomState(rng.integers(2**32, size=4, dtype=np.uint32))
    grown = []
    for _ in range(trees):
        rows = rng.permutation(n)[:size]
        tree = ExtraTreeRegressor(min_samples_leaf=leaf, max_features=None, random_state=state)
        grown.append(tree.fit(x[rows], y[rows], check_input=False).tree_)
    return grown


def mean_of(trees: list[Any], x: NDArray[np.float32], otherwise: Array) -> Array:
    """Mean prediction of the trees, (n, t); `otherwise` (t,) for everyone where there are none."""
    if not trees:
        return np.tile(otherwise, (x.shape[0], 1))
    total = sum(tree.predict(x).reshape(x.shape[0], -1) for tree in trees)
    return np.asarray(total / len(trees))
