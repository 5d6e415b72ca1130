"""What each arm is expected to add for one person, on the distribution of everybody."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import ArmBenefit, BenefitDetail
from forwhom.report.numbers import count, is_share
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import amount, cells, colour, contrast, says, sides, unit_words
from forwhom.report.pictures.forest import written_sides
from forwhom.report.pictures.panel import Block, below_each_other
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    coordinate,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    marker,
    tag,
    text,
    text_width,
    ticks,
    with_room,
    wrapped,
)
from forwhom.report.svg import svg as whole_svg

_BINS = 48


def picture(detail: BenefitDetail, names: Names) -> Picture:
    """A row per arm: everybody's expected difference behind, this person's in front."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = (
        f"Expected difference in {detail.outcome} for this person with its interval, above everybody's expected differences; the "
        f"dashed line is the average effect.{f' {detail.recommended}' if detail.recommended else ''}"
    )
    return Picture(describe, caption, wide, narrow, (_table(detail, names),))


def _sentence(detail: BenefitDetail, names: Names) -> str:
    told = "; ".join(
        f"{contrast(names, a.arm, a.reference)} {says(a.effect, detail.unit)}, average {says(a.average, detail.unit)}"
        for a in detail.arms
    )
    more = f" {detail.recommended.rstrip('.')}." if detail.recommended else ""
    return f"Expected benefit for this person, {detail.outcome}, {unit_words(detail.unit)}. {told}.{more}"


def _draw(detail: BenefitDetail, names: Names, size: Size, describe: str) -> Markup:
    values = [v for a in detail.arms for v in (*a.others, a.effect.value, a.effect.low, a.effect.high, a.average.value)]
    scale = linear([*values, 0.0], 6, size.width - 6, pad=0.04)
    words = sides(names, [(a.arm, a.reference) for a in detail.arms], detail.better)
    room = [min(size.width * 0.42, text_width(f"← {side}") + 10) for side in words]
    scale = with_room(scale, 0.0, *room)
    written, taken = written_sides(words, scale(0.0), size)
    blocks: list[Block] = [(written, taken)] + [_arm(a, detail, names, scale, size) for a in detail.arms]
    drawn, height, _ = below_each_other(blocks, gap=8)
    percent = is_share(detail.unit)
    marks = ticks(scale.low, scale.high, 4 if size.narrow else 7)
    return whole_svg(
        size,
        height + 44,
        describe,
        drawn,
        line(scale(0.0), 4, scale(0.0), height + 4, "zero"),
        foot_axis(scale, height + 4, marks, percent=percent),
        text(size.width / 2, height + 38, f"Expected difference ({unit_words(detail.unit)})", "axistitle", "middle"),
    )


def _arm(a: ArmBenefit, detail: BenefitDetail, names: Names, scale: Linear, size: Size) -> Block:
    label = wrapped(contrast(names, a.arm, a.reference), size.width, 2, BOLD)
    top = 15.0 * len(label) + 4
    said = wrapped(f"this person {says(a.effect, detail.unit)}", size.width, 2)
    foot = top + 15 * len(said) + 74
    parts = [
        lines_of_text(0, 13, label, "label armtext"),
        lines_of_text(0, top + 11, said, "value"),
        _everybody(a.others, scale, foot, 42.0),
    ]
    if a.average.value is not None:
        parts.append(line(scale(a.average.value), foot - 46, scale(a.average.value), foot, "cutoff"))
    y = foot - 56
    if a.effect.low is not None and a.effect.high is not None:
        low, high = scale(a.effect.low), scale(a.effect.high)
        ends = "".join(f"M{coordinate(x)} {coordinate(y - 5)}v10" for x in (low, high))
        parts.append(line(low, y, high, y, "whisker bold") + tag("path", d=ends, class_="whisker bold"))
    if a.effect.value is None:
        parts.append(text(scale(0.0) + 8, y + 4, "could not be computed", "quiet"))
    else:
        parts.append(tag("path", d=marker(names.place(a.arm), scale(a.effect.value), y, 6.5), class_="mark"))
    return group(*parts, class_=colour(names, a.arm)), foot + 2


def _everybody(others: tuple[float, ...], scale: Linear, foot: float, height: float) -> Markup:
    """How many people lie where: bars of equal width along the axis."""
    if not others:
        return Markup("")
    width = (scale.end - scale.start) / _BINS
    bins = [0] * _BINS
    for value in others:
        bins[min(max(int((scale(value) - scale.start) / width), 0), _BINS - 1)] += 1
    tallest = max(bins)
    d = "".join(
        f"M{coordinate(scale.start + k * width)} {coordinate(foot)}v-{coordinate(height * n / tallest)}"
        f"h{coordinate(width - 0.6)}V{coordinate(foot)}z"
        for k, n in enumerate(bins)
        if n
    )
    return tag("path", d=d, class_="crowd")


def _table(detail: BenefitDetail, names: Names) -> Table:
    rows = [
        [
            contrast(names, a.arm, a.reference),
            *cells(a.effect, detail.unit),
            amount(a.average.value, detail.unit, a.average.low, a.average.high),
            count(len(a.others)),
        ]
        for a in detail.arms
    ]
    unit = unit_words(detail.unit)
    head = ["Comparison", f"Expected difference ({unit})", "Interval", "Average effect", "People"]
    return table("Expected benefit", head, rows)
