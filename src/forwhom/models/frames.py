"""Data as users hold them: a frame of any library, or columns in a mapping, as one polars frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from forwhom.problems import Problem, ProblemsFound


def frame_of(data: Any) -> pl.DataFrame:
    """The data as a polars frame; nothing is converted.

    data : data frame of polars, pandas, pyarrow or whatever Narwhals knows, or a mapping of column names to values

    Raises ProblemsFound when it is no table, or has no rows.

    >>> frame_of({"x": [1, 2], "y": [3.0, None]}).columns
    ['x', 'y']
    """
    found = _polars(data)
    if found is None:
        raise ProblemsFound(
            [
                Problem(
                    "not-a-frame",
                    "Give a pandas, polars or pyarrow data frame, or a mapping of names to columns.",
                    found=f"{type(data).__name__} is not a table",
                )
            ]
        )
    if found.height == 0:
        raise ProblemsFound([Problem("empty-table", "Check that it is the right one.", found="the data have no rows")])
    return found


def _polars(data: Any) -> pl.DataFrame | None:
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, Mapping):
        return pl.DataFrame({str(name): pl.Series(str(name), values, strict=False) for name, values in data.items()})
    import narwhals as nw

    known = nw.from_native(data, pass_through=True)
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    if isinstance(known, nw.DataFrame):
        return pl.DataFrame([_column(known, name) for name in dict.fromkeys(known.columns)])
    if hasattr(data, "__arrow_c_stream__"):
        made = pl.DataFrame(data)
        return made if isinstance(made, pl.DataFrame) else None
    return None


def _column(frame: Any, name: str) -> pl.Series:
    """One column; mixed Python objects go by way of a list."""
    column = frame[name]
    try:
        made = column.to_polars()
    except Exception:
        values = [None if value is None or value != value else value for value in column.to_list()]
        made = pl.Series(name, values, strict=False)
    return pl.Series(name, made)


__all__ = ["frame_of"]
