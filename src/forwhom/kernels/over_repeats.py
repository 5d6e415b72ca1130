"""One answer from many repeats of the same analysis on the same people, none of them chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr

Array = NDArray[np.float64]
_LARGEST_Z = 37.0
_STEPS = 200


@dataclass(frozen=True, slots=True)
class OverRepeats:
    """Estimate, limits and test from the average of the repeats' z values.

    value : where the average z is 0; None when no repeat says anything
    low, high : where it is at the normal quantiles of `level`; None when that end is open
    z, p_above : of the value being 0 against above 0
    se : of the width (low to high) on the normal scale; the standard error a reader may plan with
    informative, repeats : repeats that say something, and all
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    se: float | None
    z: float
    p_above: float
    informative: int
    repeats: int


def over_repeats(value: ArrayLike, se: ArrayLike, df: ArrayLike, *, level: float = 0.95) -> OverRepeats:
    """Average the repeats' z values; estimate and limits by inverting that average.

    value, se, df : (R,) estimate of each repeat, its standard error (0 or NaN where a repeat says nothing: its z is 0)
        and t degrees of freedom
    Each repeat's t is taken to the normal scale, z = Phi^-1(F_df(t)). Standard normal z values that are jointly normal
    have an average no wider than one, whatever their correlation, so a test of the average against the normal keeps
    its level and is conservative as far as the repeats disagree.

    >>> once = over_repeats([2.0], [1.0], [np.inf])
    >>> round(once.low, 2), round(once.high, 2), round(once.p_above, 4)
    (0.04, 3.96, 0.0228)
    """
    estimate, error, freedom = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (value, se, df)))
    if estimate.ndim != 1 or estimate.size == 0:
        raise ValueError(f"value has shape {estimate.shape}; one number per repeat is needed.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
    says = np.isfinite(estimate) & np.isfinite(error) & (error > 0.0) & (freedom > 0.0)
    repeats, informative = int(estimate.size), int(says.sum())
    if not informative:
        return OverRepeats(None, None, None, level, None, 0.0, 0.5, 0, repeats)
    estimate, error, freedom = estimate[says], error[says], freedom[says]

    def average(at: float) -> float:
        return float(_normal_scale((estimate - at) / error, freedom).sum()) / repeats

    cut = float(ndtri(0.5 + level / 2.0))
    centre = _where(average, 0.0, estimate, error)
    low, high = _where(average, cut, estimate, error), _where(average, -cut, estimate, error)
    z = average(0.0)
    width = (high - low) / (2.0 * cut) if low is not None and high is not None else None
    return OverRepeats(centre, low, high, level, width, z, float(ndtr(-z)), informative, repeats)


def _normal_scale(t: Array, df: Array) -> Array:
    """The normal value with the same tail as t on df degrees of freedom."""
    size = np.abs(t)
    tail = np.where(np.isinf(df), ndtr(-size), stdtr(np.where(np.isinf(df), 1.0, df), -size))
    return np.asarray(np.sign(t) * np.minimum(-ndtri(np.maximum(tail, 1e-300)), _LARGEST_Z))


def _where(average: Callable[[float], float], height: float, estimate: Array, error: Array) -> float | None:
    """Where the falling average crosses a height; None when it never does."""
    reach = float(error.max())
    low, high = float(estimate.min()), float(estimate.max())
    above, below = average(low) - height, average(high) - height
    for _ in range(_STEPS):
        if above >= 0.0 >= below:
            break
        if reach > 1e9 * float(error.max()):
            return None
        if above < 0.0:
            low, above = low - reach, average(low - reach) - height
        else:
            high, below = high + reach, average(high + reach) - height
        reach *= 2.0
    return _crossing(lambda at: average(at) - height, low, high, above, below, 1e-12 * float(error.min()))


def _crossing(gap: Callable[[float], float], low: float, high: float, above: float, below: float, near: float) -> float:
    """Zero of a falling function by false position with halving of the end that stays (Illinois)."""
    stayed = 0
    for _ in range(_STEPS):
        if above == 0.0 or high - low <= near:
            return low
        if below == 0.0:
            return high
        at = (low * below - high * above) / (below - above)
        if not low < at < high:
            at = 0.5 * (low + high)
            if not low < at < high:
                return low
        value = gap(at)
        if value >= 0.0:
            low, above = at, value
            below *= 0.5 if stayed == 1 else 1.0
            stayed = 1
        else:
            high, below = at, value
            above *= 0.5 if stayed == -1 else 1.0
            stayed = -1
        if abs(value) < 1e-13:
            return at
    return 0.5 * (low + high)
