"""Small helpers for drawing: elements, scales, ticks, markers, wrapped text. Layout only, no statistics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from markupsafe import Markup, escape

from forwhom.report.numbers import short

FONT = 12.0
"""Height of ordinary text in every picture, in units of its viewBox."""


BOLD = 13.4
"""Height to measure bold text with: as wide as ordinary text of this height."""


@dataclass(frozen=True, slots=True)
class Size:
    """One of the two widths every picture is drawn in: for a page, and for a phone."""

    width: float
    narrow: bool


WIDE = Size(700, False)
NARROW = Size(320, True)


def coordinate(value: float) -> str:
    """A coordinate with one decimal at most.

    >>> coordinate(12.0), coordinate(3.14159), coordinate(-0.01)
    ('12', '3.1', '0')
    """
    text = f"{value:.1f}"
    if text[-2:] == ".0":
        return "0" if text == "-0.0" else text[:-2]
    return text


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """An element; texts and attribute values are escaped. ``class_`` gives class, ``stroke_width`` stroke-width.

    >>> print(tag("text", "<b>", x=1.25, class_="n"))
    <text x="1.2" class="n">&lt;b&gt;</text>
    """
    parts = ["<", name]
    for key, value in attributes.items():
        if value is None:
            continue
        parts += (" ", _attribute(key), '="', coordinate(value) if isinstance(value, float) else _safe(value), '"')
    if not children and name != "text":
        parts.append("/>")
    else:
        parts.append(">")
        parts += map(_safe, children)
        parts += ("</", name, ">")
    return _markup(parts)


def group(*children: object, **attributes: object) -> Markup:
    """A <g> element."""
    return tag("g", *children, **attributes)


def _safe(value: object) -> str:
    """Text for HTML; escaping only what needs it, because a page is made of thousands of these."""
    if isinstance(value, Markup):
        return value
    text = value if isinstance(value, str) else str(value)
    return str(escape(text)) if _SPECIAL.search(text) else text


_SPECIAL = re.compile("[&<>\"']")


@cache
def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _markup(parts: Sequence[str]) -> Markup:
    return str.__new__(Markup, "".join(parts))


def svg(size: Size, height: float, describe: str, *children: object, **attributes: object) -> Markup:
    """A complete picture: scales with the page, and says in one sentence what it shows."""
    return tag(
        "svg",
        *children,
        class_=f"picture {'narrow' if size.narrow else 'wide'}",
        viewBox=f"0 0 {coordinate(size.width)} {coordinate(height)}",
        role="img",
        aria_label=describe,
        **attributes,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "rule") -> Markup:
    """A straight line."""
    return tag("path", d=f"M{coordinate(x1)} {coordinate(y1)}L{coordinate(x2)} {coordinate(y2)}", class_=class_)


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    """One line of text; `anchor` is start, middle or end."""
    return tag("text", words, x=float(x), y=float(y), class_=class_ or None, text_anchor=_anchor(anchor))


def _anchor(anchor: str) -> str | None:
    return None if anchor == "start" else anchor


def lines_of_text(x: float, y: float, lines: Sequence[str], class_: str = "", anchor: str = "start") -> Markup:
    """Several lines of text, the first at height y."""
    return Markup("").join(text(x, y + i * (FONT + 3), words, class_, anchor) for i, words in enumerate(lines))


def text_width(words: str, height: float = FONT) -> float:
    """Width of a text, on the wide side for the fonts in use, so that what fits here fits everywhere."""
    return _relative_width(words) * height


@lru_cache(maxsize=20_000)
def _relative_width(words: str) -> float:
    return sum(_WIDTHS.get(letter, 0.62 if letter.isupper() else 0.55) for letter in words)


_WIDTHS = (
    dict.fromkeys("ijlI.,:;'|!()[] \u202f\u00a0t", 0.33) | dict.fromkeys("mwMW%@—", 0.86) | dict.fromkeys("frs-", 0.42)
)


def wrapped(words: str, width: float, most: int = 4, height: float = FONT) -> list[str]:
    """The words in lines no wider than `width`; an ellipsis where more than `most` lines would be needed.

    Spaces that do not break are kept.

    >>> wrapped("Treatment as usual", 70)
    ['Treatment', 'as usual']
    """
    lines: list[str] = []
    for word in re.split(r"[ \t\r\n]+", words.strip()) if words.strip() else ():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, height) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    lines = [_clipped(part, width, height) for part in lines] or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], _clipped(f"{lines[most - 1]} {lines[most]}", width, height, force=True)]
    return lines


def _clipped(words: str, width: float, height: float, *, force: bool = False) -> str:
    if text_width(words, height) <= width and not force:
        return words
    while words and text_width(words + "…", height) > width:
        words = words[:-1]
    return words.rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Linear:
    """From data to drawing, in a straight line."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies on the page."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def linear(values: Iterable[float | None], start: float, end: float, *, pad: float = 0.04) -> Linear:
    """A scale that holds all values with a little room; works for none and for a single value."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high <= low:
        low, high = low - (abs(low) * 0.1 or 1), high + (abs(high) * 0.1 or 1)
    room = (high - low) * pad
    return Linear(low - room, high + room, start, end)


def with_room(scale: Linear, at: float, before: float, after: float) -> Linear:
    """The scale, stretched where needed so that `at` has so much room on the page before and after it.

    >>> s = with_room(Linear(-10, 1, 0, 100), 0, 0, 50)
    >>> s(0), s.high
    (50.0, 10.0)
    """
    width = scale.end - scale.start
    before, after = min(before, width / 2), min(after, width / 2)
    low, high = scale.low, scale.high
    if (at - low) < (high - low) * before / width:
        low = at - (high - at) * before / (width - before)
    if (high - at) < (high - low) * after / width:
        high = at + (at - low) * after / (width - after)
    return Linear(low, high, scale.start, scale.end)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between low and high, about as many as asked for.

    >>> ticks(0, 63, 4), ticks(-7.2, 1.1, 4)
    ([0.0, 20.0, 40.0, 60.0], [-5.0, 0.0])
    """
    raw = (high - low) / max(about, 1)
    if not raw > 0 or not math.isfinite(raw):
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def thinned(values: Sequence[float], scale: Linear, least: float) -> list[float]:
    """Those values whose labels do not touch: the last one is always kept.

    `least` is the smallest distance on the page between two of them.
    """
    kept: list[float] = []
    for value in sorted(set(values), reverse=True):
        if not kept or abs(scale(value) - scale(kept[-1])) >= least:
            kept.append(value)
    return kept[::-1]


