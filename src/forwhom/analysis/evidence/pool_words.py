"""A pool in words: what the measure is, whom its sides favour, the plain sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forwhom.analysis.evidence.effects import Effect, Measure
from forwhom.analysis.evidence.pool import ONE, PooledEffect, people_of
from forwhom.analysis.evidence.trial_limits import number_needed

CALLED: dict[Measure, str] = {
    "g": "standardised difference",
    "rr": "risk ratio",
    "or": "odds ratio",
    "rd": "risk difference",
}
UNITS: dict[Measure, str] = {"g": "g", "rr": "ratio", "or": "ratio", "rd": "proportion"}
MINUS = "−"


def sides(measure: Measure, sign: int | None, treatment: str, control: str) -> tuple[str, str]:
    """Whom values below and above no difference favour."""
    favours = f"favours {treatment}", f"favours {control}"
    up = measure == "g" or sign == 1
    return (favours[1], favours[0]) if up else favours


def direction(measure: Measure, sign: int | None) -> str:
    """What a value means for the patient."""
    if measure == "g":
        return "above 0 is better after the treatment, by the declared direction of each scale"
    null = "0" if measure == "rd" else "1"
    if sign is None:
        return f"above {null} the event is more frequent after the treatment; nothing declares whether that is good"
    good = "good" if sign == 1 else "bad"
    return f"the event is {good}: {'above' if sign == 1 else 'below'} {null} is better after the treatment"


def number(value: float, measure: Measure) -> str:
    """A value as the sentence gives it.

    >>> number(-0.041, "rd"), number(0.448, "g"), number(12.3, "rr")
    ('−4.1 %', '0.45', '12.3')
    """
    scaled, places, after = (100.0 * value, 1, " %") if measure == "rd" else (value, 2 if abs(value) < 10 else 1, "")
    if measure in ("rr", "or") and 0.0 < value < 0.01:
        return "below 0.01"
    text = f"{abs(scaled):.{places}f}"
    minus = MINUS if scaled < 0 and float(text) != 0 else ""
    return f"{minus}{text}{after}"


def limits(low: float | None, high: float | None, measure: Measure) -> str:
    """From low to high, in words."""
    parts = [
        number(end, measure) if end is not None and math.isfinite(end) else open_
        for end, open_ in ((low, "open"), (high, "open"))
    ]
    return " to ".join(parts)


def many(n: int, one: str, more: str = "") -> str:
    """A count with its noun."""
    return f"{n} {one if n == 1 else more or one + 's'}"


def statement(pooled: PooledEffect, outcome: str, against: str, sign: int | None, fewest: Sequence[Effect] = ()) -> str:
    """The plain sentence. fewest : the effects without samples that may be one with another; () where all are apart"""
    m = pooled.measure
    k_least = len({each.comparison.sample for each in fewest}) or pooled.k
    least = people_of(fewest) if k_least < pooled.k else pooled.people
    range_ = f"{least} to " if least is not None and least != pooled.people else ""
    people = f", {range_}{pooled.people} people" if pooled.people is not None else ""
    value = f"{CALLED[m]} {number(pooled.estimate, m)} ({_level(pooled)} interval {limits(pooled.low, pooled.high, m)})"
    if pooled.model == ONE:
        several = f", {pooled.effects} effects of the same people averaged" if pooled.effects > 1 else ""
        return (
            f"{outcome}, {against}: one independent sample{people}{several}, {value}. {_meaning(pooled, sign)}"
            f"{_needed(pooled, sign)} One study shows nothing of how effects differ between studies."
        )
    effects = f" ({pooled.effects} effects)" if pooled.effects != pooled.k else ""
    samples = f"{f'{k_least} to ' if k_least < pooled.k else ''}{many(pooled.k, 'independent sample')}"
    head = f"{outcome}, {against}: {samples}{effects}{people}, pooled {value}."
    if pooled.k == 2:
        return f"{head} {_meaning(pooled, sign)}{_needed(pooled, sign)} Two samples can hardly be pooled: this is very uncertain."
    return f"{head} {_meaning(pooled, sign)}{_needed(pooled, sign)} {_prediction(pooled)} {_spread(pooled)}".replace(
        "  ", " "
    ).strip()


def _needed(pooled: PooledEffect, sign: int | None) -> str:
    """Of a risk difference the number needed to treat, with its interval; of several studies at their own shares of events."""
    if pooled.measure != "rd" or sign is None or pooled.estimate == 0.0:
        return ""
    told = number_needed(pooled.estimate, pooled.low, pooled.high, pooled.level, event_is_good=sign == 1)
    at = "" if pooled.model == ONE else ", where as many have the event without the treatment as in these studies"
    return f" {told[:1].upper()}{told[1:]}{at}."


def _level(pooled: PooledEffect) -> str:
    return f"{100 * pooled.level:g} %"


def _meaning(pooled: PooledEffect, sign: int | None) -> str:
    """Whom it favours, and whether the interval says so."""
    null = 1.0 if pooled.measure in ("rr", "or") else 0.0
    if pooled.low <= null <= pooled.high:
        return "The interval holds no difference."
    up = pooled.estimate > null
    if pooled.measure != "g" and sign is None:
        return f"The event is {'more' if up else 'less'} frequent after the treatment; nothing declares whether that is good."
    better = up if pooled.measure == "g" or sign == 1 else not up
    return f"It favours the {'treatment' if better else 'comparison'}."


def _spread(pooled: PooledEffect) -> str:
    """How far studies differ: tau², I², Q."""
    if pooled.tau2 is None:
        return ""
    scale = ", on the log scale" if pooled.measure in ("rr", "or") else ""
    parts = [f"τ² {pooled.tau2 if pooled.tau2 > 1e-9 else 0.0:.2g}{scale}"]
    if pooled.i2 is not None:
        parts.append(f"I² {100.0 * pooled.i2:.0f} %")
    if pooled.q is not None and pooled.q_p is not None:
        p = "below 0.001" if pooled.q_p < 0.001 else f"{pooled.q_p:.3f}"
        parts.append(f"Q {pooled.q:.1f} with {pooled.q_df} degrees of freedom (p {p})")
    return f"Between studies: {'; '.join(parts)}."


def _prediction(pooled: PooledEffect) -> str:
    if pooled.prediction_low is None or pooled.prediction_high is None:
        return ""
    null = 1.0 if pooled.measure in ("rr", "or") else 0.0
    low, high = pooled.prediction_low, pooled.prediction_high
    holds = ", so it may lie on either side of no difference" if low < null < high else ""
    return f"In a new study like these the true effect would lie from {limits(low, high, pooled.measure)}{holds}."
