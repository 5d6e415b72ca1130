"""Variance between studies: likelihood, moments, and its interval, for many sets of studies at once.

Everything here works on m sets of studies that share their k places: y and v are (m, k), keep (m, k) holds 1 where a
study takes part and 0 where it is left out. So all fits of a leave-one-out analysis are one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Method = Literal["REML", "ML", "DL", "PM", "FE"]
METHODS: tuple[str, ...] = ("REML", "ML", "DL", "PM", "FE")
_POINTS = 33
_STEPS = 80
_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class Sets:
    """m sets of k studies with one design.

    y, v : (m, k) effects and sampling variances; x : (k, p) columns; keep : (m, k) 1 or 0
    count : (m,) studies that take part
    """

    y: Array
    v: Array
    x: Array
    keep: Array
    count: Array

    @property
    def df(self) -> Array:
        """Studies less columns, (m,)."""
        return np.asarray(self.count - self.x.shape[1])


@dataclass(frozen=True, slots=True)
class Weighted:
    """Weighted least squares at one tau2 per set.

    w : (m, k) weights, 0 where left out; inverse : (m, p, p) (X'WX)^-1; beta : (m, p); residual : (m, k)
    """

    w: Array
    inverse: Array
    beta: Array
    residual: Array


def sets_of(y: Array, v: Array, x: Array, keep: Array | None = None) -> Sets:
    """Sets from arrays that may be (k,) or (m, k)."""
    taken = np.ones((1, x.shape[0])) if keep is None else np.atleast_2d(keep)
    shape = np.broadcast_shapes(np.atleast_2d(y).shape, np.atleast_2d(v).shape, taken.shape)
    taken = np.broadcast_to(taken, shape)
    return Sets(_alike(y, shape), _alike(v, shape), x, taken, taken.sum(axis=1))


def _alike(values: Array, shape: tuple[int, ...]) -> Array:
    """Broadcast so that one row for all sets has stride 0, also with a single set."""
    given = np.atleast_2d(values)
    return np.broadcast_to(given[0] if given.shape[0] == 1 else given, shape)


def weighted(sets: Sets, tau2: Array) -> Weighted:
    """Coefficients and residuals with weights 1 / (v + tau2); tau2 (m,)."""
    w = sets.keep / (sets.v + tau2[:, None])
    wx = w[:, :, None] * sets.x
    inverse = np.asarray(np.linalg.inv(sets.x.T @ wx), dtype=np.float64)
    beta = np.einsum("mpq,mkq,mk->mp", inverse, wx, sets.y)
    return Weighted(w, inverse, beta, sets.y - beta @ sets.x.T)


def q_statistic(sets: Sets, tau2: Array) -> Array:
    """Weighted sum of squared residuals, (m,)."""
    at = weighted(sets, tau2)
    return np.asarray((at.w * at.residual**2).sum(axis=1))


def log_likelihood(sets: Sets, tau2: Array, *, restricted: bool, at: Weighted | None = None) -> Array:
    """Log likelihood, (m,), of x with orthonormal columns; restricted as Harville (1977), so that it does not depend on units of x."""
    at = weighted(sets, tau2) if at is None else at
    spread = np.where(sets.keep > 0, np.log(sets.v + tau2[:, None]), 0.0).sum(axis=1)
    squares = (at.w * at.residual**2).sum(axis=1)
    if not restricted:
        return np.asarray(-0.5 * (sets.count * _LOG_2PI + spread + squares))
    determinant = -np.linalg.slogdet(at.inverse)[1]
    whole = np.linalg.slogdet(sets.x.T @ (sets.keep[:, :, None] * sets.x))[1]
    return np.asarray(-0.5 * (sets.df * _LOG_2PI + spread + determinant + squares - whole))


def tau2_of(sets: Sets, method: str) -> Array:
    """Estimate of the variance between studies, (m,), never below 0.

    REML, ML : highest point of the (restricted) likelihood; a coarse search comes first, so a lower peak is not taken for it
    DL : DerSimonian & Laird (1986), with columns as Raudenbush (2009); PM : Paule & Mandel (1982), Q(tau2) = k − p; FE : 0
    """
    if method == "FE":
        return np.zeros(sets.count.size)
    if method == "PM":
        return q_root(sets, sets.df)
    if method == "DL":
        at = weighted(sets, np.zeros(sets.count.size))
        q = (at.w * at.residual**2).sum(axis=1)
        trace = _traces(sets, at)[0]
        return np.asarray(np.maximum(0.0, (q - sets.df) / trace))
    return _highest(sets, restricted=method == "REML")


def q_root(sets: Sets, target: Array) -> Array:
    """tau2 at which Q(tau2) equals target (m,), 0 where Q is below it already at 0.

    1 / Q is increasing and concave in tau2, so Newton's steps from 0 never pass the root.
    """
    tau2 = np.zeros(sets.count.size)
    for _ in range(_STEPS):
        at = weighted(sets, tau2)
        q = (at.w * at.residual**2).sum(axis=1)
        slope = ((at.w * at.residual) ** 2).sum(axis=1)
        # A perfect fit has Q = 0 and no slope, and stays at 0.
        step = np.where(slope > 0, q * (q / target - 1.0) / np.where(slope > 0, slope, 1.0), 0.0)
        step = np.where((tau2 == 0.0) & (step < 0.0), 0.0, step)
        tau2 = np.maximum(tau2 + step, 0.0)
        if (np.abs(step) <= 1e-14 * (tau2 + 1e-300)).all():
            break
    return tau2


def typical_variance(v: Array, x: Array, keep: Array | None = None) -> Array:
    """Typical sampling variance (k − p) / tr(P) (Higgins & Thompson, 2002, eq. 9; with columns as metafor), (m,)."""
    sets = sets_of(np.zeros_like(v), v, x, keep)
    at = weighted(sets, np.zeros(sets.count.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sets.df / _traces(sets, at)[0])


def _traces(sets: Sets, at: Weighted) -> tuple[Array, Array]:
    """Traces of P and of P P, P = W − W X (X'WX)^-1 X'W."""
    x, a = sets.x, at.inverse
    second = np.einsum("mk,kp,kq->mpq", at.w**2, x, x)
    third = np.einsum("mk,kp,kq->mpq", at.w**3, x, x)
    one = np.einsum("mpq,mqp->m", a, second)
    two = np.einsum("mpq,mqp->m", a, third)
    product = a @ second
    return (
        at.w.sum(axis=1) - one,
        (at.w**2).sum(axis=1) - 2.0 * two + np.einsum("mpq,mqp->m", product, product),
    )


def _slopes(sets: Sets, tau2: Array, *, restricted: bool) -> tuple[Array, Array]:
    """First and second derivative of the log likelihood by tau2, (m,) each."""
    at = weighted(sets, tau2)
    u = at.w * at.residual
    back = np.einsum("mpq,mq->mp", at.inverse, (at.w * u) @ sets.x)
    third = (u * at.w * (u - back @ sets.x.T)).sum(axis=1)
    squares = (u**2).sum(axis=1)
    if restricted:
        first, second = _traces(sets, at)
    else:
        first, second = at.w.sum(axis=1), (at.w**2).sum(axis=1)
    return 0.5 * (squares - first), 0.5 * second - third


def _highest(sets: Sets, *, restricted: bool) -> Array:
    """tau2 of the highest likelihood: a grid finds the peak, Newton's steps inside its bracket finish."""
    m = sets.count.size
    rough = weighted(sets, np.full(m, 1e6 * float(sets.v.max()) + 1.0))
    spread = (sets.keep * rough.residual**2).sum(axis=1) / np.maximum(sets.df, 1.0)
    scale = np.maximum(spread, 1e-12 * sets.v.max())
    # Beyond the sum of squared residuals the likelihood only falls.
    top = scale * np.maximum(sets.count, 4.0)
    grid, heights = _searched(sets, top, restricted=restricted)
    best = heights.argmax(axis=0)
    each = np.arange(m)
    low, high = grid[np.maximum(best - 1, 0), each], grid[np.minimum(best + 1, len(grid) - 1), each]
    now = grid[best, each]
    for _ in range(_STEPS):
        first, second = _slopes(sets, now, restricted=restricted)
        low, high = np.where(first > 0, now, low), np.where(first > 0, high, now)
        newton = now - first / np.where(second < 0, second, -np.inf)
        inside = (second < 0) & (newton > low) & (newton < high)
        nxt = np.where(inside, newton, 0.5 * (low + high))
        at_zero = (now == 0.0) & (first <= 0)
        nxt = np.where(at_zero | (first == 0.0), now, nxt)
        done = np.abs(nxt - now) <= 1e-14 * top
        now = nxt
        if done.all():
            break
    return np.where(now <= 1e-12 * top, 0.0, now)


def _searched(sets: Sets, top: Array, *, restricted: bool) -> tuple[Array, Array]:
    """Grid from 0 to `top` (m,) of every set, and the log likelihood on it up to a constant of the set; (points, m) both."""
    if sets.y.strides[0] == 0 and sets.v.strides[0] == 0:
        line = _line(top)
        heights = _shared_heights(sets, line, restricted=restricted)
        return np.broadcast_to(line[:, None], heights.shape), heights
    grid = np.concatenate([[0.0], np.geomspace(1e-5, 1.0, _POINTS - 1)])[:, None] * top
    return grid, np.stack([log_likelihood(sets, row, restricted=restricted) for row in grid])


def _line(top: Array) -> Array:
    """One grid for sets with different tops: as fine as, and no less deep than, each set's own would be."""
    span = float(np.log(top.max() / top.min()) / np.log(1e5))
    points = _POINTS - 1 + int(np.ceil((_POINTS - 2) * span))
    return np.concatenate([[0.0], np.geomspace(1e-5 * top.min() / top.max(), 1.0, points) * top.max()])


def _shared_heights(sets: Sets, line: Array, *, restricted: bool) -> Array:
    """Heights (points, m) where sets differ only in who is left out: sums over studies are then one product of matrices."""
    keep, x, (k, p) = sets.keep, sets.x, sets.x.shape
    # What the columns explain goes first, so that no digits are lost in differences of large squares.
    y = sets.y[0] - x @ np.linalg.lstsq(x, sets.y[0], rcond=None)[0]
    whole = sets.v[0] + line[:, None]
    both = np.column_stack([x, y])
    rows, columns = np.triu_indices(p + 1)
    products = (both[:, rows] * both[:, columns])[:, None, :] / whole.T[:, :, None]
    summed = (keep @ products.reshape(k, -1)).reshape(-1, line.size, rows.size)
    cross = np.empty((*summed.shape[:2], p + 1, p + 1))
    cross[..., rows, columns], cross[..., columns, rows] = summed, summed
    beta = np.linalg.solve(cross[..., :p, :p], cross[..., :p, p:])
    squares = cross[..., p, p] - (cross[..., p, :p] * beta[..., 0]).sum(axis=-1)
    height = -0.5 * (keep @ np.log(whole.T) + squares)
    if restricted:
        height = height - 0.5 * np.linalg.slogdet(cross[..., :p, :p])[1]
    return np.asarray(height.T)
