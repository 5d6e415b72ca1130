"""Logit and probit regressions for many weightings of the rows at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.regression import Regression, table

Link = Literal["linear", "logit", "probit"]
STEPS = 30
FARTHEST = 30.0
"""Linear predictors beyond this mean that zeros and ones are separated."""


def mean_of(eta: Floats, link: Link) -> Floats:
    """Expectation at a linear predictor."""
    return eta if link == "linear" else np.asarray(expit(eta) if link == "logit" else ndtr(eta))


def weighted(columns: Floats, y: Floats, weights: Floats, link: Link, start: Floats) -> tuple[Floats, np.ndarray]:
    """Maximum likelihood by Fisher scoring: coefficients (b, q), and flags of the fits that settled.

    columns : (n, q); y : (n,) of 0 and 1; weights : (b, n), not negative; start : (q,)
    """
    q = columns.shape[1]
    first, second = np.triu_indices(q)
    pairs = columns[:, first] * columns[:, second]
    beta = np.tile(start, (len(weights), 1))
    settled = np.zeros(len(weights), dtype=bool)
    open_ = np.arange(len(weights))
    for _ in range(STEPS):
        eta = beta[open_] @ columns.T
        pull, bend = _derivatives(eta, y, link)
        own = weights[open_]
        information = np.empty((open_.size, q, q))
        information[:, first, second] = (own * bend) @ pairs
        information[:, second, first] = information[:, first, second]
        score = (own * pull) @ columns
        safe = (np.abs(eta).max(axis=1) < FARTHEST) & (np.linalg.cond(information) < 1e12)
        open_, information, score = open_[safe], information[safe], score[safe]
        if not open_.size:
            break
        step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        beta[open_] += step
        done = np.abs(step).max(axis=1) < 1e-9
        settled[open_[done]] = True
        open_ = open_[~done]
        if not open_.size:
            break
    return beta, settled


def _derivatives(eta: Floats, y: Floats, link: Link) -> tuple[Floats, Floats]:
    """Slope of the log likelihood in the linear predictor, and its expected curvature."""
    if link == "logit":
        mean = expit(eta)
        return y - mean, mean * (1 - mean)
    log_density = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
    above, below = log_ndtr(eta), log_ndtr(-eta)
    pull = y * np.exp(log_density - above) - (1 - y) * np.exp(log_density - below)
    return pull, np.exp(2 * log_density - above - below)


def regression(columns: Floats, y: Floats, link: Link, *, level: float = 0.95) -> Regression:
    """One logit or probit regression with its table; columns (n, q), constant included.

    Raises ValueError when the columns separate zeros from ones, so that no finite estimate exists.

    >>> x = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    >>> made = regression(np.column_stack([np.ones(8), x]), np.array([0.0, 0, 0, 1, 0, 1, 1, 1]), "logit")
    >>> made.coefficients.round(4), made.se.round(4)
    (array([-1.0986,  2.1972]), array([1.1547, 1.633 ]))
    """
    middle, size = columns.mean(axis=0), columns.std(axis=0)
    constant = size == 0
    near = np.where(constant, 1.0, (columns - middle) / np.where(constant, 1.0, size))
    beta, settled = weighted(near, y, np.ones((1, y.size)), link, np.zeros(columns.shape[1]))
    if not settled[0]:
        raise ValueError(
            "The predictors separate the zeros from the ones of a binary variable, so no finite estimate exists. "
            "Leave out the covariates that do so, or take a larger sample."
        )
    back = np.diag(np.where(constant, 1.0, 1 / np.where(constant, 1.0, size)))
    back[0] -= np.where(constant, 0.0, middle / np.where(constant, 1.0, size))
    _, bend = _derivatives(near @ beta[0], y, link)
    covariance = back @ np.linalg.inv(near.T @ (bend[:, None] * near)) @ back.T
    variance = np.pi**2 / 3 if link == "logit" else 1.0
    eta = near @ beta[0]
    each = y * eta - np.logaddexp(0.0, eta) if link == "logit" else y * log_ndtr(eta) + (1 - y) * log_ndtr(-eta)
    return table(back @ beta[0], covariance, np.inf, variance, float("nan"), level, link, y.size, float(each.sum()))


__all__ = ["Link", "mean_of", "regression", "weighted"]
