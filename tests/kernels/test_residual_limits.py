"""Limits by start: closed forms, promises kept at every start, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.expected_course import tail_quantile
from forwhom.kernels.residual_limits import KNOTS, WIDEST, log_spread, residual_limits

SHARES = (0.1, 0.9)


def test_two_starts_have_the_root_mean_squares_as_spread() -> None:
    # Saturated, so maximum likelihood gives each group its own.
    rng = np.random.default_rng(1)
    z, x = rng.normal(size=80) * np.repeat([1.0, 3.0], 40), np.repeat([2.0, 7.0], 40)
    made = log_spread(z, x)
    for start in (2.0, 7.0):
        assert made.at(start) == pytest.approx(np.sqrt((z[x == start] ** 2).mean()))
    # No further than the starts seen.
    np.testing.assert_allclose(made.at([-50.0, 80.0]), made.at([2.0, 7.0]))


def test_a_spread_that_rises_is_found() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 10, 20000)
    made = log_spread(np.exp(-0.5 + 0.12 * x) * rng.normal(size=x.size), x)
    assert made.slope == pytest.approx(0.12, abs=0.005)
    np.testing.assert_allclose(made.at([0.0, 10.0]), np.exp([-0.5, 0.7]), rtol=0.03)


def test_the_spread_stays_within_bounds() -> None:
    z, x = np.r_[np.full(20, 1e-6), np.full(20, 5.0)], np.repeat([0.0, 1.0], 20)
    low, high = log_spread(z, x).at([0.0, 1.0])
    assert high / low == pytest.approx(WIDEST)
    few = log_spread([1.0, -1.0, 3.0, -3.0], [0.0, 0.0, 1.0, 1.0])
    assert few.slope == 0.0
    assert few.at(0.0) == pytest.approx(np.sqrt(5.0))
    assert log_spread(np.r_[np.zeros(11), 2.0], np.r_[np.arange(11.0), 5.0]).slope == pytest.approx(0.0, abs=1e-6)


def test_shape_may_change_with_the_start() -> None:
    """Skewed one way at low starts and the other way at high ones: one quantile for all would miss on both sides."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, 3000)
    skewed = rng.exponential(size=3000) - 1
    z = np.where(x < 0, skewed, -skewed)
    made = residual_limits(z, x, np.arange(3000), SHARES, nearest=600, enough=100, df=9)
    low, high = -np.log(0.9) - 1, -np.log(0.1) - 1
    np.testing.assert_allclose(made.at(0.9, [-0.8, 0.8]), [high, -low], atol=0.12)
    np.testing.assert_allclose(made.at(0.1, [-0.8, 0.8]), [low, -high], atol=0.12)
    assert made.knots.size == KNOTS


def test_few_people_have_one_quantile_scaled_to_the_start() -> None:
    rng = np.random.default_rng(4)
    x = np.repeat(rng.uniform(10, 30, 50), 4)
    z = np.exp(0.05 * (x - 20)) * rng.normal(size=200)
    made = residual_limits(z, x, np.repeat(np.arange(50), 4), SHARES, nearest=100, enough=100, df=9)
    spread = log_spread(z, x)
    one = tail_quantile(z / spread.at(x), 0.9, enough=100, df=9)
    np.testing.assert_allclose(made.at(0.9, made.knots), one * spread.at(made.knots))


def test_people_are_counted_and_not_their_scores() -> None:
    # The nearest five people of start 0 are those at 0 to 4, whoever has how many scores.
    x = np.repeat(np.arange(10.0), np.arange(10, 0, -1))
    z = np.random.default_rng(5).normal(size=x.size)
    made = residual_limits(z, x, x.astype(int), SHARES, nearest=5, enough=10, df=9)
    spread = log_spread(z, x)
    part = (z / spread.at(x))[x <= 4]
    assert made.at(0.9, 0.0) == pytest.approx(tail_quantile(part, 0.9, enough=10, df=9) * float(spread.at(0.0)))


def test_mirrored_residuals_have_mirrored_limits() -> None:
    rng = np.random.default_rng(6)
    z, x = rng.exponential(size=400) - 1, rng.uniform(size=400)
    one = residual_limits(z, x, np.arange(400), SHARES, nearest=100, enough=50, df=9)
    two = residual_limits(-z, x, np.arange(400), SHARES, nearest=100, enough=50, df=9)
    np.testing.assert_allclose(one.at(0.9, x), -two.at(0.1, x))


def test_without_residuals_there_is_students_t() -> None:
    made = residual_limits([], [], [], SHARES, nearest=10, enough=100, df=1e9)
    assert made.at(0.9, [3.0, 90.0]) == pytest.approx([1.281552, 1.281552])


def test_bad_input_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="as many of both"):
        log_spread([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="no spread"):
        log_spread([0.0, 0.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="lengths 1, 2 and 2"):
        residual_limits([1.0], [1.0, 2.0], [0, 1], SHARES, nearest=10, enough=5, df=9)
    with pytest.raises(ValueError, match="nearest is 0"):
        residual_limits([1.0], [1.0], [0], SHARES, nearest=0, enough=5, df=9)
    made = residual_limits([1.0, -1.0], [1.0, 2.0], [0, 1], SHARES, nearest=10, enough=5, df=9)
    with pytest.raises(ValueError, match=r"made for 0\.1, 0\.9"):
        made.at(0.5, 1.0)
