"""The mixed model against a slow dense version, coinciding special cases, and properties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from forwhom.kernels import mixed_blocks, mixed_derivatives
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.mixed_blocks import make_blocks
from forwhom.kernels.mixed_derivatives import criterion, jet
from forwhom.kernels.mixed_parameters import chained, covariances, factors, vector


@dataclass
class Data:
    """Rows of a simulated study, occasions in persons in therapists in sites."""

    y: np.ndarray
    x: np.ndarray
    levels: list[Level]


def study(
    seed: int, *, depth: int = 2, n: int = 30, slopes: bool = True, ragged: bool = True, outside: bool = False
) -> Data:
    rng = np.random.default_rng(seed)
    rows = rng.integers(2, 6, n) if ragged else np.full(n, 4)
    person = np.repeat(np.arange(n), rows)
    time = np.concatenate([np.sort(rng.choice(7, k, replace=False)) for k in rows]).astype(float)
    if not ragged:
        time = np.tile([0.0, 1.0, 3.0, 6.0], n)
    therapist = rng.integers(0, 6, n)
    if outside:
        therapist[::4] = -1
    site = np.where(therapist < 0, -1, therapist // 2)
    arm = rng.integers(0, 2, n).astype(float)
    one = np.ones(len(time))
    x = np.column_stack([one, time, arm[person], time * arm[person]])
    z = x[:, :2] if slopes else x[:, :1]
    levels = [Level(z, person, label="person")]
    y = 10 + time - 0.5 * arm[person] * time + rng.normal(size=len(time))
    y += (1.5 * rng.normal(size=n))[person] + ((0.4 * rng.normal(size=n))[person] * time if slopes else 0.0)
    if depth > 1:
        levels.append(Level(np.column_stack([one, time]) if depth > 2 else one, therapist[person], label="therapist"))
        y += np.r_[rng.normal(size=6), 0.0][therapist[person]]
    if depth > 2:
        levels.append(Level(one, site[person], label="site"))
        y += np.r_[rng.normal(size=3), 0.0][site[person]]
    return Data(y, x, levels)


def dense_v(data: Data, taus: list[np.ndarray], sigma2: float) -> np.ndarray:
    """The N x N covariance matrix, entry by entry."""
    v = sigma2 * np.eye(len(data.y))
    for level, tau in zip(data.levels, taus, strict=True):
        z = level.Z.reshape(len(data.y), -1)
        same = (level.group[:, None] == level.group[None, :]) & (level.group >= 0)[:, None]
        v += np.where(same, z @ tau @ z.T, 0.0)
    return v


def dense_deviance(data: Data, taus: list[np.ndarray], sigma2: float, method: str) -> float:
    n, p = data.x.shape
    v = dense_v(data, taus, sigma2)
    w = np.linalg.inv(v)
    information = data.x.T @ w @ data.x
    beta = np.linalg.solve(information, data.x.T @ w @ data.y)
    r = data.y - data.x @ beta
    value = np.linalg.slogdet(v)[1] + r @ w @ r
    if method == "REML":
        return float(value + np.linalg.slogdet(information)[1] + (n - p) * np.log(2 * np.pi))
    return float(value + n * np.log(2 * np.pi))


CASES = [
    pytest.param({"depth": 1}, id="one level"),
    pytest.param({"depth": 1, "ragged": False}, id="one level, balanced"),
    pytest.param({"depth": 2}, id="two levels"),
    pytest.param({"depth": 2, "ragged": False, "slopes": False}, id="two levels of intercepts"),
    pytest.param({"depth": 2, "outside": True}, id="some persons without therapist"),
    pytest.param({"depth": 3}, id="three levels, slopes at two"),
    pytest.param({"depth": 3, "outside": True}, id="three levels, some persons outside"),
]


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_deviance_is_that_of_the_dense_covariance_matrix(kind, method):
    data = study(3, **kind)
    fit = fit_mixed(data.y, data.x, data.levels, method=method)
    assert fit.converged
    assert fit.deviance == pytest.approx(dense_deviance(data, list(fit.tau), fit.sigma2, method), rel=1e-11)
    assert fit.loglik == -fit.deviance / 2
    w = np.linalg.inv(dense_v(data, list(fit.tau), fit.sigma2))
    cov = np.linalg.inv(data.x.T @ w @ data.x)
    np.testing.assert_allclose(fit.beta_cov, cov, rtol=1e-8)
    np.testing.assert_allclose(fit.beta, cov @ data.x.T @ w @ data.y, rtol=1e-9)


def _point(data: Data, seed: int) -> tuple[mixed_blocks.Blocks, np.ndarray]:
    blocks = make_blocks(data.y, data.x, data.levels)
    rng = np.random.default_rng(seed)
    return blocks, np.concatenate([0.2 + rng.random(len(basis.row)) for basis in blocks.bases])


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("reml", [True, False])
def test_gradient_and_hessian_are_those_of_finite_differences(kind, reml):
    blocks, x = _point(study(5, **kind), 1)

    def at(x: np.ndarray):
        return chained(blocks, criterion(blocks, covariances(blocks, x), reml=reml), x)

    _, gradient, hessian = at(x)
    step = 1e-4 * np.eye(len(x))
    slope = [(at(x + h)[0] - at(x - h)[0]) / 2e-4 for h in step]
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-6)
    curve = [(at(x + h)[1] - at(x - h)[1]) / 2e-4 for h in step]
    np.testing.assert_allclose(hessian, curve, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("kind", CASES)
def test_passes_and_storage_do_not_change_the_result(kind, monkeypatch):
    data = study(7, **kind)
    blocks, x = _point(data, 2)
    whole = jet(blocks, covariances(blocks, x))
    monkeypatch.setattr(mixed_blocks, "PASS_LIMIT", 1)
    pieces = make_blocks(data.y, data.x, data.levels)
    assert len(pieces.cuts) >= min(2, len(data.levels))
    monkeypatch.setattr(mixed_blocks, "CONTRACTED_LIMIT", 1)
    by_group = make_blocks(data.y, data.x, data.levels)
    assert by_group.contracted is None
    for other in (pieces, by_group):
        again = jet(other, covariances(other, x))
        for field in ("m", "m1", "m2", "logdet", "logdet1", "logdet2"):
            np.testing.assert_allclose(getattr(again, field), getattr(whole, field), rtol=1e-9, atol=1e-9)


def test_general_formulas_agree_with_the_closed_forms_for_two_effects():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(5, 2, 2))
    a = (a @ a.transpose(0, 2, 1)).transpose(1, 2, 0)
    t = np.array([[2.0, 0.7], [0.7, 0.5]])
    wide, wide_t = np.zeros((3, 3, 5)), np.zeros((3, 3))
    wide[:2, :2], wide_t[:2, :2] = a, t
    small, large = mixed_derivatives.parts(a, t), mixed_derivatives.parts(wide, wide_t)
    for field in ("k", "n", "j"):
        np.testing.assert_allclose(getattr(small, field), getattr(large, field)[:2, :2], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(small.logdet, large.logdet)


def test_theta_is_the_factor_of_tau_over_sigma2():
    data = study(11, depth=3)
    fit = fit_mixed(data.y, data.x, data.levels)
    at = 0
    for tau in fit.tau:
        q = len(tau)
        root = np.zeros((q, q))
        for column in range(q):
            root[column:, column] = fit.theta[at : at + q - column]
            at += q - column
        np.testing.assert_allclose(fit.sigma2 * root @ root.T, tau, rtol=1e-10, atol=1e-12)
    again = fit_mixed(data.y, data.x, data.levels, start=fit.theta)
    assert again.deviance == pytest.approx(fit.deviance, abs=1e-8)
    assert vector(fit.blocks, factors(fit.blocks, fit.whitened)).tolist() == fit.whitened.tolist()
