"""Data frames of any library as polars ones."""

from __future__ import annotations

from typing import Any

import polars as pl


def as_polars(frame: Any) -> pl.DataFrame | None:
    """Through Narwhals, which knows the libraries, else through the Arrow interface; None for what is no frame.

    Of columns with one name the first is kept. Columns of mixed Python objects stay what they are (dtype Object).

    >>> as_polars(pl.LazyFrame({"x": [1]})).columns, as_polars("a text")
    (['x'], None)
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    import narwhals as nw

    known = nw.from_native(frame, pass_through=True)
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    if isinstance(known, nw.DataFrame):
        return pl.DataFrame([_column(known, name) for name in dict.fromkeys(known.columns)])
    if hasattr(frame, "__arrow_c_stream__"):
        made = pl.DataFrame(frame)
        return made if isinstance(made, pl.DataFrame) else None
    return None


def _column(frame: Any, name: str) -> pl.Series:
    """One column; what its library cannot hand over goes by way of a list."""
    column = frame[name]
    try:
        made = column.to_polars()
    except Exception:
        values = [None if value is None or value != value else value for value in column.to_list()]
        made = pl.Series(name, values, strict=False)
    return pl.Series(name, made)
