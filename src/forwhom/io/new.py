"""A commented study.toml from one data file: what was guessed, and what only the user can say."""

from __future__ import annotations

import filecmp
import shutil
from dataclasses import replace
from pathlib import Path

from forwhom.io.draft import draft
from forwhom.io.excel import sheet_names
from forwhom.io.folder import FILE
from forwhom.io.guess import Guess, guess
from forwhom.io.guess_roles import some
from forwhom.io.tables import EXCEL, locate, read_sheet
from forwhom.io.why import why
from forwhom.problems import Problem, ProblemsFound, errors, raise_if_errors
from forwhom.study.collect import Collector
from forwhom.study.spec import Source

__all__ = ["Guess", "guess_study", "write_study"]

WINDOWS = "cp1252"
"""What Excel in Western Europe and America writes; a byte that has no letter in it is not taken for one."""


def guess_study(file: Path | str) -> Guess:
    """Guess id, arm, repeated columns, scales and covariates of a CSV, TSV, Parquet, SPSS or Excel file.

    Raises `ProblemsFound` when the file cannot be read as a table. The direction of a scale is never guessed.
    """
    path = Path(file)
    found = Collector()
    source = Source(path.name, "the file")
    located = locate(source, path.parent, found)
    sheet = read_sheet(located, source, found) if located is not None else None
    encoding = None
    if located is not None and any(problem.code == "wrong-encoding" for problem in found.problems):
        again = Collector()
        other = read_sheet(located, replace(source, encoding=WINDOWS), again)
        if other is not None and not again.failed:
            sheet, found, encoding = other, again, WINDOWS
    raise_if_errors(found.problems)
    if located is None or sheet is None:
        raise ProblemsFound(found.problems)
    names = sheet_names(located) if path.suffix.lower() in EXCEL else []
    guessed = guess(path, sheet, names[0] if len(names) > 1 else None, encoding)
    return _said(guessed, names)


def _said(guessed: Guess, names: list[str]) -> Guess:
    """What was decided before the table was read."""
    said, check = list(guessed.said), list(guessed.to_check)
    if guessed.encoding is not None:
        said.insert(0, f'The file is not in UTF-8; it was read as Windows-1252: encoding = "{guessed.encoding}".')
        check.insert(0, "Are all letters with accents and umlauts as they should be? Else correct encoding.")
    if len(names) > 1:
        said.insert(0, f"The workbook has {len(names)} sheets; the first, {names[0]}, was read.")
        check.insert(0, f"Is {names[0]} the right sheet? There are also: {some(names[1:])}.")
    return replace(guessed, said=tuple(said), to_check=tuple(check))


def write_study(folder: Path | str, guessed: Guess) -> Path:
    """Write study.toml for the guess; returns its path.

    A data file inside `folder` is referred to where it is, any other is copied into it. Raises `ProblemsFound`, and
    writes nothing, when the folder already has a study.toml or another file of the same name.
    """
    folder = Path(folder)
    path = folder / FILE
    wrong = [*_cannot_write(folder, path)]
    copy = _copy_to(folder, guessed.file)
    if copy is not None and copy.exists() and not filecmp.cmp(copy, guessed.file, shallow=False):
        do = "Move one of them, or give another folder."
        wrong.append(Problem("file-exists", do, str(copy), found="another file of this name is already there"))
    if errors(wrong):
        raise ProblemsFound(wrong)
    name = copy.name if copy is not None else guessed.file.resolve().relative_to(folder.resolve()).as_posix()
    text = draft(guessed, name, folder.resolve().name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if copy is not None and not copy.exists():
            shutil.copyfile(guessed.file, copy)
        part = path.with_name(f".{FILE}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        do = "Check that you may write there and that there is room."
        raise ProblemsFound([Problem("cannot-write", do, str(folder), found=f"writing failed: {why(error)}")]) from None
    return path


def _cannot_write(folder: Path, path: Path) -> list[Problem]:
    if folder.exists() and not folder.is_dir():
        return [Problem("cannot-write", "Give a folder.", str(folder), found="this is a file")]
    if path.exists():
        do = "Edit it, or give another folder; nothing was written."
        return [Problem("study-exists", do, str(path), found="there is a study.toml already")]
    return []


def _copy_to(folder: Path, file: Path) -> Path | None:
    """Where the file is copied to; None when it lies inside the folder already."""
    inside = file.resolve().is_relative_to(folder.resolve())
    return None if inside else folder / file.name
