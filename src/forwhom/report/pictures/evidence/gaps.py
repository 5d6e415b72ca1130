"""The gap map: treatments by outcomes, each cell by its best design and the number of samples; an empty cell is a dot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from forwhom.findings.kinds import EvidenceGapsDetail, GapCell
from forwhom.report.numbers import DASH
from forwhom.report.picture import Names, Picture, Table, in_both_sizes, table
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


def picture(detail: EvidenceGapsDetail, names: Names) -> Picture:
    """The disorder with most evidence by outcome, then every disorder with all outcomes together."""
    describe = _sentence(detail)
    wide, narrow = in_both_sizes(lambda size: _draw(detail, size, describe))
    caption = (
        "Each cell by the best design behind it; the number is that of independent samples of that design. A question mark: a study that "
        "compares groups is in the ledger, and its results are not coded. A dot: nothing. "
        "Change of the brain and of markers stands below the outcomes."
    )
    return Picture(describe, caption, wide, narrow, _tables(detail))


def _draw(detail: EvidenceGapsDetail, size: Size, describe: str) -> Markup:
    left = 108.0 if size.narrow else 190.0
    step = (size.width - left) / max(len(detail.treatments), 1)
    step = min(step, 40.0)
    heads = [_clip(label, 200.0) for _, label in detail.short]
    top = max((text_width(each, HEAD) for each in heads), default=0) + 8
    parts = [_upright(left + (i + 0.5) * step, top - 4, words) for i, words in enumerate(heads)]
    main, label = detail.disorders[0]
    cells = {(cell.treatment, cell.outcome): cell for cell in detail.cells if cell.disorder == main}
    rows = [(words, {t: cells.get((t, key)) for t, _ in detail.treatments}) for key, words in detail.outcomes]
    drawn, y = _section(label, rows, detail, (left, top, step), size)
    parts.append(drawn)
    over = {(cell.disorder, cell.treatment): cell for cell in detail.over}
    rest = [(words, {t: over.get((key, t)) for t, _ in detail.treatments}) for key, words in detail.disorders]
    drawn, y = _section("All outcomes together", rest, detail, (left, y + 6, step), size)
    key, y = _key(detail, size, y + 6)
    return svg(size, y + 4, describe, *parts, drawn, key)


def _clip(words: str, width: float) -> str:
    return wrapped(words, width, 1, HEAD)[0] if text_width(words, HEAD) > width else words


def _upright(x: float, y: float, words: str) -> Markup:
    """A head that reads from below to above."""
    at = f"rotate(-90 {coordinate(x + 4)} {coordinate(y)})"
    return tag("text", words, x=float(x + 4), y=float(y), class_="small", transform=at)


def _section(
    title: str,
    rows: Sequence[tuple[str, Mapping[str, GapCell | None]]],
    detail: EvidenceGapsDetail,
    place: tuple[float, float, float],
    size: Size,
) -> tuple[Markup, float]:
    left, y, step = place
    parts = [line(0, y, size.width, y, "axis"), lines_of_text(0, y + LINE, wrapped(title, left - 6, 3), "strong")]
    y += LINE * len(wrapped(title, left - 6, 3)) + 6
    for words, cells in rows:
        lines = wrapped(words, left - 6, 3, HEAD)
        height = max(LINE * len(lines), 17.0) + 4
        parts.append(lines_of_text(0, y + LINE - 1, lines, "small"))
        for i, (treatment, _) in enumerate(detail.treatments):
            parts.append(_cell(cells.get(treatment), left + i * step, y, step, min(height, 19.0)))
        y += height
        parts.append(line(0, y - 1, size.width, y - 1))
    return Markup("").join(parts), y


def _cell(cell: GapCell | None, x: float, y: float, width: float, height: float) -> Markup:
    x, y, width, height = x + 0.8, y + 1, width - 1.6, height - 3
    if cell is None:
        return tag("path", d=marker(0, x + width / 2, y + height / 2, 1.1), class_="head")
    n = str(dict(cell.samples).get(cell.level, 0))
    if cell.level == "uncoded":
        return text(x + width / 2, y + height / 2 + 4, "?", "small", "middle")
    return _box(cell.level, x, y, width, height) + text(
        x + width / 2,
        y + height / 2 + 4,
        n,
        "small onink" if cell.level == "randomised" else "small strongtick haloed",
        "middle",
    )


def _box(level: str, x: float, y: float, width: float, height: float) -> Markup:
    """Four fillings that are told apart without colour: full, striped, empty with a frame, a broken frame."""
    frame = path([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]) + "z"
    if level == "randomised":
        return tag("path", d=frame, class_="there")
    if level == "comparison":
        across = width + height
        stripes = [
            path([(x + max(0.0, k - height), y + min(k, height)), (x + min(k, width), y + max(0.0, k - width))])
            for k in (5.0 * i for i in range(1, int(across / 5) + 1))
        ]
        return tag("path", d=frame, class_="square") + tag("path", d="".join(stripes), class_="gone")
    return tag("path", d=frame, class_="square" if level == "change" else "limit")


def _key(detail: EvidenceGapsDetail, size: Size, y: float) -> tuple[Markup, float]:
    parts = []
    for level, words in detail.levels:
        if level == "nothing":
            parts.append(tag("path", d=marker(0, 9, y + 9, 1.1), class_="head"))
        elif level == "uncoded":
            parts.append(text(9, y + 13, "?", "small", "middle"))
        else:
            parts.append(_box(level, 0.8, y + 2, 17, 13))
        lines = wrapped(words, size.width - 26, 2, HEAD)
        parts.append(lines_of_text(24, y + 13, lines, "small"))
        y += LINE * len(lines) + 4
    return Markup("").join(parts), y


def _sentence(detail: EvidenceGapsDetail) -> str:
    levels, outcomes, treatments = dict(detail.levels), dict(detail.outcomes), dict(detail.treatments)
    main, label = detail.disorders[0]
    told = [
        f"{treatments[cell.treatment]}, {outcomes[cell.outcome]}: {levels[cell.level]}, {dict(cell.samples)[cell.level]}"
        for cell in detail.cells
        if cell.disorder == main and cell.level != "uncoded"
    ]
    return f"Best design of each treatment and outcome, {label}. {'; '.join(told)}.{_open(detail, main)} Every other pair: nothing."


def _open(detail: EvidenceGapsDetail, disorder: str) -> str:
    """Treatments with studies whose results are not coded, in words."""
    label = dict(detail.treatments)
    found = [cell for cell in detail.over if cell.disorder == disorder and dict(cell.samples).get("uncoded")]
    open_ = {cell.treatment for cell in detail.cells if cell.disorder == disorder and cell.level == "uncoded"}
    names = [label[each] for each in dict.fromkeys((*sorted(open_), *(cell.treatment for cell in found)))]
    return f" With results that are not coded: {', '.join(names)}." if names else ""


def _tables(detail: EvidenceGapsDetail) -> tuple[Table, ...]:
    levels, outcomes, treatments, disorders = (
        dict(each) for each in (detail.levels, detail.outcomes, detail.treatments, detail.disorders)
    )
    head = ["Disorder", "Treatment", "Outcome", "Best design", "Samples by design", "People", "Studies"]
    rows = [
        [
            disorders[cell.disorder],
            treatments[cell.treatment],
            outcomes[cell.outcome],
            levels[cell.level],
            "; ".join(f"{levels[level]}: {n}" for level, n in cell.samples),
            _people(cell),
            ", ".join(cell.studies),
        ]
        for cell in detail.cells
    ]
    found = [table("What there is", head, rows, (0, 1, 2, 3, 4, 6))]
    if detail.never:
        never = [[each] for each in detail.never]
        found.append(table("Outcomes on which nothing is coded", ["Outcome"], never))
    return tuple(found)


def _people(cell: GapCell) -> str:
    if cell.people is None:
        return DASH
    least = "at least " if cell.at_least else ""
    return least + (f"{cell.people}, {cell.unknown} without a number" if cell.unknown else str(cell.people))
