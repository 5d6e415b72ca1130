"""Coefficients of both models of linear mediation for many weightings of the rows at once.

Rows drawn with replacement are weights, and least squares needs only weighted cross-products: a matrix product gives
those of every draw, and one elimination, done for all draws together, the regressions of mediators and outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from forwhom.kernels.mediation.columns import Columns, Floats

TINY = 1e-10
"""Share of a column's variation below which a draw counts as collinear."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Coefficients of b fits, of columns brought to mean 0 and variance 1 (see `Scale`).

    a0 (b, k), ax (b, k, t), ac (b, k, p) : mediators on constant, treatment, covariates
    among : (b, k, k) mediator j on the earlier ones, given treatment and covariates; lower triangle; serial order only
    residual : (b, k, k) residual covariance matrix of the mediators, divided by their degrees of freedom
    y0 (b,), yx (b, t), yc (b, p), ym (b, k), yxm (b, k, t) : outcome on constant … mediators, products
    error : (b,) residual variance of the outcome given all that; alone : (b,) given treatment and covariates only
    c : (b, p) means of the covariates
    m, y : (b, k), (b,) total variances of mediators and outcome
    """

    a0: Floats
    ax: Floats
    ac: Floats
    among: Floats
    residual: Floats
    y0: Floats
    yx: Floats
    yc: Floats
    ym: Floats
    yxm: Floats
    error: Floats
    alone: Floats
    c: Floats
    m: Floats
    y: Floats

    def __len__(self) -> int:
        return self.y0.size

    def take(self, rows: object) -> Paths:
        """Some of the fits."""
        return Paths(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Scale:
    """Means and standard deviations of treatment (t,), mediators (k,) and outcome."""

    x: tuple[Floats, Floats]
    m: tuple[Floats, Floats]
    y: tuple[float, float]


def standardised(of: Columns) -> tuple[Columns, Scale]:
    """The same model in columns of mean 0 and variance 1, which keeps cross-products well conditioned."""
    x, c, m = (_scale(block) for block in (of.x, of.c, of.m))
    y = (float(of.y.mean()), float(of.y.std()))
    made = Columns(
        (of.x - x[0]) / x[1],
        (of.c - c[0]) / c[1],
        (of.m - m[0]) / m[1],
        (of.y - y[0]) / y[1],
        of.interaction,
        of.serial,
    )
    return made, Scale(x, m, y)


def _scale(block: Floats) -> tuple[Floats, Floats]:
    return block.mean(axis=0), block.std(axis=0)


def products(of: Columns, unit: np.ndarray | None = None) -> Floats:
    """(units, q) distinct cross-products of the columns, summed over the rows of each unit.

    unit : (n,) codes 0 … units - 1 of what is drawn together; None when every row is drawn on its own
    """
    wide = np.column_stack([of.of_outcome, of.y])
    first, second = np.triu_indices(wide.shape[1])
    every = wide[:, first] * wide[:, second]
    if unit is None:
        return every
    made = np.zeros((int(unit.max()) + 1, every.shape[1]))
    np.add.at(made, unit, every)
    return made


def solve(of: Columns, summed: Floats) -> tuple[Paths, np.ndarray]:
    """Both models from summed cross-products (b, q), and (b,) flags of the fits that have a solution.

    Entries of fits without a solution mean nothing.
    """
    t, p, k = of.x.shape[1], of.c.shape[1], of.m.shape[1]
    d = 2 + t + p + k + of.products.shape[1]
    first, second = np.triu_indices(d)
    a = np.empty((d, d, len(summed)))
    a[first, second] = summed.T
    a[second, first] = summed.T
    n = a[0, 0].copy()
    good = np.ones(len(summed), dtype=bool)
    raw = np.array([a[j, j] for j in range(d)])
    eliminate(a, 0, good, np.ones_like(n))
    start = np.array([a[j, j] for j in range(d)])
    # A column that is constant in a draw leaves rounding here, which must not count as variation.
    good &= (start[1:] > TINY * raw[1:]).all(axis=0)
    means = a[0].copy()
    x, c, m = slice(1, 1 + t), slice(1 + t, 1 + t + p), slice(1 + t + p, 1 + t + p + k)
    for j in range(1, 1 + t + p):
        eliminate(a, j, good, start[j])
    df = n - 1 - t - p
    mediators = a[:, m].copy()
    residual = a[m, m] / df
    alone = a[-1, -1] / df
    among = np.zeros((k, k, len(n)))
    for j in range(m.start, d - 1):
        if j < m.stop:
            among[j - m.start, : j - m.start] = a[m.start : j, j]
        eliminate(a, j, good, start[j])
    good &= (start[-1] > 0) & (n > d)
    y = a[:, -1]
    yxm = y[m.stop : -1].reshape(k, t, -1) if of.interaction else np.zeros((k, t, len(n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        made = Paths(
            a0=mediators[0],
            ax=mediators[x].swapaxes(0, 1),
            ac=mediators[c].swapaxes(0, 1),
            among=among,
            residual=residual,
            y0=y[0],
            yx=y[x],
            yc=y[c],
            ym=y[m],
            yxm=yxm,
            error=a[-1, -1] / (n - d + 1),
            alone=alone,
            c=means[c],
            m=start[m] / n,
            y=start[-1] / n,
        )
    return Paths(*(np.moveaxis(getattr(made, each.name), -1, 0) for each in fields(made))), good


def eliminate(a: Floats, j: int, good: np.ndarray, start: Floats) -> None:
    """Gauss-Jordan step on column j of (d, d, b) in place; draws whose pivot is gone are flagged and kept finite."""
    pivot = a[j, j].copy()
    there = pivot > TINY * np.maximum(start, np.finfo(float).tiny)
    good &= there
    row = a[j] / np.where(there, pivot, 1.0)
    below = a[:, j].copy()
    below[j] = 0.0
    a -= below[:, None] * row[None]
    a[j] = row


__all__ = ["Paths", "Scale", "eliminate", "products", "solve", "standardised"]
