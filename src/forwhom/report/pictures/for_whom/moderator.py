"""Effect along a moderator: a curve with its band where it is continuous, rows where it has levels."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import EffectAt, EffectCurve, ModeratorDetail
from forwhom.report.numbers import count, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import cells, colour, contrast, says, sides, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import (
    Block,
    Panel,
    axes,
    below_each_other,
    column_width,
    curve,
    framed,
    side_by_side,
    zero_line,
)
from forwhom.report.svg import Size, area, coordinate, group, lines_of_text, svg, tag, wrapped


def picture(detail: ModeratorDetail, names: Names) -> Picture:
    """A panel per contrast, then the levels."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    caption = ""
    if detail.curves:
        shaded = any(c.regions for c in detail.curves)
        caption = f"The effect on {_where(detail)} along {detail.moderator}, with its band. "
        caption += (
            "Shaded: where the interval leaves out zero (Johnson-Neyman). "
            if shaded
            else "Nowhere on the values observed does the interval leave out zero. "
        )
        caption += "Marks along the foot are the people's values." if detail.observed else ""
    if detail.levels:
        caption += f"{' ' if caption else ''}The effect on {_where(detail)} among the people of each level."
    return Picture(describe, caption.strip() or "No effect could be shown.", wide, narrow, _tables(detail, names))


def _where(detail: ModeratorDetail) -> str:
    """The outcome and when, said once."""
    when = detail.time if detail.time.startswith(("at ", "by ", "after ")) or not detail.time else f"at {detail.time}"
    return detail.outcome if not when or detail.outcome.endswith(when) else f"{detail.outcome} {when}"


def _sentence(detail: ModeratorDetail, names: Names) -> str:
    told = []
    for c in detail.curves:
        known = [p for p in c.points if p.effect.value is not None]
        if known:
            first, last = known[0], known[-1]
            told.append(
                f"{contrast(names, c.arm, c.reference)}: {says(first.effect, detail.unit)} at {short(first.value)}, "
                f"{says(last.effect, detail.unit)} at {short(last.value)}; {_regions(c)}"
            )
    told += [
        f"{contrast(names, level.arm, level.reference)} among {level.level}: {says(level.effect, detail.unit)}, "
        f"n {count(level.n)}"
        for level in detail.levels
    ]
    return f"Effect on {_where(detail)} by {detail.moderator}, {unit_words(detail.unit)}. {'; '.join(told)}."


def _regions(c: EffectCurve) -> str:
    if not c.regions:
        return "the interval nowhere leaves out zero"
    where = " and ".join(f"from {short(round(low, 2))} to {short(round(high, 2))}" for low, high in c.regions)
    return f"the interval leaves out zero {where}"


