"""Change from the start, score by score, against the amount that counts as reliable."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import OwnChangeDetail
from forwhom.report.numbers import quantity, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.panel import axes, framed, zero_line
from forwhom.report.svg import Size, area, group, marker, path, svg, tag, text

_KINDS = {"recovered", "improved", "unchanged", "deteriorated"}


def picture(detail: OwnChangeDetail, names: Names) -> Picture:
    """Change over time; within the band it may be error of measurement."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "below" if detail.better == "lower" else "above"
    caption = (
        f"Change from the first score. Within the band ({quantity(detail.threshold, 'points')} points either way) it may be error "
        f"of measurement; {better} zero is better."
    )
    return Picture(describe, caption, wide, narrow, (_table(detail),))


def _sentence(detail: OwnChangeDetail, names: Names) -> str:
    told = "; ".join(
        f"{time_text(t, detail.time_unit)} {quantity(change, 'points')} ({category})"
        for t, change, category in detail.points
    )
    return (
        f"Change from the start on {names.scale(detail.scale)}; {quantity(detail.threshold, 'points')} points count as reliable. "
        f"{told or 'No later score'}."
    )


def _draw(detail: OwnChangeDetail, names: Names, size: Size, describe: str) -> Markup:
    points = sorted(detail.points)
    panel = framed(
        size,
        [0.0, *(t for t, _, _ in points)],
        [*(change for _, change, _ in points), detail.threshold, -detail.threshold, 0.0],
        words=f"Change on {names.scale(detail.scale)}",
        below=f"Time ({detail.time_unit}s)" if detail.time_unit else "Time",
        height=140,
        pad=(0.04, 0.1),
    )
    across, up = panel.across, panel.up
    start, end = across.start - 4, size.width
    high, low = up(abs(detail.threshold)), up(-abs(detail.threshold))
    parts = [
        tag("path", d=area([(start, high), (end, high)], [(start, low), (end, low)]), class_="noband"),
        axes(panel),
        zero_line(panel),
    ]
    at = [(across(t), up(change)) for t, change, _ in points]
    parts.append(tag("path", d=path([(across(0.0), up(0.0)), *at]), class_="own"))
    for k, ((_, change, category), (x, y)) in enumerate(zip(points, at, strict=True)):
        kind = f"k-{category}" if category in _KINDS else "there"
        parts.append(tag("path", d=marker(0, x, y, 5), class_=f"{kind} dot"))
        if k == len(points) - 1:
            right = x < (start + end) / 2
            words = f"{quantity(change, 'points')}, {category}"
            parts.append(text(x + (9 if right else -9), y - 7, words, "label haloed", "start" if right else "end"))
    return svg(size, panel.height, describe, group(*parts))


def _table(detail: OwnChangeDetail) -> Table:
    rows = [
        [time_text(t, detail.time_unit), quantity(change, "points"), category] for t, change, category in detail.points
    ]
    return table("Change from the start", ["Time", "Change (points)", "Reliable?"], rows, (0, 2))
