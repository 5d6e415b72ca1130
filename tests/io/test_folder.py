"""What a study folder reads to: reasons, rows set aside, occasions, dates, ids, fingerprint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.problems import errors
from forwhom.study import SELF

Make = Callable[..., Path]


def cells(frame: pl.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return frame.select(names).rows()


def test_the_small_study(make: Make) -> None:
    study = read_study(make())
    assert [arm.name for arm in study.arms] == ["TAU", "CBT"]
    assert study.reference is not None
    assert study.reference.label == "Usual care"
    assert study.covariates == ("age",)
    assert study.persons.schema == {"id": pl.String, "arm": pl.String, "age": pl.Float64}
    assert study.measures.columns == ["id", "scale", "time", "informant", "value", "absent"]
    assert cells(study.measures, "id", "time", "value", "absent")[2:4] == [
        ("2", 0.0, 22.0, None),
        ("2", 3.0, None, "no value recorded"),
    ]
    assert study.measures["informant"].unique().to_list() == [SELF]
    assert (study.scales["bdi"].low, study.scales["bdi"].high) == (0.0, 63.0)


def test_missing_codes_become_reasons(make: Make, tiny_toml: str) -> None:
    codes = '[missing]\ncodes = { "-99" = "not asked", "-98" = "declined", NA = "" }\n'
    scores = "id,month,bdi\n1,0,-99\n1,3,-98.0\n2,0,NA\n2,3,\n3,0,5\n"
    study = read_study(make(tiny_toml + codes, scores__csv=scores))
    assert study.measures["absent"].to_list() == [
        "not asked",
        "declined",
        "no value recorded",
        "no value recorded",
        None,
    ]


def test_rows_that_repeat_are_set_aside_and_counted(make: Make) -> None:
    scores = "id,month,bdi,rater\n1,0,20,a\n1,0,20,a\n2,0,22,a\n2,0,22,b\n3,0,,a\n3,0,24,a\n"
    study = read_study(make(scores__csv=scores))
    assert cells(study.measures, "id", "value") == [("1", 20.0), ("2", 22.0), ("3", 24.0)]
    assert {(aside.rows, aside.why) for aside in study.set_aside} == {
        ((3,), "repeats an earlier row exactly"),
        ((5,), "repeats an earlier value of the same person and time"),
        ((6,), "another row of the same person and time has the value"),
    }
    assert sum(notice.count for notice in study.notices) == 3


@pytest.mark.parametrize(("rule", "value"), [("first", 20.0), ("last", 30.0), ("mean", 25.0)])
def test_a_declared_rule_for_different_values(make: Make, tiny_toml: str, rule: str, value: float) -> None:
    toml = tiny_toml.replace('value = "bdi"', f'value = "bdi"\nrepeats = "{rule}"')
    study = read_study(make(toml, scores__csv="id,month,bdi\n1,0,20\n1,0,20\n1,0,30\n2,0,1\n"))
    assert cells(study.measures, "id", "value") == [("1", value), ("2", 1.0)]
    assert sum(notice.count for notice in study.notices) == 2


def test_values_of_two_blocks_must_agree(make: Make, tiny_toml: str) -> None:
    again = '[[tables.measures]]\nfile = "more.csv"\nid = "id"\nscale = "bdi"\nwide = { pre = 0 }\n'
    folder = make(tiny_toml + again, more__csv="id,pre\n1,20\n2,23\n3,24\n")
    found = errors(check_study(folder))
    assert [(problem.code, problem.file, problem.row, problem.column) for problem in found] == [
        ("two-values", "more.csv", 3, "pre")
    ]
    assert "scores.csv, row 4" in found[0].found


def test_informants_are_kept_apart(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"', 'value = "bdi"\ninformant = "who"')
    study = read_study(make(toml, scores__csv="id,month,bdi,who\n1,0,20,\n1,0,30,partner\n"))
    assert cells(study.measures, "informant", "value") == [(SELF, 20.0), ("partner", 30.0)]


def test_a_constant_informant(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"', 'value = "bdi"\ninformant_is = "clinician"')
    assert read_study(make(toml)).measures["informant"].unique().to_list() == ["clinician"]


def test_several_scales_in_one_long_file(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"\nscale = "bdi"', 'values = { b = "bdi", p = "phq" }')
    toml += '[scales.phq]\nbetter = "lower"\n'
    study = read_study(make(toml, scores__csv="id,month,b,p\n1,0,20,3\n2,0,22,4\n"))
    assert cells(study.measures, "id", "scale", "value") == [
        ("1", "bdi", 20.0), ("1", "phq", 3.0), ("2", "bdi", 22.0), ("2", "phq", 4.0),
    ]  # fmt: skip


def test_a_column_that_names_the_scale(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('scale = "bdi"', 'scale_column = "what"')
    study = read_study(make(toml, scores__csv="id,month,bdi,what\n1,0,20,bdi\n"))
    assert study.measures["scale"].to_list() == ["bdi"]
    found = check_study(make(toml, scores__csv="id,month,bdi,what\n1,0,20,bid\n"))
    assert [(problem.code, problem.row, problem.column) for problem in found] == [("unknown-scale", 2, "what")]


def test_times_in_words(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('time = "month"', 'time = "month"\ntimes = { pre = 0, post = 3 }')
    study = read_study(make(toml, scores__csv="id,month,bdi\n1,pre,20\n1,post,10\n"))
    assert study.measures["time"].to_list() == [0.0, 3.0]
    found = check_study(make(toml, scores__csv="id,month,bdi\n1,pre,20\n1,fu,10\n"))
    assert [(problem.code, problem.row, problem.possible) for problem in found] == [("unknown-time", 3, "pre, post")]


def test_occasions_move_near_times_and_expect_everyone(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"', 'value = "bdi"\noccasions = [0, 3]\ntolerance = 0.5')
    scores = "id,month,bdi\n1,0.2,20\n1,3.4,15\n1,2.9,14\n2,0,22\n2,5,1\n"
    study = read_study(make(toml, scores__csv=scores))
    assert cells(study.measures, "id", "time", "value", "absent") == [
        ("1", 0.0, 20.0, None),
        ("1", 3.0, 14.0, None),
        ("2", 0.0, 22.0, None),
        ("2", 3.0, None, "no row recorded"),
        ("3", 0.0, None, "no row recorded"),
        ("3", 3.0, None, "no row recorded"),
    ]
    assert {(aside.rows, aside.why) for aside in study.set_aside} == {
        ((3,), "another row of this person is nearer to the occasion"),
        ((6,), "the time is outside every occasion's window"),
    }


def test_windows(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"', 'value = "bdi"\nwindow = { "0" = [-1, 0], "3" = [2, 6] }')
    study = read_study(make(toml, scores__csv="id,month,bdi\n1,-0.5,20\n1,5.5,15\n2,1,3\n"))
    assert cells(study.measures.filter(pl.col("id") == "1"), "time", "value") == [(0.0, 20.0), (3.0, 15.0)]
    assert [aside.rows for aside in study.set_aside] == [(4,)]


def test_a_time_that_is_no_occasion(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('value = "bdi"', 'value = "bdi"\noccasions = [0, 3]')
    found = check_study(make(toml, scores__csv="id,month,bdi\n1,0,20\n1,3.5,15\n"))
    assert [(problem.code, problem.row, problem.column) for problem in found] == [("time-not-an-occasion", 3, "month")]


def test_dates_become_time_since_the_start(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('time = "month"', 'date = "on"').replace('arm = "arm"', 'arm = "arm"\nstart = "began"')
    toml = toml.replace('time_unit = "month"', 'time_unit = "days"')
    persons = "id,arm,began\n1,TAU,2024-02-01\n2,CBT,01.03.2024\n"
    study = read_study(make(toml, persons__csv=persons, scores__csv="id,on,bdi\n1,2024-03-01,20\n2,29.02.2024,10\n"))
    assert study.measures["time"].to_list() == [29.0, -1.0]
    found = check_study(make(toml, persons__csv=persons, scores__csv="id,on,bdi\n1,03/04/2024,20\n"))
    assert [(problem.code, problem.row, problem.column) for problem in found] == [("not-a-date", 2, "on")]
    assert "date_format" in found[0].do


def test_a_row_without_a_time_is_set_aside(make: Make) -> None:
    study = read_study(make(scores__csv="id,month,bdi\n1,0,20\n2,,22\n"))
    assert [(aside.rows, aside.why) for aside in study.set_aside] == [((3,), "no time is recorded")]


def test_row_numbers_as_ids(make: Make) -> None:
    toml = """
