"""Reliability of the sum of ordered answers under a factor model for the responses behind them.

Green & Yang (2009): the sum of the answers people really give, not of the unseen responses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.bivariate_normal import (
    bivariate_normal_cdf,
    bivariate_normal_density,
    conditional_below,
    normal_density,
)
from forwhom.kernels.one_factor import least_squares_hessian
from forwhom.kernels.polychoric import Coded, item_pairs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SumReliability:
    """Reliability of the observed sum score, with its derivatives.

    by_loadings : (k,); by_thresholds : (k, m); by_correlations : (pairs,), zero unless the total
        variance was taken from the observed polychoric correlations
    """

    value: float
    by_loadings: Floats
    by_thresholds: Floats
    by_correlations: Floats


def green_yang(coded: Coded, loadings: Floats, rho: Floats | None = None) -> SumReliability:
    """Green & Yang's reliability of the sum (2009, eq. 21), with any spacing of the categories.

    coded : thresholds and steps between categories
    loadings : (k,) standardised, of the one-factor model for the responses behind the answers
    rho : (pairs,) polychoric correlations for the total variance; None takes those the model implies
    """
    k = len(loadings)
    first, second = item_pairs(k)
    implied = loadings[first] * loadings[second]
    shared, shared_by_rho, by_first, by_second = _step_covariances(coded, first, second, implied)
    own = np.arange(k)
    own_true, own_by_rho, own_first, own_second = _step_covariances(coded, own, own, loadings**2)
    variances, variances_by_tau = _variances(coded)

    true = 2.0 * float(shared.sum()) + float(own_true.sum())
    true_by_loadings = 2.0 * own_by_rho * loadings
    np.add.at(true_by_loadings, first, 2.0 * shared_by_rho * loadings[second])
    np.add.at(true_by_loadings, second, 2.0 * shared_by_rho * loadings[first])
    pairs_by_tau = np.zeros_like(coded.tau)
    np.add.at(pairs_by_tau, first, 2.0 * by_first)
    np.add.at(pairs_by_tau, second, 2.0 * by_second)
    true_by_tau = pairs_by_tau + own_first + own_second

    if rho is None:
        total = 2.0 * float(shared.sum()) + float(variances.sum())
        total_by_loadings = true_by_loadings - 2.0 * own_by_rho * loadings
        total_by_tau = pairs_by_tau + variances_by_tau
        total_by_rho = np.zeros(len(first))
    else:
        seen, seen_by_rho, by_first, by_second = _step_covariances(coded, first, second, rho)
        total = 2.0 * float(seen.sum()) + float(variances.sum())
        total_by_loadings = np.zeros(k)
        total_by_tau = variances_by_tau.copy()
        np.add.at(total_by_tau, first, 2.0 * by_first)
        np.add.at(total_by_tau, second, 2.0 * by_second)
        total_by_rho = 2.0 * seen_by_rho
    value = true / total
    return SumReliability(
        value,
        (true_by_loadings - value * total_by_loadings) / total,
        (true_by_tau - value * total_by_tau) / total,
        -value * total_by_rho / total,
    )


def through_loadings(correlation: Floats, loadings: Floats, by_loadings: Floats) -> Floats:
    """Derivatives by each pair's correlation of a function of least squares loadings, (pairs,).

    The loadings solve sum_j (r_ij - l_i l_j) l_j = 0; differentiating that equation gives the chain.
    """
    first, second = item_pairs(len(loadings))
    chain = np.linalg.solve(least_squares_hessian(correlation, loadings), by_loadings)
    return np.asarray(chain[first] * loadings[second] + chain[second] * loadings[first])


def _step_covariances(coded: Coded, first: Ints, second: Ints, rho: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Covariance of two sums of steps whose responses correlate rho; derivatives by rho and thresholds."""
    h, k, r = coded.tau[first][:, :, None], coded.tau[second][:, None, :], rho[:, None, None]
    steps = coded.steps[first][:, :, None] * coded.steps[second][:, None, :]
    below_first, below_second = coded.below[first][:, :, None], coded.below[second][:, None, :]
    covariance = (steps * (bivariate_normal_cdf(h, k, r) - below_first * below_second)).sum(axis=(1, 2))
    by_rho = (steps * bivariate_normal_density(h, k, r)).sum(axis=(1, 2))
    given_first = conditional_below(k, h, r) - below_second
    given_second = conditional_below(h, k, r) - below_first
    by_first = normal_density(coded.tau[first]) * (steps * given_first).sum(axis=2)
    by_second = normal_density(coded.tau[second]) * (steps * given_second).sum(axis=1)
    return covariance, by_rho, by_first, by_second


def _variances(coded: Coded) -> tuple[Floats, Floats]:
    """Variance of each item from its thresholds, and its derivatives by them."""
    steps, below = coded.steps, coded.below
    mean_below = (steps * below).sum(axis=1, keepdims=True)
    # Sum of the steps above each threshold: pairs of thresholds share what lies below the lower one.
    above = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1] - steps
    lower = steps * (2.0 * above + steps)
    variance = (lower * below).sum(axis=1) - mean_below[:, 0] ** 2
    return variance, normal_density(coded.tau) * (lower - 2.0 * steps * mean_below)
