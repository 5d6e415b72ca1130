"""Differences between subgroups: R's oneway.test, and clusters by the definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.subgroups import differ

VALUES = np.array([4.1, 5.2, 6.3, 5.5, 7.9, 8.1, 6.6, 9.4, 3.0, 3.2, 2.9, 3.5, 3.1])
LEVEL = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2])

REFERENCE = (38.01011989, 2, 4.315999602, 0.001818473147)


def test_two_subgroups_are_welchs_t() -> None:
    test = differ(VALUES[:8], LEVEL[:8])
    t = stats.ttest_ind(VALUES[:4], VALUES[4:8], equal_var=False)
    assert test.f == pytest.approx(t.statistic**2)
    assert test.p == pytest.approx(t.pvalue)
    assert test.df_within == pytest.approx(t.df)


def test_three_subgroups_are_rs_oneway_test() -> None:
    """R 4.2.2: oneway.test(values ~ factor(level))."""
    test = differ(VALUES, LEVEL)
    assert (test.f, test.df, test.df_within, test.p) == pytest.approx(REFERENCE, rel=1e-6)


def test_people_in_no_subgroup_do_not_count() -> None:
    test = differ(np.append(VALUES, 1e6), np.append(LEVEL, -1))
    assert test == differ(VALUES, LEVEL)


def test_clusters_by_the_definition() -> None:
    rng = np.random.default_rng(1)
    cluster, level = np.repeat(np.arange(12), 6), np.tile([0, 0, 0, 1, 1, 1], 12)
    values = rng.normal(size=72) + rng.normal(size=12)[cluster] + 0.2 * level
    x = np.column_stack([np.ones(72), level])
    b = np.linalg.lstsq(x, values, rcond=None)[0]
    bread, rest = np.linalg.inv(x.T @ x), values - x @ b
    meat = sum(np.outer(s, s) for s in ((x[cluster == c] * rest[cluster == c, None]).sum(axis=0) for c in range(12)))
    variance = (bread @ meat @ bread * 12 / 11)[1, 1]
    test = differ(values, level, cluster)
    assert test.f == pytest.approx(b[1] ** 2 / variance)
    assert test.p == pytest.approx(2 * stats.t.sf(abs(b[1]) / np.sqrt(variance), 11))


@pytest.mark.parametrize(
    ("values", "level"),
    [(VALUES[:4], LEVEL[:4]), (VALUES[:5], LEVEL[:5]), (np.zeros(8), LEVEL[:8])],
    ids=["one subgroup", "one person", "nothing varies"],
)
def test_no_test_where_there_is_none(values: np.ndarray, level: np.ndarray) -> None:
    assert np.isnan(differ(values, level).p)
