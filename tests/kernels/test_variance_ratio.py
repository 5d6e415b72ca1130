"""Spread of two arms: against metafor, against the formulas written out, symmetry, refusals, coverage."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.noncentral_f import noncentrality
from forwhom.kernels.variance_ratio import variance_ratio


def scaled(n: int, sd: float, rng: np.random.Generator) -> np.ndarray:
    """Numbers with exactly this standard deviation."""
    y = rng.normal(size=n)
    return sd * (y - y.mean()) / y.std(ddof=1)


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation" / "heterogeneity" / "reference.json").read_text())


def test_metafor(reference: dict) -> None:
    rng = np.random.default_rng(1)
    y = np.concatenate([scaled(31, 8.2, rng), scaled(44, 11.4, rng)])
    found = variance_ratio(y, np.arange(75) < 31)
    theirs = reference["spread"][0]
    assert (found.value, found.se_normal) == pytest.approx((theirs["value"], theirs["se"]))


def test_power_of_the_f_test(reference: dict) -> None:
    for case in reference["power"]:
        assert noncentrality(case["df1"], case["df2"]) == pytest.approx(case["noncentrality"], rel=1e-8)
    assert noncentrality(2, 0.5) is None
    with pytest.raises(ValueError, match="power"):
        noncentrality(2, 10.0, power=0.01)


def test_bonett_written_out() -> None:
    rng = np.random.default_rng(2)
    arms = rng.exponential(size=30), rng.exponential(size=50)
    top = bottom = 0.0
    for y in arms:
        centre = stats.trim_mean(y, 1 / (2 * np.sqrt(y.size - 4)))
        top += ((y - centre) ** 4).sum()
        bottom += (y.size - 1) * y.var(ddof=1)
    kurtosis = 80 * top / bottom**2
    variance = sum((kurtosis - (y.size - 3) / y.size) / (y.size - 1) for y in arms) / 4
    found = variance_ratio(np.concatenate(arms), np.arange(80) < 30)
    assert found.se == pytest.approx(np.sqrt(variance))
    assert found.high - found.low == pytest.approx(2 * 1.959963984540054 * found.se)


def test_swapping_arms_and_changing_units() -> None:
    rng = np.random.default_rng(3)
    y, first = rng.normal(size=60), np.arange(60) % 3 == 0
    one, other = variance_ratio(y, first), variance_ratio(-7.0 * y + 3.0, ~first)
    assert (one.value, one.low, one.p) == pytest.approx((-other.value, -other.high, other.p))


def test_covariates_are_taken_out() -> None:
    rng = np.random.default_rng(4)
    x, first = rng.normal(size=(80, 2)), np.arange(80) < 40
    noise = rng.normal(size=80)
    y = noise + np.where(first, 5.0, 0.0) * x[:, 0]
    assert variance_ratio(y, first).value > 1.0
    adjusted = variance_ratio(y, first, covariates=x)
    design = np.column_stack([np.ones(40), x[:40]])
    rss = np.linalg.lstsq(design, noise[:40], rcond=None)[1][0]
    assert adjusted.sd[0] == pytest.approx(np.sqrt(rss / 37))
    assert abs(adjusted.value) < 0.5


def test_clusters_by_leaving_them_out() -> None:
    rng = np.random.default_rng(5)
    cluster, first = np.arange(90) % 9, np.arange(90) % 2 == 0
    y = rng.normal(size=90)
    found = variance_ratio(y, first, cluster=cluster)
    left = [variance_ratio(y[cluster != c], first[cluster != c]).value for c in range(9)]
    assert found.se == pytest.approx(np.sqrt(8 / 9 * ((np.array(left) - np.mean(left)) ** 2).sum()))
    assert found.df == 8


@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_coverage_where_the_normal_interval_fails(draw: str) -> None:
    rng = np.random.default_rng(6)
    made = [variance_ratio(getattr(rng, draw)(size=80), np.arange(80) < 40) for _ in range(500)]
    covered = np.mean([m.low <= 0 <= m.high for m in made])
    assert covered > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 500)
    if draw == "exponential":
        assert np.mean([abs(m.value) < 1.96 * m.se_normal for m in made]) < 0.8


def test_refusals() -> None:
    with pytest.raises(ValueError, match="too few"):
        variance_ratio([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [True, True, False, False, False, False])
    with pytest.raises(ValueError, match="same outcome"):
        variance_ratio([1.0] * 5 + [1.0, 2.0, 3.0, 4.0], [True] * 5 + [False] * 4)
    with pytest.raises(ValueError, match="clusters"):
        variance_ratio(np.arange(12.0), np.arange(12) % 2 == 0, cluster=np.arange(12) // 6)
    with pytest.raises(ValueError, match="finite"):
        variance_ratio([np.nan, 2.0], [True, False])
