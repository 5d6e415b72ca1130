"""Newton's method for the covariance parameters, with steps damped by the expected information."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.covariance_structures import LocalStep, Structure
from forwhom.kernels.repeated_likelihood import Derivatives, Method, Point, differentiate, evaluate, split
from forwhom.kernels.repeated_statistics import NotEstimableError, Sufficient

Array = NDArray[np.float64]

# In units of -2 log likelihood; below it the next Newton step is the last, and its error is of the order of rounding.
_SMALL = 1e-9
# Smallest eigenvalue of the correlation matrix, and smallest variance relative to the starting ones.
_SINGULAR = 1e-7


class Optimum(NamedTuple):
    """Where the search ended and how."""

    point: Point
    converged: bool
    iterations: int
    gradient_norm: float
    message: str


class _Model(NamedTuple):
    """The likelihood around a point in scale-free coordinates; `free` marks those not held at a bound."""

    gradient: Array
    hessian: Array
    expected: Array
    free: NDArray[np.bool_]
    move: Callable[[Array], Array]


def optimise(stats: Sufficient, shape: Structure, method: Method, max_iterations: int) -> Optimum:
    """Minimise -2 log likelihood from moment estimates."""
    point = evaluate(stats, shape, _start(stats, shape), method)
    if point is None:
        raise NotEstimableError(
            "the likelihood can not be evaluated at the starting values; columns of X may differ by too many orders of "
            "magnitude, or X may explain y exactly."
        )
    damping = 0.0
    for iteration in range(max_iterations + 1):
        model = _model(stats, shape, point, differentiate(stats, shape, point, method))
        norm = float(np.abs(model.gradient[model.free]).max(initial=0.0))
        if _nearly_singular(stats, shape, point):
            return Optimum(point, False, iteration, norm, _SINGULAR_MESSAGE)
        if stats.clusters is not None and _cluster_unknown(stats, point, model):
            return Optimum(point, False, iteration, norm, _CLUSTER_MESSAGE)
        expected_gain = _gain(model)
        if expected_gain is not None and expected_gain < _SMALL:
            return _polish(stats, shape, point, model, method, iteration, norm)
        if iteration == max_iterations:
            break
        moved, damping = _descend(stats, shape, point, model, method, damping)
        if moved is None:
            return _stopped(stats, shape, point, iteration, norm, "no step lowers -2 log likelihood any further; ")
        point = moved
    return _stopped(stats, shape, point, max_iterations, norm, f"no optimum within {max_iterations} iterations; ")


def _stopped(stats: Sufficient, shape: Structure, point: Point, iteration: int, norm: float, why: str) -> Optimum:
    """The result of a failed search; a matrix already close to singular is the likely cause and is named."""
    message = _SINGULAR_MESSAGE if _nearly_singular(stats, shape, point, 1e-4) else why + _ADVICE
    return Optimum(point, False, iteration, norm, message)


_ADVICE = "often an occasion or group has hardly more persons than coefficients, and a simpler model is needed."
_CLUSTER_MESSAGE = (
    "the data hold no information on the variance between clusters: columns of X explain all that clusters could, as "
    "when there is only one cluster; leave the cluster out."
)
_SINGULAR_MESSAGE = (
    "the covariance matrix is on the way to a singular one: too few persons, or occasions that nearly determine each "
    "other; " + _ADVICE
)


def _start(stats: Sufficient, shape: Structure) -> Array:
    theta = np.concatenate([shape.start(moments) for moments in stats.moments])
    return theta if stats.clusters is None else np.append(theta, 0.05 * _cluster_unit(stats))


def _cluster_unit(stats: Sufficient) -> float:
    """The tau2 that would make the cluster's share of the variance where it acts as large as the whole variance."""
    variance = float(np.mean(np.diagonal(stats.moments, axis1=1, axis2=2)))
    if stats.clusters is None:
        return variance
    squares = stats.clusters.loading**2
    return variance / float(np.mean(squares[squares > 0.0]))


