"""Pictures that are rows of dots with whiskers: reliability, and clustering by therapist or site."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import ClusterDetail, Interval, ReliabilityDetail
from forwhom.report.numbers import count, fixed, limits, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, svg


def reliability(detail: ReliabilityDetail, names: Names) -> Picture:
    """Coefficients with intervals, observed and published."""
    rows = [
        Row(f"{coefficient}, {where}", f"n = {count(n)}" if n else "", interval, _says(interval), 0, "c1")
        for coefficient, where, interval, n in detail.rows
    ]
    best = "; ".join(f"{row.label} {_says(row.interval)}" for row in rows)
    describe = f"Reliability of {names.scale(detail.scale)}. {best}."
    cells = [
        [
            coefficient,
            where,
            quantity(i.value, "ratio"),
            limits(i.value, i.low, i.high, "ratio"),
            count(n) if n else "–",
        ]
        for coefficient, where, i, n in detail.rows
    ]
    tables = (table("Reliability", ["Coefficient", "Where", "Value", "Interval", "n"], cells, (0, 1)),)
    caption = "Reliability coefficients with their intervals; 1 would be free of error of measurement."
    return _picture(rows, describe, caption, tables, include=(0.5, 1.0))


def cluster(detail: ClusterDetail, names: Names) -> Picture:
    """Intraclass correlations with intervals."""
    rows = [
        Row(
            grouping,
            f"{count(groups)} groups of {short(round(size, 1))} on average",
            interval,
            _says(interval),
            0,
            "c1",
        )
        for grouping, groups, size, interval in detail.rows
    ]
    told = "; ".join(f"{row.label} {_says(row.interval)}" for row in rows)
    describe = f"Intraclass correlation of {names.scale(detail.scale)} by grouping. {told}."
    cells = [
        [grouping, count(groups), fixed(size, 1), quantity(i.value, "ratio"), limits(i.value, i.low, i.high, "ratio")]
        for grouping, groups, size, i in detail.rows
    ]
    head = ["Grouping", "Groups", "Mean size", "Intraclass correlation", "Interval"]
    caption = "Share of the variance that lies between groups; at 0 people of one group are no more alike than others."
    return _picture(rows, describe, caption, (table("Clustering", head, cells),), include=(0.0,))


def _says(interval: Interval) -> str:
    if interval.low is None and interval.high is None:
        return quantity(interval.value, "ratio")
    return f"{quantity(interval.value, 'ratio')} ({limits(interval.value, interval.low, interval.high, 'ratio')})"


def _picture(
    rows: Sequence[Row], describe: str, caption: str, tables: tuple[Table, ...], *, include: Sequence[float]
) -> Picture:
    def draw(size: Size) -> Markup:
        parts, height = forest(rows, size, include=include)
        return svg(size, height, describe, parts)

    wide, narrow = in_both_sizes(draw)
    return Picture(describe, caption, wide, narrow, tables)
