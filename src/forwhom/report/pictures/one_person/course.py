"""One person's scores over time, against what was expected at the start and what is expected from here on."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import CourseDetail, CoursePoint, ExpectedPoint, Interval
from forwhom.report.numbers import DASH, count, level_text, limits, percent, quantity, short, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.panel import Panel, axes, curve, framed
from forwhom.report.svg import BOLD, Size, group, line, marker, path, svg, tag, text, text_width, wrapped


def picture(detail: CourseDetail, names: Names) -> Picture:
    """Own course, bands, lines of reliable change, alarms."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    return Picture(describe, _caption(detail, names), wide, narrow, _tables(detail, names))


def _caption(detail: CourseDetail, names: Names) -> str:
    better = "Lower" if detail.better == "lower" else "Higher"
    level = level_text(detail.level)
    told = [f"Own scores on {names.scale(detail.scale)} ({better.casefold()} is better)."]
    if detail.at_start:
        told.append(f"Grey: where {level} of people like this one were expected at the start.")
    if detail.ahead:
        told.append(f"Coloured: where {level} are expected from here on, given all scores so far.")
    if detail.reliable is not None and _first(detail) is not None:
        told.append("Dotted: reliable change from the start.")
    if detail.at_start and detail.inside is not None:
        updated = (
            f", {percent(detail.inside_updated)} inside the updated band" if detail.inside_updated is not None else ""
        )
        told.append(
            f"In this study {percent(detail.inside)} of {count(detail.scores)} later scores lay inside the band at the start{updated}."
        )
    if detail.at_start and len(detail.by_start) > 1:
        parts = [
            f"{percent(inside)} of those who began at {_range(low, high)}"
            for low, high, inside, _, _ in detail.by_start
        ]
        told.append(f"By where people began, inside the band at the start: {', '.join(parts)}.")
    return " ".join(told)