def _model(stats: Sufficient, shape: Structure, point: Point, d: Derivatives) -> _Model:
    """Derivatives in coordinates that keep each matrix positive definite; tau2 stays itself, bounded by 0."""
    theta, tau2 = split(stats, point.theta)
    r, size = theta.shape[1], point.theta.size
    jacobian, curvature = np.eye(size), np.zeros((size, size))
    parts: list[LocalStep] = []
    for g, t in enumerate(theta):
        place = slice(g * r, (g + 1) * r)
        local = shape.local(t, d.gradient[place])
        jacobian[place, place], curvature[place, place] = local.jacobian, local.curvature
        parts.append(local)
    free = np.ones(size, dtype=bool)
    unit = _cluster_unit(stats)
    if stats.clusters is not None:
        jacobian[-1, -1] = unit
        free[-1] = tau2 > 0.0 or d.gradient[-1] < 0.0

    def move(step: Array) -> Array:
        moved = [part.move(step[g * r : (g + 1) * r]) for g, part in enumerate(parts)]
        if stats.clusters is not None:
            moved.append(np.array([max(0.0, tau2 + unit * step[-1])]))
        return np.concatenate(moved)

    return _Model(
        jacobian.T @ d.gradient,
        jacobian.T @ d.hessian @ jacobian + curvature,
        jacobian.T @ d.expected @ jacobian,
        free,
        move,
    )


def _newton(model: _Model, damping: float) -> Array | None:
    """The damped Newton step, None where the damped Hessian is not positive definite."""
    free = model.free
    hessian = (model.hessian + damping * model.expected)[np.ix_(free, free)]
    try:
        half = np.linalg.inv(np.linalg.cholesky(hessian))
    except np.linalg.LinAlgError:
        return None
    step = np.zeros(free.size)
    step[free] = -half.T @ (half @ model.gradient[free])
    return step


def _gain(model: _Model) -> float | None:
    """Fall of -2 log likelihood that an undamped step promises."""
    step = _newton(model, 0.0)
    return None if step is None else -0.5 * float(model.gradient @ step)


def _descend(
    stats: Sufficient, shape: Structure, point: Point, model: _Model, method: Method, damping: float
) -> tuple[Point | None, float]:
    """A point with lower -2 log likelihood, raising the damping until there is one."""
    for _ in range(40):
        step = _newton(model, damping)
        if step is not None:
            promised = -float(model.gradient @ step + 0.5 * step @ model.hessian @ step)
            moved = evaluate(stats, shape, model.move(step), method)
            if moved is not None and point.deviance - moved.deviance > 1e-3 * max(promised, 0.0):
                good = point.deviance - moved.deviance > 0.25 * promised
                return moved, (damping / 8.0 if damping > 1e-3 else 0.0) if good else damping
        damping = max(4.0 * damping, 0.02)
    return None, damping


def _polish(
    stats: Sufficient, shape: Structure, point: Point, model: _Model, method: Method, iteration: int, norm: float
) -> Optimum:
    """One last Newton step, kept when the gradient shrinks; differences of the likelihood are below rounding here."""
    step = _newton(model, 0.0)
    moved = None if step is None else evaluate(stats, shape, model.move(step), method)
    if moved is not None:
        after = _model(stats, shape, moved, differentiate(stats, shape, moved, method))
        after_norm = float(np.abs(after.gradient[after.free]).max(initial=0.0))
        if after_norm < norm:
            point, norm, iteration = moved, after_norm, iteration + 1
    message = "converged"
    if stats.clusters is not None and split(stats, point.theta)[1] == 0.0:
        message = "converged; the variance between clusters is estimated as 0, the boundary of its range"
    return Optimum(point, True, iteration, norm, message)


def _cluster_unknown(stats: Sufficient, point: Point, model: _Model) -> bool:
    """Whether X takes up all that clusters could explain, so that the likelihood is flat in tau2 and any value fits.

    Information on tau2 by (tau2 + unit) is of the order of the number of clusters otherwise, whatever tau2 is.
    """
    unit = _cluster_unit(stats)
    return bool(model.expected[-1, -1] * (1.0 + point.tau2 / unit) ** 2 < 1e-8)


def _nearly_singular(stats: Sufficient, shape: Structure, point: Point, limit: float = _SINGULAR) -> bool:
    theta, _ = split(stats, point.theta)
    scales = [float(np.diag(moments).min()) for moments in stats.moments]
    for t, scale in zip(theta, scales, strict=True):
        matrix = shape.matrix(t)
        deviations = np.sqrt(np.diag(matrix))
        if deviations.min() ** 2 < limit * scale:
            return True
        if float(np.linalg.eigvalsh(matrix / np.outer(deviations, deviations))[0]) < limit:
            return True
    return False
