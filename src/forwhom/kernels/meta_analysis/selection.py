"""Selection by p: a pooled effect when studies that were not significant had less chance to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr, ndtri

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.effects import Array
from forwhom.kernels.meta_analysis.heterogeneity import log_likelihood, sets_of, tau2_of, weighted
from forwhom.kernels.meta_analysis.small_studies import FEWEST, normal_limits

_SQRT_2PI = float(np.sqrt(2.0 * np.pi))
_LEAST_IN_STEP = 1


@dataclass(frozen=True, slots=True)
class SelectionModel:
    """Pooled effect, and how likely studies were seen by their one-sided p, the first interval of p having weight 1.

    estimate, se, low, high : effect before selection, normal limits; tau2 : by maximum likelihood
    weights, weights_se : (steps,) relative chance to be seen in the further intervals; se NaN at 0
    counts : (steps + 1,) studies in each interval of p; steps : the cut points
    likelihood_ratio, df, p : against no selection; unselected : effect without selection, maximum likelihood
    problem : why there is no fit; everything else None then
    """

    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    tau2: float | None
    weights: Array
    weights_se: Array
    counts: tuple[int, ...]
    steps: tuple[float, ...]
    likelihood_ratio: float | None
    df: int
    p: float | None
    log_likelihood: float | None
    unselected: float | None
    k: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Data:
    """y, v : (k,); edges : (steps, k) effects at which p passes a step; inside : (k,) interval of each study."""

    y: Array
    v: Array
    edges: Array
    inside: Array
    sign: float


def selection_model(
    y: ArrayLike,
    v: ArrayLike,
    steps: ArrayLike = (0.025,),
    *,
    alternative: Literal["greater", "less"] = "greater",
    level: float = 0.95,
    least: int = FEWEST,
) -> SelectionModel:
    """Step function of Vevea & Hedges (1995) by maximum likelihood, same model as metafor's selmodel(type = "stepfun").

    steps : one-sided p at which the chance to be seen changes, e.g. 0.025 (significant in the expected direction), 0.5
        (of the expected sign)
    alternative : direction that was hoped for; "less" when lower scores are better
    Refuses below `least` studies, and when an interval of p holds no study: its weight would be 0 or unknown.

    >>> y = [0.9, 0.8, 0.3, 0.75, 0.1, 0.5, -0.2, 0.4, 0.1, 0.05]
    >>> v = [0.2, 0.16, 0.12, 0.10, 0.08, 0.06, 0.04, 0.03, 0.04, 0.03]
    >>> made = selection_model(y, v)
    >>> round(made.estimate, 2), made.counts, round(made.p, 2)
    (-0.03, (5, 5), 0.0)
    """
    effect, variance = checks.effects_and_variances(y, v)
    cuts = np.unique(np.asarray(steps, dtype=np.float64))
    if cuts.size == 0 or not ((cuts > 0) & (cuts < 1)).all():
        raise ValueError(f"steps are {cuts.tolist()}; one-sided p between 0 and 1 are needed, e.g. 0.025.")
    if alternative not in ("greater", "less"):
        raise ValueError(f"alternative is {alternative!r}; possible are greater, less.")
    data = _data(effect, variance, cuts, 1.0 if alternative == "greater" else -1.0)
    counts = tuple(int(n) for n in np.bincount(data.inside.astype(np.intp), minlength=cuts.size + 1))
    k = effect.size
    problem = ""
    if k < max(least, 3):
        problem = f"{k} studies are too few to learn how they were selected; {max(least, 3)} are needed"
    elif min(counts) < _LEAST_IN_STEP:
        problem = f"no study lies in one of the intervals of p ({' / '.join(map(str, counts))}), so its chance to be seen is unknown"
    if problem:
        gaps = np.full(cuts.size, np.nan)
        return SelectionModel(
            None, None, None, None, None, gaps, gaps, counts, tuple(cuts.tolist()), None, cuts.size, None, None, None, k, problem
        )  # fmt: skip
    return _fitted(data, cuts, counts, level)


def _fitted(data: _Data, cuts: Array, counts: tuple[int, ...], level: float) -> SelectionModel:
    sets = sets_of(data.y, data.v, np.ones((data.y.size, 1)))
    alone = tau2_of(sets, "ML")
    plain = float(weighted(sets, alone).beta[0, 0])
    height = float(log_likelihood(sets, alone, restricted=False)[0])
    best = _highest(data, plain, float(alone[0]), cuts.size)
    value, _ = _value(best, data)
    ratio = max(0.0, 2.0 * (value - height))
    free = np.flatnonzero((np.arange(best.size) != 1) | (best[1] > 1e-8 * float(data.v.mean())))
    se = _standard_errors(best, data, free)
    estimate = data.sign * float(best[0])
    low, high = normal_limits(estimate, float(se[0]), level)
    weights = np.exp(best[2:])
    return SelectionModel(
        estimate, float(se[0]), low, high, float(best[1]), weights, weights * se[2:], counts, tuple(cuts.tolist()), ratio,
        cuts.size, float(chdtrc(cuts.size, ratio)), value, data.sign * plain, data.y.size,
    )  # fmt: skip


def _data(y: Array, v: Array, cuts: Array, sign: float) -> _Data:
    """Effects turned so that the hoped-for direction is up, and where p passes the steps."""
    edges = -ndtri(cuts)[:, None] * np.sqrt(v)
    # A study's interval is that of its p: above the first edge lies the smallest p.
    inside = (ndtr(-sign * y / np.sqrt(v)) > cuts[:, None]).sum(axis=0)
    return _Data(sign * y, v, edges, inside.astype(np.float64), sign)


def _value(parameters: Array, data: _Data) -> tuple[float, Array]:
    """Log likelihood and gradient at (effect, tau2, log weights); effect in the turned direction."""
    mu, tau2 = float(parameters[0]), max(float(parameters[1]), 0.0)
    weight = np.concatenate([[1.0], np.exp(parameters[2:])])
    s2 = data.v + tau2
    s = np.sqrt(s2)
    rest = data.y - mu
    h = (data.edges - mu) / s
    cdf, pdf = ndtr(h), np.exp(-0.5 * h**2) / _SQRT_2PI
    k = data.y.size
    upper, lower = np.vstack([np.ones((1, k)), cdf]), np.vstack([cdf, np.zeros((1, k))])
    share = upper - lower
    seen = weight @ share
    jump = weight[:-1] - weight[1:]
    by_mu = jump @ pdf / s
    by_s2 = jump @ (pdf * h) / (2.0 * s2)
    inside = data.inside.astype(np.intp)
    value = float((np.log(weight[inside]) - 0.5 * (np.log(2.0 * np.pi * s2) + rest**2 / s2) - np.log(seen)).sum())
    slope = np.empty(parameters.size)
    slope[0] = float((rest / s2 - by_mu / seen).sum())
    slope[1] = float((0.5 * (rest**2 / s2 - 1.0) / s2 - by_s2 / seen).sum())
    for j in range(1, weight.size):
        slope[j + 1] = float((inside == j).sum() - (weight[j] * share[j] / seen).sum())
    return value, slope


def _highest(data: _Data, plain: float, tau2: float, steps: int) -> Array:
    """Best of several starts, the last digits by Newton's steps."""
    from scipy.optimize import minimize

    scale = float(np.var(data.y)) + float(data.v.mean())
    # Weights beyond e^±12 change nothing that could be seen.
    bounds = [(None, None), (0.0, 100.0 * scale)] + [(-12.0, 12.0)] * steps
    best, height = None, -np.inf
    mu = data.sign * plain
    for start in ((mu, tau2, 0.0), (0.5 * mu, 0.5 * tau2, -1.0), (mu, 0.5 * scale, -0.5), (0.0, 0.1 * scale, -2.0)):
        first = np.concatenate([start[:2], np.full(steps, start[2])])
        found = minimize(
            lambda at: tuple(-part for part in _value(at, data)), first, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
        )  # fmt: skip
        if -found.fun > height:
            best, height = found.x, -found.fun
    assert best is not None
    return _polished(best, data, scale)


