"""Before against after with the band of no reliable change, and how many of each arm fall in each category."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import CategoryShare, ChangePoint, ReliableChangeDetail
from forwhom.report.numbers import count, fixed, limits, percent, short
from forwhom.report.picture import Names, People, Picture, Table, in_both_sizes, table
from forwhom.report.svg import (
    BOLD,
    NARROW,
    WIDE,
    Linear,
    Size,
    bare_rules,
    coordinate,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    marker,
    path,
    spread_apart,
    svg,
    tag,
    text,
    text_width,
    ticks,
    value_axis,
    wrapped,
)

CATEGORIES = ("recovered", "improved", "unchanged", "deteriorated")
_SHAPE = {"recovered": 0, "improved": 3, "unchanged": 1, "deteriorated": 4}


_HEAD = 56.0
"""Room above a panel: its title in two lines, how many people, and what runs upwards."""


def picture(detail: ReliableChangeDetail, names: Names) -> Picture:
    """One panel per arm: the scatter over the bar of shares."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    side = "below" if detail.better == "lower" else "above"
    cut = f" Dashed: the cut-off at {short(detail.cutoff)} ({detail.cutoff_kind})." if detail.cutoff is not None else ""
    caption = (
        f"Each mark is one person: score at {detail.before} across, at {detail.after} upwards. Inside the shaded band "
        f"a change of up to {fixed(detail.threshold, 1)} points may be error of measurement; marks {side} the band "
        f"got reliably better.{cut}"
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names), people=_people(detail, names))


def _sentence(detail: ReliableChangeDetail, names: Names) -> str:
    parts = [
        f"{share.label}: {count(share.count)} of {count(share.n)} {share.category}"
        for share in detail.shares
        if share.count
    ]
    return f"Scores at {detail.before} against {detail.after}, {names.scale(detail.scale)}. {'; '.join(parts)}."


def _arms(detail: ReliableChangeDetail) -> list[tuple[str | None, str]]:
    named = {share.arm: share.label for share in detail.shares}
    for point in detail.points:
        named.setdefault(point.arm, "")
    return list(named.items()) or [(None, "")]


