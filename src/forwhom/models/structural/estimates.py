"""Estimates with their spread: free parameters, and those made of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from forwhom.kernels.sem.ram import Implied
from forwhom.models.structural.bootstrap import Draws
from forwhom.models.structural.expression import Value, defined_values
from forwhom.models.structural.result import Estimate
from forwhom.models.structural.standardised import standardised
from forwhom.models.structural.table import Model

Array = NDArray[np.float64]


def estimates(
    model: Model,
    labels: Sequence[str],
    theta: Array,
    covariance: Array,
    implied: Sequence[Implied],
    level: float,
    drawn: Draws | None,
    follow: Mapping[int, float] | None = None,
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """Every parameter of the table, and the defined ones.

    labels : of the groups; covariance : (q, q), NaN where there is none; implied : by group
    follow : values of fixed parameters that follow from others, by their place in the table
    """
    variance = np.diagonal(covariance)
    follow = follow or {}
    std = standardised(model, theta, implied, follow)
    z = float(ndtri((1 + level) / 2))
    taken = set(model.exogenous)
    made = []
    for k, each in enumerate(model.parameters):
        free = each.free is not None and not (
            each.operator in ("~~", "~1") and {each.left, each.right or each.left} <= taken
        )
        value = follow.get(k, float(theta[each.free]) if each.free is not None else float(each.value or 0.0))
        se = low = high = None
        if free and each.free is not None:
            se, low, high = _spread(value, float(variance[each.free]), z)
            if drawn is not None:
                se, low, high = drawn.of(drawn.theta[:, each.free], level)
        label = labels[each.group] if labels else None
        made.append(
            _estimate((each.left, each.operator, each.right), label, each.label, value, se, (low, high), std[k], free)
        )
    return tuple(made), _defined(model, theta, covariance, std, level, drawn)


def _spread(value: float, variance: float, z: float) -> tuple[float | None, float | None, float | None]:
    if not variance > 0:
        return None, None, None
    se = float(np.sqrt(variance))
    return se, value - z * se, value + z * se


def _estimate(
    named: tuple[str, str, str],
    group: str | None,
    label: str,
    value: float,
    se: float | None,
    interval: tuple[float | None, float | None],
    std: float | None,
    free: bool,
) -> Estimate:
    z = value / se if se else None
    p = None if z is None else float(2 * ndtr(-abs(z)))
    return Estimate(*named, group, label, value, se, z, p, *interval, std, free)


def label_values(model: Model, theta: Array) -> dict[str, Value]:
    """Value and derivatives of every labelled parameter."""
    made: dict[str, Value] = {}
    for each in model.parameters:
        if each.label and each.label not in made:
            slope = np.zeros(theta.size)
            if each.free is not None:
                slope[each.free] = 1.0
            value = float(theta[each.free]) if each.free is not None else float(each.value or 0.0)
            made[each.label] = Value(value, slope)
    return made


def _defined(
    model: Model, theta: Array, covariance: Array, std: Sequence[float | None], level: float, drawn: Draws | None
) -> tuple[Estimate, ...]:
    """Defined parameters with the delta method, or from the draws."""
    if not model.defined:
        return ()
    q = theta.size
    values = defined_values(model.defined, label_values(model, theta), q)
    first: dict[str, Value] = {}
    for each, share in zip(model.parameters, std, strict=True):
        if each.label and each.label not in first:
            first[each.label] = Value(np.nan if share is None else share, np.zeros(q))
    standard = defined_values(model.defined, first, q)
    of_draws = None
    if drawn is not None:
        of_draws = np.array(
            [
                [value.value for _, value in defined_values(model.defined, label_values(model, t), q)]
                for t in drawn.theta
            ]
        )
    z = float(ndtri((1 + level) / 2))
    made = []
    for k, ((name, text), (_, value), (_, plain)) in enumerate(zip(model.defined, values, standard, strict=True)):
        se, low, high = _spread(value.value, float(value.slope @ covariance @ value.slope), z)
        if drawn is not None and of_draws is not None:
            se, low, high = drawn.of(of_draws[:, k], level)
        shown = plain.value if np.isfinite(plain.value) else None
        made.append(_estimate((name, ":=", text), None, "", value.value, se, (low, high), shown, True))
    return tuple(made)


__all__ = ["estimates", "label_values"]
