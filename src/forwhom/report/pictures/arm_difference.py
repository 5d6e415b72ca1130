"""Arm means over time with intervals, above the differences from the reference against zero."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail, DifferencePoint, Interval, MeanPoint
from forwhom.report.numbers import count, df_text, limits, p_text, quantity, short, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.legend import legend
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    area,
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
    thinned,
    value_axis,
    wrapped,
)

_MOST_WHISKERS = 12


def picture(detail: ArmDifferenceDetail, names: Names) -> Picture:
    """Means and differences on one time axis."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "lower" if detail.better == "lower" else "higher"
    scale = names.scale(detail.scale)
    caption = f"Above, {scale} as the model estimates it for each arm, with intervals ({better} is better). "
    if detail.differences:
        caption += "Below, the difference from the reference; an interval that crosses zero leaves the direction open."
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: ArmDifferenceDetail, names: Names) -> str:
    primary = [point for point in detail.differences if point.primary] or list(detail.differences[-1:])
    parts = [
        f"{names.arm(point.arm)} minus {names.arm(point.reference)} at {time_text(point.time, detail.time_unit)}: "
        f"{quantity(point.raw.value, 'points', point.raw.low, point.raw.high)} "
        f"(interval {limits(point.raw.value, point.raw.low, point.raw.high, 'points')})"
        for point in primary
    ]
    what = "Means of each arm over time and their differences" if detail.differences else "Means over time"
    return f"{what}, {names.scale(detail.scale)}. {'; '.join(parts)}".rstrip(". ") + "."


def _draw(detail: ArmDifferenceDetail, names: Names, size: Size, describe: str) -> Markup:
    arms = [name for name, _ in detail.arms] or list(dict.fromkeys(point.arm for point in detail.means))
    labels = dict(detail.arms)
    label_room = 12.0 if size.narrow else 150.0
    left, right = 40.0, size.width - label_room
    times = sorted({p.time for p in detail.means} | {p.time for p in detail.differences}) or [0.0]
    across = linear(times, left + 14, right - 12, pad=0.0)
    named = [(names.place(arm), labels.get(arm, names.arm(arm))) for arm in arms]
    above, top = legend(named, size) if size.narrow else (Markup(""), 4.0)
    top += 18
    foot = top + (200.0 if size.narrow else 220.0)
    parts = [above, text(0, top - 10, wrapped(f"{names.scale(detail.scale)}, mean", size.width, 1)[0], "axistitle")]
    parts.append(_means(detail, arms, labels, names, size, across, top, foot, left, right))
    y = foot
    if detail.differences:
        words = _favours_in_line(detail, names, size) if size.narrow else []
        head = foot + 46 + 15 * len(words)
        parts.append(lines_of_text(0, foot + 48, words, "quiet"))
        y = head + 150.0
        parts.append(_differences(detail, arms, names, size, across, head, y, left, right))
    parts.append(_time_axis(times, across, y, detail.time_unit))
    counted, y = _numbers(detail, arms, labels, names, size, across, y + 42, times)
    return svg(size, y, describe, *parts, counted)


def _means(
    detail: ArmDifferenceDetail,
    arms: list[str],
    labels: dict[str, str],
    names: Names,
    size: Size,
    across: Linear,
    top: float,
    foot: float,
    left: float,
    right: float,
) -> Markup:
    values = [v for point in detail.means for v in (point.model.value, point.model.low, point.model.high)]
    up = linear(values, foot, top)
    parts = [value_axis(up, left, right, 5)]
    ends: list[tuple[str, float]] = []
    for arm in arms:
        points = sorted((p for p in detail.means if p.arm == arm and p.model.value is not None), key=lambda p: p.time)
        if points:
            parts.append(_arm_curve(points, _shift(arm, arms), names.place(arm), across, up))
            ends.append((arm, up(points[-1].model.value or 0.0)))
    if not size.narrow:
        written = [wrapped(labels.get(arm, names.arm(arm)), size.width - right - 8, 2, BOLD) for arm, _ in ends]
        tallest = 15.0 * max((len(lines) for lines in written), default=1) + 3
        heights = spread_apart([y for _, y in ends], min(tallest, (foot - top) / max(len(ends), 1)), top, foot)
        for (arm, _), lines, y in zip(ends, written, heights, strict=True):
            start = y + 4 - 7.5 * (len(lines) - 1)
            drawn = [text(right + 8, start + 15 * i, words, "label armtext") for i, words in enumerate(lines)]
            parts.append(group(*drawn, class_=f"c{names.place(arm) % 6}"))
    return group(*parts)


