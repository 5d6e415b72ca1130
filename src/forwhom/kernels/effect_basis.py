"""Covariates as a basis of functions over people: the directions in which effects may differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.crossfit import Features

__all__ = ["EffectBasis", "effect_basis"]

Array = NDArray[np.float64]

FURTHEST = 3.0
"""Standard deviations at which a covariate is cut off: one extreme value shall not decide a line."""
FEWEST, RAREST = 5, 0.05
"""A level of a category, or absence of a number, gets a column of its own from so many people and this share on."""
KNOTS, RANK = 8, 100
LENGTH = np.sqrt(0.5)
"""Length scale of the smooth part, by the square root of the number of covariates."""


@dataclass(frozen=True, slots=True)
class EffectBasis:
    """An orthogonal basis of K, the prior covariance of deviations from the average effect, over n people.

    vectors : (n, r) orthonormal, each with mean 0; r is 0 when no covariate varies
    values : (r,) eigenvalues of K; K has a mean diagonal of 1
    beyond : (n,) part of K's diagonal that the low rank leaves out, 0 or more
    lines : (n, v) the standardised columns of the covariates
    """

    vectors: Array
    values: Array
    beyond: Array
    lines: Array


def effect_basis(features: Features) -> EffectBasis:
    """Basis of the prior covariance of deviations from the average effect.

    A mean of three covariances, each of mean variance 1 over the people: linear (a line in each covariate), stepwise
    additive (a random walk over the ranks of each) and smooth joint (a Gaussian kernel over all of them; Rasmussen &
    Williams, 2006, ch. 4), the last of low rank by pivoted Cholesky decomposition (Harbrecht, Peters & Schneider, 2012).
    Every covariate counts the same. Numbers are standardised, cut off at three standard deviations, and an absent one
    takes the mean; its absence is a covariate when at least 5 people and 5 % lack it. Levels of a category (absence
    is one) with fewer people than that are pooled.

    >>> basis = effect_basis(Features(np.array([[1.0], [2.0], [3.0], [4.0]]), np.empty((4, 0), dtype=np.intp), ("age",)))
    >>> bool(abs(basis.vectors.sum()) < 1e-9), round(float(basis.values.sum() / 4 + basis.beyond.mean()), 9)
    (True, 1.0)
    """
    n = features.numeric.shape[0]
    blocks = _variables(features)
    if n < 2 or not blocks:
        return EffectBasis(np.empty((n, 0)), np.empty(0), np.zeros(n), np.empty((n, 0)))
    lines = np.column_stack([block for block, _ in blocks])
    steps = np.column_stack([_steps(block, numeric) for block, numeric in blocks])
    smooth, short = _smooth(lines, LENGTH * np.sqrt(len(blocks)))
    parts = [_scaled(part, missing) for part, missing in ((lines, np.zeros(n)), (steps, np.zeros(n)), (smooth, short))]
    vectors, values = _orthogonal(np.column_stack([part for part, _ in parts]) / np.sqrt(len(parts)))
    beyond = np.sum([missing for _, missing in parts], axis=0) / len(parts)
    return EffectBasis(vectors, values, beyond, lines)


def _scaled(part: Array, missing: Array) -> tuple[Array, Array]:
    """Columns centred, and with the missing part of the diagonal brought to a mean variance of 1."""
    centred = part - part.mean(0)
    size = float((centred**2).sum() / part.shape[0] + missing.mean())
    return centred / np.sqrt(size), missing / size


def _variables(features: Features) -> list[tuple[Array, bool]]:
    """Standardised columns of each covariate that varies, and whether it is a number."""
    n = features.numeric.shape[0]
    made: list[tuple[Array, bool]] = []
    fewest = max(FEWEST, RAREST * n)
    for column in features.numeric.T:
        absent = ~np.isfinite(column)
        if absent.all():
            continue
        x = np.where(absent, column[~absent].mean(), column)
        if _spread(x) > 0:
            made.append((_standard(x)[:, None], True))
        if fewest <= absent.sum() <= n - fewest:
            made.append((_standard(absent.astype(float))[:, None], False))
    for codes in features.categories.T:
        counts = {code: int((codes == code).sum()) for code in np.unique(codes).tolist()}
        own = [code for code, count in counts.items() if count >= fewest]
        rest = n - sum(counts[code] for code in own)
        columns = [_standard((codes == code).astype(float)) for code in own]
        if rest >= fewest and columns:
            columns.append(_standard((~np.isin(codes, own)).astype(float)))
        if not columns:
            continue
        block = np.column_stack(columns)
        size = np.sqrt((block**2).sum() / n)
        if size > 0:
            made.append((block / size, False))
    return made


def _spread(x: Array) -> float:
    sd = float(x.std())
    return sd if sd > 1e-10 * max(1.0, float(np.abs(x).max())) else 0.0


def _standard(x: Array) -> Array:
    """Mean 0, standard deviation 1, cut off; zeros where nothing varies."""
    sd = _spread(x)
    if sd == 0.0:
        return np.zeros_like(x)
    return np.asarray(np.clip((x - x.mean()) / sd, -FURTHEST, FURTHEST))


def _steps(block: Array, numeric: bool) -> Array:
    """Indicators of lying above each knot: their sum of products is the covariance of a random walk over the ranks."""
    if not numeric:
        return block
    x = block[:, 0]
    knots = np.unique(np.quantile(x, np.arange(1, KNOTS + 1) / (KNOTS + 1)))
    above = x[:, None] - knots
    # Who lies on a knot counts half, so that a covariate and its reverse are the same.
    steps = np.where(np.abs(above) < 1e-9, 0.5, (above > 0).astype(float))
    steps -= steps.mean(0)
    size = np.sqrt((steps**2).sum() / x.size)
    return steps / size if size > 0 else block


def _smooth(x: Array, length: float) -> tuple[Array, Array]:
    """Features of the Gaussian kernel with this length scale, and what their rank leaves of its diagonal."""
    n = x.shape[0]
    square = (x**2).sum(1)
    left = np.ones(n)
    rank = min(n, RANK)
    made = np.zeros((n, rank))
    for k in range(rank):
        # The first pivot is the most ordinary person: all are tied, and the order of rows shall not decide.
        pivot = int(np.argmax(left)) if k else int(np.argmin(square))
        if left[pivot] < 1e-9:
            return made[:, :k], np.maximum(left, 0.0)
        distance = np.maximum(square + square[pivot] - 2 * (x @ x[pivot]), 0.0)
        row = np.exp(-distance / (2 * length**2)) - made[:, :k] @ made[pivot, :k]
        made[:, k] = row / np.sqrt(left[pivot])
        left = left - made[:, k] ** 2
        left[pivot] = 0.0
    return made, np.maximum(left, 0.0)


def _orthogonal(z: Array) -> tuple[Array, Array]:
    """Left singular vectors of z with their squared singular values."""
    if z.shape[0] <= z.shape[1]:
        values, vectors = np.linalg.eigh(z @ z.T)
        keep = values > 1e-8 * values[-1]
        return vectors[:, keep], values[keep]
    values, right = np.linalg.eigh(z.T @ z)
    keep = values > 1e-8 * values[-1]
    return (z @ right[:, keep]) / np.sqrt(values[keep]), values[keep]
