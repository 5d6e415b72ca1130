"""Models of ordered answers against lavaan, value by value (validation/sem), and hard cases in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom import models
from forwhom.models.structural.result import Estimate, Sem
from forwhom.problems import ProblemsFound

HERE = Path(__file__).parents[3] / "validation" / "sem"
CASES = json.loads((HERE / "ordinal_cases.json").read_text(encoding="utf-8"))
SMALL, BFI = (
    json.loads((HERE / f"reference_ordinal_{part}.json").read_text(encoding="utf-8")) for part in ("small", "bfi")
)
OPTIONS = ("group", "group_equal", "std_lv", "parameterisation")
LOOSE = {"groups, thresholds": 2e-5, "groups, both, theta": 2e-5, "groups, strict": 3e-5, "bfi pairwise": 1.5e-5}
"""Where lavaan's search ends earlier than at 1e-5: see validation/sem/README.md."""


def fitted(case: dict[str, Any], table: pl.DataFrame) -> Sem:
    options = {key: case[key] for key in OPTIONS if key in case}
    missing = case.get("missing", "listwise")
    return models.sem(case["syntax"], table, ordered=case.get("ordered", True), missing=missing, **options)


def table(name: str = "ordinal") -> pl.DataFrame:
    return pl.read_csv(HERE / f"{name}.csv", infer_schema_length=None)


def ours(fit: Sem) -> dict[tuple[str, str, str, int], Estimate]:
    labels = [label for label, _ in fit.groups] or [None]
    made = {(e.left, e.operator, e.right, labels.index(e.group) + 1): e for e in fit.parameters}
    made |= {(b, "~~", a, group): each for (a, o, b, group), each in list(made.items()) if o == "~~"}
    return made | {(each.left, ":=", each.right.replace(" ", ""), 1): each for each in fit.defined}


def check(fit: Sem, reference: dict[str, Any], loose: float) -> None:
    mine = ours(fit)
    columns = ("left", "operator", "right", "group", "estimate", "se", "std")
    seen = set()
    for left, operator, right, group, estimate, se, std in zip(*(reference[c] for c in columns), strict=True):
        if operator == "==":
            continue
        key = (left, operator, right, max(group, 1))
        each = mine[key]
        seen |= {key, (right, operator, left, max(group, 1))}
        assert each.estimate == pytest.approx(estimate, abs=loose), key
        assert (each.se or 0.0) == pytest.approx(se or 0.0, abs=1e-4), key
        if std is not None and each.standardised is not None:
            assert each.standardised == pytest.approx(std, abs=loose), key
    assert {key for key, each in mine.items() if each.free} <= seen
    values = reference["fit"]
    assert (fit.free, fit.fit.df) == (values["npar"], values["df"])
    assert fit.scaled is not None
    pairs = {"chisq": fit.fit.chisq, "cfi": fit.fit.cfi, "rmsea": fit.fit.rmsea, "srmr": fit.srmr}
    pairs |= {"chisq.scaled": fit.scaled.chisq, "pvalue.scaled": fit.scaled.p, "cfi.scaled": fit.scaled.cfi}
    pairs |= {"tli.scaled": fit.scaled.tli, "rmsea.scaled": fit.scaled.rmsea, "chisq.scaling.factor": fit.scaling}
    pairs |= {"rmsea.ci.upper.scaled": fit.scaled.rmsea_high, "rmsea.ci.lower.scaled": fit.scaled.rmsea_low}
    assert ("cfi.robust" in values) == (fit.robust_fit is not None)
    if fit.robust_fit:
        pairs |= {"cfi.robust": fit.robust_fit.cfi, "rmsea.robust": fit.robust_fit.rmsea}
        pairs |= {"rmsea.ci.upper.robust": fit.robust_fit.rmsea_high}
        if not fit.groups:  # lavaan weights the baseline's groups twice; see validation/sem/README.md
            pairs |= {"tli.robust": fit.robust_fit.tli}
    for key, value in pairs.items():
        if key in values:
            large = max(1.0, abs(values[key]))
            assert value == pytest.approx(values[key], abs=3e-4 * max(1.0, large / 1e3) if "chisq" in key else 1e-5), (
                key
            )


@pytest.mark.parametrize("name", [name for name, case in CASES["cases"].items() if case["data"] != "bfi"])
def test_small_tables_agree_with_lavaan(name: str) -> None:
    case = CASES["cases"][name]
    check(fitted(case, table(case["data"])), SMALL["cases"][name], LOOSE.get(name, 6e-6))


