"""Rows of two models of the same persons in one mixed model with a residual variance for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mixed import Level, MixedFit, fit_mixed

STEP = 1e-3
"""Step of the numerical curvature, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Solved:
    """-2 log-likelihood at given variances, coefficients (f,) there and their covariance matrix (f, f)."""

    deviance: float
    beta: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """The mediator's n rows, then the outcome's: y (2n,), x (2n, f), z (2n, q), unit (2n,) codes of persons."""

    y: Floats
    x: Floats
    z: Floats
    unit: np.ndarray
    n: int

    def search(self, *, reml: bool) -> tuple[MixedFit, tuple[float, float]]:
        """The fit whose deviance is lowest, and both residual variances.

        Mediator rows divided by the ratio of the two residual deviations have the outcome's, so that the ratio is the one
        parameter the mixed model does not search over itself.
        """
        from scipy.optimize import minimize_scalar

        last: list[Floats] = []

        def at(log_ratio: float) -> MixedFit:
            divide = np.where(np.arange(2 * self.n) < self.n, np.exp(log_ratio), 1.0)[:, None]
            level = Level(self.z / divide, self.unit, label="person")
            y = self.y / divide[:, 0]
            return fit_mixed(
                y, self.x / divide, [level], method="REML" if reml else "ML", start=last[-1] if last else None
            )

        def deviance(log_ratio: float) -> float:
            made = at(log_ratio)
            last.append(made.theta)
            return made.deviance + 2 * self.n * log_ratio

        found = float(minimize_scalar(deviance, bracket=(-0.3, 0.3), tol=1e-6).x)
        fit = at(found)
        return fit, (float(fit.sigma2 * np.exp(2 * found)), fit.sigma2)

    def solved(self, tau: Floats, sigma2: tuple[float, float], *, reml: bool) -> Solved:
        """Generalised least squares at covariance parameters: tau (q, q), sigma2 of mediator and outcome."""
        order = np.argsort(self.unit, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(self.unit[order]) > 0])
        weight = np.repeat([1 / sigma2[0], 1 / sigma2[1]], self.n)
        wide = np.column_stack([self.z, self.x, self.y])
        wide = (wide * np.sqrt(weight)[:, None])[order]
        products = np.add.reduceat(wide[:, :, None] * wide[:, None, :], starts)
        return _solved(products, tau, sigma2, self.n, reml)

    def curvature(self, tau: Floats, sigma2: tuple[float, float], places: tuple[int, int], *, reml: bool) -> float:
        """Standard error of one element of tau by the observed information; NaN where it lies on the boundary."""
        there = np.diagonal(tau) > 0
        size = np.sqrt(np.diagonal(tau)[there])
        if (
            not there[list(places)].all()
            or not np.linalg.eigvalsh(tau[np.ix_(there, there)] / np.outer(size, size))[0] > 1e-4
        ):
            return float("nan")
        # An effect whose variance is 0 is none; its covariances are no parameters.
        tau = tau[np.ix_(there, there)]
        places = (int(there[: places[0]].sum()), int(there[: places[1]].sum()))
        q = len(tau)
        pairs = [(i, j) for i in range(q) for j in range(i + 1)]
        order = np.argsort(self.unit, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(self.unit[order]) > 0])
        wide = np.column_stack([self.z[:, there], self.x, self.y])
        first = np.arange(2 * self.n) < self.n
        both = []
        for rows in (first, ~first):
            own = (wide * rows[:, None])[order]
            both.append(np.add.reduceat(own[:, :, None] * own[:, None, :], starts))
        steps = STEP * np.array([size[i] * size[j] for i, j in pairs] + list(sigma2))

        def value(move: Floats) -> float:
            here = np.zeros((q, q))
            for (i, j), each in zip(pairs, move[:-2], strict=True):
                here[i, j] = here[j, i] = tau[i, j] + each
            now = (sigma2[0] + move[-2], sigma2[1] + move[-1])
            return _solved(both[0] / now[0] + both[1] / now[1], here, now, self.n, reml).deviance

        hessian = _second(value, steps)
        values = np.linalg.eigvalsh(hessian)
        if not values[0] > 1e-7 * values[-1]:
            return float("nan")
        own_place = pairs.index((max(places), min(places)))
        return float(np.sqrt(2 * np.linalg.inv(hessian)[own_place, own_place]) * steps[own_place])


def _solved(products: Floats, tau: Floats, sigma2: tuple[float, float], n: int, reml: bool) -> Solved:
    """From weighted cross-products (persons, q + f + 1, q + f + 1)."""
    q = len(tau)
    inner = np.eye(q) + products[:, :q, :q] @ tau
    turned = tau @ np.linalg.solve(inner, products[:, :q, q:])
    rest = (products[:, q:, q:] - np.swapaxes(products[:, :q, q:], 1, 2) @ turned).sum(axis=0)
    inverse = np.linalg.inv(rest[:-1, :-1])
    beta = inverse @ rest[:-1, -1]
    f = beta.size
    value = np.linalg.slogdet(inner)[1].sum() + n * np.log(sigma2[0] * sigma2[1]) + rest[-1, -1] - rest[-1, :-1] @ beta
    value += (2 * n - (f if reml else 0)) * np.log(2 * np.pi)
    if reml:
        value += np.linalg.slogdet(rest[:-1, :-1])[1]
    return Solved(float(value), beta, inverse)


def _second(value: Callable[[Floats], float], steps: Floats) -> Floats:
    """Second differences of a function of moves, in units of the steps."""
    k = steps.size
    moves = np.diag(steps)
    middle = value(np.zeros(k))
    alone = np.array([[value(moves[i]), value(-moves[i])] for i in range(k)])
    made = np.diag(alone.sum(axis=1) - 2 * middle)
    for i in range(k):
        for j in range(i):
            both = value(moves[i] + moves[j]) + value(-moves[i] - moves[j])
            made[i, j] = made[j, i] = (both - alone[i].sum() - alone[j].sum() + 2 * middle) / 2
    return made


__all__ = ["Rows", "Solved"]
