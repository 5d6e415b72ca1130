"""How large a difference in the functioning of items is, in points and in standard deviations of the trait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.graded_groups import GradedGroups
from forwhom.kernels.graded_likelihood import quadrature
from forwhom.kernels.graded_scores import category_curves
from forwhom.models.latent_traits.data import Answered
from forwhom.models.latent_traits.dif_result import DifSize
from forwhom.models.latent_traits.model import value_of
from forwhom.models.latent_traits.result import Value

Array = NDArray[np.float64]
NUDGE = 1e-4


def item_sizes(found: Answered, fit: GradedGroups, j: int, z: float) -> tuple[DifSize, ...]:
    """Of item j, free in `fit`, in each group after the first."""
    made = []
    for g in range(1, len(found.codes)):
        curve = _difference(found, fit, [j], g)
        away, weight = curve(fit.theta)
        points = _with_interval(partial(_mean, curve), fit, [j], g, z)
        shift = _with_interval(partial(_shift, fit, j, g), fit, [j], g, z)
        made.append(DifSize(found.labels[g], points, float(np.abs(away) @ weight), shift))
    return tuple(made)


def total_sizes(found: Answered, fit: GradedGroups, z: float) -> tuple[tuple[Value, ...], tuple[float, ...]]:
    """Effect of all free items on the sum score in each group after the first: points, and in its standard deviations."""
    points, in_sd = [], []
    for g in range(1, len(found.codes)):
        free = list(fit.free)
        if not free:
            points.append(Value(0.0, None, None, None))
            in_sd.append(0.0)
            continue
        curve = _difference(found, fit, free, g)
        made = _with_interval(partial(_mean, curve), fit, free, g, z)
        points.append(made)
        in_sd.append(made.estimate / _sd_of_sum(found, fit, g))
    return tuple(points), tuple(in_sd)


def _mean(curve: Callable[[Array], tuple[Array, Array]], theta: Array) -> float:
    away, weight = curve(theta)
    return float(away @ weight)


def _difference(
    found: Answered, fit: GradedGroups, items: Sequence[int], g: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Expected answers to the items by group g's parameters less those by the first group's, over people of group g."""
    node, weight = quadrature()

    def at(theta: Array) -> tuple[Array, Array]:
        mean, sd = _population(fit, theta, g)
        curves = [_expected(found, fit, theta, items, group, mean + sd * node) for group in (g, 0)]
        return curves[0] - curves[1], weight

    return at


def _expected(found: Answered, fit: GradedGroups, theta: Array, items: Sequence[int], g: int, trait: Array) -> Array:
    slope, step = fit.layout.unpack(theta[fit.place[g]])
    share = category_curves(slope, step, trait)[0]
    total = np.zeros(trait.size)
    for j in items:
        values = np.asarray(found.values[j])
        total += values @ share[j, : values.size]
    return total


def _sd_of_sum(found: Answered, fit: GradedGroups, g: int) -> float:
    """Standard deviation of the sum score the model expects in group g."""
    node, weight = quadrature()
    slope, step = fit.layout.unpack(fit.theta[fit.place[g]])
    share = category_curves(slope, step, float(fit.mean[g]) + float(fit.sd[g]) * node)[0]
    mean, noise = np.zeros(node.size), np.zeros(node.size)
    for j, own in enumerate(found.values):
        values = np.asarray(own)
        each = values @ share[j, : values.size]
        mean += each
        noise += values**2 @ share[j, : values.size] - each**2
    centre = float(mean @ weight)
    return float(np.sqrt((mean - centre) ** 2 @ weight + noise @ weight))


def _shift(fit: GradedGroups, j: int, g: int, theta: Array) -> float:
    locations = []
    for group in (g, 0):
        slope, step = fit.layout.unpack(theta[fit.place[group]])
        locations.append(-step[j] / slope[j])
    return float(np.nanmean(locations[0] - locations[1]))


def _population(fit: GradedGroups, theta: Array, g: int) -> tuple[float, float]:
    mean, log_sd = fit.spread[g]
    return (0.0, 1.0) if mean < 0 else (float(theta[mean]), float(np.exp(theta[log_sd])))


def _with_interval(value: Callable[[Array], float], fit: GradedGroups, items: Sequence[int], g: int, z: float) -> Value:
    """Delta method, with slopes by central differences."""
    estimate = value(fit.theta)
    if not fit.converged or not np.isfinite(fit.covariance).all():
        return Value(estimate, None, None, None)
    places = [fit.place[group][fit.layout.item == j] for group in (0, g) for j in items]
    moved = np.unique(np.concatenate([*places, fit.spread[g][fit.spread[g] >= 0]]))
    slopes = np.zeros(moved.size)
    for k, at in enumerate(moved):
        nudge = np.zeros_like(fit.theta)
        nudge[at] = NUDGE
        slopes[k] = (value(fit.theta + nudge) - value(fit.theta - nudge)) / (2 * NUDGE)
    return value_of(estimate, float(slopes @ fit.covariance[np.ix_(moved, moved)] @ slopes), z)
