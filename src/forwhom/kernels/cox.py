"""Proportional hazards regression (Cox, 1972), ties by Efron (1977), with likelihood-based intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from forwhom.kernels.profile import crossing
from forwhom.kernels.survival import check_times, normal_quantile

Floats = NDArray[np.float64]

_ENDLESS = "every event fell to those with the {} value at risk (with two arms: no events in the {}): "


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """One covariate: the hazard is multiplied by `value` per unit of it.

    value : None when the likelihood rises without end towards an infinite ratio; 0.0 when towards zero
    coefficient, se : log scale, inverse observed information; None when the ratio has no finite estimate
    wald_low, wald_high, wald_p : normal approximation; None when there is no finite estimate
    low, high, p : profile likelihood, which also stands when a group has no events; None is an open end
    words : why something is None
    """

    value: float | None
    coefficient: float | None
    se: float | None
    wald_low: float | None
    wald_high: float | None
    wald_p: float | None
    low: float | None
    high: float | None
    p: float
    words: str = ""


@dataclass(frozen=True, slots=True)
class Cox:
    """Hazard ratios in the order of the columns of `x`."""

    ratios: tuple[HazardRatio, ...]
    log_likelihood: float
    log_likelihood_null: float
    p: float
    n: int
    events: int
    level: float
    iterations: int
    converged: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class _RiskSets:
    """People sorted by time; `first[k]` is where the risk set of death k begins, `tie[k]` its event time."""

    x: Floats
    dead: NDArray[np.bool_]
    first: NDArray[np.int64]
    tie: NDArray[np.int64]
    starts: NDArray[np.int64]
    share: Floats


def cox(time: ArrayLike, event: ArrayLike, x: ArrayLike, *, level: float = 0.95) -> Cox:
    """Cox regression with one or more covariates.

    time, event : (n,) as in `kaplan_meier`
    x : (n,) or (n, k) covariates without absences; for two arms 1 in the arm and 0 in the reference, so that a
        ratio above 1 means that the event comes sooner in the arm
    When a group has no events the estimate is infinite (or 0), `words` says so, and the profile likelihood
    interval keeps its one informative end.
    Raises ValueError without events, with absences, or when a covariate is constant or a combination of others.

    >>> fit = cox([4, 3, 1, 1, 2, 2, 3], [1, 1, 1, 0, 1, 1, 0], [0, 2, 1, 1, 1, 0, 0])
    >>> round(fit.ratios[0].coefficient, 4)
    0.4608
    """
    duration, happened = check_times(time, event)
    design = np.asarray(x, dtype=np.float64)
    design = design[:, None] if design.ndim == 1 else design
    _check_design(duration, happened, design)
    z = normal_quantile(level)
    # Standardised columns keep the Newton steps and the test for divergence free of units.
    scale = design.std(axis=0)
    sets = _risk_sets(duration, happened, (design - design.mean(axis=0)) / scale)
    zero = np.zeros(design.shape[1])
    null = _value(sets, zero)
    beta, peak, iterations, converged = _maximise(sets, zero, np.ones(zero.size, dtype=bool))
    covariance: Floats = np.asarray(np.linalg.pinv(_derivatives(sets, beta)[2]), dtype=np.float64)
    ratios = tuple(_ratio(sets, j, beta, peak, covariance, float(scale[j]), z) for j in range(zero.size))
    endless = [j for j, ratio in enumerate(ratios) if ratio.coefficient is None]
    words = "" if converged else "the maximum of the partial likelihood was not reached"
    if endless:
        words = "no finite estimate for covariate " + ", ".join(str(j + 1) for j in endless)
    p = float(chdtrc(zero.size, max(0.0, 2.0 * (peak - null))))
    return Cox(ratios, peak, null, p, duration.size, int(happened.sum()), level, iterations, converged, words)


def _check_design(duration: Floats, happened: Floats, design: Floats) -> None:
    if design.ndim != 2 or design.shape[0] != duration.size:
        raise ValueError(f"Give one row of covariates per person; {design.shape} does not fit {duration.size} people.")
    if not np.isfinite(design).all():
        raise ValueError("Covariates must be present for everybody; leave out people without them and count them.")
    if happened.sum() == 0:
        raise ValueError("Nobody had the event: hazards cannot be compared.")
    centred = design - design.mean(axis=0)
    if np.linalg.matrix_rank(centred) < design.shape[1]:
        raise ValueError("A covariate is constant or a combination of the others; leave it out.")


def _risk_sets(duration: Floats, happened: Floats, design: Floats) -> _RiskSets:
    order = np.lexsort((-happened, duration))
    times, dead = duration[order], happened[order] > 0
    death_times = times[dead]
    first = np.searchsorted(times, death_times, side="left")
    _, starts, tie, count = np.unique(death_times, return_index=True, return_inverse=True, return_counts=True)
    rank = np.arange(death_times.size) - starts[tie]
    return _RiskSets(design[order], dead, first, tie, starts, rank / count[tie])


def _denominators(sets: _RiskSets, weights: Floats) -> Floats:
    """Efron's sum over the risk set for each death, of a column (n, …) of weights."""
    sums = np.cumsum(weights[::-1], axis=0)[::-1][sets.first]
    tied = np.add.reduceat(weights[sets.dead], sets.starts, axis=0)[sets.tie]
    share = sets.share.reshape((-1,) + (1,) * (weights.ndim - 1))
    return np.asarray(sums - share * tied)


