"""What problems say: no doubled marks, no names of classes, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom.io.folder import check_study, read_and_score
from forwhom.io.tables import read_sheet
from forwhom.problems import Problem, ProblemsFound, errors
from forwhom.study.collect import Collector
from forwhom.study.spec import Source

Make = Callable[..., Path]
Problems = Callable[..., tuple[Problem, ...]]


def test_a_question_gets_no_full_stop() -> None:
    assert str(Problem("x", "Do it.", "a.csv", found="no arm. Did you mean 'b'?")).startswith(
        "a.csv: no arm. Did you mean 'b'?\n"
    )
    assert "?." not in str(Problem("x", "Do it.", found="What?", possible="This?"))


def test_a_number_is_said_once() -> None:
    assert "(40 rows)" not in str(Problem("x", "Do it.", found="40 rows set aside: empty", count=40))
    assert "(40 rows)" in str(Problem("x", "Do it.", found="empty", count=40))
    assert "(40 rows)" in str(Problem("x", "Do it.", found="140 is wrong", count=40))


def test_an_unknown_instrument_names_its_scale_and_the_nearest(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('better = "lower"', 'better = "lower"\ninstrument = "bdi-iii"')
    with pytest.raises(ProblemsFound) as raised:
        read_and_score(make(toml))
    problem = next(each for each in raised.value.problems if each.code == "unknown-instrument")
    assert problem.column == "[scales.bdi] instrument"
    assert "bdi-ii" in problem.possible
    assert problem.possible.count(",") < 6
    assert "did you mean bdi-ii" in problem.do.casefold()


def test_a_broken_own_instrument_keeps_its_path(make: Make, tiny_toml: str) -> None:
    folder = make(tiny_toml.replace('better = "lower"', 'better = "lower"\ninstrument = "own"'))
    (folder / "instruments").mkdir()
    (folder / "instruments" / "own.toml").write_bytes(b"a = 1\nname = 'f\xfcnf'\n")
    with pytest.raises(ProblemsFound) as raised:
        read_and_score(folder)
    problem = next(each for each in raised.value.problems if each.code == "instrument-unreadable")
    assert (problem.file, problem.row) == ("instruments/own.toml", 2)
    assert problem.found == "the byte at offset 15 is not UTF-8"


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx", "a.sav", "a.csv"])
def test_a_damaged_file_is_told_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 damaged")
    found = Collector()
    assert read_sheet(tmp_path / name, Source(name, "[tables.persons]"), found) is None
    said = " ".join(str(problem) for problem in found.problems)
    assert "cannot be read" in said
    assert "Error" not in said


@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_limit_of_nothing_is_a_mistake(problems: Problems, tiny_toml: str, size: str) -> None:
    found = problems(tiny_toml.replace('value = "bdi"', f'value = "bdi"\nmax_mb = {size}'))
    assert [(p.code, p.column) for p in found] == [("wrong-value", "[[tables.measures]] 1 max_mb")]


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_a_mistake(problems: Problems, tiny_toml: str, name: str) -> None:
    found = problems(tiny_toml.replace('name = "tiny"', f'name = "{name}"'))
    assert [(p.code, p.column) for p in found] == [("wrong-value", "[study] name")]


def test_a_missing_file_is_not_the_one_in_use(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace("persons.csv", "data1.csv").replace("scores.csv", "data2.csv")
    folder = make(toml, persons__csv=None, scores__csv=None, data1__csv="id,arm\n1,TAU\n2,CBT\n")
    problem = next(each for each in check_study(folder) if each.code == "missing-file")
    assert "Did you mean" not in problem.do
    folder = make(tiny_toml.replace("scores.csv", "m.csv"), data1__csv=None, p__csv="id\n1\n")
    problem = next(each for each in check_study(folder) if each.code == "missing-file")
    assert "Did you mean" not in problem.do


@pytest.mark.parametrize("time", ["1e300", "20240531", "-1e9"])
def test_a_time_beyond_all_times(problems: Problems, tiny_toml: str, time: str) -> None:
    found = problems(scores__csv=f"id,month,bdi\n1,0,20\n1,{time},15\n")
    assert [(p.code, p.row, p.column) for p in found] == [("time-out-of-range", 3, "month")]
    number = time if "e" in time else f"{time}.0"
    wide = tiny_toml.replace('time = "month"\nvalue = "bdi"', f'wide = {{ "bdi" = {number} }}')
    found = errors(problems(wide, scores__csv="id,bdi\n1,20\n"))
    assert [(p.code, p.column) for p in found] == [("time-out-of-range", "[[tables.measures]] 1 wide")]


@pytest.mark.filterwarnings("error")
def test_scores_that_are_all_absent_warn_of_nothing(make: Make) -> None:
    folder = make(scores__csv="id,month,bdi\n1,0,\n1,3,\n2,0,\n")
    assert [(p.code, p.column, p.severity) for p in check_study(folder)] == [("no-values", "bdi", "notice")]
    study = read_and_score(folder)
    assert study.measures["value"].null_count() == study.measures.height
