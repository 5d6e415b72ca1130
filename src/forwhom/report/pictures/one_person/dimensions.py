"""One person on the dimensions of ICD-11 and the AMPD, with what error of measurement leaves open."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Interval, Number, PersonDimension, PersonDimensionsDetail
from forwhom.report.numbers import DASH, fixed, limits, percent, quantity
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.svg import Size, lines_of_text, svg, wrapped


def picture(detail: PersonDimensionsDetail, names: Names) -> Picture:
    """One row per dimension, model after model."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Each dimension before treatment, from the lowest possible score (0 %) to the highest (100 %); the line is what error of "
        "measurement leaves open among the possible scores."
    )
    if any(each.last is not None for each in detail.rows):
        caption += " Open marks: the last score."
    return Picture(describe, caption, wide, narrow, _tables(detail))


def _share(each: PersonDimension, value: Number) -> Number:
    low, high = each.row.low, each.row.high
    if value is None or low is None or high is None or high <= low:
        return None
    return (value - low) / (high - low)


def _draw(detail: PersonDimensionsDetail, size: Size, describe: str) -> Markup:
    rows = []
    for each in detail.rows:
        s = each.row.score
        place = Interval(*(_share(each, value) for value in (s.value, s.low, s.high)))
        if place.value is None:
            continue
        last = _share(each, each.last.value) if each.last else None
        under = f"{each.model} · {each.row.label}"
        rows.append(Row(each.dimension, under, _inside(place), _score(s), colour="c1", second=last))
    if not rows:
        words = "No dimension has a known range; the scores are in the table."
        return svg(size, 40.0, describe, lines_of_text(0, 14, wrapped(words, size.width, 2), "quiet"))
    drawn, height = forest(rows, size, include=(0.0, 1.0), percent=True)
    return svg(size, height, describe, drawn)


def _inside(place: Interval) -> Interval:
    """What error leaves open, as far as there are scores."""
    if place.low is None or place.high is None:
        return place
    return Interval(place.value, max(place.low, 0.0), min(place.high, 1.0))


def _score(s: Interval) -> str:
    value = quantity(s.value, "points", s.low, s.high)
    return value if s.low is None and s.high is None else f"{value} ({limits(s.value, s.low, s.high, 'points')})"


def _t(value: Interval | None) -> str:
    if value is None or value.value is None:
        return DASH
    if value.low is None or value.high is None:
        return fixed(value.value, 0)
    return f"{fixed(value.value, 0)} ({fixed(value.low, 0)} to {fixed(value.high, 0)})"


def _sentence(detail: PersonDimensionsDetail) -> str:
    told = []
    for each in detail.rows:
        against = f", T {_t(each.t)}" if each.t else f", above {percent(each.row.sample)} of the sample"
        told.append(f"{each.model}, {each.dimension} ({each.row.label}): {_score(each.row.score)}{against}")
    return f"Dimensional profile before treatment. {'; '.join(told)}."


def _tables(detail: PersonDimensionsDetail) -> tuple[Table, ...]:
    head = [
        "Dimension", "Model", "Scale", "Made for it", "Score (limits of error)", "Range", "T", "Sample below", "Last score", "When",
    ]  # fmt: skip
    rows = [
        [
            each.dimension,
            each.model,
            each.row.label,
            "yes" if each.own else "for the other model",
            _score(each.row.score),
            DASH
            if each.row.low is None or each.row.high is None
            else f"{quantity(each.row.low, 'people')} to {quantity(each.row.high, 'people')}",
            _t(each.t),
            percent(each.row.sample),
            _score(each.last) if each.last else DASH,
            each.last_when or DASH,
        ]
        for each in detail.rows
    ]
    return (table("Dimensional profile before treatment", head, rows, (0, 1, 2, 3, 9)),)
