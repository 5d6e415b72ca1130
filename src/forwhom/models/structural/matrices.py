"""From the table of parameters to matrices and start values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from forwhom.kernels.sem.ram import Cells, Ram
from forwhom.models.structural.table import Model, Parameter

Array = NDArray[np.float64]


def ram(model: Model, group: int) -> Ram:
    """The matrices of one group."""
    place = {name: i for i, name in enumerate((*model.observed, *model.latent))}
    v = len(place)
    paths, covariances, means = np.zeros((v, v)), np.zeros((v, v)), np.zeros(v)
    free: dict[str, tuple[list[int], list[int], list[int]]] = {kind: ([], [], []) for kind in "asm"}
    for each in model.parameters:
        if each.group != group or each.operator in ("|", "~*~"):
            continue
        kind, row, column = _cell(each, place)
        if each.free is not None:
            for part, number in zip(free[kind], (row, column, each.free), strict=True):
                part.append(number)
        elif kind == "a":
            paths[row, column] = each.value or 0.0
        elif kind == "s":
            covariances[row, column] = covariances[column, row] = each.value or 0.0
        else:
            means[row] = each.value or 0.0
    a, s, m = (Cells.of(*free[kind]) for kind in "asm")
    return Ram(paths, covariances, means, a, s, m, len(model.observed))


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
    theta = np.zeros(model.free)
    for group, y in enumerate(data):
        theta = _group_starts(model, group, y, theta)
    for each in model.parameters:
        if each.free is not None and each.start is not None:
            theta[each.free] = each.start
    return theta


def _group_starts(model: Model, group: int, y: Array, theta: Array) -> Array:
    theta = theta.copy()
    mean, variance, correlation = _simple_moments(y)
    place = {name: i for i, name in enumerate(model.observed)}
    behind = [place[name] for name in model.ordered]
    mean[behind], variance[behind] = 0.0, 1.0
    own = [each for each in model.parameters if each.group == group]
    loading, size = {}, dict.fromkeys(model.latent, 0.05)
    for factor in model.latent:
        items = [each for each in own if each.operator == "=~" and each.left == factor]
        seen = [each for each in items if each.right in place]
        if not seen:
            loading.update({(factor, each.right): 1.0 for each in items})
            size[factor] = 0.5
            continue
        where = [place[each.right] for each in seen]
        axis = np.linalg.eigh(correlation[np.ix_(where, where)])[1][:, -1] * np.sqrt(variance[where])
        axis = axis if axis[0] >= 0 else -axis
        marker = next((i for i, each in enumerate(seen) if each.value not in (None, 0.0)), None)
        scale = (
            axis[marker] / (seen[marker].value or 1.0)
            if marker is not None
            else np.linalg.norm(axis) / np.sqrt(len(where))
        )
        scale = scale if abs(scale) > 1e-3 * np.abs(axis).max() else float(np.abs(axis).max())
        loading.update({(factor, each.right): float(axis[i] / scale) for i, each in enumerate(seen)})
        sharing = sum(each.operator == "=~" and each.right == seen[0].right for each in own)
        size[factor] = 0.5 * float(variance[where[0]]) / max(sharing, 1)
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
