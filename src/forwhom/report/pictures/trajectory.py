"""Every person's course as a light line, and the arm means with bands; one panel per arm on a common scale."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import Band, PersonLine, TrajectoryDetail
from forwhom.report.numbers import count, fixed, places_for, quantity, short, time_text
from forwhom.report.picture import Names, People, Picture, Table, in_both_sizes, table
from forwhom.report.svg import (
    BOLD,
    NARROW,
    WIDE,
    Linear,
    Size,
    area,
    bare_rules,
    coordinate,
    foot_axis,
    group,
    linear,
    lines_of_text,
    path,
    svg,
    tag,
    text,
    thinned,
    ticks,
    value_axis,
    wrapped,
)

_SHEETS = 40
"""Lines of one arm share this many paths, so that overlapping ones still darken each other."""

_COLUMNS_OF_TIMES = 12
_FEW_TIMES = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """Where one arm is drawn."""

    arm: str | None
    title: list[str]
    across: Linear
    up: Linear
    top: float


def picture(detail: TrajectoryDetail, names: Names) -> Picture:
    """Panels of lines and bands."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "Lower" if detail.better == "lower" else "Higher"
    others = "; the other arms' means are repeated in grey for comparison" if len(detail.bands) > 1 else ""
    caption = (
        "Each thin line is one person's observed scores, the thick line is the model's mean with its band"
        f"{others}. {better} is better."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail, names), people=_people(detail, names))


def _sentence(detail: TrajectoryDetail, names: Names) -> str:
    parts = [
        f"{band.label or names.arm(band.arm)} from {quantity(band.values[0], 'points')} to "
        f"{quantity(band.values[-1], 'points')}"
        for band in detail.bands
        if band.values
    ]
    scale = names.scale(detail.scale)
    return f"Courses of {count(len(detail.lines))} people on {scale}. Mean course: {'; '.join(parts)}."


def _arms(detail: TrajectoryDetail) -> list[tuple[str | None, str]]:
    named: dict[str | None, str] = {band.arm: band.label for band in detail.bands}
    for person in detail.lines:
        named.setdefault(person.arm, "")
    return list(named.items()) or [(None, "")]


