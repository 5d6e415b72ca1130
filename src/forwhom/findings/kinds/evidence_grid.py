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


@dataclass(frozen=True, slots=True)
class SearchSource:
    """One source of a search in words: where, when, how many, with which terms."""

    name: str
    day: str
    records: int | None
    terms: str
    file: str
    duplicates: int | None
    incomplete: int | None
    added: int | None


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A search with its steps (words and number, None where it is not told), and what nobody can repeat it without.

    coded, drafts, gone : of the drafts that an import added; None without an import
    """

    search: str
    question: str
    steps: tuple[tuple[str, int | None], ...]
    sources: tuple[SearchSource, ...]
    lacks: tuple[str, ...]
    coded: int | None
    drafts: int | None
    gone: int | None
    place: str


@dataclass(frozen=True, slots=True)
class SearchesDetail:
    """Every search that is logged."""

    rows: tuple[SearchRow, ...]
