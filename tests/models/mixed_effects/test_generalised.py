"""Labelled mixed models of binary outcomes and counts: what is written means what is fitted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forwhom import models
from forwhom.kernels.glmm import Level, fit_glmm
from forwhom.models.mixed_effects.generalised import Generalised
from forwhom.problems import ProblemsFound

VALIDATION = Path(__file__).resolve().parents[3] / "validation" / "glmm"


@pytest.fixture(scope="module")
def data() -> pl.DataFrame:
    return pl.read_csv(VALIDATION / "simulated.csv").with_columns(
        treat=pl.when(pl.col("arm") == 1).then(pl.lit("MBT")).otherwise(pl.lit("TAU")),
        misses=pl.col("trials") - pl.col("hits"),
        word=pl.when(pl.col("ill") == 1).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )


def logit(data: Any, formula: str = "ill ~ month * treat + (1 | id)", **more: Any) -> Generalised:
    return models.mixed(formula, data, family="binomial", reference={"treat": "TAU"}, **more)


def test_the_fit_is_the_kernel_with_labels(data: pl.DataFrame) -> None:
    made = logit(data, quadrature_points=9)
    columns = data.select("month", "arm").to_numpy().astype(float)
    X = np.column_stack([np.ones(len(data)), columns, columns.prod(axis=1)])
    kernel = fit_glmm(
        data["ill"].to_numpy().astype(float), X, [Level(X[:, :1], data["id"].to_numpy())], quadrature_points=9
    )
    assert [each.term for each in made.fixed] == ["(Intercept)", "month", "treatMBT", "month:treatMBT"]
    np.testing.assert_allclose([each.estimate for each in made.fixed], kernel.beta, atol=1e-7)
    assert made.loglik == pytest.approx(kernel.loglik, abs=1e-9)
    slope = made["month"]
    assert slope.ratio == pytest.approx(np.exp(slope.estimate))
    assert slope.ratio_high == pytest.approx(np.exp(slope.high))
    assert slope.z == pytest.approx(slope.estimate / slope.se)
    assert made.groups == (("id", 160),)
    assert made.random[0].sd == pytest.approx(kernel.theta[0])
    with pytest.raises(KeyError, match="treatMBT"):
        made["nothing"]


def test_outcomes_may_be_words_truths_or_pairs_of_counts(data: pl.DataFrame) -> None:
    plain = logit(data)
    truths = logit(data.with_columns(ill=pl.col("ill") == 1))
    words = logit(data, "word ~ month * treat + (1 | id)")
    assert truths.loglik == pytest.approx(plain.loglik, abs=1e-9)
    assert words.loglik == pytest.approx(plain.loglik, abs=1e-9)
    assert any("yes of word counts as 1" in message for message in words.messages)
    pairs = logit(data, "cbind(hits, misses) ~ month * treat + (1 | id)", quadrature_points=9)
    stored = json.loads((VALIDATION / "reference.json").read_text())["cases"]
    theirs = next(one for one in stored if one["name"] == "trials, 9 nodes")["lme4"]
    assert pairs.loglik == pytest.approx(theirs["loglik"], abs=1e-8)
    with pytest.raises(ProblemsFound, match="weights beside numbers of successes"):
        logit(data, "cbind(hits, misses) ~ month * treat + (1 | id)", weights="trials")


def test_weights_say_how_often_a_row_occurred(data: pl.DataFrame) -> None:
    twice = logit(data.with_columns(times=pl.lit(2)), weights="times")
    assert twice.loglik == pytest.approx(logit(pl.concat([data, data])).loglik, abs=1e-7)


def test_rates_have_an_offset(data: pl.DataFrame) -> None:
    made = models.mixed(
        "count ~ month * arm + offset(log(exposure)) + (1 | id) + (1 | therapist)", data, family="poisson"
    )
    stored = json.loads((VALIDATION / "reference.json").read_text())["cases"]
    theirs = next(one for one in stored if one["name"] == "rates")["glmmTMB"]
    np.testing.assert_allclose([each.estimate for each in made.fixed], theirs["beta"], atol=1e-6)
    assert made.singular
    assert "Singular fit: between groups of therapist the variance of (Intercept) is estimated as 0." in made.messages
    assert made.as_dict()["ratio"] == "rate ratio"


def test_random_effects_and_predictions_agree(data: pl.DataFrame) -> None:
    made = logit(data, "ill ~ month * treat + (month | id)")
    here = {(each.group, each.term): each.value for each in made.random_effects}
    first = data[:1]
    person = str(first["id"][0])
    eta = (
        made["(Intercept)"].estimate
        + here[person, "(Intercept)"]
        + first["month"][0] * (made["month"].estimate + here[person, "month"])
    )
    assert first["treat"][0] == "TAU"
    assert made.predict(first, scale="link")[0] == pytest.approx(eta)
    assert made.predict()[0] == pytest.approx(1 / (1 + np.exp(-eta)))
    new = made.predict(first.with_columns(id=pl.lit(9999)), scale="link")
    assert new[0] == pytest.approx(made["(Intercept)"].estimate)


def test_population_means_are_nearer_to_one_half_than_the_typical_person(data: pl.DataFrame) -> None:
    made = logit(data, quadrature_points=9)
    control, treated, difference = made.population_means("treat", at={"month": 6})
    assert (control.value, treated.value, difference.value) == ("TAU", "MBT", "MBT - TAU")
    for each in (control, treated):
        assert abs(each.mean - 0.5) < abs(each.typical - 0.5)
        assert each.low < each.mean < each.high
    typical = made["(Intercept)"].estimate + 6 * made["month"].estimate
    assert control.typical == pytest.approx(1 / (1 + np.exp(-typical)))
    assert difference.mean == pytest.approx(treated.mean - control.mean)
    # By hand: the expectation over a normal effect.
    node, weight = np.polynomial.hermite_e.hermegauss(81)
    by_hand = (weight / (1 + np.exp(-(typical + made.random[0].sd * node)))).sum() / weight.sum()
    assert control.mean == pytest.approx(by_hand, abs=1e-8)
    numbers = logit(data, "ill ~ month * arm + (1 | id)".replace("arm", "treat")).population_means("month")
    assert [each.value for each in numbers][:5] == ["0", "2", "4", "6", "2 - 0"]


@pytest.mark.parametrize(
    ("by", "at", "words"),
    [
        ("nothing", {}, "it is no column of the model"),
        ("treat", {"rater": 1}, "it is no column of the model"),
        ("treat", {"treat": "MBT"}, "held and compared at once"),
    ],
)
def test_population_means_that_cannot_be(data: pl.DataFrame, by: str, at: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        logit(data).population_means(by, at=at)


def test_separation_is_said_with_the_term(data: pl.DataFrame) -> None:
    apart = data.with_columns(ill=pl.when(pl.col("arm") == 1).then(1).otherwise(pl.col("ill")))
    with pytest.raises(ProblemsFound, match="treatMBT: their combination tells the outcomes apart for") as found:
        logit(apart, "ill ~ month + treat + (1 | id)")
    assert found.value.problems[0].code == "model-separation"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"family": "gamma"}, "is no family"),
        ({"family": "binomial", "ar1": "month"}, "no residuals that could be autoregressive"),
        ({"family": "binomial", "df": "kenward-roger"}, "for linear mixed models"),
        ({"quadrature_points": 7}, "belong to binary outcomes"),
        ({"link": "probit"}, "belong to binary outcomes"),
        ({"family": "binomial", "quadrature_points": 200}, "between 1"),
        ({"family": "binomial", "link": "log"}, "is not known"),
    ],
)
def test_options_that_do_not_go_together(data: pl.DataFrame, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemsFound, match=words):
        models.mixed("ill ~ month + (1 | id)", data, **more)


def test_constant_and_impossible_outcomes(data: pl.DataFrame) -> None:
    with pytest.raises(ProblemsFound, match="every value is 0"):
        logit(data.with_columns(ill=pl.lit(0)))
    with pytest.raises(ProblemsFound, match="binary outcome is 0 or 1"):
        logit(data, "rater ~ month + (1 | id)".replace("month", "month * treat"))
    with pytest.raises(ProblemsFound, match="whole numbers"):
        models.mixed("exposure ~ month + (1 | id)", data, family="poisson")


def test_rows_without_a_value_are_left_out_and_counted(data: pl.DataFrame) -> None:
    holes = data.with_columns(ill=pl.when(pl.col("row") < 20).then(None).otherwise(pl.col("ill")))
    made = logit(holes)
    assert made.n == len(data) - 20
    assert sum(rows for _, rows in made.left_out) == 20


def test_laplace_of_few_outcomes_per_person_is_flagged(data: pl.DataFrame) -> None:
    assert any("Laplace's approximation tends" in message for message in logit(data).messages)
    assert not any("Laplace" in message for message in logit(data, quadrature_points=9).messages)


def test_compare(data: pl.DataFrame) -> None:
    larger, smaller = logit(data), logit(data, "ill ~ month + treat + (1 | id)")
    found = models.compare(larger, smaller)
    assert (found.df, found.p_boundary) == (1, None)
    assert found.statistic == pytest.approx(smaller.deviance - larger.deviance)
    assert found.method == "binomial, logit, Laplace"
    slopes = models.compare(logit(data, "ill ~ month * treat + (month | id)"), larger)
    assert slopes.df == 2
    assert slopes.p_boundary < slopes.p
    with pytest.raises(ProblemsFound, match="likelihoods are of different kinds"):
        models.compare(smaller, logit(data, quadrature_points=5))


def test_profiles_stand_beside_the_estimates(data: pl.DataFrame) -> None:
    made = logit(data, profile=True)
    assert [each.term for each in made.profiled] == [each.term for each in made.fixed]
    sd = made.random[0]
    assert sd.low < sd.sd < sd.high
    assert "Profile likelihood intervals" in made.summary()


def test_contrast(data: pl.DataFrame) -> None:
    made = logit(data)
    (found,) = made.contrast({"treatMBT": 1, "month:treatMBT": 6})
    assert found.estimate == pytest.approx(made["treatMBT"].estimate + 6 * made["month:treatMBT"].estimate)
    assert found.ratio == pytest.approx(np.exp(found.estimate))
    with pytest.raises(ProblemsFound, match="is no fixed effect"):
        made.contrast({"nothing": 1})


def test_what_is_written_is_plain(data: pl.DataFrame) -> None:
    said = logit(data, "word ~ month * treat + (month || id)", link="probit").as_dict()
    assert json.loads(json.dumps(said)) == said
    assert said["fixed"][0]["ratio"] is None
    assert said["family"] == "binomial"


def test_the_summary_says_what_was_fitted(data: pl.DataFrame) -> None:
    text = str(models.mixed("over ~ arm + (1 | id)", data, family="negative_binomial"))
    assert "counts (negative binomial), log link" in text
    assert "rate ratio" in text
    assert "shape" in text
