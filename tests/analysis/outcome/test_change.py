"""Reliable change, response and what cutting costs, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.outcome.change import change_of, response
from forwhom.findings.kinds import ReliableChangeDetail
from forwhom.study import Plan, Scale, Study, Threshold

ASKING = Asking()
SCALE = Scale(
    "y", "Score", "lower", 0, 63, 1, reliability=0.84, reliability_kind="retest", norm_mean=8.0, norm_sd=5.0,
    clinical_mean=24.0, clinical_sd=10.0, source="invented",
)  # fmt: skip
# Reliable change: 1.96 × 5 × sqrt(2 × 0.16) = 5.54; cut-off c = (10 × 8 + 5 × 24) / 15 = 13.33.
SCORES = np.array([[24, 10], [24, 18], [24, 20], [24, 30], [12, 5], [24, np.nan], [24, 13], [13, 24]], dtype=float)
EXPECTED = ["recovered", "improved", "unchanged", "deteriorated", "improved", "recovered", "deteriorated"]


def small(make_study: Callable[..., Study], **more: object) -> Study:
    return make_study(
        SCORES, [0.0, 6.0], ["a", "b"] * 4, arms=(("a", "A"), ("b", "B")), scale=more.pop("scale", SCALE), **more
    )


def test_categories_counted_by_hand(make_study: Callable[..., Study]) -> None:
    study = small(make_study)
    finding = change_of(study, ASKING, SCALE)
    assert isinstance(finding.detail, ReliableChangeDetail)
    assert [point.category for point in finding.detail.points] == EXPECTED
    assert finding.detail.threshold == pytest.approx(1.959964 * 5 * np.sqrt(0.32), rel=1e-6)
    assert finding.detail.cutoff == pytest.approx(200 / 15)
    assert finding.detail.cutoff_kind.startswith("c ")
    assert named(finding, "share recovered, A").value == pytest.approx(2 / 4)
    assert named(finding, "share deteriorated, B").value == pytest.approx(2 / 3)
    bounds = named(finding, "share improved of all allocated, B")
    assert (bounds.value, bounds.low, bounds.high) == (None, 1 / 4, 2 / 4)
    assert [(part.n, part.why) for part in finding.population.left_out] == [(1, "no score at 6 months")]


def test_a_scale_where_higher_is_better_mirrors(make_study: Callable[..., Study]) -> None:
    scale = replace(SCALE, better="higher", norm_mean=63 - 8.0, clinical_mean=63 - 24.0)
    study = make_study(63 - SCORES, [0.0, 6.0], ["a", "b"] * 4, arms=(("a", "A"), ("b", "B")), scale=scale)
    finding = change_of(study, ASKING, scale)
    assert isinstance(finding.detail, ReliableChangeDetail)
    assert [point.category for point in finding.detail.points] == EXPECTED


def test_without_a_reliability_it_declines_and_says_what_it_would_take(make_study: Callable[..., Study]) -> None:
    scale = replace(SCALE, reliability=None)
    finding = change_of(small(make_study, scale=scale), ASKING, scale)
    assert finding.status == "declined"
    assert "[scales.y]" in (finding.would_take or "")


def test_the_samples_own_sd_is_used_only_with_a_caution(make_study: Callable[..., Study]) -> None:
    scale = replace(SCALE, norm_mean=None, norm_sd=None)
    few = change_of(small(make_study, scale=scale), ASKING, scale)
    assert few.status == "declined"
    rng = np.random.default_rng(1)
    study = make_study(
        rng.normal(20, 5, (30, 2)), [0.0, 6.0], ["a", "b"] * 15, arms=(("a", "A"), ("b", "B")), scale=scale
    )
    many = change_of(study, ASKING, scale)
    assert "sd-of-sample" in [caution.code for caution in many.cautions]


def test_response_beside_what_cutting_costs(make_study: Callable[..., Study]) -> None:
    plan = Plan(thresholds=(Threshold("y", reduction=0.5), Threshold("y", score=13, label="remission")))
    finding = response(small(make_study, plan=plan), ASKING, SCALE)
    # Fall of half or more: 24→10 and 12→5 in A; remission (13 or below): 10, 5 and 13 in A.
    half = "a fall of 50 % or more of the person's own baseline"
    assert named(finding, f"share with {half}, A").value == pytest.approx(2 / 4)
    assert named(finding, f"share with {half}, B").value == 0
    assert named(finding, "share with remission, A").value == pytest.approx(3 / 4)
    kept = named(finding, f"information kept by the threshold: {half}").value
    # φ(z)²/(p(1−p)) at p = 2/7 for a normal score.
    assert kept == pytest.approx(0.5653, abs=2e-3)
    assert "dichotomised" in [caution.code for caution in finding.cautions]


def test_no_threshold_is_not_invented(make_study: Callable[..., Study]) -> None:
    assert response(small(make_study), ASKING, SCALE).status == "not_applicable"


def test_the_sd_belongs_to_the_people_of_the_reliability(make_study: Callable[..., Study]) -> None:
    """A general-population SD must not be paired with a clinical reliability."""
    rng = np.random.default_rng(4)
    scores = rng.normal(20, 7, (40, 2)).round()
    base = replace(SCALE, instrument="some-form", norm_sd=3.5)
    found = {}
    for name, scale in (("own", replace(base, reliability_sd=7.7)), ("sample", base)):
        study = make_study(scores, [0.0, 6.0], ["a", "b"] * 20, arms=(("a", "A"), ("b", "B")), scale=scale)
        finding = change_of(study, ASKING, scale)
        assert isinstance(finding.detail, ReliableChangeDetail)
        found[name] = finding.detail.threshold
        assert ("sd-of-sample" in [caution.code for caution in finding.cautions]) == (name == "sample")
    assert found["own"] == pytest.approx(1.959964 * 7.7 * np.sqrt(0.32), rel=1e-6)
    pooled = np.sqrt((scores[::2, 0].var(ddof=1) + scores[1::2, 0].var(ddof=1)) / 2)
    assert found["sample"] == pytest.approx(1.959964 * pooled * np.sqrt(0.32), rel=1e-6)


def test_half_is_counted_from_the_lowest_possible_score(make_study: Callable[..., Study]) -> None:
    scale = Scale("y", "Score", "lower", 30, 210, 1)
    scores = np.array([[50, 40], [50, 41], [30, 30], [90, 59]], dtype=float)
    plan = Plan(thresholds=(Threshold("y", reduction=0.5, label="half"),))
    study = make_study(scores, [0.0, 6.0], [None] * 4, arms=(), scale=scale, plan=plan)
    finding = response(study, ASKING, scale)
    # From 50 half of the way to 30 is 40; 30 cannot fall; from 90 half is 60.
    assert named(finding, "share with half, Everyone").value == pytest.approx(2 / 4)