def _shift(arm: str, arms: Sequence[str], apart: float = 7.0) -> float:
    """Arms stand a little beside each other so that their intervals do not hide one another."""
    return (arms.index(arm) - (len(arms) - 1) / 2) * min(apart, 24 / max(len(arms), 1)) if arm in arms else 0.0


def _arm_curve(points: list[MeanPoint], shift: float, place: int, across: Linear, up: Linear) -> Markup:
    if len(points) > _MOST_WHISKERS:
        return _as_band([(p.time, p.model) for p in points], place, across, up)
    at = [(across(p.time) + shift, up(p.model.value)) for p in points if p.model.value is not None]
    whiskers = "".join(
        path([(x, up(p.model.low)), (x, up(p.model.high))])
        for p, (x, _) in zip(points, at, strict=True)
        if p.model.low is not None and p.model.high is not None
    )
    return group(
        tag("path", d=path(at), class_="curve"),
        tag("path", d=whiskers, class_="whisker"),
        tag("path", d="".join(marker(place, x, y, 4) for x, y in at), class_="mark"),
        class_=f"c{place % 6}",
    )


def _as_band(points: Sequence[tuple[float, Interval]], place: int, across: Linear, up: Linear) -> Markup:
    """A line in its band, where whiskers would stand too close; a few marks keep the arms apart without colour."""
    at = [(across(time), up(i.value)) for time, i in points if i.value is not None]
    banded = [(across(t), i.low, i.high) for t, i in points if i.low is not None and i.high is not None]
    band = area([(x, up(high)) for x, _, high in banded], [(x, up(low)) for x, low, _ in banded]) if banded else ""
    step = max(1, len(at) // 6)
    return group(
        tag("path", d=band, class_="band faint") if band else "",
        tag("path", d=path(at), class_="curve"),
        tag("path", d="".join(marker(place, x, y, 3.6) for x, y in at[::-step]), class_="mark"),
        class_=f"c{place % 6}",
    )


def _differences(
    detail: ArmDifferenceDetail,
    arms: list[str],
    names: Names,
    size: Size,
    across: Linear,
    top: float,
    foot: float,
    left: float,
    right: float,
) -> Markup:
    values = [v for p in detail.differences for v in (p.raw.value, p.raw.low, p.raw.high)]
    up = linear([*values, 0.0], foot, top, pad=0.08)
    reference = names.arm(detail.differences[0].reference)
    title = wrapped(f"Difference from {reference}", size.width, 1)[0]
    under = 15 * len(_favours_in_line(detail, names, size)) if size.narrow else 0
    parts = [
        text(0, top - 12 - under, title, "axistitle"),
        value_axis(up, left, right, 4),
        line(left, up(0), right, up(0), "zero"),
    ]
    compared = [arm for arm in arms if any(p.arm == arm for p in detail.differences)]
    for arm in compared:
        points = [p for p in detail.differences if p.arm == arm and p.raw.value is not None]
        place = names.place(arm)
        if len(points) > _MOST_WHISKERS:
            parts.append(_as_band([(p.time, p.raw) for p in points], place, across, up))
            points = [p for p in points if p.primary]
        parts.append(_difference_marks(points, _shift(arm, compared), place, across, up))
    if not size.narrow:
        parts.extend(_favours(detail, names, up, right, top, foot, size))
    return group(*parts)


def _difference_marks(points: list[DifferencePoint], shift: float, place: int, across: Linear, up: Linear) -> Markup:
    parts: list[Markup] = []
    for p in points:
        if p.raw.value is None:
            continue
        x, y = across(p.time) + shift, up(p.raw.value)
        if p.raw.low is not None and p.raw.high is not None:
            low, high = up(p.raw.low), up(p.raw.high)
            parts.append(tag("path", d=path([(x, low), (x, high)]), class_="whisker bold" if p.primary else "whisker"))
        parts.append(tag("path", d=marker(place, x, y, 5.5 if p.primary else 4), class_="mark"))
        if p.primary:
            parts.append(tag("circle", cx=x, cy=y, r=10.0, class_="ring"))
    return group(*parts, class_=f"c{place % 6}")


def _above_below(detail: ArmDifferenceDetail, names: Names) -> tuple[str, str]:
    """Whom a difference above zero favours, and one below."""
    compared = {point.arm for point in detail.differences}
    treated = names.arm(compared.pop()) if len(compared) == 1 else "the compared arm"
    reference = names.arm(detail.differences[0].reference)
    return (reference, treated) if detail.better == "lower" else (treated, reference)


def _favours_in_line(detail: ArmDifferenceDetail, names: Names, size: Size) -> list[str]:
    above, below = _above_below(detail, names)
    return wrapped(f"↑ favours {above}", size.width, 2) + wrapped(f"↓ favours {below}", size.width, 2)


def _favours(
    detail: ArmDifferenceDetail,
    names: Names,
    up: Linear,
    right: float,
    top: float,
    foot: float,
    size: Size,
) -> list[Markup]:
    """What lies above and below zero, in words beside the panel."""
    above, below = _above_below(detail, names)
    room = size.width - right - 10
    parts: list[Markup] = []
    upper = wrapped(f"↑ favours {above}", room, 3)
    lower = wrapped(f"↓ favours {below}", room, 3)
    y = up(0)
    start = max(top + 8, y - 8 - 15 * (len(upper) - 1))
    parts += [text(right + 8, start + 15 * i, words, "quiet") for i, words in enumerate(upper)]
    start = min(max(y + 18, start + 15 * len(upper) + 6), foot)
    parts += [text(right + 8, start + 15 * i, words, "quiet") for i, words in enumerate(lower)]
    return parts


def _time_axis(times: list[float], across: Linear, y: float, unit: str) -> Markup:
    parts = [line(across.start - 14, y, across.end + 12, y, "axis")]
    for time in thinned(times, across, 30):
        parts.append(line(across(time), y, across(time), y + 4, "axis"))
        parts.append(text(across(time), y + 17, _on_axis(time), "tick", "middle"))
    parts.append(
        text((across.start + across.end) / 2, y + 32, f"Time ({unit}s)" if unit else "Time", "axistitle", "middle")
    )
    return group(*parts)


def _on_axis(time: float) -> str:
    """A time on an axis, where the unit is named once."""
    return short(time)


def _numbers(
    detail: ArmDifferenceDetail,
    arms: list[str],
    labels: dict[str, str],
    names: Names,
    size: Size,
    across: Linear,
    y: float,
    times: list[float],
) -> tuple[Markup, float]:
    """People with a score at each time, as under a survival curve."""
    shown = thinned(times, across, max(30.0, text_width("0000") + 4))
    parts = [text(0, y + 12, "People with a score", "axistitle")]
    y += 16
    for arm in arms:
        counts = {p.time: p.n for p in detail.means if p.arm == arm}
        place = names.place(arm)
        marks = [tag("path", d=marker(place, 8, y + 11, 3.6), class_="mark")]
        marks += [
            text(across(time), y + 15, count(counts[time]), "tick strongtick", "middle")
            for time in shown
            if time in counts
        ]
        if not size.narrow:
            label = wrapped(labels.get(arm, names.arm(arm)), size.width - across.end - 26, 1, BOLD)[0]
            marks.append(text(across.end + 24, y + 15, label, "tick armtext"))
        parts.append(group(*marks, class_=f"c{place % 6}"))
        y += 17
    return group(*parts), y + 6


def _tables(detail: ArmDifferenceDetail, names: Names) -> tuple[Table, ...]:
    labels = dict(detail.arms)
    means = [
        [
            time_text(p.time, detail.time_unit),
            labels.get(p.arm, names.arm(p.arm)),
            quantity(p.model.value, "points", p.model.low, p.model.high),
            limits(p.model.value, p.model.low, p.model.high, "points"),
            quantity(p.observed_mean, "points", p.model.low, p.model.high),
            count(p.n),
        ]
        for p in detail.means
    ]
    tables = [table("Means", ["Time", "Arm", "Model mean", "Interval", "Observed mean", "n"], means, (0, 1))]
    if detail.differences:
        rows = [
            [
                time_text(p.time, detail.time_unit) + (" (primary)" if p.primary else ""),
                f"{names.arm(p.arm)} − {names.arm(p.reference)}",
                quantity(p.raw.value, "points", p.raw.low, p.raw.high),
                limits(p.raw.value, p.raw.low, p.raw.high, "points"),
                quantity(p.standardised.value, "SD"),
                limits(p.standardised.value, p.standardised.low, p.standardised.high, "SD"),
                df_text(p.df),
                p_text(p.p),
            ]
            for p in detail.differences
        ]
        head = ["Time", "Comparison", "Difference", "Interval", "Standardised", "Interval (standardised)", "df", "p"]
        tables.append(table("Differences", head, rows, (0, 1)))
    return tuple(tables)
