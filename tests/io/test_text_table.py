"""CSV and TSV as people have them: separators, decimal commas, encodings, quotes, size."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.io.csv_scan import Scan, decoded, scan_records, sniff_decimal, sniff_separator
from forwhom.io.tables import read_sheet
from forwhom.study.collect import Collector
from forwhom.study.sheet import Sheet, numbers
from forwhom.study.spec import Source


def read(path: Path, content: str | bytes, **how: str) -> tuple[Sheet | None, Collector]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = Collector()
    return read_sheet(path, Source(path.name, "[tables.persons]", **how), found), found


def sheet_of(path: Path, content: str | bytes, **how: str) -> Sheet:
    sheet, found = read(path, content, **how)
    assert sheet is not None, found.problems
    return sheet


@pytest.mark.parametrize(
    "content",
    [
        "id,x\n007,1.5\nä,2\n",
        "id;x\n007;1,5\nä;2\n",
        "id\tx\n007\t1.5\nä\t2\n",
        "id|x\n007|1.5\nä|2\n",
        "\ufeffid;x\r\n007;1,5\r\nä;2\r\n",
        '"id","x"\n"007","1.5"\n"ä","2"',
        "id,x\n 007 , 1.5 \nä,2\n\n\n",
        "id,x\n007,1.5\nä,2\n".encode("utf-16"),
    ],
    ids=["comma", "german-excel", "tab", "pipe", "bom-crlf", "quoted", "spaces", "utf-16"],
)
def test_one_table_in_many_spellings(tmp_path: Path, content: str | bytes) -> None:
    sheet = sheet_of(tmp_path / "a.csv", content)
    assert sheet.frame.columns == ["id", "x"]
    assert [cell.strip() for cell in sheet.frame["id"]] == ["007", "ä"]
    assert numbers(sheet, "x", Collector()).values.to_list() == [1.5, 2.0]
    assert sheet.rows.to_list() == [2, 3]


def test_a_declared_encoding(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "a.csv", "id,x\nMüller,1\n".encode("cp1252"), encoding="cp1252")
    assert sheet.frame["id"].to_list() == ["Müller"]


def test_a_declared_separator_and_decimal(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "a.csv", "id;x,y\n1;2,5\n", separator=";", decimal=",")
    assert sheet.frame.columns == ["id", "x,y"]
    assert numbers(sheet, "x,y", Collector()).values.to_list() == [2.5]


def test_empty_rows_are_set_aside_and_rows_keep_their_number(tmp_path: Path) -> None:
    sheet, found = read(tmp_path / "a.csv", 'id,x\n1,"a\nb"\n\n,\n2,3\n\n')
    assert sheet is not None
    assert sheet.rows.to_list() == [2, 5]
    assert [(aside.rows, aside.why) for aside in found.set_aside] == [((3, 4), "the row is empty")]


def test_a_column_without_a_name(tmp_path: Path) -> None:
    assert sheet_of(tmp_path / "a.csv", '"",x\n1,2\n').frame.columns == ["column_1", "x"]


def test_a_workbook_named_csv_is_no_traceback(tmp_path: Path) -> None:
    sheet, found = read(tmp_path / "a.csv", b"PK\x03\x04 not really")
    assert sheet is None
    assert [problem.code for problem in found.problems] == ["unreadable-table"]


cells = st.text(st.sampled_from('ab1 ,;"\n\r\té€'), max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8), st.integers(1, 40))
def test_the_scan_counts_fields_like_the_csv_module(rows: list[list[str]], size: int) -> None:
    """Whatever is quoted and wherever a block ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    data = text.getvalue().encode()
    scan = Scan()
    blocks = (data[start : start + size] for start in range(0, len(data), size))
    scan_records(decoded(blocks, "utf-8", scan), ",", scan)
    assert scan.undecodable is None
    assert not scan.stray
    assert scan.records == len(rows)
    assert scan.ragged == [(place, len(row)) for place, row in enumerate(rows, start=1) if len(row) != len(rows[0])]


@given(st.binary(max_size=60), st.integers(1, 20))
def test_any_bytes_end_in_a_scan(data: bytes, size: int) -> None:
    scan = Scan()
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    scan_records(decoded(blocks, "utf-8", scan), ",", scan)
    assert scan.undecodable == first_wrong_byte(data)
    if scan.undecodable is None:
        assert (scan.nul is None) == (b"\0" not in data)


def first_wrong_byte(data: bytes) -> tuple[int, int] | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start, data[: error.start].count(b"\n") + 1
    return None


@pytest.mark.parametrize(
    ("sample", "separator", "decimal"),
    [
        ("a,b\n1.5,2\n", ",", "."),
        ("a;b\n1,5;2,25\n", ";", ","),
        ("a;b\n1.5;2\n", ";", "."),
        ("a\tb\n1,5\t2\n", "\t", ","),
        ("a;b\n31.12.2024;2,5\n", ";", ","),
        ('a,b\n"x;y;z",1\n"x;y",2\n', ",", "."),
        ("only\n1\n", ",", "."),
    ],
)
def test_sniffing(sample: str, separator: str, decimal: str) -> None:
    assert sniff_separator(sample) == separator
    assert sniff_decimal(sample, separator) == decimal


# A child's ru_maxrss starts from its parent's memory; the high-water mark of the process itself does not.
MEASURE = """
import re, sys
from pathlib import Path
from forwhom.io.folder import check_study
codes = sorted({problem.code for problem in check_study(Path(sys.argv[1]))})
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
print(",".join(codes), peak // 1024)
"""


def measured(folder: Path) -> tuple[str, int]:
    """(codes of the problems, peak resident memory in MB) of a check in a process of its own."""
    run = subprocess.run([sys.executable, "-c", MEASURE, str(folder)], capture_output=True, text=True, check=True)
    codes, peak = run.stdout.split()
    return codes, int(peak)


def study_of(folder: Path, extra: str = "") -> None:
    (folder / "study.toml").write_text(
        f'[study]\nname = "big"\n[tables.persons]\nfile = "big.csv"\nid = "id"\n{extra}\n', encoding="utf-8"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is there on Linux only")
def test_two_gigabytes_opened_by_mistake_are_refused_in_little_memory(tmp_path: Path) -> None:
    study_of(tmp_path)
    with (tmp_path / "big.csv").open("wb") as file:
        file.write(b"id,x\n1,2\n")
        file.truncate(2_000_000_000)
    codes, peak = measured(tmp_path)
    assert codes == "file-too-large"
    assert peak < 300


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is there on Linux only")
def test_the_byte_scan_streams(tmp_path: Path) -> None:
    """With the limit raised the bytes are looked at block by block: the masks of 60 MB would take ten times as much."""
    study_of(tmp_path, "max_mb = 3000")
    with (tmp_path / "big.csv").open("wb") as file:
        file.write(b"id,x\n1,2\n")
        file.truncate(60_000_000)
    codes, peak = measured(tmp_path)
    assert codes == "nul-bytes"
    assert peak < 300
