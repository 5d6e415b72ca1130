"""Effects of one sign from comparisons: standardised differences where positive is better, ratios and differences of events.

g : above 0 is better for group one, by the declared direction of the scale; nothing is flipped that does not declare it.
rr, or : log ratios of the events as they are counted; of bad events a ratio below 1 is better. rd : group one less group two.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from forwhom.analysis.evidence.signs import by_word_alone, raw_difference
from forwhom.evidence.comparisons import CHANGE, EVENTS, GIVEN, MEANS, Comparison, Given
from forwhom.kernels import meta_analysis as kernel
from forwhom.kernels.meta_analysis import Effects

Measure = Literal["g", "rr", "or", "rd"]
MEASURES: tuple[Measure, ...] = ("g", "rr", "or", "rd")
OF_TIME = ("hr", "irr")
"""Ratios that hold the time until an event: no measure here takes them."""
CHANGE_CORRELATION = 0.5
"""Assumed correlation of start and end where only changes are given; seldom printed."""
NO_DIRECTION = "nothing declares which direction is good for"
NO_SIGN = "which group its sign favours cannot be told from the table"
_CHINN = 3.0 / math.pi**2


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect and where it comes from.

    value, variance : g and rd as they are, rr and or as natural logs
    shared : the part of the variance that comes from group two, which effects against the same people have in common
    how : from what: means, change, events, or the statistic as given
    turned : whether its sign is opposite to group one less group two (or to the column's): lower scores are better
    half : 1/2 was added to empty cells
    """

    comparison: Comparison
    value: float
    variance: float
    shared: float
    how: str
    turned: bool = False
    half: bool = False

    @property
    def people(self) -> float | None:
        """In both groups."""
        return self.comparison.people


@dataclass(frozen=True, slots=True)
class Unused:
    """A comparison that gives no effect, and why."""

    comparison: Comparison
    why: str


@dataclass(frozen=True, slots=True)
class EffectSet:
    """What can be pooled on one measure, and what cannot."""

    measure: Measure
    effects: tuple[Effect, ...]
    unused: tuple[Unused, ...]


def suited(comparisons: Sequence[Comparison]) -> Measure:
    """The measure that uses most of them as they are: a ratio where all are events or printed ratios, else g.

    Of ratios the one more often printed, risk ratios where none is or as many are.
    """
    usable = [
        each for each in comparisons if each.kind and not each.absent
        and not (each.kind == GIVEN and each.given is not None and each.given.statistic in OF_TIME)
    ]  # fmt: skip
    printed = Counter(
        each.given.statistic.removeprefix("log_") for each in usable if each.kind == GIVEN and each.given is not None
    )
    if not usable or not {each.kind for each in usable} <= {EVENTS, GIVEN} or not set(printed) <= {"rr", "or"}:
        return "g"
    return "or" if printed["or"] > printed["rr"] else "rr"


def effects_of(comparisons: Sequence[Comparison], measure: Measure) -> EffectSet:
    """Every effect that the comparisons give on this measure, and the others with the reason.

    Numbers come before effects that somebody computed from them: means and sds, events, changes, then the effect as given.
    """
    made: list[Effect] = []
    unused: list[Unused] = []
    chosen = by_word_alone(comparisons) if measure == "g" else {}
    for each in comparisons:
        if each.absent or each.id in chosen:
            unused.append(Unused(each, each.absent or chosen[each.id]))
            continue
        found = _g(each) if measure == "g" else _of_events(each, measure)
        if isinstance(found, str):
            unused.append(Unused(each, found))
        else:
            made.append(found)
    if measure != "g":
        made, other = _one_direction(made)
        unused += other
    return EffectSet(measure, tuple(made), tuple(unused))


