"""Where along a moderator an effect is told from zero: the regions of Johnson and Neyman."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri, stdtrit


@dataclass(frozen=True, slots=True)
class Region:
    """From `low` to `high` of the moderator the interval of the effect lies wholly above (sign 1) or below (−1) zero."""

    low: float
    high: float
    sign: int


@dataclass(frozen=True, slots=True)
class JohnsonNeyman:
    """Regions inside the range asked about.

    regions : in rising order, none, one or two
    boundaries : values inside the range at which a limit of the interval crosses zero
    quantile : factor on the standard error
    everywhere : True when one region is the whole range
    """

    regions: tuple[Region, ...]
    boundaries: tuple[float, ...]
    quantile: float
    everywhere: bool


def johnson_neyman(
    effect: float,
    slope: float,
    covariance: ArrayLike,
    *,
    df: float,
    low: float,
    high: float,
    level: float = 0.95,
    simultaneous: bool = False,
) -> JohnsonNeyman:
    """Where effect + slope·m differs from zero, for m from `low` to `high`.

    effect, slope : the effect at m = 0 and its change per unit of m, in the unit of the outcome
    covariance : (2, 2) of these two
    df : degrees of freedom of the error; infinite for normal quantiles
    simultaneous : limits that hold for all values of m at once (Potthoff, 1964: the square root of 2 F) in place of
        limits for each value by itself

    The boundaries are the roots of (b² − t²·v_b) m² + 2 (a b − t²·c) m + a² − t²·v_a (Johnson & Neyman, 1936;
    Bauer & Curran, 2005, equation 14). Raises ValueError for a covariance that is none, or an empty range.

    >>> found = johnson_neyman(1.0, 0.5, [[0.16, 0.0], [0.0, 0.01]], df=60.0, low=-4.0, high=4.0)
    >>> [(round(r.low, 3), round(r.high, 3), r.sign) for r in found.regions]
    [(-0.392, 4.0, 1)]
    """
    v = np.asarray(covariance, dtype=float)
    if (
        v.shape != (2, 2)
        or not np.isfinite(v).all()
        or np.linalg.eigvalsh((v + v.T) / 2).min() < -1e-12 * np.abs(v).max()
    ):
        raise ValueError("covariance must be that of two estimates: (2, 2), finite and not negative.")
    if not (np.isfinite([effect, slope, low, high]).all() and low < high and df > 0 and 0 < level < 1):
        raise ValueError(
            "effect, slope and a range with low below high must be finite, df positive, level between 0 and 1."
        )
    t = _quantile(df, level, simultaneous)
    a, b = float(effect), float(slope)
    # From the middle of the range, so that a moderator far from zero loses no digits.
    middle, half = (low + high) / 2, (high - low) / 2
    a, va = a + b * middle, v[0, 0] + 2 * middle * v[0, 1] + middle**2 * v[1, 1]
    cab, b, vb = (v[0, 1] + middle * v[1, 1]) * half, b * half, v[1, 1] * half**2
    roots = _roots(b * b - t * t * vb, a * b - t * t * cab, a * a - t * t * va)
    inside = [root for root in roots if -1 < root < 1]
    edges = [-1.0, *inside, 1.0]
    regions = []
    for start, end in pairwise(edges):
        m = (start + end) / 2
        value, variance = a + b * m, va + 2 * m * cab + m * m * vb
        if value * value > t * t * variance:
            regions.append(Region(_place(start, low, high), _place(end, low, high), 1 if value > 0 else -1))
    return JohnsonNeyman(
        tuple(regions),
        tuple(_place(root, low, high) for root in inside),
        t,
        len(regions) == 1 and not inside,
    )


def curve(
    effect: float, slope: float, covariance: ArrayLike, at: ArrayLike, quantile: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The effect at each value of the moderator with its limits: (k,) each.

    >>> value, low, high = curve(1.0, 0.5, [[0.16, 0.0], [0.0, 0.01]], [0.0, 3.0], 2.0)
    >>> value, low, high
    (array([1. , 2.5]), array([0.2, 1.5]), array([1.8, 3.5]))
    """
    v, m = np.asarray(covariance, dtype=float), np.asarray(at, dtype=float)
    value = effect + slope * m
    width = quantile * np.sqrt(np.maximum(v[0, 0] + 2 * m * v[0, 1] + m**2 * v[1, 1], 0.0))
    return value, value - width, value + width


def _quantile(df: float, level: float, simultaneous: bool) -> float:
    if simultaneous:
        if np.isinf(df):
            return float(np.sqrt(-2 * np.log1p(-level)))
        return float(np.sqrt(2 * fdtri(2, df, level)))
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2) if np.isinf(df) else stdtrit(df, 0.5 + level / 2))


def _roots(a: float, b: float, c: float) -> list[float]:
    """Real roots of a m² + 2 b m + c in rising order."""
    if abs(a) < 1e-14 * max(abs(b), abs(c), 1e-300):
        return [] if abs(b) < 1e-14 * max(abs(c), 1e-300) else [-c / (2 * b)]
    under = b * b - a * c
    if under <= 0:
        return []
    q = -(b + np.copysign(np.sqrt(under), b))
    return sorted([q / a, c / q] if q != 0 else [0.0, 0.0])


def _place(m: float, low: float, high: float) -> float:
    """A value between −1 and 1 as one between low and high; the ends exactly."""
    return low if m == -1.0 else high if m == 1.0 else float((low + high) / 2 + m * (high - low) / 2)
