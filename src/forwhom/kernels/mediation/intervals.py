"""Intervals and p values from draws of an estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from forwhom.kernels.mediation.columns import Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard error, interval and two-sided p value; arrays (e,), NaN where draws do not give one."""

    se: Floats
    low: Floats
    high: Floats
    p: Floats


def percentile(draws: Floats, level: float) -> Spread:
    """Quantiles (linear interpolation, R's type 7) of (b, e) draws; p from the smaller tail beyond zero.

    The p value counts the estimate itself among the draws, so it is never 0 (Davison & Hinkley 1997, section 4.2).

    >>> made = percentile(np.arange(1.0, 20.0)[:, None], 0.9)
    >>> made.low.round(2), made.high.round(2), made.p.round(2)
    (array([1.9]), array([18.1]), array([0.1]))
    """
    there = np.isfinite(draws)
    kept = there.sum(axis=0)
    filled = np.where(there, draws, np.nan)
    ends = _quantiles(filled, np.broadcast_to(np.array([[(1 - level) / 2], [(1 + level) / 2]]), (2, draws.shape[1])))
    below, above = (filled <= 0).sum(axis=0), (filled >= 0).sum(axis=0)
    p = np.minimum(1.0, 2 * (np.minimum(below, above) + 1) / (kept + 1))
    return _spread(filled, kept, ends, p)


def bias_corrected(draws: Floats, estimate: Floats, jackknife: Floats, level: float) -> Spread:
    """Bias-corrected and accelerated interval (Efron 1987, J Am Stat Assoc 82, 171-185).

    draws : (b, e); estimate : (e,); jackknife : (units, e) estimates without one unit each
    p : of the largest interval that leaves zero out

    >>> values = np.random.default_rng(1).normal(1.0, 1.0, (4000, 1))
    >>> made = bias_corrected(values, np.array([1.0]), np.array([[0.9], [1.0], [1.1]]), 0.95)
    >>> bool(abs(made.low - -0.96) < 0.15), bool(abs(made.high - 2.96) < 0.15)
    (True, True)
    """
    there = np.isfinite(draws)
    kept = there.sum(axis=0)
    filled = np.where(there, draws, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        z0 = ndtri(_share_below(filled, estimate, kept))
        away = jackknife.mean(axis=0) - jackknife
        bend = (away**3).sum(axis=0) / (6 * ((away**2).sum(axis=0)) ** 1.5)
        bend = np.where(np.isfinite(bend), bend, 0.0)
        z = ndtri(np.array([[(1 - level) / 2], [(1 + level) / 2]]))
        shares = ndtr(z0 + (z0 + z) / (1 - bend * (z0 + z)))
        ends = _quantiles(filled, shares)
        inside = np.clip(_share_below(filled, np.zeros_like(estimate), kept), 0.5 / (kept + 1), 1 - 0.5 / (kept + 1))
        w = ndtri(inside) - z0
        reach = w / (1 + bend * w) - z0
        p = np.clip(2 * np.minimum(ndtr(reach), ndtr(-reach)), 1 / (kept + 1), 1.0)
    return _spread(filled, kept, ends, p)


def _share_below(draws: Floats, value: Floats, kept: Floats) -> Floats:
    return np.asarray(((draws < value).sum(axis=0) + (draws == value).sum(axis=0) / 2) / kept)


def _quantiles(draws: Floats, shares: Floats) -> Floats:
    """(s, e) quantiles of the columns, each at its own shares (s, e)."""
    ordered = np.sort(draws, axis=0)
    kept = np.isfinite(ordered).sum(axis=0)
    place = np.where(np.isfinite(shares), shares, 0.0) * np.maximum(kept - 1, 0)
    lower = np.floor(place).astype(np.int64)
    upper = np.minimum(lower + 1, np.maximum(kept - 1, 0))
    low, high = (np.take_along_axis(ordered, each, axis=0) for each in (lower, upper))
    made = low + (place - lower) * (high - low)
    return np.where(np.isfinite(shares), made, np.nan)


def _spread(draws: Floats, kept: Floats, ends: Floats, p: Floats) -> Spread:
    few = kept < 2
    count = np.maximum(kept, 1)
    mean = np.nansum(draws, axis=0) / count
    se = np.sqrt(np.nansum((draws - mean) ** 2, axis=0) / np.maximum(kept - 1, 1))
    return Spread(*(np.where(few, np.nan, each) for each in (se, ends[0], ends[1], p)))


__all__ = ["Spread", "bias_corrected", "percentile"]
