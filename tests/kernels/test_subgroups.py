"""Differences between subgroups: R's oneway.test, and clusters as a robust regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.cluster_robust import fit_robust, robust_f
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


def test_clusters_are_the_robust_regression() -> None:
    """Which clubSandwich agrees with (validation/heterogeneity)."""
    rng = np.random.default_rng(1)
    cluster, level = np.repeat(np.arange(12), 6), np.tile([0, 0, 0, 1, 1, 2], 12)
    values = rng.normal(size=72) + rng.normal(size=12)[cluster] + 0.2 * level
    x = np.column_stack([np.ones(72), level == 1, level == 2])
    slow = robust_f(fit_robust(values, x, cluster), np.eye(3)[1:])
    test = differ(values, level, cluster)
    assert (test.f, test.df_within, test.p) == pytest.approx((slow.f, slow.df_denominator, slow.p))
    assert np.isnan(differ(values, level, np.zeros(72, dtype=np.intp)).p)


def test_subgroups_of_people_of_few_therapists_do_not_differ_by_chance() -> None:
    """Each of six therapists sees people of one subgroup only; a hundred people have none."""
    rng = np.random.default_rng(2)
    therapist = np.r_[rng.integers(0, 6, 100), 6 + np.arange(100)]
    level = therapist % 2
    found = []
    for _ in range(300):
        values = np.where(therapist < 6, 0.5 * rng.normal(size=106)[therapist], 0.0) + rng.normal(size=200)
        found.append(differ(values, level, therapist).p)
    assert np.mean(np.array(found) < 0.05) < 0.09


@pytest.mark.parametrize(
    ("values", "level"),
    [(VALUES[:4], LEVEL[:4]), (VALUES[:5], LEVEL[:5]), (np.zeros(8), LEVEL[:8])],
    ids=["one subgroup", "one person", "nothing varies"],
)
def test_no_test_where_there_is_none(values: np.ndarray, level: np.ndarray) -> None:
    assert np.isnan(differ(values, level).p)
