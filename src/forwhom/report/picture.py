"""What a picture is made of: two drawings, one sentence, its tables, and the persons a reader can pick out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from forwhom.report.svg import NARROW, WIDE, Size

LONGEST_PRINTED = 20
"""Rows; longer tables stay in the file and are only mentioned in print."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts. The first column names the row; `numeric` says which columns are set flush right.

    stacked : of sentences, so that on a phone a row is set as lines below each other instead of being scrolled
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    stacked: bool = False

    @property
    def long(self) -> bool:
        """True when printing it would take pages."""
        return len(self.rows) > LONGEST_PRINTED


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    text_columns: Sequence[int] = (0,),
    *,
    stacked: bool = False,
) -> Table:
    """A table whose columns hold numbers, but for `text_columns`."""
    width = len(head)
    for row in rows:
        if len(row) != width:
            raise ValueError(f"{caption}: a row has {len(row)} cells, the head {width}")
    numeric = tuple(column not in text_columns for column in range(width))
    return Table(caption, tuple(head), tuple(tuple(row) for row in rows), numeric, stacked)


@dataclass(frozen=True, slots=True)
class People:
    """Persons whose lines or points can be picked out, and where they lie in each drawing.

    places : per drawing, the people's points in its units, flat: x, y, x, y
    says : per person what is read out when picked
    """

    noun: str
    ids: tuple[str, ...]
    says: tuple[str, ...]
    wide: tuple[tuple[float, ...], ...]
    narrow: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report.

    describe : one sentence for those who do not see the drawing
    caption : how to read it
    note : what the drawing leaves to the table
    """

    describe: str
    caption: str
    wide: Markup
    narrow: Markup
    tables: tuple[Table, ...]
    note: str = ""
    people: People | None = None


def in_both_sizes(draw: Callable[[Size], Markup]) -> tuple[Markup, Markup]:
    """The drawing for a page and the one for a phone."""
    return draw(WIDE), draw(NARROW)


@dataclass(frozen=True, slots=True)
class Names:
    """What arms and scales are called, and the place (colour, mark, dash) of each arm."""

    arms: dict[str, str] = field(default_factory=dict)
    scales: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def arm(self, name: str | None) -> str:
        """An arm's label; people without an arm are everyone."""
        return "Everyone" if not name else self.arms.get(name, name)

    def place(self, name: str | None) -> int:
        """An arm's place in the study's order, by its name or its label; a sole arm looks like the second."""
        if not name or len(self.arms) == 1:
            return 1
        if name in self.arms:
            return list(self.arms).index(name)
        labels = list(self.arms.values())
        return labels.index(name) if name in labels else 0

    def scale(self, name: str) -> str:
        """A scale's label."""
        return self.scales.get(name, name)

    def unit(self, name: str) -> str:
        """What the scale's scores are counted in."""
        return self.units.get(name, "points")
