"""Risk ratio, odds ratio and risk difference of two groups, and what they mean for people.

Group 1 is the treatment, group 2 the comparison; above 0 (ratios: above 1) the event is more frequent in group 1.
Empty cells as metafor's escalc (`add = 1/2, to = "only0"`): 1/2 is added to the four cells of those studies that have an
empty one, and to no other. For ratios a study without an event, or without a non-event, in either group is left
out with the reason (`drop00`): it says nothing about a ratio.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forwhom.kernels import risk
from forwhom.kernels.meta_analysis.effects import Array, Effects, Numbers


def log_risk_ratio(e1: ArrayLike, n1: ArrayLike, e2: ArrayLike, n2: ArrayLike) -> Effects:
    """Natural log of the risk ratio.

    e1, n1 : people with the event and people in group 1; e2, n2 : in group 2
    Variance 1/e1 − 1/n1 + 1/e2 − 1/n2 (Katz et al., 1978).

    >>> made = log_risk_ratio([15, 0], [40, 30], [20, 0], [40, 30])
    >>> made.value.round(4), made.problem[1]
    (array([-0.2877,     nan]), 'nobody in either group had the event, which says nothing about a ratio')
    """
    got, a, b, c, d = _cells(e1, n1, e2, n2, ratio=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(a / (a + b)) - np.log(c / (c + d))
        variance = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return got.effects(value, variance, "log risk ratio")


def log_odds_ratio(e1: ArrayLike, n1: ArrayLike, e2: ArrayLike, n2: ArrayLike) -> Effects:
    """Natural log of the odds ratio, variance the sum of the inverse cells (Woolf, 1955).

    >>> log_odds_ratio([15], [40], [20], [40]).value.round(4)
    array([-0.5108])
    """
    got, a, b, c, d = _cells(e1, n1, e2, n2, ratio=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, variance = np.log(a / b) - np.log(c / d), 1 / a + 1 / b + 1 / c + 1 / d
    return got.effects(value, variance, "log odds ratio")


def risk_difference(e1: ArrayLike, n1: ArrayLike, e2: ArrayLike, n2: ArrayLike) -> Effects:
    """Risk in group 1 minus risk in group 2; a study without any event stays in, with its difference of 0.

    >>> risk_difference([15], [40], [20], [40]).value
    array([-0.125])
    """
    got, a, b, c, d = _cells(e1, n1, e2, n2, ratio=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = a / (a + b) - c / (c + d)
        variance = a * b / (a + b) ** 3 + c * d / (c + d) ** 3
    return got.effects(value, variance, "risk difference")


def risk_ratio_interval(e1: int, n1: int, e2: int, n2: int, *, level: float = 0.95) -> risk.Contrast:
    """Risk ratio of one study with the score interval of Miettinen & Nurminen (1985), which needs no 1/2 in empty cells.

    >>> ratio = risk_ratio_interval(15, 40, 20, 40)
    >>> round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)
    (0.75, 0.45, 1.24)
    """
    return risk.risk_ratio(e1, n1, e2, n2, level=level)


def odds_ratio_interval(e1: int, n1: int, e2: int, n2: int, *, level: float = 0.95) -> risk.Contrast:
    """Odds ratio of one study with the score interval of Miettinen & Nurminen (1985).

    >>> round(odds_ratio_interval(15, 40, 20, 40).value, 2)
    0.6
    """
    return risk.odds_ratio(e1, n1, e2, n2, level=level)


def risk_difference_interval(e1: int, n1: int, e2: int, n2: int, *, level: float = 0.95) -> risk.Contrast:
    """Risk difference of one study with Newcombe's interval (1998, method 10).

    >>> round(risk_difference_interval(15, 40, 20, 40).low, 3)
    -0.324
    """
    return risk.risk_difference(e1, n1, e2, n2, level=level, method="newcombe")


def number_needed_to_treat(
    e1: int, n1: int, e2: int, n2: int, level: float = 0.95, *, event_is_good: bool
) -> risk.NumberNeeded:
    """People to treat for one more to benefit or be harmed, from Newcombe's limits of the risk difference (Bender, 2001).

    When the interval of the difference holds 0 that of the number runs through infinity, and `words` says so.

    >>> number_needed_to_treat(15, 40, 30, 40, event_is_good=False).words
    'NNTB 2.7 (95 % CI 1.8 to 6.3)'
    """
    return risk.number_needed_to_treat(
        risk_difference_interval(e1, n1, e2, n2, level=level), event_is_good=event_is_good
    )


def _cells(
    e1: ArrayLike, n1: ArrayLike, e2: ArrayLike, n2: ArrayLike, *, ratio: bool
) -> tuple[Numbers, Array, Array, Array, Array]:
    """The four cells, 1/2 added where one is empty."""
    got = Numbers(e1=e1, n1=n1, e2=e2, n2=n2)
    got.people("n1", "n2", least=1.0)
    for events, people in (("e1", "n1"), ("e2", "n2")):
        got.refuse((got[events] < 0) | (got[events] > got[people]), f"{events} is not between 0 and {people}")
    if ratio:
        got.refuse(
            (got["e1"] == 0) & (got["e2"] == 0),
            "nobody in either group had the event, which says nothing about a ratio",
        )
        full = (got["e1"] == got["n1"]) & (got["e2"] == got["n2"])
        got.refuse(full, "everybody in both groups had the event, which says nothing about a ratio")
    cells = np.stack([got["e1"], got["n1"] - got["e1"], got["e2"], got["n2"] - got["e2"]])
    a, b, c, d = cells + 0.5 * (cells == 0).any(axis=0)
    return got, a, b, c, d
