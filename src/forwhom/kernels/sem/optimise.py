"""Maximum likelihood: quasi-Newton steps in the metric of the expected information, Newton steps with exact derivatives at
the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.quasi_newton import bfgs
from forwhom.kernels.sem.likelihood import Moments, information, moments
from forwhom.kernels.sem.patterns import Patterns
from forwhom.kernels.sem.ram import (
    Implied,
    Ram,
    cell_curvature,
    cell_gradient,
    directions,
    gathered,
    gathered_square,
    implied,
)

Array = NDArray[np.float64]
ENOUGH = 1e-10
"""Newton decrement (expected further fall of -2 log likelihood) at which the search ends."""
SINGULAR = 1e-7
"""Smallest over largest eigenvalue of the scale-free information below which a model is called not identified."""
COARSE = 0.1
"""The same at which quasi-Newton steps hand over to Newton steps."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of persons: its model and its data."""

    model: Ram
    data: Patterns


@dataclass(frozen=True, slots=True)
class Point:
    """-2 log likelihood and its gradient at theta, with what the groups imply there."""

    theta: Array
    deviance: float
    gradient: Array
    implied: tuple[Implied, ...]
    moments: tuple[Moments, ...]


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the search ended. hessian : (q, q) second derivatives of -2 log likelihood."""

    point: Point
    hessian: Array
    iterations: int
    converged: bool
    message: str


def evaluate(groups: Sequence[Group], theta: Array) -> Point | None:
    """-2 log likelihood at theta; None where a group's Sigma is not positive definite."""
    deviance, gradient = 0.0, np.zeros(theta.size)
    everywhere, each = [], []
    for group in groups:
        try:
            at = implied(group.model, theta)
        except ValueError:
            return None
        found = moments(group.data, at.sigma, at.mu)
        if found is None:
            return None
        deviance += found.deviance
        cells = cell_gradient(group.model, at, found.q, found.r)
        gradient += gathered(group.model.cells, theta.size, cells)
        everywhere.append(at)
        each.append(found)
    return Point(theta, deviance, gradient, tuple(everywhere), tuple(each))


def hessian(groups: Sequence[Group], point: Point) -> Array:
    """Exact second derivatives of -2 log likelihood: twice the observed information."""
    q = point.theta.size
    out = np.zeros((q, q))
    for group, at, found in zip(groups, point.implied, point.moments, strict=True):
        cells = 2 * information(group.data, found, directions(group.model, at), observed=True)
        cells += cell_curvature(group.model, at, found.q, found.r)
        out += gathered_square(group.model.cells, q, cells)
    return (out + out.T) / 2


def expected_hessian(groups: Sequence[Group], point: Point) -> Array:
    """Twice the expected information given the patterns of missing values."""
    q = point.theta.size
    out = np.zeros((q, q))
    for group, at, found in zip(groups, point.implied, point.moments, strict=True):
        cells = 2 * information(group.data, found, directions(group.model, at), observed=False)
        out += gathered_square(group.model.cells, q, cells)
    return (out + out.T) / 2


def optimise(groups: Sequence[Group], start: Array, *, max_iterations: int = 500) -> Optimum:
    """Minimise -2 log likelihood from `start` (q,).

    Raises ValueError when the model implies no positive definite covariance at the start.
    """
    point = evaluate(groups, np.asarray(start, dtype=float))
    if point is None:
        raise ValueError("The start values imply a covariance matrix that is not positive definite. Give other ones.")
    metric: Array = _positive(expected_hessian(groups, point))
    inverse = inverted(metric)
    coarse = True
    exact: Array | None = None
    for iteration in range(1, max_iterations + 1):
        if not coarse:
            exact = hessian(groups, point)
            inverse = inverted(_positive(exact))
        step = -inverse @ point.gradient
        decrement = float(-point.gradient @ step)
        if coarse and decrement < COARSE:
            coarse = False
            continue
        if not coarse and decrement < ENOUGH:
            assert exact is not None
            # The last step is known and costs one evaluation; with it the estimates are good to rounding.
            last = evaluate(groups, point.theta + step)
            return _ended(point if last is None else last, exact, iteration)
        following = _along(groups, point, step, decrement)
        if following is None:
            if not coarse:
                break
            coarse = False
            continue
        if coarse:
            # Units of its own for each parameter: what counts as no curvature must not depend on the data's.
            size = np.sqrt(np.diagonal(inverse))
            moved, turned = following.theta - point.theta, following.gradient - point.gradient
            inverse = bfgs(inverse / np.outer(size, size), moved / size, turned * size) * np.outer(size, size)
        point = following
    return Optimum(
        point,
        hessian(groups, point),
        max_iterations,
        False,
        "The search did not settle; the model may not be identified.",
    )


def _ended(point: Point, exact: Array, iteration: int) -> Optimum:
    values = np.linalg.eigvalsh(scale_free(exact)[0])
    if values[0] < SINGULAR * values[-1]:
        return Optimum(
            point,
            exact,
            iteration,
            False,
            "The information is singular at the optimum: the model is not identified, or only just.",
        )
    return Optimum(point, exact, iteration, True, "converged")


def _along(groups: Sequence[Group], point: Point, step: Array, decrement: float) -> Point | None:
    """The first point along the step that falls enough; None when none does."""
    length = 1.0
    for _ in range(30):
        found = evaluate(groups, point.theta + length * step)
        if found is not None and found.deviance <= point.deviance - 1e-4 * length * decrement + 1e-9 * abs(decrement):
            return found
        length /= 2
    return None


def inverted(matrix: Array) -> Array:
    """Inverse by way of the scale-free form: parameters may differ in scale by many orders.

    Raises numpy's LinAlgError (a ValueError) where it is singular.
    """
    free, size = scale_free(matrix)
    made: Array = np.linalg.inv(free) / np.outer(size, size)
    return (made + made.T) / 2


def scale_free(matrix: Array) -> tuple[Array, Array]:
    """A matrix over the products of the roots of its diagonal, and these roots (1 where the diagonal is 0)."""
    size = np.sqrt(np.abs(np.diagonal(matrix)))
    size = np.where(size > 0, size, 1.0)
    return matrix / np.outer(size, size), size


def _positive(matrix: Array) -> Array:
    """The nearest use of a matrix as a metric: eigenvalues (in scale-free form) made positive."""
    free, size = scale_free(matrix)
    values, vectors = np.linalg.eigh(free)
    values = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
    made: Array = (vectors * values) @ vectors.T * np.outer(size, size)
    return made
