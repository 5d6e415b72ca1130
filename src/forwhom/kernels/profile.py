"""Limits from a profile likelihood."""

from __future__ import annotations

from collections.abc import Callable


def crossing(drop: Callable[[float], float], start: float, step: float) -> float | None:
    """Where a function that is negative at `start` reaches zero, going outward in steps; None when it does not.

    drop : twice the fall of the profile log-likelihood from its maximum, minus the critical value
    step : first step, its sign the direction

    >>> round(crossing(lambda value: value**2 - 4.0, 0.0, -0.5), 9)
    -2.0
    """
    inner, outer = start, start + step
    for _ in range(40):
        if drop(outer) > 0.0:
            break
        inner, outer, step = outer, outer + step, 1.5 * step
        if abs(outer) > 60.0:
            return None
    low_value, high_value = drop(inner), drop(outer)
    for _ in range(80):
        # False position, pulled to the middle every time it would creep along one side.
        guess = outer - high_value * (outer - inner) / (high_value - low_value)
        if not min(inner, outer) < guess < max(inner, outer) or abs(outer - inner) < 1e-10:
            break
        value = drop(guess)
        if value > 0.0:
            outer, high_value, low_value = guess, value, 0.5 * low_value
        else:
            inner, low_value, high_value = guess, value, 0.5 * high_value
        if abs(value) < 1e-10:
            return guess
    return 0.5 * (inner + outer)
