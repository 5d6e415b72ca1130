"""Arms named above a drawing, each with its colour, dash and mark: where there is no room beside it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from forwhom.report.svg import BOLD, Size, group, line, marker, tag, text, wrapped


def legend(arms: Sequence[tuple[int, str]], size: Size) -> tuple[Markup, float]:
    """One line per arm (place, label), and the height they take."""
    parts, y = [], 12.0
    for place, label in arms:
        parts.append(
            group(
                line(0, y - 4, 22, y - 4, "curve"),
                tag("path", d=marker(place, 11, y - 4, 3.6), class_="mark"),
                text(29, y, wrapped(label, size.width - 32, 1, BOLD)[0], "label armtext"),
                class_=f"c{place % 6}",
            )
        )
        y += 17
    return group(*parts), y
