"""Searches drawn: a box per step with the number of records, a dashed one where the number is not told."""

from __future__ import annotations

from markupsafe import Markup

from forwhom.findings.kinds import SearchesDetail, SearchRow
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import FONT, Size, line, lines_of_text, svg, tag, text, wrapped

LINE = FONT + 3
SMALL = 11.5
GAP = 14.0
HIGH = 34.0


def picture(detail: SearchesDetail, names: Names) -> Picture:
    """A row of boxes per search; on a phone a line per step."""
    told = "; ".join(f"{row.search}: {', '.join(f'{words} {_n(n)}' for words, n in row.steps)}" for row in detail.rows)
    describe = f"Records at each step of each search. {told}."
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = "Numbers are records; a dashed box: not told. Studies added as drafts count nowhere until they are coded."
    return Picture(describe, caption, wide, narrow, (_sources(detail), _logs(detail)))


def _n(n: int | None) -> str:
    return "not told" if n is None else str(n)


def _draw(detail: SearchesDetail, size: Size, describe: str) -> Markup:
    parts, y = [], 0.0
    for row in detail.rows:
        lines = wrapped(f"{row.search}: {row.question}" if row.question else row.search, size.width - 4, 3)
        parts.append(lines_of_text(0, y + LINE, lines, "strong"))
        y += LINE * len(lines) + 8
        drawn, y = (_lines if size.narrow else _boxes)(row, size, y)
        parts.append(drawn)
        y += 10
    return svg(size, y, describe, *parts)


def _boxes(row: SearchRow, size: Size, y: float) -> tuple[Markup, float]:
    width = min((size.width - GAP * (len(row.steps) - 1)) / len(row.steps), 150.0)
    heads = [wrapped(words, width, 2, SMALL) for words, _ in row.steps]
    top = y + LINE * max(map(len, heads))
    parts = []
    for i, ((_, n), lines) in enumerate(zip(row.steps, heads, strict=True)):
        x = i * (width + GAP)
        parts.append(lines_of_text(x, y + LINE - 3, lines, "small"))
        if i:
            parts.append(line(x - GAP, top + HIGH / 2, x, top + HIGH / 2, "axis"))
        shape = {"x": x, "y": top, "width": width, "height": HIGH, "rx": 2.0, "fill": "none"}
        parts.append(tag("rect", **shape, class_="limit" if n is None else "axis"))
        at = (x + width / 2, top + HIGH / 2 + 5)
        parts.append(text(*at, _n(n), "small" if n is None else "strong", "middle"))
    return Markup("").join(parts), top + HIGH + 4


def _lines(row: SearchRow, size: Size, y: float) -> tuple[Markup, float]:
    parts = []
    for words, n in row.steps:
        parts.append(text(0, y + LINE, words, "small"))
        parts.append(text(size.width - 2, y + LINE, _n(n), "small" if n is None else "strong", "end"))
        y += LINE + 5
        parts.append(line(0, y, size.width, y))
    return Markup("").join(parts), y


def _sources(detail: SearchesDetail) -> Table:
    head = ["Search", "Source", "Day", "Records", "Duplicates", "Incomplete", "Added", "Terms", "File"]
    rows = [
        [
            row.search,
            source.name,
            source.day or "not told",
            _n(source.records),
            *(DASH if n is None else str(n) for n in (source.duplicates, source.incomplete, source.added)),
            source.terms or "not told",
            source.file or DASH,
        ]
        for row in detail.rows
        for source in row.sources
    ]
    return table("Where was searched", head, rows, (0, 1, 2, 7, 8))


def _logs(detail: SearchesDetail) -> Table:
    head = ["Search", "Coded", "Still drafts", "No longer there", "Cannot be repeated", "Place"]
    rows = [
        [
            row.search,
            *(DASH if n is None else str(n) for n in (row.coded, row.drafts, row.gone)),
            "; ".join(row.lacks) or DASH,
            row.place or DASH,
        ]
        for row in detail.rows
    ]
    return table("What became of the drafts, and what is not told", head, rows, (0, 4, 5))
