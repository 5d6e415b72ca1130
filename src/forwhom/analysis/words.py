"""Numbers in sentences: rounding, units, direction, width."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forwhom.study import Scale

Number = float | None
ORDINAL_UNITS = ("wave", "session", "occasion")
"""Units that number occasions rather than measure time."""


def decimals(spread: float) -> int:
    """How many decimals a number deserves, given the spread of what it measures.

    >>> decimals(10.2), decimals(1.3), decimals(0.2)
    (1, 2, 3)
    """
    if not math.isfinite(spread) or spread <= 0:
        return 2
    return 1 if spread >= 3 else 2 if spread >= 0.5 else 3


def decimals_for(se: Number, least: int = 1) -> int:
    """How many decimals a number with this standard error deserves: two digits of the error, never fewer than `least`.

    >>> decimals_for(0.0022), decimals_for(0.3), decimals_for(4.0), decimals_for(None)
    (4, 2, 1, 2)
    """
    if se is None or not math.isfinite(se) or se <= 0:
        return max(2, least)
    return min(6, max(least, 1 - math.floor(math.log10(se))))


def number(value: Number, places: int = 1) -> str:
    """A number as read aloud, with a real minus sign.

    >>> number(-3.456), number(None), number(-0.04)
    ('−3.5', 'not known', '0.0')
    """
    if value is None or not math.isfinite(value):
        return "not known"
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and float(text) != 0 else text


def whole(value: float) -> str:
    """A time or count without needless decimals.

    >>> whole(8.0), whole(2.5)
    ('8', '2.5')
    """
    return number(value, 0) if float(value).is_integer() else f"{value:g}".replace("-", "−")


def at_time(time: float, unit: str) -> str:
    """An occasion in words.

    >>> at_time(8.0, "month"), at_time(1.0, "week"), at_time(0.0, "month"), at_time(2.0, "wave")
    ('8 months', '1 week', 'baseline', 'wave 2')
    """
    if time == 0:
        return "baseline"
    if unit in ORDINAL_UNITS:
        return f"{unit} {whole(time)}"
    return f"{whole(time)} {unit}" + ("" if abs(time) == 1 else "s")


def span(duration: float, unit: str) -> str:
    """A stretch of time.

    >>> span(2.0, "month"), span(1.0, "wave")
    ('2 months', '1 wave')
    """
    return f"{whole(duration)} {unit}" + ("" if duration == 1 else "s")


def percent(share: Number, places: int = 0) -> str:
    """A share in per cent.

    >>> percent(0.234)
    '23 %'
    """
    return "not known" if share is None else f"{number(100 * share, places)} %"


def p_value(p: Number) -> str:
    """A p value as journals print it.

    >>> p_value(0.0312), p_value(0.00002), p_value(0.9951)
    ('p = 0.03', 'p < 0.001', 'p > 0.99')
    """
    if p is None:
        return "p not known"
    if p < 0.001:
        return "p < 0.001"
    if p > 0.99:
        return "p > 0.99"
    return f"p = {p:.3f}" if p < 0.01 or 0.045 <= p < 0.055 else f"p = {p:.2f}"


def level_words(level: float) -> str:
    """The level of an interval.

    >>> level_words(0.95)
    '95 % interval'
    """
    return f"{100 * level:g} % interval"


def higher_lower(value: Number, places: int, unit: str = "") -> str:
    """A signed difference in words.

    >>> higher_lower(-3.21, 1, "points"), higher_lower(0.01, 1)
    ('3.2 points lower', 'no different (0.0)')
    """
    if value is None or not math.isfinite(value):
        return "not known"
    text = f"{abs(value):.{places}f}"
    if float(text) == 0:
        return f"no different ({text})"
    return " ".join(part for part in (text, unit, "lower" if value < 0 else "higher") if part)


def spread(low: Number, high: Number, places: int) -> str:
    """The two ends of an interval of a signed difference, in words.

    >>> spread(-6.7, 0.3, 1)
    'from 6.7 lower to 0.3 higher'
    """
    ends = ["0" if end is not None and round(end, places) == 0 else higher_lower(end, places) for end in (low, high)]
    return f"from {ends[0]} to {ends[1]}"


def favours(scale: Scale, arm: str, reference: str) -> str:
    """What the sign of a difference (arm minus reference) means."""
    return f"below 0 favours {arm}" if scale.better == "lower" else f"above 0 favours {arm}" if arm else reference


def listed(parts: Sequence[str]) -> str:
    """A list in words.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def people(n: int) -> str:
    """A count of persons.

    >>> people(1), people(52)
    ('1 person', '52 people')
    """
    return f"{n} person" if n == 1 else f"{n:,} people"
