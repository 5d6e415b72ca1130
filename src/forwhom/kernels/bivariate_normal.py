"""Probability that two correlated standard normal variables both stay below given limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, owens_t

Floats = NDArray[np.float64]

# Stands for a limit of exactly zero, at which Owen's formula divides by it; the function is continuous there.
_TINY = 1e-300
_SQRT_2PI = float(np.sqrt(2.0 * np.pi))


def bivariate_normal_cdf(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> Floats:
    """P(X <= h, Y <= k) for standard normal X and Y with correlation rho.

    h, k, rho : broadcast against each other; h and k may be infinite, rho from -1 to 1
    Exact to about 1e-15 (absolute), from Owen's T function (Owen, 1956).

    >>> float(bivariate_normal_cdf(0.0, 0.0, 0.5).round(12))
    0.333333333333
    """
    one, two, r = np.broadcast_arrays(*(np.asarray(part, dtype=np.float64) for part in (h, k, rho)))
    if np.isnan(one).any() or np.isnan(two).any() or not (np.abs(r) <= 1.0).all():
        raise ValueError("Limits must be numbers and correlations must lie between -1 and 1.")
    low_one, low_two = ndtr(one), ndtr(two)
    result = np.where(r >= 0.0, np.minimum(low_one, low_two), np.maximum(low_one + low_two - 1.0, 0.0))
    result = np.where(np.isposinf(one) | np.isposinf(two), np.minimum(low_one, low_two), result)
    result = np.where(np.isneginf(one) | np.isneginf(two), 0.0, result)
    inner = np.isfinite(one) & np.isfinite(two) & (np.abs(r) < 1.0)
    if inner.any():
        result[inner] = _owen(one[inner], two[inner], r[inner])
    return result


def bivariate_normal_density(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Density at (h, k), which is also the derivative of the probability by rho; 0 at infinite limits."""
    finite = np.isfinite(h) & np.isfinite(k)
    one, two = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    rest = (1.0 - rho) * (1.0 + rho)
    density = np.exp(-0.5 * (one * one - 2.0 * rho * one * two + two * two) / rest) / (2.0 * np.pi * np.sqrt(rest))
    return np.asarray(np.where(finite, density, 0.0))


def normal_density(x: Floats) -> Floats:
    """Standard normal density; 0 at infinity."""
    return np.asarray(np.exp(-0.5 * np.square(np.clip(x, -40.0, 40.0))) / _SQRT_2PI)


def conditional_below(limit: Floats, given: Floats, rho: Floats) -> Floats:
    """P(Y <= limit | X = given) for correlation rho inside (-1, 1); an infinite `given` counts as 0."""
    finite = np.where(np.isfinite(given), given, 0.0)
    return np.asarray(ndtr((limit - rho * finite) / np.sqrt((1.0 - rho) * (1.0 + rho))))


def _owen(h: Floats, k: Floats, rho: Floats) -> Floats:
    # Nearer to zero than this, a product with `rest` would vanish and be divided by.
    h, k = (np.where(np.abs(x) < _TINY, np.where(x < 0.0, -_TINY, _TINY), x) for x in (h, k))
    rest = np.sqrt((1.0 - rho) * (1.0 + rho))
    with np.errstate(over="ignore"):
        slope_h = (k - rho * h) / (h * rest)
        slope_k = (h - rho * k) / (k * rest)
    opposite = 0.5 * (np.sign(h) != np.sign(k))
    both = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, slope_h) - owens_t(k, slope_k) - opposite
    return np.asarray(np.clip(both, 0.0, 1.0))
