"""Calibration: against grf and sandwich, coinciding special cases, level under no heterogeneity, groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from forwhom.kernels.calibration import (
    best_linear_predictor,
    calibration_groups,
    forward_calibration,
    rank_share,
    smallest_detectable,
)


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation" / "heterogeneity" / "reference.json").read_text())["calibration"]


def test_grf_and_sandwich(reference: dict) -> None:
    found, theirs = best_linear_predictor(reference["score"], reference["prediction"]), reference["scores"]
    assert found.slope.value == pytest.approx(theirs["slope"], rel=1e-6)
    assert found.slope.se == pytest.approx(theirs["se"], rel=1e-6)
    assert (found.average.value, found.average.se) == pytest.approx((theirs["average"], theirs["average_se"]), rel=1e-6)
    # test_calibration takes HC3 and another regression, which with one allocation probability has the same slope.
    assert found.slope.value == pytest.approx(reference["grf"]["slope"], rel=1e-6)
    assert found.slope.se == pytest.approx(reference["grf"]["se"], rel=0.01)


def test_one_fold_is_least_squares() -> None:
    rng = np.random.default_rng(1)
    said, score = rng.normal(size=80), rng.normal(size=80)
    slope, intercept = np.polyfit(said, score, 1)
    found = best_linear_predictor(score, said)
    assert found.slope.value == pytest.approx(slope)
    assert found.average.value == pytest.approx(slope * said.mean() + intercept)
    assert found.spread == pytest.approx(said.std())


def test_units_and_direction() -> None:
    rng = np.random.default_rng(2)
    said, score, fold = rng.normal(size=90), rng.normal(size=90), np.arange(90) % 3
    one = best_linear_predictor(score, said, fold=fold).slope
    other = best_linear_predictor(-1e6 * score, -1e6 * said + 5.0 * fold, fold=fold).slope
    assert (one.value, one.se, one.df, one.p_above) == pytest.approx(
        (other.value, other.se, other.df, other.p_above), rel=1e-6
    )


def test_perfect_predictions_have_slope_one_and_order_is_irrelevant() -> None:
    rng = np.random.default_rng(3)
    effect = rng.normal(size=(3, 150))
    fold = np.array([rng.permutation(150) % 5 for _ in range(3)])
    score = effect + 0.1 * rng.normal(size=(3, 150))
    found = forward_calibration(score, effect, fold)
    assert found.value == pytest.approx(1.0, abs=0.05)
    order = rng.permutation(150)
    again = forward_calibration(score[:, order], effect[:, order], fold[:, order])
    assert (again.value, again.p_above) == pytest.approx((found.value, found.p_above))


def test_constant_predictions_say_nothing() -> None:
    rng = np.random.default_rng(4)
    score, fold = rng.normal(size=(2, 60)), np.tile(np.arange(60) % 3, (2, 1))
    with pytest.raises(ValueError, match="do not differ"):
        best_linear_predictor(score[0], np.full(60, 2.0))
    with pytest.raises(ValueError, match="do not differ"):
        best_linear_predictor(score[0], fold[0].astype(float), fold=fold[0])
    found = forward_calibration(score, np.full((2, 60), 2.0), fold)
    assert found.value is None
    assert found.p_above == 0.5


def test_level_with_overlapping_repeats() -> None:
    """Predictions fixed beforehand, the same scores in every repeat: at most the nominal share of false alarms."""
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(150):
        score = rng.exponential(size=60)
        said = rng.normal(size=(3, 60)) + rng.normal(size=60)
        alarms += forward_calibration(np.tile(score, (3, 1)), said, np.tile(np.arange(60) % 4, (3, 1))).p_above < 0.05
    assert alarms <= 150 * 0.05 + 3 * np.sqrt(150 * 0.05 * 0.95)


def test_clusters_widen() -> None:
    rng = np.random.default_rng(6)
    cluster = np.repeat(np.arange(20), 10)
    said = rng.normal(size=20)[cluster] + 0.1 * rng.normal(size=200)
    score = 2.0 * rng.normal(size=20)[cluster] + rng.normal(size=200)
    alone, together = (best_linear_predictor(score, said, cluster=c).slope for c in (None, cluster))
    assert together.se > 2.0 * alone.se
    assert together.df < 20 < alone.df


def test_groups() -> None:
    rng = np.random.default_rng(7)
    effect, fold = rng.normal(size=(2, 240)), np.tile(np.arange(240) % 4, (2, 1))
    said = effect + 100.0 * fold
    said[fold == 0] = np.nan
    parts = calibration_groups(effect, said, fold, groups=3)
    assert [part.n for part in parts] == [60, 60, 60]
    assert [part.observed.value for part in parts] == sorted(part.observed.value for part in parts)
    assert rank_share([1.0, np.nan, 3.0], [0, 0, 0]).tolist()[::2] == [0.75, 0.25]
    with pytest.raises(ValueError, match="at least 2"):
        calibration_groups(effect, said, fold, groups=1)


def test_smallest_detectable_is_found_that_often() -> None:
    rng = np.random.default_rng(8)
    effect = smallest_detectable(0.4)
    assert np.mean(rng.normal(effect, 0.4, 20000) > 1.96 * 0.4) == pytest.approx(0.8, abs=0.01)
