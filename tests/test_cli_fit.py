"""`forwhom fit`: what it prints, its JSON, and every problem at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

FACETS = Path(__file__).parents[1] / "validation" / "sem" / "facets.csv"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.txt"
    path.write_text("f =~ i1 + a*i2 + b*i3\nratio := a/b\n", encoding="utf-8")
    return path


def run(*given: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["fit", *map(str, given)])
    return done.exit_code, done.stdout, done.stderr


def test_the_table_of_parameters_is_printed(model: Path) -> None:
    code, printed, _ = run("sem", model, FACETS)
    assert code == 0
    assert "f =~ i2 (a)" in printed
    assert "ratio := a/b" in printed


def test_json_is_the_fit(model: Path) -> None:
    from forwhom import models

    code, printed, _ = run("sem", model, FACETS, "--json", "--robust", "--std-lv")
    read = json.loads(printed)
    import polars as pl

    fit = models.sem(model.read_text(encoding="utf-8"), pl.read_csv(FACETS), robust=True, std_lv=True)
    assert code == 0
    assert read == json.loads(json.dumps(fit.as_dict()))
    assert all(key in each for each in read["parameters"] for key in ("estimate", "se", "low", "high"))


def test_absent_values_in_a_text_table_are_absent(model: Path, tmp_path: Path) -> None:
    lines = FACETS.read_text(encoding="utf-8").splitlines()
    lines[1] = "NA," + lines[1].split(",", 1)[1]
    table = tmp_path / "holes.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    read = json.loads(run("sem", model, table, "--json")[1])
    assert (read["n"], read["patterns_of_missing_values"]) == (400, 2)
    assert json.loads(run("sem", model, table, "--json", "--missing", "listwise")[1])["n"] == 399


def test_every_problem_is_told_with_its_file(tmp_path: Path) -> None:
    model = tmp_path / "bad.txt"
    model.write_text("f =~ i1 + i99\n2f =~ i2\n", encoding="utf-8")
    code, _, told = run("sem", model, FACETS, "--group", "nobody")
    assert code == 1
    for words in ("bad.txt, row 1", "i99", "bad.txt, row 2", "'2f' is no name", "facets.csv, nobody"):
        assert words in told, words
    problems = json.loads(run("sem", model, FACETS, "--json")[1])
    assert {problem["code"] for problem in problems} == {"model-syntax", "model-unknown"}


def test_files_that_are_not_there_are_told_together(tmp_path: Path) -> None:
    code, _, told = run("sem", tmp_path / "no.txt", tmp_path / "no.csv")
    assert code == 1
    assert "no.txt" in told
    assert "no.csv" in told


def test_ordered_answers_the_ladder_and_modification_indices(tmp_path: Path) -> None:
    table = FACETS.with_name("ordinal.csv")
    model = tmp_path / "ordered.txt"
    model.write_text("f =~ a1 + a2 + b1 + b2 + b3", encoding="utf-8")
    code, printed, _ = run("sem", model, table, "--ordered", "all", "--modification", "--json")
    read = json.loads(printed)
    assert (code, read["estimator"], len(read["ordered"])) == (0, "DWLS", 5)
    assert {"index", "change", "what"} <= set(read["modification"][0])
    code, printed, _ = run("sem", model, table, "--ordered", "a1,a2,b1,b2,b3", "--ladder", "--group", "group")
    assert code == 0
    assert "strict" in printed
    code, printed, _ = run("sem", model, table, "--modification")
    assert "Modification indices" in printed
    code, _, told = run("sem", model, table, "--ladder")
    assert (code, "Give --group" in told) == (1, True)
    code, _, told = run("sem", model, table, "--ordered", "all", "--missing", "fiml")
    assert (code, "pairwise" in told) == (1, True)


def test_recipes_are_printed_and_can_be_fitted(tmp_path: Path) -> None:
    parts = ["one=i1,i2,i3", "two=i4,i5,i6", "three=i7,i8,i9"]
    code, text, _ = run("recipe", "second-order", *parts)
    model = tmp_path / "second.txt"
    model.write_text(text, encoding="utf-8")
    assert code == 0
    assert json.loads(run("sem", model, FACETS, "--json")[1])["converged"]
    waves = [f"{name}={name}1,{name}2,{name}3,{name}4" for name in "xmy"]
    code, text, _ = run("recipe", "ri-clpm", *waves, "--indirect", "x,m,y")
    assert "indirect1 := x_to_m_1*m_to_y_2" in text
    assert "indirect2 := x_to_m_2*m_to_y_3" in text
    assert "level ~ age" in run("recipe", "latent-growth", "y=y1,y2,y3", "--times", "0,1,3", "--covariates", "age")[1]
    assert "general ~~ 0*one" in run("recipe", "bifactor", *parts)[1]
    assert "x_step2" in run("recipe", "latent-change", "x=x1,x2,x3")[1]
    code, _, told = run("recipe", "ri-clpm", *waves, "--indirect", "x,m")
    assert (code, "takes a cause" in told) == (1, True)
    assert run("recipe", "bifactor", "x")[0] == 1
