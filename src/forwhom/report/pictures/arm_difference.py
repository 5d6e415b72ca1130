"""Arm means over time with intervals, above the differences from the reference against zero."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import ArmDifferenceDetail
from forwhom.report.estimates import reference_of
from forwhom.report.numbers import count, df_text, limits, p_text, quantity, time_text
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.arm_contrasts import as_rows, over_time, rows_height, single_time
from forwhom.report.pictures.arm_means import framed, means, people_with_a_score, time_axis
from forwhom.report.pictures.legend import legend
from forwhom.report.svg import Size, svg, text, wrapped


def picture(detail: ArmDifferenceDetail, names: Names) -> Picture:
    """Means and differences."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "lower" if detail.better == "lower" else "higher"
    scale = names.scale(detail.scale)
    caption = f"Above, {scale} as the model estimates it for each arm, with intervals ({better} is better). "
    if detail.differences:
        what = "the difference" if single_time(detail) else "the difference from the reference over time"
        caption += f"Below, {what}; an interval that crosses zero leaves the direction open."
    others = any(point.reference != reference_of(detail) for point in detail.differences)
    note = "Comparisons between other arms are in the table." if others and not single_time(detail) else ""
    return Picture(describe, caption, wide, narrow, _tables(detail, names), note)


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
    frame = framed(detail, names, size)
    named = [(names.place(arm), frame.label(arm)) for arm in frame.arms]
    above, top = legend(named, size) if size.narrow else (Markup(""), 4.0)
    top += 18
    foot = top + (200.0 if size.narrow else 220.0)
    title = text(0, top - 10, wrapped(f"{names.scale(detail.scale)}, mean", size.width, 1)[0], "axistitle")
    parts = [above, title, means(frame, top, foot)]
    if single_time(detail) or not detail.differences:
        parts.append(time_axis(frame, foot))
        counted, y = people_with_a_score(frame, foot + 42)
        parts.append(counted)
        if detail.differences:
            parts.append(as_rows(frame, y + 30))
            y += 30 + rows_height(frame)
        return svg(size, y, describe, *parts)
    drawn, y = over_time(frame, foot)
    parts += [drawn, time_axis(frame, y)]
    counted, y = people_with_a_score(frame, y + 42)
    return svg(size, y, describe, *parts, counted)


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
