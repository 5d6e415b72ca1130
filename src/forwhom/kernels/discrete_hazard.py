"""Hazard of an event that may come after each session: logistic regression on sessions, made safe for few events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, chdtri, expit

from forwhom.kernels.profile import crossing

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """One covariate: the odds of the event after a session are multiplied by `value` per unit of it.

    low, high : penalised profile likelihood, None where open; p : penalised likelihood ratio
    """

    value: float
    low: float | None
    high: float | None
    p: float


@dataclass(frozen=True, slots=True)
class DiscreteHazard:
    """ratios : in the order of the columns of x asked for; rows, events : sessions at risk, and events."""

    ratios: tuple[OddsRatio, ...]
    beta: Floats
    rows: int
    events: int
    level: float


def discrete_hazard(event: ArrayLike, x: ArrayLike, wanted: ArrayLike, *, level: float = 0.95) -> DiscreteHazard:
    """Discrete-time hazard with Firth's penalty.

    event : (N,) 1 where the event followed the session, a row for every session at which it could have
    x : (N, p) what was known at the session, its number included; the constant is added here
    wanted : columns of x whose ratios are wanted

    Rows of one person are independent given what happened before, so that no clustering of rows is needed (Singer &
    Willett, 1993, J Educ Stat 18, 155-195). The penalty keeps estimates finite and nearly unbiased with few events
    (Firth, 1993, Biometrika 80, 27-38); limits by the penalised profile likelihood (Heinze & Schemper, 2002, Stat Med
    21, 2409-2419).

    >>> fit = discrete_hazard([0, 0, 0, 1, 0, 1, 0, 1, 1, 1], np.repeat([0.0, 1.0], 5), [0])
    >>> round(fit.ratios[0].value, 2), round(fit.ratios[0].p, 2)
    (9.0, 0.08)
    """
    y = np.asarray(event, dtype=np.float64)
    columns = np.asarray(x, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if y.shape != columns.shape[:1] or not (np.isin(y, (0.0, 1.0)).all() and np.isfinite(columns).all()):
        raise ValueError("Give 0 or 1 per session, and finite covariates for each.")
    if not 0 < y.sum() < y.size:
        raise ValueError("The event followed no session, or every one; there is nothing to compare.")
    middle, scale = columns.mean(axis=0), columns.std(axis=0)
    if not (scale > 0).all():
        raise ValueError("A covariate is the same at every session.")
    design = np.column_stack([np.ones(y.size), (columns - middle) / scale])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("One covariate is a combination of the others.")
    # Alike sessions are one row with a weight, which makes profiles cheap.
    rows, index = np.unique(design, axis=0, return_inverse=True)
    at = np.bincount(index.ravel(), minlength=len(rows)).astype(np.float64)
    hits = np.bincount(index.ravel(), y, minlength=len(rows)).astype(np.float64)
    beta, top = _fit(rows, at, hits, np.zeros(design.shape[1]), None)
    cut = float(chdtri(1, 1.0 - level))
    ratios = []
    for j in np.asarray(wanted, dtype=np.intp).tolist():
        k = j + 1
        size = float(scale[j])
        _, at_zero = _fit(rows, at, hits, np.where(np.arange(beta.size) == k, 0.0, beta), k)
        se = float(np.sqrt(np.linalg.inv(_information(rows, at, beta))[k, k]))

        near = beta.copy()

        def fall(value: float, k: int = k, near: Floats = near) -> float:
            # From the last solution on: neighbouring values have neighbouring solutions.
            near[k] = value
            found, peak = _fit(rows, at, hits, near, k)
            near[:] = found
            return 2.0 * (top - peak) - cut

        ends = [crossing(fall, float(beta[k]), side * 2.0 * se) for side in (-1, 1)]
        low, high = (None if end is None else float(np.exp(end / size)) for end in ends)
        p = float(chdtrc(1, max(0.0, 2.0 * (top - at_zero))))
        ratios.append(OddsRatio(float(np.exp(beta[k] / size)), low, high, p))
    return DiscreteHazard(tuple(ratios), beta[1:] / scale, y.size, int(y.sum()), level)


def _information(rows: Floats, at: Floats, beta: Floats) -> Floats:
    chance = expit(rows @ beta)
    information: Floats = (rows * (at * chance * (1.0 - chance))[:, None]).T @ rows
    return information


def _value(rows: Floats, at: Floats, hits: Floats, beta: Floats) -> float:
    """Log-likelihood plus half the log determinant of the information (Jeffreys' prior)."""
    linear = rows @ beta
    likelihood = float(hits @ linear - at @ np.logaddexp(0.0, linear))
    return likelihood + 0.5 * float(np.linalg.slogdet(_information(rows, at, beta))[1])


def _fit(rows: Floats, at: Floats, hits: Floats, start: Floats, held: int | None) -> tuple[Floats, float]:
    """Penalised maximum over all coefficients but the one held, by Fisher scoring with step halving."""
    free = np.arange(start.size) != (-1 if held is None else held)
    beta, value = start.copy(), _value(rows, at, hits, start)
    for _ in range(200):
        chance = expit(rows @ beta)
        weight = at * chance * (1.0 - chance)
        inverse = np.linalg.pinv((rows * weight[:, None]).T @ rows)
        leverage = weight * ((rows @ inverse) * rows).sum(axis=1)
        score = (rows.T @ (hits - at * chance + leverage * (0.5 - chance)))[free]
        step = np.linalg.solve(((rows * weight[:, None]).T @ rows)[np.ix_(free, free)], score)
        step *= min(1.0, 5.0 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        for _ in range(30):
            trial = beta.copy()
            trial[free] += step
            better = _value(rows, at, hits, trial)
            if better >= value - 1e-12:
                break
            step *= 0.5
        beta, gained, value = trial, better - value, better
        if float(np.abs(step).max(initial=0.0)) < 1e-9 or abs(gained) < 1e-13:
            break
    return beta, value
