"""The labelled model: input of every kind, hard cases in words, coinciding special cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forwhom import models
from forwhom.problems import ProblemsFound


def data(n: int = 250, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    trait = rng.standard_normal(n)
    made = {f"x{i}": trait + rng.standard_normal(n) for i in range(1, 5)}
    return made | {"y": 0.5 * trait + rng.standard_normal(n), "arm": np.where(np.arange(n) % 2, "b", "a")}


ONE = "f =~ x1 + x2 + x3 + x4"


def test_mapping_polars_and_pandas_give_the_same_fit() -> None:
    table = data()
    fits = [models.sem(ONE, each) for each in (table, pl.DataFrame(table), pd.DataFrame(table))]
    assert len({fit.loglik for fit in fits}) == 1


def test_order_of_rows_and_reversed_items_do_not_matter() -> None:
    table = pl.DataFrame(data())
    fit = models.sem(ONE, table)
    mixed = models.sem(ONE, table.sample(fraction=1.0, shuffle=True, seed=3))
    turned = models.sem(ONE, table.with_columns(-pl.col("x2")))
    assert mixed.fit.chisq == pytest.approx(fit.fit.chisq, abs=1e-8)
    assert turned.fit.chisq == pytest.approx(fit.fit.chisq, abs=1e-8)
    assert turned["f=~x2"].estimate == pytest.approx(-fit["f=~x2"].estimate, abs=1e-7)


def test_a_regression_is_least_squares() -> None:
    table = data()
    fit = models.sem("y ~ x1 + x2", table)
    x = np.column_stack([np.ones(250), table["x1"], table["x2"]])
    beta = np.linalg.lstsq(x, table["y"], rcond=None)[0]
    assert [fit["y~1"].estimate, fit["y~x1"].estimate, fit["y~x2"].estimate] == pytest.approx(beta, abs=1e-8)
    assert fit["x1~~x2"].se is None
    assert not fit["x1~~x2"].free
    assert (fit.fit.df, fit.free) == (0, 4)


def test_defined_parameters_take_the_delta_method_and_the_bootstrap() -> None:
    table = data(400)
    text = "x2 ~ a*x1\ny ~ b*x2 + x1\nindirect := a*b"
    fit = models.sem(text, table)
    a, b, ind = fit["a"], fit["b"], fit["indirect"]
    assert ind.estimate == pytest.approx(a.estimate * b.estimate)
    assert a.se is not None
    assert b.se is not None
    assert ind.se == pytest.approx(np.hypot(a.estimate * b.se, b.estimate * a.se), rel=1e-6)
    drawn = models.sem(text, table, bootstrap=200, rng=np.random.default_rng(5))
    again = models.sem(text, table, bootstrap=200, rng=np.random.default_rng(5))
    low, high, se = drawn["indirect"].low, drawn["indirect"].high, drawn["indirect"].se
    assert drawn["indirect"] == again["indirect"]
    assert low is not None
    assert high is not None
    assert se is not None
    assert low < ind.estimate < high
    assert se == pytest.approx(ind.se, rel=0.3)
    with pytest.raises(ValueError, match="needs rng"):
        models.sem(text, table, bootstrap=10)


@pytest.mark.parametrize(
    "text", ["__import__('os')", "a.__class__", "a if a else b", "[a]", "exp(a, b)", "f(a)", "'a'"]
)
def test_definitions_are_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(ProblemsFound):
        models.sem(f"y ~ a*x1 + b*x2\nc := {text}", data())


def test_everything_wrong_is_said_at_once() -> None:
    table = data() | {"flat": np.ones(250), "word": np.array(["u", "v"] * 125)}
    with pytest.raises(ProblemsFound) as found:
        models.sem(
            "f =~ x1 + x9 + flat\n1y ~ x1\nx2 ~ c*word\nd := c*e\nx1 ~~ x2\nx2 ~~ x1",
            table,
            group="nobody",
            missing="pairwise",
        )
    said = str(found.value)
    for words in (
        "x9",
        "every value is 1",
        "not numbers",
        "'1y' is no name",
        "'e' is no label",
        "line 5",
        "nobody",
        "pairwise is for ordered answers",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: {**d, "x4": d["x1"] + d["x2"] + d["x3"]}, "x4: it is a weighted sum of x1, x2, x3"),
        (lambda d: {**d, "x4": d["x1"] + d["x2"]}, "x4: it is a weighted sum of x1, x2, so"),
        (lambda d: {**d, "x2": 3 - d["x1"], "x4": d["x1"] * 2}, "(?s)x2: it is the same as x1.*x4: it is the same as x1"),
        (lambda d: {**d, "x2": ["1", "2", "u", None, "v"] * 50, "x3": ["1"] * 250}, "(?s)x2: .*'u' in row 3.*x3: .*reads as"),
        (lambda d: {k: v[:4] for k, v in d.items()}, "4 persons for 4 variables"),
        (lambda d: {**d, "x1": np.where(np.arange(250) < 125, d["x1"], np.nan),
                    "x2": np.where(np.arange(250) < 125, np.nan, d["x2"])}, "never seen together"),
        (lambda d: {**d, "x1": np.where(d["x1"] > 0, np.inf, d["x1"])}, "infinite"),
    ],
)  # fmt: skip
def test_data_that_cannot_carry_a_model_are_refused_in_words(change: Callable[..., Any], words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        models.sem(ONE, change(data()))


def test_a_model_that_is_not_identified_gives_no_standard_errors() -> None:
    fit = models.sem("f =~ NA*x1 + x2 + x3 + x4", data())
    assert not fit.converged
    assert all(each.se is None for each in fit.parameters)
    assert any("not identified" in message for message in fit.messages)
    with pytest.raises(ProblemsFound, match="not identified"):
        models.sem("x1 ~~ x2\nf =~ x1 + x2\nf ~~ x1", data())


def test_a_heywood_case_is_named() -> None:
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]]))
    y = rng.standard_normal((200, 3)) @ root.T
    fit = models.sem("f =~ a + b + c", dict(zip("abc", y.T, strict=True)))
    assert any("variance of a is negative" in message and "Heywood" in message for message in fit.messages)


def test_twelve_persons_are_warned_about_and_forty_percent_missing_is_fitted() -> None:
    small = models.sem("f =~ x1 + x2 + x3", {k: v[:12] for k, v in data().items()})
    assert any("12 persons for 9 free parameters" in message for message in small.messages)
    rng = np.random.default_rng(4)
    holes = {k: v if k == "arm" else np.where(rng.random(250) < 0.4, np.nan, v) for k, v in data().items()}
    fit = models.sem(ONE, holes, robust=True)
    assert fit.converged
    assert fit.scaled is not None
    assert fit.robust_fit is not None


def test_rows_left_out_are_counted() -> None:
    table = data()
    table["x1"] = table["x1"].copy()
    table["x1"][:7] = np.nan
    fit = models.sem("y ~ x1", table)
    assert fit.n == 243
    assert fit.left_out == (("a value is missing in a predictor taken as given", 7),)
    assert models.sem("y ~ x1", table, fixed_x=False).n == 250
    assert models.sem(ONE, table, missing="listwise").left_out == (("a value is missing", 7),)


def test_equal_everything_across_groups_is_the_fit_without_groups_twice_told() -> None:
    table = pl.DataFrame(data())
    doubled = pl.concat([table.with_columns(arm=pl.lit("a")), table.with_columns(arm=pl.lit("b"))])
    one = models.sem(ONE, table)
    equal = ("loadings", "intercepts", "residuals", "means", "lv_variances")
    both = models.sem(ONE, doubled, group="arm", group_equal=equal)
    assert both.loglik == pytest.approx(2 * one.loglik, abs=1e-7)
    assert both["f=~x2"].estimate == pytest.approx(one["f=~x2"].estimate, abs=1e-7)


def test_std_lv_frees_later_variances_when_loadings_are_equal() -> None:
    marker = models.invariance(ONE, data(), "arm").steps
    unit = models.invariance(ONE, data(), "arm", std_lv=True).steps
    for one, other in zip(marker, unit, strict=True):
        assert one.fit.fit.df == other.fit.fit.df
        assert one.fit.fit.chisq == pytest.approx(other.fit.fit.chisq, abs=1e-6)


def test_json_has_every_parameter_and_the_summary_is_text() -> None:
    fit = models.sem(ONE, data(), robust=True, group="arm")
    read = json.loads(json.dumps(fit.as_dict(), allow_nan=False))
    assert len(read["parameters"]) == len(fit.parameters)
    assert {"estimate", "se", "low", "high"} <= set(read["parameters"][1])
    assert read["fit"]["df"] == 4
    assert read["loglik"] == fit.loglik
    assert "Group a" in str(fit)
    assert "Scaled" in str(fit)


def test_recipes_refuse_what_makes_no_model() -> None:
    recipes = models.recipes
    for call in (
        lambda: recipes.latent_growth(["a", "b"]),
        lambda: recipes.latent_growth(["a", "b", "c"], [0, 1]),
        lambda: recipes.latent_change(["a", "b", "c"], ["d", "e"]),
        lambda: recipes.ri_clpm({"x": ["x1", "x2", "x3"]}),
        lambda: recipes.ri_clpm({"x": ["a", "b", "c"], "z": ["d", "e", "f"]}, indirect=("x", "z", "x")),
        lambda: recipes.bifactor({"a": ["i1", "i2"]}),
        lambda: recipes.second_order({"a": ["i1", "i2"], "b": ["i1", "i3"], "c": ["i4", "i5"]}),
    ):
        with pytest.raises(ValueError):
            call()


def test_mediation_inside_the_panel_model_is_defined() -> None:
    rng = np.random.default_rng(7)
    series = {name: [f"{name}{t}" for t in range(1, 5)] for name in "xmy"}
    stable = rng.standard_normal((400, 3))
    w, table = rng.standard_normal((400, 3)), {}
    for t in range(1, 5):
        w = w @ np.array([[0.3, 0, 0], [0.4, 0.3, 0], [0, 0.4, 0.3]]).T + 0.8 * rng.standard_normal((400, 3))
        table |= {f"{name}{t}": stable[:, k] + w[:, k] for k, name in enumerate("xmy")}
    text = models.recipes.ri_clpm(series, equal_lags=True, indirect=("x", "m", "y"))
    fit = models.sem(text, table)
    assert fit.converged
    assert fit["indirect"].estimate == pytest.approx(fit["x_to_m"].estimate * fit["m_to_y"].estimate)
    assert fit["indirect"].estimate == pytest.approx(0.16, abs=0.1)


def test_the_growth_kind_is_what_the_recipe_writes_out() -> None:
    rng = np.random.default_rng(6)
    y = rng.standard_normal((200, 2)) @ np.array([[1, 1, 1, 1], [0, 1, 2, 3]]) + rng.standard_normal((200, 4))
    table = dict(zip("abcd", y.T, strict=True))
    short = models.sem("level =~ 1*a + 1*b + 1*c + 1*d\nslope =~ 0*a + 1*b + 2*c + 3*d", table, kind="growth")
    full = models.sem(models.recipes.latent_growth(list("abcd")), table)
    assert short.free == full.free == 9
    assert short.loglik == pytest.approx(full.loglik, abs=1e-8)
    assert short["slope~1"].estimate == pytest.approx(full["slope~1"].estimate, abs=1e-7)


def test_a_robust_fit_of_a_model_that_is_not_identified_is_no_traceback() -> None:
    fit = models.sem("f =~ NA*x1 + x2 + x3 + x4", data(), robust=True)
    assert not fit.converged
    json.dumps(fit.as_dict(), allow_nan=False)


def test_pandas_columns_of_mixed_objects_are_named_not_raised() -> None:
    table = pd.DataFrame(data())
    table["x2"] = [1, "u"] * 125
    with pytest.raises(ProblemsFound, match="x2: it holds"):
        models.sem(ONE, table)


def test_scales_of_very_different_size_do_not_matter() -> None:
    table = data()
    fit = models.sem("f =~ x1 + x2 + x3 + x4", table, robust=True)
    large = models.sem("f =~ x1 + x2 + x3 + x4", table | {"x1": 1e6 * table["x1"]}, robust=True)
    assert large.converged
    assert large.fit.chisq == pytest.approx(fit.fit.chisq, abs=1e-6)
    assert large.scaling == pytest.approx(fit.scaling, rel=1e-6)
    assert large["f=~x2"].z == pytest.approx(fit["f=~x2"].z, rel=1e-5)


def test_the_only_indicator_of_a_factor_has_no_residual_unless_written() -> None:
    table = data()
    direct = models.sem("y ~ x1", table, fixed_x=False)
    by_factor = models.sem("f =~ x1\ny ~ f", table)
    assert by_factor["x1~~x1"].estimate == 0.0
    assert by_factor.loglik == pytest.approx(direct.loglik, abs=1e-8)
    assert by_factor["y~f"].estimate == pytest.approx(direct["y~x1"].estimate, abs=1e-8)


@pytest.mark.parametrize(
    ("line", "words"),
    [("x1 ~ x1", "itself"), ("x1 | t1", "ordered variable"), ("x1 <~ x2", "formative"), ("a > 0", "inequalities")],
)
def test_what_is_not_known_is_said(line: str, words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        models.sem(f"{ONE}\n{line}", data())


def test_a_definition_without_a_value_is_said() -> None:
    fit = models.sem("y ~ a*x1\nz := a/0", data())
    assert any("has no value" in message for message in fit.messages)
    json.dumps(fit.as_dict(), allow_nan=False)


def test_one_label_is_one_parameter_with_a_fixed_one_too() -> None:
    fit = models.sem("f =~ a*x1 + a*x2 + x3 + x4\ntwice := a*2", data())
    assert [each.estimate for each in fit.parameters if each.label == "a"] == [1.0, 1.0]
    assert fit["f=~x2"].se is None
    assert fit.fit.df == 3
    assert fit.loglik == models.sem("f =~ 1*x1 + 1*x2 + x3 + x4", data()).loglik
    assert (fit["twice"].estimate, fit["twice"].se) == (2.0, None)
    joined = models.sem("f =~ x1 + a*x2 + b*x3 + b*x4\nf ~~ a*f\nb == c\ny ~ c*f", data())
    assert joined["f~~f"].estimate == joined["a"].estimate
    with pytest.raises(ProblemsFound, match="stands at 1 and, of f=~x2, at 2"):
        models.sem("f =~ a*x1 + a*2*x2 + x3 + x4", data())


def test_standardised_values_have_errors_and_intervals() -> None:
    """A simple regression: its standardised slope is the correlation, whose delta-method error is known."""
    table = data(400)
    fit = models.sem("y ~ x1", table, fixed_x=False)["y~x1"]
    r = float(np.corrcoef(table["y"], table["x1"])[0, 1])
    assert fit.standardised == pytest.approx(r, abs=1e-8)
    assert fit.standardised_se == pytest.approx((1 - r**2) / 400**0.5, rel=0.15)
    factor = models.sem(ONE, table)
    assert factor["f=~x1"].se is None
    assert factor["f=~x1"].standardised_se == pytest.approx(
        models.sem(ONE, table, std_lv=True)["f=~x1"].standardised_se, rel=1e-5
    )
    assert (factor["f~~f"].standardised, factor["f~~f"].standardised_se) == (pytest.approx(1.0), None)
    drawn = models.sem("y ~ b*x1\ntwice := 2*b", table, fixed_x=False, bootstrap=300, rng=np.random.default_rng(2))
    assert drawn["y~x1"].standardised_se == pytest.approx(fit.standardised_se, rel=0.2)
    assert drawn["twice"].standardised_low == pytest.approx(2 * (drawn["y~x1"].standardised_low or 0.0))
    assert drawn.as_dict()["defined"][0]["standardised_high"] is not None


def test_linear_equations_hold_and_cost_no_parameter() -> None:
    table = data(400)
    text = "y ~ a*x1 + b*x2 + c*x3"
    fixed, direct = models.sem(f"{text}\na == 0.5", table), models.sem("y ~ 0.5*x1 + b*x2 + c*x3", table)
    assert (fixed["a"].estimate, fixed["a"].se, fixed.fit.df) == (0.5, None, 1)
    assert fixed.loglik == pytest.approx(direct.loglik, abs=1e-9)
    twice = models.sem(f"{text}\nb == 2*a\nab := a + b", table)
    summed = models.sem("y ~ a*s + c*x3", table | {"s": table["x1"] + 2 * table["x2"]})
    assert twice["a"].estimate == pytest.approx(summed["a"].estimate, abs=1e-8)
    assert twice["b"].se == pytest.approx(2 * (summed["a"].se or 0), rel=1e-6)
    assert twice["ab"].se == pytest.approx(3 * (summed["a"].se or 0), rel=1e-6)
    assert (twice.free, twice.fit.df) == (4, 1)
    split = models.sem(f"{text}\na == b + c", table, robust=True)
    parts = models.sem(
        "y ~ b*one + c*other",
        table | {"one": table["x1"] + table["x2"], "other": table["x1"] + table["x3"]},
        robust=True,
    )
    for name in "bc":
        assert split[name].estimate == pytest.approx(parts[name].estimate, abs=1e-8)
        assert split[name].se == pytest.approx(parts[name].se, rel=1e-6)
    assert split["a"].estimate == pytest.approx(split["b"].estimate + split["c"].estimate)
    chained = models.sem(f"{text}\na + b == 1\nb == 3*c", table, bootstrap=20, rng=np.random.default_rng(1))
    assert chained["a"].estimate + 3 * chained["c"].estimate == pytest.approx(1.0)
    assert chained["b"].se == pytest.approx(3 * (chained["c"].se or 0))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("a == b*b", "not linear"),
        ("a == 1\na == 2", "cannot hold"),
        ("a == k\nj == b", "'k' is no label.*'j' is no label"),
        ("ab := k*j", "'k', 'j' are no labels"),
        ("a == b +", "no arithmetic"),
    ],
)
def test_equations_that_cannot_be_held_are_refused_in_words(lines: str, words: str) -> None:
    with pytest.raises(ProblemsFound, match=f"(?s){words}"):
        models.sem(f"y ~ a*x1 + b*x2\n{lines}", data())


@pytest.mark.parametrize(
    ("text", "std_lv"),
    [
        (ONE, False),
        (ONE, True),
        ("f =~ x1 + x2\ng =~ x3 + x4\nh =~ f + g\nh ~~ 0.3*h", False),
        ("f =~ NA*x1 + x2 + x3\nf ~~ 1*f\ny ~ f + x4", False),
    ],
)
def test_units_do_not_matter_from_the_start(text: str, std_lv: bool) -> None:
    """The search takes the same way whatever the columns are measured in."""
    table = {key: value for key, value in data().items() if key != "arm"}
    fit = models.sem(text, table, std_lv=std_lv)
    # The variance of h is fixed in the units of x1, which therefore stays.
    size = {"x1": 1.0, "x2": 1e3, "x3": 1e6, "x4": 1e9, "y": 1e-4}
    other = models.sem(text, {key: value * size[key] for key, value in table.items()}, std_lv=std_lv)
    assert (other.converged, other.kernel.iterations) == (True, fit.kernel.iterations)
    assert other.fit.chisq == pytest.approx(fit.fit.chisq, abs=1e-6)
    for mine, own in zip(other.parameters, fit.parameters, strict=True):
        if own.standardised is not None and own.operator != "~1":
            assert mine.standardised == pytest.approx(own.standardised, abs=1e-6), own.name
