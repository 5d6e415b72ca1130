"""models.mixed against lme4, lmerTest, pbkrtest and nlme (validation/mixed/README.md says what differs and why)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom import models
from forwhom.models.mixed_effects.coding import independent, model_columns
from forwhom.models.mixed_effects.formula import parse
from forwhom.models.mixed_effects.result import Mixed
from forwhom.models.mixed_effects.variables import Learned, variable

VALIDATION = Path(__file__).resolve().parents[3] / "validation" / "mixed"
REFERENCE = json.loads((VALIDATION / "formula_reference.json").read_text())
BTHEB = Path(__file__).resolve().parents[3] / "examples" / "beat-the-blues"


def _tables():
    spec = importlib.util.spec_from_file_location("formula_cases", VALIDATION / "formula_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: pl.DataFrame(make()) for name, make in module.TABLES.items()}


TABLES = _tables()


def check_lme4(fit: Mixed, want: dict) -> None:
    assert [each.term for each in fit.fixed] == want["terms"]
    assert fit.loglik == pytest.approx(want["loglik"], abs=1e-6)
    assert [each.estimate for each in fit.fixed] == pytest.approx(want["beta"], rel=1e-6, abs=1e-7)
    assert (fit.n, fit.singular) == (want["n"], want["singular"])
    assert (fit.aic, fit.bic) == pytest.approx((want["aic"], want["bic"]), abs=1e-5)
    assert [each.se for each in fit.fixed] == pytest.approx(want["satterthwaite"]["se"], rel=1e-4)
    assert [each.df for each in fit.fixed] == pytest.approx(want["satterthwaite"]["df"], rel=2e-4)
    ours = {(each.group, each.term, each.other): each for each in fit.random}
    for row in want["vc"]:
        group = row["grp"].split(".")[0] if row["grp"] not in {each.group for each in fit.random} else row["grp"]
        if "var2" in row:
            assert ours[group, row["var1"], row["var2"]].covariance == pytest.approx(row["vcov"], rel=1e-5)
            assert ours[group, row["var1"], row["var2"]].correlation == pytest.approx(row["sdcor"], rel=1e-5)
        else:
            assert ours[group, row.get("var1", ""), None].variance == pytest.approx(row["vcov"], rel=1e-5, abs=1e-9)


def run(name: str, **given) -> tuple[Mixed, dict]:
    want = REFERENCE["lme4"][name]
    return models.mixed(want["formula"], given.pop("data", TABLES["crossed"]), reml=want["reml"], **given), want


@pytest.mark.parametrize("name", ["crossed", "crossed_ml", "independent", "within", "combinations"])
def test_estimates_tests_and_likelihood_are_those_of_lme4(name: str) -> None:
    fit, want = run(name)
    check_lme4(fit, want)


@pytest.mark.parametrize("name", ["weighted", "weighted_nested"])
def test_precision_weights_are_those_of_lme4(name: str) -> None:
    fit, want = run(name, weights="weight")
    check_lme4(fit, want)


@pytest.mark.parametrize("name", ["crossed", "independent", "within"])
def test_kenward_roger_is_that_of_pbkrtest(name: str) -> None:
    fit, want = run(name, df="kenward-roger")
    assert [each.se for each in fit.fixed] == pytest.approx(want["kenward_roger"]["se"], rel=1e-4)
    assert [each.df for each in fit.fixed] == pytest.approx(want["kenward_roger"]["df"], rel=2e-4)


@pytest.mark.parametrize("name", ["crossed", "crossed_ml", "independent", "weighted"])
def test_terms_are_tested_as_type_iii_of_lmertest(name: str) -> None:
    fit, want = run(name, **({"weights": "weight"} if name == "weighted" else {}))
    want = want["anova"]
    for test in fit.anova():
        at = want["term"].index(test.term)
        assert test.df1 == want["df1"][at]
        assert test.f == pytest.approx(want["f"][at], rel=1e-5)
        assert test.df2 == pytest.approx(want["df2"][at], rel=2e-4)


def test_random_effects_are_those_of_lme4() -> None:
    fit, want = run("crossed")
    ours = {(each.grouping, each.group, each.term): each.value for each in fit.random_effects}
    for grouping, found in want["ranef"].items():
        for group, row in zip(found["group"], found["mode"], strict=True):
            for term, value in zip(np.atleast_1d(found["columns"]), row, strict=True):
                assert ours[grouping, group, term] == pytest.approx(value, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ar1", {"ar1": "time"}),
        ("car1", {"car1": "day"}),
        ("rows", {"ar1": True}),
        ("ar1_weighted", {"ar1": "time", "weights": "weight"}),
    ],
)
def test_correlated_residuals_are_those_of_nlme(name: str, given: dict) -> None:
    want = REFERENCE["nlme"][name]
    fit = models.mixed("y ~ time * treat + (1 | person)", TABLES["serial"], **given)
    # nlme stops where its criterion no longer changes in the eighth digit; ours is never lower.
    assert want["loglik"] - 1e-8 <= fit.loglik <= want["loglik"] + 1e-6
    assert fit.autocorrelation == pytest.approx(want["rho"], abs=5e-5)
    assert [each.estimate for each in fit.fixed] == pytest.approx(want["beta"], rel=1e-5, abs=1e-6)
    assert [each.se for each in fit.fixed] == pytest.approx(want["se"], rel=1e-4)
    assert fit.random[-1].variance == pytest.approx(want["sigma2"], rel=2e-4)


@pytest.mark.parametrize("want", REFERENCE["matrices"], ids=lambda want: want["formula"])
def test_columns_are_those_of_model_matrix(want: dict) -> None:
    table = TABLES["coded"].with_columns(pl.col("h") == "TRUE")
    formula, learned = parse(want["formula"]), Learned()
    names = [name for term in formula.fixed.terms for name in term]
    variables = {name: variable(formula.nodes[name], table, learned) for name in names}
    made = model_columns(formula.fixed, variables, table.height)
    assert list(made.names) == want["names"]
    assert made.values[[0, 4, 13, 22]] == pytest.approx(np.array(want["rows"], dtype=float), abs=1e-9)
    assert [made.names[index] for index in independent(made.values)] == want["kept"]


@pytest.mark.parametrize("name", ["nested", "crossed"])
def test_profile_intervals_are_those_of_lme4(name: str) -> None:
    want = REFERENCE["profile"][name]
    fit = models.mixed(want["formula"], TABLES["crossed"], reml=False, profile=True)
    spread = {(each.group, each.term, each.other): (each.low, each.high) for each in fit.random}
    # lme4's order: down the columns of each Cholesky factor, then the residual, then the fixed effects.
    keys = [
        [("person", "(Intercept)", None), ("person", "(Intercept)", "time"), ("person", "time", None)],
        [("person", "(Intercept)", None), ("item", "(Intercept)", None)],
    ][name == "crossed"]
    limits = [
        *(spread[key] for key in (*keys, ("Residual", "", None))),
        *((each.low, each.high) for each in fit.profiled),
    ]
    # lme4 interpolates the profile with a spline, here close to the boundary.
    for ours, low, high in zip(limits, want["low"], want["high"], strict=True):
        assert ours == pytest.approx((low, high), rel=2e-3, abs=1e-3)


def test_likelihood_ratio_is_that_of_lme4_and_says_that_it_fitted_again() -> None:
    want = REFERENCE["likelihood_ratio"]["fixed"]
    smaller, larger = (models.mixed(want[which], TABLES["crossed"]) for which in ("smaller", "larger"))
    found = models.compare(larger, smaller)
    assert (found.df, found.statistic) == (want["df"], pytest.approx(want["statistic"], abs=1e-4))
    assert found.p == pytest.approx(want["p"], rel=1e-3)
    assert "again by maximum likelihood" in found.messages[0]


def test_real_growth_in_enrichd(shared_data: Path) -> None:
    table = pl.read_csv(shared_data / "e_process" / "enrichd_bdi_cbt_arm.csv", null_values=["", "NA"])
    fit, want = run("enrichd", data=table)
    check_lme4(fit, want)


def test_real_diaries_of_geschwind(shared_data: Path) -> None:
    """Beeps within days within persons, with a slope of the period: nested, 8,000 groups."""
    table = pl.read_csv(shared_data / "a_rct" / "geschwind_mindfulness_rct_esm.csv", null_values=["", "NA"])
    want = json.loads((VALIDATION / "geschwind_reference.json").read_text())
    fit = models.mixed(want["formula"], table)
    assert fit.n == want["n"]
    assert want["loglik"] - 1e-8 <= fit.loglik <= want["loglik"] + 1e-5
    assert [each.estimate for each in fit.fixed] == pytest.approx(want["beta"], rel=1e-4)
    assert [each.se for each in fit.fixed] == pytest.approx(want["se"], rel=1e-4)


def test_real_trial_beat_the_blues() -> None:
    wide = pl.read_csv(BTHEB / "btheb_computer_cbt.csv", null_values=["", "NA"])
    months = {"bdi.pre": 0.0, "bdi.2m": 2.0, "bdi.3m": 3.0, "bdi.5m": 5.0, "bdi.8m": 8.0}
    long = wide.unpivot(index=["id", "treatment", "drug"], on=list(months), variable_name="month", value_name="bdi")
    long = long.with_columns(pl.col("month").replace_strict(months)).rename({"id": "patient"})
    fit, want = run("btheb", data=long, reference={"treatment": min(wide["treatment"])})
    check_lme4(fit, want)
    assert fit.left_out == (("no bdi", long["bdi"].null_count()),)
