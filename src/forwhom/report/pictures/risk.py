"""Risk per arm with intervals, contrasts in a table, and time to the first event where times exist."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from markupsafe import Markup

from forwhom.findings.kinds import RiskDetail, SurvivalCurve
from forwhom.report.numbers import count, limits, percent, quantity, short, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    area,
    foot_axis,
    group,
    linear,
    marker,
    spread_apart,
    svg,
    tag,
    text,
    thinned,
    ticks,
    value_axis,
    wrapped,
)


def picture(detail: RiskDetail, names: Names) -> Picture:
    """Risks as dots with whiskers, Kaplan-Meier steps below."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = f"Share of each arm ({detail.what}), with intervals."
    if detail.curves:
        caption += f" Below, the share without {detail.what} so far (Kaplan-Meier), and how many were at risk."
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: RiskDetail) -> str:
    parts = [f"{row.label}: {count(row.events)} of {count(row.n)} ({percent(row.risk.value)})" for row in detail.rows]
    return f"{detail.what[:1].upper()}{detail.what[1:]} per arm. {'; '.join(parts)}."


def _draw(detail: RiskDetail, names: Names, size: Size, describe: str) -> Markup:
    rows = [
        Row(
            row.label or names.arm(row.arm),
            f"{count(row.events)} of {count(row.n)}",
            row.risk,
            f"{percent(row.risk.value)} ({limits(row.risk.value, row.risk.low, row.risk.high, 'proportion')})",
            names.place(row.arm),
            f"c{names.place(row.arm) % 6}",
        )
        for row in detail.rows
    ]
    parts, height = forest(rows, size, include=(0.0,), percent=True)
    drawn = [parts]
    if detail.curves:
        curves, height = _curves(detail, names, size, height + 34)
        drawn.append(curves)
    return svg(size, height + 4, describe, *drawn)


def _curves(detail: RiskDetail, names: Names, size: Size, top: float) -> tuple[Markup, float]:
    left, right = 44.0, size.width - (8.0 if size.narrow else 150.0)
    foot = top + (180 if size.narrow else 220)
    ends = [t for curve in detail.curves for t in curve.times]
    across = linear([0.0, *ends], left + 4, right - 4, pad=0.0)
    lowest = min((v for curve in detail.curves for v in (*curve.low, *curve.survival)), default=0.0)
    up = Linear(0.0 if lowest < 0.5 else max(0.0, lowest - 0.1), 1.0, foot, top)
    parts = [
        text(0, top - 12, f"Without {detail.what} so far", "axistitle"),
        value_axis(up, left, right, 5, percent=True),
    ]
    last: list[float] = []
    for curve in detail.curves:
        place = names.place(curve.arm)
        parts.append(_steps(curve, across, up, place))
        last.append(up(curve.survival[-1]) if curve.survival else foot)
    if not size.narrow:
        for curve, y in zip(detail.curves, spread_apart(last, 32, top, foot), strict=True):
            words = wrapped(curve.label or names.arm(curve.arm), size.width - right - 8, 2, BOLD)
            drawn = [text(right + 8, y + 4 + 15 * i, part, "label armtext") for i, part in enumerate(words)]
            parts.append(group(*drawn, class_=f"c{names.place(curve.arm) % 6}"))
    used = {0.0, *ends}
    marks = (
        thinned(list(used), across, 34) if len(used) <= 8 else ticks(across.low, across.high, 4 if size.narrow else 6)
    )
    parts.append(foot_axis(across, foot, marks))
    unit = f"Time ({detail.time_unit}s)" if detail.time_unit else "Time"
    parts.append(text((left + right) / 2, foot + 32, unit, "axistitle", "middle"))
    at_risk, y = _at_risk(detail, names, size, across, marks, foot + 44)
    return group(*parts, at_risk), y


def _steps(curve: SurvivalCurve, across: Linear, up: Linear, place: int) -> Markup:
    times, survival = curve.times, curve.survival
    parts = []
    if len(curve.low) == len(times) == len(curve.high) and times:
        parts.append(
            tag(
                "path",
                d=area(_stairs(times, curve.high, across, up), _stairs(times, curve.low, across, up)),
                class_="band",
            )
        )
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _stairs(times, survival, across, up))
    parts.append(tag("path", d=d, class_="curve mean"))
    if times:
        parts.append(tag("path", d=marker(place, across(times[-1]), up(survival[-1]), 3.8), class_="mark"))
    return group(*parts, class_=f"c{place % 6}")