def _g(one: Comparison) -> Effect | str:
    """A standardised difference, positive better."""
    kind = one.kind
    if kind == "":
        return "it gives no numbers of both groups and no effect"
    sign = one.sign
    if sign is None and (one.given is None or one.given.toward is None or kind in (MEANS, CHANGE, EVENTS)):
        return f"{NO_DIRECTION} {undeclared(one)[1]}"
    a, b = one.one, one.two
    if kind == MEANS:
        assert b.n is not None
        found = kernel.hedges_g(_x(a.mean), _x(a.sd), _x(a.n), _x(b.mean), _x(b.sd), _x(b.n))
        return _made(one, found, 1.0 / b.n, MEANS, sign or 0)
    if kind == EVENTS:
        odds = kernel.log_odds_ratio(_x(a.events), _x(a.n), _x(b.events), _x(b.n))
        if odds.problem[0]:
            return odds.problem[0]
        found = kernel.g_from_log_odds(odds.value, odds.variance)
        return _made(one, found, _CHINN * _shared_events(one, "or"), EVENTS, sign or 0, half=_empty(one))
    if kind == CHANGE:
        assert b.n is not None
        r = CHANGE_CORRELATION
        found = kernel.g_from_change(_x(a.change), _x(a.sd_change), _x(a.n), _x(b.change), _x(b.sd_change), _x(b.n), r)
        return _made(one, found, 2.0 * (1.0 - r) / b.n, CHANGE, sign or 0)
    assert one.given is not None
    return _g_given(one, one.given)


def undeclared(one: Comparison) -> tuple[str, str]:
    """What would have to declare a direction: "instruments" and its name, or "outcomes": events are not on an instrument's scale."""
    if one.kind == EVENTS or not one.measure:
        return "outcomes", one.outcome_label
    return "instruments", one.measure


def _g_given(one: Comparison, given: Given) -> Effect | str:
    """From what a source gives in place of the numbers."""
    if given.statistic in ("rr", "log_rr", "rd", *OF_TIME):
        return f"a {given.statistic} alone gives no standardised difference"
    if given.statistic in ("or", "log_or"):
        odds = _log_given(given)
        if isinstance(odds, str):
            return odds
        value, variance = odds
        toward = one.sign
        if toward is None:
            return f"nothing declares whether more of {one.outcome_label} is good"
        found = kernel.g_from_log_odds([value], [variance])
        return _finish(
            one, toward * float(found.value[0]), float(found.variance[0]), given.statistic, turned=toward < 0
        )
    way = _toward(one, given)
    if isinstance(way, str):
        return way
    size = _standardised(one, given)
    if isinstance(size, str):
        return size
    return _finish(one, way * abs(size[0]), size[1], given.statistic, turned=way * (given.value or 0.0) < 0)


def _toward(one: Comparison, given: Given) -> int | str:
    """Whom the given effect favours."""
    if _impossible(given):
        return _impossible(given)
    if given.toward is not None:
        return given.toward
    if given.statistic in ("f", "p"):
        return f"a {given.statistic} does not say which group is better"
    if one.sign is None or one.where.startswith("row"):
        # No exception for 0: to keep only what needs no sign would choose by the result.
        return NO_SIGN
    return one.sign * (1 if (given.value or 0.0) > 0 else -1)


def _standardised(one: Comparison, given: Given) -> tuple[float, float] | str:
    n1, n2 = one.one.n, one.two.n
    if given.statistic in ("g", "smd") and given.value is not None:
        variance = _variance(given)
        if variance is None and n1 and n2:
            variance = 1.0 / n1 + 1.0 / n2 + given.value**2 / (2.0 * (n1 + n2))
        return (given.value, variance) if variance else "its standard error and the numbers of people are absent"
    if not n1 or not n2:
        return "the numbers of people are absent"
    if given.statistic == "md" and given.value is not None:
        se = given.se or _se_of_means(given, n1 + n2 - 2.0)
        if not se:
            return "the interval of the difference of means is absent"
        given = replace(given, statistic="t", value=given.value / se)
    makers = {"d": kernel.g_from_d, "t": kernel.g_from_t}
    if given.statistic in makers and given.value is not None:
        found = makers[given.statistic](_x(given.value), n1, n2)
    elif given.statistic == "f" and given.value is not None:
        found = kernel.g_from_f(_x(given.value), n1, n2, 1)
    elif given.statistic == "p" and given.p is not None:
        found = kernel.g_from_p(_x(given.p), n1, n2, 1)
    else:
        return f"a {given.statistic} gives no standardised difference"
    if found.problem[0]:
        return found.problem[0]
    variance = _variance(given) if given.statistic == "d" else None
    return float(found.value[0]), variance or float(found.variance[0])


def _impossible(given: Given) -> str:
    """Why nothing can be made of the interval."""
    if not 0.0 < given.level < 1.0:
        return f"the level of its interval is given as {given.level:g}; a share such as 0.95 is needed"
    return ""


