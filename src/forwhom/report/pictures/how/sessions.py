"""People's sessions side by side: each course with the limits of the person's own chart, ruptures and repairs marked."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import PersonSessions
from forwhom.report.picture import Names
from forwhom.report.pictures.effects import colour
from forwhom.report.pictures.panel import Block, column_width, side_by_side
from forwhom.report.svg import (
    BOLD,
    Linear,
    Size,
    foot_axis,
    group,
    line,
    linear,
    lines_of_text,
    marker,
    path,
    tag,
    text,
    ticks,
    wrapped,
)

_HEIGHT = 92.0
_LEFT = 26.0


def small_multiples(people: Sequence[PersonSessions], names: Names, size: Size, words: str) -> Block:
    """A small panel per person, all on one scale."""
    columns = 1 if len(people) == 1 else 2 if size.narrow else min(4, len(people))
    gap = 14.0
    width = column_width(size, columns, gap)
    values = [v for p in people for v in (*p.values, p.low, p.high, p.centre)]
    up = linear([v for v in values if v is not None], 0, 1, pad=0.05)
    across = linear([s for p in people for s in p.sessions], 0, 1, pad=0.03)
    blocks = [one_person(p, names, width, up, across, bare=k % columns > 0) for k, p in enumerate(people)]
    drawn, height, _ = side_by_side(blocks, width, columns, gap)
    head = wrapped(f"{words}, by session", size.width, 2)
    room = 15.0 * len(head) + 6
    return group(
        lines_of_text(0, 12, head, "axistitle"), tag("g", drawn, transform=f"translate(0 {room:.1f})")
    ), height + room


def one_person(
    person: PersonSessions,
    names: Names,
    width: float,
    up: Linear,
    across: Linear,
    *,
    bare: bool = False,
    height: float = _HEIGHT,
) -> Block:
    """One person's panel. up, across : the common scales from 0 to 1; bare : without the numbers of the axis upwards"""
    arm = f", {names.arm(person.arm)}" if person.arm else ""
    title = wrapped(f"{person.id}{arm}", width, 1, BOLD)
    top = 22.0
    rise = Linear(up.low, up.high, top + height, top)
    run = Linear(across.low, across.high, _LEFT, width - 3)
    at = [(run(s), rise(v)) for s, v in zip(person.sessions, person.values, strict=False)]
    parts: list[Markup] = [lines_of_text(0, 12, title, "strong")]
    for value in ticks(rise.low, rise.high, 4):
        parts.append(line(_LEFT, rise(value), width, rise(value), "rule"))
        if not bare:
            parts.append(text(_LEFT - 4, rise(value) + 4, f"{value:g}", "tick", "end"))
    parts.append(_limits(person, run, rise))
    parts.append(group(tag("path", d=path(at), class_="curve solid") if at else "", class_=colour(names, person.arm)))
    dots = "".join(marker(0, x, y, 1.6) for x, y in at)
    parts.append(tag("path", d=dots, class_="there"))
    rings = [at[k] for k in person.falls if 0 <= k < len(at)]
    parts += [tag("circle", cx=x, cy=y, r=5.0, class_="alarm") for x, y in rings]
    back = "".join(marker(2, *at[k], 3.4) for k in person.repairs if 0 <= k < len(at))
    if back:
        parts.append(tag("path", d=back, class_="there"))
    parts.append(foot_axis(run, top + height, ticks(run.low, run.high, 3)))
    return group(*parts), top + height + 22


def _limits(person: PersonSessions, run: Linear, rise: Linear) -> Markup:
    parts = []
    if person.low is not None and person.high is not None:
        a, b = (rise(min(max(v, rise.low), rise.high)) for v in (person.high, person.low))
        corners = [(run.start, a), (run.end, a), (run.end, b), (run.start, b)]
        parts.append(tag("path", d=path(corners) + "z", class_="noband"))
    if person.centre is not None:
        parts.append(line(run.start, rise(person.centre), run.end, rise(person.centre), "limit"))
    return group(*parts)
