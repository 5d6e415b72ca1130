"""Encoding, folds and the learners, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.crossfit_folds import make_folds
from forwhom.kernels.encoding import Features, encode, spread
from forwhom.kernels.learners import PENALTIES, expit, grow, logistic, mean_of, ridge


def features(numeric, categories=None, levels=()):
    numeric = np.asarray(numeric, float)
    codes = np.zeros((numeric.shape[0], 0), int) if categories is None else np.asarray(categories)
    names = tuple(f"x{j}" for j in range(numeric.shape[1]))
    return Features(numeric, codes, names, tuple(f"c{j}" for j in range(codes.shape[1])), levels)


def test_ridge_is_scikit_learns_at_the_penalty_of_highest_restricted_likelihood():
    """The penalty found by a slow likelihood over the same grid; the fit by sklearn.linear_model.Ridge."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 4)) @ np.diag([1, 2, 0.5, 1])
    y = np.column_stack([x[:, 0] + rng.normal(size=40), rng.normal(size=40)])
    intercept, slope = ridge(x, y)
    xc = x - x.mean(axis=0)
    basis = np.linalg.svd(np.eye(40) - 1 / 40)[0][:, :39]
    for t in range(2):
        contrast = basis.T @ y[:, t]
        minus2 = []
        for penalty in PENALTIES * 40:
            v = basis.T @ (np.eye(40) + xc @ xc.T / penalty) @ basis
            minus2.append(39 * np.log(contrast @ np.linalg.solve(v, contrast)) + np.linalg.slogdet(v)[1])
        peer = Ridge(alpha=PENALTIES[int(np.argmin(minus2))] * 40).fit(x, y[:, t])
        np.testing.assert_allclose(slope[:, t], peer.coef_, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(intercept[t], peer.intercept_, rtol=1e-7)


def test_ridge_of_noise_shrinks_and_of_signal_does_not():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    assert np.abs(ridge(x, rng.normal(size=(200, 1)))[1]).max() < 0.1
    np.testing.assert_allclose(ridge(x, x @ np.ones((3, 1)) * 5 + rng.normal(size=(200, 1)))[1], 5, atol=0.3)


@pytest.mark.parametrize("x", [np.zeros((30, 0)), np.ones((30, 2)), np.arange(4.0).reshape(2, 2)])
def test_ridge_without_anything_to_learn_from_predicts_the_mean(x):
    y = np.arange(float(x.shape[0]))[:, None]
    intercept, slope = ridge(x, y)
    assert intercept == pytest.approx(y.mean())
    assert not slope.any()


def test_ridge_with_more_columns_than_people_and_with_twins():
    rng = np.random.default_rng(2)
    x = np.repeat(rng.normal(size=(12, 10)), 2, axis=1)
    intercept, slope = ridge(x, x[:, :1])
    assert np.isfinite(slope).all()
    np.testing.assert_allclose(slope[::2], slope[1::2], atol=1e-9)
    np.testing.assert_allclose((intercept + x @ slope)[:, 0], x[:, 0], atol=0.2)


def test_logistic_is_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    x = rng.normal(size=(150, 3))
    y = (rng.random(150) < expit(1 + 2 * x[:, 0])).astype(float)
    intercept, slope = logistic(x, y, penalty=10.0)
    peer = LogisticRegression(C=0.1, tol=1e-10, solver="newton-cholesky", max_iter=200).fit(x, y)
    np.testing.assert_allclose(slope, peer.coef_[0], atol=1e-6)
    assert intercept == pytest.approx(peer.intercept_[0], abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_logistic_with_one_outcome_only_stays_finite(value):
    intercept, slope = logistic(np.ones((10, 1)), np.full(10, value), penalty=1.0)
    assert expit(np.array(intercept)) == pytest.approx((10 * value + 0.5) / 11)
    assert slope.tolist() == [0.0]


def test_logistic_with_separation_stays_finite():
    x = np.linspace(-1, 1, 20)[:, None] * 50
    intercept, slope = logistic(x, (x[:, 0] > 0).astype(float), penalty=1.0)
    assert np.isfinite([intercept, slope[0]]).all()
    assert slope[0] > 0


def test_a_forest_too_small_to_split_is_the_mean():
    x = np.zeros((9, 1), np.float32)
    trees = grow(x, np.ones((9, 1)), np.random.default_rng(1), trees=3, leaf=5, share=0.5)
    assert trees == []
    assert mean_of(trees, x, np.array([2.0])).tolist() == [[2.0]] * 9


def test_a_forest_finds_a_step():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 2)).astype(np.float32)
    y = np.column_stack([x[:, 0] > 0, x[:, 1] > 0]).astype(float)
    found = mean_of(grow(x, y, rng, trees=40, leaf=5, share=0.8), x, np.zeros(2))
    assert np.corrcoef(found[:, 0], y[:, 0])[0, 1] > 0.9
    assert np.corrcoef(found[:, 1], y[:, 1])[0, 1] > 0.9


