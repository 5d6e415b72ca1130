"""Tables and model texts for `forwhom fit`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from forwhom.problems import Problem

ABSENT = ("NA", "NaN", "nan", "NULL", "null", ".", "-")
"""Texts that stand for an absent value in a table that has no study.toml to say so."""


def read_table(path: Path) -> pl.DataFrame:
    """A CSV, TSV, Parquet, SPSS or Excel file; columns whose every value is a number become numbers.

    Raises ProblemsFound when it cannot be read.
    """
    import polars as pl

    from forwhom.io.tables import locate, read_sheet
    from forwhom.problems import raise_if_errors
    from forwhom.study.collect import Collector
    from forwhom.study.sheet import is_numeric, numbers
    from forwhom.study.spec import Source

    found = Collector()
    source = Source(path.name, "the file")
    located = locate(source, path.parent, found)
    sheet = read_sheet(located, source, found) if located is not None else None
    raise_if_errors([_alone(problem) for problem in found.problems])
    assert sheet is not None
    sheet = replace(sheet, missing=dict.fromkeys(ABSENT, "absent"))
    columns = [
        numbers(sheet, name, found).values.alias(name) if is_numeric(sheet, name) else sheet.frame[name]
        for name in sheet.frame.columns
    ]
    return pl.DataFrame(columns)


def _alone(problem: Problem) -> Problem:
    """A problem of a study's table, said of a table given by its path: there is no study.toml to correct."""
    do = problem.do.replace(", or take it out of study.toml", "").replace(" them in the file", " them")
    if problem.code == "missing-file":
        do = f"{do.partition('Put the file there')[0]}Correct the path."
    elif problem.code == "not-a-file":
        do = "Give the path of a file in it."
    return replace(problem, do=do, column=None if (problem.column or "").startswith("the file") else problem.column)


def read_text(path: Path) -> str:
    """A model's text.

    Raises ProblemsFound when the file is not there or is no text.
    """
    from forwhom.problems import Problem, ProblemsFound

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        found = "it is not text in UTF-8" if isinstance(why, UnicodeDecodeError) else str(why.strerror or why).lower()
        do = "Name a text file that holds the model."
        raise ProblemsFound([Problem("model-file", do, path.name, found=found)]) from None
