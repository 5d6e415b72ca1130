"""The upper panel of a comparison of arms: means with intervals, the time axis, people with a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail, Interval, MeanPoint
from forwhom.report.numbers import count, short
from forwhom.report.picture import Names
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    area,
    group,
    line,
    linear,
    marker,
    path,
    spread_apart,
    tag,
    text,
    text_width,
    thinned,
    value_axis,
    wrapped,
)

MOST_WHISKERS = 12
"""Occasions; with more of them, bands take the place of whiskers."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every panel shares: the arms in order, the time axis, the left and right edge."""

    detail: ArmDifferenceDetail
    names: Names
    size: Size
    arms: tuple[str, ...]
    times: tuple[float, ...]
    across: Linear
    left: float
    right: float

    def label(self, arm: str) -> str:
        """An arm's label."""
        return dict(self.detail.arms).get(arm) or self.names.arm(arm)

    def colour(self, arm: str) -> str:
        """The class that gives an arm its colour and dash."""
        return f"c{self.names.place(arm) % 6}"


def framed(detail: ArmDifferenceDetail, names: Names, size: Size) -> Frame:
    """The frame of a comparison in one size."""
    arms = tuple(name for name, _ in detail.arms) or tuple(dict.fromkeys(point.arm for point in detail.means))
    left, right = 40.0, size.width - (12.0 if size.narrow else 150.0)
    times = tuple(sorted({p.time for p in detail.means} | {p.time for p in detail.differences})) or (0.0,)
    return Frame(detail, names, size, arms, times, linear(times, left + 14, right - 12, pad=0.0), left, right)


def means(frame: Frame, top: float, foot: float) -> Markup:
    """The arms' means with their intervals; on a page each is named at its end."""
    values = [v for p in frame.detail.means for v in (p.model.value, p.model.low, p.model.high)]
    up = linear(values, foot, top)
    parts = [value_axis(up, frame.left, frame.right, 5)]
    ends: list[tuple[str, float]] = []
    for arm in frame.arms:
        points = [p for p in frame.detail.means if p.arm == arm and p.model.value is not None]
        points.sort(key=lambda p: p.time)
        if points:
            parts.append(_arm_curve(points, shift(arm, frame.arms), frame.names.place(arm), frame.across, up))
            ends.append((arm, up(points[-1].model.value or 0.0)))
    if not frame.size.narrow:
        parts.append(_end_labels(frame, ends, top, foot))
    return group(*parts)


def _end_labels(frame: Frame, ends: list[tuple[str, float]], top: float, foot: float) -> Markup:
    room = frame.size.width - frame.right - 8
    written = [wrapped(frame.label(arm), room, 2, BOLD) for arm, _ in ends]
    tallest = 15.0 * max((len(lines) for lines in written), default=1) + 3
    heights = spread_apart([y for _, y in ends], min(tallest, (foot - top) / max(len(ends), 1)), top, foot)
    parts = []
    for (arm, _), lines, y in zip(ends, written, heights, strict=True):
        start = y + 4 - 7.5 * (len(lines) - 1)
        drawn = [text(frame.right + 8, start + 15 * i, words, "label armtext") for i, words in enumerate(lines)]
        parts.append(group(*drawn, class_=frame.colour(arm)))
    return group(*parts)


def shift(arm: str, arms: Sequence[str], apart: float = 7.0) -> float:
    """Arms stand a little beside each other so that their intervals do not hide one another."""
    return (arms.index(arm) - (len(arms) - 1) / 2) * min(apart, 24 / max(len(arms), 1)) if arm in arms else 0.0


def _arm_curve(points: list[MeanPoint], shift: float, place: int, across: Linear, up: Linear) -> Markup:
    if len(points) > MOST_WHISKERS:
        return as_band([(p.time, p.model) for p in points], place, across, up)
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


def as_band(points: Sequence[tuple[float, Interval]], place: int, across: Linear, up: Linear) -> Markup:
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


def time_axis(frame: Frame, y: float) -> Markup:
    """The times that were really used, and the unit."""
    across, unit = frame.across, frame.detail.time_unit
    parts = [line(across.start - 14, y, across.end + 12, y, "axis")]
    for time in thinned(frame.times, across, 30):
        parts.append(line(across(time), y, across(time), y + 4, "axis"))
        parts.append(text(across(time), y + 17, short(time), "tick", "middle"))
    middle = (across.start + across.end) / 2
    parts.append(text(middle, y + 32, f"Time ({unit}s)" if unit else "Time", "axistitle", "middle"))
    return group(*parts)


def people_with_a_score(frame: Frame, y: float) -> tuple[Markup, float]:
    """People with a score at each time, as under a survival curve."""
    across = frame.across
    shown = thinned(frame.times, across, max(30.0, text_width("0000") + 4))
    parts = [text(0, y + 12, "People with a score", "axistitle")]
    y += 16
    for arm in frame.arms:
        counts = {p.time: p.n for p in frame.detail.means if p.arm == arm}
        marks = [tag("path", d=marker(frame.names.place(arm), 8, y + 11, 3.6), class_="mark")]
        marks += [
            text(across(time), y + 15, count(counts[time]), "tick strongtick", "middle")
            for time in shown
            if time in counts
        ]
        if not frame.size.narrow:
            label = wrapped(frame.label(arm), frame.size.width - across.end - 26, 1, BOLD)[0]
            marks.append(text(across.end + 24, y + 15, label, "tick armtext"))
        parts.append(group(*marks, class_=frame.colour(arm)))
        y += 17
    return group(*parts), y + 6
