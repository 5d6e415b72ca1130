"""The mixed model against a slow dense version, coinciding special cases, and properties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtrc, chdtri, fdtri

from forwhom.kernels import mixed_blocks, mixed_derivatives
from forwhom.kernels.mixed import Level, fit_mixed
from forwhom.kernels.mixed_blocks import make_blocks
from forwhom.kernels.mixed_compare import likelihood_ratio
from forwhom.kernels.mixed_derivatives import criterion, jet
from forwhom.kernels.mixed_df import kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f
from forwhom.kernels.mixed_effects import fitted_values, random_effects
from forwhom.kernels.mixed_icc import intraclass_correlation
from forwhom.kernels.mixed_parameters import chained, covariances, factors, vector
from forwhom.kernels.repeated import fit_repeated


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


# Special cases that must coincide.


def one_way(seed: int, groups: int = 7, size: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    y = 3 + 1.3 * rng.normal(size=groups)[group] + rng.normal(size=len(group))
    return y, np.ones(len(y)), group


def test_balanced_one_way_is_analysis_of_variance():
    y, one, group = one_way(1)
    fit = fit_mixed(y, one[:, None], [Level(one, group)])
    cells = y.reshape(7, 5)
    within = cells.var(axis=1, ddof=1).mean()
    between = 5 * cells.mean(axis=1).var(ddof=1)
    assert fit.sigma2 == pytest.approx(within, rel=1e-9)
    assert fit.tau[0][0, 0] == pytest.approx((between - within) / 5, rel=1e-9)
    assert fit.beta_cov[0, 0] == pytest.approx(between / 35, rel=1e-9)
    for method in (satterthwaite, kenward_roger):
        assert method(fit, [1.0]).df[0] == pytest.approx(6, rel=1e-9)
    ratio = between / within
    low, high = ((ratio / fdtri(6, 28, p) - 1) / 5 for p in (0.975, 0.025))
    share = intraclass_correlation(fit)
    assert share.low == pytest.approx(low / (1 + low), abs=1e-7)
    assert share.high == pytest.approx(high / (1 + high), abs=1e-7)


def test_negative_moment_estimate_becomes_zero_and_least_squares():
    y, one, group = one_way(2)
    y = y - y.reshape(7, 5).mean(axis=1)[group] + 1e-3 * np.arange(7)[group]
    fit = fit_mixed(y, one[:, None], [Level(one, group, label="patient")])
    assert fit.singular
    assert fit.converged
    assert fit.tau[0][0, 0] == 0.0
    assert "level 1 (patient): the variance is estimated as 0" in fit.message
    assert fit.sigma2 == pytest.approx(y.var(ddof=1), rel=1e-12)
    assert intraclass_correlation(fit).low == 0.0
    # A variance estimated as 0 counts as known: the degrees of freedom of least squares.
    assert satterthwaite(fit, [1.0]).df[0] == pytest.approx(34, rel=1e-9)


def test_random_intercept_is_compound_symmetry():
    data = study(13, depth=1, slopes=False, ragged=False)
    fit = fit_mixed(data.y, data.x, data.levels)
    occasion = np.tile(np.arange(4), 30)
    same = fit_repeated(data.y, data.x, data.levels[0].group, occasion, 4, covariance="compound_symmetry")
    np.testing.assert_allclose(fit.beta, same.beta, rtol=1e-7)
    np.testing.assert_allclose(fit.beta_cov, same.beta_cov, rtol=1e-6)
    assert fit.loglik == pytest.approx(same.loglik, rel=1e-9)


def test_perfect_correlation_is_found_and_named():
    rng = np.random.default_rng(0)
    person, time = np.repeat(np.arange(40), 5), np.tile(np.arange(5.0), 40)
    u = rng.normal(size=40)
    y = 10 + 2 * u[person] * (1 + 0.5 * time) + 0.7 * rng.normal(size=200)
    x = np.column_stack([np.ones(200), time])
    fit = fit_mixed(y, x, [Level(x, person)])
    assert fit.singular
    tau = fit.tau[0]
    assert tau[0, 1] / np.sqrt(tau[0, 0] * tau[1, 1]) == pytest.approx(1, abs=1e-12)
    # Moving off the boundary makes it worse.
    for inside in (0.01, 0.1):
        root = np.array([[fit.theta[0], 0.0], [fit.theta[1], inside]])
        moved = [fit.sigma2 * root @ root.T]
        assert dense_deviance(Data(y, x, [Level(x, person)]), moved, fit.sigma2, "REML") > fit.deviance
    assert "correlation of random effects 1 and 2 is estimated as 1" in fit.message


def test_uncorrelated_effects_are_two_levels_of_the_same_groups():
    data = study(17, depth=1)
    z, group = data.levels[0].Z, data.levels[0].group
    joint = fit_mixed(data.y, data.x, [Level(z, group, correlated=False)])
    apart = fit_mixed(data.y, data.x, [Level(z[:, 0], group), Level(z[:, 1], group)])
    assert joint.deviance == pytest.approx(apart.deviance, abs=1e-9)
    np.testing.assert_allclose(np.diagonal(joint.tau[0]), [tau[0, 0] for tau in apart.tau], rtol=1e-6)
    np.testing.assert_allclose(kenward_roger(joint, [0, 1, 0, 0]).df, kenward_roger(apart, [0, 1, 0, 0]).df, rtol=1e-6)


# Conditional modes against Henderson's equations in full.


@pytest.mark.parametrize("kind", CASES)
def test_random_effects_solve_the_dense_equations(kind):
    data = study(19, **kind)
    fit = fit_mixed(data.y, data.x, data.levels)
    blocks, prior = [], []
    for level, tau in zip(data.levels, fit.tau, strict=True):
        z = level.Z.reshape(len(data.y), -1)
        for code in np.unique(level.group[level.group >= 0]):
            blocks.append(np.where((level.group == code)[:, None], z, 0.0))
            prior.append(tau)
    z = np.concatenate(blocks, axis=1)
    g = np.zeros((z.shape[1],) * 2)
    at = 0
    for tau in prior:
        g[at : at + len(tau), at : at + len(tau)] = tau
        at += len(tau)
    v_inverse = np.linalg.inv(dense_v(data, list(fit.tau), fit.sigma2))
    mode = g @ z.T @ v_inverse @ (data.y - data.x @ fit.beta)
    spread = g - g @ z.T @ v_inverse @ z @ g
    at = 0
    effects = random_effects(fit)
    for effect in effects:
        n, q = effect.mode.shape
        np.testing.assert_allclose(effect.mode.ravel(), mode[at : at + n * q], rtol=1e-6, atol=1e-7)
        for row in range(n):
            place = slice(at + row * q, at + (row + 1) * q)
            np.testing.assert_allclose(effect.covariance[row], spread[place, place], rtol=1e-6, atol=1e-8)
        at += n * q
    np.testing.assert_allclose(
        fitted_values(fit, data.x, data.levels, effects=effects), data.x @ fit.beta + z @ mode, rtol=1e-8
    )


# Small-sample methods against their definitions with dense matrices.


def dense_kenward_roger(data: Data, fit) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted covariance and degrees of freedom of each coefficient, from the paper's formulas."""
    x, n = data.x, len(data.y)
    derivatives = [np.eye(n)]
    for level in data.levels:
        z = level.Z.reshape(n, -1)
        same = (level.group[:, None] == level.group[None, :]) & (level.group >= 0)[:, None]
        for a in range(z.shape[1]):
            for b in range(a + 1):
                e = np.outer(z[:, a], z[:, b])
                derivatives.append(np.where(same, (e + e.T) if a != b else e, 0.0))
    w = np.linalg.inv(dense_v(data, list(fit.tau), fit.sigma2))
    phi = np.linalg.inv(x.T @ w @ x)
    wd = [w @ d for d in derivatives]
    p = [-x.T @ a @ w @ x for a in wd]
    r = len(wd)
    q = [[x.T @ wd[i] @ wd[j] @ w @ x for j in range(r)] for i in range(r)]
    info = np.array(
        [
            [
                np.trace(wd[i] @ wd[j]) - 2 * np.trace(phi @ q[i][j]) + np.trace(phi @ p[i] @ phi @ p[j])
                for j in range(r)
            ]
            for i in range(r)
        ]
    )
    weight = np.linalg.inv(info / 2)
    middle = sum(weight[i, j] * (q[i][j] - p[i] @ phi @ p[j]) for i in range(r) for j in range(r))
    slope = np.array([np.diagonal(phi @ one @ phi) for one in p])
    df = 2 * np.diagonal(phi) ** 2 / np.einsum("ik,ij,jk->k", slope, weight, slope)
    return phi + 2 * phi @ middle @ phi, df


