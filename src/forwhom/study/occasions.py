"""Irregular times to occasions, and the cells one would expect at each."""

from __future__ import annotations

import math
from collections.abc import Iterable

import polars as pl

from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet
from forwhom.study.spec import NO_ROW, MeasuresSpec


def to_occasions(cells: pl.DataFrame, block: MeasuresSpec, key: list[str], found: Collector) -> pl.DataFrame:
    """Move each time to its occasion. Without occasions or windows the raw times stay.

    With `window` a time belongs to the occasion whose window holds it; with `occasions` and a `tolerance` to the
    nearest one within the tolerance. Rows outside are set aside. Where several rows of a person fall on one
    occasion the nearest in time stays (the earlier one on a tie) and the others are set aside.
    """
    if cells.is_empty() or not (block.occasions or block.windows) or block.wide or block.items_at:
        return cells
    raw = cells["time"].to_list()
    where = {time: _occasion(time, block) for time in set(raw)}
    moved = cells.with_columns(
        pl.Series("#raw", raw, pl.Float64), pl.Series("time", [where[time] for time in raw], pl.Float64)
    )
    outside = moved.filter(pl.col("time").is_null())
    _report_outside(outside, block, found)
    moved = moved.filter(pl.col("time").is_not_null())
    moved = moved.with_columns(
        (pl.col("#raw") - pl.col("time")).abs().alias("#off"), pl.int_range(pl.len()).alias("#n")
    )
    nearest = moved.sort("#off", "#raw", "#n").with_columns(pl.col("#raw").first().over(key).alias("#best"))
    kept = nearest.filter(pl.col("#raw") == pl.col("#best")).sort("#n")
    farther = nearest.filter(pl.col("#raw") != pl.col("#best"))
    for (file, column), group in farther.group_by("#file", "#column", maintain_order=True):
        found.aside(
            "measures",
            "another row of this person is nearer to the occasion",
            code="not-nearest",
            do="Nothing, or narrow the tolerance or window.",
            file=str(file),
            rows=group["#row"].unique().to_list(),
            column=str(column),
        )
    return kept.drop("#raw", "#off", "#n", "#best")


def _occasion(time: float, block: MeasuresSpec) -> float | None:
    if block.windows:
        inside = [at for at, (low, high) in block.windows.items() if low <= time <= high]
        return min(inside, key=lambda at: abs(at - time)) if inside else None
    nearest = min(block.occasions, key=lambda at: (abs(at - time), at))
    reach = block.tolerance or 0.0
    return nearest if abs(nearest - time) <= reach or math.isclose(nearest, time, abs_tol=1e-9) else None


def _report_outside(outside: pl.DataFrame, block: MeasuresSpec, found: Collector) -> None:
    for (file,), group in outside.group_by("#file", maintain_order=True):
        rows = group["#row"].unique(maintain_order=True).to_list()
        column = block.time or block.date
        if block.windows or block.tolerance is not None:
            found.aside(
                "measures",
                "the time is outside every occasion's window",
                code="outside-window",
                do="Nothing, or widen the tolerance or window.",
                file=str(file),
                rows=rows,
                column=column,
            )
        else:
            times = group.unique("#row", maintain_order=True)["#raw"].head(21)
            found.rows(
                "time-not-an-occasion",
                "Add it to occasions, or add tolerance to move near times there.",
                file=str(file),
                column=column,
                rows=rows,
                found=[f"time {time:g} is not an occasion" for time in times],
                possible=", ".join(f"{at:g}" for at in block.occasions),
            )


def all_expected(
    cells: pl.DataFrame, block: MeasuresSpec, key: list[str], known: pl.Series | None, sheet: Sheet
) -> pl.DataFrame:
    """One row per expected cell: every person at every occasion, where the occasions are known beforehand."""
    occasions = set(block.wide.values()) | set(block.items_at) | set(block.occasions) | set(block.windows)
    if block.at is not None and not occasions:
        occasions = {block.at}
    if not occasions or known is None or cells.is_empty():
        return cells
    what = cells.select([name for name in key if name not in ("id", "time")]).unique(maintain_order=True)
    grid = pl.DataFrame({"id": known}).join(_times(occasions), how="cross").join(what, how="cross")
    missing = grid.join(cells, on=key, how="anti").with_columns(
        pl.lit(NO_ROW).alias("absent"), pl.lit(sheet.name).alias("#file")
    )
    return pl.concat([cells, missing], how="diagonal") if missing.height else cells


def _times(occasions: Iterable[float]) -> pl.DataFrame:
    return pl.DataFrame({"time": sorted(occasions)}, schema={"time": pl.Float64})
