"""Limits of a band from the residuals of other people who began alike, where spread and shape change with the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.expected_course import tail_quantile

Array = NDArray[np.float64]

KNOTS = 21
"""Starts at which limits are computed; between them they run in straight lines."""
LEAST_TO_MODEL = 10
"""Residuals below which their spread is taken as the same at every start."""
WIDEST = 25.0
"""Most by which the spread may differ between the ends of the starts seen."""


@dataclass(frozen=True, slots=True)
class LogSpread:
    """Standard deviation of residuals as exp(level + slope (start − centre)), constant beyond the starts it was made from."""

    level: float
    slope: float
    centre: float
    low: float
    high: float

    def at(self, start: ArrayLike) -> Array:
        """Standard deviation at each start."""
        spread: Array = np.exp(
            self.level + self.slope * (np.clip(np.asarray(start, dtype=np.float64), self.low, self.high) - self.centre)
        )
        return spread


@dataclass(frozen=True, slots=True)
class ResidualLimits:
    """Standardised limits by start.

    shares : (s,) of further scores below a limit, in the order of the rows of `limits`
    knots : (k,) starts, rising; limits : (s, k)
    """

    shares: tuple[float, ...]
    knots: Array
    limits: Array

    def at(self, share: float, start: ArrayLike) -> Array:
        """Limit below which a further score of people with these starts falls with probability `share`.

        Raises ValueError for a share that the limits were not made for.
        """
        near = [k for k, known in enumerate(self.shares) if abs(known - share) < 1e-9]
        if not near:
            raise ValueError(f"share is {share}; these limits were made for {', '.join(map(str, self.shares))}.")
        found: Array = np.interp(np.asarray(start, dtype=np.float64), self.knots, self.limits[near[0]])
        return found


def log_spread(residuals: ArrayLike, start: ArrayLike) -> LogSpread:
    """Log-linear model of the standard deviation of residuals with mean 0, by maximum likelihood of normal errors.

    residuals, start : (N,) finite. The estimate is consistent for other shapes too, since only the variance is modelled.
    Source: Harvey (1976), Econometrica 44:461-465.

    >>> made = log_spread([-1.0, 1.0, -2.0, 2.0] * 5, [0.0, 0.0, 1.0, 1.0] * 5)
    >>> made.at([0.0, 1.0, 9.0]).round(6)
    array([1., 2., 2.])
    """
    z = np.asarray(residuals, dtype=np.float64).ravel()
    x = np.asarray(start, dtype=np.float64).ravel()
    if z.shape != x.shape or not z.size or not (np.isfinite(z).all() and np.isfinite(x).all()):
        raise ValueError(f"residuals have shape {z.shape} and start {x.shape}; give as many of both, all finite.")
    low, high = float(x.min()), float(x.max())
    square = z**2
    mean = float(square.mean())
    if not mean > 0:
        raise ValueError("All residuals are 0, so they have no spread.")
    centre = float(x.mean())
    level, slope = 0.5 * float(np.log(mean)), 0.0
    if z.size >= LEAST_TO_MODEL and high > low:
        u = (x - centre) / (high - low)
        level, slope = _newton(square, u, level)
        most = float(np.log(WIDEST))
        if abs(slope) > most:
            slope = float(np.copysign(most, slope))
            level = 0.5 * float(np.log((square * np.exp(-2.0 * slope * u)).mean()))
        slope /= high - low
    return LogSpread(level, slope, centre, low, high)


def _newton(square: Array, u: Array, level: float) -> tuple[float, float]:
    """Minimum of the convex Σ (a + b u) + ½ Σ z² exp(−2 (a + b u)) by Newton steps, halved until they help."""

    def loss(a: float, b: float) -> float:
        with np.errstate(over="ignore"):
            return float((a + b * u + 0.5 * square * np.exp(-2.0 * (a + b * u))).sum())

    slope = 0.0
    for _ in range(50):
        weight = square * np.exp(-2.0 * (level + slope * u))
        gradient = np.array([(1.0 - weight).sum(), ((1.0 - weight) * u).sum()])
        curvature = 2.0 * np.array([[weight.sum(), (weight * u).sum()], [(weight * u).sum(), (weight * u * u).sum()]])
        curvature += np.eye(2) * 1e-9 * max(float(np.trace(curvature)), 1.0)
        step = np.linalg.solve(curvature, gradient)
        size, here = 1.0, loss(level, slope)
        while size > 1e-6 and not loss(level - size * step[0], slope - size * step[1]) <= here:
            size /= 2.0
        level, slope = level - size * float(step[0]), slope - size * float(step[1])
        if np.abs(step).max() * size < 1e-9 or abs(slope) > 2.0 * np.log(WIDEST):
            break
    return level, slope


def residual_limits(
    residuals: ArrayLike,
    start: ArrayLike,
    person: ArrayLike,
    shares: tuple[float, ...],
    *,
    nearest: int,
    enough: int,
    df: float,
) -> ResidualLimits:
    """Limits from the residuals of the people nearest in start, after their spread was made alike.

    residuals, start : (N,) standardised residuals of other people's scores, and the start of the person each is of
    person : (N,) whose residual it is, any integers
    shares : the shares below a limit that will be asked for
    nearest : people with the nearest starts whose residuals are used at each start; all where there are no more
    enough, df : residuals from which on their own quantile is used, and degrees of freedom below, see `tail_quantile`
    Every residual is first divided by the spread expected at its start (`log_spread`), and the quantile multiplied by the
    spread at the start asked for, so that people whose starts are only near enough do not carry their own spread over.
    Sources: Harvey (1976), as above; for the local quantiles Lei & Wasserman (2014), J R Stat Soc B 76:71-96.

    >>> z, x = np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], 40), np.repeat([0.0, 1.0], 100)
    >>> made = residual_limits(z * (1 + x), x, np.arange(200), (0.1, 0.9), nearest=100, enough=50, df=9)
    >>> made.at(0.9, [0.0, 0.5, 1.0]).round(6)
    array([2., 3., 4.])
    """
    z, x, who = (np.asarray(each).ravel() for each in (residuals, start, person))
    z, x = z.astype(np.float64), x.astype(np.float64)
    if not z.shape == x.shape == who.shape:
        raise ValueError(
            f"residuals, start and person have lengths {z.size}, {x.size} and {who.size}; give as many of each."
        )
    if nearest < 1:
        raise ValueError(f"nearest is {nearest}; give 1 or more people.")
    seen = np.isfinite(z) & np.isfinite(x)
    z, x, who = z[seen], x[seen], who[seen]
    if not (z**2).sum() > 0:
        same = [[tail_quantile(z, share, enough=enough, df=df)] for share in shares]
        return ResidualLimits(shares, np.zeros(1), np.array(same))
    spread = log_spread(z, x)
    alike = z / spread.at(x)
    _, first, whose = np.unique(who, return_index=True, return_inverse=True)
    begun = x[first]
    knots = np.unique(begun)
    if knots.size > KNOTS:
        knots = np.unique(np.quantile(begun, np.linspace(0.0, 1.0, KNOTS)))
    limits = np.empty((len(shares), knots.size))
    for k, knot in enumerate(knots.tolist()):
        away = np.abs(begun - knot)
        # Everybody as near as the last one counts: ties are not broken by the order of people.
        close = away <= np.partition(away, min(nearest, away.size) - 1)[min(nearest, away.size) - 1]
        part = alike[close[whose]]
        limits[:, k] = [tail_quantile(part, share, enough=enough, df=df) for share in shares]
    return ResidualLimits(shares, knots, limits * spread.at(knots))
