"""The alliance: mean course per arm, where its variance lies, and what it goes with."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import AllianceDetail, Interval, Relation
from forwhom.report.numbers import percent, quantity, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour, shares_say
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.how.relations import drawn_relations, tables, two_cells
from forwhom.report.pictures.panel import Block, axes, below_each_other, curve, framed, titled
from forwhom.report.svg import Size, group, svg, tag, text, text_width, wrapped

_DRAWN = ("Later outcome", "Session to session", "Other forms")


def picture(detail: AllianceDetail, names: Names) -> Picture:
    """Courses, then a row per relation, a group under the other."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "Lower" if detail.better == "lower" else "Higher"
    caption = f"Mean course of {detail.alliance} by session with its band, a straight line per arm ({better.casefold()} is better)."
    if any(_rows(detail, group_) for group_ in _DRAWN):
        caption += " Below, what the alliance goes with; the line marks no relation."
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _sentence(detail: AllianceDetail, names: Names) -> str:
    told = [
        f"{b.label or names.arm(b.arm)} from {quantity(b.values[0], 'points')} at session {short(b.times[0])} to "
        f"{quantity(b.values[-1], 'points')} at session {short(b.times[-1])}"
        for b in detail.curves
        if b.values and b.times
    ]
    parts = [f"{percent(share.value)} between {what}" for what, share in detail.shares]
    more = f" Of the variance {', '.join(parts)}." if parts else ""
    return f"Mean course of {detail.alliance}. {'; '.join(told)}.{more}"


def _rows(detail: AllianceDetail, group_: str) -> list[Relation]:
    return [r for r in detail.relations if r.group == group_ and r.estimate.value is not None]


def _draw(detail: AllianceDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    if detail.curves:
        blocks.append(_curves(detail, names, size))
    if detail.shares:
        rows = [Row(f"between {what}", "", share, shares_say(share), 0, "c1") for what, share in detail.shares]
        blocks.append(titled("Share of the variance", forest(rows, size, include=(0.0,), percent=True), size))
    blocks += drawn_relations(detail.relations, _DRAWN, size)
    drawn, height, _ = below_each_other(blocks)
    return svg(size, height, describe, drawn)


def _curves(detail: AllianceDetail, names: Names, size: Size) -> Block:
    panel = framed(
        size, [t for b in detail.curves for t in b.times], [v for b in detail.curves for v in (*b.low, *b.high)], words=detail.alliance,
        below="Session", height=150.0 if size.narrow else 180.0,
    )  # fmt: skip
    parts: list[Markup] = [axes(panel)]
    keys, x, y = [], 0.0, 12.0
    for band in detail.curves:
        points = [
            (t, Interval(v, low, high))
            for t, v, low, high in zip(band.times, band.values, band.low, band.high, strict=False)
        ]
        parts.append(group(curve(points, panel), class_=colour(names, band.arm)))
        label = wrapped(band.label or names.arm(band.arm), size.width - 40, 1)[0]
        if len(detail.curves) > 1:
            wide = 27 + text_width(label)
            if x and x + wide > size.width:
                x, y = 0.0, y + 17
            sample = group(tag("path", d=f"M{x:.1f} {y - 4:.1f}h22", class_="curve"), class_=colour(names, band.arm))
            keys.append(group(sample, text(x + 27, y, label, "quiet")))
            x += wide + 16
    return group(*parts, tag("g", *keys, transform=f"translate(0 {panel.height + 2:.1f})")), panel.height + (
        y + 6 if keys else 0
    )


def _tables(detail: AllianceDetail, names: Names) -> tuple[Table, ...]:
    rows = []
    for band in detail.curves:
        for t, v, low, high in list(zip(band.times, band.values, band.low, band.high, strict=False))[::5]:
            rows.append([band.label or names.arm(band.arm), f"{t:.0f}", *two_cells(Interval(v, low, high), "points")])
    made = [table("Mean course", ["Arm", "Session", detail.alliance, "Interval"], rows)]
    if detail.shares:
        shares = [[f"between {what}", *two_cells(share, "share")] for what, share in detail.shares]
        made.append(table("Share of the variance", ["Part", "Share", "Interval"], shares))
    return (*made, *tables(detail.relations))
