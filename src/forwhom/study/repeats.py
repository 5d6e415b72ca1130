"""One value per key: rows that repeat an earlier one are set aside, rows that contradict it are Problems."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forwhom.problems import Problem
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet

EXACTLY = "repeats an earlier row exactly"
SAME_VALUE = "repeats an earlier value of the same person and time"
NO_VALUE_AGAIN = "another row of the same person and time has the value"


def once(
    cells: pl.DataFrame,
    key: Sequence[str],
    table: str,
    found: Collector,
    sheet: Sheet | None,
    rule: str | None = None,
) -> pl.DataFrame:
    """Keep one cell per key; of cells that contradict each other, which is an error, all.

    cells : with value, absent and the trace columns #file, #row, #column
    sheet : where the cells are from, to tell exact repetitions; None when they come from several tables
    rule : what the study declares for different values: "first" or "last" row, or their "mean"; None is a Problem
    """
    if cells.is_empty() or not cells.select(key).is_duplicated().any():
        return cells
    numbered = cells.with_row_index("#n")
    exact = _exact_rows(sheet)
    if rule is not None:
        numbered = _ruled(numbered, key, rule, table, exact, found)
    again = pl.col("#row").is_in(list(exact)).fill_null(False)
    numbered = numbered.with_columns(
        pl.col("value").drop_nulls().n_unique().over(key).alias("#values"),
        # The first row with a value stands for the key; where none has one, the first row.
        pl.col("#n").sort_by(pl.col("value").is_null(), again, "#n").first().over(key).alias("#keep"),
    )
    _contradictions(numbered.filter((pl.col("#values") > 1) & pl.col("value").is_not_null()), key, found)
    surplus = numbered.filter((pl.col("#n") != pl.col("#keep")) & (pl.col("#values") <= 1))
    _set_aside(surplus, table, exact, found)
    # Values that contradict each other all stay, so that other checks see them too; the study is not used then.
    against = (pl.col("#values") > 1) & pl.col("value").is_not_null()
    return numbered.filter((pl.col("#n") == pl.col("#keep")) | against).drop("#n", "#values", "#keep")


def _ruled(
    cells: pl.DataFrame, key: Sequence[str], rule: str, table: str, exact: set[int], found: Collector
) -> pl.DataFrame:
    """Different values of one key made one by the declared rule; exact repetitions count once."""
    known = pl.col("value").is_not_null() & ~pl.col("#row").is_in(list(exact))
    values = pl.col("value").filter(known)
    chosen = {"first": values.first(), "last": values.last(), "mean": values.mean()}[rule]
    marked = cells.with_columns(
        values.n_unique().over(key).alias("#values"),
        chosen.over(key).alias("#chosen"),
        pl.col("#n").filter(known & (pl.col("value") == chosen)).first().over(key).alias("#from"),
        pl.col("#n").filter(known).first().over(key).alias("#one"),
    )
    several = pl.col("#values") > 1
    stays = pl.col("#n") == pl.coalesce("#from", "#one")
    rest = marked.filter(several & ~stays & known)
    for (file, column), group in rest.group_by("#file", "#column", maintain_order=True):
        rows = group["#row"].to_list()
        if rule == "mean":
            do = 'Nothing; the study declares repeats = "mean".'
            what = "averaged with another value of the same person and time"
            found.add(
                Problem("averaged", do, str(file), rows[0], str(column), what, severity="notice", count=len(rows))
            )
        else:
            found.aside(
                table,
                f"the {rule} value of the same person and time is used",
                code="repeated-row",
                do=f'Nothing; the study declares repeats = "{rule}".',
                file=str(file),
                rows=rows,
                column=str(column),
            )
    replaced = pl.when(several & pl.col("value").is_not_null()).then("#chosen").otherwise("value").alias("value")
    return marked.filter(~several | stays | ~known).with_columns(replaced).drop("#values", "#chosen", "#from", "#one")


def _exact_rows(sheet: Sheet | None) -> set[int]:
    if sheet is None:
        return set()
    again = ~sheet.frame.with_row_index("#n").select(
        (pl.col("#n") == pl.col("#n").first().over(sheet.frame.columns)).alias("first")
    )["first"]
    return set(sheet.rows.filter(again).to_list())


def _contradictions(cells: pl.DataFrame, key: Sequence[str], found: Collector) -> None:
    if cells.is_empty():
        return
    first = cells.with_columns(
        pl.col("value").first().over(key).alias("#v"),
        pl.col("#row").first().over(key).alias("#r"),
        pl.col("#file").first().over(key).alias("#f"),
    ).filter(pl.col("value") != pl.col("#v"))
    for (file, column), group in first.group_by("#file", "#column", maintain_order=True):
        found.rows(
            "two-values",
            'Keep the right one, or say which counts: repeats = "first", "last" or "mean" in the measures block. If they '
            "are from different people, name the column in informant.",
            file=str(file),
            column=str(column),
            rows=group["#row"].to_list(),
            found=[_two(row, key) for row in group.head(21).iter_rows(named=True)],
            possible="one value per person, scale, time and informant",
        )


def _two(row: dict[str, object], key: Sequence[str]) -> str:
    names = ", ".join(
        f"{name} {row[name]:g}" if isinstance(row[name], float) else f"{name} {row[name]}"
        for name in key
        if name not in ("scale", "instrument")
    )
    other = f"row {row['#r']}" if row["#f"] == row["#file"] else f"{row['#f']}, row {row['#r']}"
    return f"{row['value']:g} here and {row['#v']:g} in {other} ({names})"


def _set_aside(surplus: pl.DataFrame, table: str, exact: set[int], found: Collector) -> None:
    if surplus.is_empty():
        return
    reason = (
        pl.when(pl.col("#row").is_in(list(exact)))
        .then(pl.lit(EXACTLY))
        .when(pl.col("value").is_null() & (pl.col("#values") > 0))
        .then(pl.lit(NO_VALUE_AGAIN))
        .otherwise(pl.lit(SAME_VALUE))
    )
    for (why, file), group in surplus.with_columns(reason.alias("#why")).group_by("#why", "#file", maintain_order=True):
        rows = group.filter(pl.col("#row").is_not_null())["#row"].unique().to_list()
        found.aside(
            table,
            str(why),
            code="repeated-row",
            do="Nothing, if the file was meant to hold each once.",
            file=str(file),
            rows=rows,
        )
