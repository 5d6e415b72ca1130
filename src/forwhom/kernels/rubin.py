"""Rubin's rules: one estimate and its width from many completed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled over imputations; every field a number, or an array when many analyses are pooled at once.

    value, se, df, low, high, p : t interval with Barnard-Rubin degrees of freedom
    within, between : variance within and between imputations
    missing_information : share of the variance that is due to the missing values
    monte_carlo_se : how far `value` would move if the imputations were drawn again
    """

    value: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats
    within: Floats
    between: Floats
    missing_information: Floats
    monte_carlo_se: Floats


def pool(estimates: ArrayLike, variances: ArrayLike, *, complete_df: float, level: float = 0.95) -> Pooled:
    """Pool estimates over imputations (Rubin, 1987; degrees of freedom of Barnard & Rubin, 1999).

    estimates, variances : (m, …) one per imputation along the first axis, with squared standard errors
    complete_df : residual degrees of freedom the analysis would have without missing values
    Where nothing varies between imputations the degrees of freedom are `complete_df`.

    >>> pooled = pool([1.0, 1.4, 0.9, 1.2], [0.20, 0.22, 0.19, 0.21], complete_df=40)
    >>> round(float(pooled.value), 3), round(float(pooled.se), 4), round(float(pooled.df), 2)
    (1.125, 0.5162, 19.3)
    """
    q = np.asarray(estimates, dtype=np.float64)
    u = np.asarray(variances, dtype=np.float64)
    m = q.shape[0]
    if m < 2:
        raise ValueError("Rubin's rules need at least two imputations; draw more.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"The level of an interval lies between 0 and 1, for example 0.95; {level!r} was given.")
    value, within = q.mean(axis=0), u.mean(axis=0)
    between = q.var(axis=0, ddof=1)
    # Rounding leaves a trace of variance between identical estimates; it is none.
    between = np.where(between <= 1e-24 * np.maximum(value**2, within), 0.0, between)
    extra = (1.0 + 1.0 / m) * between
    total = within + extra
    share = np.divide(extra, total, out=np.zeros_like(total), where=total > 0)
    observed = (complete_df + 1.0) / (complete_df + 3.0) * complete_df * (1.0 - share)
    df = np.where(share > 0, 1.0 / (share**2 / (m - 1.0) + 1.0 / observed), complete_df)
    se = np.sqrt(total)
    half = stdtrit(df, 0.5 + 0.5 * level) * se
    statistic = np.divide(value, se, out=np.zeros_like(total), where=se > 0)
    p = 2.0 * stdtr(df, -np.abs(statistic))
    return Pooled(value, se, df, value - half, value + half, p, within, between, share, np.sqrt(between / m))
