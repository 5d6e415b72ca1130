"""Minimum of a function that gives its gradient: quasi-Newton steps, then Newton steps on differences of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forwhom.kernels.mixed_groups import Floats
from forwhom.kernels.quasi_newton import bfgs

Function = Callable[[Floats], tuple[float, Floats]]

# Squared length of the step still to go, in the metric of the curvature: twice what the function may lie above its minimum.
NEAR = 1e-5
CLOSE = 1e-12
# Steps on an old curvature must shorten what is left to this share.
SLOW = 0.05
# Longest change of one element in one step, which is at most about one unit of the linear predictor.
LONGEST = 1.5
DIFFERENCE = 1e-4
# Curvature below this, relative to the largest, is none.
FLAT = 1e-7


@dataclass(frozen=True, slots=True)
class Found:
    """Where the search ended; converged: another step would change the function by rounding only."""

    x: Floats
    value: float
    gradient: Floats
    hessian: Floats
    iterations: int
    converged: bool


def minimise(
    function: Function,
    x: Floats,
    inverse: Floats,
    *,
    jump: Callable[[Floats], Floats] | None = None,
    most: int = 300,
) -> Found:
    """Minimise; inverse : (n, n) guess of the inverse curvature at the start.

    jump : x -> another place to go on from when it is no higher, where steps would take long; by default none

    >>> def bowl(x):
    ...     return float((x**2).sum()), 2 * x
    >>> minimise(bowl, np.array([3.0, -1.0]), np.eye(2)).x.round(9) + 0.0
    array([0., 0.])
    """
    value, gradient = function(x)
    if not np.isfinite(value):
        raise ValueError("The likelihood cannot be computed at the start. Rescale the columns or give another start.")
    total = 0
    for _attempt in range(4):
        x, value, gradient, steps = descend(function, x, value, gradient, inverse, most - total)
        if jump is not None:
            there = jump(x)
            at_there = function(there) if (there != x).any() else (np.inf, gradient)
            if at_there[0] <= value:
                x, (value, gradient) = there, at_there
        found = polish(function, x, value, gradient, total + steps)
        total = found.iterations
        values, vectors = np.linalg.eigh(found.hessian) if len(x) else (np.ones(1), np.eye(1))
        if values[0] >= -FLAT * max(1.0, float(values[-1])) or total >= most:
            return found
        # A saddle, such as a variance of 0 that should not be: leave it downhill.
        x = found.x + 0.1 * vectors[:, 0]
        value, gradient = function(x)
        inverse = (vectors / np.maximum(np.abs(values), 1e-3 * values[-1])) @ vectors.T
    return found


def descend(
    function: Function,
    x: Floats,
    value: float,
    gradient: Floats,
    inverse: Floats,
    most: int,
    near: float = NEAR,
) -> tuple[Floats, float, Floats, int]:
    """Quasi-Newton steps until the squared length of the next is below `near`: x, value, gradient, steps taken."""
    for step_number in range(most):
        step = -inverse @ gradient
        downhill = float(gradient @ step)
        if downhill >= 0:
            inverse = np.eye(len(x)) * np.median(np.diagonal(inverse))
            step = -inverse @ gradient
            downhill = float(gradient @ step)
        if -downhill < near:
            return x, value, gradient, step_number
        step = _shortened(step)
        downhill = float(gradient @ step)
        fraction, moved = 1.0, None
        for _ in range(30):
            trial = x + fraction * step
            next_value, next_gradient = function(trial)
            if np.isfinite(next_value) and next_value <= value + 1e-4 * fraction * downhill:
                moved = fraction * step
                break
            # Minimum of the parabola through what is known, kept within sensible shares.
            shrink = -0.5 * downhill * fraction / (next_value - value - downhill * fraction)
            fraction *= min(max(shrink, 0.1), 0.5) if np.isfinite(shrink) else 0.25
        if moved is None:
            return x, value, gradient, step_number
        inverse = bfgs(inverse, moved, next_gradient - gradient)
        x, value, gradient = trial, next_value, next_gradient
    return x, value, gradient, most


def _shortened(step: Floats) -> Floats:
    longest = float(np.abs(step).max(initial=0.0))
    return step * (LONGEST / longest) if longest > LONGEST else step


def polish(function: Function, x: Floats, value: float, gradient: Floats, iterations: int) -> Found:
    """Newton steps from near a minimum. An element whose slope is 0, such as a variance of 0, stays where it is."""
    curvature = hessian(function, x)
    since, fresh, last = 0.0, True, np.inf
    for _ in range(40):
        step = -_solve_absolute(curvature, gradient)
        decrement = float(-gradient @ step)
        if decrement < CLOSE:
            # Curvature is wanted where the search ended, not where it was last computed.
            if since > 1e-9:
                curvature = hessian(function, x)
            return Found(x, value, gradient, curvature, iterations, True)
        if not fresh and decrement > SLOW * last:
            curvature, since, fresh, last = hessian(function, x), 0.0, True, np.inf
            continue
        iterations, last = iterations + 1, decrement
        step = _shortened(step)
        for _halving in range(12):
            next_value, next_gradient = function(x + step)
            if np.isfinite(next_value) and next_value <= value + 1e-13 * abs(value) + 1e-10 * (decrement < 1e-8):
                break
            step = step / 3
        else:
            if fresh:
                return Found(x, value, gradient, curvature, iterations, decrement < 1e-7)
            curvature, since, fresh, last = hessian(function, x), 0.0, True, np.inf
            continue
        x, value, gradient = x + step, next_value, next_gradient
        since += decrement
        fresh = False
        if decrement > 1e-3:
            curvature, since, fresh = hessian(function, x), 0.0, True
    return Found(x, value, gradient, curvature, iterations, False)


def _solve_absolute(curvature: Floats, gradient: Floats) -> Floats:
    values, vectors = np.linalg.eigh(curvature)
    size = np.maximum(np.abs(values), FLAT * max(float(np.abs(values).max(initial=0.0)), 1e-300))
    return np.asarray(vectors @ ((vectors.T @ gradient) / size))


def hessian(function: Function, x: Floats) -> Floats:
    """Symmetrised central differences of the gradient."""
    n = len(x)
    made = np.empty((n, n))
    for k in range(n):
        step = DIFFERENCE * max(1.0, abs(x[k]))
        away = np.zeros(n)
        away[k] = step
        made[k] = (function(x + away)[1] - function(x - away)[1]) / (2 * step)
    return (made + made.T) / 2
