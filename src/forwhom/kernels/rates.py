"""Repeated events per person-time: rates, and rate ratios by regression on counts.

Counts of repeated events vary more between people than chance alone (Poisson) allows; a negative binomial model
lets them. Exposure is person-time in the study's unit; rates are events per that unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv, chdtrc, digamma, gammaincinv, gammaln, ndtr, zeta

from forwhom.kernels.profile import crossing
from forwhom.kernels.survival import normal_quantile

Floats = NDArray[np.float64]

FARTHEST = 300.0
"""Logarithm of a mean beyond which a coefficient is not looked for: far above any count, and its square is still a number."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per unit of person-time, with exact Poisson limits (Garwood, 1936)."""

    events: int
    exposure: float
    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class RateRatio:
    """One coefficient of a regression on counts, as a ratio of rates.

    value : None when there are no events to one side, and `words` says so
    coefficient, se : log scale, expected information
    low, high, p : profile likelihood; None is an open end
    robust_se, robust_low, robust_high, robust_p : Poisson regression with a sandwich (HC1) standard error, which
        needs no model of the variation between people, but many people; its ratio is `robust_value`. None where another
        covariate has all its events on one side
    """

    value: float | None
    coefficient: float | None
    se: float | None
    low: float | None
    high: float | None
    p: float | None
    robust_value: float | None
    robust_se: float | None
    robust_low: float | None
    robust_high: float | None
    robust_p: float | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class CountRegression:
    """Rate ratios in the order of the columns of `x`.

    dispersion : variance is mean + dispersion * mean²; 0.0 when the counts vary no more than Poisson counts do
    model : "negative binomial", or "Poisson" at dispersion 0, and then `words` says so
    """

    ratios: tuple[RateRatio, ...]
    intercept: float
    dispersion: float
    model: str
    log_likelihood: float
    n: int
    events: int
    level: float
    words: str = ""


def poisson_rate(events: int, exposure: float, level: float = 0.95) -> Rate:
    """Rate with exact limits (Garwood, 1936), of events that come independently at one rate.

    >>> rate = poisson_rate(10, 100.0)
    >>> round(rate.value, 3), round(rate.low, 4), round(rate.high, 4)
    (0.1, 0.048, 0.1839)
    """
    if events != int(events) or events < 0:
        raise ValueError(f"The number of events is a whole number, 0 or more; {events!r} was given.")
    if not exposure > 0 or not math.isfinite(exposure):
        raise ValueError(f"Person-time must be positive; {exposure!r} was given.")
    normal_quantile(level)
    tail = 0.5 * (1.0 - level)
    low = 0.0 if events == 0 else float(gammaincinv(events, tail))
    high = float(gammaincinv(events + 1, 1.0 - tail))
    return Rate(int(events), float(exposure), events / exposure, low / exposure, high / exposure, level)


def exact_rate_ratio(
    events1: int, exposure1: float, events0: int, exposure0: float, *, level: float = 0.95
) -> tuple[float | None, float, float | None, float]:
    """Ratio of two Poisson rates, its exact limits given the total, and a two-sided p (Przyborowski & Wilenski, 1940).

    Returns value, low, high, p; value and high are None when the reference had no events. Right only when events
    come independently; people who have several usually make the interval too short.

    >>> value, low, high, p = exact_rate_ratio(11, 800.0, 21, 1011.0)
    >>> round(value, 3), round(low, 3), round(high, 3)
    (0.662, 0.288, 1.436)
    """
    total = events1 + events0
    if total < 1:
        raise ValueError("No events in either arm: nothing is known about the ratio of the rates.")
    poisson_rate(events1, exposure1, level)
    poisson_rate(events0, exposure0, level)
    tail, share = 0.5 * (1.0 - level), exposure1 / (exposure1 + exposure0)
    unit = exposure0 / exposure1
    low = 0.0 if events1 == 0 else float(betaincinv(events1, events0 + 1, tail))
    high = 1.0 if events0 == 0 else float(betaincinv(events1 + 1, events0, 1.0 - tail))
    below = float(bdtr(events1, total, share))
    above = 1.0 if events1 == 0 else 1.0 - float(bdtr(events1 - 1, total, share))
    p = min(1.0, 2.0 * min(below, above))
    value = None if events0 == 0 else events1 / events0 * unit
    return value, low / (1.0 - low) * unit, None if events0 == 0 else high / (1.0 - high) * unit, p