def _panels(detail: TrajectoryDetail, names: Names, size: Size) -> tuple[list[Panel], float]:
    arms = _arms(detail)
    columns = _columns(len(arms), size)
    left, gap, foot_room = 36.0, 16.0, 26.0
    width = (size.width - left - gap * (columns - 1) - 6) / columns
    titles = [wrapped(label or names.arm(arm), width, 2, BOLD) for arm, label in arms]
    head = 15.0 * max(map(len, titles)) + 26
    height = 190.0 if size.narrow else (330.0 if columns <= 2 else 230.0)
    times = [t for person in detail.lines for t in person.times] + [t for band in detail.bands for t in band.times]
    values = [v for person in detail.lines for v in person.values]
    values += [v for band in detail.bands for v in (*band.low, *band.high)]
    edges = [v for v in (detail.low,) if v is not None and values and min(values) - v < 0.25 * (max(values) - v)]
    spread = linear(times, 0, 1, pad=0.02)
    span = linear([*values, *edges], 0, 1, pad=0.02)
    panels = []
    for k, (arm, _) in enumerate(arms):
        x = left + (k % columns) * (width + gap)
        y = (k // columns) * (height + foot_room + head + 8) + head
        across = Linear(spread.low, spread.high, x, x + width)
        panels.append(Panel(arm, titles[k], across, Linear(span.low, span.high, y + height, y), y))
    rows = -(-len(arms) // columns)
    return panels, rows * (height + foot_room + head + 8) + 12


def _columns(arms: int, size: Size) -> int:
    if size.narrow:
        return 1
    return arms if arms <= 3 else 2 if arms == 4 else 3


def _draw(detail: TrajectoryDetail, names: Names, size: Size, describe: str) -> Markup:
    panels, height = _panels(detail, names, size)
    parts = [_panel(detail, names, panel, index, panels, size) for index, panel in enumerate(panels)]
    unit = f"Time ({detail.time_unit}s)" if detail.time_unit else "Time"
    parts.append(text(size.width / 2, height - 6, unit, "axistitle", "middle"))
    return svg(size, height, describe, *parts, tag("path", class_="picked", d=""), data_pick="lines")


def _panel(detail: TrajectoryDetail, names: Names, panel: Panel, index: int, panels: list[Panel], size: Size) -> Markup:
    place = names.place(panel.arm) % 6
    people = [person for person in detail.lines if person.arm == panel.arm]
    across, up = panel.across, panel.up
    first = index == 0 or across.start == panels[0].across.start
    rules = value_axis(up, across.start, across.end, 5)
    parts = [rules if first else bare_rules(up, across, 5)]
    parts.append(
        foot_axis(across, up.start, ticks(across.low, across.high, 4 if len(panels) > 2 or size.narrow else 6))
    )
    y = panel.top - 10 - 15 * len(panel.title)
    parts.append(lines_of_text(across.start, y, panel.title, "paneltitle armtext"))
    parts.append(text(across.start, panel.top - 9, f"n = {count(len(people))}", "tick"))
    parts.append(tag("g", *_sheets(people, panel), class_="people", style=f"--sheet:{_opacity(len(people))}"))
    parts += [tag("path", d=_curve(band, panel), class_="othermean") for band in detail.bands if band.arm != panel.arm]
    for band in detail.bands:
        if band.arm == panel.arm and band.times:
            upper = [(across(t), up(v)) for t, v in zip(band.times, band.high, strict=True)]
            lower = [(across(t), up(v)) for t, v in zip(band.times, band.low, strict=True)]
            parts.append(tag("path", d=area(upper, lower), class_="band"))
            parts.append(tag("path", d=_curve(band, panel), class_="halo"))
            parts.append(tag("path", d=_curve(band, panel), class_="curve mean solid"))
    return group(*parts, class_=f"c{place}")


def _times(detail: TrajectoryDetail, across: Linear, about: int) -> list[float]:
    """The times at which people were seen where they are few, else round ones."""
    used = {t for person in detail.lines for t in person.times}
    return thinned(list(used), across, 26) if 0 < len(used) <= _FEW_TIMES else ticks(across.low, across.high, about)


def _opacity(people: int) -> str:
    return f"{max(0.1, min(0.5, 12 / max(people, 1) ** 0.75)):.2f}"


def _curve(band: Band, panel: Panel) -> str:
    return path([(panel.across(t), panel.up(v)) for t, v in zip(band.times, band.values, strict=True)])


def _sheets(people: list[PersonLine], panel: Panel) -> list[Markup]:
    sheets: list[list[str]] = [[] for _ in range(min(_SHEETS, len(people)))]
    for k, person in enumerate(people):
        sheets[k % len(sheets)].append(_course(person, panel))
    return [tag("path", d="".join(sheet)) for sheet in sheets]


def _course(person: PersonLine, panel: Panel) -> str:
    """Coordinates relative to the first point: half the bytes of absolute ones. A single score is a short dash."""
    points = [
        (round(panel.across(t), 1), round(panel.up(v), 1)) for t, v in zip(person.times, person.values, strict=True)
    ]
    if not points:
        return ""
    (x, y), parts = points[0], []
    if len(points) == 1:
        return f"M{coordinate(x - 1.5)} {coordinate(y)}h3"
    parts.append(f"M{coordinate(x)} {coordinate(y)}")
    relative = []
    for to_x, to_y in points[1:]:
        relative.append(f"{coordinate(to_x - x)} {coordinate(to_y - y)}")
        x, y = to_x, to_y
    return parts[0] + "l" + " ".join(relative).replace(" -", "-")


def _people(detail: TrajectoryDetail, names: Names) -> People:
    """Persons in the order of the record, with their points in both drawings."""
    places = []
    for size in (WIDE, NARROW):
        panels = {panel.arm: panel for panel in _panels(detail, names, size)[0]}
        places.append(tuple(_points(person, panels[person.arm]) for person in detail.lines))
    labels = dict(_arms(detail))
    says = tuple(
        f"{labels.get(person.arm) or names.arm(person.arm)}: {_in_words(person, detail.time_unit)}"
        for person in detail.lines
    )
    return People("line", tuple(person.id for person in detail.lines), says, places[0], places[1])


def _points(person: PersonLine, panel: Panel) -> tuple[float, ...]:
    return tuple(
        round(value)
        for t, v in zip(person.times, person.values, strict=True)
        for value in (panel.across(t), panel.up(v))
    )


def _in_words(person: PersonLine, unit: str) -> str:
    scores = ", ".join(f"{short(t)}: {_score(v)}" for t, v in zip(person.times, person.values, strict=True))
    return f"score at {unit or 'time'} {scores}" if scores else "no score"


def _score(value: float) -> str:
    return short(round(value, 2))


def _tables(detail: TrajectoryDetail, names: Names) -> tuple[Table, ...]:
    bands = [
        [
            band.label or names.arm(band.arm),
            time_text(t, detail.time_unit),
            _mean(v, low, high),
            _mean(low, low, high),
            _mean(high, low, high),
        ]
        for band in detail.bands
        for t, v, low, high in _ends(band)
    ]
    means = table("Mean courses", ["Arm", "Time", "Mean", "Lower limit", "Upper limit"], bands, (0, 1))
    return means, _persons(detail, names)


def _mean(value: float, low: float, high: float) -> str:
    return fixed(value, places_for("points", low, high))


def _ends(band: Band) -> list[tuple[float, float, float, float]]:
    """The points of a finely drawn curve that a table needs: about nine."""
    step = max(1, (len(band.times) - 1) // 8)
    kept = [k for k in range(len(band.times)) if k % step == 0]
    if kept and len(band.times) - 1 - kept[-1] > 0:
        kept[-1:] = (
            [len(band.times) - 1] if len(band.times) - 1 - kept[-1] < step / 2 else [kept[-1], len(band.times) - 1]
        )
    return [(band.times[k], band.values[k], band.low[k], band.high[k]) for k in kept]


def _persons(detail: TrajectoryDetail, names: Names) -> Table:
    labels = dict(_arms(detail))
    times = sorted({t for person in detail.lines for t in person.times})
    if len(times) <= _COLUMNS_OF_TIMES:
        rows = []
        for person in detail.lines:
            scores = dict(zip(person.times, person.values, strict=True))
            cells = [_score(scores[t]) if t in scores else "–" for t in times]
            rows.append([person.id, labels.get(person.arm) or names.arm(person.arm), *cells])
        head = ["Person", "Arm", *(time_text(t, detail.time_unit) for t in times)]
        return table("Every person", head, rows, (0, 1))
    lists = [[person.id, labels.get(person.arm) or names.arm(person.arm), _pairs(person)] for person in detail.lines]
    return table("Every person", ["Person", "Arm", "Time: score"], lists, (0, 1, 2))


def _pairs(person: PersonLine) -> str:
    return ", ".join(f"{short(round(t, 2))}: {_score(v)}" for t, v in zip(person.times, person.values, strict=True))
