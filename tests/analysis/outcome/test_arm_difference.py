"""The repeated-measures answer against nlme, and what must not change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.arm_difference import arm_difference, change_in_one_arm
from forwhom.findings import Estimate, Finding
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.mixed_df import kenward_roger
from forwhom.study import Plan, Primary, Scale, Study

ASKING = Asking()


@pytest.fixture(scope="session")
def reference(root: Path) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Values of R, see validation/trials."""
    text = (root / "validation/trials/reference.json").read_text(encoding="utf-8")
    return json.loads(text)


def differences(finding: Finding) -> list[Estimate]:
    """Raw differences in rising order of time."""
    raw = [e for e in finding.estimates if e.name.startswith("difference") and "standard" not in e.name]
    return sorted(raw, key=lambda e: e.time or 0.0)


def test_beat_the_blues_agrees_with_nlme(btheb: Study, reference: dict[str, Any]) -> None:
    ours = differences(arm_difference(btheb, ASKING, btheb.scales["bdi2"]))
    theirs = [reference["btheb"]["clda"][f"difference BtheB {j}"] for j in (2, 3, 4, 5)]
    # nlme's optimiser stops about 6e-8 of the log-likelihood below the optimum, which moves estimates by some 1e-4.
    assert [e.value for e in ours] == pytest.approx([t["value"] for t in theirs], abs=5e-4)
    # Kenward-Roger widens nlme's model-based standard error a little, never narrows it by much.
    for mine, other in zip(ours, theirs, strict=True):
        assert 0.99 < (mine.se or 0) / other["se"] < 1.06


def test_a_planned_covariate_agrees_with_nlme(btheb: Study, reference: dict[str, Any]) -> None:
    study = replace(btheb, plan=replace(btheb.plan, covariates=("drug",)))
    ours = differences(arm_difference(study, ASKING, study.scales["bdi2"]))
    theirs = [reference["btheb"]["clda_drug"][f"difference BtheB {j}"]["value"] for j in (2, 3, 4, 5)]
    assert [e.value for e in ours] == pytest.approx(theirs, abs=5e-4)


def test_the_primary_difference_comes_first_and_is_planned(btheb: Study) -> None:
    finding = arm_difference(btheb, ASKING, btheb.scales["bdi2"])
    assert finding.registered == "planned"
    assert finding.estimates[0].name == "difference at 8 months, Beat the Blues − Treatment as usual"
    assert finding.estimates[0].direction == "below 0 favours Beat the Blues"
    assert "1.5 points lower" in finding.statement
    assert "includes no difference" in finding.statement
    assert finding.population.analysed == 100


def test_g_is_the_difference_on_the_pooled_baseline_sd(btheb: Study, reference: dict[str, Any]) -> None:
    finding = arm_difference(btheb, ASKING, btheb.scales["bdi2"])
    raw, standard = finding.estimates[:2]
    sd = reference["btheb"]["pooled_sd"]
    j = 1 - 3 / (4 * 98 - 1)
    assert standard.value == pytest.approx((raw.value or 0) / sd * j, rel=1e-4)


@pytest.mark.parametrize("scale", ["cesdt", "physt"])
def test_three_arms_give_every_pair_and_holm(
    shared_data: Path, reference: dict[str, Any], scale: str, make_study: Callable[..., Study]
) -> None:
    data = pl.read_csv(shared_data / "a_rct/bcrp_breast_cancer_recovery.csv", null_values="NA")
    scores = data.select(f"{scale}1", f"{scale}3").cast(pl.Float64).to_numpy()
    study = make_study(
        scores,
        [0.0, 9.0],
        [str(v) for v in data["cond"]],
        arms=(("3", "Standard care"), ("1", "Nutrition"), ("2", "Education")),
    )
    finding = arm_difference(study, ASKING, study.scales["y"])
    ours = {(e.arm, e.reference): e for e in differences(finding)}
    assert set(ours) == {("1", "3"), ("2", "3"), ("2", "1")}
    if scale == "cesdt":
        for arm in ("1", "2"):
            theirs = reference["bcrp"]["clda"][f"difference {arm} 2"]
            assert ours[(arm, "3")].value == pytest.approx(theirs["value"], abs=1e-4)
    assert [c.code for c in finding.cautions] == ["several-comparisons"]
    assert finding.estimates[0].name.startswith("any difference between the 3 arms")


