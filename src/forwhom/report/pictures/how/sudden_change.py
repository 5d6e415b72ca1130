"""Sudden gains and losses: shares of people beside chance, the mean course around the step, when the steps happened."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import Relation, SuddenChangeDetail
from forwhom.report.numbers import count, short
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.effects import colour, shares_say
from forwhom.report.pictures.forest import Row, forest
from forwhom.report.pictures.how.relations import drawn_relations, tables, two_cells
from forwhom.report.pictures.panel import (
    Block,
    Panel,
    axes,
    below_each_other,
    column_width,
    curve,
    framed,
    side_by_side,
    titled,
)
from forwhom.report.svg import Size, group, line, marker, svg, tag

_PLACE = {"gain": 1, "loss": 0}


def picture(detail: SuddenChangeDetail, names: Names) -> Picture:
    """Shares, aligned courses, timing."""
    describe = _sentence(detail, names)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, names, size, describe))
    better = "Lower" if detail.better == "lower" else "Higher"
    caption = (
        f"People with a sudden gain or loss of at least {short(round(detail.points, 2))} {detail.unit} of {detail.label}; the open "
        "diamond is what each person's own straight line with noise would give."
    )
    if detail.aligned:
        caption += (
            " Below, the mean score from three sessions before the first step to three after it (0 is the session before; "
            f"{better.casefold()} is better). People are chosen by the step, so that some of it must turn back."
        )
    return Picture(describe, caption, wide, narrow, _tables(detail, names))


def _arm(names: Names, arm: str) -> str:
    return names.arm(arm) if arm else "Everyone"


def _sentence(detail: SuddenChangeDetail, names: Names) -> str:
    told = [
        f"{_arm(names, s.arm)}, sudden {s.kind}: {count(s.people_with)} of {count(s.people)} people, {shares_say(s.share)}, by chance "
        f"{shares_say(s.expected)}"
        for s in detail.shares
    ]
    return f"Sudden changes of {detail.label}. {'; '.join(told)}."


def _draw(detail: SuddenChangeDetail, names: Names, size: Size, describe: str) -> Markup:
    rows = [
        Row(
            f"Sudden {s.kind}, {_arm(names, s.arm)}",
            f"{count(s.people_with)} of {count(s.people)} people",
            s.share,
            shares_say(s.share),
            names.place(s.arm),
            colour(names, s.arm),
            second=s.expected.value,
        )
        for s in detail.shares
    ]
    blocks: list[Block] = []
    if rows:
        blocks.append(titled("Share of people", forest(rows, size, include=(0.0,), percent=True), size))
    kinds = [kind for kind in _PLACE if sum(a.kind == kind for a in detail.aligned) > 1]
    columns = 1 if size.narrow or len(kinds) == 1 else 2
    part = Size(column_width(size, columns), size.narrow or columns > 1)
    if kinds:
        drawn, height, _ = side_by_side([_around(detail, kind, part) for kind in kinds], part.width, columns)
        blocks.append((drawn, height))
    if detail.timing:
        blocks.append(_timing(detail, size))
    blocks += drawn_relations(_compared(detail), dict.fromkeys(r.group for r in detail.relations), size)
    drawn, height, _ = below_each_other(blocks)
    return svg(size, height, describe, drawn)


def _compared(detail: SuddenChangeDetail) -> list[Relation]:
    """Differences between people, which are drawn; shares and sizes stay in the tables."""
    return [r for r in detail.relations if r.neutral == 0.0 and r.unit != "share"]


def _around(detail: SuddenChangeDetail, kind: str, size: Size) -> Block:
    points = sorted((a for a in detail.aligned if a.kind == kind), key=lambda a: a.step)
    every = [v for a in detail.aligned for v in (a.mean.value, a.mean.low, a.mean.high)]
    panel = framed(
        size, [a.step for a in detail.aligned], every, words=detail.label, below="Sessions from the one before the step",
        title=f"Around the first sudden {kind} ({count(max(a.n for a in points))} people)", height=150.0, pad=(0.05, 0.08),
    )  # fmt: skip
    marks = "".join(
        marker(0, panel.across(a.step), panel.up(a.mean.value), 3.6) for a in points if a.mean.value is not None
    )
    drawn = group(
        axes(panel),
        group(
            curve([(a.step, a.mean) for a in points], panel, class_="solid"),
            tag("path", d=marks, class_="mark"),
            class_=f"c{_PLACE[kind]}",
        ),
    )
    return drawn, panel.height


def _timing(detail: SuddenChangeDetail, size: Size) -> Block:
    panel: Panel = framed(
        size, [t for _, t, _ in detail.timing], [*(float(n) for *_, n in detail.timing), 0.0], words="Changes",
        below="Session before the step", title="When", height=90.0, pad=(0.04, 0.08),
    )  # fmt: skip
    kinds = list(dict.fromkeys(kind for kind, *_ in detail.timing))
    bars = []
    for kind, session, n in detail.timing:
        shift = (kinds.index(kind) - (len(kinds) - 1) / 2) * 5.0
        x = panel.across(session) + shift
        bar = line(x, panel.foot, x, panel.up(n), "whisker bold")
        bars.append(
            group(
                bar,
                tag("path", d=marker(_PLACE.get(kind, 0), x, panel.up(n), 3.2), class_="mark"),
                class_=f"c{_PLACE.get(kind, 0)}",
            )
        )
    return group(axes(panel), *bars), panel.height


def _tables(detail: SuddenChangeDetail, names: Names) -> tuple[Table, ...]:
    rows = [
        [
            f"Sudden {s.kind}",
            _arm(names, s.arm),
            f"{count(s.people_with)} of {count(s.people)}",
            count(s.changes),
            shares_say(s.share),
            shares_say(s.expected),
        ]
        for s in detail.shares
    ]
    made = [
        table("People with a sudden change", ["Change", "Arm", "People", "Changes", "Share", "By chance"], rows, (0, 1))
    ]
    around = [[f"Sudden {a.kind}", short(a.step), *two_cells(a.mean, "points"), count(a.n)] for a in detail.aligned]
    if around:
        made.append(
            table(
                "Around the first change",
                ["Change", "Sessions from the one before", detail.label, "Interval", "People"],
                around,
            )
        )
    when = [[f"Sudden {kind}", count(session), count(n)] for kind, session, n in detail.timing]
    if when:
        made.append(table("When", ["Change", "Session before", "Changes"], when))
    return (*made, *tables(detail.relations))
