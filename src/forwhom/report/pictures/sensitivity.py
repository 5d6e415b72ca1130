"""How the difference changes with what is assumed about the missing, and where the conclusion would tip."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import SensitivityDetail, SensitivityRow
from forwhom.report.numbers import limits, p_text, quantity, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import (
    Linear,
    Size,
    area,
    foot_axis,
    group,
    line,
    linear,
    marker,
    path,
    svg,
    tag,
    text,
    ticks,
    value_axis,
    wrapped,
)


def picture(detail: SensitivityDetail, names: Names) -> Picture:
    """Rows of assumptions above the tipping curve."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        f"Above, the difference at {time_text(detail.time, detail.time_unit)} under each assumption about the missing "
        "scores. "
    )
    if detail.curve:
        caption += (
            f"Below, the difference if the missing scores of {names.arm(detail.arm)} lay higher or lower by so many points "
            "than the model expects; where the band's edge meets the zero line, the conclusion changes."
        )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: SensitivityDetail, names: Names) -> str:
    words = detail.tipping_words.rstrip(".")
    return f"Difference in {names.scale(detail.scale)} under assumptions about missing scores. {words}."


def _sides(detail: SensitivityDetail, names: Names) -> tuple[str, str]:
    sides = (names.arm(detail.arm), names.arm(detail.reference))
    left, right = sides if detail.better == "lower" else sides[::-1]
    return f"favours {left}", f"favours {right}"


def _says(row: SensitivityRow) -> str:
    d = row.difference
    return f"{quantity(d.value, 'points', d.low, d.high)} ({limits(d.value, d.low, d.high, 'points')})"


def _draw(detail: SensitivityDetail, names: Names, size: Size, describe: str) -> Markup:
    colour = f"c{names.place(detail.arm) % 6}"
    rows = [
        Row(row.assumption, "", row.difference, _says(row), 2, colour, strong=k == 0)
        for k, row in enumerate(detail.rows)
    ]
    sides = _sides(detail, names)
    parts, height = forest(rows, size, zero=0.0, sides=sides) if rows else (Markup(""), 0.0)
    drawn = [parts]
    if detail.curve:
        curve, height = _curve(detail, names, size, height + 40)
        drawn.append(curve)
    return svg(size, height, describe, *drawn)


def _curve(detail: SensitivityDetail, names: Names, size: Size, top: float) -> tuple[Markup, float]:
    left, right = 40.0, size.width - 8.0
    foot = top + (170.0 if size.narrow else 200.0)
    points = [row for row in detail.curve if row.delta is not None and row.difference.value is not None]
    across = linear([row.delta for row in points], left + 4, right - 4, pad=0.0)
    values = [v for row in points for v in (row.difference.value, row.difference.low, row.difference.high)]
    up = linear([*values, 0.0], foot, top)
    parts = [
        text(0, top - 14, f"Difference in {names.scale(detail.scale)}", "axistitle"),
        value_axis(up, left, right, 4),
    ]
    banded = [row for row in points if row.difference.low is not None and row.difference.high is not None]
    upper = [(across(row.delta or 0.0), up(row.difference.high or 0.0)) for row in banded]
    lower = [(across(row.delta or 0.0), up(row.difference.low or 0.0)) for row in banded]
    curve = [(across(row.delta or 0.0), up(row.difference.value or 0.0)) for row in points]
    parts.append(
        group(
            tag("path", d=area(upper, lower), class_="band") if banded else "",
            tag("path", d=path(curve), class_="curve mean") if curve else "",
            class_=f"c{names.place(detail.arm) % 6}",
        )
    )
    parts.append(line(left, up(0), right, up(0), "zero"))
    parts.append(_tipping(detail, across, up, top))
    parts.append(foot_axis(across, foot, ticks(across.low, across.high, 4 if size.narrow else 8)))
    worse = "higher is worse" if detail.better == "lower" else "lower is worse"
    words = wrapped(f"Points added to the missing scores of {names.arm(detail.arm)} ({worse})", size.width - left, 2)
    for k, part in enumerate(words):
        parts.append(text((left + right) / 2, foot + 33 + 15 * k, part, "axistitle", "middle"))
    return group(*parts), foot + 40 + 15 * (len(words) - 1)


def _tipping(detail: SensitivityDetail, across: Linear, up: Linear, top: float) -> Markup:
    if detail.tipping is None or not across.low <= detail.tipping <= across.high:
        return Markup("")
    x = across(detail.tipping)
    left_of = x > (across.start + across.end) / 2
    label = f"tips at {quantity(detail.tipping, 'points', across.low, across.high)}"
    return group(
        line(x, top, x, up.start, "cutoff"),
        tag("path", d=marker(2, x, up(0), 5), class_="tip"),
        text(x - 7 if left_of else x + 7, top + 11, label, "label strong", "end" if left_of else "start"),
    )


def _tables(detail: SensitivityDetail, names: Names) -> tuple[Table, ...]:
    def cells(row: SensitivityRow) -> list[str]:
        d = row.difference
        return [quantity(d.value, "points", d.low, d.high), limits(d.value, d.low, d.high, "points"), p_text(row.p)]

    head = ["Difference", "Interval", "p"]
    tables = [table("Assumptions", ["Assumption", *head], [[row.assumption, *cells(row)] for row in detail.rows])]
    if detail.curve:
        rows = [[quantity(row.delta, "points"), *cells(row)] for row in detail.curve]
        tables.append(table("Tipping curve", ["Added to missing scores", *head], rows))
    return tuple(tables)
