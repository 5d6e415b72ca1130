"""Models a fit is judged against: the saturated one (unrestricted moments) and the baseline one (independence)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.likelihood import LOG_2PI, Moments, moments
from forwhom.kernels.sem.patterns import Patterns

Array = NDArray[np.float64]
CHANGE = 1e-13
"""Relative change of -2 log likelihood at which the EM algorithm ends."""


@dataclass(frozen=True, slots=True)
class Saturated:
    """Maximum likelihood moments under missing at random: sigma (p, p), mu (p,), -2 log likelihood, steps of EM."""

    sigma: Array
    mu: Array
    deviance: float
    iterations: int
    converged: bool
    moments: Moments


def saturated(data: Patterns, *, max_iterations: int = 5000) -> Saturated:
    """Unrestricted mean and covariance by maximum likelihood (EM; Little & Rubin, 2002, section 11.2).

    Raises ValueError when a pair of variables is never seen together, or the covariance is singular.
    """
    seen = data.seen
    pairs = np.einsum("k,ki,kj->ij", data.count, seen.astype(float), seen.astype(float))
    if (pairs == 0).any():
        a, b = np.argwhere(pairs == 0)[0]
        raise ValueError(f"variables {a + 1} and {b + 1} are never seen together, so their covariance is unknown.")
    n = data.count.sum()
    mu = (data.count @ data.mean) / (data.count @ seen)
    off = np.where(seen, data.mean - mu, 0.0)
    variance = np.einsum("k,kii->i", data.count, data.cross) + data.count @ off**2
    sigma = np.diag(variance / (data.count @ seen))
    if not (np.diagonal(sigma) > 0).all():
        where = int(np.argmin(np.diagonal(sigma)))
        raise ValueError(f"variable {where + 1} has no variance. Take it out.")
    if data.complete:
        sigma = data.cross[0]
    deviance = np.inf
    at = _moments(data, sigma, mu)
    for iteration in range(1, max_iterations + 1):
        settled = abs(deviance - at.deviance) <= CHANGE * (1 + abs(at.deviance))
        if settled or data.complete:
            return Saturated(sigma, mu, at.deviance, iteration, True, at)
        deviance = at.deviance
        sigma, mu = _step(data, at, sigma, mu, n)
        at = _moments(data, sigma, mu)
    return Saturated(sigma, mu, at.deviance, max_iterations, False, at)


def _moments(data: Patterns, sigma: Array, mu: Array) -> Moments:
    at = moments(data, sigma, mu)
    if at is None:
        raise ValueError("the unrestricted covariance matrix is singular: variables are functions of each other.")
    return at


def _step(data: Patterns, at: Moments, sigma: Array, mu: Array, n: float) -> tuple[Array, Array]:
    """One EM step, written with the derivatives of the likelihood: no imputed table is made."""
    share = data.count / n
    fill = sigma @ at.inverse
    shift = np.einsum("k,kij,kj->i", share, fill, at.off)
    gained = at.inverse @ at.scatter @ at.inverse - at.inverse
    moved = sigma + sigma @ np.einsum("k,kij->ij", share, gained) @ sigma - np.outer(shift, shift)
    return (moved + moved.T) / 2, mu + shift


def independent_deviance(data: Patterns) -> float:
    """-2 log likelihood of the baseline model: every mean and variance free, no covariance."""
    seen = data.seen
    size = data.count @ seen
    mu = (data.count @ data.mean) / size
    off = np.where(seen, data.mean - mu, 0.0)
    variance = (np.einsum("k,kii->i", data.count, data.cross) + data.count @ off**2) / size
    return float((size * (np.log(variance) + 1 + LOG_2PI)).sum())
