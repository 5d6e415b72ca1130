"""Score intervals for the comparison of two proportions (Miettinen & Nurminen, 1985).

The score statistic compares the observed contrast with a hypothesised one, its variance taken at the maximum
likelihood estimate of both risks under that hypothesis. It stays defined with zero events. Here are the three
statistics and the search for the two values at which they reach the critical value; `risk` names the results.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Measure = Literal["difference", "ratio", "odds"]

_WIDEST_LOG = 30.0
"""Ratios are searched between exp(-30) and exp(30); an end outside is open."""


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Events among people in the arm (x1 of n1) and in the reference (x0 of n0)."""

    x1: int
    n1: int
    x0: int
    n0: int


def restricted_difference(table: TwoByTwo, difference: float) -> tuple[float, float]:
    """Both risks by maximum likelihood under risk1 - risk0 = difference (Miettinen & Nurminen, 1985, appendix I).

    >>> p1, p0 = restricted_difference(TwoByTwo(56, 70, 48, 80), 0.0)
    >>> round(p1, 6), round(p0, 6)
    (0.693333, 0.693333)
    """
    x1, n1, x0, n0 = table.x1, table.n1, table.x0, table.n0
    total, events = n1 + n0, x1 + x0
    c3 = float(total)
    c2 = (n1 + 2 * n0) * difference - total - events
    c1 = (n0 * difference - total - 2 * x0) * difference + events
    c0 = x0 * difference * (1.0 - difference)
    shift = c2 / (3.0 * c3)
    q = shift**3 - c1 * c2 / (6.0 * c3**2) + c0 / (2.0 * c3)
    p = math.copysign(math.sqrt(max(shift**2 - c1 / (3.0 * c3), 0.0)), q)
    cosine = 1.0 if p == 0.0 else min(1.0, max(-1.0, q / p**3))
    p0 = 2.0 * p * math.cos((math.pi + math.acos(cosine)) / 3.0) - shift
    p0 = min(max(p0, 0.0, -difference), 1.0, 1.0 - difference)
    return min(max(p0 + difference, 0.0), 1.0), p0


def restricted_ratio(table: TwoByTwo, ratio: float) -> tuple[float, float]:
    """Both risks by maximum likelihood under risk1 / risk0 = ratio."""
    x1, n1, x0, n0 = table.x1, table.n1, table.x0, table.n0
    a = (n1 + n0) * ratio
    b = -(n1 * ratio + x1 + n0 + x0 * ratio)
    c = float(x1 + x0)
    # The stable form of the smaller root: no subtraction of nearly equal numbers when the ratio is extreme.
    p0 = 2.0 * c / (-b + math.sqrt(max(b * b - 4.0 * a * c, 0.0)))
    p0 = min(max(p0, 0.0), 1.0, 1.0 / ratio)
    return min(p0 * ratio, 1.0), p0


def restricted_odds(table: TwoByTwo, odds_ratio: float) -> tuple[float, float]:
    """Both risks by maximum likelihood under odds1 / odds0 = odds_ratio."""
    x1, n1, x0, n0 = table.x1, table.n1, table.x0, table.n0
    a = n0 * (odds_ratio - 1.0)
    b = n1 * odds_ratio + n0 - (x1 + x0) * (odds_ratio - 1.0)
    c = -float(x1 + x0)
    root = math.sqrt(max(b * b - 4.0 * a * c, 0.0))
    p0 = (-b + root) / (2.0 * a) if b < 0 and a != 0 else -2.0 * c / (b + root)
    p0 = min(max(p0, 0.0), 1.0)
    if p0 > 0.5:
        # Near 1 its complement is mostly rounding; the margin gives the other risk instead.
        return min(max((x1 + x0 - n0 * p0) / n1, 0.0), 1.0), p0
    return p0 * odds_ratio / (1.0 - p0 + p0 * odds_ratio), p0


def score(table: TwoByTwo, measure: Measure, value: float, *, corrected: bool) -> float:
    """Score statistic, standard normal if the true contrast is `value`; falls as `value` rises.

    corrected : multiply the variance by N / (N - 1) as Miettinen & Nurminen do; without it the statistic is
        Mee's (difference), Koopman's (ratio) or the plain score (odds ratio).

    >>> round(score(TwoByTwo(56, 70, 48, 80), "difference", 0.0, corrected=False), 4)
    2.6502
    """
    n1, n0 = table.n1, table.n0
    observed1, observed0 = table.x1 / n1, table.x0 / n0
    if measure == "difference":
        p1, p0 = restricted_difference(table, value)
        distance = observed1 - observed0 - value
        variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    elif measure == "ratio":
        p1, p0 = restricted_ratio(table, value)
        distance = observed1 - observed0 * value
        variance = p1 * (1 - p1) / n1 + value**2 * p0 * (1 - p0) / n0
    else:
        p1, p0 = restricted_odds(table, value)
        v1, v0 = n1 * p1 * (1 - p1), n0 * p0 * (1 - p0)
        # Efficient score of the log odds ratio: the expected events differ by the same amount in both arms.
        distance = n1 * (observed1 - p1)
        variance = v1 * v0 / (v1 + v0) if v1 > 0 and v0 > 0 else 0.0
    if corrected:
        variance *= (n1 + n0) / (n1 + n0 - 1)
    if abs(distance) < 1e-15:
        return 0.0
    if variance <= 0.0:
        return math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def limits(table: TwoByTwo, measure: Measure, z: float, *, corrected: bool) -> tuple[float, float]:
    """The two values at which the score statistic is +z and -z.

    Returns the natural ends where the statistic never gets there: -1 and 1 for the difference, 0 and
    `math.inf` for the ratios. An infinite end is for the caller to put into words.
    """
    lowest, highest = (-1.0, 1.0) if measure == "difference" else (-_WIDEST_LOG, _WIDEST_LOG)

    def statistic(position: float) -> float:
        return score(table, measure, position if measure == "difference" else math.exp(position), corrected=corrected)

    low = _falling_root(lambda position: statistic(position) - z, lowest, highest)
    high = _falling_root(lambda position: statistic(position) + z, lowest, highest)
    if measure == "difference":
        return (-1.0 if low is None else low), (1.0 if high is None else high)
    no_information = table.x1 + table.x0 == 0 or (table.x1 == table.n1 and table.x0 == table.n0 and measure == "odds")
    if no_information:
        return 0.0, math.inf
    return (0.0 if low is None else math.exp(low)), (math.inf if high is None else math.exp(high))


def _falling_root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Where a falling function crosses zero, by bisection to machine precision; None when it does not."""
    edge = 1e-12
    if function(low + edge) <= 0.0 or function(high - edge) >= 0.0:
        return None
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high or high - low < 1e-14:
            return middle
        if function(middle) > 0.0:
            low = middle
        else:
            high = middle
