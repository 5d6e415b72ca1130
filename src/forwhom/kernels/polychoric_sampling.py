"""Sampling error of whatever is computed from polychoric correlations and thresholds.

Nothing is assumed about the responses behind the answers: the derivatives of each pair's likelihood
are taken as observed, so the error is also right where two items are not cut from normal variables.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.bivariate_normal import bivariate_normal_density, conditional_below, normal_density
from forwhom.kernels.polychoric import Coded, cell_probabilities, cross_tables, item_pairs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EMPTY = 1e-14


def sampling_contributions(coded: Coded, rho: Floats, pair_weights: Floats, threshold_weights: Floats) -> Floats:
    """Each person's share in the sampling error of a function of correlations and thresholds.

    rho : (pairs,) as estimated; pair_weights : (pairs,) derivatives of the function by them;
    threshold_weights : (k, m) derivatives by the thresholds
    Returns (n,); the sum of squares is the function's sampling variance. The error of the thresholds
    runs on into the correlations, as in the two steps of estimation (Muthen, 1984; Joreskog, 1994).
    """
    first, second = item_pairs(coded.tau.shape[0])
    tables = cross_tables(coded)[first, second]
    n_pairs = tables.sum(axis=(1, 2))
    score, curvature, slopes_first, slopes_second = _derivatives(coded, first, second, rho, tables)
    weight = pair_weights / curvature
    answered = coded.codes >= 0
    total = np.zeros(coded.codes.shape[0])
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        own = score[p, coded.codes[:, i], coded.codes[:, j]]
        total += np.where(answered[:, i] & answered[:, j], weight[p] / n_pairs[p] * own, 0.0)
    # The thresholds enter every pair's score; collected per item so that each is walked through once.
    density = normal_density(coded.tau)
    carry = np.divide(threshold_weights, density, out=np.zeros_like(density), where=density > 0.0)
    np.add.at(carry, first, weight[:, None] * slopes_first)
    np.add.at(carry, second, weight[:, None] * slopes_second)
    limits = np.arange(coded.tau.shape[1])
    for j in range(coded.tau.shape[0]):
        deviation = (coded.codes[:, j, None] <= limits) - coded.below[j]
        total += np.where(answered[:, j], deviation @ carry[j] / coded.n_items[j], 0.0)
    return total


def _derivatives(
    coded: Coded, first: Ints, second: Ints, rho: Floats, tables: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Score of every cell; minus its mean slope by rho; its mean slopes by each share below a threshold."""
    cells, by_rho = cell_probabilities(coded, first, second, rho)
    score = np.divide(by_rho, cells, out=np.zeros_like(by_rho), where=cells > _EMPTY)
    share = tables / tables.sum(axis=(1, 2), keepdims=True)
    odds = np.divide(share, cells, out=np.zeros_like(cells), where=cells > _EMPTY)
    twice = _second_by_rho(coded, first, second, rho)
    curvature = (share * score**2 - odds * twice).sum(axis=(1, 2))
    one = _slopes(coded.tau[first], coded.tau[second], rho, odds, odds * score)
    flipped = odds.transpose(0, 2, 1)
    two = _slopes(coded.tau[second], coded.tau[first], rho, flipped, flipped * score.transpose(0, 2, 1))
    return score, curvature, one, two


def _second_by_rho(coded: Coded, first: Ints, second: Ints, rho: Floats) -> Floats:
    """Second derivative by rho of every cell's probability."""
    h, k, r = coded.tau[first][:, :, None], coded.tau[second][:, None, :], rho[:, None, None]
    rest = (1.0 - r) * (1.0 + r)
    finite_h, finite_k = np.where(np.isfinite(h), h, 0.0), np.where(np.isfinite(k), k, 0.0)
    tilt = r / rest + (finite_h * finite_k * (1.0 + r * r) - r * (finite_h**2 + finite_k**2)) / rest**2
    m = coded.tau.shape[1]
    slope = np.zeros((len(rho), m + 2, m + 2))
    slope[:, 1:-1, 1:-1] = bivariate_normal_density(h, k, r) * tilt
    return np.asarray(np.diff(np.diff(slope, axis=1), axis=2))


def _slopes(tau: Floats, other: Floats, rho: Floats, odds: Floats, odds_score: Floats) -> Floats:
    """Mean slope of the score by each share below a threshold `tau`, (pairs, m).

    Moving a threshold shifts probability from the category above it to the one below, in proportion to
    the other item's distribution given a response exactly at the threshold.
    """
    h, k, r = tau[:, :, None], other[:, None, :], rho[:, None, None]
    finite_h, finite_k = np.where(np.isfinite(h), h, 0.0), np.where(np.isfinite(k), k, 0.0)
    root = np.sqrt((1.0 - r) * (1.0 + r))
    below = conditional_below(k, h, r)
    # Derivative by rho and the threshold of the joint probability, over the density at the threshold.
    bend = -normal_density((k - r * finite_h) / root) / root * (finite_h - r * finite_k) / root**2
    pairs, m = tau.shape
    edge = np.zeros((pairs, m, 1))
    within = np.diff(np.concatenate([edge, below, edge + 1.0], axis=2), axis=2)
    bent = np.diff(np.concatenate([edge, bend, edge], axis=2), axis=2)
    jump, jump_score = odds[:, :-1] - odds[:, 1:], odds_score[:, :-1] - odds_score[:, 1:]
    return np.asarray((jump * bent - jump_score * within).sum(axis=2) * np.isfinite(tau))
