"""Courses from session to session as a table, and what they look like when nothing happens but a trend and noise.

A rule that looks for falls or jumps finds some in any series that varies. How many, a null series of the same length tells:
the person's own scores in another order, or the person's own straight line with noise that is alike from session to session.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]

MOST_CORRELATED = 0.9
_STEPS = 24


@dataclass(frozen=True, slots=True)
class StraightLines:
    """Every person's straight line over the sessions, with first-order autoregressive noise.

    intercept, slope : (n,) of the score on the number of the session, counted 0, 1, 2 … (score units, per session)
    sd : (n,) standard deviation of the noise, score units, drawn towards the pooled one as far as people do not differ in it
    correlation : of the noise of neighbouring sessions, one for all, corrected for the line taken out
    pooled_sd : of everybody; lengths : (n,) sessions
    """

    intercept: Floats
    slope: Floats
    sd: Floats
    correlation: float
    pooled_sd: float
    lengths: Counts


def as_table(value: ArrayLike, starts: ArrayLike) -> Floats:
    """Rows of one value each, by person and then in the order of time, as a table: (n, m), NaN after a person's last session.

    value : (N,); starts : (n + 1,) first row of each person, and the end

    >>> as_table([1.0, 2.0, 3.0, 4.0, 5.0], [0, 3, 5])
    array([[ 1.,  2.,  3.],
           [ 4.,  5., nan]])
    """
    values, first = np.asarray(value, dtype=np.float64), np.asarray(starts, dtype=np.intp)
    lengths = np.diff(first)
    if lengths.size and (lengths < 1).any():
        raise ValueError("A person without a session was given; leave out people without any.")
    table = np.full((lengths.size, int(lengths.max(initial=0))), np.nan)
    person = np.repeat(np.arange(lengths.size), lengths)
    table[person, np.arange(values.size) - np.repeat(first[:-1], lengths)] = values
    return table


def lengths_of(table: Floats) -> Counts:
    """(n,) sessions of each person; raises ValueError where an absent value has a later one behind it."""
    known = np.isfinite(table)
    lengths: Counts = known.sum(axis=1)
    if (known != (np.arange(table.shape[1]) < lengths[:, None])).any():
        raise ValueError("An absent value lies between two sessions; give each person's sessions without gaps.")
    return lengths


def straight_lines(table: ArrayLike) -> StraightLines:
    """Least squares per person, the noise's correlation and spread from what is left.

    table : (n, m) as `as_table` makes it. People with fewer than three sessions have a level line.
    The first-order correlation solves: pooled lag-1 products of the residuals over their squares = its expectation given
    the lines taken out, because residuals of short series look less alike than the noise is.

    >>> line = np.arange(8.0)
    >>> found = straight_lines(np.vstack([line + [0, 1, 0, -1, 0, 1, 0, -1], 9 - line + [1, 0, -1, 0, 1, 0, -1, 0]]))
    >>> found.slope.round(1), round(found.correlation, 2)
    (array([ 0.9, -1.1]), 0.46)
    """
    values = np.asarray(table, dtype=np.float64)
    lengths = lengths_of(values)
    n = lengths.size
    intercept, slope, squares, products = (np.zeros(n) for _ in range(4))
    makers: dict[int, Floats] = {}
    for m in np.unique(lengths).tolist():
        rows = lengths == m
        if m == 0:
            continue
        part = values[rows, :m]
        x = np.column_stack([np.ones(m), np.arange(m, dtype=np.float64)])[:, : 1 if m < 3 else 2]
        beta = np.linalg.lstsq(x, part.T, rcond=None)[0]
        left = part - (x @ beta).T
        intercept[rows] = beta[0]
        slope[rows] = beta[1] if m >= 3 else 0.0
        squares[rows] = (left**2).sum(axis=1)
        products[rows] = (left[:, 1:] * left[:, :-1]).sum(axis=1)
        makers[m] = np.eye(m) - x @ np.linalg.solve(x.T @ x, x.T)
    told = np.array([m for m in makers if m >= 4], dtype=np.intp)
    counts = np.array([(lengths == m).sum() for m in told], dtype=np.float64)
    usable = np.isin(lengths, told)
    ratio = products[usable].sum() / squares[usable].sum() if squares[usable].sum() > 0 else 0.0
    correlation = _solve(ratio, told, counts, makers) if told.size else 0.0
    free, scatter = np.zeros(n), np.zeros(n)
    for m, maker in makers.items():
        left = maker @ _correlations(m, correlation)
        free[lengths == m] = np.trace(left)
        scatter[lengths == m] = 2.0 * float((left * left.T).sum())
    pooled = float(squares.sum() / free.sum()) if free.sum() > 0 else 0.0
    variance = _drawn_together(squares, free, scatter, pooled)
    return StraightLines(intercept, slope, np.sqrt(variance), float(correlation), float(np.sqrt(pooled)), lengths)


def simulated(lines: StraightLines, draws: int, rng: np.random.Generator, *, low: float | None = None,
              high: float | None = None, step: float | None = None, added: ArrayLike | None = None) -> Floats:  # fmt: skip
    """Courses in which nothing happens: (draws × n, m), person after person within a draw, NaN after the last session.

    low, high : limits of the possible score; what would lie beyond is set to the limit
    step : smallest difference of two scores; courses are rounded to it, because a rounded fall reaches a criterion that is a
        whole number of steps more easily than the fall behind it. The variance that rounding adds is taken off before (Sheppard)
    added : (n, m) what everybody's line has besides, e.g. a lasting step

    >>> lines = straight_lines([[1.0, 2.0, 3.0, 4.0], [4.0, 4.0, 5.0, np.nan]])
    >>> simulated(lines, 3, np.random.default_rng(1)).shape
    (6, 4)
    """
    n, m = lines.lengths.size, int(lines.lengths.max(initial=0))
    shocks = rng.standard_normal((draws, n, m))
    keep, rest = lines.correlation, float(np.sqrt(1.0 - lines.correlation**2))
    for t in range(1, m):
        shocks[:, :, t] = keep * shocks[:, :, t - 1] + rest * shocks[:, :, t]
    sd = lines.sd if step is None else np.sqrt(np.maximum(lines.sd**2 - step**2 / 12.0, 0.0))
    made = lines.intercept[:, None] + lines.slope[:, None] * np.arange(m) + sd[:, None] * shocks
    if added is not None:
        made = made + np.nan_to_num(np.asarray(added, dtype=np.float64))
    if step is not None:
        made = np.round(made / step) * step
    if low is not None or high is not None:
        made = np.clip(made, low, high)
    made[:, np.arange(m)[None, :] >= lines.lengths[:, None]] = np.nan
    return made.reshape(draws * n, m)


def shuffled(table: ArrayLike, draws: int, rng: np.random.Generator) -> Floats:
    """Everybody's own scores in random order: (draws × n, m), as `simulated` has them.

    >>> shuffled([[1.0, 2.0, np.nan]], 2, np.random.default_rng(3)).shape
    (2, 3)
    """
    values = np.asarray(table, dtype=np.float64)
    lengths = lengths_of(values)
    order = rng.random((draws, *values.shape))
    order[:, np.arange(values.shape[1])[None, :] >= lengths[:, None]] = 2.0
    repeated = np.broadcast_to(values, order.shape)
    return np.take_along_axis(repeated, np.argsort(order, axis=2), axis=2).reshape(draws * len(values), -1)


def within_sd(table: ArrayLike) -> float:
    """Standard deviation of the scores around each person's own mean, pooled over people; 0 when nobody has two sessions.

    >>> round(within_sd([[1.0, 2.0, 3.0], [5.0, 5.0, np.nan]]), 4)
    0.8165
    """
    values = np.asarray(table, dtype=np.float64)
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    filled = np.where(known, values, 0.0)
    means = filled.sum(axis=1) / np.maximum(counts, 1)
    squares = float((np.where(known, values - means[:, None], 0.0) ** 2).sum())
    free = int(np.maximum(counts - 1, 0).sum())
    return float(np.sqrt(squares / free)) if free else 0.0


def step_of(table: ArrayLike) -> float | None:
    """Largest of the usual steps (1, 0.5, 0.25, 0.1, 0.05, 0.01) that all scores are multiples of; None for none of them.

    >>> step_of([[3.0, 4.5], [2.25, np.nan]]), step_of([[0.123]])
    (0.25, None)
    """
    values = np.asarray(table, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    for step in (1.0, 0.5, 0.25, 0.1, 0.05, 0.01):
        if (np.abs(values / step - np.round(values / step)) < 1e-6).all():
            return step
    return None


def _drawn_together(squares: Floats, free: Floats, scatter: Floats, pooled: float) -> Floats:
    """(n,) variances: own sums of squares, with so many residuals of the pooled variance added as the sample's spread tells.

    free : expected sum of squares over the variance; scatter : its variance over the variance squared. What sums of squares
    scatter beyond that is how far people differ (moments, weighted by `free`).
    """
    known = free > 0
    if not pooled > 0 or not known.any():
        return np.full(free.size, pooled)
    own = squares[known] / free[known] / pooled
    beyond = float((free[known] * ((own - 1.0) ** 2 - scatter[known] / free[known] ** 2)).sum() / free[known].sum())
    if not beyond > 1e-6:
        return np.full(free.size, pooled)
    prior = 2.0 / beyond
    return (squares + prior * pooled) / (free + prior)


def _correlations(m: int, phi: float) -> Floats:
    steps = np.abs(np.subtract.outer(np.arange(m), np.arange(m))).astype(np.float64)
    powers: Floats = np.where(steps == 0, 1.0, phi**steps)
    return powers


def _solve(ratio: float, told: Counts, counts: Floats, makers: dict[int, Floats]) -> float:
    """The correlation whose expected lag-1 ratio of residuals is the observed one, by bisection."""
    longest = int(told.max())
    above, below = np.zeros(longest), np.zeros(longest)
    for m, count in zip(told.tolist(), counts.tolist(), strict=True):
        maker = makers[m]
        steps = np.abs(np.subtract.outer(np.arange(m), np.arange(m))).ravel()
        # Expected products are linear in the correlations: a weight for each distance of two sessions.
        above[:m] += count * np.bincount(steps, (maker[:, :-1] @ maker[1:]).ravel())
        below[:m] += count * np.bincount(steps, (maker @ maker).ravel())
    low, high, distance = -MOST_CORRELATED, MOST_CORRELATED, np.arange(longest)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        powers = np.where(distance == 0, 1.0, middle**distance)
        if float(above @ powers) / float(below @ powers) < ratio:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
