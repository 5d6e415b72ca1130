"""Correlations with a continuous variable, the single variables held: polyserial and product-moment, with their scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from forwhom.kernels.bivariate_normal import normal_density

Array = NDArray[np.float64]
_LARGEST = 0.9999
_EMPTY = 1e-15


@dataclass(frozen=True, slots=True)
class Pair:
    """One correlation. score : (n,) derivative of each person's log likelihood by it, 0 where not both are seen;
    information : sum of their squares; by_one, by_two : sums of its products with the scores of either variable's own
    parameters (mean and variance, or thresholds)."""

    rho: float
    at_limit: bool
    score: Array
    information: float
    by_one: Array
    by_two: Array


def serial_pair(z: Array, sd: float, codes: NDArray[np.int64], tau: Array) -> Pair:
    """Polyserial correlation (Olsson, Drasgow & Dorans, 1982), two-step.

    z : (n,) continuous variable, standardised, NaN where absent; sd : its standard deviation
    codes : (n,) category of the ordered one from 0, -1 where absent; tau : (m,) its thresholds
    """
    both = np.isfinite(z) & (codes >= 0)
    x, at = z[both], codes[both]
    edges = np.concatenate([[-np.inf], tau, [np.inf]])
    upper, lower = edges[at + 1], edges[at]
    flat_upper, flat_lower = np.where(np.isfinite(upper), upper, 0.0), np.where(np.isfinite(lower), lower, 0.0)

    def parts(rho: float) -> tuple[float, Array, Array, Array]:
        root = float(np.sqrt(1 - rho * rho))
        high, low = (upper - rho * x) / root, (lower - rho * x) / root
        p = np.maximum(ndtr(high) - ndtr(low), _EMPTY)
        above, below = normal_density(high), normal_density(low)
        above, below = np.where(np.isfinite(upper), above, 0.0), np.where(np.isfinite(lower), below, 0.0)
        return root, p, above, below

    def scores(rho: float) -> Array:
        root, p, above, below = parts(rho)
        return np.asarray((above * (flat_upper * rho - x) - below * (flat_lower * rho - x)) / (root**3 * p))

    rho, limit = _root(lambda r: float(scores(r).sum()))
    root, p, above, below = parts(rho)
    own = scores(rho)
    pull = (above - below) / p
    by_mean = (x + rho / root * pull) / sd
    by_variance = (x * x - 1 + rho / root * x * pull) / (2 * sd * sd)
    by_tau = np.zeros(tau.size)
    np.add.at(by_tau, at[at < tau.size], (own * above / (root * p))[at < tau.size])
    np.add.at(by_tau, at[at > 0] - 1, -(own * below / (root * p))[at > 0])
    return Pair(rho, limit, _spread(own, both), float(own @ own), np.array([own @ by_mean, own @ by_variance]), by_tau)


def continuous_pair(one: Array, two: Array, sd_one: float, sd_two: float) -> Pair:
    """Correlation of two continuous variables, means and variances held.

    one, two : (n,) standardised, NaN where absent
    """
    both = np.isfinite(one) & np.isfinite(two)
    x, z = one[both], two[both]
    products, squares = float(x @ z), float(x @ x + z @ z)

    def total(rho: float) -> float:
        rest = 1 - rho * rho
        return x.size * rho / rest + (products - rho * (squares - 2 * rho * products) / rest) / rest

    rho, limit = _root(total)
    rest = 1 - rho * rho
    own = rho / rest + (x * z - rho * (x * x - 2 * rho * x * z + z * z) / rest) / rest
    mean = [(a - rho * b) / (rest * sd) for a, b, sd in ((x, z, sd_one), (z, x, sd_two))]
    variance = [((a * a - rho * a * b) / rest - 1) / (2 * sd * sd) for a, b, sd in ((x, z, sd_one), (z, x, sd_two))]
    by_one, by_two = (np.array([own @ mean[k], own @ variance[k]]) for k in range(2))
    return Pair(rho, limit, _spread(own, both), float(own @ own), by_one, by_two)


def _root(score: Callable[[float], float]) -> tuple[float, bool]:
    """Where the summed score is zero; the limit, and True, where it has one sign throughout."""
    from scipy.optimize import brentq

    if score(-_LARGEST) <= 0:
        return -_LARGEST, True
    if score(_LARGEST) >= 0:
        return _LARGEST, True
    return float(brentq(score, -_LARGEST, _LARGEST, xtol=1e-13, rtol=1e-14)), False


def _spread(values: Array, where: NDArray[np.bool_]) -> Array:
    made = np.zeros(where.size)
    made[where] = values
    return made


__all__ = ["Pair", "continuous_pair", "serial_pair"]
