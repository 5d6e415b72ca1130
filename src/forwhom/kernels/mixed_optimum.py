"""Minimum of a smooth function with its gradient and Hessian: Newton steps, guarded where the surface is not convex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forwhom.kernels.mixed_groups import Floats

Function = Callable[[Floats, Literal[0, 2]], tuple[float, Floats, Floats]]

# Half the Newton decrement: how far the function is above its minimum, in units of the function.
DECREMENT = 1e-11
# Smallest curvature trusted, relative to the largest.
FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the search ended; converged: the last step was negligible."""

    x: Floats
    value: float
    gradient: Floats
    hessian: Floats
    iterations: int
    converged: bool


def newton(function: Function, x: Floats, *, most: int = 200) -> Minimum:
    """Minimise by Newton's method on the absolute values of the curvatures, with step halving.

    function(x, order) gives value, gradient and Hessian; the latter two may be empty for order 0.

    >>> def bowl(x, order):
    ...     return float((x**2).sum()), 2 * x, 2 * np.eye(2)
    >>> newton(bowl, np.array([3.0, -1.0])).x.round(9) + 0.0
    array([0., 0.])
    """
    value, gradient, hessian = function(x, 2)
    for iteration in range(1, most + 1):
        curvature, axes = np.linalg.eigh(hessian)
        size = np.abs(curvature)
        along = axes.T @ gradient
        slope = along / np.maximum(size, FLAT * max(size.max(), 1e-300))
        decrement = 0.5 * float(along @ slope)
        tolerance = DECREMENT + 1e-16 * abs(value)
        if decrement < tolerance:
            if curvature[0] > -1e-6 * size.max():
                return _nearer(function, Minimum(x, value, gradient, hessian, iteration, True), axes @ slope)
            # A saddle has no slope: leave it along the most negative curvature.
            slope[0] += 0.1 * max(1.0, float(np.abs(x).max()))
        step = -(axes @ slope)
        longest = float(np.abs(step).max())
        room = 2.0 * (1.0 + float(np.abs(x).max()))
        if longest > room:
            step *= room / longest
        fraction = 1.0
        downhill = float(gradient @ step)
        for attempt in range(40):
            trial = x + fraction * step
            if (trial == x).all():
                return Minimum(x, value, gradient, hessian, iteration, decrement < 1e-8)
            found = function(trial, 2 if attempt == 0 else 0)
            if np.isfinite(found[0]) and found[0] <= value + 1e-4 * fraction * min(downhill, 0.0) + 1e-14 * abs(value):
                break
            fraction *= 0.5 if attempt < 3 else 0.25
        else:
            return Minimum(x, value, gradient, hessian, iteration, decrement < 1e-8)
        x = trial
        value, gradient, hessian = found if attempt == 0 else function(x, 2)
    return Minimum(x, value, gradient, hessian, most, False)


def _nearer(function: Function, found: Minimum, step: Floats) -> Minimum:
    """The last, negligible step: taken when it makes the slope smaller still."""
    x = found.x - step
    value, gradient, hessian = function(x, 2)
    if np.linalg.norm(gradient) < np.linalg.norm(found.gradient):
        return Minimum(x, value, gradient, hessian, found.iterations, True)
    return found
