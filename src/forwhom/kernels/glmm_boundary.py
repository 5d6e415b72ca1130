"""Estimates of a generalised mixed model on the boundary: variances of 0, correlations of -1 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.glmm_criterion import factors
from forwhom.kernels.glmm_families import LARGEST_LOG_SHAPE
from forwhom.kernels.glmm_search import Found, Function, hessian, polish
from forwhom.kernels.glmm_setup import Prepared
from forwhom.kernels.mixed_groups import Floats, name

# Whitened standard deviations below this are tried at 0; diagonals of a factor below ZERO are 0.
NEAR_ZERO = 0.1
ZERO = 1e-5
# How much minus twice the log-likelihood may rise when an estimate is put on the boundary: rounding. PERHAPS: that the
# other estimates may make good again.
NO_WORSE = 1e-8
PERHAPS = 0.05
# Shapes of a negative binomial from here on are tried at infinity.
LARGE_LOG_SHAPE = 5.0
NO_LIMIT = "the counts vary no more than those of a Poisson distribution: the shape is without limit"


def without_limit(prepared: Prepared, x: Floats) -> Floats:
    """x with a large shape put where it is without limit: the likelihood rises ever more slowly on the way."""
    if not prepared.setup.shaped or x[-1] <= LARGE_LOG_SHAPE:
        return x
    moved = x.copy()
    moved[-1] = LARGEST_LOG_SHAPE + 1.0
    return moved


def nothing_varies(prepared: Prepared, x: Floats) -> bool:
    """Whether all variances of some level are 0."""
    return any(not (np.abs(one) > ZERO).any() for one in factors(prepared.setup, x))


def settle(prepared: Prepared, function: Function, found: Found) -> Found:
    """Put estimates next to the boundary on it where the likelihood is as high there; diagonals made positive."""
    setup = prepared.setup
    for part, row, column in zip(setup.slices, setup.rows, setup.columns, strict=True):
        for place in np.flatnonzero((row == column) & (np.abs(found.x[part]) < NEAR_ZERO)):
            x = found.x.copy()
            x[part.start + place] = 0.0
            value, gradient = function(x)
            if value > found.value + PERHAPS:
                continue
            trial = polish(function, x, value, gradient, found.iterations)
            if trial.value <= found.value + NO_WORSE:
                found = trial
    x = without_limit(prepared, found.x)
    if (x != found.x).any():
        value, gradient = function(x)
        if value <= found.value + PERHAPS:
            trial = polish(function, x, value, gradient, found.iterations)
            found = trial if trial.value <= found.value + NO_WORSE else found
    x, sign = found.x.copy(), np.ones(len(found.x))
    for part, row, column in zip(setup.slices, setup.rows, setup.columns, strict=True):
        diagonal = x[part][row == column]
        if (np.abs(diagonal) <= ZERO).any():
            root = np.zeros((len(diagonal), len(diagonal)))
            root[row, column] = x[part]
            x[part] = semidefinite_root(root @ root.T)[row, column]
        else:
            sign[part] = np.where(diagonal < 0, -1.0, 1.0)[column]
    if (x == found.x).all():
        turned = found.hessian * np.outer(sign, sign)
        return Found(x * sign, found.value, found.gradient * sign, turned, found.iterations, found.converged)
    # Another factor of the same covariance matrix: the curvature is wanted in its elements.
    x = x * sign
    value, gradient = function(x)
    return Found(x, value, gradient, hessian(function, x), found.iterations, found.converged)


@dataclass(frozen=True, slots=True)
class Boundary:
    """One level whose covariance matrix is singular.

    level : as given; zero : random effects whose variance is 0; correlation : of two effects, at its limit; else None
    rank : of the covariance matrix
    """

    level: int
    zero: tuple[int, ...]
    correlation: float | None
    rank: int


def boundaries(prepared: Prepared, x: Floats) -> list[Boundary]:
    """Levels with a singular covariance matrix, in the order given."""
    found = []
    setup = prepared.setup
    for level, (root, back) in enumerate(zip(factors(setup, x), prepared.z_back, strict=True)):
        diagonal = np.abs(np.diagonal(root)) > ZERO
        if diagonal.all():
            continue
        own = back @ root
        size = np.sqrt((own**2).sum(axis=1)) / np.sqrt((back**2).sum(axis=1))
        zero = tuple(np.flatnonzero(size <= ZERO).tolist())
        at_limit = None
        if not zero and len(root) == 2:
            at_limit = 1.0 if own[0] @ own[1] > 0 else -1.0
        found.append(Boundary(setup.layout.given[level], zero, at_limit, int(diagonal.sum())))
    return sorted(found, key=lambda one: one.level)


def boundary_words(prepared: Prepared, x: Floats, labels: Sequence[str]) -> list[str]:
    """One sentence per level whose covariance matrix is singular, and one for a shape without limit."""
    words = []
    for one in boundaries(prepared, x):
        called = name(labels, one.level)
        q = prepared.setup.layout.sizes[prepared.setup.layout.given.index(one.level)]
        if one.zero:
            which = f" of random effect {', '.join(str(k + 1) for k in one.zero)}" if q > 1 else ""
            words.append(f"{called}: the variance{which} is estimated as 0")
        elif one.correlation is not None:
            words.append(f"{called}: the correlation of random effects 1 and 2 is estimated as {one.correlation:g}")
        else:
            words.append(f"{called}: the covariance matrix of the {q} random effects has rank {one.rank}")
    if prepared.setup.shaped and x[-1] > LARGEST_LOG_SHAPE:
        words.append(NO_LIMIT)
    return words


def semidefinite_root(matrix: Floats) -> Floats:
    """Lower-triangular root (q, q), diagonal at least 0, of a matrix that need not be positive definite.

    >>> semidefinite_root(np.array([[0.0, 0.0], [0.0, 4.0]]))
    array([[0., 0.],
           [0., 2.]])
    """
    left, root = matrix.copy(), np.zeros_like(matrix)
    for column in range(len(matrix)):
        pivot = left[column, column]
        if pivot > 1e-15 * matrix[column, column] and pivot > 0:
            root[column:, column] = left[column:, column] / np.sqrt(pivot)
            left -= np.outer(root[:, column], root[:, column])
    return root
