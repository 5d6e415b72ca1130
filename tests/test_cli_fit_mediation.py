"""`forwhom fit mediation`: options reach the model, JSON is the fit, every problem at once."""

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
    rng = np.random.default_rng(1)
    arm = np.repeat(["a", "b"], 40)
    hope = (arm == "b") + rng.normal(size=80)
    path = tmp_path / "data.csv"
    pl.DataFrame({"arm": arm, "hope": hope, "score": hope + rng.normal(size=80), "age": rng.normal(size=80)}).write_csv(
        path
    )
    return path


def run(table: Path, *given: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["fit", "mediation", str(table), "--treatment", "arm", "--outcome", "score", *given])
    return done.exit_code, done.stdout, done.stderr


def test_json_is_the_fit(table: Path) -> None:
    code, printed, _ = run(
        table, "--mediator", "hope", "--covariate", "age", "--interaction", "--interval", "monte-carlo", "--draws", "300",
        "--seed", "4", "--control", "b", "--json",
    )  # fmt: skip
    fit = models.mediation(
        pl.read_csv(table), treatment="arm", mediator="hope", outcome="score", covariates="age", interaction=True,
        interval="monte carlo", draws=300, control="b", rng=np.random.default_rng(4),
    )  # fmt: skip
    assert code == 0
    assert json.loads(printed) == json.loads(json.dumps(fit.as_dict()))


def test_effects_paths_and_sensitivity_are_printed(table: Path) -> None:
    code, printed, _ = run(table, "--mediator", "hope", "--draws", "200")
    assert code == 0
    for words in ("b against a", "indirect effect", "hope ~ arm=b", "Sensitivity to an unmeasured common cause"):
        assert words in printed


def test_every_problem_is_told_with_its_file(table: Path) -> None:
    code, _, told = run(table, "--mediator", "hop", "--covariate", "ag", "--within")
    assert code == 1
    for words in (
        "data.csv, hop: there is no such column",
        "data.csv, ag: there is no such column",
        "column of persons",
    ):
        assert words in " ".join(told.split())
