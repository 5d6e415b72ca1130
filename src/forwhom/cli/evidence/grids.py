"""What `forwhom evidence show` prints of grids: a whole table, or the cells that a query asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from forwhom.cli.evidence.shared import count, typed
from forwhom.cli.printing import out, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence import Ledger
    from forwhom.evidence.grids import Said
    from forwhom.evidence.model import Grid


def of_grids(read: Ledger, query: list[str], as_json: bool) -> bool:
    """Print what a query asks of grids; False where it asks for nothing of them."""
    from forwhom.evidence.grids import asks_for_cells, cells
    from forwhom.problems import ProblemsFound

    name = query[0].removeprefix("grid=") if len(query) == 1 else ""
    if name == "grids" or name in read.grids:
        _whole([read.grids[name]] if name in read.grids else list(read.grids.values()), read, as_json)
        return True
    asked = typed(query)
    if not asks_for_cells(asked):
        return False
    results = _results(asked, read)
    try:
        found = cells(read, asked)
    except ProblemsFound as problems:
        if results is not None:
            return False  # a part that only arms name, or filters of results beside it
        stop_with(problems.problems, as_json, code=2)
    if not found and results:
        return False
    _cells(found, results or 0, read, as_json)
    return True


def _whole(grids: list[Grid], read: Ledger, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_plain(grid, read) for grid in grids], ensure_ascii=False, indent=2))
        return
    for i, grid in enumerate(grids):
        if i:
            say("")
        _print(grid, read)


def _print(grid: Grid, read: Ledger) -> None:
    """The table, then what its letters mean, then notes."""
    from rich.table import Table
    from rich.text import Text

    from forwhom.analysis.evidence.grids import head
    from forwhom.evidence.grids import NOT_SAID, Said, label, places, said_of, value_words

    letters = places(grid)
    there = {(cell.row, cell.column): cell for cell in grid.cells}
    say(f"{grid.title} ({grid.id})")
    table = Table("", *(head(grid, each, read) for each in grid.columns), box=None, pad_edge=False)
    for row in grid.rows:
        line = [Text(label(grid, row, read))]
        for column in grid.columns:
            cell = there.get((row, column))
            if cell is None:
                line.append(Text(NOT_SAID, style="dim"))
            else:
                letter = letters.get(Said(grid, cell).source, "")
                line.append(Text(f"{value_words(cell.value)} {letter}".strip()))
        table.add_row(*line)
    out.print(table)
    for place, letter in letters.items():
        say(f"{letter}: {place}")
    for cell in grid.cells:
        if cell.note:
            say(f"  • {said_of(Said(grid, cell), read)}")
    pairs = len(grid.rows) * len(grid.columns)
    say(f"{len(there)} of {count(pairs, 'cell')} said; {pairs - len(there)} not said, which is not the same as no.")
    if grid.note:
        say(f"Note: {grid.note}")


def _results(asked: str, read: Ledger) -> int | None:
    """How many results a query on cells would find; None where its filters are not all those of results."""
    from forwhom.evidence.filters import rows
    from forwhom.problems import ProblemsFound

    try:
        return len(rows(read, asked))
    except ProblemsFound:
        return None


def _cells(found: tuple[Said, ...], results: int, read: Ledger, as_json: bool) -> None:
    from forwhom.evidence.grids import said_of

    if as_json:
        print(json.dumps({"cells": [_plain_cell(each, read) for each in found]}, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if found else 1)
    if not found:
        say("No cell holds all of it. All grids: forwhom evidence show grids.")
        raise typer.Exit(1)
    for grid in dict.fromkeys(each.grid.id for each in found):
        say(f"{read.grids[grid].title} ({grid})")
        for each in found:
            if each.grid.id == grid:
                say(f"  • {said_of(each, read)} ({each.source})")
    grids = len({each.grid.id for each in found})
    say(
        f"{count(len(found), 'cell')} of {count(grids, 'grid')}. What has no cell is not said, which is not the same as no."
    )
    if results:
        say(f"{count(results, 'result')} of groups that got it: add a filter of results, such as kind=brain or study=…")


def _plain(grid: Grid, read: Ledger) -> dict[str, Any]:
    from forwhom.evidence.grids import Said, label

    there = {(cell.row, cell.column) for cell in grid.cells}
    return {
        "id": grid.id,
        "title": grid.title,
        "kind": grid.kind,
        "rows": {each: label(grid, each, read) for each in grid.rows},
        "columns": {each: label(grid, each, read) for each in grid.columns},
        "cells": [_plain_cell(Said(grid, cell), read) for cell in grid.cells],
        "not_said": [[row, column] for row in grid.rows for column in grid.columns if (row, column) not in there],
        "note": grid.note,
        "source": str(grid.source) if grid.source else "",
    }


def _plain_cell(each: Said, read: Ledger) -> dict[str, Any]:
    from forwhom.evidence.grids import said_of

    return {
        "id": each.id,
        "grid": each.grid.id,
        "row": each.cell.row,
        "column": each.cell.column,
        "value": each.cell.value,
        "said": said_of(each, read),
        "studies": list(each.cell.studies),
        "note": each.cell.note,
        "source": each.source,
    }