SHAPES = 6


def marker(shape: int, x: float, y: float, r: float = 4.0) -> str:
    """Path of one of six marks, told apart by their outline alone."""
    points: dict[int, list[tuple[float, float]]] = {
        1: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2: [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
        3: [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
        4: [(0, 1.2), (1.15, -0.9), (-1.15, -0.9)],
        5: [(-0.5, -1.1), (0.5, -1.1), (1.1, 0), (0.5, 1.1), (-0.5, 1.1), (-1.1, 0)],
    }
    shape %= SHAPES
    if shape == 0:
        c, d = coordinate(r), coordinate(2 * r)
        return f"M{coordinate(x - r)} {coordinate(y)}a{c} {c} 0 1 0 {d} 0a{c} {c} 0 1 0 -{d} 0z"
    return path([(x + dx * r, y + dy * r) for dx, dy in points[shape]]) + "z"


def path(points: Iterable[tuple[float, float]]) -> str:
    """A line through the points."""
    return "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """The area between two lines."""
    return path([*upper, *reversed(lower)]) + "z"


def value_axis(scale: Linear, left: float, right: float, about: int = 5, *, percent: bool = False) -> Markup:
    """Horizontal rules with their numbers on the left, for a vertical scale."""
    parts = []
    for value in ticks(scale.low, scale.high, about):
        y = scale(value)
        parts.append(line(left, y, right, y, "rule"))
        label = f"{short(100 * value)} %" if percent else short(value)
        parts.append(text(left - 6, y + 4, label, "tick", "end"))
    return Markup("").join(parts)


def bare_rules(scale: Linear, across: Linear, about: int = 5) -> Markup:
    """The rules of a value axis without their numbers, for panels beside the first."""
    rules = "".join(
        path([(across.start, scale(v)), (across.end, scale(v))]) for v in ticks(scale.low, scale.high, about)
    )
    return tag("path", d=rules, class_="rule")


def foot_axis(scale: Linear, y: float, values: Sequence[float], *, percent: bool = False) -> Markup:
    """Small marks with their numbers below a line, for a horizontal scale."""
    parts = [line(scale.start, y, scale.end, y, "axis")]
    for value in values:
        x = scale(value)
        parts.append(line(x, y, x, y + 4, "axis"))
        label = f"{short(100 * value)} %" if percent else short(value)
        parts.append(text(x, y + 17, label, "tick", "middle"))
    return Markup("").join(parts)


def spread_apart(heights: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Heights of labels moved as little as needed so that neighbours keep their distance, order kept.

    >>> spread_apart([10, 12, 50], 14, 0, 100)
    [4.0, 18.0, 50.0]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    blocks: list[tuple[float, list[int]]] = []
    for i in order:
        blocks.append((heights[i], [i]))
        while len(blocks) > 1 and _bottom(blocks[-2], least) > _top(blocks[-1], least) - least:
            (_, first), (_, second) = blocks[-2:]
            members = first + second
            wanted = [heights[m] - least * k for k, m in enumerate(members)]
            middle = sum(wanted) / len(wanted) + least * (len(members) - 1) / 2
            blocks[-2:] = [(middle, members)]
    apart = [centre + least * (k - (len(members) - 1) / 2) for centre, members in blocks for k in range(len(members))]
    for k in range(len(apart)):
        apart[k] = max(apart[k], apart[k - 1] + least if k else low)
    for k in reversed(range(len(apart))):
        apart[k] = min(apart[k], apart[k + 1] - least if k + 1 < len(apart) else high)
    placed = dict(zip((member for _, members in blocks for member in members), apart, strict=True))
    return [float(placed[i]) for i in range(len(heights))]


def _top(block: tuple[float, list[int]], least: float) -> float:
    return block[0] - least * (len(block[1]) - 1) / 2


def _bottom(block: tuple[float, list[int]], least: float) -> float:
    return block[0] + least * (len(block[1]) - 1) / 2
