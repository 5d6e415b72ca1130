"""Mediation with linear models: effects with bootstrap or Monte Carlo intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.mediation.columns import Columns, Floats, columns
from forwhom.kernels.mediation.drawing import left_out, sums
from forwhom.kernels.mediation.effects import effect_names, linear_effects
from forwhom.kernels.mediation.intervals import Spread, bias_corrected, percentile
from forwhom.kernels.mediation.paths import Paths, Scale, products, solve, standardised
from forwhom.kernels.mediation.regression import Regression, least_squares

Interval = Literal["percentile", "bca", "monte carlo"]
FEWEST_UNITS = 5
"""Fewer groups than this cannot be drawn with replacement in a way that says anything."""


@dataclass(frozen=True, slots=True)
class Mediation:
    """Effects of treatment on outcome, through the mediators and past them.

    names : (e,) of the effects (`effect_names`); estimate, se, low, high, p : (r, e) one row per treatment compared,
        NaN where there is none; p of "proportion" is always NaN, since a ratio has no null value
    draws : (b, r, e) of the estimates
    mediators : regressions of each mediator on `columns.before`; outcome : of the outcome on `columns.of_outcome`;
        total : of the outcome on `columns.before`
    mediator_at : (k,) where the controlled direct effect holds the mediators; control (t,), treated (r, t)
    chain : in serial order, regressions of each mediator on `columns.before` and the earlier mediators; else empty
    interval : kind; lost : draws without a solution, not in the intervals; units : rows or groups drawn
    """

    names: tuple[str, ...]
    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    draws: Floats = field(repr=False)
    mediators: tuple[Regression, ...]
    outcome: Regression
    total: Regression
    mediator_at: Floats
    control: Floats
    treated: Floats
    interval: Interval
    level: float
    n: int
    units: int
    lost: int
    columns: Columns = field(repr=False)
    scale: Scale | None = field(repr=False)
    paths: Paths | None = field(repr=False)
    drawn: Paths | None = field(repr=False)
    chain: tuple[Regression, ...] = ()

    def of(self, name: str, compared: int = 0) -> tuple[float, float, float, float, float]:
        """Estimate, standard error, interval and p of one effect."""
        at = compared, self.names.index(name)
        estimate, se, low, high, p = (float(each[at]) for each in (self.estimate, self.se, self.low, self.high, self.p))
        return estimate, se, low, high, p


def mediate(
    treatment: ArrayLike,
    mediators: ArrayLike,
    outcome: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    interaction: bool = False,
    serial: bool = False,
    control: ArrayLike = 0.0,
    treated: ArrayLike = 1.0,
    mediator_at: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    interval: Interval = "percentile",
    draws: int = 2000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Mediation:
    """Total, direct and indirect effects by least squares; every mediator and the outcome are linear.

    treatment : (n,) or (n, t) numbers (0 and 1, or an indicator per arm but the first); mediators : (n,) or (n, k)
    outcome : (n,); covariates : (n, p) or None; no absent values. Effects are in units of the outcome
    interaction : products of treatment and mediators in the outcome's model; effects then depend on the arm
    serial : mediators stand in causal order; effects of every chain through them
    control, treated : values of the treatment compared, (t,), and (t,) or (r, t) for several comparisons
    mediator_at : (k,) for the controlled direct effect; the means of the sample by default
    cluster : (n,) labels of groups (therapists) that are drawn whole
    interval : "percentile" or "bca" draw rows with replacement; "monte carlo" draws coefficients from their normal
        distribution (MacKinnon, Lockwood & Williams 2004, Multivar Behav Res 39, 99-128)
    Raises ValueError when the data do not hold a model, or when hardly a draw does.

    "direct" and "indirect" are averages of the pure and total parts; without interaction all are the same. Of several
    mediators "indirect" is their joint effect. The parts "indirect_1" … shift one mediator's distribution as treatment
    does and add up to it, whatever moves what among the mediators (interventional effects: Vansteelandt & Daniel 2017,
    Epidemiology 28, 258-265). Compared with R's mediation, psych and lavaan in validation/mediation.

    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0.0, 1.0], 50)
    >>> m = 0.6 * x + rng.normal(size=100)
    >>> fit = mediate(x, m, 0.5 * m + rng.normal(size=100), draws=500, rng=rng)
    >>> a, b = fit.mediators[0].coefficients[1], fit.outcome.coefficients[2]
    >>> bool(np.isclose(fit.of("indirect")[0], a * b)), bool(np.isclose(fit.of("total")[0], fit.total.coefficients[1]))
    (True, True)
    """
    if not 0 < level < 1 or draws < 1:
        raise ValueError("level lies between 0 and 1, and there must be at least one draw.")
    made = columns(treatment, mediators, outcome, covariates, interaction=interaction, serial=serial)
    low, high, fixed = compared(made, control, treated, mediator_at)
    unit = units_of(cluster, made.n)
    if unit is not None and interval == "monte carlo":
        raise ValueError("Monte Carlo draws take rows as independent. With groups use 'percentile' or 'bca'.")
    near, scale = standardised(made)
    each = products(near, unit)
    point, _ = solve(near, each.sum(axis=0)[None])
    if interval == "monte carlo":
        drawn, good = _coefficients(near, point, draws, rng), np.ones(draws, dtype=bool)
    else:
        drawn, good = solve(near, sums(each, draws, rng))
    if good.sum() < max(2, draws / 2):
        raise ValueError(
            f"Only {int(good.sum())} of {draws} draws have a solution: the sample is too small for this model."
        )
    drawn = drawn.take(good)

    def effects(of: Paths) -> Floats:
        return np.stack([linear_effects(near, scale, of, low, row, fixed) for row in high], axis=1)

    k = made.m.shape[1]
    names = effect_names(k, split=interaction, serial=serial)
    values, estimate = effects(drawn), effects(point)[0]
    jack = effects(solve(near, left_out(each))[0]) if interval == "bca" else None
    spread = intervals(values, estimate, jack, level, names)
    before, after = made.before, made.of_outcome
    return Mediation(
        names=names,
        estimate=estimate,
        se=spread.se,
        low=spread.low,
        high=spread.high,
        p=spread.p,
        draws=values,
        mediators=tuple(least_squares(before, made.m[:, j], level=level) for j in range(k)),
        outcome=least_squares(after, made.y, level=level),
        total=least_squares(before, made.y, level=level),
        mediator_at=fixed,
        control=low,
        treated=high,
        interval=interval,
        level=level,
        n=made.n,
        units=len(each),
        lost=int(draws - good.sum()),
        columns=made,
        scale=scale,
        paths=point,
        drawn=drawn,
        chain=_chain(made, level),
    )


def _chain(of: Columns, level: float) -> tuple[Regression, ...]:
    if not of.serial:
        return ()
    before = of.before
    return tuple(
        least_squares(np.column_stack([before, of.m[:, :j]]), of.m[:, j], level=level) for j in range(of.m.shape[1])
    )


def compared(
    of: Columns, control: ArrayLike, treated: ArrayLike, mediator_at: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """control (t,), treated (r, t), mediator_at (k,), checked."""
    t, k = of.x.shape[1], of.m.shape[1]
    low = np.broadcast_to(np.asarray(control, dtype=np.float64), (t,)).copy()
    high = np.asarray(treated, dtype=np.float64)
    high = np.broadcast_to(high, (1, t)).copy() if high.ndim < 2 else high.copy()
    fixed = of.m.mean(axis=0) if mediator_at is None else np.asarray(mediator_at, dtype=np.float64)
    fixed = np.broadcast_to(fixed, (k,)).copy()
    if high.shape[1] != t or (high == low).all(axis=1).any():
        raise ValueError(f"treated must be (t,) or (comparisons, t) with t = {t}, and differ from control.")
    return low, high, fixed


def units_of(cluster: ArrayLike | None, n: int) -> np.ndarray | None:
    """(n,) codes from 0 of what is drawn together; None for rows.

    Raises ValueError with fewer groups than five.
    """
    if cluster is None:
        return None
    labels, unit = np.unique(np.asarray(cluster), return_inverse=True)
    if unit.shape != (n,):
        raise ValueError(f"cluster must be (n,) with n = {n}.")
    if labels.size < FEWEST_UNITS:
        raise ValueError(f"{labels.size} groups are too few to be drawn with replacement; it takes {FEWEST_UNITS}.")
    return unit


def intervals(values: Floats, estimate: Floats, jack: Floats | None, level: float, names: tuple[str, ...]) -> Spread:
    """Spread of (b, r, e) draws, each field (r, e)."""
    b, r, e = values.shape
    flat = values.reshape(b, r * e)
    one = None if jack is None else jack.reshape(len(jack), r * e)
    made = percentile(flat, level) if one is None else bias_corrected(flat, estimate.ravel(), one, level)
    se, low, high, p = (each.reshape(r, e).copy() for each in (made.se, made.low, made.high, made.p))
    p[:, names.index("proportion")] = np.nan
    return Spread(se, low, high, p)


def _coefficients(near: Columns, point: Paths, draws: int, rng: np.random.Generator) -> Paths:
    """Coefficients drawn from their normal distribution; the two models' are independent given the data."""
    t, k = near.x.shape[1], near.m.shape[1]
    before, after = near.before, near.of_outcome
    q = before.shape[1]
    root_m = np.linalg.cholesky(point.residual[0])
    root_z = np.linalg.cholesky(np.linalg.inv(before.T @ before))
    centre = np.column_stack([point.a0[0], point.ax[0], point.ac[0]])
    alpha = centre + root_m @ rng.standard_normal((draws, k, q)) @ root_z.T
    root_y = np.linalg.cholesky(np.linalg.inv(after.T @ after))
    middle = np.concatenate(
        [point.y0, point.yx[0], point.yc[0], point.ym[0], point.yxm[0].ravel()[: after.shape[1] - q - k]]
    )
    theta = middle + np.sqrt(point.error[0]) * rng.standard_normal((draws, middle.size)) @ root_y.T
    ym = theta[:, q : q + k]
    yxm = theta[:, q + k :].reshape(draws, k, t) if near.interaction else np.zeros((draws, k, t))

    def same(values: Floats) -> Floats:
        return np.broadcast_to(values, (draws, *values.shape[1:])).copy()

    among = same(point.among)
    if near.serial and k > 1:
        among = _links(near, draws, rng)
    return Paths(
        alpha[:, :, 0], alpha[:, :, 1 : 1 + t], alpha[:, :, 1 + t :], among, same(point.residual),
        theta[:, 0], theta[:, 1 : 1 + t], theta[:, 1 + t : q], ym, yxm,
        same(point.error), same(point.alone), same(point.c), same(point.m), same(point.y),
    )  # fmt: skip


def _links(near: Columns, draws: int, rng: np.random.Generator) -> Floats:
    """(draws, k, k) mediators on earlier ones, drawn."""
    k = near.m.shape[1]
    made = np.zeros((draws, k, k))
    for j in range(1, k):
        fit = least_squares(np.column_stack([near.before, near.m[:, :j]]), near.m[:, j])
        own = slice(near.before.shape[1], None)
        root = np.linalg.cholesky(fit.covariance[own, own])
        made[:, j, :j] = fit.coefficients[own] + rng.standard_normal((draws, j)) @ root.T
    return made


__all__ = ["FEWEST_UNITS", "Interval", "Mediation", "compared", "intervals", "mediate", "units_of"]
