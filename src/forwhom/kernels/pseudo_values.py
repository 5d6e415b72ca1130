"""Pseudo-observations: a number per person whose mean is the risk at a time, for people followed for different times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def pseudo_risk(time: ArrayLike, event: ArrayLike, horizon: float) -> Array:
    """Jackknife pseudo-observations of the risk by `horizon` (Andersen, Klein & Rosthoj, 2003, Biometrika 90:15).

    time : (n,) time of the event, or until when the person was watched without it; not negative, no absences
    event : (n,) True when it happened at `time`
    horizon : the time the risk is about, in the same unit

    Returns (n,) values n R − (n − 1) R without the person, R being one minus the Kaplan-Meier curve. Their mean is
    R. They are the plain 0 and 1 when everybody without the event was watched to the horizon, and otherwise lie
    outside 0 to 1 for some. They stand for the unseen only if leaving tells nothing of what would have happened:
    make them within groups that leave differently, such as arms.
    Raises ValueError for unequal, negative or absent times.

    >>> pseudo_risk([2.0, 5.0, 12.0, 12.0], [True, False, True, False], 12.0).round(2)
    array([ 1. ,  0.5,  1.5, -0.5])
    """
    t, happened = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    if t.shape != happened.shape or t.ndim != 1 or t.size == 0:
        raise ValueError("time and event must be two columns of one length, with at least one person.")
    if not np.isfinite(t).all() or (t < 0).any():
        raise ValueError("times must be known and not negative. Leave people out whose time is not known.")
    if (happened | (t >= horizon)).all():
        return (happened & (t <= horizon)).astype(float)
    when = np.unique(t[happened & (t <= horizon)])
    there = t[:, None] >= when
    own = happened[:, None] & (t[:, None] == when)
    at_risk, events = there.sum(axis=0), own.sum(axis=0)
    n = t.size
    whole = float(np.prod(1.0 - events / at_risk))
    left = at_risk - there
    without = np.prod(1.0 - np.where(left > 0, (events - own) / np.maximum(left, 1), 0.0), axis=1)
    values: Array = n * (1.0 - whole) - (n - 1) * (1.0 - without)
    return values