@pytest.mark.parametrize("kind", CASES)
def test_kenward_roger_is_that_of_the_dense_matrices(kind):
    data = study(23, n=20, **kind)
    fit = fit_mixed(data.y, data.x, data.levels)
    adjusted, df = dense_kenward_roger(data, fit)
    found = kenward_roger(fit, np.eye(4))
    np.testing.assert_allclose(found.df, df, rtol=1e-5)
    np.testing.assert_allclose(found.beta_cov, adjusted, rtol=1e-5, atol=1e-9)


def test_satterthwaite_is_that_of_numerical_derivatives():
    data = study(29, depth=2, n=40)
    fit = fit_mixed(data.y, data.x, data.levels)
    theta0 = np.append(fit.theta, np.sqrt(fit.sigma2))

    def taus(theta: np.ndarray) -> list[np.ndarray]:
        root = np.array([[theta[0], 0.0], [theta[1], theta[2]]]) * theta[-1]
        return [root @ root.T, np.array([[theta[3] ** 2]]) * theta[-1] ** 2]

    def deviance(theta: np.ndarray) -> float:
        return dense_deviance(data, taus(theta), theta[-1] ** 2, "REML")

    def variance(theta: np.ndarray) -> np.ndarray:
        return np.linalg.inv(data.x.T @ np.linalg.solve(dense_v(data, taus(theta), theta[-1] ** 2), data.x))

    h, eye = 1e-4, np.eye(len(theta0))
    hessian = np.array(
        [
            [
                deviance(theta0 + h * (a + b))
                - deviance(theta0 + h * (a - b))
                - deviance(theta0 - h * (a - b))
                + deviance(theta0 - h * (a + b))
                for b in eye
            ]
            for a in eye
        ]
    ) / (4 * h * h)
    jacobian = np.array([np.diagonal(variance(theta0 + h * a) - variance(theta0 - h * a)) / (2 * h) for a in eye])
    spread = np.einsum("ik,ij,jk->k", jacobian, 2 * np.linalg.inv(hessian), jacobian)
    expected = 2 * np.diagonal(fit.beta_cov) ** 2 / spread
    np.testing.assert_allclose(satterthwaite(fit, np.eye(4)).df, expected, rtol=1e-3)