def test_reversing_the_scale_flips_the_sign_and_the_meaning(btheb: Study) -> None:
    scale = btheb.scales["bdi2"]
    turned = replace(
        btheb,
        measures=btheb.measures.with_columns((63 - pl.col("value")).alias("value")),
        scales={"bdi2": replace(scale, better="higher")},
    )
    one = arm_difference(btheb, ASKING, scale)
    two = arm_difference(turned, ASKING, turned.scales["bdi2"])
    assert [e.value for e in differences(two)] == pytest.approx([-(e.value or 0) for e in differences(one)], abs=1e-7)
    assert two.estimates[0].direction == "above 0 favours Beat the Blues"


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_is_irrelevant(btheb: Study, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(btheb.measures.height)
    shuffled = replace(btheb, measures=btheb.measures[order.tolist()])
    one = arm_difference(btheb, ASKING, btheb.scales["bdi2"])
    two = arm_difference(shuffled, ASKING, btheb.scales["bdi2"])
    assert [e.value for e in two.estimates] == pytest.approx([e.value for e in one.estimates], rel=1e-9)


def test_a_person_without_scores_changes_no_number(btheb: Study) -> None:
    extra = pl.DataFrame({"id": ["none"], "arm": ["TAU"], "drug": ["No"]})
    more = replace(btheb, persons=pl.concat([btheb.persons, extra]))
    one = arm_difference(btheb, ASKING, btheb.scales["bdi2"])
    two = arm_difference(more, ASKING, btheb.scales["bdi2"])
    assert [e.value for e in two.estimates] == pytest.approx([e.value for e in one.estimates], rel=1e-12)
    assert two.population.entered == 101
    assert [(part.n, part.why) for part in two.population.left_out] == [(1, "no BDI-II at any occasion")]


def test_few_therapists_are_said_and_many_are_modelled(btheb: Study) -> None:
    for groups, expected in ((3, "not modelled"), (20, "random effect of therapist, from the start of treatment (20)")):
        column = pl.Series("therapist", [f"t{i % groups}" for i in range(100)])
        study = replace(btheb, persons=btheb.persons.with_columns(column))
        finding = arm_difference(study, ASKING, study.scales["bdi2"])
        assert expected in finding.method.options["clustering"]
        assert ("few-clusters" in [c.code for c in finding.cautions]) == (groups == 3)


def test_occasions_never_seen_together_fall_back_with_a_caution(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(4)
    scores = rng.normal(20, 5, (40, 3)).round()
    scores[::2, 1] = np.nan
    scores[1::2, 2] = np.nan
    study = make_study(scores, [0.0, 1.0, 2.0], ["a", "b"] * 10 + ["b", "a"] * 10, arms=(("a", "A"), ("b", "B")))
    finding = arm_difference(study, ASKING, study.scales["y"])
    assert finding.status == "answered"
    assert "covariance-simplified" in [c.code for c in finding.cautions]


def test_nobody_at_the_last_occasion_in_one_arm_declines(make_study: Callable[..., Study]) -> None:
    scores = np.random.default_rng(1).normal(20, 5, (20, 2))
    scores[:10, 1] = np.nan
    study = make_study(scores, [0.0, 1.0], ["a"] * 10 + ["b"] * 10, arms=(("a", "A"), ("b", "B")))
    finding = arm_difference(study, ASKING, study.scales["y"])
    assert finding.status == "declined"
    assert finding.would_take


def test_one_arm_is_asked_about_change_instead(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(20, 5, 30)
    after = before - 4 + rng.normal(0, 2, 30)
    study = make_study(np.column_stack([before, after]), [0.0, 3.0], [None] * 30, arms=())
    assert arm_difference(study, ASKING, study.scales["y"]).status == "not_applicable"
    finding = change_in_one_arm(study, ASKING, study.scales["y"])
    change = named(finding, "change from baseline to 3 months, Everyone")
    difference = after - before
    # With two complete occasions the model is the paired t test.
    assert change.value == pytest.approx(difference.mean(), rel=1e-9)
    assert change.se == pytest.approx(difference.std(ddof=1) / np.sqrt(30), rel=1e-6)
    assert change.df == pytest.approx(29, rel=1e-6)
    assert [c.code for c in finding.cautions] == ["no-comparison"]


def test_without_a_baseline_nothing_is_held_equal(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(20, 5, (30, 2))
    study = make_study(
        scores, [1.0, 2.0], ["a", "b"] * 15, arms=(("a", "A"), ("b", "B")), plan=Plan(primary=Primary("y", 2.0))
    )
    finding = arm_difference(study, ASKING, study.scales["y"])
    value = scores[1::2, 1].mean() - scores[::2, 1].mean()
    assert finding.estimates[0].value == pytest.approx(value, rel=1e-9)
    assert "no-baseline" in [c.code for c in finding.cautions]


def test_the_scale_travels_with_every_estimate(btheb: Study) -> None:
    finding = arm_difference(btheb, ASKING, btheb.scales["bdi2"])
    assert {e.scale for e in finding.estimates} == {"bdi2"}
    assert isinstance(btheb.scales["bdi2"], Scale)


def test_a_scale_measured_only_afterwards_is_compared_by_least_squares(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(20, 5, (30, 1))
    study = make_study(y, [6.0], ["a", "b"] * 15, arms=(("a", "A"), ("b", "B")))
    finding = arm_difference(study, ASKING, study.scales["y"])
    one, two = y[::2, 0], y[1::2, 0]
    pooled = np.sqrt((one.var(ddof=1) + two.var(ddof=1)) / 2)
    assert finding.estimates[0].value == pytest.approx(two.mean() - one.mean(), rel=1e-9)
    assert finding.estimates[0].se == pytest.approx(pooled * np.sqrt(2 / 15), rel=1e-9)
    assert finding.estimates[0].df == pytest.approx(28, rel=1e-9)


def test_a_person_without_scores_changes_nothing_with_covariates_either(btheb: Study) -> None:
    study = replace(btheb, plan=replace(btheb.plan, covariates=("drug",)))
    extra = pl.DataFrame({"id": ["none"], "arm": ["TAU"], "drug": ["No"]})
    more = replace(study, persons=pl.concat([study.persons, extra]))
    one = arm_difference(study, ASKING, study.scales["bdi2"])
    two = arm_difference(more, ASKING, study.scales["bdi2"])
    assert [e.value for e in two.estimates] == pytest.approx([e.value for e in one.estimates], rel=1e-10)


def test_a_covariate_that_predicts_change_and_leaving_does_not_bias(make_study: Callable[..., Study]) -> None:
    """Nobody benefits; z predicts change, and people of high z leave the second arm: only z by occasion puts it right."""
    estimates = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n = 160
        z, arm = rng.normal(size=n), np.arange(n) % 2
        base = rng.normal(25, 5, n)
        post = base - 3 - 3 * z + rng.normal(0, 3, n)
        post[(arm == 1) & (z > 0.3) & (rng.random(n) < 0.8)] = np.nan
        study = make_study(
            np.column_stack([base, post]), [0.0, 6.0], ["ab"[k] for k in arm], arms=(("a", "A"), ("b", "B")),
            plan=Plan(covariates=("z",)), persons={"z": z.tolist()}, scale=Scale("y", "Score", "lower"),
        )  # fmt: skip
        estimates.append(arm_difference(study, ASKING, study.scales["y"]).estimates[0].value or 0.0)
    # Standard error of the mean of 30 trials is about 0.12; without z by occasion the bias is above 1.
    assert abs(np.mean(estimates)) < 0.4


def test_next_to_no_degrees_of_freedom_are_declined(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(20, 5, (7, 4))
    scores[[0, 1], 2:] = np.nan
    scores[2, 3] = np.nan
    study = make_study(scores, [0.0, 1.0, 2.0, 3.0], ["a", "b", "a", "b", "a", "b", "a"], arms=(("a", "A"), ("b", "B")))
    finding = arm_difference(study, ASKING, study.scales["y"])
    assert finding.status == "declined"
    assert "degrees of freedom" in finding.statement
    assert finding.would_take


def test_only_what_the_plan_names_is_planned(btheb: Study) -> None:
    scale = btheb.scales["bdi2"]
    assert arm_difference(btheb, ASKING, scale).registered == "planned"
    partner = btheb.measures.with_columns(pl.lit("partner").alias("informant"))
    both = replace(btheb, measures=pl.concat([btheb.measures, partner]))
    assert arm_difference(both, ASKING, scale, "partner").registered == "exploratory"
    assert (
        arm_difference(replace(btheb, plan=replace(btheb.plan, registered=None)), ASKING, scale).registered
        == "exploratory"
    )


def test_a_therapist_acts_only_after_treatment_began(make_study: Callable[..., Study]) -> None:
    """Therapists differ at the end and not at baseline: the width must be that of the analysis of the end given baseline."""
    rng = np.random.default_rng(12)
    groups, size = 12, 10
    therapist = np.arange(groups).repeat(size)
    arm = therapist % 2
    base = rng.normal(25, 5, groups * size)
    post = 0.6 * base + rng.normal(0, 4, groups)[therapist] + rng.normal(0, 4, groups * size)
    study = make_study(
        np.column_stack([base, post]), [0.0, 6.0], ["ab"[k] for k in arm], arms=(("a", "A"), ("b", "B")),
        scale=Scale("y", "Score", "lower"), persons={"therapist": [f"t{t}" for t in therapist]},
    )  # fmt: skip
    ours = arm_difference(study, ASKING, study.scales["y"]).estimates[0]
    level = Level(np.ones((post.size, 1)), therapist)
    fit = fit_mixed(post, np.column_stack([np.ones(post.size), arm, base - base.mean()]), [level])
    given_baseline = kenward_roger(fit, np.eye(3)[1])
    assert ours.se == pytest.approx(float(given_baseline.se[0]), rel=0.05)
    assert ours.df is not None
    assert ours.df < 15


def test_one_arm_planned_at_its_first_occasion_is_followed_to_the_last(make_study: Callable[..., Study]) -> None:
    scores = np.random.default_rng(3).normal(20, 5, (20, 2))
    plan = Plan(primary=Primary("y", 8.0))
    study = make_study(scores, [8.0, 12.0], [None] * 20, arms=(), plan=plan)
    finding = change_in_one_arm(study, ASKING, study.scales["y"])
    assert finding.status == "answered"
    assert "From 8 months to 12 months" in finding.statement


@pytest.mark.parametrize("word", ["none", "Waitlist", ""])
def test_a_word_for_no_therapist_is_no_therapist(make_study: Callable[..., Study], word: str) -> None:
    rng = np.random.default_rng(7)
    scores = rng.normal(20, 5, (60, 2))
    arm = ["a", "b"] * 30
    blank = [None if i % 2 == 0 else f"t{i % 7}" for i in range(60)]
    named = [word or None if name is None else name for name in blank]
    arms = (("a", "A"), ("b", "B"))
    one = make_study(scores, [0.0, 6.0], arm, arms=arms, persons={"therapist": blank})
    two = make_study(scores, [0.0, 6.0], arm, arms=arms, persons={"therapist": named})
    first, second = (arm_difference(study, ASKING, study.scales["y"]) for study in (one, two))
    assert second.estimates == first.estimates


def test_a_therapist_who_is_the_arm_is_said(make_study: Callable[..., Study]) -> None:
    scores = np.random.default_rng(7).normal(20, 5, (60, 2))
    therapist = ["smith" if i % 2 == 0 else f"t{i % 14}" for i in range(60)]
    study = make_study(
        scores, [0.0, 6.0], ["a", "b"] * 30, arms=(("a", "A"), ("b", "B")), persons={"therapist": therapist}
    )
    finding = arm_difference(study, ASKING, study.scales["y"])
    assert "cluster-is-arm" in [caution.code for caution in finding.cautions]


def test_site_equal_to_arm_is_answered_in_words(make_study: Callable[..., Study]) -> None:
    scores = np.random.default_rng(7).normal(20, 5, (60, 2))
    study = make_study(
        scores, [0.0, 6.0], ["a", "b"] * 30, arms=(("a", "A"), ("b", "B")), persons={"site": ["x", "y"] * 30}
    )
    finding = arm_difference(study, ASKING, study.scales["y"])
    assert finding.status == "answered"
    assert "cluster-is-arm" in [caution.code for caution in finding.cautions]
