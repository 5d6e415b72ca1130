"""Mediation with a binary mediator or a binary outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels.mediation.binary import Link, regression, weighted
from forwhom.kernels.mediation.columns import Columns, Floats, columns
from forwhom.kernels.mediation.drawing import counted
from forwhom.kernels.mediation.effects import effect_names
from forwhom.kernels.mediation.integrated import Models, People, integrated_effects
from forwhom.kernels.mediation.linear import Interval, Mediation, compared, intervals, units_of
from forwhom.kernels.mediation.paths import Scale, products, solve, standardised
from forwhom.kernels.mediation.regression import Regression, least_squares

TOGETHER = 500_000
"""Weights of rows held in memory at once."""


def mediate_binary(
    treatment: ArrayLike,
    mediators: ArrayLike,
    outcome: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    mediator_link: Link = "linear",
    outcome_link: Link = "linear",
    interaction: bool = False,
    control: ArrayLike = 0.0,
    treated: ArrayLike = 1.0,
    mediator_at: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    interval: Interval = "percentile",
    draws: int = 2000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Mediation:
    """Total, direct and indirect effects where mediator or outcome takes the values 0 and 1.

    Arguments and result as in `mediate`. Effects are differences of means: of risks for a binary outcome, averaged over
    the people. mediator_link, outcome_link : "linear", "logit" or "probit"; a mediator that is not linear must be the only
    one. By default the controlled direct effect holds a binary mediator at 0.
    Raises ValueError also when zeros and ones of a binary variable are separated.

    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0.0, 1.0], 100)
    >>> m = x + rng.normal(size=200)
    >>> y = (m + rng.normal(size=200) > 0.5).astype(float)
    >>> fit = mediate_binary(x, m, y, outcome_link="probit", draws=200, rng=rng)
    >>> total, pure, full = (fit.of(name)[0] for name in ("total", "direct_pure", "indirect_total"))
    >>> bool(np.isclose(total, pure + full))
    True
    """
    if not 0 < level < 1 or draws < 1:
        raise ValueError("level lies between 0 and 1, and there must be at least one draw.")
    made = columns(treatment, mediators, outcome, covariates, interaction=interaction)
    _check(made, mediator_link, outcome_link)
    if mediator_at is None and mediator_link != "linear":
        mediator_at = 0.0
    low, high, fixed = compared(made, control, treated, mediator_at)
    unit = units_of(cluster, made.n)
    if unit is not None and interval == "monte carlo":
        raise ValueError("Monte Carlo draws take rows as independent. With groups use 'percentile' or 'bca'.")
    k = made.m.shape[1]
    before, after = made.before, made.of_outcome
    mediator_fits = tuple(_table(before, made.m[:, j], mediator_link, level) for j in range(k))
    outcome_fit = _table(after, made.y, outcome_link, level)
    total_fit = _table(before, made.y, outcome_link, level)
    work = _Work.of(made, mediator_link, outcome_link, unit)

    def effects(models: Models, weights: Floats) -> Floats:
        people = work.people(weights)
        return np.stack(
            [integrated_effects(models, people, work.x(low), work.x(row), work.m(fixed)) for row in high], axis=1
        )

    names = effect_names(k, split=True)
    # A share has no unit.
    per_unit = np.where(np.array(names) == "proportion", 1.0, work.unit_of_y)
    everybody = np.ones((1, work.units))
    point = work.fit(everybody)[0]
    estimate = effects(point, everybody)[0] * per_unit
    if interval == "monte carlo":
        same = np.broadcast_to(everybody, (draws, work.units))
        values, good = effects(work.drawn(point, mediator_fits, draws, rng), same), np.ones(draws, dtype=bool)
    else:
        values, good = work.over(counted(work.units, draws, rng), effects)
    if good.sum() < max(2, draws / 2):
        raise ValueError(
            f"Only {int(good.sum())} of {draws} draws have a solution: the sample is too small for this model."
        )
    values = values[good] * per_unit
    jack = None
    if interval == "bca":
        every, fine = work.over(iter([1.0 - np.eye(work.units)]), effects)
        jack = every[fine] * per_unit
    spread = intervals(values, estimate, jack, level, names)
    return Mediation(
        names=names,
        estimate=estimate,
        se=spread.se,
        low=spread.low,
        high=spread.high,
        p=spread.p,
        draws=values,
        mediators=mediator_fits,
        outcome=outcome_fit,
        total=total_fit,
        mediator_at=fixed,
        control=low,
        treated=high,
        interval=interval,
        level=level,
        n=made.n,
        units=work.units,
        lost=int(draws - good.sum()),
        columns=made,
        scale=None,
        paths=None,
        drawn=None,
    )


def _check(of: Columns, mediator: Link, outcome: Link) -> None:
    wrong = []
    if mediator != "linear" and of.m.shape[1] > 1:
        wrong.append("A binary mediator must be the only one.")
    for word, link, values in (("mediator", mediator, of.m[:, 0]), ("outcome", outcome, of.y)):
        if link not in ("linear", "logit", "probit"):
            wrong.append(f"The link of the {word} is 'linear', 'logit' or 'probit', not {link!r}.")
        elif link != "linear" and not np.isin(values, (0.0, 1.0)).all():
            wrong.append(f"The {word} must be 0 or 1 for a {link} model.")
    if wrong:
        raise ValueError(" ".join(wrong))


def _table(columns_: Floats, y: Floats, link: Link, level: float) -> Regression:
    return least_squares(columns_, y, level=level) if link == "linear" else regression(columns_, y, link, level=level)


class _Work:
    """Both models on columns of mean 0 and variance 1, but binary ones as they are; fits by weights of units."""

    def __init__(self, near: Columns, scale: Scale, mediator: Link, outcome: Link, unit: np.ndarray | None) -> None:
        self.near, self.scale, self.mediator, self.outcome, self.unit = near, scale, mediator, outcome, unit
        self.units = near.n if unit is None else int(unit.max()) + 1
        self.unit_of_y = scale.y[1]
        self.each = products(near, unit)
        self.c, self.pattern = np.unique(near.c, axis=0, return_inverse=True)
        self.pattern = self.pattern.ravel()
        self.alpha = self._start(near.before, near.m[:, 0], mediator)
        self.theta = self._start(near.of_outcome, near.y, outcome)

    @classmethod
    def of(cls, made: Columns, mediator: Link, outcome: Link, unit: np.ndarray | None) -> _Work:
        near, scale = standardised(made)
        m, y = near.m, near.y
        at_m, at_y = scale.m, scale.y
        if mediator != "linear":
            m, at_m = made.m, (np.zeros(1), np.ones(1))
        if outcome != "linear":
            y, at_y = made.y, (0.0, 1.0)
        return cls(Columns(near.x, near.c, m, y, made.interaction), Scale(scale.x, at_m, at_y), mediator, outcome, unit)

    def x(self, value: Floats) -> Floats:
        return (value - self.scale.x[0]) / self.scale.x[1]

    def m(self, value: Floats) -> Floats:
        return (value - self.scale.m[0]) / self.scale.m[1]

    def rows(self, weights: Floats) -> Floats:
        """(b, n) weights of rows from those of units."""
        return weights if self.unit is None else weights[:, self.unit]

    def people(self, weights: Floats) -> People:
        rows = self.rows(weights)
        if len(self.c) == self.near.n:
            return People(self.near.c, rows)
        made = np.zeros((len(self.c), len(rows)))
        np.add.at(made, self.pattern, rows.T)
        return People(self.c, made.T)

    def _start(self, wide: Floats, y: Floats, link: Link) -> Floats:
        return np.zeros(0) if link == "linear" else regression(wide, y, link).coefficients

    def fit(self, weights: Floats) -> tuple[Models, np.ndarray]:
        """Both models of (b, units) weights, and flags of the fits that have a solution."""
        t, k = self.near.x.shape[1], self.near.m.shape[1]
        at, good = solve(self.near, weights @ self.each)
        rows = self.rows(weights)
        a0, ax, ac = at.a0, at.ax, at.ac
        y0, yx, yc, ym, yxm = at.y0, at.yx, at.yc, at.ym, at.yxm
        q = 1 + t + self.near.c.shape[1]
        if self.mediator != "linear":
            alpha, settled = weighted(self.near.before, self.near.m[:, 0], rows, self.mediator, self.alpha)
            good &= settled
            a0, ax, ac = alpha[:, :1], alpha[:, None, 1 : 1 + t], alpha[:, None, 1 + t :]
        if self.outcome != "linear":
            theta, settled = weighted(self.near.of_outcome, self.near.y, rows, self.outcome, self.theta)
            good &= settled
            y0, yx, yc, ym = theta[:, 0], theta[:, 1 : 1 + t], theta[:, 1 + t : q], theta[:, q : q + k]
            yxm = theta[:, q + k :].reshape(-1, k, t) if self.near.interaction else yxm
        return Models(self.mediator, self.outcome, a0, ax, ac, at.residual, y0, yx, yc, ym, yxm), good

    def over(self, blocks: Iterable[Floats], effects: Callable[[Models, Floats], Floats]) -> tuple[Floats, np.ndarray]:
        """Effects of every row of every block of weights."""
        size = max(1, TOGETHER // self.near.n)
        values, flags = [], []
        for block in blocks:
            for start in range(0, len(block), size):
                weights = block[start : start + size]
                models, good = self.fit(weights)
                values.append(effects(models, weights))
                flags.append(good)
        return np.concatenate(values), np.concatenate(flags)

    def drawn(self, point: Models, fits: tuple[Regression, ...], draws: int, rng: np.random.Generator) -> Models:
        """Coefficients drawn from their normal distribution; the two models' are independent given the data."""
        t, k = self.near.x.shape[1], self.near.m.shape[1]
        q = 1 + t + self.near.c.shape[1]
        if self.mediator == "linear":
            root = np.linalg.cholesky(np.linalg.inv(self.near.before.T @ self.near.before))
            centre = np.column_stack([point.a0[0], point.ax[0], point.ac[0]])
            spread = np.linalg.cholesky(point.residual[0])
            alpha = centre + spread @ rng.standard_normal((draws, k, q)) @ root.T
        else:
            alpha = _normal(regression(self.near.before, self.near.m[:, 0], self.mediator), draws, rng)[:, None]
        theta = _normal(_table(self.near.of_outcome, self.near.y, self.outcome, 0.95), draws, rng)
        yxm = theta[:, q + k :].reshape(draws, k, t) if self.near.interaction else np.zeros((draws, k, t))
        residual = np.broadcast_to(point.residual, (draws, k, k))
        parts = theta[:, 0], theta[:, 1 : 1 + t], theta[:, 1 + t : q], theta[:, q : q + k]
        return Models(
            self.mediator,
            self.outcome,
            alpha[:, :, 0],
            alpha[:, :, 1 : 1 + t],
            alpha[:, :, 1 + t :],
            residual,
            *parts,
            yxm,
        )


def _normal(fit: Regression, draws: int, rng: np.random.Generator) -> Floats:
    root = np.linalg.cholesky(fit.covariance)
    return np.asarray(fit.coefficients + rng.standard_normal((draws, fit.coefficients.size)) @ root.T)


__all__ = ["mediate_binary"]
