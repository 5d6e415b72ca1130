"""Which changes first: both directions, as arrows from one occasion to the next and as rows with their intervals."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import LaggedPath, TemporalOrderDetail
from forwhom.report.numbers import fixed
from forwhom.report.picture import Names, Picture, in_both_sizes, table
from forwhom.report.pictures.effects import plain
from forwhom.report.pictures.how.diagram import Box, arrow, box
from forwhom.report.pictures.how.mediation import lag_table, lags
from forwhom.report.pictures.panel import Block, below_each_other, titled
from forwhom.report.svg import Size, group, lines_of_text, svg, wrapped

VERDICTS = {
    "first": "{0} goes before {1}",
    "second": "{1} goes before {0}",
    "both": "Each goes before the other",
    "open": "Which changes first cannot be told",
}


def picture(detail: TemporalOrderDetail, names: Names) -> Picture:
    """The two crossing arrows, then every model."""
    del names
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Deviations from each person's own course, from one occasion to the next, in within-person standard deviations. Lasting "
        "differences between persons are taken out. The first two rows are the answer; the others show whether it holds in other models."
    )
    fit = (table("The model", ["What", "Value"], [list(each) for each in detail.fit], (0, 1)),) if detail.fit else ()
    between = (
        (
            table(
                "Between persons",
                ["What", "Value"],
                [["Correlation of the persons' averages", fixed(detail.between, 2)]],
            ),
        )
        if detail.between is not None
        else ()
    )
    return Picture(describe, caption, wide, narrow, (lag_table(detail.paths), *fit, *between))


def _verdict(detail: TemporalOrderDetail) -> str:
    return VERDICTS.get(detail.verdict, VERDICTS["open"]).format(detail.first, detail.second)


def _sentence(detail: TemporalOrderDetail) -> str:
    told = "; ".join(f"{p.cause} to {p.effect} ({p.variant}) {plain(p.standard)}" for p in detail.paths)
    return f"{_verdict(detail)}. Lagged paths within persons, {detail.occasions} occasions: {told}."


def _draw(detail: TemporalOrderDetail, size: Size, describe: str) -> Markup:
    blocks: list[Block] = []
    if len(detail.paths) > 1:
        blocks.append(titled(_verdict(detail), _crossing(detail, detail.paths[0], detail.paths[1], size), size))
    blocks.append(titled("Model by model", lags(detail.paths, size), size))
    whole, height, _ = below_each_other(blocks)
    return svg(size, height, describe, whole)


def _crossing(detail: TemporalOrderDetail, on: LaggedPath, back: LaggedPath, size: Size) -> Block:
    width = 108.0 if size.narrow else 190.0
    right = size.width - width - 2
    first, second = (wrapped(each, width - 14, 2) for each in (detail.first, detail.second))
    a = Box(0, 0, width, [*first, "now"])
    b = Box(0, 92, width, [*second, "now"])
    c = Box(right, 0, width, [*first, "next time"])
    d = Box(right, 92, width, [*second, "next time"])
    parts = [box(each) for each in (a, b, c, d)]
    parts += [arrow((width, a.centre), (right, d.centre)), arrow((width, b.centre), (right, c.centre))]
    room = right - width - 16
    third = width + (right - width) * 0.5
    words = [(on, a.y + 10), (back, d.bottom - 2)]
    for path, y in words:
        name = "" if size.narrow else f"{path.cause} → {path.effect}: "
        lines = wrapped(f"{name}{plain(path.standard)}", room, 3)
        parts.append(group(lines_of_text(third, y, lines, "label haloed", "middle")))
    return group(*parts), d.bottom + 18
