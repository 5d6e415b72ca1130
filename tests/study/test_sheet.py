"""Columns as text, numbers and days."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.study.collect import SHOWN, Collector
from forwhom.study.dates import days
from forwhom.study.sheet import Sheet, as_numbers, is_numeric, numbers, text, texts, typed_sheet


def sheet(values: list[object], **how: object) -> Sheet:
    frame = pl.DataFrame({"x": pl.Series("x", values, strict=False)})
    return Sheet("t.csv", frame, pl.int_range(2, frame.height + 2, eager=True), **how)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none()))
def test_numbers_survive_as_text(values: list[float | None]) -> None:
    series = pl.Series("x", values, dtype=pl.Float64)
    assert as_numbers(text(series)).equals(series)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1.0, 1e6, -0.5], ["1", "1000000", "-0.5"]),
        ([True, None], ["true", None]),
        ([dt.date(2024, 1, 2)], ["2024-01-02"]),
        ([dt.datetime(2024, 1, 2, 3, 4)], ["2024-01-02T03:04:00"]),
        ([" x\t", "\n", ""], ["x", None, None]),
    ],
)
def test_text(values: list[object], shown: list[str | None]) -> None:
    assert text(pl.Series(values)).to_list() == shown


def test_a_code_takes_its_reason_from_the_column_first() -> None:
    cells = numbers(sheet([1, -9, -8, None], missing={"-9": "all"}, reasons={"x": {"-9": "here"}}), "x", Collector())
    assert cells.values.to_list() == [1.0, None, -8.0, None]
    assert cells.absent.to_list() == [None, "here", None, "no value recorded"]


def test_a_code_among_words() -> None:
    cells = texts(sheet(["a", "NA", ""], missing={"NA": "not asked"}), "x")
    assert cells.values.to_list() == ["a", None, None]
    assert cells.absent.to_list() == [None, "not asked", "no value recorded"]


@pytest.mark.parametrize(
    ("cell", "fine"), [("1", True), ("-1.5e3", True), ("x", False), ("inf", False), ("nan", False)]
)
def test_what_is_a_number(cell: str, fine: bool) -> None:
    found = Collector()
    cells = numbers(sheet(["2", cell]), "x", found)
    assert (not found.problems) == fine
    assert is_numeric(sheet(["2", cell]), "x") == fine
    if not fine:
        assert cells.values[1] is None
        assert found.problems[0].row == 3


def test_infinity_in_a_column_of_numbers() -> None:
    found = Collector()
    numbers(sheet([1.0, float("inf")]), "x", found)
    assert [(problem.code, problem.row) for problem in found.problems] == [("not-finite", 3)]


def test_levels_of_categories_keep_their_order() -> None:
    kinds = pl.Enum(["low", "high"])
    made = typed_sheet("f", pl.DataFrame({"x": pl.Series(["high", "low"], dtype=kinds)}))
    assert list(made.labels["x"]) == ["low", "high"]
    assert made.frame["x"].dtype == pl.String


def test_days_in_three_spellings() -> None:
    found = Collector()
    read = days(sheet(["2024-05-31", "31.05.2024", "2024-05-31 10:00", None, "31.02.2024"]), "x", None, found)
    assert read.values.to_list() == [dt.date(2024, 5, 31)] * 3 + [None, None]
    assert [(problem.code, problem.row) for problem in found.problems] == [("not-a-date", 6)]
    day_first = days(sheet(["31/05/2024"]), "x", "%d/%m/%Y", found)
    assert day_first.values.to_list() == [dt.date(2024, 5, 31)]


@given(st.integers(0, 200))
def test_the_collector_counts_exactly(n: int) -> None:
    found = Collector()
    found.rows("c", "Do.", file="f", column="x", rows=list(range(n)), found=[str(i) for i in range(min(n, SHOWN + 1))])
    assert sum(problem.count for problem in found.problems) == n
    assert len(found.problems) <= SHOWN + 1
