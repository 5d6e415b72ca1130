"""The course expected of a person from a normal model of everybody's scores: given the start, and given all so far.

The scores of one person are jointly normal with mean X beta and covariance V. With beta estimated from other people
(covariance Phi), a new person's scores have covariance V + X Phi X', and each further score is predicted by the conditional
normal distribution. Real scores are skewed, so the limits of a band may instead be taken from the standardised residuals of
the people the model was made from (see `tail_quantile`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

_AT_ONCE = 2_000_000
"""Entries of the covariance matrices worked on at once, so that memory stays small."""


@dataclass(frozen=True, slots=True)
class ExpectedCourse:
    """What is expected of each person at each position, in raw points.

    start_mean, start_sd : (n, m) given the score at position 0 alone; at position 0 the score itself and 0
    next_mean, next_sd : (n, m) given all scores observed before; NaN at position 0
    last_mean, last_sd : (n, m) of the last position, given all scores observed up to and including this one
    """

    start_mean: Array
    start_sd: Array
    next_mean: Array
    next_sd: Array
    last_mean: Array
    last_sd: Array


def expected_course(mean: ArrayLike, covariance: ArrayLike, scores: ArrayLike) -> ExpectedCourse:
    """Conditional normal distributions along each person's course.

    mean : (n, m) expected scores before anything is known, positions in the order of time
    covariance : (n, m, m) of the same, parameter uncertainty included where there is one
    scores : (n, m) observed, NaN where not (yet); position 0, the start, must be observed

    Source: conditional distributions of the multivariate normal (Anderson, 2003, section 2.5), one score at a time.
    Raises ValueError for shapes that do not fit, an absent start, or a variance at the start that is not positive.

    >>> made = expected_course([[20.0, 16.0]], [[[9.0, 6.0], [6.0, 13.0]]], [[23.0, np.nan]])
    >>> made.start_mean, made.start_sd
    (array([[23., 18.]]), array([[0., 3.]]))
    """
    mu = np.array(mean, dtype=np.float64, ndmin=2)
    v = np.array(covariance, dtype=np.float64, ndmin=3)
    y = np.array(scores, dtype=np.float64, ndmin=2)
    n, m = mu.shape
    if v.shape != (n, m, m) or y.shape != (n, m) or m < 1:
        raise ValueError(
            f"mean has shape {mu.shape}, covariance {v.shape} and scores {y.shape}; give (n, m), (n, m, m) and (n, m)."
        )
    if not np.isfinite(y[:, 0]).all():
        raise ValueError("A score at the start is absent; leave out people without one.")
    if not (np.isfinite(mu).all() and np.isfinite(v).all() and (v[:, 0, 0] > 0).all()):
        raise ValueError("Means and covariances must be finite, and the variance at the start positive.")
    made = ExpectedCourse(*(np.full((n, m), np.nan) for _ in range(6)))
    step = max(1, _AT_ONCE // (m * m))
    for first in range(0, n, step):
        rows = slice(first, first + step)
        _along(made, rows, mu[rows], v[rows], y[rows])
    return made


def _along(made: ExpectedCourse, rows: slice, mu: Array, v: Array, y: Array) -> None:
    """Condition on one position after the other, in place."""
    m = mu.shape[1]
    for j in range(m):
        variance = np.maximum(v[:, j, j], 0.0)
        if j:
            made.next_mean[rows, j], made.next_sd[rows, j] = mu[:, j], np.sqrt(variance)
        known = np.isfinite(y[:, j]) & (variance > 0)
        surprise = np.where(known, y[:, j] - mu[:, j], 0.0)
        gain = np.divide(v[:, :, j], variance[:, None], out=np.zeros_like(mu), where=known[:, None])
        mu = mu + gain * surprise[:, None]
        v = v - gain[:, :, None] * v[:, j, None, :]
        if not j:
            made.start_mean[rows] = mu
            made.start_sd[rows] = np.sqrt(np.maximum(np.einsum("ijj->ij", v), 0.0))
        made.last_mean[rows, j], made.last_sd[rows, j] = mu[:, -1], np.sqrt(np.maximum(v[:, -1, -1], 0.0))


def tail_quantile(residuals: ArrayLike, share: float, *, enough: int, df: float) -> float:
    """Standardised limit below which a further score falls with probability `share`.

    residuals : (N,) standardised residuals of other people; NaN is passed over
    share : between 0 and 1, e.g. 0.9 for the upper limit of a band that holds the middle 80 %
    enough : residuals from which on their own quantile is used: the ceil((N + 1) share)-th smallest, counted from the
        outside, which holds its share in finite samples when the further score is exchangeable with them (Vovk, Gammerman &
        Shafer, 2005); below it, Student's t with `df`, times the root mean square of the residuals where there are two

    >>> round(tail_quantile(np.arange(99.0), 0.9, enough=50, df=10), 1), round(tail_quantile([], 0.9, enough=50, df=10), 3)
    (89.0, 1.372)
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share is {share}; give one between 0 and 1, e.g. 0.9.")
    known = np.asarray(residuals, dtype=np.float64).ravel()
    known = known[np.isfinite(known)]
    if known.size < enough:
        if not df > 0:
            raise ValueError(f"df is {df}; without enough residuals degrees of freedom above 0 are needed.")
        spread = float(np.sqrt((known**2).mean())) if known.size > 1 else 1.0
        return float(stdtrit(df, share)) * spread
    upper = share >= 0.5
    rank = int(np.ceil((known.size + 1) * (share if upper else 1.0 - share) - 1e-9))
    rank = min(rank, known.size)
    place = rank - 1 if upper else known.size - rank
    return float(np.partition(known, place)[place])
