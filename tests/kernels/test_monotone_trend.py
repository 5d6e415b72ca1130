"""Theil-Sen slope with Sen's limits, against R, a slow test of every slope, and what must not matter."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.monotone_trend import monotone_trend


def test_agrees_with_r(root: Path) -> None:
    stored = json.loads((root / "validation/monotone_trend/reference.json").read_text())
    assert len(stored["cases"]) == 7
    for case in stored["cases"]:
        found = monotone_trend(case["x"], case["y"])
        for name in ("tau", "p", "slope", "low", "high"):
            expected = case[name][0]
            value = getattr(found, name)
            if expected is None:
                assert value is None
            else:
                assert value == pytest.approx(expected, rel=1e-10, abs=1e-12), name


def slow_p(x: np.ndarray, y: np.ndarray) -> float:
    """Share of all orders of the values whose statistic is at least as far from nothing."""

    def s(values: np.ndarray) -> float:
        i, j = np.triu_indices(len(x), 1)
        return float(np.sign((values[j] - values[i]) * (x[j] - x[i])).sum())

    seen = abs(s(y))
    orders = [abs(s(np.array(each))) for each in permutations(y)]
    return float(np.mean(np.array(orders) >= seen - 1e-9))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=6, unique=True))
def test_p_is_the_share_of_all_orders(values: list[int]) -> None:
    x, y = np.arange(len(values), dtype=float), np.array(values, dtype=float)
    assert monotone_trend(x, y).p == pytest.approx(min(1.0, slow_p(x, y)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=3, max_size=6), st.booleans())
def test_p_is_the_share_of_all_orders_with_ties_of_one_side(values: list[int], swapped: bool) -> None:
    x, y = np.arange(len(values), dtype=float), np.array(values, dtype=float)
    if np.unique(y).size > 1:
        found = monotone_trend(y, x) if swapped else monotone_trend(x, y)
        assert found.p == pytest.approx(min(1.0, slow_p(x, y)))


def test_p_with_ties_counted_by_hand() -> None:
    assert monotone_trend(range(1, 7), [1, 2, 2, 3, 4, 5]).p == pytest.approx(4 / 720)
    assert monotone_trend(range(1, 5), [1, 1, 2, 3]).p == pytest.approx(1 / 6)


def test_limits_hold_the_slopes_that_the_test_keeps() -> None:
    rng = np.random.default_rng(3)
    x, y = np.arange(7.0), rng.normal(size=7)
    found = monotone_trend(x, y)
    assert found.low is not None
    assert found.high is not None
    for slope in np.linspace(found.low - 1, found.high + 1, 41):
        if min(abs(slope - found.low), abs(slope - found.high)) < 1e-6:
            continue
        kept = monotone_trend(x, y - slope * x).p > 0.05
        assert kept == (found.low < slope < found.high)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 16)), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter_and_turning_the_scale_turns_the_slope(
    pairs: list[tuple[int, int]], random: Random
) -> None:
    x, y = [a for a, _ in pairs], [b / 4 for _, b in pairs]
    found = monotone_trend(x, y)
    random.shuffle(pairs)
    again = monotone_trend([a for a, _ in pairs], [b / 4 for _, b in pairs])
    for name in ("slope", "low", "high", "p"):
        assert getattr(again, name) == pytest.approx(getattr(found, name))
    turned = monotone_trend(x, [4 - value for value in y])
    if found.slope is not None:
        assert turned.slope == pytest.approx(-found.slope)
        assert turned.p == pytest.approx(found.p)
        if found.low is not None:
            assert turned.high == pytest.approx(-found.low)


def test_few_values_give_no_limits_and_one_time_no_slope() -> None:
    four = monotone_trend([1, 2, 3, 4], [1, 2, 3, 4])
    assert (four.slope, four.low, four.high, four.p) == (1.0, None, None, pytest.approx(2 / 24))
    assert four.why_absent == "4 values cannot give limits at 95%"
    assert monotone_trend([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).low == 1.0
    same = monotone_trend([2, 2, 2], [1, 2, 3])
    assert (same.slope, same.n) == (None, 3)
    assert monotone_trend([], []).why_absent is not None
    gone = monotone_trend([1, 2, 3], [1, np.nan, 3])
    assert (gone.n, gone.slope) == (2, 1.0)


@pytest.mark.parametrize(
    ("x", "y", "level"),
    [([1, 2], [1], 0.95), ([1, 2], [1, np.inf], 0.95), ([1, 2], [1, 2], 1.0), (range(401), range(401), 0.95)],
)
def test_what_cannot_be_asked_is_refused(x: list[float], y: list[float], level: float) -> None:
    with pytest.raises(ValueError):
        monotone_trend(list(x), list(y), level=level)


def test_limits_hold_nothing_in_at_least_95_of_100_series_without_a_trend() -> None:
    rng = np.random.default_rng(7)
    for n in (6, 10):
        held = 0
        for _ in range(600):
            # Ratings on a coarse scale, with ties.
            found = monotone_trend(np.arange(n), np.round(rng.normal(2, 1, n) * 2) / 2)
            held += found.low is not None and found.high is not None and found.low <= 0 <= found.high
        assert held / 600 > 0.95
