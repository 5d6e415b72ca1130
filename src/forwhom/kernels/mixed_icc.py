"""How much of the variance lies between groups: intraclass correlation of a random-intercept model, with interval.

One grouping: exact interval from the ratio of between to within sums of squares (Wald 1940, Ann Math Stat 11, 96-100;
with covariates Harville & Fenech 1985, Biometrics 41, 137-152); the F interval of balanced one-way analysis of variance
(Searle) is its special case. Several groupings: profile of the restricted likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np

from forwhom.kernels.mixed import MixedFit
from forwhom.kernels.mixed_derivatives import criterion
from forwhom.kernels.mixed_groups import Floats, name
from forwhom.kernels.mixed_optimum import Minimum, newton

__all__ = ["Intraclass", "intraclass_correlation"]

# Whitened relative variance that stands for infinity: groups as fixed effects.
INFINITE = 1e10
WITHIN = 1e-7
# Largest share looked at, and how closely an end of the interval is found.
ALMOST = 1.0 - 1e-9
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Intraclass:
    """Share of the variance (given X) that lies between the groups of one level.

    estimate : tau / (sum of all tau + sigma2), between 0 and 1; with one level the correlation of two rows of a group
    low, high : two-sided interval at `level`; 0 is a possible end, and both are 0 when groups differ less than chance
        lets them at this level
    n_groups : groups of this level; method : how the interval was made
    """

    estimate: float
    low: float
    high: float
    level: float
    n_groups: int
    method: str


def intraclass_correlation(fit: MixedFit, which: int = 0, *, level: float = 0.95) -> Intraclass:
    """Intraclass correlation of level `which` (0 is the innermost) of a random-intercept model.

    Raises ValueError for random slopes (there the share depends on where one looks), for fits by ML, and when nothing
    is left to estimate the residual variance from.

    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> weight = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0])
    >>> fit = fit_mixed(weight, np.ones((6, 1)), [Level(np.ones((6, 1)), np.repeat([0, 1, 2], 2))])
    >>> share = intraclass_correlation(fit)
    >>> round(share.estimate, 3), round(share.low, 3), round(share.high, 3)
    (0.75, 0.0, 0.993)
    """
    if not all(fit.blocks.intercepts):
        raise ValueError("The intraclass correlation needs a random-intercept model: every Z one column of ones.")
    if fit.method != "REML" or not fit.converged:
        raise ValueError("The intraclass correlation needs a converged fit by REML. Fit with method='REML'.")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}.")
    if not 0 <= which < len(fit.tau):
        raise ValueError(f"which must be a level from 0 to {len(fit.tau) - 1}, not {which}.")
    variances = [float(tau[0, 0]) for tau in fit.tau]
    estimate = variances[which] / (sum(variances) + fit.sigma2)
    if len(variances) == 1:
        low, high = _exact(fit, level)
        method = "exact F interval (Wald 1940; Harville & Fenech 1985)"
    else:
        low, high = _profile(fit, which, estimate, level)
        method = "profile of the restricted likelihood"
    return Intraclass(estimate, low, high, level, fit.n_groups[which], method)


def _exact(fit: MixedFit, level: float) -> tuple[float, float]:
    """Invert F(t) = between sum of squares weighted at t over within sum of squares, which is F at the true t."""
    from scipy.special import fdtri

    blocks = fit.blocks
    unit = 1.0 / float(blocks.back[0][0, 0]) ** 2

    def squares(t: float) -> float:
        return criterion(blocks, [np.array([[t * unit]])], reml=True, order=0).rss

    within = criterion(blocks, [np.array([[INFINITE]])], reml=True, order=0)
    changing = int((np.linalg.eigvalsh(np.linalg.inv(within.unscaled)) > WITHIN).sum())
    df1 = fit.n_groups[0] + changing - blocks.n_fixed
    df2 = blocks.n_rows - fit.n_groups[0] - changing
    if df1 < 1 or df2 < 1:
        raise ValueError(f"{name(blocks.labels, 0)}: too few groups or rows for an interval ({df1} and {df2} df).")

    def excess(share: float, *, quantile: float) -> float:
        return (squares(share / (1.0 - share)) - within.rss) / df1 - quantile * within.rss / df2

    ends = []
    for probability in ((1 + level) / 2, (1 - level) / 2):
        quantile = float(fdtri(df1, df2, probability))
        ends.append(
            0.0 if excess(0.0, quantile=quantile) <= 0 else _root(partial(excess, quantile=quantile), 0.0, ALMOST)
        )
    return ends[0], ends[1]


def _profile(fit: MixedFit, which: int, estimate: float, level: float) -> tuple[float, float]:
    from scipy.special import chdtri

    quantile = float(chdtri(1, 1 - level))

    at = np.array([abs(x) for level, x in enumerate(fit.whitened) if level != which])

    def excess(share: float) -> float:
        nonlocal at
        found = _constrained(fit, which, share, at)
        # The next share looked at is near: start there, but not at 0, where the search cannot leave.
        at = np.maximum(np.abs(found.x), 0.1)
        return found.value - (fit.deviance - fit.shift) - quantile

    low = 0.0 if estimate == 0.0 or excess(0.0) <= 0 else _root(excess, 0.0, estimate, 1e-6)
    # Outwards in steps: close to 1 the cross-products lose digits.
    inside, outside = estimate, (1.0 + estimate) / 2
    while excess(outside) <= 0:
        if 1.0 - outside < 1e-6:
            return low, 1.0
        inside, outside = outside, (3.0 + outside) / 4
    return low, _root(excess, inside, outside, 1e-6)


def _constrained(fit: MixedFit, which: int, share: float, start: Floats) -> Minimum:
    """Lowest criterion with the share of one level fixed: its T is share / (1 - share) times all else."""
    blocks = fit.blocks
    n = len(blocks.sizes)
    others = [level for level in range(n) if level != which]
    scale = np.array([float(back[0, 0]) ** 2 for back in blocks.back])
    odds = share / (1.0 - share)

    def function(x: Floats, order: Literal[0, 2]) -> tuple[float, Floats, Floats]:
        t = np.zeros(n)
        t[others] = x**2
        t[which] = odds * (1.0 + scale[others] @ x**2) / scale[which]
        now = criterion(blocks, [np.array([[one]]) for one in t], reml=True, order=order)
        if order == 0:
            return now.value, now.gradient, now.hessian
        slope = np.zeros((n, len(x)))
        slope[others, range(len(x))] = 2.0 * x
        slope[which] = 2.0 * odds * scale[others] / scale[which] * x
        bend = 2.0 * now.gradient[others] + 2.0 * odds * scale[others] / scale[which] * now.gradient[which]
        return now.value, slope.T @ now.gradient, slope.T @ now.hessian @ slope + np.diag(bend)

    return newton(function, np.maximum(start, 0.1))


def _root(function: Callable[[float], float], low: float, high: float, close: float = CLOSE) -> float:
    """Where a function with opposite signs at low and high crosses 0, by Ridders's method (1979, IEEE TCS 26, 979)."""
    at_low, at_high = function(low), function(high)
    best = low
    while high - low > close:
        middle = (low + high) / 2
        at_middle = function(middle)
        if at_middle == 0:
            return middle
        turn = (middle - low) * np.sign(at_low) * at_middle / np.sqrt(at_middle**2 - at_low * at_high)
        before, best = best, float(middle + turn)
        at_best = function(best)
        if abs(best - before) < close or at_best == 0:
            return best
        points = sorted([(low, at_low), (middle, at_middle), (best, at_best), (high, at_high)])
        for (x0, f0), (x1, f1) in pairwise(points):
            if f0 * f1 <= 0:
                low, at_low, high, at_high = x0, f0, x1, f1
                break
    return best
