"""Comparisons, the dot, and options of functions in formulas, as in R."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.models import mixed
from forwhom.models.mixed_effects.design import design
from forwhom.problems import ProblemsFound

N = 20
MONTH = np.tile(np.arange(4), N)
RNG = np.random.default_rng(2)
TABLE = {
    "y": RNG.normal(size=4 * N) - MONTH,
    "month": MONTH,
    "arm": np.array(["DBT", "MBT", "TAU"])[np.repeat(np.arange(N) % 3, 4)],
    "age": np.repeat(RNG.normal(40, 9, N).round(), 4),
    "id": np.repeat(np.arange(N), 4),
}


def test_a_comparison_is_a_factor_of_false_and_true() -> None:
    made = design("y ~ I(month > 2) + (1 | id)", TABLE)
    assert made.terms == ("(Intercept)", "I(month > 2)TRUE")
    assert made.X[:, 1].tolist() == (MONTH > 2).astype(float).tolist()
    full = design("y ~ 0 + I(month > 2) + (1 | id)", TABLE)
    assert full.terms == ("I(month > 2)FALSE", "I(month > 2)TRUE")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I((month >= 2) * age)", (MONTH >= 2) * TABLE["age"]),
        ("I(!(month < 2 | age > 40))TRUE", ~((MONTH < 2) | (TABLE["age"] > 40))),
        ("I(month != 1 & age <= 40)TRUE", (MONTH != 1) & (TABLE["age"] <= 40)),
        ('I(arm == "DBT")TRUE', TABLE["arm"] == "DBT"),
        ('I(arm != "DBT")TRUE', TABLE["arm"] != "DBT"),
        ("I(month + 1 == 2)TRUE", MONTH == 1),
    ],
)
def test_comparisons_are_evaluated_with_the_precedence_of_r(text: str, expected: np.ndarray) -> None:
    made = design(f"y ~ {text.removesuffix('TRUE')} + (1 | id)", TABLE)
    assert made.terms[1] == text
    assert made.X[:, 1].tolist() == expected.astype(float).tolist()


def test_an_absent_value_is_neither_true_nor_false() -> None:
    age = TABLE["age"].copy()
    age[:3] = np.nan
    assert len(design("y ~ I(age > 40) + (1 | id)", {**TABLE, "age": age}).y) == 77
    fit = mixed("y ~ I(age > 40) + (1 | id)", TABLE)
    assert np.isnan(fit.predict({**TABLE, "age": age})[:3]).all()


def test_new_rows_need_not_hold_the_text_compared_with() -> None:
    fit = mixed('y ~ I(arm == "DBT") + (1 | id)', TABLE)
    only = {name: values[TABLE["arm"] == "TAU"] for name, values in TABLE.items()}
    assert fit.predict(only, random=False) == pytest.approx(fit["(Intercept)"].estimate)


def test_the_dot_is_every_column_that_is_nothing_else() -> None:
    made = design("y ~ . + (month | id)", TABLE)
    assert made.terms == ("(Intercept)", "month", "armMBT", "armTAU", "age")
    assert made.messages[0] == "'.' stands for month, arm, age."
    crossed = design("y ~ .^2 - age + (1 | id)", TABLE)
    assert crossed.fixed_terms == ("month", "arm", "month:arm", "month:age", "arm:age")
    assert "age" not in design("y ~ . + (1 | id)", TABLE, weights="age").terms


def test_raw_polynomials_are_powers() -> None:
    made = design("y ~ poly(month, 2, raw = TRUE) + (1 | id)", TABLE)
    assert made.terms[1:] == ("poly(month, 2, raw = TRUE)1", "poly(month, 2, raw = TRUE)2")
    assert np.array_equal(made.X[:, 1:], np.column_stack([MONTH, MONTH**2]))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ month > 2 + (1 | id)", "belong into I()|write I"),
        ("y ~ !month + (1 | id)", "write I"),
        (". ~ month + (1 | id)", "outcome cannot be"),
        ('y ~ I(arm == "CBT") + (1 | id)', "values are DBT, MBT, TAU"),
        ("y ~ I(arm > 2) + (1 | id)", "numbers are expected"),
    ],
)
def test_what_has_no_meaning_is_said(formula: str, said: str) -> None:
    with pytest.raises(ProblemsFound, match=said):
        design(formula, TABLE)


def test_factor_of_a_column_leaves_the_column_a_number_elsewhere() -> None:
    made = design("y ~ factor(month) + (month | id)", TABLE)
    assert made.terms[1:] == ("factor(month)1", "factor(month)2", "factor(month)3")
    assert made.random[0].columns == ("(Intercept)", "month")
    given = design("y ~ factor(month) + (1 | id)", TABLE, levels={"month": ["3", "0", "1", "2"]})
    assert given.terms[1:] == ("factor(month)0", "factor(month)1", "factor(month)2")


@pytest.fixture(scope="module")
def unequal() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    person = np.repeat(np.arange(30), rng.integers(2, 7, 30))
    arm = np.array(["DBT", "MBT", "TAU"])[(np.arange(30) % 7) % 3][person]
    month = np.concatenate([np.arange(k) for k in np.bincount(person)])
    y = rng.normal(size=30)[person] + rng.normal(size=len(person))
    return {"y": y, "month": month, "arm": arm, "id": person}


def test_the_basis_of_a_hypothesis_leaves_f_as_it_is(unequal: dict[str, np.ndarray]) -> None:
    # Of a term alone lmerTest takes rows that are orthogonal in X'X; F does not depend on them, df2 does.
    fit = mixed("y ~ month:arm + (1 | id)", unequal)
    plain = fit.joint_test([{f"month:arm{arm}": 1.0} for arm in ("DBT", "MBT", "TAU")])
    (alone,) = fit.anova()
    assert alone.f == pytest.approx(plain.f)
    assert alone.df2 != pytest.approx(plain.df2, rel=1e-4)
    x = fit.design.X
    r = np.linalg.cholesky(x.T @ x).T
    rows = (r / np.diagonal(r)[:, None])[1:, 1:]
    names = [f"month:arm{arm}" for arm in ("DBT", "MBT", "TAU")]
    doolittle = fit.joint_test([dict(zip(names, row.tolist(), strict=True)) for row in rows])
    assert alone.df2 == pytest.approx(doolittle.df2, rel=1e-9)
