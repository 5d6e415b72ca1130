"""Control chart of single values (individuals chart): a person's sessions against the limits of the person's own course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.session_courses import lengths_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

D2 = 1.128
"""Expected range of two normal values, in standard deviations (Montgomery, Introduction to Statistical Quality Control)."""
BEYOND = 3.0
"""Sigmas below the centre at which one session is a signal (Shewhart's limits)."""
WARNING = 2.0
"""Sigmas below the centre which two of three neighbouring sessions must pass to be a signal (Western Electric, 1956)."""


@dataclass(frozen=True, slots=True)
class IndividualsChart:
    """Limits and signals, a row per person and a column per session.

    centre, sigma : (n, m) where each session's limits come from, NaN where there are none
    signal : (n, m) True where the session is signalled as low: below centre − 3 sigma, or the second of three neighbouring
        sessions that lie below centre − 2 sigma
    charted : (n, m) True where limits exist
    """

    centre: Floats
    sigma: Floats
    signal: Flags
    charted: Flags


def individuals_chart(table: ArrayLike, *, least: int = 6, so_far: bool = False) -> IndividualsChart:
    """Which sessions lie lower than the person's own variation from one session to the next lets expect.

    table : (n, m) sessions without gaps, NaN after the last; a higher value is better
    least : sessions a person needs for limits
    so_far : limits from the sessions before each session only, `least` at the least; else from all of the person's sessions.
        What is to predict something after a session must not know the sessions that follow

    Centre is the mean, sigma the mean moving range of two neighbours over 1.128. Sources: Shewhart (1931); Montgomery (2013,
    ch. 6.4); for sessions of psychotherapy Eubanks-Carter, Gorman & Muran (2012, Psychother Res 22, 621-637).

    >>> chart = individuals_chart([[5.0, 5.2, 5.1, 5.0, 5.2, 5.1, 3.0, 5.0, 5.1, 5.2, 5.0]])
    >>> np.flatnonzero(chart.signal[0]), round(float(chart.centre[0, 0] - 3 * chart.sigma[0, 0]), 2)
    (array([6]), 3.52)
    """
    values = np.asarray(table, dtype=np.float64)
    lengths = lengths_of(values)
    n, m = values.shape
    inside = np.arange(m) < lengths[:, None]
    filled = np.where(inside, values, 0.0)
    moves = np.zeros((n, m))
    moves[:, 1:] = np.where(inside[:, 1:], np.abs(np.diff(filled, axis=1)), 0.0)
    if so_far:
        before = np.arange(m)
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = (np.cumsum(filled, axis=1) - filled) / before
            sigma = (np.cumsum(moves, axis=1) - moves) / (before - 1) / D2
        charted = inside & (before >= max(least, 2))
    else:
        enough = lengths >= max(least, 2)
        mean = filled.sum(axis=1) / np.maximum(lengths, 1)
        spread = moves.sum(axis=1) / np.maximum(lengths - 1, 1) / D2
        centre, sigma = (np.broadcast_to(part[:, None], (n, m)) for part in (mean, spread))
        charted = inside & enough[:, None]
    with np.errstate(invalid="ignore"):
        far = charted & (values < centre - BEYOND * sigma)
        near = charted & (values < centre - WARNING * sigma)
    pair = near.copy()
    pair[:, 0] = False
    pair[:, 1:] &= near[:, :-1] | np.column_stack([np.zeros(n, dtype=bool), near[:, :-2]])[:, : m - 1]
    nothing = np.where(charted, 0.0, np.nan)
    return IndividualsChart(centre + nothing, sigma + nothing, far | pair, charted)
