"""Graded response models from a table: labels, groups, checks, and everything that is wrong at once."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from graded_answers import ITEMS, simulated

from forwhom import models
from forwhom.kernels.graded_response import graded_response as kernel
from forwhom.problems import ProblemsFound


def codes(error: ProblemsFound) -> set[str]:
    return {problem.code for problem in error.problems}


def test_labels_are_around_the_kernels_numbers() -> None:
    data = simulated()
    fit, bare = models.graded_response(data, ITEMS), kernel(data.select(ITEMS).to_numpy())
    assert [each.item for each in fit.items] == ITEMS
    assert fit["q2"].slope.estimate == bare.slope[1]
    assert fit["q2"].slope.se == pytest.approx(np.sqrt(bare.covariance[4, 4]))
    assert [each.estimate for each in fit["q2"].locations] == bare.location[1].tolist()
    assert fit["q2"].answers == (1.0, 2.0, 3.0, 4.0)
    assert sum(fit["q2"].counts) == fit.n == 400
    np.testing.assert_array_equal(fit.persons.trait, bare.trait)
    assert fit.reliability == bare.reliability
    assert fit.aic == pytest.approx(2 * 24 - 2 * bare.loglik)


def test_standard_error_of_a_location_is_that_of_a_model_in_locations() -> None:
    data = simulated()
    fit, bare = models.graded_response(data, ITEMS), kernel(data.select(ITEMS).to_numpy())
    draws = np.random.default_rng(1).multivariate_normal(
        [bare.slope[0], bare.step[0, 0]], bare.covariance[:2, :2] / 1e4, 40_000
    )
    assert fit["q1"].locations[0].se == pytest.approx(100 * np.std(-draws[:, 1] / draws[:, 0]), rel=0.02)


def test_absent_answers_and_rows_are_counted() -> None:
    data = simulated().with_columns(
        [pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise(pl.col(name)).alias(name) for name in ITEMS]
    )
    fit = models.graded_response(data, ITEMS)
    assert fit.left_out == (("no answer to any item", 3),)
    assert np.isnan(fit.persons.trait[:3]).all()
    assert np.isfinite(fit.persons.trait[3:]).all()


def test_a_reversed_item_is_said_and_changes_nothing_else() -> None:
    data = simulated()
    fit = models.graded_response(data, ITEMS)
    turned = models.graded_response(data.with_columns(q3=5 - pl.col("q3")), ITEMS)
    assert turned["q3"].slope.estimate == pytest.approx(-fit["q3"].slope.estimate, abs=1e-6)
    assert any("q3 has a slope of -" in each for each in turned.messages)
    np.testing.assert_allclose(turned.persons.trait, fit.persons.trait, atol=1e-6)
    assert turned.item_fit[2].chisq == pytest.approx(fit.item_fit[2].chisq, rel=1e-4)
    assert [pair.q3 for pair in turned.pairs] == pytest.approx([pair.q3 for pair in fit.pairs], abs=1e-5)


def test_everything_wrong_is_told_at_once() -> None:
    data = simulated().with_columns(same=pl.lit(1), half=pl.lit(0.5) * pl.col("q1"), text=pl.lit("x"))
    with pytest.raises(ProblemsFound) as named:
        models.graded_response(data, ["q1", "q1", "gone"], group="nobody")
    assert codes(named.value) == {"item-twice", "item-unknown", "model-group"}
    with pytest.raises(ProblemsFound) as columns:
        models.graded_response(data, ["q1", "same", "half", "text"])
    assert codes(columns.value) == {"item-constant", "item-fraction", "item-text"}
    with pytest.raises(ProblemsFound) as freed:
        models.graded_response(data, ITEMS, group="arm", free=["q9"])
    assert codes(freed.value) == {"item-free"}


def test_twelve_people_are_refused_with_the_number_needed() -> None:
    with pytest.raises(ProblemsFound, match="40") as told:
        models.graded_response(simulated(n=12), ITEMS)
    assert codes(told.value) == {"item-persons"}


def test_unused_and_rare_answers_are_said() -> None:
    data = simulated().with_columns(q1=pl.when(pl.col("q1") == 2).then(1).otherwise(pl.col("q1")))
    data[0, "q2"] = 9
    said = " ".join(models.graded_response(data, ITEMS).messages)
    assert "q1: nobody gave answer 2" in said
    assert "q2: fewer than 5 persons gave answer 9" in said


def test_maximum_likelihood_has_no_score_for_the_ends() -> None:
    data = simulated()
    for name in ITEMS:
        data[0, name] = 4
    fit = models.graded_response(data, ITEMS, scores="ml", checks=False)
    assert np.isnan(fit.persons.trait[0])
    assert any("no maximum likelihood score" in each for each in fit.messages)
    weighted = models.graded_response(data, ITEMS, scores="wle", checks=False).persons
    assert np.isfinite(weighted.trait).all()


def test_groups_have_means_and_spreads_of_their_own() -> None:
    fit = models.graded_response(simulated(n=1600, shift=0.8), ITEMS, group="arm")
    second = fit.populations[1]
    assert fit.populations[0].mean.se is None
    assert second.mean.low is not None
    assert second.mean.low < 0.8 < (second.mean.high or 0)
    assert second.sd.low is not None
    assert second.sd.low < 1 < (second.sd.high or 0)
    free = models.graded_response(simulated(n=1600, shift=0.8), ITEMS, group="arm", free=["q1"])
    assert [each.group for each in free.items if each.item == "q1"] == ["a", "b"]
    assert free.loglik > fit.loglik
    assert free.free == fit.free + 4


def test_the_first_group_is_only_a_frame_of_reference() -> None:
    data = simulated(n=800, shift=0.8)
    other = data.with_columns(arm=pl.when(pl.col("arm") == "a").then(pl.lit("z")).otherwise(pl.col("arm")))
    fit, turned = (models.graded_response(each, ITEMS, group="arm", checks=False) for each in (data, other))
    assert turned.loglik == pytest.approx(fit.loglik, abs=1e-6)
    first, second = fit.populations[1], turned.populations[1]
    assert second.sd.estimate == pytest.approx(1 / first.sd.estimate, abs=1e-4)
    assert second.mean.estimate == pytest.approx(-first.mean.estimate / first.sd.estimate, abs=1e-4)


def test_json_is_plain_and_the_summary_names_everything() -> None:
    fit = models.graded_response(simulated(), ITEMS)
    read = json.loads(json.dumps(fit.as_dict(), allow_nan=False))
    assert len(read["person_scores"]["trait"]) == 400
    assert read["overall_fit"]["df"] == 9
    assert {"slope", "locations", "counts"} <= set(read["items"][0])
    assert len(read["residual_correlations"]) == 15
    text = str(fit)
    assert all(words in text for words in ("q6", "S-X2", "C2", "reliability"))


def test_two_items_that_share_more_than_the_trait_stand_out() -> None:
    rng = np.random.default_rng(3)
    latent = 1.5 * rng.standard_normal((1000, 1)) + rng.logistic(size=(1000, 6))
    latent[:, 4:] += rng.standard_normal((1000, 1))
    fit = models.graded_response(
        {name: np.digitize(latent[:, j], [-1.5, 0.0, 1.5]) for j, name in enumerate(ITEMS)}, ITEMS
    )
    assert (fit.pairs[0].first, fit.pairs[0].second) == ("q5", "q6")
    assert fit.pairs[0].above > 0.1
    assert fit.overall is not None
    assert fit.overall.p is not None
    assert fit.overall.p < 0.01