def _range(low: float, high: float) -> str:
    ends = [quantity(value, "points") for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _sentence(detail: CourseDetail, names: Names) -> str:
    told = []
    for p in detail.points:
        when = time_text(p.time, detail.time_unit)
        expected = ""
        if p.expected.low is not None and p.expected.high is not None:
            expected = f" (expected at the start {_between(p.expected)})"
        alarm = f"; alarm by {' and '.join(p.off_track)}" if p.off_track else ""
        told.append(f"{when} {'no score' if p.value is None else quantity(p.value, 'points')}{expected}{alarm}")
    ahead = [f"{time_text(p.time, detail.time_unit)} {_between(p.expected)}" for p in detail.ahead[-1:]]
    more = f" Expected ahead: {ahead[0]}." if ahead else ""
    return f"Course of person {detail.id} on {names.scale(detail.scale)}. {'; '.join(told)}.{more}"


def _between(i: Interval) -> str:
    return limits(i.value, i.low, i.high, "points")


def _first(detail: CourseDetail) -> CoursePoint | None:
    known = [p for p in detail.points if p.value is not None]
    return min(known, key=lambda p: p.time) if known else None


def _draw(detail: CourseDetail, names: Names, size: Size, describe: str) -> Markup:
    expected = [*detail.at_start, *detail.ahead]
    ys = [v for e in expected for v in (e.expected.value, e.expected.low, e.expected.high)]
    ys += [p.value for p in detail.points]
    first = _first(detail)
    steps: list[tuple[float, str]] = []
    if first is not None and first.value is not None and detail.reliable is not None:
        for sign in (-1, 1):
            good = (sign < 0) == (detail.better == "lower")
            steps.append((first.value + sign * detail.reliable, "reliably better" if good else "reliably worse"))
        steps = [(v, words) for v, words in steps if _possible(v, detail)]
        ys += [v for v, _ in steps]
    key, top = _legend(detail, size)
    panel = framed(
        size,
        [p.time for p in detail.points] + [e.time for e in expected],
        ys,
        words=names.scale(detail.scale),
        below=f"Time ({detail.time_unit}s)" if detail.time_unit else "Time",
        height=190.0 if size.narrow else 220.0,
        pad=(0.03, 0.05),
    )
    start = [(e.time, e.expected) for e in sorted(detail.at_start, key=lambda e: e.time)]
    ahead = [(e.time, e.expected) for e in sorted(detail.ahead, key=lambda e: e.time)]
    drawn = group(
        axes(panel),
        group(curve(start, panel), class_="cexpected"),
        group(curve(ahead, panel, class_="solid"), class_="c1"),
        *(_level(v, words, panel) for v, words in steps),
        _own(detail, panel),
    )
    return svg(size, panel.height + top, describe, key, tag("g", drawn, transform=f"translate(0 {top:.1f})"))


def _possible(value: float, detail: CourseDetail) -> bool:
    return (detail.low is None or value >= detail.low) and (detail.high is None or value <= detail.high)


def _level(value: float, words: str, panel: Panel) -> Markup:
    y = panel.up(value)
    end = panel.size.width
    return group(
        line(panel.across.start - 4, y, end, y, "limit"),
        text(end - 2, y - 4, words, "quiet haloed", "end"),
    )


def _own(detail: CourseDetail, panel: Panel) -> Markup:
    known = sorted((p for p in detail.points if p.value is not None), key=lambda p: p.time)
    at = [(panel.across(p.time), panel.up(p.value or 0.0)) for p in known]
    rings = [
        tag("circle", cx=x, cy=y, r=9.0, class_="alarm") for p, (x, y) in zip(known, at, strict=True) if p.off_track
    ]
    return group(
        tag("path", d=path(at), class_="own") if at else "",
        tag("path", d="".join(marker(0, x, y, 4.2) for x, y in at), class_="there"),
        *rings,
    )


def _legend(detail: CourseDetail, size: Size) -> tuple[Markup, float]:
    """What the marks are, in as many lines as they take."""
    entries = [("own", "Own scores")]
    entries += [("cexpected", "Expected at the start")] if detail.at_start else []
    entries += [("c1", "Expected from here on")] if detail.ahead else []
    entries += [("alarm", "Alarm")] if any(p.off_track for p in detail.points) else []
    parts, x, y = [], 0.0, 12.0
    for kind, words in entries:
        wide = 30 + text_width(words, BOLD)
        if x and x + wide > size.width:
            x, y = 0.0, y + 17
        parts.append(_sample(kind, x, y - 4))
        parts.append(text(x + 27, y, wrapped(words, size.width - 30, 1)[0], "label"))
        x += wide + 16
    return group(*parts), y + 6


def _sample(kind: str, x: float, y: float) -> Markup:
    if kind == "own":
        return group(line(x, y, x + 21, y, "own"), tag("path", d=marker(0, x + 10.5, y, 3.6), class_="there"))
    if kind == "alarm":
        return tag("circle", cx=x + 10.5, cy=y, r=6.0, class_="alarm")
    box = f"M{x:.1f} {y - 6:.1f}h21v12h-21z"
    solid = " solid" if kind == "c1" else ""
    return group(tag("path", d=box, class_="band"), line(x, y, x + 21, y, f"curve{solid}"), class_=kind)


def _tables(detail: CourseDetail, names: Names) -> tuple[Table, ...]:
    rows = [
        [
            time_text(p.time, detail.time_unit),
            quantity(p.value, "points"),
            _between(p.expected),
            _between(p.updated),
            ", ".join(p.off_track) or DASH,
        ]
        for p in detail.points
    ]
    head = [
        "Time",
        names.scale(detail.scale),
        "Expected at the start",
        "Expected, given earlier scores",
        "Alarm by",
    ]
    tables = [table("Own course", head, rows, (0, 4))]
    ahead = [
        [
            time_text(e.time, detail.time_unit),
            quantity(e.expected.value, "points", e.expected.low, e.expected.high),
            _between(e.expected),
        ]
        for e in _few(detail)
    ]
    if ahead:
        tables.append(
            table("Expected from here on", ["Time", "Expected", f"Band ({short(100 * detail.level)} %)"], ahead)
        )
    return tuple(tables)


def _few(detail: CourseDetail) -> list[ExpectedPoint]:
    step = max(1, (len(detail.ahead) - 1) // 8)
    return list(detail.ahead[::-1][::step][::-1])
