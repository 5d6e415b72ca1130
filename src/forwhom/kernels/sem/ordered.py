"""A structural equation model behind ordered answers: what it implies for thresholds and correlations, with derivatives.

Behind the answer of variable i lies a response y* with moments Sigma and mu of the reticular action matrices; the answer tells in
which interval between thresholds tau the response falls. With scales d,

    threshold  d_i (tau - mu_i)        covariance  d_i d_j Sigma_ij

In the delta parameterisation d are parameters (1 where fixed) and the residual variances of ordered variables follow; in the theta
parameterisation residual variances are parameters and d_i = Sigma_ii^-1/2 (Muthen & Asparouhov, 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.polychoric import item_pairs
from forwhom.kernels.sem.ram import Cells, Implied, Places, Ram, directions, gathered, implied

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ordered:
    """One group's model of ordered variables.

    ram : matrices of the responses; in the delta parameterisation residual variances of ordered variables are fixed at 0
    ordered : (p,); item : (t,) variable of each threshold
    thresholds : (t,) and scales : (p,) fixed values; free_thresholds, free_scales : the free ones (columns are 0)
    theta : the theta parameterisation
    """

    ram: Ram
    ordered: NDArray[np.bool_]
    item: NDArray[np.intp]
    thresholds: Array
    scales: Array
    free_thresholds: Cells
    free_scales: Cells
    theta: bool = False

    @property
    def cells(self) -> Places:
        """Parameter of each free cell: those of the matrices, thresholds, scales."""
        return Places.joined([self.ram.cells, self.free_thresholds.places, self.free_scales.places])


@dataclass(frozen=True, slots=True)
class Predicted:
    """Statistics at one parameter vector, in the order of `OrderedMoments`, with their derivatives by cell (s, c)."""

    at: Implied
    values: Array
    slopes: Array
    scales: Array


def predicted(model: Ordered, theta: Array) -> Predicted:
    """What the model implies at theta (q,).

    Raises ValueError where a response has no positive variance in the theta parameterisation, or paths form a loop without
    finite effects.
    """
    at = implied(model.ram, theta)
    p = model.ram.observed
    along = directions(model.ram, at)
    x, y = along.vectors[:, along.x], along.vectors[:, along.y]
    d_mu = at.seen[:, along.z] * along.shift
    tau, d = model.free_thresholds.filled(model.thresholds, theta), model.free_scales.filled(model.scales, theta)
    own = np.diagonal(at.sigma)
    d_own = 2 * along.weight * x * y
    cells = along.x.size
    total = model.cells.size
    d_d = np.zeros((p, total))
    if model.theta:
        if not (own[model.ordered] > 0).all():
            raise ValueError("a response has no positive variance")
        d = np.where(model.ordered, 1 / np.sqrt(np.where(model.ordered, own, 1.0)), d)
        d_d[:, :cells] = np.where(model.ordered[:, None], -0.5 * d[:, None] ** 3 * d_own, 0.0)
    after = cells + model.free_thresholds.row.size
    d_d[model.free_scales.row, after + np.arange(model.free_scales.row.size)] = 1.0
    item, rest = model.item, np.flatnonzero(~model.ordered)
    one, two = item_pairs(p)
    gap = tau - at.mu[item]
    slopes = np.zeros((item.size + 2 * rest.size + one.size, total))
    above = slopes[: item.size]
    above[:, :cells] = -d[item, None] * d_mu[item]
    above[model.free_thresholds.row, cells + np.arange(model.free_thresholds.row.size)] = d[
        item[model.free_thresholds.row]
    ]
    above += d_d[item] * gap[:, None]
    slopes[item.size : item.size + rest.size, :cells] = d_mu[rest]
    slopes[item.size + rest.size : item.size + 2 * rest.size, :cells] = d_own[rest]
    shared = slopes[item.size + 2 * rest.size :]
    between = at.sigma[one, two]
    shared[:, :cells] = (d[one] * d[two])[:, None] * along.weight * (x[one] * y[two] + y[one] * x[two])
    shared += d_d[one] * (d[two] * between)[:, None] + d_d[two] * (d[one] * between)[:, None]
    values = np.concatenate([d[item] * gap, at.mu[rest], own[rest], d[one] * d[two] * between])
    return Predicted(at, values, slopes, d)


def responses(model: Ordered, theta: Array) -> tuple[Implied, Array]:
    """Moments of the responses, and the scales (p,), without derivatives."""
    at = implied(model.ram, theta)
    scales = model.free_scales.filled(model.scales, theta)
    if model.theta:
        own = np.diagonal(at.sigma)
        scales = np.where(model.ordered, 1 / np.sqrt(np.where(own > 0, own, np.nan)), scales)
    return at, scales


def completed(model: Ordered, at: Implied, scales: Array, theta: Array) -> Implied:
    """Moments of the responses with the residual variances that follow from the scales (delta parameterisation)."""
    if model.theta:
        return at
    places = np.flatnonzero(model.ordered)
    covariances = model.ram.covariances.copy()
    covariances[places, places] += scales[places] ** -2.0 - np.diagonal(at.sigma)[places]
    return implied(replace(model.ram, covariances=covariances), theta)


def by_parameter(model: Ordered, at: Predicted, q: int) -> Array:
    """Derivatives of the statistics by parameter, (s, q)."""
    return gathered(model.cells, q, at.slopes)


def thresholds_free(models: Sequence[Ordered], at: Sequence[Predicted], q: int) -> bool:
    """Whether every threshold has a parameter of its own, which moves nothing else: only correlations can misfit then."""
    free = [int(k) for model in models for k in model.free_thresholds.parameter]
    if len(set(free)) < len(free) or any(m.free_thresholds.row.size < m.item.size for m in models):
        return False
    moved = sum(np.count_nonzero(by_parameter(m, each, q), axis=0) for m, each in zip(models, at, strict=True))
    return bool((np.asarray(moved)[free] == 1).all())


__all__ = ["Ordered", "Predicted", "by_parameter", "completed", "predicted", "responses", "thresholds_free"]
