"""Graded response models against mirt, value by value (validation/graded_response/README.md says how the values were made)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom.kernels.graded_groups import GradedGroups, fit_groups
from forwhom.kernels.graded_item_fit import score_tables, summed_score_fit
from forwhom.kernels.graded_overall_fit import overall_fit, residual_correlations
from forwhom.kernels.graded_scores import information, marginal_reliability, person_scores

HERE = Path(__file__).parents[2] / "validation" / "graded_response"
NAMES = [f"q{j + 1}" for j in range(8)]


@pytest.fixture(scope="module")
def mirt() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
    return read


def table(name: str) -> pl.DataFrame:
    return pl.read_csv(HERE / f"{name}.csv")


def matrix(frame: pl.DataFrame) -> np.ndarray:
    return frame.select(NAMES).cast(pl.Float64).fill_null(float("nan")).to_numpy()


@pytest.fixture(scope="module")
def one() -> GradedGroups:
    return fit_groups([matrix(table("one"))])


def errors(fit: GradedGroups) -> tuple[np.ndarray, np.ndarray]:
    se = np.sqrt(np.diagonal(fit.covariance)).reshape(8, 4)
    return se[:, 0], se[:, 1:]


@pytest.mark.parametrize("name", ["one", "holes"])
def test_estimates_errors_and_likelihood(mirt: dict[str, Any], name: str) -> None:
    fit, there = fit_groups([matrix(table(name))]), mirt[name]
    assert fit.loglik == pytest.approx(there["loglik"], abs=1e-6)
    assert fit.loglik >= there["loglik"] - 1e-8
    np.testing.assert_allclose(fit.slope[0], there["a"], atol=1e-5)
    np.testing.assert_allclose(fit.step[0], there["d"], atol=1e-5)
    slope_se, step_se = errors(fit)
    np.testing.assert_allclose(slope_se, there["a_se"], atol=1e-4)
    np.testing.assert_allclose(step_se, there["d_se"], atol=1e-4)
    np.testing.assert_allclose(fit.trait[0][:20], there["eap"]["trait"], atol=1e-5)
    np.testing.assert_allclose(fit.trait_se[0][:20], there["eap"]["se"], atol=1e-5)


def test_c2_and_its_indices(mirt: dict[str, Any], one: GradedGroups) -> None:
    found, there = overall_fit(matrix(table("one")), one.slope[0], one.step[0]), mirt["one"]["c2"]
    ours = [found.chisq, found.df, found.p, found.rmsea, found.rmsea_low, found.rmsea_high, found.srmsr]
    np.testing.assert_allclose(np.array(ours, dtype=float), there, atol=1e-4)


def test_q3_information_and_reliability(mirt: dict[str, Any], one: GradedGroups) -> None:
    y, there = matrix(table("one")), mirt["one"]
    q3 = residual_correlations(y, one.slope[0], one.step[0], one.trait[0])
    np.testing.assert_allclose(q3, there["q3"], atol=1e-5)
    np.testing.assert_allclose(
        information(one.slope[0], one.step[0], [-2.0, 0.0, 1.5]).sum(axis=0), there["information"], rtol=1e-4
    )
    assert marginal_reliability(one.slope[0], one.step[0]) == pytest.approx(there["marginal"], abs=1e-5)


@pytest.mark.parametrize("how", ["map", "ml", "wle"])
def test_person_scores(mirt: dict[str, Any], one: GradedGroups, how: Any) -> None:
    score, _ = person_scores(matrix(table("one"))[:20], one.slope[0], one.step[0], how)
    there = np.array([value if isinstance(value, float) else np.nan for value in mirt["one"][how]["trait"]])
    np.testing.assert_allclose(score, there, atol=1e-5)


def test_tables_behind_item_fit(mirt: dict[str, Any], one: GradedGroups) -> None:
    y = matrix(table("one"))
    expected = [table for _, table in score_tables(y, one.slope[0], one.step[0])]
    for item, name in ((0, "expected_q1"), (5, "expected_q6")):
        # Sums nobody has, and the highest and lowest answers a sum cannot hold, are absent there.
        there = np.array([[value or 0.0 for value in row] for row in mirt["one"][name]])
        np.testing.assert_allclose(expected[item][1:-1], there, atol=1e-3)


def test_item_fit_agrees_but_for_how_rare_cells_are_joined(mirt: dict[str, Any], one: GradedGroups) -> None:
    found = summed_score_fit(matrix(table("one")), one.slope[0], one.step[0])
    there = mirt["one"]["sx2"]
    for ours, chisq, df in zip(found, there["chisq"], there["df"], strict=True):
        assert ours.chisq is not None
        assert abs(ours.df - df) <= 4
        assert ours.chisq / ours.df == pytest.approx(chisq / df, abs=0.15)


def test_two_groups(mirt: dict[str, Any]) -> None:
    frame = table("two")
    parts = [matrix(frame.filter(pl.col("group") == name)) for name in "ab"]
    for free, there in (((), mirt["two"]["equal"]), ((1, 4), mirt["two"]["free_q2_q5"])):
        fit = fit_groups(parts, free=free)
        assert fit.loglik == pytest.approx(there["loglik"], abs=1e-5)
        assert fit.mean[1] == pytest.approx(there["mean"], abs=1e-4)
        assert fit.sd[1] ** 2 == pytest.approx(there["variance"], abs=2e-4)
        mean, log_sd = np.sqrt(np.diagonal(fit.covariance))[fit.spread[1]]
        assert mean == pytest.approx(there["mean_se"], abs=2e-4)
        assert 2 * fit.sd[1] ** 2 * log_sd == pytest.approx(there["variance_se"], abs=5e-4)


def test_likelihood_ratios_of_items(mirt: dict[str, Any]) -> None:
    frame = table("two")
    parts = [matrix(frame.filter(pl.col("group") == name)) for name in "ab"]
    equal = fit_groups(parts)
    for j, name in enumerate(NAMES):
        fit = fit_groups(parts, free=[j], start=equal, errors=False)
        assert 2 * (fit.loglik - equal.loglik) == pytest.approx(mirt["two"]["test"][name]["chisq"], abs=1e-4)
