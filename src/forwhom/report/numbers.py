"""How numbers are printed: never more digits than the width of their interval warrants."""

from __future__ import annotations

import re

THIN = "\u202f"
"""Narrow no-break space: between a number and its unit."""

MINUS = "−"
DASH = "–"

Number = float | None


def typeset(words: str) -> str:
    """A sentence with its numbers kept whole at the ends of lines: no break before a per cent sign or around ``=``.

    Counts get the comma that they have everywhere on the page; years and ids, which look alike, are left alone.

    >>> typeset("814 of 1000 people in 2001, n = 12345")
    '814 of 1,000 people in 2001, n\\xa0=\\xa012,345'
    >>> typeset("a share of 48 % (p = 0.32)")
    'a share of 48\u202f% (p\xa0=\xa00.32)'
    """
    words = _COUNTS.sub(lambda found: f"{int(found[0]):,}", words)
    words = re.sub(r"(?<=\d) (?=%)", THIN, words)
    words = re.sub(r"\b([pnrFt]) ([=<>]) (?=[−\d])", "\\1\u00a0\\2\u00a0", words)
    return re.sub(r"\b(g) (?=−?\d)", "\\1\u00a0", words)


_COUNTS = re.compile(
    r"(?<![\d.,])(?:(?<=\bn = )\d{4,}|(?<=\d of )\d{4,}|\d{4,}(?= of \d)|"
    r"\d{4,}(?= (?:people|persons|patients|rows|scores|groups)\b))(?![\d,]|\.\d)"
)


def fixed(value: float, places: int) -> str:
    """A number with a true minus sign, without a negative zero, thousands set apart by a comma.

    >>> fixed(-3.456, 1), fixed(-0.04, 1), fixed(12345.6, 0)
    ('−3.5', '0.0', '12,346')
    """
    digits = f"{abs(value):.{places}f}"
    whole, _, rest = digits.partition(".")
    if len(whole) > 3:
        whole = f"{int(whole):,}"
    digits = f"{whole}.{rest}" if rest else whole
    return f"{MINUS}{digits}" if value < 0 and float(f"{value:.{places}f}") != 0 else digits


def short(value: float) -> str:
    """A time, tick or limit without needless decimals.

    >>> short(8.0), short(2.5), short(-0.30000000000000004)
    ('8', '2.5', '−0.3')
    """
    rounded = float(f"{value:.6g}")
    if rounded.is_integer():
        return fixed(rounded, 0)
    return fixed(rounded, min(6, len(f"{abs(rounded):.6f}".rstrip("0").partition(".")[2])))


def count(value: int) -> str:
    """A count.

    >>> count(97), count(1000)
    ('97', '1,000')
    """
    return fixed(value, 0)


def percent(share: Number, places: int = 0) -> str:
    """A share in per cent.

    >>> percent(0.234)
    '23\\u202f%'
    """
    return DASH if share is None else f"{fixed(100 * share, places)}{THIN}%"


def p_text(p: Number) -> str:
    """A p value as journals print it.

    >>> p_text(0.0312), p_text(0.0004), p_text(0.0451), p_text(0.9951)
    ('0.03', '<\\u202f0.001', '0.045', '>\\u202f0.99')
    """
    if p is None:
        return DASH
    if p < 0.001:
        return f"<{THIN}0.001"
    if p > 0.99:
        return f">{THIN}0.99"
    return f"{p:.3f}" if p < 0.01 or 0.045 <= p < 0.055 else f"{p:.2f}"


def df_text(df: Number) -> str:
    """Degrees of freedom: one decimal unless whole.

    >>> df_text(61.0), df_text(61.23)
    ('61', '61.2')
    """
    if df is None:
        return DASH
    return fixed(df, 0 if float(df).is_integer() or df >= 1000 else 1)


def level_text(level: Number) -> str:
    """The level of an interval.

    >>> level_text(0.95)
    '95\\u202f%'
    """
    return "" if level is None else f"{short(round(100 * level, 4))}{THIN}%"


def time_text(time: float, unit: str) -> str:
    """An occasion in words.

    >>> time_text(0.0, "month"), time_text(1.0, "week"), time_text(8.0, "month")
    ('baseline', '1\\u202fweek', '8\\u202fmonths')
    """
    if time == 0:
        return "baseline"
    return f"{short(time)}{THIN}{unit}{'' if abs(time) == 1 else 's'}" if unit else short(time)


COUNTED = {"studies", "samples", "treatments", "claims", "contradictions", "results", "regions", "effects", "cells"}
"""Units of whole numbers."""


def places_for(unit: str, *values: Number) -> int:
    """Decimals a value of this unit deserves, given it and the limits of its interval.

    Standardised units get 2; raw scale points 1, or more where the whole interval is narrower than a point; rates
    ("points per month"), being small numbers, one more.

    >>> places_for("baseline SD", 0.3), places_for("points", -3.2, -7.1, 0.8), places_for("points", 0.2, 0.0, 0.4)
    (2, 1, 2)
    >>> places_for("studies", 9.0)
    0
    """
    words = unit.casefold()
    if any(word in words.split() for word in ("sd", "sds", "g", "d", "ratio", "correlation")) or not words:
        return 2
    known = [value for value in values if value is not None]
    if words in {"people", "persons", "patients"}:
        return 0 if known and min(map(abs, known)) >= 10 else 1
    if words in COUNTED:
        return 0
    if words.startswith("f on "):
        return 2
    span = max(known) - min(known) if len(known) > 1 else (abs(known[0]) if known else 0.0)
    wide = 3.0 if "per" in words.split() else 1.0
    return 1 if span >= wide or span == 0 else 2 if span >= wide / 10 else 3


def is_share(unit: str) -> bool:
    """True for units that are printed in per cent."""
    return unit.casefold() in {"proportion", "share", "probability", "risk"}


def quantity(value: Number, unit: str = "", *others: Number) -> str:
    """A value, rounded as its unit and its interval (`others`) warrant; shares in per cent; a dash when absent.

    >>> quantity(-3.21, "points", -7.04, 0.61), quantity(0.46, "proportion"), quantity(None)
    ('−3.2', '46\\u202f%', '–')
    """
    if value is None:
        return DASH
    if is_share(unit):
        return percent(value, 0 if abs(value) >= 0.0095 or value == 0 else 1)
    return fixed(value, places_for(unit, value, *others))


def limits(value: Number, low: Number, high: Number, unit: str = "", kind: str = "") -> str:
    """The two limits in words; an open end is said to be open.

    >>> limits(-3.21, -7.04, 0.61, "points"), limits(4.0, 2.5, None, "people", "to infinity")
    ('−7.0 to 0.6', '2.5 to ∞')
    """
    if low is None and high is None:
        return DASH
    infinite = "infin" in kind.casefold() or "∞" in kind
    from_ = quantity(low, unit, value, high) if low is not None else (f"{MINUS}∞" if infinite else "open")
    to = quantity(high, unit, value, low) if high is not None else ("∞" if infinite else "open")
    return f"{from_} to {to}"
