"""Time to the first event: Kaplan-Meier curve, number at risk, log-rank test.

Times are in the study's time unit, counted from the start of each person's observation. A person leaves the
risk set after `time`, with the event or without (censored); at equal times events come before censorings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LimitKind = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Product-limit estimate at each distinct time of leaving the risk set, in rising order.

    times, survival, se, low, high : (k,) survival just after each time, Greenwood standard error, limits
    at_risk, events, censored : (k,) counts at that time
    median, median_low, median_high : None where the curve or its limit never falls to one half
    """

    times: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    se: Floats
    low: Floats
    high: Floats
    median: float | None
    median_low: float | None
    median_high: float | None
    n: int
    level: float
    limits: str


@dataclass(frozen=True, slots=True)
class LogRank:
    """Log-rank test; p is None when no group can be told from another (no events while both are at risk)."""

    statistic: float | None
    df: int
    p: float | None
    groups: tuple[Any, ...]
    observed: Floats
    expected: Floats


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, level: float = 0.95, limits: LimitKind = "log-log"
) -> KaplanMeier:
    """Kaplan-Meier estimate with Greenwood's variance (Kaplan & Meier, 1958; Kalbfleisch & Prentice, 2002).

    time : (n,) not negative, no absences
    event : (n,) 1 or True when the event happened at `time`, 0 when the person was last seen without it
    limits : pointwise; "log-log" stays within 0 and 1 and keeps its level in small samples, "log" and "plain"
        are there for comparison. Where survival is 0 Greenwood's variance is undefined: the lower limit is then 0
        and the upper one that of the step before, which still holds because survival cannot rise.
    Raises ValueError on empty, negative, absent or unequal input.

    >>> curve = kaplan_meier([6, 6, 6, 7, 10, 13], [1, 1, 1, 1, 0, 1])
    >>> curve.times, curve.survival.round(3)
    (array([ 6.,  7., 10., 13.]), array([0.5  , 0.333, 0.333, 0.   ]))
    >>> curve.median
    6.5
    """
    duration, happened = check_times(time, event)
    if limits not in ("log-log", "log", "plain"):
        raise ValueError(f"Unknown limits {limits!r}. Use log-log, log or plain.")
    times, position = np.unique(duration, return_inverse=True)
    leaving = np.bincount(position, minlength=times.size)
    events = np.bincount(position, weights=happened, minlength=times.size).astype(np.int64)
    at_risk = duration.size - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    survival = np.cumprod(1.0 - events / at_risk)
    left = at_risk - events
    hazard_variance = np.cumsum(events / (at_risk * np.where(left > 0, left, 1)))
    hazard_se = np.sqrt(hazard_variance)
    alive = survival > 0
    se = np.where(alive, survival * hazard_se, 0.0)
    low, high = _limits(survival, hazard_se, normal_quantile(level), limits)
    return KaplanMeier(
        times, at_risk, events, leaving - events, survival, se, low, high,
        _halfway(times, survival), _halfway(times, low), _halfway(times, high), duration.size, level, limits,
    )  # fmt: skip


def number_at_risk(time: ArrayLike, at: ArrayLike) -> Ints:
    """How many people are still observed just before each time in `at`.

    >>> number_at_risk([1, 2, 2, 5], [0, 2, 3, 6])
    array([4, 3, 1, 0])
    """
    duration = np.sort(np.asarray(time, dtype=np.float64))
    return np.asarray(duration.size - np.searchsorted(duration, np.asarray(at, dtype=np.float64), side="left"))