def _draw(detail: ModeratorDetail, names: Names, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    if detail.curves:
        n = len(detail.curves)
        columns = 1 if size.narrow or n == 1 else 2
        part = Size(column_width(size, columns), size.narrow or columns > 1)
        panels = [_panel(detail, c, names, part, several=n > 1) for c in detail.curves]
        drawn, height, _ = side_by_side(panels, part.width, columns)
        blocks.append((drawn, height))
    if detail.levels:
        blocks.append(_levels(detail, names, size))
    drawn, height, _ = below_each_other(blocks)
    return svg(size, height, describe, drawn)


def _panel(detail: ModeratorDetail, c: EffectCurve, names: Names, size: Size, *, several: bool) -> Block:
    every = [p for other in detail.curves for p in other.points]
    ys = [v for p in every for v in (p.effect.value, p.effect.low, p.effect.high)]
    who = contrast(names, c.arm, c.reference)
    panel = framed(
        size,
        [*(p.value for p in every), *detail.observed],
        [*ys, 0.0],
        title=who if several else "",
        words=f"{'Effect' if several else who} ({unit_words(detail.unit)})",
        below=detail.moderator,
        percent=(False, unit_words(detail.unit) == "percentage points"),
        height=200.0 if several or size.narrow else 230.0,
        pad=(0.02, 0.08),
    )
    points = sorted(c.points, key=lambda p: p.value)
    shaded = [_shade(low, high, panel) for low, high in c.regions]
    parts = [
        *shaded,
        axes(panel),
        zero_line(panel),
        group(curve([(p.value, p.effect) for p in points], panel, class_="mean solid"), class_=colour(names, c.arm)),
        rug(detail.observed, panel),
        _favours(sides(names, [(c.arm, c.reference)], detail.better), panel),
    ]
    return group(*parts), panel.height


def _shade(low: float, high: float, panel: Panel) -> Markup:
    across = panel.across
    start, end = (across(min(max(v, across.low), across.high)) for v in (low, high))
    corners = area([(start, panel.top), (end, panel.top)], [(start, panel.foot), (end, panel.foot)])
    return tag("path", d=corners, class_="region")


def rug(values: Sequence[float], panel: Panel) -> Markup:
    """A short mark at the foot for every value; values that fall on one place share it."""
    across = panel.across
    places = sorted({round(across(v), 0) for v in values if across.low <= v <= across.high})
    if not places:
        return Markup("")
    d = "".join(f"M{coordinate(x)} {coordinate(panel.foot)}v-7" for x in places)
    return tag("path", d=d, class_="rug")


def _favours(words: tuple[str, str], panel: Panel) -> Markup:
    """Whom each side of zero favours, in the corners of the panel that lie on that side."""
    below, above = words
    room, x = panel.size.width - panel.across.start - 4, panel.size.width - 3
    parts = []
    if panel.up(0) - panel.top > 26:
        parts.append(lines_of_text(x, panel.top + 11, wrapped(f"↑ {above}", room, 1), "quiet haloed", "end"))
    if panel.foot - panel.up(0) > 40:
        parts.append(lines_of_text(x, panel.foot - 13, wrapped(f"↓ {below}", room, 1), "quiet haloed", "end"))
    return group(*parts)


def _levels(detail: ModeratorDetail, names: Names, size: Size) -> Block:
    pairs = list(dict.fromkeys((level.arm, level.reference) for level in detail.levels))
    several = len(pairs) > 1
    rows = [
        Row(
            level.level,
            f"{contrast(names, level.arm, level.reference)}, n = {count(level.n)}"
            if several
            else f"n = {count(level.n)}",
            level.effect,
            says(level.effect, detail.unit),
            names.place(level.arm),
            colour(names, level.arm),
        )
        for level in sorted(detail.levels, key=lambda level: _place(level.level, detail))
    ]
    percent = unit_words(detail.unit) == "percentage points"
    words = f"Effect in {unit_words(detail.unit)} by {detail.moderator}"
    drawn, height = forest(rows, size, zero=0.0, sides=sides(names, pairs, detail.better), percent=percent)
    head = wrapped(words, size.width, 2)
    room = 15.0 * len(head) + 6
    return (
        group(lines_of_text(0, 12, head, "axistitle"), tag("g", drawn, transform=f"translate(0 {room:.1f})")),
        height + room,
    )


def _place(level: str, detail: ModeratorDetail) -> int:
    return [other.level for other in detail.levels].index(level)


def _tables(detail: ModeratorDetail, names: Names) -> tuple[Table, ...]:
    tables = []
    if detail.curves:
        rows = [
            [contrast(names, c.arm, c.reference), short(round(p.value, 3)), *cells(p.effect, detail.unit)]
            for c in detail.curves
            for p in thinned_points(c.points)
        ]
        head = ["Comparison", detail.moderator, f"Effect ({unit_words(detail.unit)})", "Interval"]
        tables.append(table(f"Effect along {detail.moderator}", head, rows))
        regions = [
            [contrast(names, c.arm, c.reference), short(round(low, 3)), short(round(high, 3))]
            for c in detail.curves
            for low, high in c.regions
        ]
        if regions:
            tables.append(table("Where the interval leaves out zero", ["Comparison", "From", "To"], regions))
    if detail.levels or not detail.curves:
        rows = [
            [
                level.level,
                contrast(names, level.arm, level.reference),
                count(level.n),
                *cells(level.effect, detail.unit),
            ]
            for level in detail.levels
        ]
        head = [detail.moderator, "Comparison", "n", f"Effect ({unit_words(detail.unit)})", "Interval"]
        tables.append(table(f"Effect per level of {detail.moderator}", head, rows, (0, 1)))
    return tuple(tables)


def thinned_points(points: Sequence[EffectAt], most: int = 9) -> list[EffectAt]:
    """The points of a finely drawn curve that a table needs."""
    step = max(1, (len(points) - 1) // (most - 1))
    kept = list(range(0, len(points), step))
    if kept and kept[-1] != len(points) - 1:
        kept.append(len(points) - 1)
    return [points[k] for k in kept]
