"""Files to sheets, whatever their format; everything that cannot be read becomes a Problem."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import polars as pl

from forwhom.io.text_table import read_text_table
from forwhom.io.why import why
from forwhom.problems import Problem, file_meant, listed
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet, typed_sheet
from forwhom.study.spec import Source

TEXT = (".csv", ".tsv", ".tab", ".txt")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
SPSS = (".sav", ".zsav")
PARQUET = (".parquet", ".pq")
KNOWN = (*TEXT, *EXCEL, *SPSS, *PARQUET)
READING = (OSError, MemoryError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What readers raise for damaged files; polars panics, outside of Exception, on some damaged Parquet files."""
WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def locate(source: Source, folder: Path, found: Collector, used: Collection[str] = ()) -> Path | None:
    """The file of a table, or None with a Problem that lists the files that are there.

    used : files other blocks read, which are not suggested
    """
    expanded = expand(source, found)
    if expanded is None:
        return None
    path = folder / expanded
    try:
        if path.is_file():
            return path
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        do = f'Name a file in it: file = "{source.name.rstrip("/")}/…".'
        found.add(
            Problem(
                "not-a-file",
                do,
                source.name,
                column=f"{source.where} file",
                found="this is a folder",
                possible=listed(_files(path)),
            )
        )
        return None
    there = _files(path.parent) if path.parent.is_dir() else []
    found.add(
        Problem(
            "missing-file",
            f"{file_meant(path.name, [each for each in there if each not in used])}Put the file there, or correct file in {source.where}.",
            source.name,
            column=f"{source.where} file",
            found="there is no such file" if path.parent.is_dir() else "there is no such folder",
            possible=listed(there),
        )
    )
    return None


def expand(source: Source, found: Collector) -> str | None:
    """The path with the variable in front of it replaced; variables elsewhere in it are left alone.

    ``$NAME/rest`` needs the variable; ``${NAME:-default}/rest`` uses the default, relative to study.toml, without it.
    """
    variable = re.match(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))", source.file)
    if variable is None:
        return source.file
    name, default = variable[1] or variable[3], variable[2]
    value = os.environ.get(name) or default
    if value is None:
        do = f"Set {name} to the folder with the data, or write the path in {source.where}."
        what = f"the environment variable {name} is not set"
        found.add(Problem("variable-not-set", do, source.name, column=f"{source.where} file", found=what))
        return None
    return value + source.file[variable.end() :]


def _files(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir() if each.is_file() and each.suffix.lower() in KNOWN)
    except OSError:
        return []


def read_sheet(path: Path, source: Source, found: Collector) -> Sheet | None:
    """One file as a sheet, empty rows set aside."""
    if not _small_enough(path, source, found):
        return None
    try:
        sheet = _read(path, source, found)
    except READING as error:
        do = "Check that the file opens in the program that made it, and export it again."
        found.add(Problem("unreadable-table", do, source.name, found=f"cannot be read: {why(error)}"))
        return None
    if sheet is None:
        return None
    if sheet.height == 0 and not sheet.whole:
        return None
    if sheet.frame.width == 0 or sheet.height == 0:
        do = "Check that it is the right file, or take it out of study.toml."
        found.add(
            Problem(
                "empty-table",
                do,
                source.name,
                found="a header and no rows" if sheet.frame.width else "the table is empty",
            )
        )
        return None
    return _without_empty_rows(sheet, source, found)


def _small_enough(path: Path, source: Source, found: Collector) -> bool:
    size = path.stat().st_size / 1e6
    if size > source.max_mb:
        found.add(
            Problem(
                "file-too-large",
                f"If it is the right file, raise the limit in {source.where}: max_mb = {int(size) + 1}.",
                source.name,
                column=f"{source.where} max_mb",
                found=f"the file has {size:,.0f} MB",
                possible=f"up to {source.max_mb:g} MB",
            )
        )
    return size <= source.max_mb


def _read(path: Path, source: Source, found: Collector) -> Sheet | None:
    kind = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(4)
    if kind in EXCEL or (kind in TEXT and start in (WORKBOOK, OLD_WORKBOOK)):
        from forwhom.io.excel import read_excel

        return read_excel(path, source, found)
    if kind in SPSS:
        from forwhom.io.spss import read_spss

        return read_spss(path, source, found)
    if kind in PARQUET:
        frame = pl.read_parquet(path, glob=False)
        return typed_sheet(source.name, frame)
    if kind in TEXT or kind == "":
        return read_text_table(path, source, found)
    do = f"Export it as one of these, and correct file in {source.where}."
    found.add(
        Problem(
            "unknown-format", do, source.name, found=f"files ending in {kind} are not read", possible=", ".join(KNOWN)
        )
    )
    return None


def _without_empty_rows(sheet: Sheet, source: Source, found: Collector) -> Sheet:
    empty = sheet.frame.select(pl.all_horizontal(pl.all().is_null()))[:, 0]
    if not empty.any():
        return sheet
    last = int((~empty).arg_true().max() or 0)  # type: ignore[arg-type]  # a number, for polars any value
    within = sheet.rows.filter(empty & (pl.int_range(len(empty), eager=True) < last)).to_list()
    found.aside(
        source.where.strip("[]").split(".")[-1].split("]")[0],
        "the row is empty",
        code="empty-row",
        do="Nothing; an empty row says nothing.",
        file=source.name,
        rows=within,
    )
    return replace(sheet, frame=sheet.frame.filter(~empty), rows=sheet.rows.filter(~empty))