def test_joint_tests_of_one_row_are_the_squares_of_t():
    data = study(31)
    fit = fit_mixed(data.y, data.x, data.levels)
    for single, joint in ((satterthwaite, satterthwaite_f), (kenward_roger, kenward_roger_f)):
        row, f = single(fit, [0, 0, 0, 1]), joint(fit, [0, 0, 0, 1])
        assert f.f == pytest.approx(row.t[0] ** 2, rel=1e-9)
        assert f.df_denominator == pytest.approx(row.df[0], rel=1e-7)
        assert f.p == pytest.approx(row.p[0], rel=1e-6)


# Properties.


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), depth=st.integers(1, 3))
def test_order_of_rows_and_names_of_groups_are_irrelevant(seed, depth):
    data = study(seed, depth=depth, n=24)
    fit = fit_mixed(data.y, data.x, data.levels)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.y))
    codes = [rng.permutation(1000) for _ in data.levels]
    levels = [Level(level.Z[order], code[level.group[order]]) for level, code in zip(data.levels, codes, strict=True)]
    again = fit_mixed(data.y[order], data.x[order], levels)
    assert again.deviance == pytest.approx(fit.deviance, abs=1e-8)
    np.testing.assert_allclose(again.beta, fit.beta, rtol=1e-6, atol=1e-7)
    moved = random_effects(again)
    for effect, other, code in zip(random_effects(fit), moved, codes, strict=True):
        place = np.searchsorted(other.group, code[effect.group])
        np.testing.assert_allclose(other.mode[place], effect.mode, rtol=1e-4, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-3000, 3000), scale=st.floats(0.01, 100))
