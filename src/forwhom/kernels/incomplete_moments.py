"""Means and covariances of incomplete data by maximum likelihood, for many weightings of the rows at once.

A linear path model whose equations have every path they can have is a function of the means and covariances of its
variables. Their maximum likelihood estimates under missing at random (EM: Little & Rubin 2002, section 11.2) therefore give
the full information maximum likelihood estimates of such a model, and a bootstrap only needs them once per draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FINE, COARSE = 1e-11, 3e-4
"""Largest change of a moment, in standard deviations, at which the sample's own EM ends, and that of a draw."""
CHUNK = 250
"""Draws worked on together."""
RIDGE = 1e-10
"""Share of a variance below which what others leave of it counts as nothing."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Expected mean cross-products of a constant and p variables.

    products : (b, 1 + p, 1 + p), the constant first, divided by the number of rows; NaN for draws without a solution
    good : (b,) whether there is one
    iterations : of EM, in the slowest draw
    """

    products: Floats
    good: Flags
    iterations: int


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Rows sorted into patterns of absence, on columns of mean 0 and variance 1.

    seen : (k, p) per pattern; rows : per pattern, the rows that have it
    """

    z: Floats
    centre: Floats
    scale: Floats
    seen: Flags
    rows: tuple[NDArray[np.intp], ...]


def incomplete(y: ArrayLike) -> Incomplete:
    """(n, p) values, NaN where absent, made ready.

    Raises ValueError for columns without variation, pairs never seen together, and rows without a value.

    >>> incomplete([[1.0, 2.0], [2.0, np.nan], [4.0, 3.0]]).seen
    array([[ True, False],
           [ True,  True]])
    """
    values = np.asarray(y, dtype=np.float64)
    there = np.isfinite(values)
    if values.ndim != 2 or not there.any(axis=1).all():
        raise ValueError("give persons by variables, with at least one value in every row.")
    together = there.astype(float).T @ there
    if (together < 2).any():
        a, b = np.argwhere(together < 2)[0]
        raise ValueError(
            f"variables {a + 1} and {b + 1} are hardly ever seen together, so how they go together is unknown."
        )
    centre = np.nanmean(values, axis=0)
    scale = np.nanstd(values, axis=0)
    if not (scale > 0).all():
        raise ValueError(f"variable {int(np.argmin(scale)) + 1} is the same for everybody.")
    seen, member = np.unique(there, axis=0, return_inverse=True)
    rows = tuple(np.flatnonzero(member.ravel() == k) for k in range(len(seen)))
    return Incomplete(np.where(there, (values - centre) / scale, 0.0), centre, scale, seen, rows)


def sample_moments(of: Incomplete, *, max_iterations: int = 5000) -> Moments:
    """Moments of the sample itself, (1, 1 + p, 1 + p).

    >>> made = sample_moments(incomplete([[1.0, 2.0], [2.0, 3.0], [4.0, 4.0]]))
    >>> made.products[0, 0].round(6)
    array([1.      , 2.333333, 3.      ])
    """
    counts = np.ones((1, len(of.z)))
    return _solved(of, counts, None, FINE, max_iterations)


def drawn_moments(of: Incomplete, counts: ArrayLike, *, start: Moments | None = None) -> Moments:
    """Moments of weighted samples.

    counts : (b, n) how often each row is in each draw; start : the sample's, from where the search begins

    >>> y = np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 4.0], [0.0, 1.0]])
    >>> made = drawn_moments(incomplete(y), [[2, 0, 1, 1]])
    >>> bool(np.allclose(made.products[0, 0, 1:], (2 * y[0] + y[2] + y[3]) / 4))
    True
    """
    weights = np.asarray(counts, dtype=np.float64)
    parts = [_solved(of, weights[k : k + CHUNK], start, COARSE, 300) for k in range(0, len(weights), CHUNK)]
    return Moments(
        np.concatenate([part.products for part in parts]),
        np.concatenate([part.good for part in parts]),
        max(part.iterations for part in parts),
    )


def _solved(of: Incomplete, weights: Floats, start: Moments | None, change: float, most: int) -> Moments:
    b, p = len(weights), of.z.shape[1]
    sums = [_cross(of.z[rows][:, seen], weights[:, rows]) for rows, seen in zip(of.rows, of.seen, strict=True)]
    size = weights.sum(axis=1)
    if of.seen.all():
        now = sums[0] / size[:, None, None]
        fine = _positive(now)
        return Moments(np.where(fine[:, None, None], _raw(of, now), np.nan), fine, 0)
    now = np.empty((b, p + 1, p + 1))
    now[:] = np.eye(p + 1) if start is None else _standard(of, start.products[0])
    good, active, steps = np.ones(b, dtype=bool), np.arange(b), 0
    while steps < most and active.size:
        steps += 1
        here = [each[active] for each in sums]
        following, fine = _step(of.seen, here, now[active], size[active])
        good[active[~fine]] = False
        moved = np.abs(following - now[active]).max(axis=(1, 2))
        now[active[fine]] = following[fine]
        active = active[fine & (moved > change)]
    # EM that is still on its way has no estimate yet.
    good[active] = False
    good &= _positive(now)
    made = _raw(of, now)
    made[~good] = np.nan
    return Moments(made, good, steps)


def _cross(z: Floats, weights: Floats) -> Floats:
    """(b, 1 + q, 1 + q) weighted sums of cross-products with a constant."""
    wide = np.column_stack([np.ones(len(z)), z])
    q = wide.shape[1]
    every = (wide[:, :, None] * wide[:, None, :]).reshape(len(z), q * q)
    return np.asarray((weights @ every).reshape(len(weights), q, q))


def _step(seen: Flags, sums: Sequence[Floats], now: Floats, size: Floats) -> tuple[Floats, Flags]:
    """One EM step of every draw, and which draws could take it."""
    b, q = now.shape[:2]
    mean = now[:, 0, 1:]
    sigma = now[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]
    total = np.zeros_like(now)
    # What is invertible as a whole is so in every part.
    fine = _invertible(sigma)
    sigma[~fine] = np.eye(q - 1)
    for there, cross in zip(seen, sums, strict=True):
        known, lost = np.flatnonzero(there), np.flatnonzero(~there)
        place = np.concatenate([[0], known + 1])
        if not lost.size:
            total += cross
            continue
        inner = sigma[:, known[:, None], known]
        slope = np.linalg.solve(inner, sigma[:, known[:, None], lost]).swapaxes(1, 2)
        constant = mean[:, lost] - np.einsum("bij,bj->bi", slope, mean[:, known])
        back = np.zeros((b, q, place.size))
        back[:, place, np.arange(place.size)] = 1.0
        back[:, lost + 1, 0] = constant
        back[:, lost + 1, 1:] = slope
        total += back @ cross @ back.swapaxes(1, 2)
        left = sigma[:, lost[:, None], lost] - slope @ sigma[:, known[:, None], lost]
        total[:, (lost + 1)[:, None], lost + 1] += cross[:, 0, 0][:, None, None] * left
    return total / size[:, None, None], fine


def _invertible(matrices: Floats) -> Flags:
    return np.linalg.eigvalsh(matrices)[:, 0] > RIDGE


def _positive(products: Floats) -> Flags:
    """Whether no variable is a function of the others."""
    mean = products[:, 0, 1:]
    sigma = products[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]
    return np.asarray(np.isfinite(sigma).all(axis=(1, 2))) & _invertible(np.nan_to_num(sigma))


def _raw(of: Incomplete, products: Floats) -> Floats:
    """From standardised columns to those given."""
    turn = np.diag(np.concatenate([[1.0], of.scale]))
    turn[1:, 0] = of.centre
    return np.asarray(turn @ products @ turn.T)


def _standard(of: Incomplete, products: Floats) -> Floats:
    turn = np.diag(np.concatenate([[1.0], 1 / of.scale]))
    turn[1:, 0] = -of.centre / of.scale
    return np.asarray(turn @ products @ turn.T)


def coefficients(products: Floats, outcome: int, predictors: Sequence[int]) -> tuple[Floats, Floats]:
    """Least squares from cross-products: (b, predictors) coefficients, and (b,) mean squared residual (divided by rows).

    outcome, predictors : places in `products`; 0 is the constant, which is a predictor where it is named

    >>> y = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 5.0], [3.0, 7.1]])
    >>> slope, left = coefficients(sample_moments(incomplete(y)).products, 2, [0, 1])
    >>> slope.round(3)
    array([[0.98, 2.03]])
    """
    at = np.asarray(predictors)
    inner, right = products[:, at[:, None], at], products[:, at, outcome]
    made = np.full(right.shape, np.nan)
    good = np.isfinite(inner).all(axis=(1, 2))
    made[good] = np.linalg.solve(inner[good], right[good][:, :, None])[:, :, 0]
    left = products[:, outcome, outcome] - np.einsum("bi,bi->b", made, right)
    return made, left


__all__ = ["Incomplete", "Moments", "coefficients", "drawn_moments", "incomplete", "sample_moments"]
