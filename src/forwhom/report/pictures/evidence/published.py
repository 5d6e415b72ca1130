"""A study's own effect below the published ones, with their pool and where a new study would lie."""

from __future__ import annotations

import math

from markupsafe import Markup

from forwhom.findings.kinds import Interval, PublishedDetail
from forwhom.findings.kinds.common import Number
from forwhom.report.numbers import DASH, count, fixed, limits, p_text, percent
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, svg

MOST = 40
"""Published effects that are drawn; all are in the table."""


def picture(detail: PublishedDetail, names: Names) -> Picture:
    """The forest: published effects, their pool with the prediction interval behind all rows, the study itself last."""
    own = _says(detail.own, detail)
    people = "" if detail.people is None else f", {count(detail.people)} people"
    describe = (
        f"{detail.outcome}: this study finds a {detail.measure} of {own}; {detail.samples} published "
        f"sample{'' if detail.samples == 1 else 's'}{people} together {_says(detail.pooled, detail)}."
    )
    shown = sorted(detail.rows, key=lambda row: -row.weight)[:MOST]
    kept = [row for row in detail.rows if row in shown]
    rows = [
        Row(
            row.label,
            f"{percent(row.weight, 0)} of the weight",
            _scaled(row.effect, detail),
            _says(row.effect, detail),
            1,
            "c0",
        )
        for row in kept
    ]
    if detail.samples > 1:
        rows.append(
            Row(
                "Published, pooled",
                people.lstrip(", "),
                _scaled(detail.pooled, detail),
                _says(detail.pooled, detail),
                2,
                "c0",
                True,
            )
        )
    rows.append(
        Row(
            "This study",
            f"{detail.treatment} against {detail.control}",
            _scaled(detail.own, detail),
            own,
            0,
            "c1",
            True,
        )
    )
    band = _scaled(detail.prediction, detail) if detail.prediction.low is not None else None

    def draw(size: Size) -> Markup:
        drawn, height = forest(rows, size, zero=0.0, sides=(detail.below, detail.above), band=band, ratio=detail.ratio)
        return svg(size, height, describe, drawn)

    wide, narrow = in_both_sizes(draw)
    behind = " The grey band is where the true effect of a new study like these would lie." if band else ""
    caption = (
        f"The {detail.measure} of each published study, their pool, and this study. {detail.below[:1].upper()}{detail.below[1:]} on the "
        f"left, {detail.above} on the right of the line.{behind}"
    )
    note = (
        f"{len(detail.rows) - MOST} published effects of little weight are in the table only."
        if len(detail.rows) > MOST
        else ""
    )
    return Picture(describe, caption, wide, narrow, (_table(detail),), note)


def _scaled(interval: Interval, detail: PublishedDetail) -> Interval:
    """Where it is drawn: ratios by their logarithms."""
    if not detail.ratio:
        return interval

    def log(value: Number) -> Number:
        return None if value is None or value <= 0 else math.log(value)

    return Interval(log(interval.value), log(interval.low), log(interval.high))


def _says(interval: Interval, detail: PublishedDetail) -> str:
    if interval.value is None:
        return "–"
    return f"{fixed(interval.value, 2)} ({limits(interval.value, interval.low, interval.high, 'ratio')})"


def _table(detail: PublishedDetail) -> Table:
    rows = [[row.label, *_cells(row.effect, detail), percent(row.weight, 0)] for row in detail.rows]
    rows += [
        ["Published, pooled", *_cells(detail.pooled, detail), DASH],
        ["True effect of a new study", DASH, _limits(detail.prediction), DASH],
        ["Result of a new study as large as this", DASH, _limits(detail.expected), DASH],
        ["This study", *_cells(detail.own, detail), DASH],
    ]
    p = p_text(detail.p)
    told = "" if detail.p is None else f"; p of a difference as large {p if p[:1] in '<>' else '= ' + p}"
    caption = f"Published effects and this study's{told}"
    return table(caption, ["Study", detail.measure.capitalize(), "Interval", "Weight"], rows)


def _cells(interval: Interval, detail: PublishedDetail) -> list[str]:
    return [DASH if interval.value is None else fixed(interval.value, 2), _limits(interval)]


def _limits(interval: Interval) -> str:
    return limits(interval.value, interval.low, interval.high, "ratio")
