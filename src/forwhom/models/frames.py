"""Data as users hold them: a frame of any library, or columns in a mapping, as one polars frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from forwhom.frames import as_polars
from forwhom.problems import Problem, ProblemsFound


def frame_of(data: Any) -> pl.DataFrame:
    """The data as a polars frame; nothing is converted.

    data : data frame of polars, pandas, pyarrow or whatever Narwhals knows, or a mapping of column names to values

    Raises ProblemsFound when it is no table, or has no rows.

    >>> frame_of({"x": [1, 2], "y": [3.0, None]}).columns
    ['x', 'y']
    """
    if isinstance(data, Mapping):
        data = pl.DataFrame({str(name): pl.Series(str(name), values, strict=False) for name, values in data.items()})
    found = as_polars(data)
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


__all__ = ["frame_of"]
