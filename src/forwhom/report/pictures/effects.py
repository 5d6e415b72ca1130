"""How effects are said: the contrast, the number with its limits, whom each side of zero favours."""

from __future__ import annotations

from collections.abc import Iterable

from forwhom.findings.kinds import Interval
from forwhom.report.numbers import DASH, fixed, is_share, limits, quantity
from forwhom.report.picture import Names


def contrast(names: Names, arm: str, reference: str) -> str:
    """Two arms as a difference; empty where a test is about all arms.

    >>> contrast(Names({"a": "Usual care", "b": "Coaching"}), "b", "a")
    'Coaching − Usual care'
    """
    if arm and reference:
        return f"{names.arm(arm)} − {names.arm(reference)}"
    return names.arm(arm) if arm else ""


def colour(names: Names, arm: str | None) -> str:
    """The class that gives an arm its colour and dash."""
    return f"c{names.place(arm) % 6}"


def sides(names: Names, pairs: Iterable[tuple[str, str]], better: str) -> tuple[str, str]:
    """Whom an effect below zero favours, and one above."""
    kept = list(dict.fromkeys(pairs))
    references = {reference for _, reference in kept}
    arm = names.arm(kept[0][0]) if len(kept) == 1 else "the compared arm"
    reference = names.arm(kept[0][1]) if len(references) == 1 else "the reference"
    return (
        (f"favours {arm}", f"favours {reference}")
        if better == "lower"
        else (
            f"favours {reference}",
            f"favours {arm}",
        )
    )


def gains() -> tuple[str, str]:
    """The sides of a gain, for which above zero is good whatever the scale."""
    return "worse", "better"


def unit_words(unit: str) -> str:
    """What a difference is counted in.

    >>> unit_words("proportion"), unit_words("BDI-II points")
    ('percentage points', 'BDI-II points')
    """
    return "percentage points" if is_share(unit) else unit or "points"


def amount(value: float | None, unit: str, *others: float | None) -> str:
    """A difference; one of shares in percentage points.

    >>> amount(-3.21, "points", -7.0, 0.5), amount(-0.123, "proportion", -0.2, 0.1)
    ('−3.2', '−12')
    """
    if value is None:
        return DASH
    if is_share(unit):
        return fixed(100 * value, _places(value, *others))
    return quantity(value, unit, *others)


def _places(*values: float | None) -> int:
    known = [value for value in values if value is not None]
    return 1 if 100 * (max(known) - min(known)) < 2 and (len(known) > 1 or 100 * abs(known[0]) < 1) else 0


def between(interval: Interval, unit: str) -> str:
    """The limits of a difference."""
    low, high = interval.low, interval.high
    if not is_share(unit):
        return limits(interval.value, low, high, unit)
    if low is None and high is None:
        return DASH
    from_ = "open" if low is None else amount(low, unit, interval.value, high)
    return f"{from_} to {'open' if high is None else amount(high, unit, interval.value, low)}"


def says(interval: Interval, unit: str) -> str:
    """A difference with its limits in parentheses.

    >>> says(Interval(-3.21, -7.04, 0.61), "points"), says(Interval(1.5), "points")
    ('−3.2 (−7.0 to 0.6)', '1.5')
    """
    value = amount(interval.value, unit, interval.low, interval.high)
    return value if interval.low is None and interval.high is None else f"{value} ({between(interval, unit)})"


def cells(interval: Interval, unit: str) -> list[str]:
    """Two cells of a table: value and limits."""
    return [amount(interval.value, unit, interval.low, interval.high), between(interval, unit)]


def shares_say(interval: Interval) -> str:
    """A share with its limits, in per cent.

    >>> shares_say(Interval(0.85, 0.7, 0.94))
    '85\\u202f% (70\\u202f% to 94\\u202f%)'
    """
    value = quantity(interval.value, "proportion")
    if interval.low is None and interval.high is None:
        return value
    return f"{value} ({limits(interval.value, interval.low, interval.high, 'proportion')})"


def plain(interval: Interval) -> str:
    """A number whose unit is its own (a coefficient, a ratio, a statistic), with its limits."""
    known = [abs(v) for v in (interval.value, interval.low, interval.high) if v is not None]
    largest = max(known, default=0.0)
    places = 1 if largest >= 10 else 2 if largest >= 0.1 else 3

    def one(value: float | None) -> str:
        return "open" if value is None else fixed(value, places)

    if interval.value is None and not known:
        return DASH
    value = DASH if interval.value is None else one(interval.value)
    if interval.low is None and interval.high is None:
        return value
    return f"{value} ({one(interval.low)} to {one(interval.high)})"
