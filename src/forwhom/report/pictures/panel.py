"""A plain panel with two numbered axes and their titles, and drawings set below or beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import Interval
from forwhom.report.numbers import short
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    area,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    path,
    tag,
    text_width,
    ticks,
    value_axis,
    wrapped,
)

_LINE = 15.0


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a panel is drawn, in its own coordinates.

    height : of the whole, with titles
    percent : whether the numbers of the axis across and of the one upwards are shares
    """

    size: Size
    across: Linear
    up: Linear
    title: tuple[str, ...]
    words: tuple[str, ...]
    below: tuple[str, ...]
    height: float
    percent: tuple[bool, bool]

    @property
    def top(self) -> float:
        """Upper edge of the plot."""
        return self.up.end

    @property
    def foot(self) -> float:
        """Lower edge of the plot."""
        return self.up.start


def framed(
    size: Size,
    xs: Iterable[float | None],
    ys: Iterable[float | None],
    *,
    below: str,
    words: str = "",
    title: str = "",
    height: float = 190.0,
    percent: tuple[bool, bool] = (False, False),
    pad: tuple[float, float] = (0.03, 0.06),
) -> Panel:
    """The frame of a panel that holds all values.

    title : bold, above; words : what the axis upwards counts, above its numbers; below : the same across
    """
    heading = tuple(wrapped(title, size.width, 2, BOLD)) if title else ()
    above = tuple(wrapped(words, size.width, 2)) if words else ()
    under = tuple(wrapped(below, size.width - 30, 2))
    top = _LINE * (len(heading) + len(above)) + 12
    foot = top + height
    up = linear(ys, foot, top, pad=pad[1])
    left = max((text_width(_label(v, percent[1])) for v in ticks(up.low, up.high, _marks(up))), default=20.0) + 11
    across = linear(xs, left + 4, size.width - 12, pad=pad[0])
    whole = foot + 20 + _LINE * len(under) + 4
    return Panel(size, across, up, heading, above, under, whole, percent)


def _marks(up: Linear) -> int:
    """About how many numbers an axis of this height bears."""
    return max(3, min(7, int((up.start - up.end) / 36)))


def _label(value: float, percent: bool) -> str:
    return f"{short(100 * value)} %" if percent else short(value)


def axes(panel: Panel) -> Markup:
    """Titles, rules and numbers of a panel."""
    across, up = panel.across, panel.up
    start, end = across.start - 4, panel.size.width
    wide = end - start
    about = max(2, min(7, int(wide / 62)))
    values = ticks(across.low, across.high, about)
    middle = (start + end) / 2
    return group(
        lines_of_text(0, 13, panel.title, "paneltitle"),
        lines_of_text(0, 13 + _LINE * len(panel.title), panel.words, "axistitle"),
        value_axis(up, start, end, _marks(up), percent=panel.percent[1]),
        foot_axis(across, panel.foot, values, percent=panel.percent[0]),
        lines_of_text(middle, panel.foot + 33, panel.below, "axistitle", "middle"),
    )


def zero_line(panel: Panel) -> Markup:
    """The line at no difference, where the panel holds it."""
    if not panel.up.low <= 0 <= panel.up.high:
        return Markup("")
    return line(panel.across.start - 4, panel.up(0), panel.size.width, panel.up(0), "zero")


def curve(points: Sequence[tuple[float, Interval]], panel: Panel, *, faint: bool = False, class_: str = "") -> Markup:
    """A line in its band."""
    at = [(panel.across(x), panel.up(i.value)) for x, i in points if i.value is not None]
    banded = [(panel.across(x), i.low, i.high) for x, i in points if i.low is not None and i.high is not None]
    upper = [(x, panel.up(high)) for x, _, high in banded]
    lower = [(x, panel.up(low)) for x, low, _ in banded]
    return group(
        tag("path", d=area(upper, lower), class_="band faint" if faint else "band") if banded else "",
        tag("path", d=path(at), class_=f"curve {class_}".strip()) if at else "",
    )


Block = tuple[Markup, float]
"""A drawing in its own coordinates, and its height."""


def below_each_other(blocks: Sequence[Block], gap: float = 26.0) -> tuple[Markup, float, list[tuple[float, float]]]:
    """The drawings one under the other, the height they take, and where each begins."""
    parts, places, y = [], [], 0.0
    for drawing, height in blocks:
        if height <= 0:
            places.append((0.0, y))
            continue
        parts.append(moved(drawing, 0.0, y))
        places.append((0.0, y))
        y += height + gap
    return group(*parts), max(y - gap, 0.0), places


def side_by_side(
    blocks: Sequence[Block], width: float, columns: int, gap: float = 24.0
) -> tuple[Markup, float, list[tuple[float, float]]]:
    """The drawings in columns of one width, row after row."""
    parts, places, y, tallest = [], [], 0.0, 0.0
    for k, (drawing, height) in enumerate(blocks):
        if k and k % columns == 0:
            y, tallest = y + tallest + gap, 0.0
        place = ((k % columns) * (width + gap), y)
        parts.append(moved(drawing, *place))
        places.append(place)
        tallest = max(tallest, height)
    return group(*parts), y + tallest, places


def column_width(size: Size, columns: int, gap: float = 24.0) -> float:
    """Width of one of several columns."""
    return (size.width - gap * (columns - 1)) / columns


def moved(drawing: Markup, x: float, y: float) -> Markup:
    """A drawing set elsewhere."""
    return tag("g", drawing, transform=f"translate({x:.1f} {y:.1f})") if x or y else drawing


def titled(title: str, block: Block, size: Size) -> Block:
    """A drawing under a bold title; nothing stays nothing."""
    drawing, height = block
    if height <= 0:
        return block
    lines = wrapped(title, size.width, 2, BOLD)
    room = _LINE * len(lines) + 7
    return group(lines_of_text(0, 13, lines, "paneltitle"), moved(drawing, 0.0, room)), height + room
