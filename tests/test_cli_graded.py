"""`forwhom fit graded-response`: what it prints, its JSON, and every problem."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from graded_answers import ITEMS, simulated
from typer.testing import CliRunner

from forwhom import models
from forwhom.cli import app


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("graded") / "answers.csv"
    simulated(n=600, q2=1.2).write_csv(path)
    return path


def run(*given: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["fit", "graded-response", *map(str, given)])
    return done.exit_code, done.stdout, done.stderr


def test_json_is_the_fit(table: Path) -> None:
    code, printed, _ = run(table, "--item", "q*", "--scores", "wle", "--json")
    fit = models.graded_response(pl.read_csv(table), ITEMS, scores="wle")
    assert code == 0
    assert json.loads(printed) == json.loads(json.dumps(fit.as_dict()))


def test_groups_free_items_and_differing_items(table: Path) -> None:
    assert "q2 (b)" in run(table, "--item", "q*", "--group", "arm", "--free", "q2")[1]
    code, printed, _ = run(table, "--item", "q*", "--group", "arm", "--dif", "--anchor", "q1", "--anchor", "q3")
    assert code == 0
    assert "Differing: q2" in printed
    assert "q1: not tested, it is an anchor" in printed


def test_one_row_per_person_comes_from_the_seed(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    simulated(n=600).with_columns(id=np.arange(600) // 2).write_csv(path)
    given = (path, "--item", "q*", "--group", "arm", "--dif", "--person", "id", "--json")
    assert run(*given)[1] == run(*given)[1] != run(*given, "--seed", "5")[1]


def test_every_problem_is_told_with_its_file(table: Path) -> None:
    code, _, told = run(table, "--item", "q1", "--item", "zz", "--group", "nobody")
    assert code == 1
    assert all(words in told for words in ("answers.csv, zz", "answers.csv, nobody", "three items"))
    assert "--dif needs --group" in run(table, "--item", "q*", "--dif")[2]
