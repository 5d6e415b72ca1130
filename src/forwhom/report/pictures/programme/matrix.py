"""A field of rows and columns with a mark in each square; columns under their names, or under letters with a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from forwhom.report.svg import BOLD, Size, group, line, lines_of_text, text, text_width, wrapped

LINE = 15.0
HIGH = 34.0
Drawn = Callable[[int, int, float, float, float], Markup]
"""From row, column, the middle of the square and the room in it to its mark."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and, where it belongs to some, the name of its group."""

    name: str
    group: str = ""


def matrix(rows: Sequence[Sequence[str]], columns: Sequence[Column], draw: Drawn, size: Size) -> tuple[Markup, float]:
    """The field and its height.

    rows : the lines of each row's name, the second and later ones quieter
    """
    left = min(size.width * 0.36, max(text_width(part, BOLD) for row in rows for part in row) + 12)
    step = (size.width - left) / len(columns)
    plain = step >= 58 and all(text_width(word) <= step - 6 for each in columns for word in each.name.split())
    spans = _spans(columns)
    # Where a group's name has no room above its columns, the key says to which group each belongs.
    above = all(text_width(name, BOLD) <= step * (b - a) - 2 for name, a, b in spans)
    key, top = (Markup(""), 0.0) if plain else _key(columns, size, not above)
    heads, foot = _heads(columns, spans if above else [], left, step, top, plain)
    parts = [key, heads]
    y = foot + 6
    for i, row in enumerate(rows):
        names = [part for one in row for part in wrapped(one, left - 10, 2)]
        first = len(wrapped(row[0], left - 10, 2))
        high = max(HIGH, LINE * len(names) + 8)
        parts.append(line(0, y, size.width, y, "rule"))
        start = y + high / 2 - LINE * (len(names) - 1) / 2 + 4
        parts.append(lines_of_text(0, start, names[:first], "label"))
        parts.append(lines_of_text(0, start + LINE * first, names[first:], "quiet"))
        parts += [
            draw(i, j, left + step * (j + 0.5), y + high / 2, min(step, HIGH) / 2 - 3) for j in range(len(columns))
        ]
        y += high
    parts.append(line(0, y, size.width, y, "rule"))
    return group(*parts), y + 4


def _spans(columns: Sequence[Column]) -> list[tuple[str, int, int]]:
    """Groups with their first column and the one after their last."""
    spans: list[tuple[str, int, int]] = []
    for j, each in enumerate(columns):
        if spans and spans[-1][0] == each.group:
            spans[-1] = (each.group, spans[-1][1], j + 1)
        else:
            spans.append((each.group, j, j + 1))
    return [span for span in spans if span[0]]


def _heads(
    columns: Sequence[Column], spans: list[tuple[str, int, int]], left: float, step: float, top: float, plain: bool
) -> tuple[Markup, float]:
    """Groups, then names or letters; and where they end."""
    parts, y = [], top
    for name, a, b in spans:
        parts.append(text(left + step * (a + b) / 2, y + 12, name, "strong", "middle"))
        parts.append(line(left + step * a + 3, y + 17, left + step * b - 3, y + 17, "axis"))
    y += 20 if spans else 0
    deepest = 1
    for j, each in enumerate(columns):
        words = wrapped(each.name, step - 6, 3) if plain else [_letter(j)]
        deepest = max(deepest, len(words))
        parts.append(lines_of_text(left + step * (j + 0.5), y + 13, words, "tick", "middle"))
    return group(*parts), y + LINE * deepest + 2


def _key(columns: Sequence[Column], size: Size, grouped: bool) -> tuple[Markup, float]:
    """What each letter stands for, in as many columns as there is room for."""
    names = [f"{each.group}: {each.name.lower()}" if grouped and each.group else each.name for each in columns]
    told = [f"{_letter(j)}  {name}" for j, name in enumerate(names)]
    across = max(1, int(size.width / (max(text_width(each) for each in told) + 14)))
    wide = size.width / across
    parts = [text(wide * (j % across), 12 + LINE * (j // across), each, "quiet") for j, each in enumerate(told)]
    return group(*parts), LINE * ((len(told) + across - 1) // across) + 10


def _letter(j: int) -> str:
    """a, b … z, aa, ab …"""
    return (_letter(j // 26 - 1) if j >= 26 else "") + "abcdefghijklmnopqrstuvwxyz"[j % 26]
