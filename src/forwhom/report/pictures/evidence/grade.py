"""The grid of theory by package with the treatments in their cells."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.findings.kinds import GradeDetail, GradedTreatment
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
from forwhom.report.svg import BOLD, FONT, Size, lines_of_text, svg, tag, text, wrapped

UNPLACED = "outside"
GAP = 3.0
LINE = FONT + 3
SPACE = 5.0
"""Between two names in a cell."""


def picture(detail: GradeDetail, names: Names) -> Picture:
    """Rows are theories, columns packages, best at the top left; a row and a column more for what nothing places."""
    levels = (*detail.levels, UNPLACED)
    cells: dict[tuple[str, str], list[GradedTreatment]] = {}
    for row in detail.rows:
        cells.setdefault((_level(row.theory, detail), _level(row.package, detail)), []).append(row)
    told = "; ".join(
        f"theory {_words(theory)}, package {_words(package)}: {', '.join(row.treatment for row in inside)}"
        for (theory, package), inside in cells.items()
    )
    describe = f"Where treatments stand in the grid of theory by package. {told}."

    def draw(size: Size) -> Markup:
        return _grid(levels, cells, describe, size)

    wide, narrow = in_both_sizes(draw)
    caption = (
        "Rows: how well the theory is supported (does the mechanism change, and carry the outcome). Columns: how well the "
        "treatment as a package is supported; three levels each, by stated rules. Dashed cells are outside the grid: nothing is coded that "
        "would place them, people were followed without a comparison, or trials are named and not coded. The table says which."
    )
    return Picture(describe, caption, wide, narrow, (_reasons(detail), _changes(detail)))


def _level(name: str, detail: GradeDetail) -> str:
    return name if name in detail.levels else UNPLACED


def _words(level: str) -> str:
    return level.replace("-", " ")


def _grid(
    levels: Sequence[str], cells: dict[tuple[str, str], list[GradedTreatment]], describe: str, size: Size
) -> Markup:
    """On a phone the nine cells, and below them in words what stands outside."""
    beside = 0.0 if size.narrow else 112.0
    shown = levels[:-1] if size.narrow else levels
    column = (size.width - beside) / len(shown)
    head = [wrapped(_words(level), column - 10) for level in shown]
    y = 2 * LINE + max(map(len, head)) * LINE
    parts = [text(beside, FONT, "Package", "paneltitle")]
    parts += [lines_of_text(beside + i * column + 5, 2 * LINE + 2, lines, "small") for i, lines in enumerate(head)]
    if not size.narrow:
        parts.append(text(0, FONT, "Theory", "paneltitle"))
    for theory in shown:
        if size.narrow:
            parts.append(text(0, y + LINE, f"Theory: {_words(theory)}", "small"))
            y += 1.5 * LINE
        inside = [[_name(row, column, size) for row in cells.get((theory, package), [])] for package in shown]
        height = max(2.2 * LINE, *(sum(map(len, names)) * LINE + len(names) * SPACE + 10 for names in inside))
        if not size.narrow:
            parts.append(lines_of_text(0, y + LINE, wrapped(_words(theory), beside - 12), "small"))
        for i, (package, names) in enumerate(zip(shown, inside, strict=True)):
            parts.append(
                _cell(beside + i * column, y, column - GAP, height, UNPLACED in (theory, package), bool(names))
            )
            line = y + LINE + 1
            for name in names:
                parts.append(lines_of_text(beside + i * column + 7, line, name, "strong"))
                line += len(name) * LINE + SPACE
        y += height + GAP
    if size.narrow:
        outside = [row for place, rows in cells.items() if UNPLACED in place for row in rows]
        for row in outside:
            lines = wrapped(
                f"{row.treatment}: theory {_words(row.theory)}; package {_words(row.package)}", size.width - 4, 5
            )
            parts.append(lines_of_text(0, y + LINE + 4, lines))
            y += len(lines) * LINE + 6
    return svg(size, y + 4, describe, *parts)


def _name(row: GradedTreatment, column: float, size: Size) -> list[str]:
    return wrapped(row.short or row.treatment if size.narrow else row.treatment, column - 14, height=BOLD)


def _cell(x: float, y: float, width: float, height: float, outside: bool, filled: bool) -> Markup:
    """Shaded when a treatment stands there, dashed outside the nine."""
    shape = {"x": x, "y": y, "width": width, "height": height, "rx": 2.0}
    fill = tag("rect", **shape, class_="region") if filled else Markup("")
    return Markup("").join((fill, tag("rect", **shape, fill="none", class_="limit" if outside else "axis")))


def _reasons(detail: GradeDetail) -> Table:
    rows = [
        [row.treatment, _words(row.package), row.package_why, _words(row.theory), row.theory_why, _dated(row)]
        for row in detail.rows
    ]
    head = ["Treatment", "Package", "Because", "Theory", "Because", "Newest study, coded"]
    return table("What places each treatment", head, rows, (0, 1, 2, 3, 4, 5))


def _dated(row: GradedTreatment) -> str:
    newest = DASH if row.newest is None else str(row.newest)
    return f"{newest}, {row.dated}" if row.dated else newest


def _changes(detail: GradeDetail) -> Table:
    rows = [
        [
            row.treatment,
            row.rise[0] or DASH,
            row.fall[0] or DASH,
            row.rise[1] or DASH,
            row.fall[1] or DASH,
            _told(row),
        ]
        for row in detail.rows
    ]
    head = [
        "Treatment",
        "Would lift the package",
        "Would lower the package",
        "Would lift the theory",
        "Would lower the theory",
        "Not counted: withdrawn, or named with nothing to read",
    ]
    return table("What would change it", head, rows, tuple(range(6)))


def _told(row: GradedTreatment) -> str:
    gone = (f"{name} (withdrawn)" for name in row.withdrawn)
    return ", ".join((*gone, *row.told)) or DASH
