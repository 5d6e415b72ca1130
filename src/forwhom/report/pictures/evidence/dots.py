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
EXTRA = (("concluded", "concluded"), ("mixed", "differs"), ("not stated", "not stated"))


def letters(n: int) -> list[str]:
    """Short names of samples: A to Z, then AA …

    >>> letters(28)[-3:]
    ['Z', 'AA', 'AB']
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [(alphabet[i // 26 - 1] if i >= 26 else "") + alphabet[i % 26] for i in range(n)]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where marks lie: in a column per direction on a page, in a line per direction on a phone."""

    size: Size
    columns: tuple[tuple[str, str], ...]
    names: dict[str, str]
    tasks: bool

    @property
    def label(self) -> float:
        """Width of the names of places, or of the words for directions."""
        return 98.0 if self.size.narrow else 190.0

    def x(self, column: int) -> float:
        """Left edge of the marks of a direction."""
        return self.label if self.size.narrow else self.label + column * self.width

    @property
    def width(self) -> float:
        """Room for a mark and its words."""
        room = self.size.width - self.label
        return room if self.size.narrow else room / len(self.columns)


@dataclass(frozen=True, slots=True)
class Dot:
    """A sample in one place, direction and group of people, whatever symptom the group is formed by."""

    sample: str
    scope: str
    controlled: bool
    words: tuple[str, ...]


TALLEST = 680.0
"""Of one drawing for a page: printed it keeps a readable size. A longer map goes on in a drawing of its own."""


def draw(shown: EvidenceMap, size: Size, describe: str, *, tasks: bool) -> Markup:
    """The whole map, in as many drawings as pages need; `tasks` : whether marks are labelled by task."""
    used = {mark.direction for row in shown.rows for mark in row.marks}
    columns = (*shown.directions, *(each for each in EXTRA if each[0] in used))
    names = dict(zip((each.sample for each in shown.samples), letters(len(shown.samples)), strict=True))
    frame = Frame(size, columns, names, tasks)
    begin = 4.0 if size.narrow else LINE + 10.0
    sheets: list[list[tuple[str, list[list[MapRow]]]]] = [[]]
    y = begin
    for title, places in _groups(shown.rows):
        height = _group(title, places, frame, 0.0)[1]
        if not size.narrow and y + height > TALLEST and sheets[-1]:
            sheets.append([])
            y = begin
        sheets[-1].append((title, places))
        y += height
    drawings = []
    for i, sheet in enumerate(sheets):
        parts, y = ([], begin) if size.narrow else ([_head(frame)], begin)
        for title, places in sheet:
            drawn, y = _group(title, places, frame, y)
            parts.append(drawn)
        parts.append(line(0, y, size.width, y, "axis"))
        if i == len(sheets) - 1:
            drawn, y = _key(shown, frame, y + 8)
            parts.append(drawn)
        says = describe if i == 0 else f"The map goes on: {', '.join(title for title, _ in sheet)}."
        drawings.append(svg(size, y + 4, says, *parts))
    return Markup("").join(drawings)


def _groups(rows: Sequence[MapRow]) -> list[tuple[str, list[list[MapRow]]]]:
    """Lobes, systems or kinds of marker with their places; of each modality by itself where there are several."""
    several = len({row.modality for row in rows}) > 1
    found: dict[str, list[list[MapRow]]] = {}
    for place in _places(rows):
        first = place[0]
        title = f"{first.group}, {_small(first.modality)}" if several and first.modality else first.group
        found.setdefault(title, []).append(place)
    return list(found.items())


def _group(title: str, places: Sequence[Sequence[MapRow]], frame: Frame, y: float) -> tuple[Markup, float]:
    lines = wrapped(title, frame.size.width, 2)
    parts = [line(0, y, frame.size.width, y, "axis"), lines_of_text(0, y + LINE, lines, "strong")]
    y += LINE * len(lines) + 6
    for rows in places:
        drawn, y = _row(rows, frame, y)
        parts.append(drawn)
    return Markup("").join(parts), y


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _places(rows: Sequence[MapRow]) -> list[list[MapRow]]:
    """Rows of one place and treatment together: their groups of people share a row."""
    found: dict[tuple[str, ...], list[MapRow]] = {}
    for row in rows:
        about = row.outcome if row.scope_id == "all" else ""
        found.setdefault((row.modality, row.group, row.place, row.treatment, about), []).append(row)
    return list(found.values())


