"""The standardised solution: every variable at variance 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.ram import Implied
from forwhom.models.structural.table import Model, Parameter

Array = NDArray[np.float64]
Here = tuple[Sequence[Implied], Mapping[int, float]]
"""What a model implies at one parameter vector, by group, and values that follow from others, by place in the table."""
STEP = 1e-4
"""Of a standard error, on either side, for derivatives: the error of a central difference is then below 1e-7 of it."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What each value of the table is multiplied by: powers of the variances of its two variables, or of their residuals.

    left, right : place among the variances of all groups; own : (k, 2) place in the table of the two residual variances, -1 where
    there is none, for covariances; never : values without a standardised one
    """

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    power_left: Array
    power_right: Array
    own: NDArray[np.intp]
    residual: NDArray[np.bool_]
    never: NDArray[np.bool_]


def standardised(
    model: Model, theta: Array, implied: Sequence[Implied], follow: Mapping[int, float] | None = None
) -> tuple[float | None, ...]:
    """One value per parameter of the table, None where a variance it needs is not positive.

    Loadings and paths take standard deviations of both variables; variances become shares left unexplained; covariances of
    residuals become their correlation (lavaan's std.all).

    follow : values of parameters that follow from others, by their place in the table
    """
    found = _values(model, _recipe(model), theta, (implied, follow or {}))
    return tuple(float(each) if np.isfinite(each) else None for each in found)


def standardised_slopes(model: Model, theta: Array, covariance: Array, here: Callable[[Array], Here]) -> Array:
    """Derivatives of the standardised values by each parameter, (k, q), by central differences.

    Predictors taken as given are constants, as in lavaan's standardizedSolution: their moments have no derivative.
    NaN where a value is None, or the spread of a parameter is not known.
    """
    recipe = _recipe(model)
    made = np.zeros((len(model.parameters), theta.size))
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    for k in sorted(_moving(model)):
        step = np.zeros(theta.size)
        step[k] = STEP * spread[k]
        if not step[k] > 0:
            made[:, k] = np.nan
            continue
        up, down = (_values(model, recipe, theta + way * step, here(theta + way * step)) for way in (1, -1))
        made[:, k] = (up - down) / (2 * step[k])
    return made


def standardised_draws(model: Model, draws: Array, here: Callable[[Array], Here]) -> Array:
    """Standardised values of each of (b, q) parameter vectors, (b, k); NaN where there is none."""
    recipe = _recipe(model)
    made = [_values(model, recipe, theta, here(theta)) for theta in draws]
    return np.array(made).reshape(len(made), len(model.parameters))


def _moving(model: Model) -> set[int]:
    given = set(model.exogenous)
    return {
        each.free
        for each in model.parameters
        if each.free is not None
        and not (each.operator in ("~~", "~1") and {each.left, each.right or each.left} <= given)
    }


def _values(model: Model, recipe: _Recipe, theta: Array, here: Here) -> Array:
    value = np.array([theta[each.free] if each.free is not None else each.value or 0.0 for each in model.parameters])
    for k, known in here[1].items():
        value[k] = known
    variance = np.concatenate([np.diagonal(at.inner) for at in here[0]])
    one, other = variance[recipe.left], variance[recipe.right]
    own = np.where(recipe.own >= 0, value[recipe.own], 0.0)
    one, other = np.where(recipe.residual, own[:, 0], one), np.where(recipe.residual, own[:, 1], other)
    with np.errstate(all="ignore"):
        made: Array = value * one**recipe.power_left * other**recipe.power_right
    bad = (one <= 0) | (other <= 0) | recipe.never
    return np.where(bad, np.nan, made)


def _recipe(model: Model) -> _Recipe:
    names = (*model.observed, *model.latent)
    place = {name: i for i, name in enumerate(names)}
    own = {
        (each.left, each.group): k
        for k, each in enumerate(model.parameters)
        if each.operator == "~~" and each.left == each.right
    }
    rows = model.parameters
    left = np.array([each.group * len(names) + place[each.left] for each in rows], dtype=np.intp)
    right = np.array(
        [each.group * len(names) + place.get(each.right, place[each.left]) for each in rows], dtype=np.intp
    )
    powers = np.array([_powers(each) for each in rows], dtype=float).reshape(len(rows), 2)
    residual = np.array([each.operator == "~~" and each.left != each.right for each in rows], dtype=bool)
    both = [[own.get((name, each.group), -1) for name in (each.left, each.right)] for each in rows]
    never = np.array([each.operator == "~*~" for each in rows], dtype=bool)
    own_places = np.array(both, dtype=np.intp).reshape(len(rows), 2)
    return _Recipe(left, right, powers[:, 0], powers[:, 1], own_places, residual, never)


def _powers(each: Parameter) -> tuple[float, float]:
    if each.operator == "=~":
        return 0.5, -0.5
    if each.operator == "~":
        return -0.5, 0.5
    if each.operator == "~~":
        return (-1.0, 0.0) if each.left == each.right else (-0.5, -0.5)
    return -0.5, 0.0


__all__ = ["Here", "standardised", "standardised_draws", "standardised_slopes"]
