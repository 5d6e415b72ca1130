"""The standardised solution: every variable at variance 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.ram import Implied
from forwhom.models.structural.table import Model, Parameter

Array = NDArray[np.float64]


def standardised(
    model: Model, theta: Array, implied: Sequence[Implied], follow: Mapping[int, float] | None = None
) -> tuple[float | None, ...]:
    """One value per parameter of the table, None where a variance it needs is not positive.

    Loadings and paths take standard deviations of both variables; variances become shares left unexplained; covariances of
    residuals become their correlation (lavaan's std.all).

    follow : values of parameters that follow from others, by their place in the table
    """
    place = {name: i for i, name in enumerate((*model.observed, *model.latent))}
    value = [theta[each.free] if each.free is not None else each.value or 0.0 for each in model.parameters]
    for k, known in (follow or {}).items():
        value[k] = known
    own: dict[tuple[str, int], float] = {
        (each.left, each.group): float(value[k])
        for k, each in enumerate(model.parameters)
        if each.operator == "~~" and each.left == each.right
    }
    made: list[float | None] = []
    for k, each in enumerate(model.parameters):
        variance = np.diagonal(implied[each.group].inner)
        made.append(_one(each, float(value[k]), variance, place, own))
    return tuple(made)


def _one(
    each: Parameter, value: float, variance: Array, place: dict[str, int], own: dict[tuple[str, int], float]
) -> float | None:
    one = float(variance[place[each.left]])
    if each.operator == "|":
        return value / float(np.sqrt(one)) if one > 0 else None
    if each.operator == "~*~":
        return None
    other = float(variance[place[each.right]]) if each.right else 1.0
    if each.operator == "~~" and each.left == each.right:
        return value / one if one > 0 else None
    if each.operator == "~~":
        one, other = own.get((each.left, each.group), 0.0), own.get((each.right, each.group), 0.0)
        return value / float(np.sqrt(one * other)) if one > 0 and other > 0 else None
    if one <= 0 or other <= 0:
        return None
    if each.operator == "=~":
        return value * float(np.sqrt(one / other))
    if each.operator == "~":
        return value * float(np.sqrt(other / one))
    return value / float(np.sqrt(one))
