"""The lower panel of a comparison of arms: differences over time against zero, or as rows when there is one time."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail, DifferencePoint
from forwhom.report.estimates import reference_of
from forwhom.report.numbers import limits, quantity, time_text
from forwhom.report.pictures.arm_means import MOST_WHISKERS, Frame, as_band, shift
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Linear, group, line, linear, lines_of_text, marker, path, tag, text, value_axis, wrapped


def single_time(detail: ArmDifferenceDetail) -> bool:
    """True when all differences belong to one time."""
    return len({point.time for point in detail.differences}) == 1


def as_rows(frame: Frame, y: float) -> Markup:
    """Differences at the one time there is, one row per pair of arms."""
    return tag("g", _rows(frame)[0], transform=f"translate(0 {y:.1f})")


def rows_height(frame: Frame) -> float:
    """The height that the rows take."""
    return _rows(frame)[1]


def _rows(frame: Frame) -> tuple[Markup, float]:
    detail = frame.detail
    rows = [
        Row(
            f"{frame.label(p.arm)} − {frame.label(p.reference)}",
            f"at {time_text(p.time, detail.time_unit)}",
            p.raw,
            f"{quantity(p.raw.value, 'points', p.raw.low, p.raw.high)} "
            f"({limits(p.raw.value, p.raw.low, p.raw.high, 'points')})",
            frame.names.place(p.arm),
            frame.colour(p.arm),
            strong=p.primary and p.reference == reference_of(detail),
        )
        for p in detail.differences
    ]
    if len(rows) == 1:
        first, second = frame.label(detail.differences[0].arm), frame.label(detail.differences[0].reference)
    else:
        first, second = "the first named", "the second named"
    sides = (first, second) if detail.better == "lower" else (second, first)
    return forest(rows, frame.size, zero=0.0, sides=(f"favours {sides[0]}", f"favours {sides[1]}"))


def over_time(frame: Frame, y: float) -> tuple[Markup, float]:
    """Differences from the reference at each time, and where the panel ends."""
    detail, reference = frame.detail, reference_of(frame.detail)
    shown = [p for p in detail.differences if p.reference == reference]
    words = _favours_in_line(frame) if frame.size.narrow else []
    top = y + 46 + 15 * len(words)
    foot = top + 150.0
    up = linear([*(v for p in shown for v in (p.raw.value, p.raw.low, p.raw.high)), 0.0], foot, top, pad=0.08)
    title = wrapped(f"Difference from {frame.label(reference)}", frame.size.width, 1)[0]
    parts = [
        text(0, top - 12 - 15 * len(words), title, "axistitle"),
        lines_of_text(0, y + 48, words, "quiet"),
        value_axis(up, frame.left, frame.right, 4),
        line(frame.left, up(0), frame.right, up(0), "zero"),
    ]
    compared = [arm for arm in frame.arms if any(p.arm == arm for p in shown)]
    for arm in compared:
        points = [p for p in shown if p.arm == arm and p.raw.value is not None]
        place = frame.names.place(arm)
        if len(points) > MOST_WHISKERS:
            parts.append(as_band([(p.time, p.raw) for p in points], place, frame.across, up))
            points = [p for p in points if p.primary]
        parts.append(_difference_marks(points, shift(arm, compared), place, frame.across, up))
    if not frame.size.narrow:
        parts.extend(_favours(frame, up, top, foot))
    return group(*parts), foot


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


def _above_below(frame: Frame) -> tuple[str, str]:
    """Whom a difference above zero favours, and one below."""
    detail, reference = frame.detail, reference_of(frame.detail)
    compared = {point.arm for point in detail.differences if point.reference == reference}
    treated = frame.label(compared.pop()) if len(compared) == 1 else "the compared arm"
    return (frame.label(reference), treated) if detail.better == "lower" else (treated, frame.label(reference))


def _favours_in_line(frame: Frame) -> list[str]:
    above, below = _above_below(frame)
    width = frame.size.width
    return wrapped(f"↑ favours {above}", width, 2) + wrapped(f"↓ favours {below}", width, 2)


def _favours(frame: Frame, up: Linear, top: float, foot: float) -> list[Markup]:
    """What lies above and below zero, in words beside the panel."""
    above, below = _above_below(frame)
    room, x, y = frame.size.width - frame.right - 10, frame.right + 8, up(0)
    upper, lower = wrapped(f"↑ favours {above}", room, 3), wrapped(f"↓ favours {below}", room, 3)
    start = max(top + 8, y - 8 - 15 * (len(upper) - 1))
    after = min(max(y + 18, start + 15 * len(upper) + 6), foot)
    return [lines_of_text(x, start, upper, "quiet"), lines_of_text(x, after, lower, "quiet")]
