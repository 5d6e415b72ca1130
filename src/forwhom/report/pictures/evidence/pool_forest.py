"""The forest plot of a pool: effects with their weights, levels of traits, the pooled effect, a new study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PoolDetail
from forwhom.report.numbers import THIN, count, fixed
from forwhom.report.pictures.evidence.effect_axis import Axis, axis, drawn, foot, kept_in
from forwhom.report.pictures.forest import written_sides
from forwhom.report.svg import Size, group, line, lines_of_text, path, tag, text, text_width, with_room, wrapped

LINE = 15.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: what it is, a quieter line, its value; drawn as a square of its weight, a diamond, or the interval of a new study."""

    label: str
    under: str
    interval: Interval
    says: str
    shape: str
    weight: float = 0.0


def forest(detail: PoolDetail, size: Size) -> tuple[Markup, float]:
    """The rows and the height they take."""
    bars = _bars(detail)
    left, right = (4.0, size.width - 4.0) if size.narrow else (218.0, size.width - 138.0)
    of = _axis(detail, left, right)
    zero = of.at(detail.null)
    words, y = written_sides(detail.sides, zero, size)
    top = y + 6
    y = top
    body: list[Markup] = []
    spans: list[tuple[float, float]] = []
    title = ""
    for heading, bar in bars:
        if heading != title:
            title = heading
            if heading:
                lines = wrapped(heading, size.width, 2)
                body.append(lines_of_text(0, y + 20, lines, "label strong"))
                y += LINE * len(lines) + 10
        row, height, middle = _bar(bar, y, of, size, left)
        body.append(row)
        spans.append((middle - 11, middle + 11))
        y += height
    shown = spans if size.narrow else [(top - 4, y + 2)]
    rules = [line(x, a, x, b, "rule") for x, _ in of.marks(4 if size.narrow else 7) for a, b in shown]
    if detail.pooled.value is not None and detail.samples > 1:
        rules += [line(of.at(detail.pooled.value), a, of.at(detail.pooled.value), b, "cutoff") for a, b in shown]
    rules += [line(zero, a, zero, b, "zero") for a, b in shown]
    return group(*rules, words, *body, foot(of, y + 2, 4 if size.narrow else 7)), y + 28


def _axis(detail: PoolDetail, left: float, right: float) -> Axis:
    points = [row.effect.value for row in detail.rows if row.effect.value is not None]
    points += [detail.pooled.value] if detail.pooled.value is not None else []
    levels = [level.effect for split in detail.splits for level in split.levels]
    points += [level.value for level in levels if level.value is not None]
    ends = [end for row in detail.rows for end in (row.effect.low, row.effect.high)]
    ends += [end for each in (detail.pooled, detail.prediction, *levels) for end in (each.low, each.high)]
    held = kept_in(ends, [*points, detail.null], log=detail.log)
    made = axis([*points, *held, detail.null], left, right, log=detail.log)
    most = (right - left) * 0.42
    room = [min(most, text_width(f"← {side}") + 10) for side in detail.sides]
    return Axis(with_room(made.scale, drawn(detail.null, log=detail.log), *room), detail.log)


def _bars(detail: PoolDetail) -> list[tuple[str, Bar]]:
    alike = len({row.arms for row in detail.rows}) == 1
    found = [
        (
            "",
            Bar(
                row.study,
                row.what if alike else row.arms,
                row.effect,
                f"{said(row.effect, detail)}  {fixed(100 * row.weight, 0)}{THIN}%",
                "square",
                row.weight,
            ),
        )
        for row in detail.rows
    ]
    for split in detail.splits:
        found += [
            (f"By {split.trait}", Bar(level.level, _samples(level.samples, level.people), level.effect, said(level.effect, detail), "open"))
            for level in split.levels
        ]  # fmt: skip
    if detail.samples > 1:
        under = _samples(detail.samples, detail.people)
        found.append(("All together", Bar("Pooled", under, detail.pooled, said(detail.pooled, detail), "full")))
    if detail.prediction.low is not None:
        new = Interval(None, detail.prediction.low, detail.prediction.high)
        words = f"{_number(new.low, detail)} to {_number(new.high, detail)}"
        found.append(
            ("All together", Bar("A new study like these", "where its true effect would lie", new, words, "new"))
        )
    return found


def _samples(samples: int, people: int | None) -> str:
    words = f"{count(samples)} {'sample' if samples == 1 else 'samples'}"
    return words if people is None else f"{words}, {count(people)} people"