def rate_regression(counts: ArrayLike, exposure: ArrayLike, x: ArrayLike, *, level: float = 0.95) -> CountRegression:
    """Negative binomial regression (NB2) with log exposure as offset, by maximum likelihood (Lawless, 1987).

    counts : (n,) events per person, whole numbers, 0 or more
    exposure : (n,) person-time, positive
    x : (n,) or (n, k) covariates without the intercept; 1 in the arm and 0 in the reference, so that a ratio
        above 1 means more events in the arm
    Raises ValueError without events, with absences, or when a covariate is constant or a combination of others.

    >>> counts = [0, 1, 0, 2, 9, 0, 3, 1, 4, 2, 12, 0]
    >>> fit = rate_regression(counts, np.ones(12), np.repeat([1, 0], 6))
    >>> fit.model, round(fit.ratios[0].value, 3), round(fit.dispersion, 3)
    ('negative binomial', 0.545, 1.424)
    """
    y = np.asarray(counts, dtype=np.float64)
    time = np.asarray(exposure, dtype=np.float64)
    columns = np.asarray(x, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    _check(y, time, columns)
    z = normal_quantile(level)
    scale = columns.std(axis=0)
    design = np.column_stack([np.ones(y.size), (columns - columns.mean(axis=0)) / scale])
    data = _Counts(y, np.log(time), design)
    free = np.ones(design.shape[1], dtype=bool)
    start = np.zeros(design.shape[1])
    start[0] = math.log(y.sum() / time.sum())
    poisson = _fit_poisson(data, start, free)
    alpha, beta, peak = _fit(data, poisson, free)
    ratios = tuple(_ratio(data, j, beta, poisson, alpha, peak, float(scale[j - 1]), z) for j in range(1, start.size))
    words = ""
    if alpha == 0.0:
        words = "counts vary no more between people than Poisson counts do: Poisson regression"
    # Rates are quoted at covariates of zero, not at their means.
    intercept = float(beta[0] - (beta[1:] / scale) @ columns.mean(axis=0))
    model = "Poisson" if alpha == 0.0 else "negative binomial"
    return CountRegression(ratios, intercept, alpha, model, peak, y.size, int(y.sum()), level, words)


_Sandwich: TypeAlias = tuple[float | None, float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class _Counts:
    y: Floats
    offset: Floats
    x: Floats


def _check(y: Floats, time: Floats, columns: Floats) -> None:
    if y.ndim != 1 or y.shape != time.shape or columns.shape[0] != y.size:
        raise ValueError("Give one count, one person-time and one row of covariates per person.")
    if not np.isfinite(y).all() or (y < 0).any() or (y != np.floor(y)).any():
        raise ValueError("Counts are whole numbers, 0 or more, for everybody; leave out people without a count.")
    if not np.isfinite(time).all() or (time <= 0).any():
        raise ValueError("Person-time must be present and positive for everybody; leave out people never observed.")
    if not np.isfinite(columns).all():
        raise ValueError("Covariates must be present for everybody; leave out people without them and count them.")
    if y.sum() == 0:
        raise ValueError("No events: rates cannot be compared.")
    if y.size <= columns.shape[1] + 1 or np.linalg.matrix_rank(columns - columns.mean(axis=0)) < columns.shape[1]:
        raise ValueError("A covariate is constant or a combination of the others, or there are too few people.")


def _log_likelihood(data: _Counts, beta: Floats, alpha: float) -> float:
    eta = data.offset + data.x @ beta
    # A trial step too far has no likelihood; it is halved.
    if float(eta.max()) > FARTHEST:
        return -math.inf
    mu = np.exp(eta)
    if alpha == 0.0:
        return float((data.y * eta - mu - gammaln(data.y + 1)).sum())
    r = 1.0 / alpha
    # log1p and the difference of log-gammas keep the limit of Poisson counts free of cancellation.
    rising = _log_rising(data.y, r)
    falling = data.y * math.log(r) + (data.y + r) * np.log1p(mu / r)
    return float((rising - gammaln(data.y + 1) + data.y * eta - falling).sum())


def _log_rising(y: Floats, r: float) -> Floats:
    """log of r (r + 1) … (r + y - 1)."""
    if y.max() > 2000:
        return np.asarray(gammaln(y + r) - gammaln(r))
    table = np.concatenate(([0.0], np.cumsum(np.log(r + np.arange(int(y.max()))))))
    return np.asarray(table[y.astype(np.int64)])


def _fit_poisson(data: _Counts, start: Floats, free: NDArray[np.bool_]) -> Floats:
    return _newton(data, start, free, 0.0)


def _newton(data: _Counts, start: Floats, free: NDArray[np.bool_], alpha: float) -> Floats:
    """Fisher scoring with step halving for the free coefficients at a given dispersion."""
    beta = start.copy()
    if not free.any():
        return beta
    if free[0]:
        beta[0] = _level(data, beta)
    x = data.x[:, free]
    value = _log_likelihood(data, beta, alpha)
    for _ in range(100):
        mu = np.exp(data.offset + data.x @ beta)
        weight = 1.0 / (1.0 + alpha * mu)
        step = np.linalg.lstsq((x * (mu * weight)[:, None]).T @ x, x.T @ ((data.y - mu) * weight), rcond=1e-15)[0]
        step *= min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-300))
        trial, new = beta, value
        for _ in range(30):
            moved = beta.copy()
            moved[free] += step
            likely = _log_likelihood(data, moved, alpha)
            if likely >= value - 1e-12 * abs(value):
                trial, new = moved, likely
                break
            step *= 0.5
        rise, value, beta = new - value, new, trial
        if (rise < 1e-12 * (1.0 + abs(value)) and np.abs(step).max() < 1e-8) or np.abs(beta[1:]).max(initial=0) > 25.0:
            break
    return beta


