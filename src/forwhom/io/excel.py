"""Excel and OpenDocument sheets, read as text."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from forwhom.io.text_table import report_header
from forwhom.problems import Problem, did_you_mean, listed
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet, text
from forwhom.study.spec import Source


def read_excel(path: Path, source: Source, found: Collector) -> Sheet | None:
    """One sheet of a workbook; without `sheet` the only one, or the first with a notice."""
    import fastexcel

    try:
        book = fastexcel.read_excel(str(path))
        name = _which(list(book.sheet_names), source, found)
        if name is None:
            return None
        raw = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        found.add(_unreadable(path, source, str(error)))
        return None
    sheet = _sheet(raw, source, found)
    if sheet is not None and path.suffix.lower() in (".xlsx", ".xlsm"):
        _report_lost(path, name, raw, source, found)
    return sheet


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that can be read."""
    import fastexcel

    return list(fastexcel.read_excel(str(path)).sheet_names)


def _report_lost(path: Path, name: str, raw: pl.DataFrame, source: Source, found: Collector) -> None:
    """Errors and formulas without a result are read as blank; that is told, cell by cell."""
    from forwhom.io.excel_cells import lost_cells

    letters = {_letter(place): place for place in range(raw.width)}
    by_column: dict[str, list[tuple[int, str]]] = {}
    for letter, row, what in lost_cells(path, name):
        by_column.setdefault(letter, []).append((row, what))
    for letter, cells in by_column.items():
        title = raw[0, letters[letter]] if letter in letters else None
        found.rows(
            "cell-error",
            "Correct it, or open the file in Excel and save it, so that formulas have results; it is read as blank.",
            file=source.name,
            column=title or letter,
            rows=[row for row, _ in cells],
            found=[f"the cell holds {what}" for _, what in cells[:21]],
            severity="notice",
        )


def _which(names: list[str], source: Source, found: Collector) -> str | None:
    if source.sheet is not None:
        if source.sheet in names:
            return source.sheet
        do = f"{did_you_mean(source.sheet, names)}Correct sheet in {source.where}."
        found.add(
            Problem(
                "missing-sheet",
                do,
                source.name,
                column=f"{source.where} sheet",
                found=f"there is no sheet '{source.sheet}'",
                possible=listed(names),
            )
        )
        return None
    if not names:
        found.add(Problem("empty-table", "Check that it is the right file.", source.name, found="there are no sheets"))
        return None
    if len(names) > 1:
        do = f'If another is meant, name it in {source.where}: sheet = "…".'
        what = f"{len(names)} sheets; the first, '{names[0]}', was read"
        found.add(Problem("several-sheets", do, source.name, found=what, possible=listed(names), severity="notice"))
    return names[0]


def _sheet(raw: pl.DataFrame, source: Source, found: Collector) -> Sheet | None:
    raw = raw.select(text(raw[name]).alias(name) for name in raw.columns)
    if raw.height == 0:
        do = "Check that it is the right file and the right sheet."
        found.add(Problem("empty-table", do, source.name, found="the sheet is empty"))
        return None
    empty = raw.select(pl.all_horizontal(pl.all().is_null()))[:, 0]
    top = int((~empty).arg_true().min() or 0)  # type: ignore[arg-type]  # a number, for polars any value
    header = list(raw.row(top))
    body = raw.slice(top + 1)
    unnamed = [place for place, name in enumerate(header) if name is None and body[:, place].null_count() < body.height]
    if unnamed:
        found.add(
            Problem(
                "merged-header",
                "Unmerge the cells and give every column its own name in one row, above the first row of data.",
                source.name,
                top + 1,
                found=f"columns {listed([_letter(place) for place in unnamed])} have no name; "
                "cells of the header may be merged",
            )
        )
        return None
    used = [place for place, name in enumerate(header) if name is not None]
    names = [str(header[place]) for place in used]
    if not report_header(names, source, found):
        return None
    frame = pl.DataFrame([body[:, place].alias(name) for place, name in zip(used, names, strict=True)])
    rows = pl.int_range(top + 2, top + 2 + body.height, eager=True).alias("row")
    return Sheet(source.name, frame, rows, decimal=source.decimal or ".")


def _letter(place: int) -> str:
    """The name of a column in a spreadsheet: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _unreadable(path: Path, source: Source, why: str) -> Problem:
    with path.open("rb") as file:
        start = file.read(8)
    if "password" in why.casefold() or (start.startswith(b"\xd0\xcf\x11\xe0") and path.suffix.lower() == ".xlsx"):
        do = "Open it in Excel, remove the password, and save it again."
        return Problem("password-protected", do, source.name, found="the workbook is protected by a password")
    do = "Open it in Excel and save it again as .xlsx, or export the sheet as CSV."
    return Problem("unreadable-table", do, source.name, found="cannot be read as a workbook")
