"""Columns nobody gave a role: numbers where every value is one, else text; and what it means when only some are."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from forwhom.problems import Problem, short
from forwhom.study.collect import Collector
from forwhom.study.plan import Plan
from forwhom.study.sheet import Sheet, as_numbers, is_numeric, numbers, texts


def planned_columns(plan: Plan) -> frozenset[str]:
    """Columns the plan names: their reading as text instead of numbers would change a planned answer."""
    process = [each.name for each in plan.mechanisms]
    if plan.ruptures is not None:
        process += [plan.ruptures.column or "", *plan.ruptures.codes, *plan.ruptures.repair_codes]
    if plan.sudden_change is not None:
        process.append(plan.sudden_change.name)
    return frozenset((*plan.covariates, *plan.moderators, *plan.subgroups, *process)) - {""}


def free_column(sheet: Sheet, column: str, public: str, planned: Collection[str], found: Collector) -> pl.Series:
    """The column as numbers where every value is one, as text otherwise.

    A column in which numbers and text are mixed is told: each cell an error where the plan names the column and most of
    its values are numbers, for then a typo would silently turn numbers into levels; else a notice.

    public : the name the plan calls it by
    """
    if public in planned and texts(sheet, column).values.null_count() == sheet.height:
        do = "Fill it in, or take it out of the plan."
        what = "the plan names it, and it has no value at all"
        found.add(Problem("no-values", do, sheet.name, column=column, found=what, severity="notice"))
    if is_numeric(sheet, column):
        return numbers(sheet, column, found).values
    shown = texts(sheet, column).values
    if sheet.frame[column].dtype == pl.String:
        _mixed(sheet, column, shown, public in planned, found)
    return shown


def _mixed(sheet: Sheet, column: str, shown: pl.Series, planned: bool, found: Collector) -> None:
    parsed = as_numbers(shown, sheet.decimal).is_finite().fill_null(False)
    stray = shown.is_not_null() & ~parsed
    good, bad = int((shown.is_not_null() & parsed).sum()), int(stray.sum())
    if good == 0 or bad == 0:
        return
    do = "Correct it or declare it in [missing] codes"
    if good > bad:
        found.rows(
            "mostly-numbers",
            f"{do}; the plan needs numbers here." if planned else f"{do}; until then the whole column is read as text.",
            file=sheet.name,
            column=column,
            rows=sheet.rows.filter(stray).to_list(),
            found=[f"{short(cell)} in a column of numbers" for cell in shown.filter(stray).head(21)],
            possible=f"a number such as 12 or 1{sheet.decimal}5",
            severity="error" if planned else "notice",
        )
        return
    found.add(
        Problem(
            "numbers-and-text",
            "Nothing, if these are categories; else correct the text.",
            sheet.name,
            column=column,
            found=f"{good} of {good + bad} values are numbers, so the whole column is read as text",
            severity="notice",
        )
    )
