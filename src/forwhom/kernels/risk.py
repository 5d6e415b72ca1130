"""Risk in one arm, and the contrast of two: difference, ratio, odds ratio, number needed to treat.

The arm comes first, the reference second: a difference above 0, or a ratio above 1, means that the event is
more frequent in the arm. Whether that is good, the caller knows. An end of an interval that does not exist is
None and `words` says why; nothing here returns an infinity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv, gammaln, ndtr, ndtri

from forwhom.kernels.score_interval import Measure, TwoByTwo, limits, score

DifferenceMethod = Literal["miettinen-nurminen", "mee", "newcombe"]
RatioMethod = Literal["miettinen-nurminen", "koopman"]
OddsMethod = Literal["miettinen-nurminen", "score"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """Share of people with the event, with limits in [0, 1]."""

    events: int
    n: int
    value: float
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """Arm against reference.

    value, low, high : None where undefined or open-ended, and then `words` says what is meant
    p : two-sided, of no difference, from the same score statistic as the limits (Newcombe's interval has none
        of its own and shows the Miettinen-Nurminen p)
    """

    measure: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    p: float | None
    method: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """Number needed to treat for one more person to benefit (NNTB) or be harmed (NNTH).

    value : absolute size; None when the risks are equal
    direction : of the value: "benefit", "harm", or "none" when the risks are equal
    low, high : the limits as absolute sizes, at the better and the worse end for the patient; None is infinity
    low_direction, high_direction : "benefit" or "harm" for each limit
    through_infinity : the interval holds "no difference", so it runs from `low` through infinity to `high`
    words : the whole in words
    """

    value: float | None
    direction: str
    low: float | None
    high: float | None
    low_direction: str
    high_direction: str
    through_infinity: bool
    level: float
    words: str


def clopper_pearson(events: int, n: int, level: float = 0.95) -> Proportion:
    """Exact interval of a proportion (Clopper & Pearson, 1934).

    events, n : people with the event among n people
    level : confidence of the two-sided interval
    Raises ValueError when n < 1 or events is outside 0 … n.

    >>> share = clopper_pearson(7, 20)
    >>> round(share.low, 4), round(share.high, 4)
    (0.1539, 0.5922)
    """
    _check_count("events", events, n)
    tail = _tail(level)
    low = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1.0 - tail))
    return Proportion(events, n, events / n, low, high, level, "Clopper-Pearson exact")


def wilson(events: int, n: int, level: float = 0.95) -> Proportion:
    """Score interval of a proportion (Wilson, 1927).

    Shorter than the exact one and close to its nominal level on average, not at every risk.

    >>> share = wilson(81, 263)
    >>> round(share.low, 4), round(share.high, 4)
    (0.2553, 0.3662)
    """
    _check_count("events", events, n)
    low, high = _wilson_limits(events, n, level)
    return Proportion(events, n, events / n, low, high, level, "Wilson score")


def risk_difference(
    x1: int, n1: int, x0: int, n0: int, *, level: float = 0.95, method: DifferenceMethod = "miettinen-nurminen"
) -> Contrast:
    """Risk in the arm minus risk in the reference, with a score interval.

    x1, n1 : events and people in the arm; x0, n0 : in the reference
    method : "miettinen-nurminen" (1985, variance times N / (N - 1)), "mee" (1984, without), or "newcombe"
        (1998, method 10: from the two Wilson intervals)
    Raises ValueError when a count is impossible or an arm is empty.

    >>> difference = risk_difference(56, 70, 48, 80)
    >>> round(difference.value, 4), round(difference.low, 4), round(difference.high, 4)
    (0.2, 0.0528, 0.3382)
    """
    table = _table(x1, n1, x0, n0)
    if method not in ("miettinen-nurminen", "mee", "newcombe"):
        raise ValueError(
            f"Unknown interval for a risk difference: {method!r}. Use miettinen-nurminen, mee or newcombe."
        )
    corrected = method != "mee"
    if method == "newcombe":
        low, high = _newcombe(table, level)
    else:
        low, high = limits(table, "difference", _z(level), corrected=corrected)
    value = x1 / n1 - x0 / n0
    p = _p_value(table, "difference", corrected=corrected)
    return Contrast("risk difference", value, low, high, level, p, _named(method))


def risk_ratio(
    x1: int, n1: int, x0: int, n0: int, *, level: float = 0.95, method: RatioMethod = "miettinen-nurminen"
) -> Contrast:
    """Risk in the arm over risk in the reference, with a score interval.

    method : "miettinen-nurminen" (1985) or "koopman" (1984, the same without N / (N - 1))
    Without events in the reference the ratio has no value and no upper limit; without events in either arm
    nothing is known about it. `words` then says so.

    >>> ratio = risk_ratio(16, 71, 36, 63)
    >>> round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)
    (0.39, 0.24, 0.63)
    >>> risk_ratio(3, 20, 0, 20).words
    'no events in the reference: the ratio has no value and no upper limit'
    """
    table = _table(x1, n1, x0, n0)
    if method not in ("miettinen-nurminen", "koopman"):
        raise ValueError(f"Unknown interval for a risk ratio: {method!r}. Use miettinen-nurminen or koopman.")
    corrected = method == "miettinen-nurminen"
    low, high = limits(table, "ratio", _z(level), corrected=corrected)
    value = None if x0 == 0 else (x1 / n1) / (x0 / n0)
    p = _p_value(table, "ratio", corrected=corrected)
    return _ratio_contrast("risk ratio", value, low, high, level, p, _named(method), table)


def odds_ratio(
    x1: int, n1: int, x0: int, n0: int, *, level: float = 0.95, method: OddsMethod = "miettinen-nurminen"
) -> Contrast:
    """Odds in the arm over odds in the reference, with a score interval.

    method : "miettinen-nurminen" (1985) or "score" (the same without N / (N - 1))
    An arm where nobody or everybody had the event leaves one end open; `words` says which.

    >>> ratio = odds_ratio(16, 71, 36, 63)
    >>> round(ratio.value, 3), round(ratio.low, 3), round(ratio.high, 3)
    (0.218, 0.104, 0.46)
    """
    table = _table(x1, n1, x0, n0)
    if method not in ("miettinen-nurminen", "score"):
        raise ValueError(f"Unknown interval for an odds ratio: {method!r}. Use miettinen-nurminen or score.")
    corrected = method == "miettinen-nurminen"
    low, high = limits(table, "odds", _z(level), corrected=corrected)
    against, favour = (n1 - x1) * x0, x1 * (n0 - x0)
    value = None if against == 0 else favour / against
    p = _p_value(table, "odds", corrected=corrected)
    return _ratio_contrast("odds ratio", value, low, high, level, p, _named(method), table)


def exact_p(x1: int, n1: int, x0: int, n0: int, *, mid: bool = True) -> float:
    """Two-sided p of no difference, given both margins (Fisher's exact test), mid-p by default.

    All tables as probable as the observed one or less count; mid-p gives those equally probable half their
    weight, which takes back most of the test's conservatism (Lancaster, 1961; Hirji, 2006).

    >>> round(exact_p(3, 4, 1, 4, mid=False), 4)
    0.4857
    """
    table = _table(x1, n1, x0, n0)
    events = x1 + x0
    first, last = max(0, events - n0), min(n1, events)
    logs = [
        _log_choose(n1, x) + _log_choose(n0, events - x) - _log_choose(n1 + n0, events) for x in range(first, last + 1)
    ]
    observed = logs[table.x1 - first]
    rarer = math.fsum(math.exp(value) for value in logs if value < observed - 1e-7)
    equal = math.fsum(math.exp(value) for value in logs if abs(value - observed) <= 1e-7)
    return min(1.0, rarer + (0.5 if mid else 1.0) * equal)


def number_needed_to_treat(difference: Contrast, *, event_is_good: bool) -> NumberNeeded:
    """Number needed to treat from a risk difference and its limits (Altman, 1998).

    difference : from `risk_difference`
    event_is_good : True for an event such as response, False for one such as self-harm
    When the interval of the difference includes zero, that of the number needed runs from one side through
    infinity to the other, and is said so.

    >>> number_needed_to_treat(risk_difference(16, 71, 36, 63), event_is_good=False).words
    'NNTB 2.9 (95 % CI 2.0 to 5.5)'
    >>> number_needed_to_treat(risk_difference(10, 50, 13, 50), event_is_good=False).words
    'NNTB 17 (95 % CI from NNTB 4.4 through infinity to NNTH 9.3)'
    """
    if difference.measure != "risk difference" or difference.value is None:
        raise ValueError("A number needed to treat comes from a risk difference; give risk_difference(...).")
    if difference.low is None or difference.high is None:
        raise ValueError("A number needed to treat comes from a risk difference with both limits; one is absent.")
    if event_is_good:
        benefit, best, worst = difference.value, difference.high, difference.low
    else:
        benefit, best, worst = -difference.value, -difference.low, -difference.high
    through = worst <= 0.0 <= best
    value, low, high = _reciprocal(benefit), _reciprocal(best), _reciprocal(worst)
    return NumberNeeded(
        value,
        "none" if value is None else _side(benefit),
        low,
        high,
        "harm" if best < 0 else "benefit",
        "benefit" if worst > 0 else "harm",
        through,
        difference.level,
        _number_words(benefit, best, worst, difference.level),
    )


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────


def _tail(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise ValueError(f"The level of an interval lies between 0 and 1, for example 0.95; {level!r} was given.")
    return 0.5 * (1.0 - level)


def _z(level: float) -> float:
    return float(-ndtri(_tail(level)))


def _check_count(name: str, events: int, n: int) -> None:
    if n != int(n) or events != int(events):
        raise ValueError(f"Counts must be whole numbers; {name} = {events!r} of {n!r} was given.")
    if n < 1:
        raise ValueError("There is nobody in this arm: a risk needs at least one person.")
    if not 0 <= events <= n:
        raise ValueError(
            f"The number of people with the event ({events}) must lie between 0 and the {n} people at risk."
        )


def _table(x1: int, n1: int, x0: int, n0: int) -> TwoByTwo:
    _check_count("x1", x1, n1)
    _check_count("x0", x0, n0)
    return TwoByTwo(int(x1), int(n1), int(x0), int(n0))


def _named(method: str) -> str:
    names = {"miettinen-nurminen": "Miettinen-Nurminen score", "newcombe": "Newcombe hybrid score", "score": "score"}
    return names.get(method, f"{method.capitalize()} score")


def _p_value(table: TwoByTwo, measure: Measure, *, corrected: bool) -> float:
    statistic = score(table, measure, 0.0 if measure == "difference" else 1.0, corrected=corrected)
    return float(2.0 * ndtr(-abs(statistic)))


def _wilson_limits(events: int, n: int, level: float) -> tuple[float, float]:
    z = _z(level)
    share = events / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # With no or all events the outer limit is 0 or 1 exactly; rounding would leave a trace.
    return (0.0 if events == 0 else centre - half), (1.0 if events == n else centre + half)


def _newcombe(table: TwoByTwo, level: float) -> tuple[float, float]:
    p1, p0 = table.x1 / table.n1, table.x0 / table.n0
    low1, high1 = _wilson_limits(table.x1, table.n1, level)
    low0, high0 = _wilson_limits(table.x0, table.n0, level)
    return p1 - p0 - math.hypot(p1 - low1, high0 - p0), p1 - p0 + math.hypot(high1 - p1, p0 - low0)


def _ratio_contrast(
    measure: str, value: float | None, low: float, high: float, level: float, p: float, method: str, table: TwoByTwo
) -> Contrast:
    nobody = table.x1 + table.x0 == 0
    everybody = table.x1 == table.n1 and table.x0 == table.n0
    kind = "ratio" if measure == "risk ratio" else "odds ratio"
    if nobody or (everybody and measure == "odds ratio"):
        who = "nobody had the event in either arm" if nobody else "everybody had the event in both arms"
        words = f"{who}: nothing is known about the {kind}"
        return Contrast(measure, None, None, None, level, None, method, words)
    words = ""
    if value is None and table.x0 == 0:
        words = f"no events in the reference: the {kind} has no value and no upper limit"
    elif value is None:
        words = f"everybody in the arm had the event: the {kind} has no value and no upper limit"
    elif value == 0.0:
        words = f"no events in the arm: the {kind} is 0 and only its upper limit is informative"
        if table.x1 > 0:
            words = f"everybody in the reference had the event: the {kind} is 0 and only its upper limit is informative"
    return Contrast(measure, value, low, None if math.isinf(high) else high, level, p, method, words)


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _reciprocal(value: float) -> float | None:
    return None if abs(value) < 1e-12 else 1.0 / abs(value)


def _side(value: float) -> str:
    return "benefit" if value > 0 else "harm"


def _number_words(benefit: float, best: float, worst: float, level: float) -> str:
    percent = f"{100 * level:g} % CI"
    if worst > 0 or best < 0:
        near, far = sorted((abs(best), abs(worst)), reverse=True)
        return f"{_labelled(benefit)} ({percent} {_short(near)} to {_short(far)})"
    start = "no difference" if _reciprocal(benefit) is None else _labelled(benefit)
    return f"{start} ({percent} from {_labelled(best, 'NNTB')} through infinity to {_labelled(worst, 'NNTH')})".replace(
        "from NNTB infinity through infinity", "from infinity"
    ).replace("through infinity to NNTH infinity", "to infinity")


def _labelled(value: float, label: str | None = None) -> str:
    return f"{label or ('NNTB' if value > 0 else 'NNTH')} {_short(value)}"


def _short(value: float) -> str:
    number = _reciprocal(value)
    if number is None:
        return "infinity"
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"
