"""Correlation within groups: equal to partial correlation by regression, to leaving one out, and to published limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.within_group_correlation import within_group_correlation


def _data(n: int = 18) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=n)
    group = np.arange(n) % 3
    return x + group, 0.5 * x - group + rng.normal(size=n), group


def test_one_group_is_pearson() -> None:
    x, y, _ = _data()
    found = within_group_correlation(x, y)
    expected = stats.pearsonr(x, y)
    interval = expected.confidence_interval(0.95)
    assert (found.r, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.rank == pytest.approx(stats.spearmanr(x, y).statistic)


def test_groups_are_partial_correlation_given_their_indicators() -> None:
    x, y, group = _data()
    indicators = np.eye(3)[group]
    rx, ry = (v - indicators @ np.linalg.lstsq(indicators, v, rcond=None)[0] for v in (x, y))
    found = within_group_correlation(x, y, group)
    assert found.r == pytest.approx(np.corrcoef(rx, ry)[0, 1])
    assert found.df == 18 - 3 - 1
    t = found.r * np.sqrt(found.df / (1 - found.r**2))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), found.df))


def test_leaving_one_out_is_leaving_one_out() -> None:
    x, y, group = _data()
    slow = [within_group_correlation(np.delete(x, i), np.delete(y, i), np.delete(group, i)).r for i in range(x.size)]
    found = within_group_correlation(x, y, group)
    assert (found.least, found.most) == pytest.approx((min(slow), max(slow)))


def test_absent_values_groups_of_one_and_people_in_no_group() -> None:
    x, y, group = _data()
    more = within_group_correlation([*x, np.nan, 5, 9], [*y, 1, 2, 99], [*group, 0, -1, 7])
    assert more == within_group_correlation(x, y, group)


def test_shifting_a_group_changes_nothing() -> None:
    x, y, group = _data()
    assert within_group_correlation(x + 9 * group, y, group).r == pytest.approx(within_group_correlation(x, y, group).r)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], "6 are the least"), ([1.0] * 9, list(range(9)), "does not vary")],
)
def test_what_cannot_be_answered(x: list[float], y: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        within_group_correlation(x, y)


def test_two_variables_that_are_one() -> None:
    found = within_group_correlation([1, 2, 4, 8, 16, 3], [2, 4, 8, 16, 32, 6])
    assert (found.r, found.low, found.high, found.p) == (1.0, 1.0, 1.0, 0.0)