def _layout(detail: ReliableChangeDetail, size: Size) -> tuple[list[tuple[Linear, Linear]], float, float]:
    """Per arm its two scales; the side of a square panel; the height taken by one row of panels."""
    arms = len(_arms(detail))
    columns = 1 if size.narrow else min(arms, 3) if arms != 4 else 2
    left, gap = 34.0, 24.0
    side = min((size.width - left - gap * (columns - 1) - 4) / columns, 320.0)
    used = left + side * columns + gap * (columns - 1)
    start = left if size.narrow else left + (size.width - used) / 2
    values = [v for point in detail.points for v in (point.before, point.after)]
    floor = [detail.low] if detail.low is not None and values and detail.low >= min(values) - 8 else []
    span = linear([*values, *floor, *([detail.cutoff] if detail.cutoff is not None else [])], 0, 1, pad=0.04)
    row = side + _HEAD + 34 + 74
    scales = []
    for k in range(arms):
        x = start + (k % columns) * (side + gap)
        y = (k // columns) * row + _HEAD
        scales.append((Linear(span.low, span.high, x, x + side), Linear(span.low, span.high, y + side, y)))
    return scales, side, row * -(-arms // columns)


def _draw(detail: ReliableChangeDetail, names: Names, size: Size, describe: str) -> Markup:
    scales, _, height = _layout(detail, size)
    parts = []
    for (arm, label), (across, up) in zip(_arms(detail), scales, strict=True):
        parts.append(
            _panel(detail, names, arm, label or names.arm(arm), across, up, across.start == scales[0][0].start)
        )
    legend, height = _legend(detail, size, height + 4)
    return svg(size, height, describe, *parts, legend, tag("path", class_="picked", d=""), data_pick="points")


def _panel(
    detail: ReliableChangeDetail, names: Names, arm: str | None, label: str, across: Linear, up: Linear, numbered: bool
) -> Markup:
    low, high = across.low, across.high
    side = across.end - across.start
    title = wrapped(label, side, 2, BOLD)
    parts = [
        lines_of_text(across.start, up.end - 10 - 15 * len(title), title, "paneltitle"),
        text(across.start, up.end - 8, wrapped(f"↑ Score at {detail.after}", side - 50, 1)[0], "axistitle"),
        tag("path", d=_band(across, up, detail.threshold), class_="noband"),
        value_axis(up, across.start, across.end, 4) if numbered else bare_rules(up, across, 4),
        line(across(low), up(low), across(high), up(high), "diagonal"),
    ]
    if detail.cutoff is not None:
        cut = detail.cutoff
        parts += [
            line(across.start, up(cut), across.end, up(cut), "cutoff"),
            line(across(cut), up.start, across(cut), up.end, "cutoff"),
        ]
    points = [point for point in detail.points if point.arm == arm]
    n = len(points)
    parts.append(text(across.end, up.end - 8, f"n = {count(n)}", "tick", "end"))
    parts.append(foot_axis(across, up.start, ticks(low, high, 4)))
    radius = 3.6 if n <= 150 else 2.6 if n <= 500 else 1.9
    for category in CATEGORIES:
        d = "".join(
            marker(_SHAPE[category], across(point.before), up(point.after), radius)
            for point in points
            if point.category == category
        )
        if d:
            parts.append(tag("path", d=d, class_=f"k-{category} dot"))
    parts.append(
        text(across.end, up.start + 33, wrapped(f"Score at {detail.before} →", side, 1)[0], "axistitle", "end")
    )
    shares = [share for share in detail.shares if share.arm == arm]
    parts.append(_bar(shares, across.start, across.end, up.start + 44))
    return group(*parts)


def _band(across: Linear, up: Linear, threshold: float) -> str:
    """The strip around the diagonal, cut to the panel."""
    low, high = across.low, across.high
    t = min(threshold, high - low)
    corners = [(low, low), (low, low + t), (high - t, high), (high, high), (high, high - t), (low + t, low)]
    return path([(across(x), up(y)) for x, y in corners]) + "z"


def _bar(shares: list[CategoryShare], left: float, right: float, y: float) -> Markup:
    """One stacked bar; every part carries its count."""
    by_name = {share.category: share for share in shares}
    total = sum(share.count for share in shares)
    parts: list[Markup] = []
    centres: list[float] = []
    counts: list[str] = []
    x = left
    for category in CATEGORIES:
        share = by_name.get(category)
        if share is None or not share.count or not total:
            continue
        width = (right - left) * share.count / total
        parts.append(tag("rect", x=x, y=y, width=max(width - 1.5, 1.0), height=18.0, class_=f"k-{category} block"))
        if category == "deteriorated":
            hatch = "".join(
                f"M{coordinate(h)} {coordinate(y + 18)}l9-18" for h in _steps(x + 2, x + max(width - 11, 0), 7)
            )
            parts.append(tag("path", d=hatch, class_="hatch"))
        centres.append(x + width / 2)
        counts.append(count(share.count))
        x += width
    widest = max(map(text_width, counts), default=0.0) + 4
    for at, label in zip(spread_apart(centres, widest, left + 4, right - 4), counts, strict=True):
        parts.append(text(at, y + 33, label, "value", "middle"))
    return group(*parts)


def _steps(start: float, end: float, step: float) -> list[float]:
    return [start + step * k for k in range(max(0, int((end - start) // step) + 1))]


def _legend(detail: ReliableChangeDetail, size: Size, y: float) -> tuple[Markup, float]:
    present = {share.category for share in detail.shares} | {point.category for point in detail.points}
    parts: list[Markup] = []
    x = 4.0
    for category in CATEGORIES:
        if category not in present:
            continue
        width = text_width(category) + 34
        if x + width > size.width:
            x, y = 4.0, y + 19
        parts.append(tag("path", d=marker(_SHAPE[category], x + 5, y + 4, 4.4), class_=f"k-{category} dot"))
        parts.append(text(x + 15, y + 8, category, "label"))
        x += width
    return group(*parts), y + 18


def _people(detail: ReliableChangeDetail, names: Names) -> People:
    index = {arm: k for k, (arm, _) in enumerate(_arms(detail))}
    labels = dict(_arms(detail))
    places = []
    for size in (WIDE, NARROW):
        scales = _layout(detail, size)[0]
        places.append(tuple(_place(point, scales[index[point.arm]]) for point in detail.points))
    says = tuple(
        f"{labels.get(point.arm) or names.arm(point.arm)}: {short(round(point.before, 2))} at {detail.before}, "
        f"{short(round(point.after, 2))} at {detail.after}; {point.category}"
        for point in detail.points
    )
    return People("mark", tuple(point.id for point in detail.points), says, places[0], places[1])


def _place(point: ChangePoint, scales: tuple[Linear, Linear]) -> tuple[float, float]:
    return round(scales[0](point.before)), round(scales[1](point.after))


def _tables(detail: ReliableChangeDetail, names: Names) -> tuple[Table, ...]:
    shares = [
        [
            share.label or names.arm(share.arm),
            share.category,
            f"{count(share.count)} of {count(share.n)}",
            percent(share.share.value),
            limits(share.share.value, share.share.low, share.share.high, "proportion"),
        ]
        for share in detail.shares
    ]
    labels = dict(_arms(detail))
    persons = [
        [
            point.id,
            labels.get(point.arm) or names.arm(point.arm),
            short(round(point.before, 2)),
            short(round(point.after, 2)),
            fixed(point.index, 2),
            point.category,
        ]
        for point in detail.points
    ]
    return (
        table("Shares", ["Arm", "Category", "People", "Share", "Interval"], shares, (0, 1)),
        table(
            "Every person",
            ["Person", "Arm", detail.before, detail.after, "Reliable change index", "Category"],
            persons,
            (0, 1, 5),
        ),
    )
