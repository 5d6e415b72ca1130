"""Estimates with their spread: free parameters, and those made of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from forwhom.kernels.sem.ram import Implied
from forwhom.models.structural.bootstrap import Draws
from forwhom.models.structural.expression import Value, defined_values
from forwhom.models.structural.result import Estimate
from forwhom.models.structural.standardised import Here, standardised, standardised_draws, standardised_slopes
from forwhom.models.structural.table import Model

Array = NDArray[np.float64]
CERTAIN = 1e-8
"""Standard error of a standardised value below which it is certain by construction, such as a variance that is 1."""


def estimates(
    model: Model,
    labels: Sequence[str],
    theta: Array,
    covariance: Array,
    here: Callable[[Array], Here],
    level: float,
    drawn: Draws | None,
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """Every parameter of the table, and the defined ones.

    labels : of the groups; covariance : (q, q), NaN where there is none
    here : from parameters to what the model implies by group, and values of fixed parameters that follow from others, by their
        place in the table
    """
    variance = np.diagonal(covariance)
    implied, follow = here(theta)
    std = _standard(model, theta, covariance, implied, follow, here, level, drawn)
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
    return tuple(made), _defined(model, theta, covariance, std[len(made) :], level, drawn)


_Std = tuple[float | None, float | None, float | None, float | None]
"""A standardised value with its standard error and interval."""


def _standard(
    model: Model,
    theta: Array,
    covariance: Array,
    implied: Sequence[Implied],
    follow: Mapping[int, float],
    here: Callable[[Array], Here],
    level: float,
    drawn: Draws | None,
) -> list[_Std]:
    """The standardised parameters of the table, then the defined ones."""
    found = standardised(model, theta, implied, follow)
    values = np.array([np.nan if each is None else each for each in found])
    slopes = standardised_slopes(model, theta, covariance, here)
    if model.defined:
        more = defined_values(model.defined, _first_labels(model, values, slopes), theta.size)
        values = np.append(values, [each.value for _, each in more])
        slopes = np.concatenate([slopes, [each.slope for _, each in more]])
    of_draws = None
    if drawn is not None:
        of_draws = standardised_draws(model, drawn.theta, here)
        rows = [_first_labels(model, row, np.zeros((row.size, 0))) for row in of_draws]
        more_draws = [[each.value for _, each in defined_values(model.defined, row, 0)] for row in rows]
        of_draws = np.concatenate([of_draws, np.array(more_draws).reshape(len(rows), len(model.defined))], axis=1)
    z = float(ndtri((1 + level) / 2))
    spread = np.einsum("kq,qr,kr->k", slopes, covariance, slopes)
    made: list[_Std] = []
    for k, value in enumerate(values):
        if not np.isfinite(value):
            made.append((None, None, None, None))
            continue
        width = _spread(float(value), float(spread[k]) if spread[k] > CERTAIN**2 else 0.0, z)
        if of_draws is not None and width[0] is not None:
            width = drawn.of(of_draws[:, k], level) if drawn is not None else width
        made.append((float(value), *width))
    return made


def _first_labels(model: Model, values: Array, slopes: Array) -> dict[str, Value]:
    """Values of labels; where a label stands twice, the first, as standardised values of equal parameters differ."""
    made: dict[str, Value] = {}
    for each, value, slope in zip(model.parameters, values, slopes, strict=True):
        if each.label and each.label not in made:
            made[each.label] = Value(float(value), slope)
    return made


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
    std: _Std,
    free: bool,
) -> Estimate:
    z = value / se if se else None
    p = None if z is None else float(2 * ndtr(-abs(z)))
    return Estimate(*named, group, label, value, se, z, p, *interval, std[0], free, *std[1:])


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
    model: Model, theta: Array, covariance: Array, std: Sequence[_Std], level: float, drawn: Draws | None
) -> tuple[Estimate, ...]:
    """Defined parameters with the delta method, or from the draws."""
    if not model.defined:
        return ()
    q = theta.size
    values = defined_values(model.defined, label_values(model, theta), q)
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
    for k, ((name, text), (_, value), plain) in enumerate(zip(model.defined, values, std, strict=True)):
        se, low, high = _spread(value.value, float(value.slope @ covariance @ value.slope), z)
        if drawn is not None and of_draws is not None:
            se, low, high = drawn.of(of_draws[:, k], level)
        made.append(_estimate((name, ":=", text), None, "", value.value, se, (low, high), plain, True))
    return tuple(made)


__all__ = ["estimates", "label_values"]