[study]
name = "rows"
[tables.persons]
file = "persons.csv"
id = "#row"
[[tables.measures]]
file = "persons.csv"
id = "#row"
scale = "x"
wide = { x0 = 0, x1 = 1 }
[scales.x]
better = "higher"
"""
    study = read_study(make(toml, persons__csv="x0,x1,sex\n1,2,f\n3,,m\n"))
    assert study.persons["id"].to_list() == ["1", "2"]
    assert study.covariates == ("sex",)
    assert study.arms == ()
    assert cells(study.measures, "id", "value") == [("1", 1.0), ("1", 2.0), ("2", 3.0), ("2", None)]


def test_ids_stay_as_they_are_written(make: Make) -> None:
    study = read_study(make(persons__csv="id,arm\n007,TAU\n 7 ,CBT\n", scores__csv="id,month,bdi\n007,0,1\n7,0,2\n"))
    assert study.persons["id"].to_list() == ["007", "7"]
    assert cells(study.measures, "id", "value") == [("007", 1.0), ("7", 2.0)]


def test_a_person_without_an_arm_is_kept_and_counted(make: Make) -> None:
    study = read_study(make(persons__csv="id,arm\n1,TAU\n2,\n3,CBT\n"))
    assert study.persons["arm"].to_list() == ["TAU", None, "CBT"]
    assert [(notice.code, notice.count) for notice in study.notices] == [("not-allocated", 1)]


def test_persons_from_repeated_rows(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace('arm = "arm"', 'arm = "arm"\nrepeated = true').replace("scores.csv", "persons.csv")
    rows = "id,arm,sex,mood,month,bdi\n1,TAU,f,3,0,20\n1,,,4,3,15\n2,CBT,m,3,0,22\n"
    study = read_study(make(toml, persons__csv=rows))
    assert study.persons.rows() == [("1", "TAU", "f"), ("2", "CBT", "m")]
    assert [(notice.code, notice.column) for notice in study.notices] == [("column-varies", "mood")]
    found = errors(check_study(make(toml, persons__csv=rows + "2,TAU,m,3,3,1\n")))
    assert [(problem.code, problem.column, problem.found.endswith(": 2")) for problem in found] == [
        ("role-varies", "arm", True)
    ]


def test_ignored_columns_are_no_covariates(make: Make, tiny_toml: str) -> None:
    assert read_study(make(tiny_toml.replace('arm = "arm"', 'arm = "arm"\nignore = ["age"]'))).covariates == ()


def test_a_number_column_with_one_word_is_pointed_out(make: Make) -> None:
    people = "id,arm,age\n" + "".join(f"{n},TAU,{n + 20}\n" for n in range(1, 10)) + "10,CBT,thirty\n"
    study = read_study(make(persons__csv=people))
    assert [(notice.code, notice.row, notice.column) for notice in study.notices] == [("mostly-numbers", 11, "age")]


def test_two_files_with_different_ends(make: Make, tiny_toml: str) -> None:
    """The person of the persons table who never was measured is expected where the occasions are known."""
    toml = tiny_toml.replace('time = "month"\nvalue = "bdi"', "wide = { pre = 0, post = 3 }")
    study = read_study(make(toml, scores__csv="id,pre,post\n1,20,10\n2,21,\n"))
    assert study.measures.filter(pl.col("id") == "3")["absent"].to_list() == ["no row recorded", "no row recorded"]


def test_the_fingerprint_is_of_the_bytes(make: Make, tiny_toml: str) -> None:
    first = read_study(make()).fingerprint
    assert read_study(make()).fingerprint == first
    assert read_study(make(tiny_toml + "# comment\n")).fingerprint != first
    assert read_study(make(scores__csv="id,month,bdi\n1,0,20\n")).fingerprint != first
    folder = make()
    (folder / "other.csv").write_text("not read\n", encoding="utf-8")
    assert read_study(folder).fingerprint == first
    (folder / "instruments").mkdir()
    (folder / "instruments" / "own.toml").write_text("", encoding="utf-8")
    assert read_study(folder).fingerprint != first


def test_a_byte_order_mark_in_study_toml(make: Make, tiny_toml: str) -> None:
    folder = make()
    (folder / "study.toml").write_bytes(b"\xef\xbb\xbf" + tiny_toml.encode())
    assert check_study(folder) == ()


def test_limits_of_an_instrument_are_held_row_by_row(make: Make, tiny_toml: str) -> None:
    toml = tiny_toml.replace("range = [0, 63]\n", 'instrument = "phq-9"\n')
    found = check_study(make(toml, scores__csv="id,month,bdi\n1,0,20\n2,0,28\n"))
    assert [(problem.code, problem.file, problem.row) for problem in found] == [("value-out-of-range", "scores.csv", 3)]
