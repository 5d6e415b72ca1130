"""Rows of a dot with its whisker: the shape shared by several pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import Interval, Number
from forwhom.report.pictures.evidence.effect_axis import Axis, foot
from forwhom.report.svg import (
    Linear,
    Size,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    marker,
    path,
    tag,
    text,
    text_width,
    ticks,
    with_room,
    wrapped,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, a quieter second line, the value with limits, the value in words.

    second : another value on the same axis, drawn as an open mark
    absent : what stands in the place of a value that is not there
    """

    label: str
    under: str
    interval: Interval
    says: str
    shape: int = 0
    colour: str = "c0"
    strong: bool = False
    second: Number = None
    absent: str = "could not be computed"


def forest(
    rows: Sequence[Row],
    size: Size,
    *,
    zero: float | None = None,
    sides: tuple[str, str] | None = None,
    include: Sequence[float] = (),
    percent: bool = False,
    band: Interval | None = None,
    ratio: bool = False,
) -> tuple[Markup, float]:
    """The rows and the height they take. `sides` names what lies left and right of `zero`.

    band : drawn behind all rows, with a line at its value
    ratio : values are logarithms of ratios; the axis is numbered in ratios
    """
    width = size.width
    label_width = 0.0 if size.narrow else 230.0
    says_width = 0.0 if size.narrow else 150.0
    left, right = label_width + 8, width - says_width - 8
    limits = [v for row in rows for v in (row.interval.value, row.interval.low, row.interval.high, row.second)]
    limits += [band.value, band.low, band.high] if band else []
    scale = linear([*limits, *include, *([zero] if zero is not None else [])], left, right, pad=0.05)
    if sides:
        most = (right - left) * 0.42
        room = [min(most, text_width(f"← {side}") + 10) for side in sides]
        scale = with_room(scale, zero or 0.0, *room)
    written, taken = written_sides(sides, scale(zero or 0.0), size) if sides else (Markup(""), 0.0)
    top = y = taken + 5.0
    parts: list[Markup] = []
    body: list[Markup] = []
    middles: list[float] = []
    for row in rows:
        drawn, y, middle = _row(row, y, size, scale, label_width)
        body.append(drawn)
        middles.append(middle)
    bottom = y + 2
    about = 4 if size.narrow else 6
    even = ticks(scale.low, scale.high, about)
    marks = Axis(scale, log=True).marks(about) if ratio else [(scale(value), "") for value in even]
    # On a narrow page the words stand above their whisker, where a line from top to foot would run through them.
    spans = [(m - 10, m + 10) for m in middles] if size.narrow else [(top - 4, bottom)]
    parts += [line(x, a, x, b, "rule") for x, _ in marks for a, b in spans]
    if band:
        parts += [_behind(band, scale, a, b) for a, b in spans]
    if zero is not None:
        parts += [line(scale(zero), a, scale(zero), b, "zero") for a, b in spans]
    if sides:
        parts.append(written)
    parts.append(
        foot(Axis(scale, log=True), bottom, about) if ratio else foot_axis(scale, bottom, even, percent=percent)
    )
    return group(*parts, *body), bottom + 24


def _behind(band: Interval, scale: Linear, top: float, foot: float) -> Markup:
    """A band across all rows, and the line in it."""
    parts = []
    if band.low is not None and band.high is not None:
        corners = [(scale(band.low), top), (scale(band.high), top), (scale(band.high), foot), (scale(band.low), foot)]
        parts.append(tag("path", d=path(corners) + "z", class_="noband"))
    if band.value is not None:
        parts.append(line(scale(band.value), top, scale(band.value), foot, "cutoff"))
    return group(*parts)


def _row(row: Row, y: float, size: Size, scale: Linear, label_width: float) -> tuple[Markup, float, float]:
    strong = " strong" if row.strong else ""
    says = text(size.width, 0, row.says, "value", "end")
    if size.narrow:
        lines = wrapped(row.label, size.width - 4, 3)
        words = [text(0, y + 13 + 15 * i, line_, f"label haloed{strong}") for i, line_ in enumerate(lines)]
        y += 15 * len(lines)
        fits = text_width(lines[-1]) + text_width(row.says) < size.width - 8
        if row.under or not fits:
            under = wrapped(row.under, size.width - text_width(row.says) - 10, 2)
            words.append(lines_of_text(0, y + 13, under, "quiet haloed"))
            y += 15 * len(under)
        says = text(size.width, y - 2, row.says, "value haloed", "end")
        middle = y + 12
        return group(*words, says, _whisker(row, middle, scale)), middle + 13, middle
    lines = wrapped(row.label, label_width, 3)
    words = [text(0, y + 15 + 15 * i, line_, f"label{strong}") for i, line_ in enumerate(lines)]
    height = 15 * len(lines)
    if row.under:
        under = wrapped(row.under, label_width, 2)
        words.append(lines_of_text(0, y + 15 + height, under, "quiet"))
        height += 15 * len(under)
    middle = y + 6 + height / 2
    says = text(size.width, middle + 4, row.says, "value", "end")
    return group(*words, says, _whisker(row, middle, scale)), y + height + 12, middle


def _whisker(row: Row, y: float, scale: Linear) -> Markup:
    """Dot and whisker; a limit that is open gets an arrow head instead of running to an invented place."""
    interval = row.interval
    parts: list[Markup] = []
    if interval.value is None and (interval.low is None or interval.high is None) and row.second is None:
        return text((scale.start + scale.end) / 2, y + 4, row.absent, "quiet haloed", "middle")
    low = scale(interval.low) if interval.low is not None else None
    high = scale(interval.high) if interval.high is not None else None
    if low is not None or high is not None:
        parts.append(
            line(low if low is not None else scale.start, y, high if high is not None else scale.end, y, "whisker")
        )
        for end, open_at, sign in ((low, scale.start, 1), (high, scale.end, -1)):
            if end is not None:
                parts.append(line(end, y - 4, end, y + 4, "whisker"))
            else:
                d = f"M{open_at + 6 * sign:.0f} {y - 4:.0f}L{open_at:.0f} {y:.0f}L{open_at + 6 * sign:.0f} {y + 4:.0f}"
                parts.append(tag("path", d=d, class_="whisker"))
    if interval.value is not None:
        parts.append(
            tag("path", d=marker(row.shape, scale(interval.value), y, 5 if row.strong else 4.2), class_="mark")
        )
    if row.second is not None:
        parts.append(tag("path", d=marker(2, scale(row.second), y, 4.6), class_="openmark"))
    return group(*parts, class_=row.colour)


def side_words(sides: tuple[str, str], zero: float, size: Size) -> tuple[list[str], list[str]]:
    """What lies left and right of zero, in lines that fit."""
    most = 2 if size.narrow else 1
    return wrapped(f"← {sides[0]}", zero - 8, most), wrapped(f"{sides[1]} →", size.width - zero - 8, most)


def written_sides(sides: tuple[str, str], zero: float, size: Size) -> tuple[Markup, float]:
    """The words on either side of zero, and the height they take."""
    before, after = side_words(sides, zero, size)
    drawn = lines_of_text(zero - 8, 10, before, "quiet", "end") + lines_of_text(zero + 8, 10, after, "quiet")
    return drawn, 15.0 * max(len(before), len(after))
