"""A map drawn: a row per place and treatment, a column per direction, a mark per independent sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.findings.kinds import EvidenceMap, MapMark, MapRow
from forwhom.report.svg import FONT, Size, line, lines_of_text, marker, svg, tag, text, text_width, wrapped

LINE = FONT + 3
SHAPES = {"all": 0, "responders": 2, "non-responders": 1, "more-improved": 3, "less-improved": 4}
OTHER = 5
GROUPS = {
    "all": "all patients", "responders": "responders", "non-responders": "non-responders", "more-improved": "more improved",
    "less-improved": "less improved",
}  # fmt: skip
EXTRA = (("mixed", "differs"), ("not stated", "not stated"))


def letters(n: int) -> list[str]:
    """Short names of samples: A to Z, then AA …

    >>> letters(28)[-3:]
    ['Z', 'AA', 'AB']
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [(alphabet[i // 26 - 1] if i >= 26 else "") + alphabet[i % 26] for i in range(n)]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the columns lie."""

    size: Size
    columns: tuple[tuple[str, str], ...]
    label: float
    width: float

    def x(self, column: int) -> float:
        """Left edge of a column."""
        return self.label + column * self.width


def draw(shown: EvidenceMap, size: Size, describe: str, *, tasks: bool) -> Markup:
    """The whole map; `tasks` : whether marks are labelled by task."""
    used = {mark.direction for row in shown.rows for mark in row.marks}
    columns = (*shown.directions, *(each for each in EXTRA if each[0] in used))
    label = 0.0 if size.narrow else 190.0
    frame = Frame(size, columns, label, (size.width - label) / len(columns))
    names = dict(zip((each.sample for each in shown.samples), letters(len(shown.samples)), strict=True))
    parts, y = [_head(frame)], LINE + 10.0
    group = ""
    for place in _places(shown.rows):
        if place[0].group != group:
            group = place[0].group
            parts += [line(0, y, size.width, y, "axis"), text(0, y + LINE, group, "strong")]
            y += LINE + 6
        for row in place:
            drawn, y = _row(row, frame, y, names, tasks=tasks)
            parts.append(drawn)
    parts.append(line(0, y, size.width, y, "axis"))
    drawn, y = _key(shown, frame, y + 8, names)
    return svg(size, y + 4, describe, *parts, drawn)


def _places(rows: Sequence[MapRow]) -> list[list[MapRow]]:
    """Rows of one place, treatment and outcome together: their groups of people share one row of marks."""
    found: dict[tuple[str, str, str], list[MapRow]] = {}
    for row in rows:
        found.setdefault((row.modality, row.group, row.place), []).append(row)
    return list(found.values())


def _head(frame: Frame) -> Markup:
    return Markup("").join(
        text(frame.x(i) + 2, LINE, words[:1].upper() + words[1:], "strong")
        for i, (_, words) in enumerate(frame.columns)
    )


def _row(row: MapRow, frame: Frame, top: float, names: dict[str, str], *, tasks: bool) -> tuple[Markup, float]:
    """One place, treatment and group of people; its height is that of its fullest column."""
    about = f"{row.treatment}, {row.reported} of {row.measured}"
    who = GROUPS.get(row.scope_id, row.scope.lower())
    what = f"{who}: {row.outcome}" if row.outcome else who
    width = frame.size.width if frame.size.narrow else frame.label - 10
    title = wrapped(row.place, width, 3)
    under = wrapped(f"{what} · {about}", width, 3, 11.5)
    parts = [lines_of_text(0, top + LINE, title), lines_of_text(0, top + LINE * (1 + len(title)), under, "small")]
    height = (len(title) + len(under)) * LINE
    begin = top + height if frame.size.narrow else top
    deepest = begin if frame.size.narrow else top + height
    for i, (direction, _) in enumerate(frame.columns):
        y = begin
        for mark in (each for each in row.marks if each.direction == direction):
            drawn, y = _mark(mark, row, frame, (frame.x(i), y), names, tasks=tasks)
            parts.append(drawn)
        deepest = max(deepest, y)
    return Markup("").join([*parts, line(0, deepest + 5, frame.size.width, deepest + 5)]), deepest + 5


def _mark(
    mark: MapMark, row: MapRow, frame: Frame, at: tuple[float, float], names: dict[str, str], *, tasks: bool
) -> tuple[Markup, float]:
    x, y = at
    shape = SHAPES.get(row.scope_id, OTHER)
    words = [names[mark.sample]]
    if tasks:
        words += [task.split(" of ")[0].split(",")[0] for task in mark.tasks]
    side = {"left": "left", "right": "right", "bilateral": "both sides", "midline": "midline"}
    words += [side[each] for each in mark.sides if each in side]
    if mark.direction == "mixed":
        words.append(f"by {' or '.join(mark.differs)}" if mark.differs else "no reason stated")
    if mark.otherwise:
        words.append("stated otherwise too")
    said = words[0] + (f" {', '.join(words[1:])}" if words[1:] else "")
    lines = wrapped(said, frame.width - 20, 6, 11.5)
    drawn = [
        tag("path", d=marker(shape, x + 8, y + LINE - 4, 4.2), class_="there" if mark.controlled else "openmark"),
        lines_of_text(x + 17, y + LINE, lines, "small"),
    ]
    return Markup("").join(drawn), y + LINE * len(lines)


def _key(shown: EvidenceMap, frame: Frame, top: float, names: dict[str, str]) -> tuple[Markup, float]:
    """Shapes, fillings and letters in words."""
    size = frame.size
    used = dict.fromkeys(row.scope_id for row in shown.rows)
    entries: list[tuple[int, str, str]] = [
        (SHAPES.get(each, OTHER), "openmark", GROUPS.get(each, "another group")) for each in used
    ]
    if any(mark.controlled for row in shown.rows for mark in row.marks):
        entries.append((0, "there", "filled: compared with other patients"))
    parts, x, y = [], 0.0, top + LINE
    for shape, class_, words in entries:
        width = text_width(words) + 26
        if x and x + width > size.width:
            x, y = 0.0, y + LINE + 2
        parts += [tag("path", d=marker(shape, x + 6, y - 4, 4.2), class_=class_), text(x + 15, y, words, "small")]
        x += width
    y += 6
    for each in shown.samples:
        n = "n not stated" if each.n is None else f"n {each.n}"
        words = f"{names[each.sample]}: {', '.join(each.studies)} ({n})"
        lines = wrapped(words, size.width, 4, 11.5)
        parts.append(lines_of_text(0, y + LINE, lines, "small"))
        y += LINE * len(lines)
    return Markup("").join(parts), y
