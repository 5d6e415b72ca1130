"""What single studies do to a pooled effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtr, chdtrc

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.heterogeneity import Array, Method, sets_of, weighted
from forwhom.kernels.meta_analysis.many import Many, fit_many
from forwhom.kernels.meta_analysis.random_effects import Test


@dataclass(frozen=True, slots=True)
class Series:
    """A pooled effect fitted again and again, one entry per fit.

    estimate, se, p, low, high, tau2, i2, q, q_p : (m,), NaN where the studies do not give them; i2 as a share
    k : (m,) studies in each fit
    """

    estimate: Array
    se: Array
    p: Array
    low: Array
    high: Array
    tau2: Array
    i2: Array
    q: Array
    q_p: Array
    k: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Influence:
    """How much each study moves the fit (Viechtbauer & Cheung, 2010); everything (k,).

    residual : studentised deleted residual, the study against all others
    dffits : move of the fitted value in standard errors; cook : of all coefficients together; covariance_ratio : below 1 the
        others are more precise without it; tau2, q : without it; hat : leverage; weight : share
    dfbetas : (k, p) move of each coefficient in standard errors
    notable : beyond metafor's limits (|dffits| above 3 sqrt(p / (k − p)), Cook beyond the median of chi-squared, hat above 3 p / k,
        any |dfbetas| above 1); these find candidates to look at, they are no tests
    NaN where the others cannot carry the model without the study.
    """

    residual: Array
    dffits: Array
    cook: Array
    covariance_ratio: Array
    tau2: Array
    q: Array
    hat: Array
    weight: Array
    dfbetas: Array
    notable: NDArray[np.bool_]


def leave_one_out(
    y: ArrayLike,
    v: ArrayLike,
    *,
    group: ArrayLike | None = None,
    test: Test = "knapp-hartung",
    method: Method = "REML",
    level: float = 0.95,
) -> Series:
    """The pooled effect without each study in turn, all fits at once.

    y, v : (k,); group : (k,) labels, to leave out whole samples; entries are then one per group in order of first appearance
    Raises ValueError below three studies or groups.

    >>> series = leave_one_out([-0.2, -0.5, -0.9, -0.4, -0.1], [0.04, 0.09, 0.06, 0.02, 0.12])
    >>> series.estimate.round(2)
    array([-0.49, -0.41, -0.33, -0.44, -0.47])
    """
    effect, variance = checks.effects_and_variances(y, v)
    k = effect.size
    codes = np.arange(k) if group is None else checks.codes(group, k)
    m = int(codes.max()) + 1
    if m < 3:
        raise ValueError(f"{m} are too few to leave one out; at least three are needed.")
    keep = (codes[None, :] != np.arange(m)[:, None]).astype(np.float64)
    return _series(effect, variance, keep, test, method, level)


def cumulative(
    y: ArrayLike,
    v: ArrayLike,
    order: ArrayLike,
    *,
    test: Test = "knapp-hartung",
    method: Method = "REML",
    level: float = 0.95,
) -> Series:
    """The pooled effect after each study was added.

    order : (k,) what the studies are sorted by, e.g. the year; ties keep the order given
    The first entry is one study: with Knapp-Hartung it has an estimate and no limits.

    >>> series = cumulative([-0.2, -0.5, -0.9], [0.04, 0.09, 0.06], [2001, 1999, 2010])
    >>> series.estimate.round(2), series.k
    (array([-0.5 , -0.29, -0.52]), array([1, 2, 3]))
    """
    effect, variance = checks.effects_and_variances(y, v)
    by = np.asarray(order)
    if by.shape != effect.shape:
        raise ValueError(f"order has shape {by.shape}; one entry for each of the {effect.size} studies is needed.")
    place = np.argsort(by, kind="stable")
    keep = np.tril(np.ones((effect.size, effect.size)))
    return _series(effect[place], variance[place], keep, test, method, level)


def influence(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike | None = None,
    *,
    test: Test = "knapp-hartung",
    method: Method = "REML",
) -> Influence:
    """Diagnostics of every study, tau2 estimated anew without it.

    >>> found = influence([-0.2, -0.5, -0.9, -0.4, -0.1], [0.04, 0.09, 0.06, 0.02, 0.12], test="wald")
    >>> found.residual.round(1)
    array([ 1. , -0.2, -2.1,  0.1,  0.9])
    """
    effect, variance = checks.effects_and_variances(y, v)
    basis = checks.design(x, effect.size)
    k, p = basis.shape
    if k - p < 2:
        raise ValueError(f"{k} studies are too few to leave one out of a model of {p} coefficient(s).")
    whole = fit_many(sets_of(effect, variance, basis), method=method, test=test, level=0.95)
    at = weighted(sets_of(effect, variance, basis), whole.tau2)
    hat = at.w[0] * np.einsum("kp,pq,kq->k", basis, at.inverse[0], basis)
    orthonormal = np.linalg.qr(basis)[0]
    alone = (orthonormal**2).sum(axis=1) > 1.0 - 1e-10
    keep = 1.0 - np.eye(k) * ~alone[:, None]
    out = fit_many(sets_of(effect, variance, basis, keep), method=method, test=test, level=0.95)
    made = _influence(effect, variance, basis, whole, out, hat, at.w[0] / at.w[0].sum())
    return _without(made, alone) if alone.any() else made


def _influence(y: Array, v: Array, x: Array, whole: Many, out: Many, hat: Array, weight: Array) -> Influence:
    """The measures of metafor's influence()."""
    k, p = x.shape
    predicted = (x * out.beta).sum(axis=1)
    of_prediction = np.einsum("kp,kpq,kq->k", x, out.covariance, x)
    own = out.factor * (v + out.tau2)
    move = whole.beta - out.beta
    cook = np.einsum("kp,pq,kq->k", move, np.linalg.inv(whole.covariance[0]), move)
    dffits = ((x @ whole.beta[0]) - predicted) / np.sqrt(hat * own)
    # The full set of studies with the tau2 of the others: a standard error that the study itself does not stretch.
    full = weighted(sets_of(np.zeros((k, k)), np.broadcast_to(v, (k, k)), x), out.tau2).inverse
    dfbetas = move / np.sqrt(out.factor[:, None] * np.einsum("kpp->kp", full))
    notable = (
        (np.abs(dffits) > 3.0 * np.sqrt(p / (k - p)))
        | (chdtr(p, np.maximum(cook, 0.0)) > 0.5)
        | (hat > 3.0 * p / k)
        | (np.abs(dfbetas) > 1.0).any(axis=1)
    )
    ratio = np.linalg.det(out.covariance) / np.linalg.det(whole.covariance[0])
    residual = (y - predicted) / np.sqrt(own + of_prediction)
    return Influence(residual, dffits, cook, ratio, out.tau2, out.q, hat, weight, dfbetas, notable)


def _without(made: Influence, alone: NDArray[np.bool_]) -> Influence:
    """NaN for studies that alone carry a coefficient."""

    def gaps(values: Array) -> Array:
        out = values.copy()
        out[alone] = np.nan
        return out

    return Influence(
        gaps(made.residual), gaps(made.dffits), gaps(made.cook), gaps(made.covariance_ratio), gaps(made.tau2),
        gaps(made.q), made.hat, made.weight, gaps(made.dfbetas), made.notable | alone,
    )  # fmt: skip


def _series(y: Array, v: Array, keep: Array, test: str, method: str, level: float) -> Series:
    checks.level_of(level)
    sets = sets_of(y, v, np.ones((y.size, 1)), keep)
    fit = fit_many(sets, method=method, test=test, level=level)
    seen = fit.df > 0
    gap = np.where(seen, 1.0, np.nan)
    q_p = np.where(seen, chdtrc(np.maximum(fit.df, 1.0), fit.q), np.nan)
    return Series(
        fit.beta[:, 0], fit.se[:, 0], fit.p[:, 0], fit.low[:, 0], fit.high[:, 0], fit.tau2 * gap, fit.i2 * gap,
        fit.q * gap, q_p, sets.count.astype(np.intp),
    )  # fmt: skip
