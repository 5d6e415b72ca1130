"""A new result against a pool: special cases, and how often a study of the same kind is called incompatible."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.meta_analysis import compatibility, random_effects


def test_without_heterogeneity_and_with_a_pool_known_exactly_it_is_a_z_test() -> None:
    found = compatibility(0.3, 0.04, pooled=0.0, se=0.0, tau2=0.0, df=None)
    assert found.p == pytest.approx(2 * stats.norm.sf(0.3 / 0.2))
    assert (found.low, found.high) == pytest.approx((0.3 - 1.959964 * 0.2, 0.3 + 1.959964 * 0.2), abs=1e-6)


def test_limits_exclude_no_difference_exactly_when_p_is_below_the_level() -> None:
    for y in np.linspace(-2, 2, 81):
        found = compatibility(float(y), 0.05, pooled=0.1, se=0.12, tau2=0.03, df=4)
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
        assert (found.p < 0.05) == (not found.expected_low <= y <= found.expected_high)


def test_sign_and_unit_do_not_matter() -> None:
    one = compatibility(0.4, 0.05, pooled=0.1, se=0.12, tau2=0.03, df=4)
    turned = compatibility(-4.0, 5.0, pooled=-1.0, se=1.2, tau2=3.0, df=4)
    assert turned.p == pytest.approx(one.p)
    assert turned.difference == pytest.approx(-10 * one.difference)


def test_a_study_of_the_same_kind_is_rarely_called_incompatible() -> None:
    """Ten studies pooled, an eleventh drawn as they were: 5 % at most plus what 2,000 draws allow."""
    rng = np.random.default_rng(7)
    wrong, draws, k = 0, 2000, 10
    for _ in range(draws):
        v = rng.uniform(0.02, 0.2, k + 1)
        y = rng.normal(-0.4, math.sqrt(0.05), k + 1) + rng.normal(0, np.sqrt(v))
        fit = random_effects(y[:k], v[:k])
        found = compatibility(
            float(y[k]), float(v[k]), pooled=fit.estimate, se=float(fit.se[0]), tau2=fit.tau2 or 0.0, df=fit.df
        )
        wrong += found.p < 0.05
    assert 0.03 < wrong / draws < 0.07


@pytest.mark.parametrize(
    "changes", [{"v": 0.0}, {"v": math.nan}, {"se": -1.0}, {"tau2": -0.1}, {"level": 1.0}, {"df": 0.0}, {"y": math.inf}]
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "y": 0.1,
        "v": 0.1,
        "pooled": 0.0,
        "se": 0.1,
        "tau2": 0.0,
        "df": 3.0,
        "level": 0.95,
    } | changes
    with pytest.raises(ValueError, match=r"must be|between"):
        compatibility(given.pop("y"), given.pop("v"), **given)