def test_encoding_learns_from_the_learners_only():
    x = np.array([[1.0], [3.0], [np.nan], [1000.0]])
    learn = np.array([0, 1])
    before = encode(spread(features(x)), learn)
    x[3] = -5.0
    after = encode(spread(features(x)), learn)
    np.testing.assert_array_equal(before[:3], after[:3])
    assert before[2, 0] == 0.0


@pytest.mark.parametrize(("absent", "columns"), [(9, 1), (10, 2), (30, 2), (31, 1)])
def test_absence_has_a_column_when_ten_are_absent_and_ten_are_not(absent, columns):
    x = np.random.default_rng(1).normal(size=(40, 1))
    x[:absent] = np.nan
    assert encode(spread(features(x)), np.arange(40)).shape[1] == columns


def test_rare_levels_and_absence_share_a_column():
    codes = np.repeat([0, 1, 2, 3, -1], [20, 12, 4, 3, 5])[:, None]
    x = encode(spread(features(np.zeros((44, 0)), codes, (("a", "b", "c", "d"),))), np.arange(44))
    assert x.shape[1] == 3
    assert np.unique(x, axis=0).shape[0] == 3
    np.testing.assert_array_equal(x[32], x[-1])
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=0), 1)


def test_a_level_unseen_by_the_learners_joins_the_rare_ones():
    codes = np.repeat([0, 1, 2], [15, 15, 10])[:, None]
    x = encode(spread(features(np.zeros((40, 0)), codes, (("a", "b", "c"),))), np.arange(30))
    assert x.shape == (40, 2)
    assert np.isfinite(x).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(12, 80), st.integers(3, 6), st.integers(0, 10**6))
def test_folds_deal_each_stratum_evenly(n, folds, seed):
    rng = np.random.default_rng(seed)
    stratum = rng.integers(3, size=n)
    fold = make_folds(stratum, None, folds, rng)
    assert np.ptp(np.bincount(fold, minlength=folds)) <= 1
    for code in range(3):
        assert np.ptp(np.bincount(fold[stratum == code], minlength=folds)) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(10, 25), st.integers(0, 10**6))
def test_clusters_stay_whole_and_folds_even(clusters, seed):
    rng = np.random.default_rng(seed)
    cluster = rng.integers(-1, clusters, size=400)
    cluster[:clusters] = np.arange(clusters)
    fold = make_folds(rng.integers(2, size=400), cluster, 5, rng)
    for code in range(clusters):
        assert np.unique(fold[cluster == code]).size == 1
    assert np.bincount(fold, minlength=5).min() >= 40
    assert np.unique(fold[cluster == -1]).size > 1


def test_clusters_nested_in_arms_leave_every_fold_with_both_arms():
    cluster = np.repeat(np.arange(20), 10)
    arm = cluster % 2
    fold = make_folds(arm, cluster, 5, np.random.default_rng(1))
    table = np.zeros((5, 2))
    np.add.at(table, (fold, arm), 1)
    assert table.tolist() == [[20, 20]] * 5


def test_with_few_clusters_people_are_split():
    cluster = np.repeat(np.arange(9), 10)
    fold = make_folds(np.zeros(90, int), cluster, 5, np.random.default_rng(1))
    assert np.bincount(fold).tolist() == [18] * 5
    assert np.unique(fold[cluster == 0]).size > 1
