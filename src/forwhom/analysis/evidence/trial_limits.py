"""Limits of one trial's own numbers: the same wherever they are shown.

Of events the score interval of Miettinen and Nurminen for ratios, which holds its level in small groups, and Newcombe's for the
difference, from which the number needed to treat follows. Of everything else normal ones.
"""

from __future__ import annotations

import math

from forwhom.analysis.evidence.effects import Effect, Measure
from forwhom.evidence.comparisons import EVENTS, Comparison
from forwhom.kernels import meta_analysis as kernel
from forwhom.kernels import risk
from forwhom.kernels.risk import Contrast

SCORE, NEWCOMBE = "score, Miettinen-Nurminen", "Newcombe"
METHODS: dict[Measure, str] = {"rr": SCORE, "or": SCORE, "rd": NEWCOMBE}


def counts(one: Comparison) -> tuple[int, int, int, int] | None:
    """Events and people of both groups; None where they are not all told, or not whole."""
    if one.kind != EVENTS:
        return None
    values = (one.one.events, one.one.n, one.two.events, one.two.n)
    if any(value is None or value != int(value) for value in values):
        return None
    a, b, c, d = (int(value) for value in values if value is not None)
    return a, b, c, d


def of_counts(one: Comparison, measure: Measure, level: float) -> Contrast | None:
    """From the counts; None where there are none, or one of them is 0 and a ratio has no value."""
    told = counts(one)
    if told is None or measure == "g":
        return None
    maker = {
        "rr": kernel.risk_ratio_interval, "or": kernel.odds_ratio_interval, "rd": kernel.risk_difference_interval,
    }[measure]  # fmt: skip
    made = maker(*told, level=level)
    values = (made.value, made.low, made.high)
    if any(value is None or not math.isfinite(value) for value in values):
        return None
    if measure != "rd" and any(value is not None and value <= 0.0 for value in values):
        return None
    return made


def limits_of(each: Effect, measure: Measure, level: float) -> tuple[float, float, float, str]:
    """Value, lower and upper limit on the scale of the analysis, and how they are made."""
    found = of_counts(each.comparison, measure, level)
    if found is not None and found.value is not None and found.low is not None and found.high is not None:
        ends = (found.value, found.low, found.high)
        value, low, high = ends if measure == "rd" else (math.log(end) for end in ends)
        return value, low, high, METHODS[measure]
    from scipy.special import ndtri

    half = float(ndtri(0.5 + level / 2.0)) * math.sqrt(each.variance)
    return each.value, each.value - half, each.value + half, "normal"


def number_needed(value: float, low: float, high: float, level: float, *, event_is_good: bool) -> str:
    """In words, from a difference of shares and its limits (Bender, 2001); an interval through infinity is said.

    >>> number_needed(-0.346, -0.487, -0.181, 0.95, event_is_good=False)
    'number needed to treat for one more to benefit 2.9 (95 % CI 2.1 to 5.5)'
    """
    found = Contrast("risk difference", value, low, high, level, None, NEWCOMBE)
    words = risk.number_needed_to_treat(found, event_is_good=event_is_good).words
    return words.replace("NNTB", "number needed to treat for one more to benefit").replace(
        "NNTH", "number needed to treat for one more to be harmed"
    )
