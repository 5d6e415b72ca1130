"""Effects that cannot be: outside the range of their statistic, outside their own interval, an interval upside down."""

from __future__ import annotations

import math
from collections.abc import Iterator

from forwhom.evidence.checks.places import of_result, plain
from forwhom.evidence.contradictions import Contradiction
from forwhom.evidence.model import Ledger, Result
from forwhom.evidence.rounding import half

RATIOS = {"rr", "or", "hr", "irr"}
CORRELATIONS = {"r", "rho"}
DIFFERENCES = {"g", "d", "smd"}
LARGEST = 3.0
"""Standardised differences of groups beyond this are told."""
OFF = 0.05
"""Share of the width that a value may lie off the middle of its interval."""
SHARES = {"auc", "accuracy", "sensitivity", "specificity", "prevalence"}


def impossible_effects(ledger: Ledger) -> Iterator[Contradiction]:
    """Every effect against its own statistic, interval and p."""
    for study in ledger.studies.values():
        for result in study.results:
            for why in wrong(result):
                said = _said(result)
                yield Contradiction(
                    "impossible-effect",
                    why,
                    (of_result(study, result, said, "value"),),
                    "The effect in the publication.",
                )


def _said(result: Result) -> str:
    """What stands in the row."""
    told = [f"{result.statistic} {plain(result.value)}"] if result.value is not None else []
    if result.low is not None or result.high is not None:
        told.append(f"({plain(result.low)} to {plain(result.high)})")
    told += [
        f"{name.upper()} {plain(value)}" for name, value in (("sd", result.sd), ("se", result.se)) if value is not None
    ]
    told += [f"p {plain(result.p)}"] if result.p is not None else []
    return " ".join(told) or result.id


def wrong(result: Result) -> Iterator[str]:
    """What of one effect cannot be."""
    value, low, high = result.value, result.low, result.high
    name = result.statistic
    if result.p is not None and not 0 <= result.p <= 1:
        yield f"p = {plain(result.p)} is no probability."
    if value is not None:
        if name in RATIOS and value <= 0:
            yield f"A ratio of {plain(value)} is not above zero."
        if name in CORRELATIONS and abs(value) > 1:
            yield f"A correlation of {plain(value)} lies outside −1 to 1."
        if name in SHARES and not 0 <= value <= (1 if name == "auc" else 100):
            yield f"{name} = {plain(value)} is no share."
    if result.level is not None and not 0 < result.level < 1:
        yield f"The level of the interval is {plain(result.level)}; it is a share such as 0.95."
    for word, spread in (("SD", result.sd), ("SE", result.se)):
        if spread is not None and (spread < 0 or (spread == 0 and word == "SE")):
            yield f"{word} {plain(spread)} is not above zero."
    if value is not None and name in DIFFERENCES and abs(value) > LARGEST:
        yield f"{name} = {plain(value)} is larger than treatments make; a standard error may stand for a standard deviation."
    if low is not None and high is not None:
        if low > high:
            yield f"The interval runs from {plain(low)} down to {plain(high)}."
        elif value is not None and not low - half(low) <= value <= high + half(high):
            yield f"The effect {plain(value)} lies outside its own interval, {plain(low)} to {plain(high)}."
        elif value is not None and _off_centre(name, value, low, high):
            yield f"The effect {plain(value)} is far from the middle of its interval, {plain(low)} to {plain(high)}."
        elif result.significant is not None and (result.level is None or result.level == 0.95):
            yield from _against_null(result, low, high)
    if result.significant is not None and result.p is not None and (result.p < 0.05) != result.significant:
        yield f"p = {plain(result.p)} beside {'a' if result.significant else 'no'} significant difference."


def _off_centre(name: str, value: float, low: float, high: float) -> bool:
    """Intervals of standardised differences are nearly even about the value."""
    width = high - low
    rounded = half(value) + 0.5 * (half(low) + half(high))
    return name in DIFFERENCES and width > 0 and abs(value - (low + high) / 2) > OFF * width + rounded


def _against_null(result: Result, low: float, high: float) -> Iterator[str]:
    null = 1.0 if result.statistic in RATIOS else 0.0
    if result.statistic not in RATIOS | CORRELATIONS | {"g", "d", "smd", "md", "rd", "beta", "b", "log_rr", "log_or"}:
        return
    outside = low - half(low) > null or high + half(high) < null
    inside = low + half(low) < null < high - half(high)
    if math.isfinite(low) and ((result.significant and inside) or (not result.significant and outside)):
        word = "significant" if result.significant else "not significant"
        yield f"The interval {plain(low)} to {plain(high)} does not go with {word}."
