"""Relations as rows of text: what the findings on alliance, ruptures and sudden changes share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forwhom.findings.kinds import Interval, Relation
from forwhom.report.numbers import DASH, count, is_share, limits, p_text, quantity
from forwhom.report.picture import Table, table
from forwhom.report.pictures.effects import cells, plain, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, titled
from forwhom.report.svg import Size

_PLAIN = ("ratio", "kappa", "correlation", "SD")


def tables(relations: Sequence[Relation]) -> tuple[Table, ...]:
    """One table per group, in the order of the record."""
    groups = dict.fromkeys(each.group for each in relations)
    return tuple(_table(group, [each for each in relations if each.group == group]) for group in groups)


def _table(group: str, rows: Sequence[Relation]) -> Table:
    head = ["Number", "Value", "Interval", "Unit", "n", "p", "Reading"]
    made = [
        [each.what, *two_cells(each.estimate, each.unit, difference=_difference(each)), _unit(each), count(each.n), p_text(each.p),
         each.why_absent or each.says or DASH]
        for each in rows
    ]  # fmt: skip
    return table(group, head, made, (0, 3, 6))


def _difference(each: Relation) -> bool:
    return each.neutral == 0.0


def _unit(each: Relation) -> str:
    if is_share(each.unit):
        return "percentage points" if _difference(each) else ""
    return each.unit


def drawn_relations(relations: Sequence[Relation], groups: Iterable[str], size: Size) -> list[Block]:
    """A forest per group and unit of those relations that have a value; the line is at no relation."""
    blocks = []
    for group in groups:
        found = [each for each in relations if each.group == group and each.estimate.value is not None]
        for unit in dict.fromkeys(each.unit for each in found):
            mine = [each for each in found if each.unit == unit]
            rows = [Row(each.what, f"n = {count(each.n)}", _near(each), _says(each), 0, "c1") for each in mine]
            words = f"{group} ({unit_words(unit) if _difference(mine[0]) else unit})"
            percent = is_share(unit)
            blocks.append(titled(words, forest(rows, size, zero=mine[0].neutral, percent=percent), size))
    return blocks


def _near(each: Relation) -> Interval:
    """The interval to draw: the end of a ratio's that would press the rest together is left open, with an arrow."""
    value, low, high = each.estimate.value, each.estimate.low, each.estimate.high
    if each.neutral == 1.0 and value is not None and high is not None and high > 8 * max(value, 1.0):
        return Interval(value, low, None)
    return each.estimate


def _says(each: Relation) -> str:
    value, between = two_cells(each.estimate, each.unit, difference=_difference(each))
    return value if between == DASH else f"{value} ({between})"


def two_cells(interval: Interval, unit: str, *, difference: bool = False) -> list[str]:
    """Value and limits, as the unit warrants."""
    if interval.value is None:
        return [DASH, DASH]
    if difference and is_share(unit):
        return cells(interval, unit)
    if any(word in unit for word in _PLAIN):
        value, _, rest = plain(interval).partition(" (")
        return [value, rest.rstrip(")") or DASH]
    value = quantity(interval.value, unit, interval.low, interval.high)
    return [value, limits(interval.value, interval.low, interval.high, unit)]


def per_ten(interval: Interval) -> str:
    """A rate per 10 sessions with its limits.

    >>> per_ten(Interval(0.384, 0.279, 0.529)), per_ten(Interval(0.4))
    ('0.38 (0.28 to 0.53)', '0.40')
    """
    if interval.value is None:
        return DASH
    places = 2 if interval.value < 10 else 1

    def one(value: float | None) -> str:
        return "open" if value is None else f"{value:.{places}f}"

    if interval.low is None and interval.high is None:
        return one(interval.value)
    return f"{one(interval.value)} ({one(interval.low)} to {one(interval.high)})"
