"""Regions of Johnson and Neyman against a search along the moderator, and the cases that must coincide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forwhom.kernels.johnson_neyman import curve, johnson_neyman

number = st.floats(-3, 3)


def searched(effect: float, slope: float, cov: np.ndarray, quantile: float, at: np.ndarray) -> np.ndarray:
    """The slow way: at each value, does the interval exclude zero, and on which side."""
    _, low, high = curve(effect, slope, cov, at, quantile)
    return np.where(low > 0, 1, np.where(high < 0, -1, 0))


@given(number, number, st.floats(0.01, 2), st.floats(0.01, 2), st.floats(-0.95, 0.95), st.floats(3, 200), st.booleans())
@settings(max_examples=60, deadline=None)
def test_regions_are_where_the_interval_excludes_zero(
    effect: float, slope: float, sa: float, sb: float, rho: float, df: float, at_once: bool
) -> None:
    cov = np.array([[sa**2, rho * sa * sb], [rho * sa * sb, sb**2]])
    found = johnson_neyman(effect, slope, cov, df=df, low=-5, high=5, simultaneous=at_once)
    at = np.linspace(-5, 5, 1001)
    at = at[(np.abs(at[:, None] - np.array([*found.boundaries, 99.0])) > 1e-6).all(axis=1)]
    says = np.zeros(at.size, dtype=int)
    for region in found.regions:
        says[(at >= region.low) & (at <= region.high)] = region.sign
    np.testing.assert_array_equal(says, searched(effect, slope, cov, found.quantile, at))


def test_boundaries_are_zeros_of_a_limit() -> None:
    cov = np.array([[0.3, -0.02], [-0.02, 0.05]])
    found = johnson_neyman(0.9, -0.8, cov, df=40, low=-6, high=6)
    assert len(found.boundaries) == 2
    for m in found.boundaries:
        _, low, high = curve(0.9, -0.8, cov, m, float(stats.t.ppf(0.975, 40)))
        assert min(abs(float(low)), abs(float(high))) < 1e-12


def test_a_moderator_far_from_zero_has_the_same_regions() -> None:
    cov = np.array([[0.3, -0.02], [-0.02, 0.05]])
    here = johnson_neyman(0.9, -0.8, cov, df=40, low=-6, high=6)
    by = 1e4
    far = np.array([[1.0, -by], [0.0, 1.0]])
    there = johnson_neyman(0.9 + 0.8 * by, -0.8, far @ cov @ far.T, df=40, low=by - 6, high=by + 6)
    np.testing.assert_allclose(np.array(there.boundaries) - by, here.boundaries, atol=1e-5)


def test_none_and_all_of_the_range() -> None:
    tight = np.eye(2) * 1e-4
    everywhere = johnson_neyman(-2.0, 0.01, tight, df=50, low=0, high=10)
    assert everywhere.everywhere
    assert [(r.low, r.high, r.sign) for r in everywhere.regions] == [(0, 10, -1)]
    nowhere = johnson_neyman(0.1, 0.0, np.eye(2), df=50, low=0, high=10)
    assert nowhere.regions == ()
    assert not nowhere.everywhere


def test_limits_for_all_values_at_once_are_wider() -> None:
    cov = np.array([[0.16, 0.0], [0.0, 0.01]])
    each = johnson_neyman(1.0, 0.5, cov, df=60, low=-4, high=4)
    every = johnson_neyman(1.0, 0.5, cov, df=60, low=-4, high=4, simultaneous=True)
    assert every.quantile == pytest.approx(np.sqrt(2 * stats.f.ppf(0.95, 2, 60)), rel=1e-10)
    assert every.regions[0].low > each.regions[0].low
    limit = johnson_neyman(1.0, 0.5, cov, df=np.inf, low=-4, high=4, simultaneous=True).quantile
    assert limit == pytest.approx(np.sqrt(stats.chi2.ppf(0.95, 2)), rel=1e-10)


def test_reversing_the_outcome_turns_the_signs() -> None:
    cov = np.array([[0.3, -0.02], [-0.02, 0.05]])
    one = johnson_neyman(0.9, -0.8, cov, df=40, low=-6, high=6)
    other = johnson_neyman(-0.9, 0.8, cov, df=40, low=-6, high=6)
    assert [(r.low, r.high, -r.sign) for r in one.regions] == [(r.low, r.high, r.sign) for r in other.regions]


@pytest.mark.parametrize(
    "wrong",
    [
        {"covariance": [[1.0, 2.0], [2.0, 1.0]]},
        {"covariance": [[1.0, np.nan], [0.0, 1.0]]},
        {"low": 4.0, "high": 4.0},
        {"df": 0.0},
        {"effect": np.inf},
    ],
)
def test_refuses(wrong: dict[str, object]) -> None:
    right = {"effect": 1.0, "slope": 0.5, "covariance": np.eye(2), "df": 10.0, "low": 0.0, "high": 1.0}
    with pytest.raises(ValueError, match=r"\."):
        johnson_neyman(**{**right, **wrong})