def test_origin_and_unit_of_time_change_nothing_that_should_stay(seed, shift, scale):
    data = study(seed, depth=2, n=24)
    fit = fit_mixed(data.y, data.x, data.levels)
    time = scale * (data.x[:, 1] + shift)
    arm = data.x[:, 2]
    x = np.column_stack([data.x[:, 0], time, arm, time * arm])
    levels = [Level(x[:, :2], data.levels[0].group), data.levels[1]]
    again = fit_mixed(data.y, x, levels)
    # The restricted criterion counts X in its own units: log det X'X moves with the scale of two columns.
    assert again.deviance - 4 * np.log(scale) == pytest.approx(fit.deviance, abs=1e-6)
    assert again.sigma2 == pytest.approx(fit.sigma2, rel=1e-5)
    np.testing.assert_allclose(again.beta[[1, 3]] * scale, fit.beta[[1, 3]], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(again.tau[0][1, 1] * scale**2, fit.tau[0][1, 1], rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(kenward_roger(again, [0, 0, 0, 1]).t, kenward_roger(fit, [0, 0, 0, 1]).t, rtol=1e-4)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_reversing_the_scale_flips_signs(seed):
    data = study(seed, depth=2, n=24)
    fit, again = (fit_mixed(sign * data.y, data.x, data.levels) for sign in (1, -1))
    np.testing.assert_allclose(again.beta, -fit.beta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(again.theta, fit.theta, rtol=1e-6, atol=1e-7)
    assert again.deviance == pytest.approx(fit.deviance, abs=1e-9)


def test_no_start_leads_lower():
    data = study(37, depth=2)
    fit = fit_mixed(data.y, data.x, data.levels)
    rng = np.random.default_rng(0)
    for _ in range(10):
        start = rng.normal(size=4) * np.array([3, 1, 1, 3])
        again = fit_mixed(data.y, data.x, data.levels, start=start)
        assert again.converged
        assert again.deviance == pytest.approx(fit.deviance, abs=1e-8)


# What cannot be fitted says so.


def test_refusals():
    data = study(41, depth=2)
    y, x, levels = data.y, data.x, data.levels
    with pytest.raises(
        ValueError, match=r"level 2 \(therapist\) is not constant within the groups of level 1 \(person\)"
    ):
        fit_mixed(y, x, [levels[0], Level(levels[1].Z, np.arange(len(y)) % 5, label="therapist")])
    crossed = [levels[0], levels[1], Level(levels[1].Z, levels[0].group % 2, label="site")]
    with pytest.raises(ValueError, match=r"level 3 \(site\) is not constant within the groups of level 2"):
        fit_mixed(y, x, crossed)
    with pytest.raises(ValueError, match=r"Column\(s\) 4 of X"):
        fit_mixed(y, np.column_stack([x, x[:, 0] - 2 * x[:, 1]]), levels)
    with pytest.raises(ValueError, match="columns of Z"):
        fit_mixed(y, x, [Level(np.column_stack([levels[0].Z, levels[0].Z[:, 1]]), levels[0].group)])
    with pytest.raises(ValueError, match="cannot be told apart from the residual"):
        fit_mixed(y, x, [Level(np.ones(len(y)), np.arange(len(y)))])
    with pytest.raises(ValueError, match="at least 2"):
        fit_mixed(y, x, [levels[0], Level(np.ones(len(y)), np.zeros(len(y), int))])
    with pytest.raises(ValueError, match=r"Absent or infinite values in y \(1 values\)"):
        fit_mixed(np.where(np.arange(len(y)) == 3, np.nan, y), x, levels)
    with pytest.raises(ValueError, match="integer codes"):
        fit_mixed(y, x, [Level(levels[0].Z, levels[0].group.astype(float))])
    with pytest.raises(ValueError, match="without error"):
        fit_mixed(x[:, 1], x, levels)
    with pytest.raises(ValueError, match="method"):
        fit_mixed(y, x, levels, method="EM")
    with pytest.raises(ValueError, match="REML"):
        kenward_roger(fit_mixed(y, x, levels, method="ML"), [0, 0, 0, 1])
    with pytest.raises(ValueError, match="random-intercept"):
        intraclass_correlation(fit_mixed(y, x, levels))


def test_likelihood_ratio_with_and_without_a_boundary():
    data = study(43, depth=1, n=60)
    z, group = data.levels[0].Z, data.levels[0].group
    small, large = (fit_mixed(data.y, data.x, [Level(columns, group)]) for columns in (z[:, :1], z))
    test = likelihood_ratio(small, large)
    assert test.df == 2
    assert test.statistic == pytest.approx(small.deviance - large.deviance)
    assert test.p_boundary == pytest.approx((chdtrc(1, test.statistic) + chdtrc(2, test.statistic)) / 2)
    with pytest.raises(ValueError, match="method='ML'"):
        likelihood_ratio(fit_mixed(data.y, data.x[:, :3], data.levels), large)


def test_profile_interval_ends_where_the_dense_criterion_has_risen_by_the_quantile():
    data = study(47, depth=2, slopes=False, n=40)
    fit = fit_mixed(data.y, data.x, data.levels)
    found = intraclass_correlation(fit, 1)
    total = fit.tau[0][0, 0] + fit.tau[1][0, 0] + fit.sigma2
    assert found.estimate == pytest.approx(fit.tau[1][0, 0] / total)
    assert found.low <= found.estimate < found.high

    def lowest(share: float) -> float:
        """Grid over the patients' relative variance and the residual variance, then finer around the best."""
        centre, reach = np.log([fit.tau[0][0, 0] / fit.sigma2, fit.sigma2]), 1.0
        best = np.inf
        for _ in range(9):
            points = [centre + reach * np.array([a, b]) for a in np.linspace(-1, 1, 7) for b in np.linspace(-1, 1, 7)]
            values = []
            for patient, residual in np.exp(points):
                outer = share / (1 - share) * (1 + patient) * residual
                taus = [np.array([[patient * residual]]), np.array([[outer]])]
                values.append(dense_deviance(data, taus, residual, "REML"))
            centre, best, reach = points[int(np.argmin(values))], min(values), reach / 2.5
        return best

    for end in (end for end in (found.low, found.high) if end > 0):
        assert lowest(end) - fit.deviance == pytest.approx(chdtri(1, 0.05), abs=2e-3)
