"""forwhom new with the files people have: missing codes of SPSS, stray words, encodings, workbooks, long forms."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forwhom.io.folder import check_study
from forwhom.io.new import guess_study, write_study
from forwhom.problems import errors


def checked(guess: Any) -> str:
    return " ".join(guess.to_check)


def test_user_missing_codes_of_spss_are_no_scores(tmp_path: Path) -> None:
    import pyreadstat

    data = pl.DataFrame(
        {"id": [float(n) for n in range(1, 13)], "arm": [0.0, 1.0, -9.0] * 4,
         "phq9_pre": [20.0, -9.0, *range(10)], "phq9_w12": [-8.0, 23.0, *range(10)]}
    )  # fmt: skip
    missing = {name: [-9, -8] for name in ("arm", "phq9_pre", "phq9_w12")}
    pyreadstat.write_sav(data.to_pandas(), str(tmp_path / "d.sav"), missing_ranges=missing)
    guess = guess_study(tmp_path / "d.sav")
    scale = guess.scales[0]
    assert (scale.instrument, scale.low, scale.high) == ("phq-9", 0.0, 23.0)
    assert guess.missing == {}
    assert set(guess.arms) == {"0", "1"}


def test_a_stray_word_does_not_drop_the_time_point(tmp_path: Path) -> None:
    data = {"id": list(range(1, 11)), "phq9_w0": ["5"] * 9 + ["9"], "phq9_w12": ["4"] * 9 + ["3"],
            "phq9_w24": ["3", "ill", *"23456789"]}  # fmt: skip
    pl.DataFrame(data).write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert [scale.wide for scale in guess.scales] == [{"phq9_w0": 0, "phq9_w12": 12, "phq9_w24": 24}]
    assert "Row 3 of phq9_w24 has 'ill'" in checked(guess)


def test_a_value_out_of_an_instruments_range_is_said(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2, 3], "phq9_pre": [20, 11, 60], "phq9_3m": [3, 4, 5]}).write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert guess.scales[0].instrument is None
    assert "phq9 is called like phq-9, whose scores are 0 to 27, but row 4 of phq9_pre has 60." in checked(guess)


def test_windows_1252(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_bytes("id,ort,x_t1,x_t2\n1,Köln,5,9\n2,Bonn,3,6\n3,Köln,4,5\n".encode("cp1252"))
    guess = guess_study(file)
    assert "Windows-1252" in guess.said[0]
    assert "umlauts" in guess.to_check[0]
    text = write_study(tmp_path / "own", guess).read_text(encoding="utf-8")
    doc = tomllib.loads(text)["tables"]
    assert {doc["persons"]["encoding"], *(block["encoding"] for block in doc["measures"])} == {"cp1252"}
    assert [problem.code for problem in check_study(tmp_path / "own")] == ["direction-unknown"]


def test_the_sheets_of_a_workbook_are_named(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Scores, all"
    for name in ("Scores, all", "Codes"):
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in (["id", "x_t1", "x_t2"], [1, 2, 9], [2, 5, 6], [3, 1, 7]):
            sheet.append(row)
    book.save(tmp_path / "d.xlsx")
    guess = guess_study(tmp_path / "d.xlsx")
    assert guess.sheet == "Scores, all"
    assert "Scores, all" in guess.said[0]
    assert "Codes" in guess.to_check[0]


@pytest.mark.parametrize("name", ["T{t}_phq9_{n:02}", "phq9_t{t}_{n}"])
def test_items_that_say_the_time_first_are_one_scale(tmp_path: Path, name: str) -> None:
    items = {name.format(t=t, n=n): [n % 4, t, 3, 1] for t in (1, 2) for n in range(1, 10)}
    pl.DataFrame({"id": ["a", "b", "c", "d"], **items}).write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert [(scale.name, scale.instrument) for scale in guess.scales] == [("phq9", "phq-9")]
    assert {time: len(columns) for time, columns in guess.scales[0].items.items()} == {1.0: 9, 2.0: 9}
    write_study(tmp_path / "own", guess)
    assert errors(check_study(tmp_path / "own")) == ()


def test_a_long_file_with_scale_and_informant(tmp_path: Path) -> None:
    rows = [
        (i, "AB"[i % 2], month, scale, who, (i * 3 + month + len(who)) % 20)
        for i in range(1, 9) for month in (0, 6) for scale in ("phq9", "Quality of life") for who in ("self", "parent")
    ]  # fmt: skip
    names = ["id", "arm", "month", "scale", "informant", "score"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert [(scale.name, scale.instrument) for scale in guess.scales] == [("phq9", "phq-9"), ("Quality of life", None)]
    assert (guess.long.scale_column, guess.long.informant) == ("scale", "informant")
    path = write_study(tmp_path / "own", guess)
    assert [problem.code for problem in check_study(tmp_path / "own")] == ["direction-unknown"]
    path.write_text(path.read_text(encoding="utf-8").replace('"?"', '"higher"'), encoding="utf-8")
    assert check_study(tmp_path / "own") == ()


@pytest.mark.parametrize("zone", ["", "+02:00"])
def test_a_diary_with_timestamps(tmp_path: Path, zone: str) -> None:
    rows = [
        (i, (dt.datetime(2024, 5, 1, 9) + dt.timedelta(hours=5 * n)).isoformat() + zone, n % 7)
        for i in range(1, 10) for n in range(12)
    ]  # fmt: skip
    pl.DataFrame(rows, schema=["id", "timestamp", "sad"], orient="row").write_csv(tmp_path / "d.csv")
    guess = guess_study(tmp_path / "d.csv")
    assert guess.diary == {"timestamp": "timestamp"}
    assert ("time_zone" in checked(guess)) == (zone == "")
    write_study(tmp_path / "own", guess)
    assert [p.code for p in errors(check_study(tmp_path / "own"))] == ([] if zone else ["timestamp-without-zone"])
    few = pl.DataFrame(rows, schema=["id", "answered", "sad"], orient="row").group_by("id").head(3)
    few.write_csv(tmp_path / "few.csv")
    assert "answered holds dates with times" in checked(guess_study(tmp_path / "few.csv"))


def test_a_blank_time_point_stays_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(
        "id,phq9_w0,phq9_w12\n" + "".join(f"{n},,{n}\n" for n in range(9)), encoding="utf-8"
    )
    guess = guess_study(tmp_path / "d.csv")
    assert [scale.wide for scale in guess.scales] == [{"phq9_w0": 0, "phq9_w12": 12}]
    assert "phq9_w0 has no value at all." in guess.to_check
