"""Boxes, arrows, and bars along time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import WindowSpan
from forwhom.report.pictures.panel import Block
from forwhom.report.svg import (
    BOLD,
    Size,
    coordinate,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    tag,
    text,
    text_width,
    ticks,
    wrapped,
)

_LINE = 15.0
ROOM = 20.0
"""Left free beside the words of a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of lines, the first of them strong."""

    x: float
    y: float
    width: float
    lines: Sequence[str]
    strong: int = 1

    @property
    def height(self) -> float:
        """With room above and below."""
        return _LINE * len(self.lines) + 14

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Centre across."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """Centre upwards."""
        return self.y + self.height / 2


def named(x: float, y: float, width: float, name: str, *under: str) -> Box:
    """A box with a strong name and quiet lines under it, each broken between words."""
    head = wrapped(name, width - ROOM, 3, BOLD)
    return Box(
        x, y, width, [*head, *(line for words in under if words for line in wrapped(words, width - ROOM, 3))], len(head)
    )


def box(of: Box) -> Markup:
    """The box with its words."""
    drawn = tag("rect", x=of.x, y=of.y, width=of.width, height=of.height, rx=4.0, class_="box")
    head = lines_of_text(of.middle, of.y + 18, of.lines[: of.strong], "label strong", "middle")
    rest = lines_of_text(of.middle, of.y + 18 + _LINE * of.strong, of.lines[of.strong :], "quiet", "middle")
    return group(drawn, head, rest)


def arrow(start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """A line with a head at its end."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    back = [(end[0] - 9 * math.cos(angle + turn), end[1] - 9 * math.sin(angle + turn)) for turn in (0.42, -0.42)]
    corners = [end, *back]
    d = "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in corners) + "z"
    stop = (end[0] - 6 * math.cos(angle), end[1] - 6 * math.sin(angle))
    return group(line(*start, *stop, "flowline"), tag("path", d=d, class_="head"))


def windows(of: Sequence[WindowSpan], size: Size) -> Block:
    """Bars along one axis of time; in words only where the windows are on different clocks."""
    if not of:
        return Markup(""), 0.0
    if len({w.unit for w in of}) > 1:
        lines = [part for w in of for part in wrapped(f"{w.label}: {w.says}", size.width, 2)]
        return lines_of_text(0, 13, lines, "label"), _LINE * len(lines) + 4
    left = 8.0
    scale = linear([v for w in of for v in (w.start, w.end)], left, size.width - 12, pad=0.04)
    parts: list[Markup] = []
    y = 0.0
    for k, w in enumerate(of):
        lines = wrapped(f"{w.label}, {w.says}", size.width, 2)
        at, end = scale(w.start), scale(w.end)
        fits = at + max(text_width(each) for each in lines) < size.width
        label = lines_of_text(at if fits else size.width, y + 12, lines, "label haloed", "start" if fits else "end")
        y += _LINE * len(lines)
        bar = tag("rect", x=at, y=y + 3.0, width=max(end - at, 3.0), height=10.0, class_="bars")
        parts.append(group(label, bar, class_="c1" if k == 0 else "c0"))
        y += 21
    border = scale(of[0].end)
    # Under the words.
    parts.insert(0, line(border, 14, border, y, "cutoff"))
    parts.append(foot_axis(scale, y, ticks(scale.low, scale.high, 4 if size.narrow else 8)))
    unit = of[0].unit
    parts.append(text(size.width / 2, y + 33, f"{unit[:1].upper()}{unit[1:]}", "axistitle", "middle"))
    return group(*parts), y + 38
