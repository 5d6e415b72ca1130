"""Every kind of bad input has its own problem: code, file, row, column. And they come all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.problems import Problem, ProblemsFound, errors

Problems = Callable[..., tuple[Problem, ...]]


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def place(problem: Problem) -> tuple[str, str | None, int | None, str | None]:
    return problem.code, problem.file, problem.row, problem.column


def toml_with(make_toml: str, old: str, new: str) -> str:
    assert old in make_toml
    return make_toml.replace(old, new)


@pytest.fixture
def toml(tiny_toml: str) -> str:
    return tiny_toml


def test_a_clean_folder_has_no_problems(problems: Problems) -> None:
    assert problems() == ()


CSV_CASES: list[tuple[dict[str, str | bytes], tuple[str, str, int | None, str | None], str]] = [
    ({"persons__csv": "id,arm,age\n1,TAU,30\n2,CBT,40\n1,CBT,50\n3,CBT,1\n"},
     ("repeated-id", "persons.csv", 4, "id"), "'1' is already in row 2"),
    ({"persons__csv": "id,arm,age\n1,TAU,30\n2,CBT,40\n3,CTB,50\n"},
     ("unknown-arm", "persons.csv", 4, "arm"), "'CTB' is not an arm"),
    ({"persons__csv": "id,arm,age\n1,TAU,30\n2,CBT,40\n3,CBT,50\n,CBT,1\n"},
     ("id-missing", "persons.csv", 5, "id"), "blank"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n9,0,22\n"},
     ("unknown-person", "scores.csv", 3, "id"), "'9' is not in the persons table"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n2,0,64\n"},
     ("value-out-of-range", "scores.csv", 3, "bdi"), "64 is outside the range of bdi"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n2,0,twenty\n"},
     ("not-a-number", "scores.csv", 3, "bdi"), "'twenty' is not a number"),
    ({"scores__csv": 'id,month,bdi\n1,0,20\n2,0,"1,5"\n'},
     ("not-a-number", "scores.csv", 3, "bdi"), "decimal comma"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n2,0,inf\n"},
     ("not-finite", "scores.csv", 3, "bdi"), "'inf' is not a finite number"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n1,0,21\n"},
     ("two-values", "scores.csv", 3, "bdi"), "21 here and 20 in row 2"),
    ({"scores__csv": "id,month,bdi\n1,baseline,20\n"},
     ("not-a-number", "scores.csv", 2, "month"), "'baseline' is not a number"),
    ({"scores__csv": "id,month,bdi\n1,0,20\n2,0\n3,0,1,1\n"},
     ("ragged-row", "scores.csv", 3, None), "2 fields"),
    ({"scores__csv": "id,month,bdi,bdi\n1,0,20,2\n"},
     ("column-named-twice", "scores.csv", 1, "bdi"), "columns 3 and 4"),
    ({"scores__csv": ""}, ("empty-table", "scores.csv", None, None), "the file is empty"),
    ({"scores__csv": "id,month,bdi\n"}, ("empty-table", "scores.csv", None, None), "header and no rows"),
    ({"scores__csv": b"id,month,bdi\n1,0,20\n2,0,\x0022\n"},
     ("nul-bytes", "scores.csv", None, None), "offset 24"),
    ({"scores__csv": b"id,month,bdi,note\n1,0,20,a\n2,0,22,f\xfcnf\n"},
     ("wrong-encoding", "scores.csv", 3, None), "offset 35"),
    ({"scores__csv": 'id,month,bdi\n1,0,20\n2,0,"22\n3,0,1\n'},
     ("unclosed-quote", "scores.csv", 3, None), "never ends"),
    ({"scores__csv": 'id,month,bdi,note\n1,0,20,a\n2,0,22,5" and 6"\n'},
     ("stray-quote", "scores.csv", 3, None), "in the middle of a cell"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "where", "found"), CSV_CASES, ids=lambda each: each[0] if isinstance(each, tuple) else ""
)
def test_a_wrong_table(
    problems: Problems, files: dict[str, str | bytes], where: tuple[str, str, int | None, str | None], found: str
) -> None:
    first = errors(problems(**files))[0]
    assert place(first) == where
    assert found in first.found
    assert first.do


def test_ragged_rows_are_all_named(problems: Problems) -> None:
    found = problems(scores__csv="id,month,bdi\n1,0,20\n2,0\n3,0,1,1\n")
    assert [(p.row, p.found, p.possible) for p in found] == [
        (3, "2 fields", "3 fields, as in the header"),
        (4, "4 fields", "3 fields, as in the header"),
    ]


def test_a_missing_file_lists_what_is_there(problems: Problems, toml: str) -> None:
    found = only(problems(toml_with(toml, "scores.csv", "score.csv")))
    assert place(found) == ("missing-file", "score.csv", None, "[[tables.measures]] 1 file")
    assert found.possible == "persons.csv, scores.csv"
    assert "Did you mean 'scores.csv'?" in found.do


def test_a_missing_column_lists_the_columns(problems: Problems, toml: str) -> None:
    found = only(problems(toml_with(toml, 'value = "bdi"', 'value = "BDI"')))
    assert place(found) == ("missing-column", "scores.csv", None, "BDI")
    assert found.possible == "id, month, bdi"
    assert "Did you mean 'bdi'?" in found.do


def test_a_folder_instead_of_a_file(make: Callable[..., Path], toml: str) -> None:
    folder = make(toml_with(toml, "scores.csv", "data"))
    (folder / "data").mkdir()
    (folder / "data" / "inner.csv").write_text("a\n1\n", encoding="utf-8")
    found = only(check_study(folder))
    assert found.code == "not-a-file"
    assert found.possible == "inner.csv"


def test_everything_is_reported_at_once(problems: Problems, toml: str) -> None:
    found = problems(
        toml_with(toml, "better", "bettre"),
        persons__csv="id,arm,age\n1,TAU,30\n2,XXX,40\n2,CBT,50\n",
        scores__csv="id,month,bdi\n1,0,99\n1,3,x\n7,0,2\n",
    )
    assert {problem.code for problem in found} == {
        "unknown-key", "direction-unknown", "unknown-arm", "repeated-id", "value-out-of-range", "not-a-number",
        "unknown-person",
    }  # fmt: skip


def test_alike_problems_are_grouped_and_counted_exactly(problems: Problems) -> None:
    lines = "".join(f"1,{month},x{month}\n" for month in range(1000))
    found = [p for p in problems(scores__csv="id,month,bdi\n" + lines) if p.code == "not-a-number"]
    assert len(found) == 21
    assert sum(problem.count for problem in found) == 1000
    assert found[-1].row == 22


def test_read_study_raises_all_of_them(make: Callable[..., Path]) -> None:
    folder = make(persons__csv="id,arm,age\n1,TAU,30\n2,XXX,40\n", scores__csv="id,month,bdi\n1,0,99\n")
    with pytest.raises(ProblemsFound) as raised:
        read_study(folder)
    assert [problem.code for problem in raised.value.problems] == ["unknown-arm", "value-out-of-range"]


@pytest.mark.parametrize(
    ("text", "row"), [("[study]\nname = tiny\n", 2), ("[study\n", 1), ("[study]\nname = 'a'\n\nx = 1\nx = 2\n", 5)]
)
def test_study_toml_that_is_no_toml_names_the_line(make: Callable[..., Path], text: str, row: int) -> None:
    found = only(check_study(make(text)))
    assert place(found) == ("not-toml", "study.toml", row, None)


def test_study_toml_that_is_no_utf8(make: Callable[..., Path]) -> None:
    folder = make()
    (folder / "study.toml").write_bytes(b"[study]\nname = 'M\xfcnchen'\n")
    assert place(only(check_study(folder))) == ("wrong-encoding", "study.toml", 2, None)


def test_no_folder_and_no_study_toml(tmp_path: Path) -> None:
    assert only(check_study(tmp_path / "nowhere")).code == "no-study"
    assert only(check_study(tmp_path)).code == "no-study"
    (tmp_path / "a.csv").write_text("a\n", encoding="utf-8")
    assert "file" in only(check_study(tmp_path / "a.csv")).found


@pytest.mark.parametrize(
    ("old", "new", "column", "do"),
    [
        ('time_unit = "month"', 'time_unti = "month"', "[study] time_unti", "time_unit"),
        ('[scales.bdi]', '[scale.bdi]', "[scale]", "scales"),
        ('[[tables.measures]]', '[[tables.mesures]]', "[tables.mesures]", "measures"),
        ('value = "bdi"', 'value = "bdi"\nvlaue = 3', "[[tables.measures]] 1 vlaue", "value"),
    ],
)  # fmt: skip
def test_unknown_keys_ask_did_you_mean(problems: Problems, toml: str, old: str, new: str, column: str, do: str) -> None:
    found = [problem for problem in problems(toml_with(toml, old, new)) if problem.code == "unknown-key"]
    assert only(tuple(found)).column == column
    assert f"Did you mean '{do}'?" in found[0].do


def test_an_unquoted_column_with_a_dot(problems: Problems, toml: str) -> None:
    found = problems(toml_with(toml, 'time = "month"\nvalue = "bdi"', "wide = { bdi.pre = 0 }"))
    assert '"bdi.pre"' in next(problem for problem in found if problem.code == "wrong-type").do


def test_a_scale_that_is_not_declared(problems: Problems, toml: str) -> None:
    found = only(problems(toml_with(toml, 'scale = "bdi"', 'scale = "bid"')))
    assert place(found) == ("scale-not-declared", "study.toml", None, "[scales.bid]")
    assert "Did you mean 'bdi'?" in found.do


def test_arms_must_be_declared(problems: Problems, toml: str) -> None:
    found = only(problems(toml.replace('[arms]\nTAU = "Usual care"\nCBT = "CBT"\n', "")))
    assert place(found) == ("arms-not-declared", "study.toml", None, "[arms]")
    assert found.possible == "TAU, CBT"


def test_arms_need_a_column(problems: Problems, toml: str) -> None:
    found = only(errors(problems(toml_with(toml, 'arm = "arm"\n', ""))))
    assert (found.code, found.column) == ("missing-key", "[tables.persons] arm")


@pytest.mark.parametrize(
    ("plan", "column"),
    [
        ('primary = { scale = "bid", at = 3 }', "[plan] primary"),
        ('primary = { scale = "bdi", at = 4 }', "[plan] primary"),
        ('outcomes = ["x"]', "[plan] outcomes"),
        ('covariates = ["aeg"]', "[plan] covariates"),
        ('moderators = ["x"]', "[plan] moderators"),
        ('mechanisms = ["x"]', "[plan] mechanisms"),
        ('subgroups = ["x"]', "[plan] subgroups"),
        ('events = ["death"]', "[plan] events"),
        ('[[plan.thresholds]]\nscale = "x"\nscore = 10', "[plan] thresholds"),
    ],
)
def test_the_plan_refers_to_what_exists(problems: Problems, toml: str, plan: str, column: str) -> None:
    found = only(problems(f"{toml}\n[plan]\n{plan}\n"))
    assert (found.code, found.column) == ("plan-unknown", column)


def test_too_large_a_file_tells_how_to_raise_the_limit(problems: Problems, toml: str) -> None:
    lines = "".join(f"1,{month},20\n" for month in range(2000))
    small = toml_with(toml, 'value = "bdi"', 'value = "bdi"\nmax_mb = 0.01')
    found = only(problems(small, scores__csv="id,month,bdi\n" + lines))
    assert (found.code, found.file) == ("file-too-large", "scores.csv")
    assert "max_mb = " in found.do


def test_an_environment_variable_that_is_not_set(
    problems: Problems, toml: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORWHOM_NOT_SET", raising=False)
    found = only(problems(toml_with(toml, '"scores.csv"', '"$FORWHOM_NOT_SET/scores.csv"')))
    assert (found.code, found.file) == ("variable-not-set", "scores.csv")
    default = toml_with(toml, '"scores.csv"', '"${FORWHOM_NOT_SET:-.}/scores.csv"')
    assert problems(default) == ()


def test_a_second_value_out_of_range_is_both(problems: Problems) -> None:
    found = problems(scores__csv="id,month,bdi\n1,0,20\n1,0,99\n2,0,21\n")
    assert [(p.code, p.row) for p in found] == [("two-values", 3), ("value-out-of-range", 3)]


RAGGED = "id,month,bdi\n1,0,20\n2,0\n2,3,99\n9,0,1\n3,0,x\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"scores__csv": RAGGED}, [("ragged-row", 3), ("not-a-number", 6), ("unknown-person", 5),
                                   ("value-out-of-range", 4)]),
        ({"scores__csv": b"id,month,bdi,note\n1,0,20,f\xfcnf\n2,3,99,b\n2,0\n"},
         [("wrong-encoding", 2), ("ragged-row", 4), ("value-out-of-range", 3)]),
        # The person of a row that cannot be read is no stranger.
        ({"persons__csv": "id,arm,age\n1,TAU,30\n2,XXX,40\n3,CBT\n"}, [("ragged-row", 4), ("unknown-arm", 3)]),
        ({"persons__csv": "id,arm,age\n1,TAU\n2,XXX\n3,CBT\n"}, [("ragged-row", 2), ("ragged-row", 3), ("ragged-row", 4)]),
    ],
    ids=["scores", "bytes", "persons", "all"],
)  # fmt: skip
def test_one_broken_row_does_not_hide_the_others(
    problems: Problems, files: dict[str, str | bytes], expected: list[tuple[str, int]]
) -> None:
    assert sorted((p.code, p.row) for p in problems(**files)) == sorted(expected)