@pytest.mark.parametrize("name", ["bfi", "bfi pairwise"])
def test_twenty_five_items_agree_with_lavaan(name: str, shared_data: Path) -> None:
    path = shared_data / "b_questionnaires" / "bfi_items.csv"
    bfi = pl.read_csv(path, infer_schema_length=None, null_values=["NA"])
    check(fitted(CASES["cases"][name], bfi), BFI["cases"][name], LOOSE.get(name, 1e-5))


def test_the_ladder_of_wu_and_estabrook_agrees_with_semtools() -> None:
    case, reference = CASES["ladder"], SMALL["ladder"]
    found = models.invariance(case["syntax"], table(), "group", std_lv=True, ordered=True, missing="listwise")
    assert [step.fit.fit.df for step in found.steps] == reference["df"]
    assert [step.fit.fit.chisq for step in found.steps] == pytest.approx(reference["chisq"], abs=1e-5)
    differences = [step.difference.chisq for step in found.steps[1:] if step.difference]
    assert differences == pytest.approx(reference["difference"][1:], abs=1e-5)
    assert [step.difference.p for step in found.steps[1:] if step.difference] == pytest.approx(
        reference["p"][1:], abs=1e-5
    )


@pytest.mark.parametrize(
    ("letter", "steps"),
    [("b", ["configural", "metric", "scalar", "strict"]), ("d", ["configural", "scalar", "strict"])],
)
def test_few_categories_skip_steps_that_cannot_be_told_apart(letter: str, steps: list[str]) -> None:
    text = "f =~ " + " + ".join(f"{letter}{k}" for k in range(1, 5))
    assert [step.name for step in models.invariance(text, table(), "group", ordered=True).steps] == steps


def test_modification_indices_agree_but_for_persons_less_one() -> None:
    case = CASES["cases"]["two factors"]
    reference = SMALL["cases"]["two factors"]["modify"]
    mine = {(e.left, e.operator, e.right): e for e in models.modification(fitted(case, table()), least=0.0)}
    for left, operator, right, index, change in zip(
        *(reference[c] for c in ("left", "operator", "right", "mi", "epc")), strict=True
    ):
        each = mine[left, operator, right]
        # lavaan has another factor of (n - 1) / n in both.
        assert each.index * 399 / 400 == pytest.approx(index, rel=1e-4, abs=1e-6)
        assert each.change * 399 / 400 == pytest.approx(change, abs=1e-5)


def test_both_parameterisations_are_one_model() -> None:
    delta, theta = (
        fitted({"syntax": CASES["cases"]["two factors"]["syntax"], "parameterisation": p}, table())
        for p in ("delta", "theta")
    )
    assert delta.fit.chisq == pytest.approx(theta.fit.chisq, abs=1e-8)
    scale = theta["a2~*~a2"].estimate
    assert delta["a2|t1"].estimate == pytest.approx(theta["a2|t1"].estimate * scale, abs=1e-7)
    assert delta["f=~a2"].standardised == pytest.approx(theta["f=~a2"].standardised, abs=1e-7)


def test_order_of_rows_labels_of_categories_and_direction_do_not_matter() -> None:
    plain = table()
    text = "f =~ a1 + a2 + a3 + a4"
    fit = models.sem(text, plain, ordered=True, std_lv=True)
    mixed = models.sem(text, plain.sample(fraction=1.0, shuffle=True, seed=2), ordered=True, std_lv=True)
    turned = models.sem(text, plain.with_columns(pl.col("a2") * -10 + 3), ordered=True, std_lv=True)
    assert mixed.scaled is not None
    assert fit.scaled is not None
    assert mixed.scaled.chisq == pytest.approx(fit.scaled.chisq, abs=1e-8)
    assert turned.fit.chisq == pytest.approx(fit.fit.chisq, abs=1e-8)
    assert turned["f=~a2"].estimate == pytest.approx(-fit["f=~a2"].estimate, abs=1e-7)
    assert turned["a2|t1"].estimate == pytest.approx(-fit["a2|t3"].estimate, abs=1e-9)


def test_what_is_printed_names_the_estimator_and_json_has_no_likelihood() -> None:
    fit = models.sem("f =~ a1 + a2 + a3 + a4", table("ordinal_missing"), ordered=True)
    assert "WLSMV" in fit.summary()
    assert "Thresholds" in fit.summary()
    assert (fit.missing, fit.as_dict()["loglik"], fit.as_dict()["estimator"]) == ("pairwise", None, "DWLS")
    assert any("pair by pair" in message for message in fit.messages)


