"""The optimal composite moderator: expected outcome of each arm along it, and what it is made of."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import CompositeModeratorDetail, Interval
from forwhom.report.numbers import limits, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour
from forwhom.report.pictures.for_whom.moderator import thinned_points
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.legend import legend
from forwhom.report.pictures.panel import Block, axes, below_each_other, curve, framed, titled
from forwhom.report.svg import Size, group, svg


def picture(detail: CompositeModeratorDetail, names: Names) -> Picture:
    """Lines above, weights and single effect sizes below."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "Lower" if detail.better == "lower" else "Higher"
    caption = (
        f"Expected {detail.outcome} of each arm along the composite of all moderators, with bands ({better.casefold()} is "
        "better); where the lines cross, the arms change places. Below, the weight of each moderator per standard deviation, "
        "and the moderator effect size of the composite beside that of each moderator alone; at 0 it does not moderate."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _ratio(interval: Interval) -> str:
    value = quantity(interval.value, "ratio")
    if interval.low is None and interval.high is None:
        return value
    return f"{value} ({limits(interval.value, interval.low, interval.high, 'ratio')})"


def _sentence(detail: CompositeModeratorDetail, names: Names) -> str:
    told = "; ".join(f"{w.moderator} {_ratio(w.weight)}" for w in detail.weights)
    weights = f" Weights: {told}." if told else ""
    return (
        f"Composite moderator of {names.arm(detail.arm)} against {names.arm(detail.reference)} on {detail.outcome}. "
        f"Cross-validated moderator effect size {_ratio(detail.effect_size)}.{weights}"
    )


def _draw(detail: CompositeModeratorDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    if detail.lines:
        blocks += [
            legend([(names.place(a.arm), names.arm(a.arm)) for a in detail.lines], size),
            _lines(detail, names, size),
        ]
    weights = [Row(w.moderator, "", w.weight, _ratio(w.weight), 0, "c1") for w in detail.weights]
    if weights:
        rows = forest(weights, size, zero=0.0)
        blocks.append(titled("Weight in the composite, per standard deviation", rows, size))
    alone = [Row(w.moderator, "alone", w.alone, _ratio(w.alone), 0, "c1") for w in detail.weights]
    together = Row("Composite", "cross-validated", detail.effect_size, _ratio(detail.effect_size), 2, "c1", strong=True)
    blocks.append(titled("Moderator effect size", forest([together, *alone], size, zero=0.0), size))
    drawn, height, _ = below_each_other(blocks, gap=22)
    return svg(size, height, describe, drawn)


def _lines(detail: CompositeModeratorDetail, names: Names, size: Size) -> Block:
    points = [p for a in detail.lines for p in a.points]
    panel = framed(
        size,
        [p.value for p in points],
        [v for p in points for v in (p.effect.value, p.effect.low, p.effect.high)],
        words=f"Expected {detail.outcome} ({detail.unit})",
        below="Composite moderator M* (standard deviations)",
        percent=(False, detail.unit == "proportion"),
        height=200.0 if size.narrow else 240.0,
    )
    parts = [axes(panel)]
    for a in detail.lines:
        ordered = sorted(a.points, key=lambda p: p.value)
        parts.append(group(curve([(p.value, p.effect) for p in ordered], panel), class_=colour(names, a.arm)))
    return group(*parts), panel.height


def _tables(detail: CompositeModeratorDetail, names: Names) -> tuple[Table, ...]:
    rows = [
        [
            w.moderator,
            quantity(w.weight.value, "ratio"),
            limits(w.weight.value, w.weight.low, w.weight.high, "ratio"),
            quantity(w.alone.value, "ratio"),
            limits(w.alone.value, w.alone.low, w.alone.high, "ratio"),
        ]
        for w in detail.weights
    ]
    head = ["Moderator", "Weight", "Interval", "Effect size alone", "Interval (alone)"]
    e = detail.effect_size
    own = ["Composite, cross-validated", "–", "–", quantity(e.value, "ratio"), limits(e.value, e.low, e.high, "ratio")]
    tables = [table("Composite moderator", head, [own, *rows])]
    lines = [
        [
            names.arm(a.arm),
            short(round(p.value, 2)),
            quantity(p.effect.value, detail.unit, p.effect.low, p.effect.high),
            limits(p.effect.value, p.effect.low, p.effect.high, detail.unit),
        ]
        for a in detail.lines
        for p in thinned_points(a.points)
    ]
    if lines:
        tables.append(table("Expected outcome along the composite", ["Arm", "M*", "Expected", "Interval"], lines))
    return tuple(tables)
