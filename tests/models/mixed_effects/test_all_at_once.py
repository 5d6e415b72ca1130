"""Everything that is wrong with options, formula and table is said in one go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forwhom.models import mixed
from forwhom.problems import ProblemsFound

N = 24
TABLE: dict[str, Any] = {
    "y": np.linspace(0, 3, N) + np.tile([0.0, 1, -1, 0.5], 6),
    "tx": [f"{k / 7:.3f}" for k in range(N - 1)] + ["1,5 mg"],
    "said": ["a lot", "little"] * 12,
    "month": np.tile(np.arange(4), 6),
    "arm": ["TAU", "TAU", "TAU", "TAU", "MBT", "MBT", "MBT", "MBT"] * 3,
    "w": [-1.0, *[1.0] * (N - 1)],
    "id": np.repeat(np.arange(6), 4),
}


def problems(formula: str, **given: Any) -> str:
    with pytest.raises(ProblemsFound) as caught:
        mixed(formula, TABLE, **given)
    return str(caught.value)


def test_options_columns_and_a_text_as_outcome() -> None:
    said = problems("tx ~ month + zz + (1 | id) + (1 | ww)", weights="vv", df="kenward-roger", reml=False, level=95)
    for part in (
        "Kenward-Roger rests on",
        "level is 95",
        "zz",
        "ww",
        "vv",
        "row 25, tx: 1 value is text among numbers",
    ):
        assert part in said
    assert said.count("tx:") == 1


def test_a_level_that_is_none_and_weights_below_0_beside_a_missing_column() -> None:
    said = problems("said ~ month * arm + zz + (1 | id)", reference={"arm": "Z"}, weights="w")
    for part in ("zz: there is no such column", "the reference 'Z' is no level of arm", "1 weights are 0", "words"):
        assert part in said


def test_options_of_other_families_come_with_the_columns() -> None:
    said = problems("y ~ zz + (1 | id)", family="poisson", ar1="month", df="kenward-roger")
    for part in ("Kenward-Roger is for linear", "no residuals", "zz", "whole numbers from 0"):
        assert part in said
    assert "level is 0" in problems("y ~ zz + (1 | id)", family="poisson", level=0)


def test_a_formula_that_cannot_be_read_comes_with_the_options() -> None:
    said = problems("y ~ month +* (1 | id)", df="wald")
    assert "'wald' is no method" in said
    assert "Correct the formula" in said


def test_a_predictor_that_looks_like_a_number_with_mistakes_is_said() -> None:
    rng = np.random.default_rng(1)
    dose = ["1", "2", "3", "1,5"] * 15
    fit = mixed("y ~ dose + (1 | id)", {"y": rng.normal(size=60), "dose": dose, "id": np.repeat(np.arange(12), 5)})
    assert any(
        "dose counts as a factor: 15 values are text among numbers, first '1,5' (row 5)" in m for m in fit.messages
    )