def test_bootstrap_of_ordered_answers_is_near_the_sandwich() -> None:
    fit, drawn = (
        models.sem("f =~ a1 + a2 + a3", table(), ordered=True, std_lv=True, bootstrap=b, rng=np.random.default_rng(1))
        for b in (0, 60)
    )
    assert drawn["f=~a1"].se == pytest.approx(fit["f=~a1"].se, rel=0.4)


TEXT = "f =~ a1 + a2 + a3 + a4"


def hard(change: str) -> pl.DataFrame:
    made = table()
    if change == "copied":
        return made.with_columns(a2=pl.col("a1"))
    if change == "constant":
        return made.with_columns(a2=pl.lit(2))
    if change == "one category in a group":
        return made.with_columns(a2=pl.when(pl.col("group") == "one").then(2).otherwise(pl.col("a2")))
    if change == "empty category":
        return made.with_columns(
            a2=pl.when((pl.col("group") == "one") & (pl.col("a2") == 4)).then(3).otherwise(pl.col("a2"))
        )
    if change == "twelve":
        return made.head(4)
    return made.with_columns(a2=pl.int_range(pl.len()))


@pytest.mark.parametrize(
    ("change", "group", "words"),
    [
        ("copied", None, "runs to -1 or 1"),
        ("constant", None, "every value is 2"),
        ("one category in a group", "group", "nobody in group one answered 1, 3, 4"),
        ("empty category", "group", "nobody in group one answered 4"),
        ("twelve", None, "4 persons for 4 variables"),
        ("many", None, "400 different values"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change: str, group: str | None, words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        models.sem(TEXT, hard(change), ordered=True, group=group)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (f"{TEXT}\na1 | t4", {}, "has no threshold t4"),
        (f"{TEXT}\na1 ~~ a1", {}, "follows from its scale"),
        (f"{TEXT}\na1 ~*~ a1", {"parameterisation": "theta"}, "sets a scale"),
        (f"{TEXT}\ny ~ a1", {}, "a1 is ordered and explains"),
        (f"{TEXT}\nf ~ y", {"ordered": ["a1", "a2", "a3", "a4"]}, "observed predictor taken as given"),
        (TEXT, {"missing": "fiml"}, "missing is fiml"),
        (TEXT, {"ordered": ["b1"]}, "not in the model"),
        (TEXT, {"group": "group", "group_equal": ["residuals"]}, "follow from their scales"),
        (TEXT, {"ordered": (), "missing": "pairwise"}, "pairwise is for ordered"),
        (TEXT, {"ordered": (), "group": "group", "group_equal": ["thresholds"]}, "there are none"),
    ],
)
def test_what_cannot_be_meant_is_said(text: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        models.sem(text, table(), **{"ordered": True, **options})


def test_forty_percent_missing_and_few_persons_are_fitted_with_a_warning() -> None:
    rng = np.random.default_rng(3)
    plain = table().select(f"a{k}" for k in range(1, 5))
    holes = plain.select(pl.when(pl.Series(rng.random(400) > 0.4)).then(pl.col(c)).alias(c) for c in plain.columns)
    fit = models.sem(TEXT, holes, ordered=True)
    assert fit.converged
    assert dict(fit.left_out)["no value in any variable of the model"] > 0
    few = models.sem("f =~ d1 + d2 + d3", table().head(60), ordered=True)
    assert few.fit.df == 0
    assert few.scaled is None


def test_a_heywood_case_of_ordered_answers_is_named() -> None:
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]]))
    y = np.digitize(rng.standard_normal((400, 3)) @ root.T, [-0.7, 0.2, 1.0])
    fit = models.sem("f =~ a + b + c", dict(zip("abc", y.T.astype(float), strict=True)), ordered=True)
    assert any("variance of a is negative" in message for message in fit.messages)


def test_correlations_that_are_not_positive_definite_together_are_told() -> None:
    rng = np.random.default_rng(5)
    trait = rng.standard_normal(90)
    y = np.digitize(trait[:, None] + 0.6 * rng.standard_normal((90, 16)), [-0.5, 0.5]).astype(float)
    data = {f"x{k}": np.where(rng.random(90) < 0.35, np.nan, column) for k, column in enumerate(y.T)}
    fit = models.sem("f =~ " + " + ".join(data), data, ordered=True)
    assert fit.robust_fit is None
    assert any("not positive definite together" in message for message in fit.messages)