def _polished(best: Array, data: _Data, scale: float) -> Array:
    now = best.copy()
    for _ in range(8):
        value, slope = _value(now, data)
        free = np.flatnonzero((np.arange(now.size) != 1) | (now[1] > 1e-8 * scale))
        curve = _curve(now, data)[np.ix_(free, free)]
        if np.linalg.eigvalsh(curve)[-1] >= 0.0:
            return now
        then = now.copy()
        then[free] -= np.linalg.solve(curve, slope[free])
        if then[1] < 0.0 or _value(then, data)[0] < value - 1e-9:
            return now
        now = then
    return now


def _curve(at: Array, data: _Data) -> Array:
    """Second derivatives from differences of the exact gradient."""
    out = np.empty((at.size, at.size))
    for j in range(at.size):
        step = 1e-5 * max(abs(float(at[j])), 1e-2)
        if j == 1:
            step = min(step, 0.5 * float(at[1])) if at[1] > 0 else 1e-7
        up, down = at.copy(), at.copy()
        up[j] += step
        down[j] -= step if not (j == 1 and at[1] <= 0.0) else 0.0
        out[j] = (_value(up, data)[1] - _value(down, data)[1]) / (up[j] - down[j])
    return np.asarray(0.5 * (out + out.T))


def _standard_errors(best: Array, data: _Data, free: NDArray[np.intp]) -> Array:
    """From the observed information; NaN for what lies on its bound."""
    out = np.full(best.size, np.nan)
    information = -_curve(best, data)[np.ix_(free, free)]
    if np.linalg.eigvalsh(information)[0] > 0.0:
        out[free] = np.sqrt(np.diag(np.linalg.inv(information)))
    return out
