"""From the table of parameters to matrices and start values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from forwhom.kernels.sem.ram import Cells, Ram
from forwhom.models.structural.constraints import Links
from forwhom.models.structural.table import Model, Parameter

Array = NDArray[np.float64]
HALF = 0.5**-0.5
"""Where the scale of a factor is its variance of 1, loadings begin where it explains half of each indicator."""


def ram(model: Model, group: int, *, linked: bool = True) -> Ram:
    """The matrices of one group.

    linked : in the free numbers only; False: in every number of the table, as if no equation held
    """
    place = {name: i for i, name in enumerate((*model.observed, *model.latent))}
    v = len(place)
    paths, covariances, means = np.zeros((v, v)), np.zeros((v, v)), np.zeros(v)
    links = model.links if linked else None
    free = {kind: Entries(links) for kind in "asm"}
    for each in model.parameters:
        if each.group != group or each.operator in ("|", "~*~"):
            continue
        kind, row, column = _cell(each, place)
        value = each.value or 0.0 if each.free is None else free[kind].add(row, column, each.free)
        if kind == "a":
            paths[row, column] = value
        elif kind == "s":
            covariances[row, column] = covariances[column, row] = value
        else:
            means[row] = value
    a, s, m = (free[kind].cells for kind in "asm")
    return Ram(paths, covariances, means, a, s, m, len(model.observed))


class Entries:
    """Free cells being listed; where equations hold, a cell may take several entries, one for each number it is made of."""

    def __init__(self, links: Links | None) -> None:
        self._links = links
        self._rows: list[tuple[int, int, int, float]] = []

    def add(self, row: int, column: int, number: int) -> float:
        """List a cell; returns the fixed part of its value."""
        if self._links is None:
            self._rows.append((row, column, number, 1.0))
            return 0.0
        slope = self._links.slope[number]
        self._rows += [(row, column, int(k), float(slope[k])) for k in np.flatnonzero(slope)]
        return float(self._links.base[number])

    @property
    def cells(self) -> Cells:
        """What was listed."""
        row, column, number = ([each[k] for each in self._rows] for k in range(3))
        weight = None if self._links is None else [each[3] for each in self._rows]
        return Cells.of([int(k) for k in row], [int(k) for k in column], [int(k) for k in number], weight)


def _cell(each: Parameter, place: dict[str, int]) -> tuple[str, int, int]:
    if each.operator == "=~":
        return "a", place[each.right], place[each.left]
    if each.operator == "~":
        return "a", place[each.left], place[each.right]
    if each.operator == "~~":
        one, other = place[each.left], place[each.right]
        return "s", max(one, other), min(one, other)
    return "m", place[each.left], 0


def starts(model: Model, data: Sequence[Array]) -> Array:
    """Start values: the user's, else loadings from the first principal axis of a factor's indicators, half of each
    variance as residual, observed means."""
    theta = np.zeros(model.free if model.links is None else model.links.base.size)
    for group, y in enumerate(data):
        theta = _group_starts(model, group, y, theta)
    for each in model.parameters:
        if each.free is not None and each.start is not None:
            theta[each.free] = each.start
    return theta if model.links is None else theta[model.links.own]


def _group_starts(model: Model, group: int, y: Array, theta: Array) -> Array:
    theta = theta.copy()
    mean, variance, correlation = _simple_moments(y)
    place = {name: i for i, name in enumerate(model.observed)}
    behind = [place[name] for name in model.ordered]
    mean[behind], variance[behind] = 0.0, 1.0
    own = [each for each in model.parameters if each.group == group]
    loading, size = _loadings(model, own, place, variance, correlation)
    for each in own:
        if each.free is None:
            continue
        value = 0.0
        if each.operator == "=~":
            value = loading.get((each.left, each.right), 1.0)
        elif each.operator == "~~" and each.left == each.right:
            if each.left in place:
                whole = each.left in model.exogenous
                value = float(variance[place[each.left]]) * (1.0 if whole else 0.5)
            else:
                value = size[each.left]
        elif each.operator == "~~" and each.left in model.exogenous and each.right in model.exogenous:
            one, other = place[each.left], place[each.right]
            value = float(correlation[one, other] * np.sqrt(variance[one] * variance[other])) * 0.9
        elif each.operator == "~1" and each.left in place:
            value = float(mean[place[each.left]])
        elif each.operator == "~*~":
            value = 1.0
        elif each.operator == "|":
            there = y[np.isfinite(y[:, place[each.left]]), place[each.left]]
            below = np.searchsorted(np.sort(there), np.unique(there), side="left") / there.size
            value = float(ndtri(below[int(each.right[1:])]))
        theta[each.free] = value
    return theta


def _loadings(
    model: Model, own: Sequence[Parameter], place: dict[str, int], variance: Array, correlation: Array
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Start values of loadings and of the variances of latent variables. Units do not matter: other ones of a column change
    what it enters by that factor, and nothing else."""
    loading: dict[tuple[str, str], float] = {}
    size = dict.fromkeys(model.latent, 0.05)
    measured = {
        factor: [each for each in own if each.operator == "=~" and each.left == factor] for factor in model.latent
    }
    for factor, items in measured.items():
        seen = [each for each in items if each.right in place]
        if not seen:
            continue
        where = [place[each.right] for each in seen]
        axis = np.linalg.eigh(correlation[np.ix_(where, where)])[1][:, -1]
        axis = axis if axis[0] >= 0 else -axis
        spread = np.sqrt(variance[where])
        marker = next((i for i, each in enumerate(seen) if each.value not in (None, 0.0)), None)
        scale = HALF / np.sqrt(len(where))
        if marker is not None:
            # A marker that hardly loads would make every other loading huge.
            low = max(abs(axis[marker]), 1e-3 * float(np.abs(axis).max()))
            scale = float(np.copysign(low, axis[marker])) * spread[marker] / (seen[marker].value or 1.0)
        loading.update({(factor, each.right): float(axis[i] * spread[i] / scale) for i, each in enumerate(seen)})
        sharing = sum(each.operator == "=~" and each.right == seen[0].right for each in own)
        size[factor] = 0.5 * float(variance[where[0]]) / max(sharing, 1)
    for factor, items in measured.items():
        if items and not any(each.right in place for each in items):
            first = size[items[0].right]
            loading.update({(factor, each.right): float(np.sqrt(size[each.right] / first)) for each in items})
            size[factor] = first
    return loading, size


def _simple_moments(y: Array) -> tuple[Array, Array, Array]:
    """Means, variances and pairwise correlations of what is there."""
    there = np.isfinite(y)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, y, 0.0).sum(axis=0) / count
    off = np.where(there, y - mean, 0.0)
    variance = (off**2).sum(axis=0) / count
    standard = off / np.sqrt(np.where(variance > 0, variance, 1.0))
    together = there.T.astype(float) @ there
    correlation = np.clip(standard.T @ standard / np.maximum(together, 1), -0.99, 0.99)
    np.fill_diagonal(correlation, 1.0)
    return mean, variance, correlation