def _head(frame: Frame) -> Markup:
    return Markup("").join(
        text(frame.x(i) + 2, LINE, words[:1].upper() + words[1:], "strong")
        for i, (_, words) in enumerate(frame.columns)
    )


def _row(rows: Sequence[MapRow], frame: Frame, top: float) -> tuple[Markup, float]:
    """One place under one treatment; its height is that of its fullest column, on a phone of all of them."""
    first, narrow = rows[0], frame.size.narrow
    outcomes = list(dict.fromkeys(row.outcome for row in rows))
    what = [outcomes[0]] if len(outcomes) == 1 and first.outcome else []
    about = " · ".join([*what, f"{first.short}, {first.reported} of {first.measured}"])
    width = frame.size.width if narrow else frame.label - 10
    title, under = wrapped(first.place, width, 3), wrapped(about, width, 3, 11.5)
    parts = [lines_of_text(0, top + LINE, title), lines_of_text(0, top + LINE * (1 + len(title)), under, "small")]
    below = top + (len(title) + len(under)) * LINE
    deepest = y = below
    for i, (direction, words) in enumerate(frame.columns):
        dots = _dots(rows, direction, frame, outcomes)
        if not narrow:
            y = top
        elif dots:
            parts.append(text(8, y + LINE, words[:1].upper() + words[1:], "small"))
        for dot in dots:
            drawn, y = _mark(dot, frame, frame.x(i), y)
            parts.append(drawn)
        deepest = max(deepest, y)
    return Markup("").join([*parts, line(0, deepest + 5, frame.size.width, deepest + 5)]), deepest + 5


def _dots(rows: Sequence[MapRow], direction: str, frame: Frame, outcomes: Sequence[str]) -> list[Dot]:
    """A dot per sample, group of people and comparison; what the group is formed by, tasks and sides are its words."""
    found: dict[tuple[str, str, str], list[tuple[str, MapMark]]] = {}
    for row in rows:
        for mark in row.marks:
            if mark.direction == direction:
                told = row.outcome if len(outcomes) > 1 else ""
                found.setdefault((mark.sample, row.scope_id, row.contrast), []).append((told, mark))
    return [
        Dot(sample, scope, any(mark.controlled for _, mark in each), _words(each, frame, contrast))
        for (sample, scope, contrast), each in found.items()
    ]


def _words(marks: Sequence[tuple[str, MapMark]], frame: Frame, contrast: str) -> tuple[str, ...]:
    words = [_small(outcome) for outcome, _ in marks if outcome]
    words += [contrast] if contrast else []
    words += [mark.says.partition(" (")[0] for _, mark in marks if mark.says]
    words += [task for _, mark in marks for task in mark.tasks if frame.tasks]
    words += [side for _, mark in marks for side in mark.sides]
    for _, mark in marks:
        if mark.direction == "mixed":
            words.append(f"by {' or '.join(mark.differs)}" if mark.differs else "no reason stated")
        if mark.otherwise:
            words.append("stated otherwise too")
    return tuple(dict.fromkeys(words))


def _mark(dot: Dot, frame: Frame, x: float, y: float) -> tuple[Markup, float]:
    """A dot with the letter of its sample and its words."""
    lines = wrapped(f"{frame.names[dot.sample]} {', '.join(dot.words)}", frame.width - 20, 8, 11.5)
    shape = marker(SHAPES.get(dot.scope, OTHER), x + 8, y + LINE - 4, 4.2)
    drawn = tag("path", d=shape, class_="there" if dot.controlled else "openmark")
    return drawn + lines_of_text(x + 17, y + LINE, lines, "small"), y + LINE * len(lines)


def _key(shown: EvidenceMap, frame: Frame, top: float) -> tuple[Markup, float]:
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
        n = "n not stated" if each.n is None else f"n {'at least ' if each.at_least else ''}{each.n}"
        may_be = [frame.names.get(other, other) for other in each.may_be]
        one = f"; may be one sample with {', '.join(may_be)}" if may_be else ""
        by = f"; {', '.join(each.devices)}" if each.devices else ""
        words = f"{frame.names[each.sample]}: {', '.join(each.studies)} ({n}{by}{one})"
        lines = wrapped(words, size.width, 4, 11.5)
        parts.append(lines_of_text(0, y + LINE, lines, "small"))
        y += LINE * len(lines)
    return Markup("").join(parts), y