def log_rank(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> LogRank:
    """Log-rank test of equal survival in two or more groups (Mantel, 1966; Peto & Peto, 1972).

    group : (n,) any labels; the result lists them in sorted order
    statistic : chi-square with hypergeometric variance, `df` = number of groups - 1
    Raises ValueError with fewer than two groups.

    >>> test = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], ["a", "b", "a", "a", "b", "b"])
    >>> round(test.statistic, 4), test.observed, test.expected.round(3)
    (1.6674, array([3., 2.]), array([1.733, 3.267]))
    """
    duration, happened = check_times(time, event)
    labels, code = np.unique(np.asarray(group), return_inverse=True)
    if code.size != duration.size:
        raise ValueError(f"There are {duration.size} times and {code.size} group labels; give one label per person.")
    if labels.size < 2:
        raise ValueError("A log-rank test compares at least two groups; all people carry the same label.")
    times = np.unique(duration[happened > 0])
    at_risk = np.stack([number_at_risk(duration[code == k], times) for k in range(labels.size)], axis=1).astype(float)
    deaths = np.stack([_count(duration[(code == k) & (happened > 0)], times) for k in range(labels.size)], axis=1)
    total, dead = at_risk.sum(axis=1), deaths.sum(axis=1)
    share = at_risk / total[:, None]
    observed, expected = deaths.sum(axis=0), (share * dead[:, None]).sum(axis=0)
    weight = dead * (total - dead) / np.maximum(total - 1.0, 1.0)
    variance = np.diag((weight[:, None] * share).sum(axis=0)) - (share * weight[:, None]).T @ share
    informative = np.diag(variance) > 1e-12
    df = int(informative.sum()) - 1
    if df < 1:
        return LogRank(None, max(df, 0), None, tuple(labels.tolist()), observed, expected)
    keep = np.flatnonzero(informative)[:-1]
    gap = (observed - expected)[keep]
    statistic = float(gap @ np.linalg.solve(variance[np.ix_(keep, keep)], gap))
    return LogRank(statistic, df, float(chdtrc(df, statistic)), tuple(labels.tolist()), observed, expected)


def check_times(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats]:
    """Times and event indicators as float arrays, or a ValueError that says what is wrong."""
    duration = np.asarray(time, dtype=np.float64)
    happened = np.asarray(event, dtype=np.float64)
    if duration.ndim != 1 or duration.shape != happened.shape:
        raise ValueError(f"Give one time and one event indicator per person; shapes {duration.shape} {happened.shape}.")
    if duration.size == 0:
        raise ValueError("There is nobody to follow: the times are empty.")
    if not np.isfinite(duration).all() or (duration < 0).any():
        raise ValueError("Times must be present and not negative; leave out people without a time and count them.")
    if not np.isin(happened, (0.0, 1.0)).all():
        raise ValueError("The event indicator is 1 (event) or 0 (last seen without it) for every person.")
    return duration, happened


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile of a confidence level."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"The level of an interval lies between 0 and 1, for example 0.95; {level!r} was given.")
    return float(-ndtri(0.5 * (1.0 - level)))


def _limits(survival: Floats, hazard_se: Floats, z: float, kind: str) -> tuple[Floats, Floats]:
    inside = (survival > 0) & (survival < 1)
    s, e = survival[inside], hazard_se[inside]
    if kind == "log-log":
        spread = z * e / np.log(s)
        a, b = s ** np.exp(-spread), s ** np.exp(spread)
    elif kind == "log":
        a, b = s * np.exp(-z * e), s * np.exp(z * e)
    else:
        a, b = s - z * s * e, s + z * s * e
    low, high = survival.copy(), survival.copy()
    low[inside], high[inside] = np.maximum(a, 0.0), np.minimum(b, 1.0)
    gone = survival <= 0
    if gone.any():
        before = int(np.flatnonzero(gone)[0])
        high[gone] = high[before - 1] if before > 0 else 1.0
    return low, high


def _halfway(times: Floats, curve: Floats) -> float | None:
    """First time the curve is below one half; the middle of the stretch where it lies exactly on it."""
    below = np.flatnonzero(curve < 0.5 - 1e-9)
    on = np.flatnonzero(np.abs(curve - 0.5) <= 1e-9)
    if on.size:
        return float(0.5 * (times[on[0]] + times[below[0]])) if below.size else float(times[on[0]])
    return float(times[below[0]]) if below.size else None


def _count(values: Floats, times: Floats) -> Floats:
    ordered = np.sort(values)
    return (np.searchsorted(ordered, times, side="right") - np.searchsorted(ordered, times, side="left")).astype(float)
