"""The covariance of individual effects: what it may not depend on, and what becomes a covariate."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.crossfit import Features
from forwhom.kernels.effect_basis import EffectBasis, effect_basis


def features(n: int, seed: int = 1) -> Features:
    rng = np.random.default_rng(seed)
    numeric = rng.normal(size=(n, 3))
    numeric[rng.random(n) < 0.3, 0] = np.nan
    codes = rng.integers(-1, 4, size=(n, 1))
    return Features(numeric, codes.astype(np.intp), ("a", "b", "c"), ("d",), (("p", "q", "r", "s"),))


def dense(basis: EffectBasis) -> np.ndarray:
    made: np.ndarray = (basis.vectors * basis.values) @ basis.vectors.T
    return made


@pytest.mark.parametrize("n", [40, 250])
def test_mean_variance_is_one_and_the_average_effect_is_left_alone(n: int) -> None:
    basis = effect_basis(features(n))
    k = dense(basis)
    assert np.allclose(basis.vectors.T @ basis.vectors, np.eye(basis.values.size), atol=1e-6)
    assert np.allclose(k.sum(axis=0), 0.0, atol=1e-6)
    # Centring takes a little of the smooth part's diagonal where its rank is short.
    assert np.trace(k) / n + basis.beyond.mean() == pytest.approx(1.0, abs=1e-6)
    assert (basis.beyond >= 0).all()
    assert (basis.beyond.max() > 0) == (n > 100)


@pytest.mark.parametrize("n", [40, 250])
def test_the_order_of_rows_is_irrelevant(n: int) -> None:
    made = features(n)
    order = np.random.default_rng(2).permutation(n)
    assert np.allclose(
        dense(effect_basis(made))[np.ix_(order, order)], dense(effect_basis(made.take(order))), atol=1e-7
    )


def test_units_and_the_order_of_covariates_are_irrelevant() -> None:
    made = features(60)
    other = Features(1000 - 5 * made.numeric[:, [2, 0, 1]], made.categories, ("c", "a", "b"), ("d",), made.levels)
    assert np.allclose(dense(effect_basis(made)), dense(effect_basis(other)), atol=1e-7)


def test_what_does_not_vary_or_is_rare_gets_no_column() -> None:
    n = 60
    rng = np.random.default_rng(3)
    numeric = np.column_stack([np.full(n, 7.0), np.full(n, np.nan), rng.normal(size=n), rng.normal(size=n)])
    numeric[:4, 2] = np.nan
    numeric[:5, 3] = np.nan
    codes = np.zeros((n, 2), dtype=np.intp)
    codes[:3, 0] = np.arange(1, 4)
    codes[:, 1] = np.arange(n) % 3
    basis = effect_basis(
        Features(numeric, codes, ("a", "b", "c", "d"), ("e", "f"), (("0", "1", "2", "3"), ("0", "1", "2")))
    )
    # c and d, the absence of d, the common level of e (three rare ones pooled are too few), three levels of f.
    assert basis.lines.shape == (n, 7)


def test_nothing_varies() -> None:
    basis = effect_basis(Features(np.ones((30, 2)), np.zeros((30, 1), dtype=np.intp), ("a", "b"), ("c",), (("0",),)))
    assert basis.values.size == 0
    assert basis.lines.shape == (30, 0)


def test_one_extreme_value_is_cut_off() -> None:
    x = np.random.default_rng(4).normal(size=(50, 1))
    x[0] = 1e6
    basis = effect_basis(Features(x, np.empty((50, 0), dtype=np.intp), ("a",)))
    assert np.abs(basis.lines).max() <= 3.0