def _value(sets: _RiskSets, beta: Floats) -> float:
    eta = sets.x @ beta
    shift = float(eta.max())
    sums = _denominators(sets, np.exp(eta - shift))
    return float((eta[sets.dead] - shift).sum() - np.log(sums).sum())


def _derivatives(sets: _RiskSets, beta: Floats) -> tuple[float, Floats, Floats]:
    eta = sets.x @ beta
    shift = float(eta.max())
    w = np.exp(eta - shift)
    s0 = _denominators(sets, w)
    mean = _denominators(sets, w[:, None] * sets.x) / s0[:, None]
    square = _denominators(sets, w[:, None, None] * sets.x[:, :, None] * sets.x[:, None, :])
    information = (square / s0[:, None, None]).sum(axis=0) - mean.T @ mean
    value = float((eta[sets.dead] - shift).sum() - np.log(s0).sum())
    return value, sets.x[sets.dead].sum(axis=0) - mean.sum(axis=0), information


def _maximise(
    sets: _RiskSets, start: Floats, free: NDArray[np.bool_], most: int = 60
) -> tuple[Floats, float, int, bool]:
    """Newton with step halving over the free coefficients; an endless rise stops when it no longer shows."""
    beta = start.copy()
    value, gradient, information = _derivatives(sets, beta)
    if not free.any():
        return beta, value, 0, True
    for iteration in range(1, most + 1):
        block = information[np.ix_(free, free)]
        step = np.linalg.lstsq(block, gradient[free], rcond=1e-14)[0]
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        for _ in range(30):
            trial = beta.copy()
            trial[free] += step
            new, new_gradient, new_information = _derivatives(sets, trial)
            if new >= value - 1e-12 * abs(value):
                break
            step *= 0.5
        rise = new - value
        beta, value, gradient, information = trial, new, new_gradient, new_information
        if (rise < 1e-11 * (1.0 + abs(value)) and np.abs(step).max() < 1e-7) or np.abs(beta).max() > 30.0:
            return beta, value, iteration, True
    return beta, value, most, False


def _ratio(
    sets: _RiskSets, j: int, beta: Floats, peak: float, covariance: Floats, scale: float, z: float
) -> HazardRatio:
    se = math.sqrt(max(float(covariance[j, j]), 0.0))

    def drop(value: float) -> float:
        start, free = beta.copy(), np.ones(beta.size, dtype=bool)
        start[j], free[j] = value, False
        return 2.0 * (peak - _maximise(sets, start, free)[1]) - z * z

    # A likelihood that rises without end is flat where the search gave up.
    inward = float(beta[j]) - math.copysign(2.0, float(beta[j]))
    endless = abs(beta[j]) > 8.0 and drop(inward) + z * z < 1e-3
    upward = bool(beta[j] > 0)
    step = 1.0 if endless else max(z * se, 1e-6)
    low = None if endless and not upward else crossing(drop, float(beta[j]), -step)
    high = None if endless and upward else crossing(drop, float(beta[j]), step)
    p = float(chdtrc(1, max(0.0, drop(0.0) + z * z)))
    ends = (None if low is None else math.exp(low / scale), None if high is None else math.exp(high / scale))
    if endless and upward:
        words = _ENDLESS.format("highest", "reference") + "the ratio has no value and no upper limit"
        return HazardRatio(None, None, None, None, None, None, ends[0], None, p, words)
    if endless:
        words = _ENDLESS.format("lowest", "arm") + "the ratio is 0 and only its upper limit informs"
        return HazardRatio(0.0, None, None, None, None, None, 0.0, ends[1], p, words)
    b, e = float(beta[j]) / scale, se / scale
    wald_p = float(2.0 * ndtr(-abs(b / e)))
    return HazardRatio(math.exp(b), b, e, math.exp(b - z * e), math.exp(b + z * e), wald_p, *ends, p)
