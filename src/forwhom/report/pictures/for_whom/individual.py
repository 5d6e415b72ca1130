"""Everybody's expected difference between two arms, sorted, with intervals; and what the indicated arm was worth."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import IndicatedGroup, IndividualContrast, IndividualDetail, Interval, PersonEffect
from forwhom.report.numbers import count, is_share, limits, percent, quantity
from forwhom.report.picture import Names, People, Picture, Table, table
from forwhom.report.pictures.effects import cells, colour, contrast, says, shares_say, sides, unit_words
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.panel import Block, Panel, axes, below_each_other, framed, titled, zero_line
from forwhom.report.svg import (
    NARROW,
    WIDE,
    Size,
    area,
    coordinate,
    group,
    line,
    lines_of_text,
    marker,
    path,
    svg,
    tag,
    wrapped,
)

Places = tuple[tuple[float, ...], ...]

_AS_BAND = 260
"""People; with more of them whiskers would touch, and a band takes their place."""


def picture(detail: IndividualDetail, names: Names) -> Picture:
    """A sorted row of people per contrast."""
    describe = _sentence(detail, names)
    (wide, at), (narrow, at_narrow) = (_draw(detail, names, size, describe) for size in (WIDE, NARROW))
    caption = (
        f"Each person's expected difference in {detail.outcome} with its interval, sorted. The dashed line and its band are the "
        "average effect with its interval; the solid line is no difference. "
    )
    if any(c.indicated for c in detail.contrasts):
        caption += "Below, the mean outcome of those who by chance got the arm predicted to be better for them, and of the others."
    return Picture(
        describe, caption.strip(), wide, narrow, _tables(detail, names), people=_people(detail, names, at, at_narrow)
    )


def _sentence(detail: IndividualDetail, names: Names) -> str:
    told = []
    for c in detail.contrasts:
        known = [p.effect.value for p in c.people if p.effect.value is not None]
        span = f", from {_one(min(known), c, detail)} to {_one(max(known), c, detail)}" if known else ""
        told.append(
            f"{contrast(names, c.arm, c.reference)}: {count(len(c.people))} people{span}; "
            f"average {says(c.average, detail.unit)}"
        )
        told += [f"{g.group}: mean {_mean(g, detail.unit)}, n {count(g.n)}" for g in c.indicated]
    return f"Expected differences in {detail.outcome} person by person, {unit_words(detail.unit)}. {'; '.join(told)}."


def _one(value: float, c: IndividualContrast, detail: IndividualDetail) -> str:
    return cells(Interval(value, c.average.low, c.average.high), detail.unit)[0]


def _mean(g: IndicatedGroup, unit: str) -> str:
    if is_share(unit):
        return shares_say(g.mean)
    value = quantity(g.mean.value, unit, g.mean.low, g.mean.high)
    if g.mean.low is None and g.mean.high is None:
        return value
    return f"{value} ({limits(g.mean.value, g.mean.low, g.mean.high, unit)})"


def _draw(detail: IndividualDetail, names: Names, size: Size, describe: str) -> tuple[Markup, Places]:
    drawn, height, places = _laid_out(detail, names, size)
    return svg(size, height, describe, drawn, tag("path", class_="picked", d=""), data_pick="points"), places


def _sorted(c: IndividualContrast) -> list[PersonEffect]:
    return sorted((p for p in c.people if p.effect.value is not None), key=lambda p: p.effect.value or 0.0)


def _laid_out(detail: IndividualDetail, names: Names, size: Size) -> tuple[Markup, float, Places]:
    """The drawing, its height, and where each person with a number stands, contrast by contrast."""
    blocks: list[Block] = []
    panels: list[tuple[int, Panel, IndividualContrast]] = []
    for c in detail.contrasts:
        panel = _panel(detail, c, names, size)
        panels.append((len(blocks), panel, c))
        blocks.append((_caterpillar(detail, c, names, panel), panel.height))
        if c.indicated:
            blocks.append(_indicated(detail, c, names, size))
    drawn, height, offsets = below_each_other(blocks)
    places: list[tuple[float, ...]] = []
    for block, panel, c in panels:
        rank = {p.id: k for k, p in enumerate(_sorted(c))}
        for p in c.people:
            if p.effect.value is not None:
                y = round(panel.up(p.effect.value) + offsets[block][1])
                places.append((float(round(panel.across(rank[p.id] + 1))), float(y)))
    return drawn, height, tuple(places)


def _panel(detail: IndividualDetail, c: IndividualContrast, names: Names, size: Size) -> Panel:
    ys = [v for p in c.people for v in (p.effect.value, p.effect.low, p.effect.high)]
    who = contrast(names, c.arm, c.reference)
    return framed(
        size,
        [0.5, len(_sorted(c)) + 0.5],
        [*ys, c.average.value, c.average.low, c.average.high, 0.0],
        words=f"{who}, expected difference ({unit_words(detail.unit)})",
        below="People, sorted by expected difference",
        percent=(False, is_share(detail.unit)),
        height=210.0 if size.narrow else 270.0,
        pad=(0.01, 0.06),
    )


def _caterpillar(detail: IndividualDetail, c: IndividualContrast, names: Names, panel: Panel) -> Markup:
    people = _sorted(c)
    many = len(people) > _AS_BAND
    across, up = panel.across, panel.up
    at = [(across(k + 1), up(p.effect.value or 0.0)) for k, p in enumerate(people)]
    limited = [
        (x, up(p.effect.low), up(p.effect.high))
        for (x, _), p in zip(at, people, strict=True)
        if p.effect.low is not None and p.effect.high is not None
    ]
    if many:
        band = area([(x, high) for x, _, high in limited], [(x, low) for x, low, _ in limited]) if limited else ""
        drawn = [tag("path", d=band, class_="band"), tag("path", d=path(at), class_="curve mean solid")]
    else:
        whiskers = "".join(f"M{coordinate(x)} {coordinate(low)}V{coordinate(high)}" for x, low, high in limited)
        r = 3.4 if len(people) <= 60 else 2.4 if panel.size.narrow is False else 1.8
        drawn = [
            tag("path", d=whiskers, class_="whisker thin"),
            tag("path", d="".join(marker(0, x, y, r) for x, y in at), class_="mark" if len(people) <= 60 else "fill"),
        ]
    below, above = sides(names, [(c.arm, c.reference)], detail.better)
    room, x = (panel.size.width - across.start) * 0.7, across.start + 2
    words: list[Markup] = []
    if up(0) - panel.top > 24:
        words.append(lines_of_text(x, panel.top + 11, wrapped(f"↑ {above}", room, 1), "quiet haloed"))
    if panel.foot - up(0) > 24:
        right = panel.size.width - 4
        words.append(lines_of_text(right, panel.foot - 7, wrapped(f"↓ {below}", room, 1), "quiet haloed", "end"))
    return group(
        axes(panel), _average(c.average, panel), zero_line(panel), group(*drawn, class_=colour(names, c.arm)), *words
    )


def _average(average: Interval, panel: Panel) -> Markup:
    start, end = panel.across.start - 4, panel.size.width
    parts = []
    if average.low is not None and average.high is not None:
        low, high = panel.up(average.low), panel.up(average.high)
        parts.append(tag("path", d=area([(start, high), (end, high)], [(start, low), (end, low)]), class_="noband"))
    if average.value is not None:
        parts.append(line(start, panel.up(average.value), end, panel.up(average.value), "cutoff"))
    return group(*parts)


def _indicated(detail: IndividualDetail, c: IndividualContrast, names: Names, size: Size) -> Block:
    rows = [
        Row(g.group, f"n = {count(g.n)}", g.mean, _mean(g, detail.unit), 1, colour(names, c.arm)) for g in c.indicated
    ]
    better = "lower" if detail.better == "lower" else "higher"
    title = f"Mean {detail.outcome} by whether the indicated arm was received ({better} is better)"
    return titled(title, forest(rows, size, percent=is_share(detail.unit)), size)


def _people(detail: IndividualDetail, names: Names, wide: Places, narrow: Places) -> People | None:
    several = len(detail.contrasts) > 1
    ids, told = [], []
    for c in detail.contrasts:
        who = contrast(names, c.arm, c.reference)
        for p in c.people:
            if p.effect.value is not None:
                ids.append(f"{p.id}, {who}" if several else p.id)
                told.append(f"{who}: {says(p.effect, detail.unit)} {unit_words(detail.unit)}; {names.arm(p.assigned)}")
    if not ids:
        return None
    return People("person", tuple(ids), tuple(told), wide, narrow)


def _tables(detail: IndividualDetail, names: Names) -> tuple[Table, ...]:
    unit = unit_words(detail.unit)
    averages = [
        [
            contrast(names, c.arm, c.reference),
            count(len(c.people)),
            *cells(c.average, detail.unit),
            percent(c.shrunken) if c.shrunken is not None else "–",
        ]
        for c in detail.contrasts
    ]
    head = ["Comparison", "People", f"Average effect ({unit})", "Interval", "Shrunken towards the average by"]
    tables = [table("Average effects", head, averages)]
    groups = [
        [g.group, contrast(names, c.arm, c.reference), count(g.n), _mean(g, detail.unit)]
        for c in detail.contrasts
        for g in c.indicated
    ]
    if groups:
        head = ["Group", "Comparison", "n", f"Mean {detail.outcome} (interval)"]
        tables.append(table("Outcome by indicated arm", head, groups, (0, 1)))
    return (*tables, _everyone(detail, names, unit))


def _everyone(detail: IndividualDetail, names: Names, unit: str) -> Table:
    rows: list[Sequence[str]] = [
        [p.id, names.arm(p.assigned), contrast(names, c.arm, c.reference), *cells(p.effect, detail.unit)]
        for c in detail.contrasts
        for p in c.people
    ]
    head = ["Person", "Arm received", "Comparison", f"Expected difference ({unit})", "Interval"]
    return table("Every person's expected difference", head, rows, (0, 1, 2))
