"""A grid as a paper tells it: yes is a filled cell with the letter of its place, not said is a dot, words stand in the cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from forwhom.findings.kinds import GridCell, GridDetail
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.pictures.evidence.dots import letters
from forwhom.report.svg import (
    FONT,
    Size,
    coordinate,
    line,
    lines_of_text,
    marker,
    path,
    svg,
    tag,
    text,
    text_width,
    wrapped,
)

LINE = FONT + 3
HEAD = 11.5
GAP = 3.0
Cells = Mapping[tuple[int, int], GridCell]


def picture(detail: GridDetail, names: Names) -> Picture:
    """Marks where every cell is a yes or no; else the words in their cells."""
    cells = {(cell.row, cell.column): cell for cell in detail.cells}
    describe = _sentence(detail)
    signs = all(cell.sign for cell in detail.cells)
    draw = _marks if signs else _words
    wide, narrow = in_both_sizes(lambda size: draw(detail, cells, size, describe))
    caption = (
        "Filled: said to be so. Crossed: said not to be so. A dot: not said, which is not the same as no. "
        "The letter names the place, listed below the drawing."
        if signs
        else "What is said in each cell; an empty cell is not said. The table has the places."
    )
    return Picture(describe, caption, wide, narrow, (_cells(detail),), detail.note)


def _sentence(detail: GridDetail) -> str:
    told = "; ".join(
        f"{words}: {', '.join(_said(cell, detail) for cell in detail.cells if cell.row == i) or 'not said'}"
        for i, words in enumerate(detail.rows)
    )
    whole = len(detail.cells) == len(detail.rows) * len(detail.columns)
    return f"{detail.title}. {told}.{'' if whole else ' Every other pair: not said.'}"


def _said(cell: GridCell, detail: GridDetail) -> str:
    label = detail.columns[cell.column][0]
    return label if cell.sign == "yes" else f"{label} {cell.value}"


def _marks(detail: GridDetail, cells: Cells, size: Size, describe: str) -> Markup:
    left = 132.0 if size.narrow else 230.0
    step = min((size.width - left) / max(len(detail.columns), 1), 52.0)
    heads = [_clip(short) for _, short in detail.columns]
    top = max((text_width(each, HEAD) for each in heads), default=0) + 8
    parts = [_upright(left + (i + 0.5) * step, top - 4, words) for i, words in enumerate(heads)]
    named = letters(len(detail.places))
    y = top
    parts.append(line(0, y, size.width, y, "axis"))
    for i, words in enumerate(detail.rows):
        lines = wrapped(words, left - 6, 3, HEAD)
        height = max(LINE * len(lines), 17.0) + 4
        parts.append(lines_of_text(0, y + LINE - 1, lines, "small"))
        flat = min(height, 19.0)
        parts += [_mark(cells.get((i, k)), named, (left + k * step, y), (step, flat)) for k in range(len(heads))]
        y += height
        parts.append(line(0, y - 1, size.width, y - 1))
    key, y = _key(detail, named, size, y + 8)
    return svg(size, y + 4, describe, *parts, key)


def _clip(words: str) -> str:
    return wrapped(words, 190.0, 1, HEAD)[0] if text_width(words, HEAD) > 190.0 else words


def _upright(x: float, y: float, words: str) -> Markup:
    at = f"rotate(-90 {coordinate(x + 4)} {coordinate(y)})"
    return tag("text", words, x=float(x + 4), y=float(y), class_="small", transform=at)


def _mark(
    cell: GridCell | None, named: Sequence[str], at: tuple[float, float], wide_high: tuple[float, float]
) -> Markup:
    (x, y), (width, height) = (at[0] + 0.8, at[1] + 1), (wide_high[0] - 1.6, wide_high[1] - 3)
    if cell is None:
        return tag("path", d=marker(0, x + width / 2, y + height / 2, 1.1), class_="head")
    frame = path([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]) + "z"
    letter = "" if cell.place is None else named[cell.place]
    said = text(
        x + width / 2, y + height / 2 + 4, letter, "small onink" if cell.sign == "yes" else "small haloed", "middle"
    )
    if cell.sign == "yes":
        return tag("path", d=frame, class_="there") + said
    cross = path([(x, y), (x + width, y + height)]) + path([(x, y + height), (x + width, y)])
    return tag("path", d=frame, class_="square") + tag("path", d=cross, class_="gone") + said


def _key(detail: GridDetail, named: Sequence[str], size: Size, y: float) -> tuple[Markup, float]:
    """What the letters mean."""
    parts = []
    for letter, place in zip(named, detail.places, strict=True):
        lines = wrapped(f"{letter}: {place}", size.width - 4, 3, HEAD)
        parts.append(lines_of_text(0, y + LINE, lines, "small"))
        y += LINE * len(lines) + 2
    return Markup("").join(parts), y


def _words(detail: GridDetail, cells: Cells, size: Size, describe: str) -> Markup:
    """Words in cells; on a phone the name of a row stands above it."""
    beside = 0.0 if size.narrow else 124.0
    column = (size.width - beside) / max(len(detail.columns), 1)
    heads = [wrapped(label, column - 10, 3, HEAD) for label, _ in detail.columns]
    y = LINE * max(map(len, heads), default=1) + 6
    parts = [lines_of_text(beside + i * column + 5, LINE, lines, "small") for i, lines in enumerate(heads)]
    for i, words in enumerate(detail.rows):
        if size.narrow:
            parts.append(text(0, y + LINE, words, "small"))
            y += 1.5 * LINE
        else:
            parts.append(lines_of_text(0, y + LINE, wrapped(words, beside - 12, 4, HEAD), "small"))
        inside = [
            wrapped(cells[i, k].value, column - 14, 8, HEAD) if (i, k) in cells else []
            for k in range(len(detail.columns))
        ]
        height = max(2.2 * LINE, *(len(lines) * LINE + 8 for lines in inside))
        for k, lines in enumerate(inside):
            x = beside + k * column
            shape = {"x": x, "y": y, "width": column - GAP, "height": height, "rx": 2.0, "fill": "none"}
            parts.append(tag("rect", **shape, class_="axis" if lines else "limit"))
            parts.append(lines_of_text(x + 7, y + LINE, lines, "small"))
        y += height + GAP
    return svg(size, y + 4, describe, *parts)


def _cells(detail: GridDetail) -> Table:
    rows = [
        [
            detail.rows[cell.row],
            detail.columns[cell.column][0],
            cell.value,
            cell.note or DASH,
            ", ".join(cell.studies) or DASH,
            DASH if cell.place is None else detail.places[cell.place],
        ]
        for cell in detail.cells
    ]
    head = ["Row", "Column", "What is said", "Note", "Studies", "Place"]
    return table("What is said, each with its place", head, rows, (0, 1, 2, 3, 4, 5))
