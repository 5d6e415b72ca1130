"""What an effect can be, given printed numbers that were rounded and choices that a publication may not tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product

from forwhom.evidence.checks.beside import Both
from forwhom.evidence.model import Result
from forwhom.evidence.rounding import half

Span = tuple[float, float]
CHANGE_SPREAD = (0.44, 1.42)
"""Spread of a change over that of a score, where scores before and after correlate from .9 down to nothing: sqrt(2 − 2r)."""


def rounded(number: float) -> Span:
    """What a printed number may have been."""
    return number - half(number), number + half(number)


def spreads(row: Result, ns: Iterable[int]) -> Span | None:
    """The standard deviation of a row, given or from its standard error."""
    if row.sd is not None:
        low, high = rounded(row.sd)
        return (low, high) if low > 0 else None
    sizes = tuple(ns)
    if row.se is None or not sizes or row.se <= half(row.se):
        return None
    low, high = rounded(row.se)
    return low * math.sqrt(min(sizes)), high * math.sqrt(max(sizes))


def difference(both: Both) -> Span | None:
    """Mean of the first arm less that of the second."""
    if both.one.mean is None or both.two.mean is None:
        return None
    a, b = rounded(both.one.mean), rounded(both.two.mean)
    return a[0] - b[1], a[1] - b[0]


def standardised(both: Both, before: Both | None = None) -> Span | None:
    """The standardised difference by any usual spread: pooled, of either arm, before or after; corrected for small samples or not.

    before : the same at the start; then it may also be one of changes, or adjusted for the start, which lies between.
    """
    after = _spread(both)
    raw = difference(both)
    if after is None or raw is None:
        return None
    found = _over(raw, after)
    at_start = difference(before) if before else None
    if before is not None and at_start is not None:
        all_ = [after, *([each] if (each := _spread(before)) else [])]
        low, high = min(each[0] for each in all_), max(each[1] for each in all_)
        change = raw[0] - at_start[1], raw[1] - at_start[0]
        found = _hull(found, _over(raw, (low, high)), _over(change, (low * CHANGE_SPREAD[0], high * CHANGE_SPREAD[1])))
    n = sum(both.n) if both.n else 0
    j = 1.0 - 3.0 / (4.0 * max(n - 2, 1) - 1.0) if n > 3 else 1.0
    return _hull(found, (found[0] * j, found[1] * j))


def adjusted_difference(both: Both, before: Both | None) -> Span | None:
    """The difference of means after treatment, or, where the start is told, any between it and that of changes."""
    raw = difference(both)
    start = difference(before) if before else None
    return raw if raw is None or start is None else _hull(raw, (raw[0] - start[1], raw[1] - start[0]))


def _spread(both: Both) -> Span | None:
    one, two = spreads(both.one, both.ns[0]), spreads(both.two, both.ns[1])
    return _hull(one, two) if one and two else None


def _over(above: Span, below: Span) -> Span:
    ends = [a / b for a, b in product(above, below)]
    return min(ends), max(ends)


def _hull(*spans: Span) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def shares(row: Result, ns: Iterable[int]) -> Span | None:
    """The share of an arm that had the event: exact where people are counted, rounded where a per cent is printed."""
    sizes = tuple(ns)
    if row.events is not None and sizes:
        found = [row.events / n for n in sizes]
        return min(found), max(found)
    if row.percent is None:
        return None
    low, high = rounded(row.percent)
    return max(0.0, low / 100.0), min(1.0, high / 100.0)


def of_shares(statistic: str, both: Both) -> Span | None:
    """A ratio or difference of shares; None where one is nobody or everybody, or the statistic is another."""
    a, b = shares(both.one, both.ns[0]), shares(both.two, both.ns[1])
    if a is None or b is None or min(a[0], b[0]) <= 0 or max(a[1], b[1]) >= 1:
        return None
    made = [_of(statistic, x, y) for x, y in product(a, b)]
    known = [each for each in made if each is not None]
    if len(known) < len(made):
        return None
    span = min(known), max(known)
    return (math.floor(span[0]), math.ceil(span[1])) if statistic == "nnt" else span


def _of(statistic: str, a: float, b: float) -> float | None:
    odds = a * (1 - b) / (b * (1 - a))
    if statistic == "nnt":
        return None if a == b else 1.0 / abs(a - b)
    made = {"rr": a / b, "or": odds, "log_rr": math.log(a / b), "log_or": math.log(odds), "rd": a - b}
    return made.get(statistic)


def meets(printed: float, span: Span) -> bool:
    """Whether a printed number may be one of the span."""
    low, high = rounded(printed)
    return low <= span[1] and high >= span[0]


def sizes_of(span: Span) -> Span:
    """A span without its sign.

    >>> sizes_of((-0.2, 0.5)), sizes_of((-0.6, -0.1))
    ((0.0, 0.5), (0.1, 0.6))
    """
    low, high = span
    return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def written(span: Span) -> str:
    """For a sentence: one number where both ends are printed alike.

    >>> written((1.296, 1.304)), written((0.21, 0.35))
    ('1.30', '0.21 to 0.35')
    """
    low, high = (f"{each:.2f}".replace("-", "−") for each in span)
    return low if low == high else f"{low} to {high}"


def inverse(statistic: str, span: Span) -> Span:
    """The same effect of the second arm against the first."""
    return (1.0 / span[1], 1.0 / span[0]) if statistic in ("rr", "or") else (-span[1], -span[0])