def _level(data: _Counts, beta: Floats) -> float:
    """The intercept at which as many events are expected as there were: however far the other coefficients lie, no mean overflows."""
    others = data.offset + data.x[:, 1:] @ beta[1:]
    top = float(others.max())
    return math.log(float(data.y.sum())) - top - math.log(float(np.exp(others - top).sum()))


def _fit(data: _Counts, start: Floats, free: NDArray[np.bool_]) -> tuple[float, Floats, float]:
    """Dispersion, coefficients and log-likelihood at the joint maximum over the free coefficients."""
    beta = _newton(data, start, free, 0.0)
    mu = np.exp(data.offset + data.x @ beta)
    flat = _log_likelihood(data, beta, 0.0)
    # Slope of the profile at dispersion 0: without a rise there the maximum is the Poisson model.
    if float(((data.y - mu) ** 2 - data.y).sum()) <= 0.0:
        return 0.0, beta, flat
    alpha = max(float(((data.y - mu) ** 2 - data.y).sum() / (mu**2).sum()), 1e-3)
    moved = smallest = math.inf
    for _ in range(200):
        beta = _newton(data, beta, free, alpha)
        mu = np.exp(data.offset + data.x @ beta)
        before, alpha = alpha, _best_dispersion(data.y, mu, alpha)
        last, moved = moved, math.log(alpha / before)
        # Near dispersion 0 rounding keeps the last digits moving.
        if abs(moved) < 1e-11 or alpha < 1e-9 or (abs(moved) < 1e-7 and abs(moved) >= 0.5 * abs(smallest)):
            break
        smallest = min(smallest, abs(moved))
        # Taking turns closes in by a constant factor; once that factor shows, jump to where it leads (Aitken).
        ratio = moved / last
        if 0.0 < ratio < 0.99:
            alpha, moved = alpha * math.exp(max(-2.0, min(2.0, moved * ratio / (1.0 - ratio)))), math.inf
    value = _log_likelihood(data, beta, alpha)
    return (alpha, beta, value) if alpha >= 1e-9 and value > flat else (0.0, _newton(data, start, free, 0.0), flat)


