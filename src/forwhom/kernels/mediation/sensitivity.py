"""How strong an unmeasured common cause of mediator and outcome would have to be.

Treatment can be randomised, the mediator was not. A common cause of mediator and outcome correlates the errors of their
two models. For every correlation rho that might be, the effects that would then be true have a closed form
(Imai, Keele & Yamamoto 2010, Stat Sci 25, 51-71, theorem 4): with slope b, residual deviation s_u of the outcome
and s_m of the mediator, b(rho) = b - rho / sqrt(1 - rho^2) * s_u / s_m. Written with the inverse residual covariance
matrix of the mediators it holds for one of several. Of mediators in causal order the errors given the earlier ones are meant, and a
common cause of two mediators can break a chain as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.special import ndtri

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.confounded import Confounded, of_chain, of_unordered
from forwhom.kernels.mediation.linear import Mediation

Limits = Literal["draws", "delta"]
STEP = 0.01


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """An indirect effect for every correlation of the errors of mediator and outcome, or of two mediators in a chain.

    effect : its name in `Mediation.names`; mediator : place of the confounded one; other : of the later mediator confounded with
        it, None for the outcome
    rho, estimate, low, high, direct : (g,) in steps of 0.01; direct is total minus the indirect effect, for "indirect"
        and the pure and total parts; NaN for a single mediator's
    rho_zero : where the estimate is 0; NaN when no correlation makes it so
    rho_from, rho_to : the correlations between which the interval covers 0; NaN on a side where it always does
    covers : whether the interval covers 0 already at rho 0
    r2_residual : rho_zero^2, product of the shares of residual variance of mediator and outcome the cause explains
    r2_total : the same of the total variances; r2_mediator, r2_outcome : explained by the models
        (of the later mediator where `other` is one)
    limits : "draws" of the fit, or "delta" as R's medsens has them
    """

    effect: str
    mediator: int
    other: int | None
    rho: Floats
    estimate: Floats
    low: Floats
    high: Floats
    direct: Floats
    rho_zero: float
    rho_from: float
    rho_to: float
    covers: bool
    r2_residual: float
    r2_total: float
    r2_mediator: float
    r2_outcome: float
    limits: Limits


def sensitivity(
    fit: Mediation,
    *,
    effect: str = "indirect",
    mediator: int = 0,
    other: int | None = None,
    compared: int = 0,
    limits: Limits = "draws",
) -> Sensitivity:
    """An indirect effect had mediator and outcome a common cause that was not measured.

    effect : "indirect", "indirect_pure", "indirect_total", "indirect_j" of mediator j, or in serial order "through_i_j" of a chain
    mediator : 0 … k - 1; other : the next mediator of the chain, when the common cause is of these two and not of the outcome.
        In serial order the errors of mediators are those given the earlier ones
    limits : percentiles of the fit's draws, or the delta method with the errors' variances taken as known (one mediator;
        R's medsens, which takes n - 1 as the divisor of both)
    Raises ValueError for other effects, for a fit whose models are not linear, for "delta" with several mediators.

    >>> from forwhom.kernels.mediation.linear import mediate
    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0.0, 1.0], 100)
    >>> m = x + rng.normal(size=200)
    >>> y = 0.5 * m + rng.normal(size=200)
    >>> fit = mediate(x, m, y, draws=200, rng=rng)
    >>> m_left, y_left = (v - np.where(x == 1, v[x == 1].mean(), v[x == 0].mean()) for v in (m, y))
    >>> bool(np.isclose(sensitivity(fit).rho_zero, np.corrcoef(m_left, y_left)[0, 1]))
    True
    """
    if fit.paths is None or fit.drawn is None or fit.scale is None:
        raise ValueError("This analysis is for linear models of mediator and outcome.")
    chain = _path_of(fit, effect, mediator, other)
    if limits == "delta" and fit.columns.m.shape[1] > 1:
        raise ValueError("Limits by the delta method are for one mediator.")
    at = _confounded(fit, effect, compared, mediator, other, chain, drawn=False)
    edge = 1 / np.sqrt(at.inflation[0])
    rho = np.round(np.arange(-1 + STEP, 1, STEP), 10)
    rho = rho[np.abs(rho) < edge]
    estimate = at.effect(rho)[0]
    if limits == "draws":
        every = _confounded(fit, effect, compared, mediator, other, chain, drawn=True)
        shares = [(1 - fit.level) / 2, (1 + fit.level) / 2]
        low, high = np.nanquantile(every.effect(rho), shares, axis=0)
    else:
        half = float(ndtri((1 + fit.level) / 2)) * _delta(fit, effect, compared, rho, at)
        low, high = estimate - half, estimate + half
    zero = at.zero()
    start, end = _range(rho, low, high, zero)
    models = fit.chain or fit.mediators
    r2_m, r2_y = models[mediator].r2, fit.outcome.r2 if other is None else models[other].r2
    total = fit.estimate[compared, fit.names.index("total")]
    here = int(np.argmin(np.abs(rho)))
    return Sensitivity(
        effect=effect,
        mediator=mediator,
        other=other,
        rho=rho,
        estimate=estimate,
        low=low,
        high=high,
        direct=total - estimate if chain is None else np.full(rho.size, np.nan),
        rho_zero=zero,
        rho_from=start,
        rho_to=end,
        covers=bool(low[here] <= 0 <= high[here]),
        r2_residual=zero**2,
        r2_total=zero**2 * (1 - r2_m) * (1 - r2_y),
        r2_mediator=r2_m,
        r2_outcome=r2_y,
        limits=limits,
    )


def _path_of(fit: Mediation, effect: str, mediator: int, other: int | None) -> tuple[int, ...] | None:
    """Mediators of the effect's chain, or the single one; None for all together.

    Raises ValueError when the effect has no such analysis.
    """
    k = fit.columns.m.shape[1]
    joint = ("indirect", "indirect_pure", "indirect_total")
    single = effect.startswith(("indirect_", "through_")) and effect not in joint and "-" not in effect
    if effect not in fit.names or not (effect in joint or single):
        raise ValueError(f"{effect!r} has no such analysis here; an indirect effect has: {', '.join(fit.names)}.")
    chain = None if effect in joint else tuple(int(each) - 1 for each in effect.split("_")[1:])
    if not 0 <= mediator < k:
        raise ValueError(f"mediator lies from 0 to {k - 1}.")
    if other is not None and (chain is None or (mediator, other) not in pairwise(chain)):
        raise ValueError(f"{effect!r} holds no link from mediator {mediator + 1} to mediator {other + 1}.")
    return chain


def _confounded(
    fit: Mediation,
    effect: str,
    compared: int,
    mediator: int,
    other: int | None,
    chain: tuple[int, ...] | None,
    *,
    drawn: bool,
) -> Confounded:
    """The estimate as a function of rho, or with `drawn` that of every draw."""
    paths = fit.drawn if drawn else fit.paths
    assert paths is not None
    assert fit.scale is not None
    at = compared, fit.names.index(effect)
    plain = fit.draws[:, at[0], at[1]] if drawn else fit.estimate[at][None]
    low, high = ((each - fit.scale.x[0]) / fit.scale.x[1] for each in (fit.control, fit.treated[compared]))
    if fit.chain and len(fit.chain) > 1:
        slope = paths.ym + paths.yxm @ ((low + high) / 2)
        return of_chain(fit, paths, high - low, mediator, other, chain, slope, plain)
    return of_unordered(fit, paths, high - low, mediator, None if chain is None else chain[0], plain)


def _delta(fit: Mediation, effect: str, compared: int, rho: Floats, at: Confounded) -> Floats:
    """Standard errors (g,) of the effect; of one mediator."""
    t, n = fit.columns.x.shape[1], fit.n
    step = fit.treated[compared] - fit.control
    first = fit.mediators[0]
    a = float(first.coefficients[1 : 1 + t] @ step)
    of_a = float(step @ first.covariance[1 : 1 + t, 1 : 1 + t] @ step) * first.df / (n - 1)
    where = {"indirect_pure": fit.control, "indirect_total": fit.treated[compared]}
    x = where.get(effect, (fit.control + fit.treated[compared]) / 2)
    q = fit.columns.before.shape[1]
    row = np.concatenate([[1.0], x]) if fit.columns.interaction else np.ones(1)
    of_b = float(row @ fit.outcome.covariance[q:, q:] @ row) * fit.outcome.df / (n - 1)
    b = at.effect(rho)[0] / a
    return np.asarray(np.sqrt(a**2 * of_b + b**2 * of_a))


def _range(rho: Floats, low: Floats, high: Floats, zero: float) -> tuple[float, float]:
    """The correlations around `zero` between which the interval covers 0."""
    if not np.isfinite(zero):
        return float("nan"), float("nan")
    middle = int(np.argmin(np.abs(rho - zero)))
    ends = []
    for direction in (-1, 1):
        j = middle
        while 0 <= j < rho.size and low[j] <= 0 <= high[j]:
            j += direction
        if not 0 <= j < rho.size:
            ends.append(float("nan"))
            continue
        inside = j - direction
        if not 0 <= inside < rho.size or not low[inside] <= 0 <= high[inside]:
            ends.append(zero)
            continue
        edge = low if low[j] > 0 else high
        share = edge[inside] / (edge[inside] - edge[j])
        ends.append(float(rho[inside] + share * (rho[j] - rho[inside])))
    return ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class EValue:
    """How strongly an unmeasured common cause would have to be tied to mediator and outcome, as risk ratios.

    estimate : to explain the effect away; limit : to bring the interval to the null, 1 when it is there already
    risk_ratio : the effect as a risk ratio
    """

    estimate: float
    limit: float
    risk_ratio: float


def e_value(estimate: float, low: float, high: float, *, sd: float) -> EValue:
    """Mediational E-value of an effect on a continuous outcome (Smith & VanderWeele 2019, Epidemiology 30, 835-837).

    estimate, low, high : effect with its interval; sd : standard deviation of the outcome (1 for log risk ratio / 0.91)
    The standardised effect d counts as a risk ratio exp(0.91 d) (VanderWeele 2017, Epidemiology 28, e40).

    >>> made = e_value(-0.2, -0.35, -0.05, sd=1.0)
    >>> round(made.estimate, 3), round(made.limit, 3)
    (1.689, 1.267)
    """
    ratio = float(np.exp(0.91 * estimate / sd))
    nearest = low if estimate > 0 else high
    limit = float(np.exp(0.91 * nearest / sd)) if nearest * estimate > 0 else 1.0
    return EValue(_of_ratio(ratio), _of_ratio(limit), ratio)


def _of_ratio(ratio: float) -> float:
    far = max(ratio, 1 / ratio)
    return float(far + np.sqrt(far * (far - 1)))


__all__ = ["EValue", "Limits", "Sensitivity", "e_value", "sensitivity"]
