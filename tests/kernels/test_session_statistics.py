"""Rates with clusters, kappa, and the hazard after sessions: published numbers, special cases, properties."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.discrete_hazard import discrete_hazard
from forwhom.kernels.kappa import kappa
from forwhom.kernels.rates import poisson_rate
from forwhom.kernels.risk import clopper_pearson

RNG = np.random.default_rng(7)


def test_the_rate_is_the_ratio_of_the_sums_and_its_width_is_that_of_the_clusters() -> None:
    events, time = np.array([2.0, 0, 1, 4]), np.array([20.0, 18, 22, 20])
    found = clustered_rate(events, time)
    apart = events - 7 / 80 * time
    se = np.sqrt(4 / 3 * (apart**2).sum()) / 80
    assert np.log(found.high / found.value) == pytest.approx(3.182446305 * se / found.value)
    assert np.log(found.value / found.low) == pytest.approx(3.182446305 * se / found.value)


def test_few_events_have_exact_limits_where_these_are_wider() -> None:
    none = clustered_rate([0, 0, 0], [10, 10, 10])
    assert (none.low, none.high) == (0.0, pytest.approx(poisson_rate(0, 30.0).high))
    share = clustered_rate([10, 10], [10, 10], share=True)
    exact = clopper_pearson(20, 20)
    assert (share.low, share.high) == (pytest.approx(exact.low), 1.0)
    one = clustered_rate([1, 0, 0, 0, 0], [10] * 5)
    assert one.high >= poisson_rate(1, 50.0).high
    assert clustered_rate([3], [10]).low is None


def test_clusters_of_people_widen_the_rate() -> None:
    events, time = np.repeat([0, 4], 20), np.full(40, 10)
    codes = np.repeat(np.arange(4), 10)
    assert clustered_rate(events, time, codes).high > clustered_rate(events, time).high
    assert clustered_rate(events, time, np.full(40, -1)) == clustered_rate(events, time)


def test_the_rate_refuses_what_cannot_be() -> None:
    for events, time, share in (([1], [0], False), ([2], [1], True), ([-1], [1], False)):
        with pytest.raises(ValueError, match="exposure"):
            clustered_rate(events, time, share=share)


def test_cohens_example() -> None:
    """Cohen (1960): 200 persons, three categories; kappa .492, agreement .70, by chance .41."""
    table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    pairs = np.array([[i, j] for i in range(3) for j in range(3) for _ in range(table[i, j])], dtype=float)
    found = kappa(pairs)
    assert (found.observed, found.by_chance) == (pytest.approx(0.70), pytest.approx(0.41))
    assert found.value == pytest.approx(0.492, abs=5e-4)
    # Fleiss, Cohen & Everitt (1969): large-sample standard error of this table.
    assert (found.high - found.low) / 2 / 1.972 == pytest.approx(0.0496, abs=0.003)


def test_fleiss_example() -> None:
    """Fleiss (1971): 30 people, 6 raters, 5 diagnoses; kappa .430."""
    counts = """0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6|1 0 0 5 0|1 1 0 4 0|
0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3|0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|
4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6"""
    rows = [[int(c) for c in row.split()] for row in counts.replace("\n", "").split("|")]
    ratings = np.array([np.repeat(np.arange(5), row) for row in rows], dtype=float)
    found = kappa(ratings)
    assert (found.n, found.raters, found.name) == (30, 6, "Fleiss' kappa")
    assert found.value == pytest.approx(0.430, abs=5e-4)


def test_kappa_says_why_there_is_none() -> None:
    assert "one category" in kappa([[1, 1], [1, 1]]).why_absent
    assert "fewer than two" in kappa([[1, np.nan], [1, 1]]).why_absent
    half = kappa([[1, 1], [0, 0], [1, 0], [0, 1]], [0, 0, 1, 1])
    assert half.value == pytest.approx(0.0)
    assert (half.low, half.high) == (None, None)


def test_a_two_by_two_table_has_firths_half_added() -> None:
    """With one binary covariate Firth's estimate is the odds ratio of the table with a half in every cell."""
    x = np.repeat([0.0, 1.0], [30, 12])
    y = np.concatenate([np.repeat([1, 0], [4, 26]), np.repeat([1, 0], [5, 7])])
    found = discrete_hazard(y, x, [0]).ratios[0]
    assert found.value == pytest.approx(5.5 / 7.5 / (4.5 / 26.5), rel=1e-7)
    assert found.low < found.value < found.high


def test_separation_has_a_finite_estimate_and_an_open_side_is_wide() -> None:
    found = discrete_hazard(np.repeat([0, 1, 0, 1], [20, 3, 6, 0]), np.repeat([0.0, 1.0], [23, 6]), [0]).ratios[0]
    assert 0 < found.value < 1.5
    assert found.low is None or found.low < 0.05


def test_the_hazard_does_not_depend_on_units_or_order() -> None:
    x = np.column_stack([RNG.integers(1, 20, 300), RNG.integers(0, 2, 300)]).astype(float)
    y = (RNG.random(300) < expit(-3 + 0.02 * x[:, 0] + x[:, 1])).astype(float)
    one = discrete_hazard(y, x, [1]).ratios[0]
    order = RNG.permutation(300)
    two = discrete_hazard(y[order], x[order] * [7.0, 1.0], [1]).ratios[0]
    assert (two.value, two.low, two.high, two.p) == pytest.approx((one.value, one.low, one.high, one.p), rel=1e-6)


def test_the_hazard_refuses_in_words() -> None:
    for event, x, words in (
        ([0, 0], [[0.0], [1.0]], "no session"),
        ([0, 1], [[1.0], [1.0]], "the same"),
        ([0, 1, 0, 1], [[0.0, 0], [1, 2], [2, 4], [3, 6]], "combination"),
    ):
        with pytest.raises(ValueError, match=words):
            discrete_hazard(event, x, [0])