def _best_dispersion(y: Floats, mu: Floats, start: float) -> float:
    """Dispersion that maximises the likelihood at given means: Newton on its logarithm, kept uphill."""
    log_alpha, before = math.log(start), math.inf
    for _ in range(100):
        r = math.exp(-log_alpha)
        slope = float((digamma(y + r) - digamma(r) - np.log1p(mu / r) + (mu - y) / (r + mu)).sum())
        curve = float((zeta(2.0, y + r) - zeta(2.0, r) + mu / (r * (r + mu)) + (y - mu) / (r + mu) ** 2).sum())
        gradient, hessian = -r * slope, r * r * curve + r * slope
        step = -gradient / hessian if hessian < 0 else math.copysign(0.5, gradient)
        step = max(-1.0, min(1.0, step))
        log_alpha = max(log_alpha + step, math.log(1e-10))
        # Near dispersion 0 the slope is a difference of nearly equal numbers, and steps stop shrinking.
        if abs(step) < 1e-12 or log_alpha <= math.log(1e-10) or (abs(step) < 1e-7 and abs(step) >= 0.5 * before):
            break
        before = abs(step)
    return math.exp(log_alpha)


def _ratio(
    data: _Counts, j: int, beta: Floats, poisson: Floats, alpha: float, peak: float, scale: float, z: float
) -> RateRatio:
    mu = np.exp(data.offset + data.x @ beta)
    information = (data.x * (mu / (1.0 + alpha * mu))[:, None]).T @ data.x
    se = math.sqrt(max(float(np.linalg.pinv(information)[j, j]), 0.0))

    def drop(value: float) -> float:
        start, free = beta.copy(), np.ones(beta.size, dtype=bool)
        start[j], free[j] = value, False
        return 2.0 * (peak - _fit(data, start, free)[2]) - z * z

    # A likelihood that rises without end is flat where the search gave up.
    inward = float(beta[j]) - math.copysign(2.0, float(beta[j]))
    endless = abs(beta[j]) > 8.0 and drop(inward) + z * z < 1e-3
    upward, step = bool(beta[j] > 0), 1.0 if endless else max(z * se, 1e-6)
    low = None if endless and not upward else crossing(drop, float(beta[j]), -step)
    high = None if endless and upward else crossing(drop, float(beta[j]), step)
    p = float(chdtrc(1, max(0.0, drop(0.0) + z * z)))
    ends = (None if low is None else math.exp(low / scale), None if high is None else math.exp(high / scale))
    if endless:
        words = "no events on the lower side of this covariate: the ratio has no value and no upper limit"
        if not upward:
            words = "no events on the higher side of this covariate: the ratio is 0 and only its upper limit informs"
        value, low_end, high_end = (None, ends[0], None) if upward else (0.0, 0.0, ends[1])
        return RateRatio(value, None, None, low_end, high_end, p, None, None, None, None, None, words)
    b, e = float(beta[j]) / scale, se / scale
    return RateRatio(math.exp(b), b, e, *ends, p, *_robust(data, j, poisson, scale, z))


def _robust(data: _Counts, j: int, beta: Floats, scale: float, z: float) -> _Sandwich:
    """Poisson ratio with its HC1 sandwich standard error, limits and p; five times None where it cannot be made."""
    mu = np.exp(data.offset + data.x @ beta)
    information = (data.x * mu[:, None]).T @ data.x
    # Where another covariate has all its events on one side its coefficient has no end, and no sandwich of it can be made.
    if not np.linalg.cond(information) < 1e12:
        return None, None, None, None, None
    bread = np.linalg.inv(information)
    scores = data.x * (data.y - mu)[:, None]
    n, k = data.x.shape
    variance = bread @ (scores.T @ scores) @ bread * n / (n - k)
    b, se = float(beta[j]) / scale, math.sqrt(float(variance[j, j])) / scale
    p = float(2.0 * ndtr(-abs(b / se))) if se > 0 else 1.0
    return math.exp(b), se, math.exp(b - z * se), math.exp(b + z * se), p