def _variance(given: Given) -> float | None:
    if given.se:
        return given.se**2
    if given.low is not None and given.high is not None and given.high > given.low:
        return float(((given.high - given.low) / (2.0 * ndtri(0.5 + given.level / 2.0))) ** 2)
    return None


def _se_of_means(given: Given, df: float) -> float | None:
    """From the interval of a difference of means, by Student's t."""
    if (
        given.low is None
        or given.high is None
        or not given.high > given.low
        or not 0.0 < given.level < 1.0
        or df <= 0.0
    ):
        return None
    return (given.high - given.low) / (2.0 * float(stdtrit(df, 0.5 + given.level / 2.0)))


def _of_events(one: Comparison, measure: Measure) -> Effect | str:
    """A log ratio or a difference of shares with the event."""
    if one.kind == EVENTS:
        a, b = one.one, one.two
        maker = {"rr": kernel.log_risk_ratio, "or": kernel.log_odds_ratio, "rd": kernel.risk_difference}[measure]
        found = maker(_x(a.events), _x(a.n), _x(b.events), _x(b.n))
        return _made(one, found, _shared_events(one, measure), EVENTS, 1, half=_empty(one))
    given = one.given
    if given is not None and given.statistic in (measure, f"log_{measure}") and measure != "rd":
        log = _log_given(given)
        return log if isinstance(log, str) else _finish(one, log[0], log[1], given.statistic)
    return "it tells no events of both groups"


def _log_given(given: Given) -> tuple[float, float] | str:
    """A printed ratio and its interval on the log scale."""
    if _impossible(given):
        return _impossible(given)
    logs = given.statistic.startswith("log_")
    values = [given.value, given.low, given.high]
    if not logs:
        if any(value is not None and value <= 0 for value in values):
            return "a ratio or its limit is not above 0"
        values = [None if value is None else math.log(value) for value in values]
    value, low, high = values
    if value is None:
        return "the ratio is absent"
    se = given.se if logs and given.se else None
    if se is None and low is not None and high is not None and high > low:
        se = (high - low) / (2.0 * float(ndtri(0.5 + given.level / 2.0)))
    return (value, se**2) if se else "the interval of the ratio is absent"


def _made(one: Comparison, found: Effects, shared: float, how: str, sign: int, *, half: bool = False) -> Effect | str:
    if found.problem[0]:
        return found.problem[0]
    value, variance = float(found.value[0]), float(found.variance[0])
    if variance <= 0.0:
        return "its variance is 0"
    return Effect(one, sign * value if value else 0.0, variance, min(shared, variance), how, sign < 0, half)


def _finish(one: Comparison, value: float, variance: float, how: str, *, turned: bool = False) -> Effect:
    """Of a given effect nothing tells which part of the variance is group two's; people would share it evenly."""
    n1, n2 = one.one.n, one.two.n
    part = n1 / (n1 + n2) if n1 and n2 else 0.5
    return Effect(one, value, variance, part * variance, how, turned)


def _shared_events(one: Comparison, measure: Measure) -> float:
    b = one.two
    assert b.events is not None
    assert b.n is not None
    more = 0.5 if _empty(one) else 0.0
    events, others = b.events + more, b.n - b.events + more
    if measure == "rd":
        return events * others / (events + others) ** 3
    return 1.0 / events - 1.0 / (events + others) if measure == "rr" else 1.0 / events + 1.0 / others


def _empty(one: Comparison) -> bool:
    a, b = one.one, one.two
    return any(group.events in (0.0, group.n) for group in (a, b))


def _one_direction(made: list[Effect]) -> tuple[list[Effect], list[Unused]]:
    """Ratios of good and of bad events are not one effect: those fewer in number stay out."""
    up = [each for each in made if each.comparison.sign == 1]
    down = [each for each in made if each.comparison.sign != 1]
    if not up or not down:
        return made, []
    keep, out = (up, down) if len(up) > len(down) else (down, up)
    why = "its event is good where the others' are bad, or the other way round"
    return keep, [Unused(each.comparison, why) for each in out]


def _x(value: float | None) -> list[float]:
    return [np.nan if value is None else float(value)]


def checked_column(comparison: Comparison, effect: Effect) -> float | None:
    """How far the effect column lies from the effect computed from the numbers beside it, sizes only; None without both."""
    given = comparison.given
    if given is None or given.value is None or given.statistic != "g" or raw_difference(comparison) is None:
        return None
    return abs(abs(given.value) - abs(effect.value))
