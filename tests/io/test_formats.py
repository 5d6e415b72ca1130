"""Parquet, SPSS and Excel: the same study in each, labels and reasons kept, and no traceback for a broken file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forwhom.io.folder import check_study, read_study

FRAME = pl.DataFrame(
    {
        "ID": [1.0, 2.0, 3.0, 4.0],
        "group": [0.0, 1.0, 1.0, 0.0],
        "sex": [1.0, 2.0, 2.0, 1.0],
        "bdi_t0": [20.0, 22.5, 24.0, 18.0],
        "bdi_t1": [15.0, -99.0, None, -98.0],
    }
)

TOML = """
[study]
name = "formats"
[arms]
0 = "Usual care"
1 = "MBT"
{missing}
[tables.persons]
file = "{file}"
id = "ID"
arm = "group"
[[tables.measures]]
file = "{file}"
scale = "bdi"
wide = {{ bdi_t0 = 0, bdi_t1 = 1 }}
[scales.bdi]
better = "lower"
range = [0, 63]
"""
CODES = '[missing]\ncodes = { "-99" = "declined", "-98" = "not asked" }'


def write(folder: Path, kind: str) -> None:
    codes = "" if kind == "sav" else CODES
    (folder / "study.toml").write_text(TOML.format(file=f"data.{kind}", missing=codes), encoding="utf-8")
    path = folder / f"data.{kind}"
    if kind == "csv":
        FRAME.with_columns(pl.col("ID").cast(pl.Int64)).write_csv(path)
    elif kind == "parquet":
        FRAME.with_columns(pl.col("ID", "group").cast(pl.Int64)).write_parquet(path)
    elif kind == "xlsx":
        workbook(path, [FRAME.columns, *FRAME.rows()])
    else:
        spss(path)


def spss(path: Path) -> None:
    import pyreadstat

    pyreadstat.write_sav(
        FRAME.to_pandas(),
        str(path),
        variable_value_labels={
            "group": {0: "TAU", 1: "MBT"},
            "sex": {1: "female", 2: "male"},
            "bdi_t1": {-99: "declined", -98: "not asked"},
        },
        missing_ranges={"bdi_t1": [{"lo": -99, "hi": -98}]},
    )


def workbook(path: Path, rows: list[Any], title: str = "data", top: int = 1) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for place, row in enumerate(rows, start=top):
        for column, value in enumerate(row, start=1):
            sheet.cell(place, column, value)
    book.save(path)


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "sav"])
def test_the_same_study_in_every_format(tmp_path: Path, kind: str) -> None:
    write(tmp_path, kind)
    study = read_study(tmp_path)
    assert study.persons["id"].to_list() == ["1", "2", "3", "4"]
    assert study.persons["arm"].to_list() == ["0", "1", "1", "0"]
    assert study.measures.filter(pl.col("time") == 1).select("id", "value", "absent").rows() == [
        ("1", 15.0, None),
        ("2", None, "declined"),
        ("3", None, "no value recorded"),
        ("4", None, "not asked"),
    ]
    assert study.measures.filter(pl.col("time") == 0)["value"].to_list() == [20.0, 22.5, 24.0, 18.0]


def test_spss_labels_become_words_and_keep_their_order(tmp_path: Path) -> None:
    write(tmp_path, "sav")
    study = read_study(tmp_path)
    assert study.persons["sex"].to_list() == ["female", "male", "male", "female"]
    assert list(study.labels["sex"].items()) == [("1", "female"), ("2", "male")]


def test_spss_labels_may_be_the_arms(tmp_path: Path) -> None:
    write(tmp_path, "sav")
    text = (tmp_path / "study.toml").read_text(encoding="utf-8").replace("\n0 =", "\nTAU =").replace("\n1 =", "\nMBT =")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert read_study(tmp_path).persons["arm"].to_list() == ["TAU", "MBT", "MBT", "TAU"]


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "sav"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"PAR1 no PAR1", b"$FL2@(#) no", b"plain text"])
def test_a_broken_file_is_a_problem(tmp_path: Path, kind: str, content: bytes) -> None:
    write(tmp_path, kind)
    (tmp_path / f"data.{kind}").write_bytes(content)
    found = check_study(tmp_path)
    assert [(problem.code, problem.file) for problem in found] == [("unreadable-table", f"data.{kind}")]


@pytest.mark.parametrize("offset", [180, 184, 188, 212, 244, 452])
def test_an_spss_file_whose_dictionary_is_damaged(tmp_path: Path, offset: int) -> None:
    """Bytes that make ReadStat crash the process must not reach it: widths, label and missing flags, record kinds."""
    write(tmp_path, "sav")
    content = bytearray((tmp_path / "data.sav").read_bytes())
    content[offset] = 255
    (tmp_path / "data.sav").write_bytes(content)
    assert [problem.code for problem in check_study(tmp_path)] == ["unreadable-table"]


def test_spss_with_long_texts(tmp_path: Path) -> None:
    """Texts of more than 8 bytes, and more than 255, take several records of the dictionary."""
    import pyreadstat

    long = pl.DataFrame({"ID": ["person-number-1", "2"], "note": ["x" * 600, "y"], "bdi_t0": [1.0, 2.0]})
    pyreadstat.write_sav(long.to_pandas(), str(tmp_path / "long.sav"))
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "long"\n[tables.persons]\nfile = "long.sav"\nid = "ID"\n', encoding="utf-8"
    )
    study = read_study(tmp_path)
    assert study.persons["id"].to_list() == ["person-number-1", "2"]
    assert study.persons["note"].str.len_chars().to_list() == [600, 1]


def test_a_workbook_with_a_password(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    (tmp_path / "data.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert check_study(tmp_path)[0].code == "password-protected"


def test_several_sheets_read_the_first_and_say_so(tmp_path: Path) -> None:
    import openpyxl

    write(tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "data.xlsx")
    book.create_sheet("notes")["A1"] = "n"
    book.save(tmp_path / "data.xlsx")
    found = read_study(tmp_path).notices
    assert [(problem.code, problem.possible) for problem in found] == [("several-sheets", "data, notes")]


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    text = (tmp_path / "study.toml").read_text(encoding="utf-8").replace('id = "ID"', 'id = "ID"\nsheet = "dta"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    found = next(problem for problem in check_study(tmp_path) if problem.code == "missing-sheet")
    assert found.possible == "data"
    assert "Did you mean 'data'?" in found.do


def test_a_header_of_merged_cells(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    workbook(tmp_path / "data.xlsx", [["ID", "BDI", None], ["", "pre", "post"], [1, 2, 3]])
    found = check_study(tmp_path)[0]
    assert (found.code, found.row) == ("merged-header", 1)
    assert "C" in found.found


def test_rows_of_a_sheet_that_starts_lower_keep_their_number(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    workbook(tmp_path / "data.xlsx", [FRAME.columns, [1, 0, 1, 20, 30], [2, 1, 1, "x", 30]], top=4)
    found = check_study(tmp_path)
    assert [(problem.code, problem.row, problem.column) for problem in found] == [("not-a-number", 6, "bdi_t0")]


def test_dates_of_a_sheet(tmp_path: Path) -> None:
    day = dt.datetime(2024, 1, 31)
    workbook(tmp_path / "p.xlsx", [["id", "began"], [1, day], [2, day]])
    workbook(
        tmp_path / "m.xlsx", [["id", "on", "x"], [1, dt.datetime(2024, 2, 14), 5], [2, dt.datetime(2024, 1, 31), 6]]
    )
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "d"\ntime_unit = "week"\n[tables.persons]\nfile = "p.xlsx"\nid = "id"\nstart = "began"\n'
        '[tables.measures]\nfile = "m.xlsx"\ndate = "on"\nvalue = "x"\nscale = "x"\n[scales.x]\nbetter = "higher"\n',
        encoding="utf-8",
    )
    assert read_study(tmp_path).measures["time"].to_list() == [2.0, 0.0]


def test_an_unknown_format(tmp_path: Path) -> None:
    write(tmp_path, "csv")
    (tmp_path / "data.csv").rename(tmp_path / "data.rds")
    text = (tmp_path / "study.toml").read_text(encoding="utf-8").replace("data.csv", "data.rds")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert check_study(tmp_path)[0].code == "unknown-format"


def test_cells_with_errors_are_told(tmp_path: Path) -> None:
    write(tmp_path, "xlsx")
    rows = [FRAME.columns, [1, 0, 1, 20, 30], [2, 1, 1, 22, "=1/0"], [3, 1, 2, "#N/A", 4]]
    workbook(tmp_path / "data.xlsx", rows)
    study = read_study(tmp_path)
    assert {(notice.code, notice.row, notice.column) for notice in study.notices} == {
        ("cell-error", 3, "bdi_t1"),
        ("cell-error", 4, "bdi_t0"),
    }
    assert study.measures["value"].null_count() == 2
