"""Kinds of the chapter on what is known: grids that a paper fills, and searches of the literature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GridCell:
    """What is said of one row and one column.

    row, column : places in the lists of the grid, from 0
    sign : yes, no, or "" where the value is another one
    place : where it stands, a place in `GridDetail.places`; None where no place is told
    """

    row: int
    column: int
    value: str
    sign: str
    note: str
    studies: tuple[str, ...]
    place: int | None


@dataclass(frozen=True, slots=True)
class GridDetail:
    """A table as a paper tells it. A pair without a cell is not said, which is no "no".

    columns : label, and a short name for the head of a narrow column
    places : document, part and line of the cells
    """

    grid: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    cells: tuple[GridCell, ...]
    places: tuple[str, ...]
    note: str
