"""The measurement chapter on answers that ship (25 items of five traits), against psych, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests_support import named

from forwhom.analysis.asking import Asking
from forwhom.analysis.measurement.reliability import items, reliability
from forwhom.analysis.measurement.scores import distribution, precision, retest
from forwhom.findings.kinds import DistributionDetail, ItemsDetail
from forwhom.study import SELF, Scale, Study

ASKING = Asking()


def keyed(matrix: np.ndarray, low: float, high: float) -> pl.DataFrame:
    n, k = matrix.shape
    return pl.DataFrame(
        {
            "id": [str(i + 1) for i in range(n) for _ in range(k)],
            "scale": ["y"] * (n * k),
            "time": [0.0] * (n * k),
            "informant": [SELF] * (n * k),
            "item": [f"i{j + 1}" for _ in range(n) for j in range(k)],
            "value": [None if np.isnan(v) else float(v) for v in matrix.ravel()],
            "reversed": [False] * (n * k),
            "low": [low] * (n * k),
            "high": [high] * (n * k),
        }
    )


@pytest.fixture
def with_items(make_study: Callable[..., Study]) -> tuple[Study, np.ndarray]:
    """60 people, five items from 0 to 4 with one factor; one answer absent."""
    rng = np.random.default_rng(11)
    latent = rng.normal(size=(60, 1))
    matrix = np.clip(np.round(2 + latent + rng.normal(0, 0.8, (60, 5))), 0, 4)
    matrix[3, 2] = np.nan
    scale = Scale("y", "Score", "lower", 0, 20, 1)
    study = make_study(np.nansum(matrix, axis=1)[:, None], [0.0], [None] * 60, arms=(), scale=scale)
    return replace(study, keyed=keyed(matrix, 0, 4)), matrix


def test_alpha_by_hand_and_ordinal_omega_beside_it(with_items: tuple[Study, np.ndarray]) -> None:
    study, matrix = with_items
    finding = reliability(study, ASKING, study.scales["y"])
    full = matrix[np.isfinite(matrix).all(axis=1)]
    covariance = np.cov(full.T)
    alpha = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
    estimate = named(finding, "Cronbach's alpha at baseline")
    assert estimate.value == pytest.approx(alpha, rel=1e-9)
    assert estimate.n == 59
    assert [caution.code for caution in finding.cautions] == ["polychoric-small", "items-absent"]
    ordinal = named(finding, "categorical omega (polychoric; Green & Yang) at baseline")
    assert ordinal.value == pytest.approx(alpha, abs=0.05)


def test_items_by_hand(with_items: tuple[Study, np.ndarray]) -> None:
    study, matrix = with_items
    finding = items(study, ASKING, study.scales["y"])
    assert isinstance(finding.detail, ItemsDetail)
    full = matrix[np.isfinite(matrix).all(axis=1)]
    rest = np.corrcoef(full[:, 0], full[:, 1:].sum(axis=1))[0, 1]
    row = finding.detail.items[0]
    assert row.r_rest == pytest.approx(rest, rel=1e-9)
    assert row.floor == pytest.approx((matrix[:, 0] == 0).mean())
    assert sum(share for _, share in row.shares) == pytest.approx(1)


def test_an_item_against_the_others_is_named(with_items: tuple[Study, np.ndarray]) -> None:
    study, matrix = with_items
    turned = matrix.copy()
    turned[:, 4] = 4 - turned[:, 4]
    finding = reliability(replace(study, keyed=keyed(turned, 0, 4)), ASKING, study.scales["y"])
    texts = [caution.text for caution in finding.cautions if caution.code == "negative-loading"]
    assert len(texts) == 1
    assert "i5" in texts[0]


def test_without_items_it_is_not_applicable(btheb: Study) -> None:
    scale = btheb.scales["bdi2"]
    assert reliability(btheb, ASKING, scale).status == "not_applicable"
    assert items(btheb, ASKING, scale).status == "not_applicable"


def test_few_people_are_declined(with_items: tuple[Study, np.ndarray]) -> None:
    study, matrix = with_items
    finding = reliability(replace(study, keyed=keyed(matrix[:12], 0, 4)), ASKING, study.scales["y"])
    assert finding.status == "declined"
    assert finding.would_take


def test_retest_uses_the_reference_arm_only(
    btheb: Study, btheb_scores: tuple[np.ndarray, list[str], dict[str, list[str]]]
) -> None:
    scores, arm, _ = btheb_scores
    pair = scores[np.array(arm) == "TAU"][:, :2]
    pair = pair[np.isfinite(pair).all(axis=1)]
    finding = retest(btheb, ASKING, btheb.scales["bdi2"])
    assert named(finding, "retest Pearson correlation").value == pytest.approx(np.corrcoef(pair.T)[0, 1], rel=1e-9)
    assert finding.population.analysed == len(pair)
    assert "retest-under-usual-care" in [caution.code for caution in finding.cautions]


def test_precision_by_hand(btheb: Study) -> None:
    scale = replace(btheb.scales["bdi2"], norm_sd=10.0, reliability=0.91)
    finding = precision(btheb, ASKING, scale)
    assert named(finding, "standard error of measurement").value == pytest.approx(3.0)
    assert named(finding, "change that exceeds measurement error").value == pytest.approx(
        1.959964 * 3 * 2**0.5, rel=1e-6
    )
    assert precision(btheb, ASKING, replace(scale, reliability=None)).status == "declined"


def test_floor_and_ceiling_counted_by_hand(make_study: Callable[..., Study]) -> None:
    scores = np.array([[0.0], [0.0], [0.0], [5.0], [20.0], [np.nan]])
    study = make_study(scores, [0.0], [None] * 6, arms=(), scale=Scale("y", "Score", "lower", 0, 20, 1))
    finding = distribution(study, ASKING, study.scales["y"])
    assert named(finding, "share at the lowest possible score at baseline").value == pytest.approx(3 / 5)
    assert named(finding, "share at the highest possible score at baseline").value == pytest.approx(1 / 5)
    assert "floor-or-ceiling" in [caution.code for caution in finding.cautions]
    assert isinstance(finding.detail, DistributionDetail)
    assert sum(finding.detail.occasions[0][-1]) == 5
    assert [(part.n, part.why) for part in finding.population.left_out] == [(1, "no Score at any occasion")]


def test_without_a_range_the_ends_are_not_judged(make_study: Callable[..., Study]) -> None:
    study = make_study(np.arange(10.0)[:, None], [0.0], [None] * 10, arms=(), scale=Scale("y", "Score", "lower"))
    finding = distribution(study, ASKING, study.scales["y"])
    assert finding.estimates == ()
    assert "no-range" in [caution.code for caution in finding.cautions]


def test_two_occasions_before_treatment_are_a_retest_of_everybody(make_study: Callable[..., Study]) -> None:
    rng = np.random.default_rng(6)
    true = rng.normal(20, 5, 40)
    scores = np.column_stack([true + rng.normal(0, 2, 40) for _ in range(3)])
    study = make_study(scores, [-2.0, 0.0, 6.0], ["a", "b"] * 20, arms=(("a", "A"), ("b", "B")))
    finding = retest(study, ASKING, study.scales["y"])
    assert named(finding, "retest Pearson correlation").value == pytest.approx(
        np.corrcoef(scores[:, :2].T)[0, 1], rel=1e-9
    )
    assert finding.cautions == ()


def test_precision_from_the_samples_own_answers(with_items: tuple[Study, np.ndarray]) -> None:
    study, matrix = with_items
    finding = precision(study, ASKING, study.scales["y"])
    full = matrix[np.isfinite(matrix).all(axis=1)]
    covariance = np.cov(full.T)
    alpha = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
    sd = np.nansum(matrix, axis=1).std(ddof=1)
    assert named(finding, "standard error of measurement").value == pytest.approx(sd * np.sqrt(1 - alpha), rel=1e-6)
    assert "reliability-of-sample" in [caution.code for caution in finding.cautions]