def said(interval: Interval, detail: PoolDetail) -> str:
    """A value with its limits."""
    value = _number(interval.value, detail)
    if interval.low is None and interval.high is None:
        return value
    return f"{value} ({_number(interval.low, detail)} to {_number(interval.high, detail)})"


def _number(value: float | None, detail: PoolDetail) -> str:
    if value is None:
        return "open"
    if detail.measure == "risk difference":
        return f"{fixed(100 * value, 0)}{THIN}%"
    if detail.log and value < 0.01:
        return f"<{THIN}0.01"
    if detail.log and value > 100:
        return f">{THIN}100"
    return fixed(value, 2 if abs(value) < 10 else 1)


def _bar(bar: Bar, y: float, of: Axis, size: Size, left: float) -> tuple[Markup, float, float]:
    """One row, its height and its middle."""
    strong = " strong" if bar.shape == "full" else ""
    if size.narrow:
        lines = wrapped(bar.label, size.width - text_width(bar.says) - 12, 2)
        under = wrapped(bar.under, size.width - 4, 2) if bar.under else []
        words = [text(0, y + 13 + LINE * i, each, f"label haloed{strong}") for i, each in enumerate(lines)]
        words.append(text(size.width, y + 13, bar.says, "value haloed", "end"))
        words.append(lines_of_text(0, y + 13 + LINE * len(lines), under, "quiet haloed"))
        middle = y + LINE * (len(lines) + len(under)) + 12
        return group(*words, _mark(bar, middle, of)), middle + 14 - y, middle
    lines = wrapped(bar.label, left - 10, 2)
    under = wrapped(bar.under, left - 10, 2) if bar.under else []
    height = LINE * (len(lines) + len(under))
    words = [text(0, y + 13 + LINE * i, each, f"label{strong}") for i, each in enumerate(lines)]
    words.append(lines_of_text(0, y + 13 + LINE * len(lines), under, "quiet"))
    middle = y + 3 + height / 2
    words.append(text(size.width, middle + 4, bar.says, "value", "end"))
    return group(*words, _mark(bar, middle, of)), height + 8, middle


def _mark(bar: Bar, y: float, of: Axis) -> Markup:
    interval = bar.interval
    if bar.shape in ("full", "open") and None not in (interval.value, interval.low, interval.high):
        return _diamond(interval, y, of, filled=bar.shape == "full")
    parts = [_whisker(interval, y, of, thick=bar.shape == "new")]
    if interval.value is not None:
        half = 2.2 + 9.0 * bar.weight**0.5 if bar.shape == "square" else 4.0
        x, half = of.at(interval.value), min(half, 8.0)
        corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        parts.append(tag("path", d=path(corners) + "z", class_="mark"))
    return group(*parts, class_="c1")


def _diamond(interval: Interval, y: float, of: Axis, *, filled: bool) -> Markup:
    assert interval.value is not None
    assert interval.low is not None
    assert interval.high is not None
    low, at, high = of.at(interval.low), of.at(interval.value), of.at(interval.high)
    half = 7.0 if filled else 5.5
    shape = tag(
        "path",
        d=path([(low, y), (at, y - half), (high, y), (at, y + half)]) + "z",
        class_="mark" if filled else "openmark",
    )
    beyond = [end for end in (interval.low, interval.high) if not of.inside(end)]
    return group(shape, _arrows(interval, y, of) if beyond else "", class_="c1")


def _whisker(interval: Interval, y: float, of: Axis, *, thick: bool) -> Markup:
    low = of.scale.start if interval.low is None else of.at(interval.low)
    high = of.scale.end if interval.high is None else of.at(interval.high)
    return group(line(low, y, high, y, "whisker bold" if thick else "whisker"), _arrows(interval, y, of))


def _arrows(interval: Interval, y: float, of: Axis) -> Markup:
    """Heads where an interval goes on beyond the plot."""
    ends: Sequence[tuple[float | None, float, int]] = (
        (interval.low, of.scale.start, 1),
        (interval.high, of.scale.end, -1),
    )
    parts = []
    for value, place, sign in ends:
        if value is None or not of.inside(value):
            corners = [(place + 6 * sign, y - 4), (place, y), (place + 6 * sign, y + 4)]
            parts.append(tag("path", d=path(corners), class_="whisker"))
    return group(*parts)
