"""Crossed factors, correlated residuals and replicates against slow oracles and coinciding cases."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels import mixed_crossed
from forwhom.kernels.mixed import Level, fit_crossed, fit_mixed
from forwhom.kernels.mixed_autoregressive import fit_autoregressive
from forwhom.kernels.mixed_crossed import make_crossed
from forwhom.kernels.mixed_derivatives import criterion, jet
from forwhom.kernels.mixed_df import kenward_roger, satterthwaite
from forwhom.kernels.mixed_df_autoregressive import curvature
from forwhom.kernels.mixed_effects import random_effects
from forwhom.kernels.mixed_replicates import fit_replicates

PERSONS, ROWS = 24, 6


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(PERSONS), ROWS)
    time = np.tile(np.arange(float(ROWS)), PERSONS)
    item = rng.integers(0, 5, len(person))
    y = 10 + rng.standard_normal(PERSONS)[person] * 2 + rng.standard_normal(5)[item] + rng.standard_normal(len(person))
    X = np.column_stack([np.ones(len(y)), time, person % 2])
    return y, X, person, item, time


def levels_of(data, q: int) -> list[Level]:
    _, X, person, item, time = data
    z = np.column_stack([X[:, 0], time, (time - 2) ** 2])[:, :q]
    return [Level(z, person), Level(X[:, :2], item, False), Level(X[:, 0], person % 4)]


@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("dense", [True, False])
def test_derivatives_are_those_of_differences(data, q: int, dense: bool, monkeypatch) -> None:
    if not dense:
        monkeypatch.setattr(mixed_crossed, "DENSE_LIMIT", 0)
    y, X, *_ = data
    blocks = make_crossed(y, X, levels_of(data, q))
    t = [np.eye(q) * 0.6 + 0.2, np.diag([0.7, 0.4]), np.array([[0.0]])]
    elements = [(level, e) for level, one in enumerate(blocks.bases) for e in one.matrix]
    now = jet(blocks, t)
    step = 1e-5

    def moved(which: int, by: float):
        level, e = elements[which]
        return jet(blocks, [one + by * e if k == level else one for k, one in enumerate(t)])

    for i in range(len(elements)):
        up, down = moved(i, step), moved(i, -step)
        assert now.logdet1[i] == pytest.approx((up.logdet - down.logdet) / (2 * step), abs=1e-6)
        assert now.logdet2[i] == pytest.approx((up.logdet1 - down.logdet1) / (2 * step), abs=1e-6)
        scale = np.abs(now.m1).max()
        assert now.m1[0, i] == pytest.approx((up.m[0] - down.m[0]) / (2 * step), abs=1e-7 * scale)
        assert now.m2[0, i] == pytest.approx((up.m1[0] - down.m1[0]) / (2 * step), abs=1e-6 * scale)


def test_the_criterion_is_that_of_the_full_covariance_matrix(data) -> None:
    y, X, person, _, _ = data
    levels = levels_of(data, 2)
    fit = fit_crossed(y, X, levels)
    v = np.eye(len(y)) * fit.sigma2
    for level, tau in zip(levels, fit.tau, strict=True):
        z = np.asarray(level.Z).reshape(len(y), -1)
        same = np.asarray(level.group)[:, None] == np.asarray(level.group)[None, :]
        v += np.where(same, z @ tau @ z.T, 0.0)
    inverse = np.linalg.inv(v)
    information = X.T @ inverse @ X
    beta = np.linalg.solve(information, X.T @ inverse @ y)
    left = y - X @ beta
    n, p = X.shape
    full = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1] + left @ inverse @ left
    assert fit.deviance == pytest.approx(full + (n - p) * np.log(2 * np.pi), abs=1e-8)
    assert fit.beta == pytest.approx(beta, abs=1e-9)
    modes = random_effects(fit)
    z = levels[0].Z
    first = fit.tau[0] @ (z[person == 3].T @ (inverse @ left)[person == 3])
    assert modes[0].mode[3] == pytest.approx(first, abs=1e-9)


def test_nested_factors_give_the_numbers_of_the_nested_kernel(data) -> None:
    y, X, person, _, time = data
    levels = [Level(np.column_stack([X[:, 0], time]), person), Level(X[:, 0], person % 4)]
    one, other = fit_mixed(y, X, levels), fit_crossed(y, X, levels)
    assert other.deviance == pytest.approx(one.deviance, abs=1e-9)
    for test in (satterthwaite, kenward_roger):
        a, b = test(one, np.eye(3)), test(other, np.eye(3))
        assert (b.se, b.df) == (pytest.approx(a.se, rel=1e-7), pytest.approx(a.df, rel=1e-5))
    for a, b in zip(random_effects(one), random_effects(other), strict=True):
        assert b.mode == pytest.approx(a.mode, abs=1e-7)
        assert b.covariance == pytest.approx(a.covariance, abs=1e-7)


def test_too_many_crossed_effects_are_refused(data, monkeypatch) -> None:
    monkeypatch.setattr(mixed_crossed, "MOST_COLUMNS", 5)
    with pytest.raises(ValueError, match="do not fit into memory"):
        make_crossed(data[0], data[1], levels_of(data, 1))


def test_correlated_residuals_give_the_likelihood_of_the_full_covariance_matrix(data) -> None:
    y, X, person, _, time = data
    keep = np.random.default_rng(4).random(len(y)) > 0.3
    y, X, person, time = y[keep], X[keep], person[keep], time[keep]
    fit = fit_autoregressive(y, X, [Level(X[:, 0], person)], person, time, method="ML")
    same = person[:, None] == person[None, :]
    apart = np.abs(time[:, None] - time[None, :])
    rho = fit.rows.rho
    v = np.where(same, fit.tau[0][0, 0] + fit.sigma2 * np.sign(rho) ** apart * abs(rho) ** apart, 0.0)
    left = y - X @ fit.beta
    full = np.linalg.slogdet(v)[1] + left @ np.linalg.solve(v, left) + len(y) * np.log(2 * np.pi)
    assert fit.deviance == pytest.approx(full, abs=1e-8)


def test_satterthwaite_by_differences_is_the_exact_one_where_rho_is_known(data) -> None:
    """Without its row and column for rho, what is made by differences is what the exact derivatives give."""
    y, X, person, _, time = data
    serial = fit_autoregressive(y, X, [Level(X[:, 0], person)], person, time)
    hessian, change = curvature(serial)
    keep = [0, 2]
    weight = 2.0 * np.linalg.inv(hessian[np.ix_(keep, keep)])
    variance = np.diagonal(serial.beta_cov)
    slope = change[keep][:, np.arange(3), np.arange(3)]
    by_differences = 2.0 * variance**2 / np.einsum("ik,ij,jk->k", slope, weight, slope)
    from dataclasses import replace

    exact = satterthwaite(replace(serial, rows=None), np.eye(3)).df
    assert by_differences == pytest.approx(exact, rel=1e-4)
    assert criterion(serial.blocks, [np.eye(1)], reml=True, order=0).rss > 0


@pytest.mark.parametrize(("q", "correlated"), [(1, True), (2, True), (2, False), (3, True)])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_replicates_are_single_fits(q: int, correlated: bool, method: str) -> None:
    rng = np.random.default_rng(q)
    of, person, time = (part.ravel() for part in np.meshgrid(range(6), range(15), range(7), indexing="ij"))
    keep = rng.random(len(of)) > 0.15
    of, person, time = of[keep], person[keep], time[keep].astype(float)
    z = np.column_stack([np.ones(len(of)), time, (time - 3) ** 2])[:, :q]
    effects = rng.standard_normal((6, 15, q)) * np.array([2.0, 0.5, 0.3])[:q]
    y = 5 + np.einsum("nq,nq->n", z, effects[of, person]) + rng.standard_normal(len(of))
    X = np.column_stack([np.ones(len(of)), time])
    found = fit_replicates(y, X, Level(z, person, correlated), of, method=method)
    for r in range(6):
        mine = of == r
        fit = fit_mixed(y[mine], X[mine], [Level(z[mine], person[mine], correlated)], method=method)
        assert found.deviance[r] == pytest.approx(fit.deviance, abs=1e-7)
        assert found.beta[r] == pytest.approx(fit.beta, rel=1e-6, abs=1e-7)
        assert found.tau[r] == pytest.approx(fit.tau[0], rel=1e-4, abs=1e-5)
        assert found.df[r] == pytest.approx(satterthwaite(fit, np.eye(2)).df, rel=1e-4)
