"""The sample on the dimensions of ICD-11 and the AMPD: T scores where norms are, else the place within the possible range."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import DimensionalProfileDetail, DimensionRow, Interval, Number
from forwhom.report.numbers import DASH, fixed, limits, percent, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, lines_of_text, svg, wrapped


def picture(detail: DimensionalProfileDetail, names: Names) -> Picture:
    """One row per dimension, model after model."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Mean of each dimension before treatment with its interval, from the lowest possible score (0 %) to the highest (100 %); on "
        "the right both in points. Under each name: the possible scores."
    )
    norms = list(dict.fromkeys(row.norm for row in detail.rows if row.norm))
    if norms:
        caption += f" Open marks: the mean of a general population ({'; '.join(norms)})."
    return Picture(describe, caption, wide, narrow, _tables(detail))


def _share(row: DimensionRow, value: Number) -> Number:
    if value is None or row.low is None or row.high is None or row.high <= row.low:
        return None
    return (value - row.low) / (row.high - row.low)


def _draw(detail: DimensionalProfileDetail, size: Size, describe: str) -> Markup:
    rows = []
    for row in detail.rows:
        m = row.mean
        middle = _share(row, m.value)
        if middle is None:
            continue
        says = _mean(row)
        under = f"{row.model} · {row.label}, {_whole(row.low)}\u00a0to\u00a0{_whole(row.high)}"
        rows.append(
            Row(
                row.dimension,
                under,
                Interval(middle, _share(row, m.low), _share(row, m.high)),
                says,
                second=_share(row, row.norm_mean),
                colour="c1",
            )
        )
    if not rows:
        words = "No dimension has a known range; the means are in the table."
        return svg(size, 40.0, describe, lines_of_text(0, 14, wrapped(words, size.width, 2), "quiet"))
    drawn, height = forest(rows, size, include=(0.0, 1.0), percent=True)
    return svg(size, height, describe, drawn)


def _whole(value: Number) -> str:
    return DASH if value is None else short(value)


def _points(value: Number) -> str:
    return DASH if value is None else quantity(value, "points")


def _mean(row: DimensionRow) -> str:
    m = row.mean
    return f"{quantity(m.value, 'points', m.low, m.high)} ({limits(m.value, m.low, m.high, 'points')})"


def _sentence(detail: DimensionalProfileDetail) -> str:
    told = [f"{row.model}, {row.dimension} ({row.label}): mean {_mean(row)}, n {row.n}" for row in detail.rows]
    return f"Dimensional profile before treatment. {'; '.join(told)}."


def _t(value: Interval | None) -> str:
    if value is None or value.value is None:
        return DASH
    return f"{fixed(value.value, 0)} ({limits(value.value, value.low, value.high, 'points')})"


def _tables(detail: DimensionalProfileDetail) -> tuple[Table, ...]:
    head = [
        "Dimension", "Model", "Scale", "Made for it", "n", "Mean (limits)", "SD", "Middle half", "Range", "Error of one score", "T",
    ]  # fmt: skip
    rows = [
        [
            row.dimension,
            row.model,
            row.label,
            "yes" if row.own else "for the other model",
            str(row.n),
            _mean(row),
            _points(row.sd),
            f"{_points(row.quartiles[0])} to {_points(row.quartiles[2])}",
            DASH if row.low is None or row.high is None else f"{_whole(row.low)} to {_whole(row.high)}",
            _points(row.sem),
            _t(row.t),
        ]
        for row in detail.rows
    ]
    tables = [table("Dimensional profile before treatment", head, rows, (0, 1, 2, 3))]
    beyond = [
        [row.label, _points(value), meaning, f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"]
        for row in _once(detail)
        for value, meaning, share in row.beyond
    ]
    if beyond:
        tables.append(table("At or beyond published limits", ["Scale", "Limit", "Meaning", "People"], beyond, (0, 2)))
    changes = [
        [row.label, each.occasion, each.arm, str(each.n), _change(each.change)]
        for row in _once(detail)
        for each in row.changes
    ]
    if changes:
        tables.append(
            table("Mean change since then", ["Scale", "Occasion", "Arm", "n", "Change (limits)"], changes, (0, 1, 2))
        )
    sources = [[row.dimension, row.model, row.label, row.source] for row in detail.rows]
    tables.append(table("Why these scales", ["Dimension", "Model", "Scale", "Source"], sources, (0, 1, 2, 3)))
    return tuple(tables)


def _once(detail: DimensionalProfileDetail) -> list[DimensionRow]:
    """A scale that stands in both models once."""
    return list({(row.scale, row.informant): row for row in detail.rows}.values())


def _change(value: Interval) -> str:
    return f"{quantity(value.value, 'points', value.low, value.high)} ({limits(value.value, value.low, value.high, 'points')})"
