"""A trend over a few occasions that leans on no shape and no normal errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST = 400
"""Values beyond which the exact distribution is not counted out."""
MOST_TIED = 120
"""The same where values are tied."""


@dataclass(frozen=True, slots=True)
class MonotoneTrend:
    """Whether values go up or down over time, and by how much a unit.

    slope : median of the slopes of all pairs, values per unit of time; None below two different times
    low, high : limits at `level`; None where so few values cannot give any
    intercept : median of value − slope × time
    tau : Kendall's tau-b, −1 to 1
    p : two-sided, exact given the ties where times or values alone are tied, of at most 120; else roughly so
    n : pairs of time and value that are there; why_absent : why something is None
    """

    slope: float | None
    low: float | None
    high: float | None
    intercept: float | None
    tau: float | None
    p: float | None
    n: int
    level: float
    why_absent: str | None = None


def monotone_trend(times: ArrayLike, values: ArrayLike, *, level: float = 0.95) -> MonotoneTrend:
    """Theil-Sen slope with Sen's limits, Kendall's tau with the exact test (Sen, 1968; Kendall, 1938; Mann, 1945).

    times : (n,) in any unit and order; values : (n,) NaN where absent
    level : of the limits, which hold the slopes that Kendall's test does not reject

    p counts all orders of the values that there are, ties and all. The limits take the distribution without ties: with tied values it
    is wider than the true one, so that limits are too wide rather than too narrow. Values next to each other are taken as independent:
    where they are not, p is too small and limits are too narrow.
    Raises ValueError for arrays of different lengths, an infinite value, a level outside (0, 1) and more than 400 values.

    >>> found = monotone_trend([1, 2, 3, 4, 5, 6], [1.0, 1.5, 1.4, 2.2, 2.4, 3.0])
    >>> round(found.slope, 3), round(found.low, 3), round(found.high, 3), round(found.p, 4)
    (0.4, 0.2, 0.6, 0.0167)
    """
    x, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"times and values differ in shape: {x.shape} and {y.shape}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, not between 0 and 1")
    there = ~(np.isnan(x) | np.isnan(y))
    x, y = x[there], y[there]
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("times and values must be finite, or NaN where absent")
    n = x.size
    if n > MOST:
        raise ValueError(f"{n} values; {MOST} are the most")
    slopes = _slopes(x, y)
    if not slopes.size:
        return MonotoneTrend(
            None, None, None, None, None, None, n, level, "fewer than two different times have a value"
        )
    slope = float(np.median(slopes))
    s = float(np.sign(slopes).sum())
    tails = _tails(n)
    low, high = _limits(slopes, tails, n, 1 - level)
    why = None if low is not None else f"{n} values cannot give limits at {level:.0%}"
    p = _p(x, y, s, tails) if s else 1.0
    return MonotoneTrend(slope, low, high, float(np.median(y - slope * x)), _tau(x, y, s), p, n, level, why)


def _p(x: NDArray[np.float64], y: NDArray[np.float64], s: float, tails: NDArray[np.float64]) -> float:
    """Twice the share of all orders with at least so many pairs going one way."""
    sides = [groups for groups in (_ties(x), _ties(y)) if max(groups) > 1]
    free = x.size * (x.size - 1) // 2
    if not sides:
        return float(min(1.0, 2 * tails[round((abs(s) + free) / 2)]))
    if x.size > MOST_TIED:
        # Half a pair is never taken for a whole one.
        return float(min(1.0, 2 * tails[math.floor((abs(s) + free) / 2)]))
    found = []
    for groups in sides:
        pairs = free - sum(m * (m - 1) // 2 for m in groups)
        found.append(_tied_tails(groups)[math.floor((abs(s) + pairs) / 2)])
    return float(min(1.0, 2 * max(found)))


def _ties(values: NDArray[np.float64]) -> list[int]:
    """How often each value is there."""
    return [int(m) for m in np.unique(values, return_counts=True)[1]]


def _tied_tails(groups: list[int]) -> NDArray[np.float64]:
    """As `_tails`, of values of which so many each are tied: a sum of independent Mann-Whitney counts, one group after the other."""
    chance = np.ones(1)
    before = 0
    for m in groups:
        chance = np.convolve(chance, _two_groups(before, m))
        before += m
    return np.append(np.cumsum(chance[::-1])[::-1], 0.0)


def _two_groups(a: int, m: int) -> NDArray[np.float64]:
    """Chance of each number of pairs, from 0 to a·m, in which one of m comes after one of a (Mann & Whitney, 1947, equation 1)."""
    rows = [np.ones(1) for _ in range(a + 1)]
    for k in range(1, m + 1):
        for b in range(1, a + 1):
            # The last of all is one of the b, or one of the k, which then comes after every one of the b.
            made = np.zeros(b * k + 1)
            made[: rows[b - 1].size] += rows[b - 1]
            made[b:] += rows[b]
            rows[b] = made
    counts: NDArray[np.float64] = rows[a]
    return np.asarray(counts / counts.sum())


def _slopes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes of all pairs at different times, in order."""
    i, j = np.triu_indices(x.size, 1)
    dx, dy = x[j] - x[i], y[j] - y[i]
    apart = dx != 0
    return np.sort(dy[apart] / dx[apart])


def _tau(x: NDArray[np.float64], y: NDArray[np.float64], s: float) -> float | None:
    i, j = np.triu_indices(x.size, 1)
    pairs = float(np.count_nonzero(x[i] != x[j])) * float(np.count_nonzero(y[i] != y[j]))
    return s / math.sqrt(pairs) if pairs else None


def _tails(n: int) -> NDArray[np.float64]:
    """Probability that k or more of the n(n−1)/2 pairs go up, for k from 0 to all of them and one more, without any trend.

    The number of pairs that go up in n values in random order is a sum of independent uniforms on 0 … i, i below n.
    """
    chance = np.ones(1)
    for i in range(1, n):
        chance = np.convolve(chance, np.full(i + 1, 1 / (i + 1)))
    return np.append(np.cumsum(chance[::-1])[::-1], 0.0)


def _limits(
    slopes: NDArray[np.float64], tails: NDArray[np.float64], n: int, alpha: float
) -> tuple[float | None, float | None]:
    """The slopes that the two-sided test keeps; None where it rejects none, however far off."""
    pairs = n * (n - 1) // 2
    # Smallest number of pairs going up that is rejected: 2 P(K ≥ k) ≤ alpha. A little room for sums of floats.
    rejected = int(np.argmax(2 * tails <= alpha * (1 + 1e-12)))
    if rejected > pairs:
        return None, None
    # Pairs at one time have no slope; they may go either way, so that limits only widen.
    first = math.ceil((slopes.size - (2 * rejected - pairs) + 2) / 2)
    if first < 1:
        return None, None
    return float(slopes[first - 1]), float(slopes[slopes.size - first])
