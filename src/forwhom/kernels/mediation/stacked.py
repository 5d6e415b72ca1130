"""Mediation within persons whose slopes differ: both models in one mixed model of stacked rows.

    M_ij = d_j + a_j (X_ij - X_j) + e      Y_ij = g_j + c_j (X_ij - X_j) + b_j (M_ij - M_j) + f

(Bauer, Preacher & Gil 2006, Psychol Methods 11, 142-163, with the treatment's person means as predictors of the intercepts; the
mediator's are none, since the covariance of the intercepts says the same). Intercepts and slopes vary between persons with any
covariance. The average indirect effect is a b + cov(a_j, b_j): leaving out the covariance is wrong when those in whom X moves
M more are also those in whom M moves Y more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.intervals import Spread, percentile
from forwhom.kernels.mediation.stacked_rows import Rows, Solved

NAMES = ("total", "direct", "indirect", "indirect_of_average")


@dataclass(frozen=True, slots=True)
class Stacked:
    """Average effects within persons, per unit of the treatment, in units of the outcome.

    names : "total", "direct", "indirect" (a b + covariance) and "indirect_of_average" (a b alone)
    estimate, se, low, high, p : (4,) from draws of a, b, c and the covariance from their normal distribution; NaN for what
        needs the covariance where that has no standard error (a fit on the boundary)
    a, b, c : average slopes; covariance : of a_j and b_j; covariance_se : NaN on the boundary
    fixed, fixed_covariance : (f,), (f, f) coefficients: of the mediator constant, treatment within, mean, covariates; of the
        outcome constant, treatment within, mediator within, treatment's mean, covariates
    tau : (q, q) covariance of the mediator's intercept and slope a and the outcome's intercept, slope b, slope c
    sigma2 : residual variances of mediator and outcome; loglik : log-likelihood (restricted unless by ML)
    singular, message : as of the mixed model
    """

    names: tuple[str, ...]
    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    a: float
    b: float
    c: float
    covariance: float
    covariance_se: float
    fixed: Floats
    fixed_covariance: Floats
    tau: Floats
    sigma2: tuple[float, float]
    loglik: float
    persons: int
    n: int
    level: float
    singular: bool
    message: str
    draws: Floats = field(repr=False)


def mediate_stacked(
    treatment: ArrayLike,
    mediator: ArrayLike,
    outcome: ArrayLike,
    person: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    direct_varies: bool = True,
    reml: bool = True,
    draws: int = 2000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Stacked:
    """Average indirect effect within persons with random slopes; treatment, mediator, outcome (n,), person (n,) labels.

    covariates : (n, p) in both models, with the same slope for everybody; no absent values
    direct_varies : False holds the direct effect c the same for everybody, which small samples may need
    Raises ValueError when treatment or mediator do not vary within persons, and for what the mixed model cannot fit.

    >>> rng = np.random.default_rng(1)
    >>> person = np.repeat(np.arange(50), 10)
    >>> slope = rng.multivariate_normal([0.5, 0.5], [[0.1, 0.05], [0.05, 0.1]], 50)[person]
    >>> x = rng.normal(size=500)
    >>> m = slope[:, 0] * x + rng.normal(size=500)
    >>> y = slope[:, 1] * m + rng.normal(size=500)
    >>> made = mediate_stacked(x, m, y, person, direct_varies=False, draws=200, rng=rng)
    >>> bool(abs(made.estimate[2] - (made.a * made.b + made.covariance)) < 1e-12)
    True
    """
    x, m, y = (np.asarray(each, dtype=np.float64) for each in (treatment, mediator, outcome))
    labels, unit = np.unique(np.asarray(person), return_inverse=True)
    if not x.shape == m.shape == y.shape == unit.shape or y.ndim != 1:
        raise ValueError("treatment, mediator, outcome and person must be (n,) of the same n.")
    c = np.empty((y.size, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64).reshape(y.size, -1)
    if not all(np.isfinite(each).all() for each in (x, m, y, c)):
        raise ValueError("There are absent or infinite values. Leave those rows out, and say how many.")
    scale = np.array([each.std() for each in (x, m, y)])
    still = [
        word
        for word, each, size in (("treatment", x, scale[0]), ("mediator", m, scale[1]))
        if np.abs(each - _means(each, unit)).max() <= 1e-9 * size
    ]
    if still or not scale[2] > 0:
        who = " and the ".join(still or ["outcome"])
        raise ValueError(f"The {who} must vary within persons for something to be carried within them.")
    near = _rows(x / scale[0], m / scale[1], y / scale[2], c, unit, direct_varies)
    fit, variances = near.search(reml=reml)
    back = np.array([1.0, 1 / scale[0], 1.0, 1 / scale[1], 1 / scale[0]]) * scale[[1, 1, 2, 2, 2]]
    back = back[: near.z.shape[1]]
    tau = fit.tau[0] * np.outer(back, back)
    sigma2 = (variances[0] * scale[1] ** 2, variances[1] * scale[2] ** 2)
    rows = _rows(x, m, y, c, unit, direct_varies)
    at = rows.solved(tau, sigma2, reml=reml)
    se = rows.curvature(tau, sigma2, (1, 3), reml=reml)
    places = _places(rows)
    spread, values = _spread(at, places, float(tau[1, 3]), se, draws, level, rng)
    a, b, direct = (float(each) for each in at.beta[places])
    return Stacked(
        names=NAMES,
        estimate=_effects(np.array(a), np.array(b), np.array(direct), tau[1, 3]),
        se=spread.se,
        low=spread.low,
        high=spread.high,
        p=spread.p,
        a=a,
        b=b,
        c=direct,
        covariance=float(tau[1, 3]),
        covariance_se=se,
        fixed=at.beta,
        fixed_covariance=at.covariance,
        tau=tau,
        sigma2=sigma2,
        loglik=-at.deviance / 2,
        persons=labels.size,
        n=y.size,
        level=level,
        singular=fit.singular,
        message=fit.message,
        draws=values,
    )


def _means(values: Floats, unit: np.ndarray) -> Floats:
    made = np.bincount(unit, values) / np.bincount(unit)
    return np.asarray(made[unit])


def _rows(x: Floats, m: Floats, y: Floats, c: Floats, unit: np.ndarray, direct_varies: bool) -> Rows:
    n, one = y.size, np.ones(y.size)
    x_mean = _means(x, unit)
    # Means that do not differ between persons are the constant again.
    of_x = [x_mean] if np.ptp(x_mean) > 1e-9 * x.std() else []
    xw, mw = x - x_mean, m - _means(m, unit)
    first = np.column_stack([one, xw, *of_x, *c.T])
    second = np.column_stack([one, xw, mw, *of_x, *c.T])
    fixed = np.zeros((2 * n, first.shape[1] + second.shape[1]))
    fixed[:n, : first.shape[1]], fixed[n:, first.shape[1] :] = first, second
    z = np.zeros((2 * n, 5 if direct_varies else 4))
    z[:n, :2] = first[:, :2]
    z[n:, 2:] = np.column_stack([one, mw, xw])[:, : z.shape[1] - 2]
    return Rows(np.concatenate([m, y]), fixed, z, np.concatenate([unit, unit]), n)


def _places(rows: Rows) -> list[int]:
    """Where a, b and c stand among the coefficients."""
    start = next(j for j in range(rows.x.shape[1]) if (rows.x[rows.n :, j] == 1.0).all())
    return [1, start + 2, start + 1]


def _effects(a: Floats, b: Floats, c: Floats, covariance: Floats | float) -> Floats:
    """(…, 4) in the order of NAMES."""
    return np.stack([a * b + covariance + c, c, a * b + covariance, a * b], axis=-1)


def _spread(
    at: Solved, places: list[int], covariance: float, se: float, draws: int, level: float, rng: np.random.Generator
) -> tuple[Spread, Floats]:
    """The covariance of the slopes and the average slopes are independent in large samples."""
    root = np.linalg.cholesky(at.covariance[np.ix_(places, places)])
    drawn = at.beta[places] + rng.standard_normal((draws, 3)) @ root.T
    a, b, c = drawn.T
    values = _effects(a, b, c, covariance + se * rng.standard_normal(draws))
    made = percentile(values, level)
    return Spread(made.se, made.low, made.high, np.where(np.isnan(made.se), np.nan, made.p)), values


__all__ = ["NAMES", "Stacked", "mediate_stacked"]
