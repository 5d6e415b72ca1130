"""`forwhom fit mixed`: what it prints, its JSON, and every problem at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from forwhom import models
from forwhom.cli import app


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(7)
    person, month = np.repeat(np.arange(20), 4), np.tile(np.arange(4), 20)
    arm = np.where(person % 2 == 0, "TAU", "MBT")
    bdi = (20 - month + 3 * rng.standard_normal(20)[person] + rng.standard_normal(80)).round(4)
    path = tmp_path / "data.csv"
    pl.DataFrame({"bdi": bdi, "month": month, "arm": arm, "id": person}).write_csv(path)
    return path


def run(*given: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["fit", "mixed", *map(str, given)])
    return done.exit_code, done.stdout, done.stderr


def test_the_fit_is_printed(table: Path) -> None:
    code, printed, _ = run("bdi ~ month * arm + (1 | id)", table, "--reference", "arm=TAU", "--profile")
    assert code == 0
    assert "month:armMBT" in printed
    assert "Profile likelihood intervals" in printed


def test_json_is_the_fit(table: Path) -> None:
    code, printed, _ = run("bdi ~ month + (1 | id)", table, "--json", "--ar1", "month", "--ml")
    fit = models.mixed("bdi ~ month + (1 | id)", pl.read_csv(table), ar1="month", reml=False)
    assert code == 0
    read = json.loads(printed)
    assert (read["n"], read["method"]) == (80, "ML")
    assert read["loglik"] == pytest.approx(fit.loglik, abs=1e-9)


def test_every_problem_is_told_with_its_file(table: Path) -> None:
    code, printed, said = run("bdi ~ months + (1 | person)", table)
    assert code == 1
    assert "data.csv, months" in printed + said
    assert "data.csv, person" in printed + said
    assert run("bdi ~ month + (1 | id)", table, "--reference", "TAU")[0] == 2


def test_the_level_is_that_of_all_intervals(table: Path) -> None:
    wide, narrow = (
        json.loads(run("bdi ~ month + (1 | id)", table, "--json", "--level", level)[1]) for level in ("0.99", "0.5")
    )
    for part in ("fixed", "random"):
        for one, other in zip(wide[part], narrow[part], strict=True):
            assert one["low"] < other["low"] < other["high"] < one["high"]
    code, _, said = run("bdi ~ month + (1 | id)", table, "--level", "95")
    assert code != 0
    assert "between 0 and 1" in said


def test_a_path_without_a_file_is_said_without_words_of_studies(table: Path) -> None:
    code, _, said = run("bdi ~ month + (1 | id)", table.parent / "dta.csv")
    assert code != 0
    assert "dta.csv: there is no such file." in said
    assert "Did you mean 'data.csv'? Correct the path." in said
    assert "the file file" not in said
    assert "correct file in" not in said
    folder = run("bdi ~ month + (1 | id)", table.parent)[2]
    assert "the file file" not in folder
    assert "Give the path of a file in it." in folder
