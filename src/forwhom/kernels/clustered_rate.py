"""Rates and shares of things that happen to sessions, when sessions belong to people and people to therapists."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, gammaincinv, stdtrit

FEW = 5
"""Events (or non-events) below which limits from the variation between clusters are replaced by exact ones where these are wider."""


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """Events over exposure. low, high : at `level`; None where one cluster alone was seen. method : how they were made."""

    value: float
    low: float | None
    high: float | None
    events: float
    exposure: float
    clusters: int
    level: float
    method: str


def clustered_rate(
    events: ArrayLike,
    exposure: ArrayLike,
    cluster: ArrayLike | None = None,
    *,
    share: bool = False,
    level: float = 0.95,
) -> ClusteredRate:
    """Sum of events over sum of exposure, with limits that let clusters differ in their rate.

    events, exposure : (n,) per person, e.g. ruptures and rated sessions; people without exposure count for nothing
    cluster : (n,) codes of people who may be alike, −1 for none; None: every person is a cluster
    share : events are some of the exposure (a proportion, at most 1): limits on the logit, else on the log scale

    Linearised ratio (Cochran, 1977, sec. 6.3) with t on clusters − 1. With fewer than five events the exact Poisson or binomial limits are
    taken where they are wider: clusters without an event show no variation.

    >>> rate = clustered_rate([2, 0, 1, 4], [20, 18, 22, 20])
    >>> round(rate.value, 4), round(rate.low, 4), round(rate.high, 4)
    (0.0875, 0.019, 0.4029)
    """
    happened, time = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if happened.shape != time.shape or happened.ndim != 1:
        raise ValueError(f"events has shape {happened.shape} and exposure {time.shape}; give one of each per person.")
    if (time < 0).any() or (happened < 0).any() or (happened[time == 0] > 0).any():
        raise ValueError("Events and exposure are 0 or more, and nothing happens without exposure.")
    if share and (happened > time).any():
        raise ValueError("There are more events than exposure; a share is at most 1.")
    total, whole = float(happened.sum()), float(time.sum())
    if not whole > 0:
        raise ValueError("There is no exposure, so nothing is known about the rate.")
    codes = np.arange(time.size) if cluster is None else _codes(np.asarray(cluster, dtype=np.intp))
    used = time > 0
    groups = np.unique(codes[used]).size
    value = total / whole
    exact = _exact(total, whole, share, level)
    if groups < 2:
        return ClusteredRate(value, None, None, total, whole, groups, level, "none: one cluster shows no variation")
    apart = np.bincount(codes, happened - value * time)
    se = math.sqrt(groups / (groups - 1) * float((apart**2).sum())) / whole
    scarce = total < FEW or (share and whole - total < FEW)
    inner = 0 < value < 1 if share else value > 0
    if not inner or not se > 0:
        return ClusteredRate(value, *exact, total, whole, groups, level, "exact, as if events came independently")
    half = float(stdtrit(groups - 1, 0.5 + level / 2))
    if share:
        centre, step = math.log(value / (1 - value)), half * se / (value * (1 - value))
        low, high = (1 / (1 + math.exp(-(centre + side * step))) for side in (-1, 1))
    else:
        low, high = (value * math.exp(min(side * half * se / value, 700.0)) for side in (-1, 1))
    if scarce:
        low, high = min(low, exact[0]), max(high, exact[1])
    method = f"t on {groups - 1} degrees of freedom, linearised" + (", exact where wider" if scarce else "")
    return ClusteredRate(value, low, high, total, whole, groups, level, method)


def _codes(cluster: np.ndarray) -> np.ndarray:
    own = cluster.copy()
    own[cluster < 0] = cluster.max(initial=0) + 1 + np.arange(int((cluster < 0).sum()))
    return np.unique(own, return_inverse=True)[1]


def _exact(total: float, whole: float, share: bool, level: float) -> tuple[float, float]:
    """Garwood's Poisson limits, or Clopper-Pearson's."""
    tail = 0.5 * (1 - level)
    if share:
        low = 0.0 if total == 0 else float(betaincinv(total, whole - total + 1, tail))
        return low, 1.0 if total >= whole else float(betaincinv(total + 1, whole - total, 1 - tail))
    low = 0.0 if total == 0 else float(gammaincinv(total, tail)) / whole
    return low, float(gammaincinv(total + 1, 1 - tail)) / whole
