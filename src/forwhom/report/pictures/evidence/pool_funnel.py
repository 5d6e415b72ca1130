"""The funnel plot of a pool, with lines of significance, and the line of a regression on a number of studies."""

from __future__ import annotations

import math

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PoolDetail, PoolSlope
from forwhom.report.pictures.evidence.effect_axis import Axis, axis, foot
from forwhom.report.pictures.panel import Block, axes, curve, framed
from forwhom.report.svg import BOLD, Linear, Size, group, line, lines_of_text, marker, path, tag, text, ticks, wrapped

HEIGHT = 230.0
SHOWN = ("p 0.10", "0.05", "0.01")


def funnel(detail: PoolDetail, size: Size) -> Block:
    """Effects by their standard errors, precise ones on top; lines where p is 0.10, 0.05 and 0.01."""
    widest = max(row.se for row in detail.rows) * 1.08
    null = math.log(detail.null) if detail.log else detail.null
    reach = detail.edges[-1] * widest
    at = [row.at for row in detail.rows]
    low, high = min([*at, null - 0.75 * reach]), max([*at, null + 0.75 * reach])
    title = wrapped("Are small studies like large ones?", size.width, 2, BOLD)
    words = wrapped("Standard error; precise studies stand on top", size.width, 2)
    top = LINE * (len(title) + len(words)) + 14
    base = top + HEIGHT
    left = 40.0
    ends = [math.exp(v) for v in (low, high)] if detail.log else [low, high]
    across = axis(ends, left, size.width - 6, log=detail.log)
    up = Linear(widest, 0.0, base, top)
    parts = [lines_of_text(0, 13, title, "paneltitle"), lines_of_text(0, 13 + LINE * len(title), words, "axistitle")]
    for value in ticks(0.0, widest, 4):
        parts += [
            line(left, up(value), size.width, up(value), "rule"),
            text(left - 6, up(value) + 4, f"{value:g}", "tick", "end"),
        ]
    parts.append(_edges(detail, null, widest, across, up))
    parts.append(line(across.scale(detail.centre), top, across.scale(detail.centre), base, "cutoff"))
    dots = [tag("path", d=marker(0, across.scale(row.at), up(row.se), 4.2), class_="mark") for row in detail.rows]
    parts += [group(*dots, class_="c1"), foot(across, base, 4 if size.narrow else 7)]
    parts.append(text((left + size.width) / 2, base + 34, detail.measure.capitalize(), "axistitle", "middle"))
    return group(*parts), base + 42


LINE = 15.0


def _edges(detail: PoolDetail, null: float, widest: float, across: Axis, up: Linear) -> Markup:
    """Regions in which an effect of that precision is not significant, cut at the sides of the plot."""
    parts = []
    scale = across.scale
    for edge in reversed(detail.edges):
        corners = [(scale(null), up(0.0))]
        for sign in (1, -1):
            far = null + sign * edge * widest
            end = scale.high if sign > 0 else scale.low
            if scale.low <= far <= scale.high:
                corners.append((scale(far), up(widest)))
            else:
                se = abs(end - null) / edge
                corners += [(scale(end), up(se)), (scale(end), up(widest))][::sign]
        parts.append(tag("path", d=path(corners) + "z", class_="noband"))
    for step, (edge, words) in enumerate(zip(detail.edges, SHOWN, strict=True)):
        # Each a little higher than the last, so that they do not touch where the regions are narrow.
        se = widest * (0.97 - 0.1 * step)
        x = null + edge * se
        if scale.low <= x <= scale.high:
            parts.append(text(scale(x) - 3, up(se) - 3, words, "small haloed", "end"))
    parts.append(line(scale(null), up(0.0), scale(null), up(widest), "zero"))
    return group(*parts)


def regression(slope: PoolSlope, measure: str, null: float, size: Size) -> Block:
    """Effects of studies by a number, a circle's area its weight, and the fitted line in its limits."""
    xs = [point[0] for point in slope.points]
    ys = [point[1] for point in slope.points] + [null]
    line_ = [(x, Interval(value, low, high)) for x, value, low, high in slope.line]
    # Limits far outside the points tell that nothing is known there; they are cut rather than flatten the points.
    span = max(ys) - min(ys)
    low, high = min(ys) - 0.3 * span, max(ys) + 0.3 * span
    held = [
        (x, Interval(i.value, _held(i.low, low, high), _held(i.high, low, high)))
        for x, i in line_
        if i.value is not None and low <= i.value <= high
    ]
    panel = framed(
        size, xs, [*ys, *(end for _, i in held for end in (i.low, i.high))], below=slope.trait.capitalize(),
        words=measure.capitalize(), title=f"By {slope.trait}",
    )  # fmt: skip
    largest = max(point[2] for point in slope.points)
    dots = [
        tag("path", d=marker(0, panel.across(x), panel.up(y), 2.4 + 5.0 * (w / largest) ** 0.5), class_="mark")
        for x, y, w in slope.points
    ]
    zero = line(panel.across.start - 4, panel.up(null), size.width, panel.up(null), "zero")
    return group(axes(panel), zero, group(curve(held, panel), *dots, class_="c1")), panel.height


def _held(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else min(max(value, low), high)
