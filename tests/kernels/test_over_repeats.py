"""Averaging over repeats: single repeats, agreement of limits with the test, conservatism."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forwhom.kernels.over_repeats import over_repeats


def test_one_repeat_is_the_t_interval() -> None:
    found = over_repeats([1.3], [0.7], [9.0], level=0.9)
    low, high = stats.t.interval(0.9, 9, 1.3, 0.7)
    assert (found.value, found.low, found.high) == pytest.approx((1.3, low, high))
    assert found.p_above == pytest.approx(stats.t.sf(1.3 / 0.7, 9))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-50, 50), st.floats(0.01, 20), st.sampled_from([2.5, 8.0, 90.0, np.inf])),
        min_size=1,
        max_size=12,
    ),
    st.floats(0.1, 1000),
)
def test_limits_agree_with_the_test_and_follow_units(rows: list[tuple[float, float, float]], unit: float) -> None:
    value, se, df = (np.array(column) for column in zip(*rows, strict=True))
    found = over_repeats(value, se, df)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high
    at_low = over_repeats(value - found.low, se, df)
    assert at_low.p_above == pytest.approx(0.025, abs=1e-6)
    turned = over_repeats(-unit * value, unit * se, df)
    assert turned.low == pytest.approx(-unit * found.high, rel=1e-6, abs=1e-6 * unit)
    assert turned.p_above == pytest.approx(1 - found.p_above, abs=1e-9)


def test_the_same_repeat_twice_adds_nothing() -> None:
    once, twice = over_repeats([1.0], [0.5], [20]), over_repeats([1.0, 1.0], [0.5, 0.5], [20, 20])
    assert (twice.low, twice.p_above) == pytest.approx((once.low, once.p_above))


def test_repeats_that_say_nothing_weaken_the_answer() -> None:
    whole = over_repeats([2.0, 2.0], [1.0, 1.0], np.inf)
    half = over_repeats([2.0, np.nan], [1.0, 0.0], np.inf)
    assert half.informative == 1
    assert half.p_above > whole.p_above
    assert half.high - half.low > whole.high - whole.low
    nothing = over_repeats([np.nan], [np.nan], [np.nan])
    assert nothing.value is None
    assert nothing.p_above == 0.5


def test_level_whatever_the_correlation() -> None:
    rng = np.random.default_rng(8)
    for share in (0.0, 0.5, 1.0):
        z = np.sqrt(share) * rng.normal(size=(500, 1)) + np.sqrt(1 - share) * rng.normal(size=(500, 8))
        rate = np.mean([over_repeats(row, np.ones(8), np.inf).p_above < 0.05 for row in z[:500]])
        assert rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