def _stairs(
    times: tuple[float, ...], values: tuple[float, ...], across: Linear, up: Linear
) -> list[tuple[float, float]]:
    points = [(across(0.0), up(1.0))]
    for time, value in zip(times, values, strict=True):
        points += [(across(time), points[-1][1]), (across(time), up(value))]
    return points


def _at_risk(
    detail: RiskDetail, names: Names, size: Size, across: Linear, marks: list[float], y: float
) -> tuple[Markup, float]:
    parts = [text(0, y + 12, "Number at risk", "axistitle")]
    y += 16
    for curve in detail.curves:
        place = names.place(curve.arm)
        drawn = [tag("path", d=marker(place, 8, y + 11, 3.6), class_="mark")]
        for mark in marks:
            n = _at(curve, mark)
            if n is not None:
                drawn.append(text(across(mark), y + 15, count(n), "tick strongtick", "middle"))
        if not size.narrow:
            label = wrapped(curve.label or names.arm(curve.arm), size.width - across.end - 24, 1, BOLD)[0]
            drawn.append(text(across.end + 22, y + 15, label, "tick armtext"))
        else:
            label = curve.label or names.arm(curve.arm)
            y += 16
            drawn.append(text(18, y - 1, wrapped(label, size.width - 20, 1, BOLD)[0], "tick armtext"))
            drawn = [drawn[0], drawn[-1], *(_lower(part) for part in drawn[1:-1])]
        parts.append(group(*drawn, class_=f"c{place % 6}"))
        y += 17
    return group(*parts), y + 4


def _lower(part: Markup) -> Markup:
    return tag("g", part, transform="translate(0 16)")


def _at(curve: SurvivalCurve, time: float) -> int | None:
    """Those at risk just before the first recorded time at or after `time`; None past the last one."""
    k = bisect_left(curve.times, time - 1e-9)
    return curve.at_risk[k] if k < len(curve.at_risk) else None


def _tables(detail: RiskDetail, names: Names) -> tuple[Table, ...]:
    risks = [
        [
            row.label or names.arm(row.arm),
            count(row.events),
            count(row.n),
            percent(row.risk.value),
            limits(row.risk.value, row.risk.low, row.risk.high, "proportion"),
        ]
        for row in detail.rows
    ]
    tables = [table("Risk per arm", ["Arm", "Events", "People", "Risk", "Interval"], risks)]
    if detail.contrasts:
        tables.append(_contrasts(detail, names))
    if detail.curves:
        tables.append(_survival(detail, names))
    return tuple(tables)


def contrast_unit(measure: str) -> str:
    """The unit a comparison is printed in, from its name."""
    name = measure.casefold()
    if "difference" in name:
        return "proportion"
    return "people" if "number needed" in name or name == "nnt" else "ratio"


def _contrasts(detail: RiskDetail, names: Names) -> Table:
    rows = []
    for row in detail.contrasts:
        unit, e = contrast_unit(row.measure), row.estimate
        shown = row.words or limits(e.value, e.low, e.high, unit, row.words)
        rows.append(
            [
                row.measure,
                f"{names.arm(row.arm)} vs {names.arm(row.reference)}",
                quantity(e.value, unit, e.low, e.high),
                shown,
            ]
        )
    return table("Comparisons", ["Measure", "Arms", "Value", "Interval"], rows, (0, 1))


def _survival(detail: RiskDetail, names: Names) -> Table:
    """The curves at round times."""
    end = max((t for curve in detail.curves for t in curve.times), default=1.0)
    rows = []
    for curve in detail.curves:
        for time in ticks(0.0, end, 6):
            k = bisect_right(curve.times, time + 1e-9) - 1
            if time > (curve.times[-1] if curve.times else 0.0) + 1e-9:
                continue
            shown = percent(curve.survival[k]) if k >= 0 else percent(1.0)
            has = 0 <= k < min(len(curve.low), len(curve.high))
            interval = limits(curve.survival[k], curve.low[k], curve.high[k], "proportion") if has else "–"
            n = _at(curve, time)
            rows.append(
                [
                    curve.label or names.arm(curve.arm),
                    "start" if time == 0 else time_text(time, detail.time_unit) if detail.time_unit else short(time),
                    shown,
                    interval,
                    count(n) if n is not None else "–",
                ]
            )
    return table(f"Without {detail.what} so far", ["Arm", "Time", "Share", "Interval", "At risk"], rows, (0, 1))
