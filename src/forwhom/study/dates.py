"""Columns as calendar days, and days as time since a person's start."""

from __future__ import annotations

import polars as pl

from forwhom.problems import short
from forwhom.study.collect import Collector
from forwhom.study.sheet import Cells, Sheet, texts

ISO = r"^\d{4}-\d{2}-\d{2}([T ].*)?$"
DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}( .*)?$"
SLASHED = r"^\d{1,2}/\d{1,2}/\d{2,4}( .*)?$"


def days(sheet: Sheet, column: str, pattern: str | None, found: Collector) -> Cells:
    """A column as days. ISO and dd.mm.yyyy are understood; anything else needs `date_format`."""
    dtype = sheet.frame[column].dtype
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        return Cells(sheet.frame[column].cast(pl.Date), texts(sheet, column).absent)
    cells = texts(sheet, column)
    shown = cells.values
    if pattern:
        parsed = shown.str.to_date(pattern, strict=False)
    else:
        iso = shown.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        dotted = shown.str.extract(r"^(\d{1,2}\.\d{1,2}\.\d{4})").str.to_date("%d.%m.%Y", strict=False)
        parsed = pl.select(
            pl.when(pl.lit(shown.str.contains(ISO)))
            .then(pl.lit(iso))
            .when(pl.lit(shown.str.contains(DOTTED)))
            .then(pl.lit(dotted))
        ).to_series()
    bad = shown.is_not_null() & parsed.is_null()
    if bad.any():
        slashed = bool(shown.filter(bad).str.contains(SLASHED).any())
        found.rows(
            "not-a-date",
            'Say how days are written: date_format = "%d/%m/%Y" (day first) or "%m/%d/%Y" (month first).'
            if slashed and not pattern
            else 'Correct it, or say how days are written: date_format = "%d.%m.%Y".',
            file=sheet.name,
            column=column,
            rows=sheet.rows.filter(bad).to_list(),
            found=[f"{short(cell)} is not a day" for cell in shown.filter(bad).head(21)],
            possible="2024-05-31, 31.05.2024",
        )
    return Cells(parsed.alias(column), cells.absent)
