"""`forwhom fit mixed --family`: the models of binary outcomes and counts, from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forwhom.cli import app

DATA = str(Path(__file__).resolve().parents[1] / "validation" / "glmm" / "simulated.csv")
FORMULA = "ill ~ month * arm + (1 | id)"


def test_text_and_json_hold_the_same(tmp_path: Path) -> None:
    run = CliRunner()
    text = run.invoke(
        app, ["fit", "mixed", FORMULA, DATA, "--family", "binomial", "--points", "9", "--population", "arm"]
    )
    assert text.exit_code == 0
    assert "odds ratio" in text.output
    assert "Share of persons by arm" in text.output
    made = run.invoke(
        app, ["fit", "mixed", FORMULA, DATA, "--family", "binomial", "--points", "9", "--population", "arm", "--json"]
    )
    said = json.loads(made.output)
    assert said["quadrature_points"] == 9
    assert [each["value"] for each in said["population"]] == ["0", "1", "1 - 0"]
    assert f"{said['fixed'][1]['ratio']:.3f}" in text.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--population", "arm"], "belong to binary outcomes and counts"),
        (["--family", "poisson", "--ar1", "month"], "are for linear mixed models"),
        (["--family", "binomial", "--population", "nothing"], "it is no column of the model"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], words: str) -> None:
    found = CliRunner().invoke(app, ["fit", "mixed", FORMULA, DATA, *options])
    assert found.exit_code != 0
    assert words in " ".join(found.output.split())
