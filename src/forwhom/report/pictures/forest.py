"""Rows of a dot with its whisker: the shape shared by several pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import Interval
from forwhom.report.svg import (
    Linear,
    Size,
    foot_axis,
    group,
    line,
    linear,
    marker,
    tag,
    text,
    ticks,
    wrapped,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, a quieter second line, the value with limits, the value in words."""

    label: str
    under: str
    interval: Interval
    says: str
    shape: int = 0
    colour: str = "c0"
    strong: bool = False


def forest(
    rows: Sequence[Row],
    size: Size,
    *,
    zero: float | None = None,
    sides: tuple[str, str] | None = None,
    include: Sequence[float] = (),
    percent: bool = False,
) -> tuple[Markup, float]:
    """The rows and the height they take. `sides` names what lies left and right of `zero`."""
    width = size.width
    label_width = 0.0 if size.narrow else 230.0
    says_width = 0.0 if size.narrow else 150.0
    left, right = label_width + 8, width - says_width - 8
    limits = [v for row in rows for v in (row.interval.value, row.interval.low, row.interval.high)]
    scale = linear([*limits, *include, *([zero] if zero is not None else [])], left, right, pad=0.05)
    y = 20.0 if sides else 4.0
    parts: list[Markup] = []
    body: list[Markup] = []
    top = y
    for row in rows:
        drawn, y = _row(row, y, size, scale, label_width)
        body.append(drawn)
    bottom = y + 2
    marks = ticks(scale.low, scale.high, 4 if size.narrow else 6)
    parts += [line(scale(value), top, scale(value), bottom, "rule") for value in marks]
    if zero is not None:
        parts.append(line(scale(zero), top - 4, scale(zero), bottom, "zero"))
    if sides:
        parts.extend(_sides(sides, scale, zero or 0.0, left, right))
    parts.append(foot_axis(scale, bottom, marks, percent=percent))
    return group(*parts, *body), bottom + 24


def _row(row: Row, y: float, size: Size, scale: Linear, label_width: float) -> tuple[Markup, float]:
    strong = " strong" if row.strong else ""
    says = text(size.width, 0, row.says, "value", "end")
    if size.narrow:
        lines = wrapped(row.label, size.width - 4, 3)
        words = [text(0, y + 13 + 15 * i, line_, f"label{strong}") for i, line_ in enumerate(lines)]
        y += 15 * len(lines)
        words.append(text(0, y + 13, row.under, "quiet"))
        says = text(size.width, y + 13, row.says, "value", "end")
        middle = y + 27
        return group(*words, says, _whisker(row, middle, scale)), middle + 13
    lines = wrapped(row.label, label_width, 3)
    words = [text(0, y + 15 + 15 * i, line_, f"label{strong}") for i, line_ in enumerate(lines)]
    height = 15 * len(lines)
    if row.under:
        words.append(text(0, y + 15 + height, row.under, "quiet"))
        height += 15
    middle = y + 6 + height / 2
    says = text(size.width, middle + 4, row.says, "value", "end")
    return group(*words, says, _whisker(row, middle, scale)), y + height + 12


def _whisker(row: Row, y: float, scale: Linear) -> Markup:
    """Dot and whisker; a limit that is open gets an arrow head instead of running to an invented place."""
    interval = row.interval
    parts: list[Markup] = []
    if interval.value is None:
        return text((scale.start + scale.end) / 2, y + 4, "could not be computed", "quiet", "middle")
    low = scale(interval.low) if interval.low is not None else None
    high = scale(interval.high) if interval.high is not None else None
    at = scale(interval.value)
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
    parts.append(tag("path", d=marker(row.shape, at, y, 5 if row.strong else 4.2), class_="mark"))
    return group(*parts, class_=row.colour)


def _sides(sides: tuple[str, str], scale: Linear, zero: float, left: float, right: float) -> list[Markup]:
    """What lies on either side of zero, written above the rows."""
    x = scale(zero)
    parts = []
    if sides[0]:
        parts.append(text(max(x - 8, left), 10, f"← {sides[0]}", "quiet", "end" if x - 8 > left + 60 else "start"))
    if sides[1]:
        room = right - x
        parts.append(text(min(x + 8, right), 10, f"{sides[1]} →", "quiet", "start" if room > 60 else "end"))
    return parts
