"""The mixed model for repeated measures against a slow dense version, coinciding special cases and properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.covariance_structures import COVARIANCES, structure
from forwhom.kernels.repeated import NotEstimableError, fit_repeated
from forwhom.kernels.repeated_df import kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f
from forwhom.kernels.repeated_likelihood import differentiate, evaluate


@dataclass
class Trial:
    """Long-form simulated trial."""

    y: np.ndarray
    x: np.ndarray
    person: np.ndarray
    occasion: np.ndarray
    group: np.ndarray
    cluster: np.ndarray
    m: int


def trial(seed: int, *, n: int = 36, m: int = 4, arms: int = 2, missing: float = 0.2, clusters: int = 6) -> Trial:
    """Intermittently missing outcomes, one covariate, persons of the last arm in no cluster at all every third time."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % arms
    cluster = np.where(np.arange(n) % 5 == 0, -1, rng.integers(0, clusters, n))
    age = rng.normal(size=n)
    root = rng.normal(size=(m, m)) * 0.5 + np.eye(m)
    root2 = 1.4 * root
    wide = np.where((arm == 0)[:, None], rng.normal(size=(n, m)) @ root, rng.normal(size=(n, m)) @ root2)
    wide += rng.normal(size=n)[:, None] + 0.7 * rng.normal(size=clusters + 1)[cluster][:, None]
    wide += 10 + np.arange(m) * (1 + arm[:, None]) + 0.3 * age[:, None]
    keep = rng.random((n, m)) > missing
    keep[:, 0] |= ~keep.any(axis=1)
    person, occasion = np.nonzero(keep)
    columns = [occasion == j for j in range(m)]
    columns += [(occasion == j) & (arm[person] == a) for a in range(1, arms) for j in range(1, m)]
    x = np.column_stack([*columns, age[person]]).astype(float)
    return Trial(wide[person, occasion], x, person, occasion, arm[person], cluster[person], m)


def acting(z: Sequence[float], *, added: float = 1.5) -> Trial:
    """A trial whose clusters add a further effect at each occasion, in proportion to `z`."""
    data = trial(3, n=60, m=len(z), clusters=8)
    effect = added * np.random.default_rng(7).normal(size=9)
    effect[-1] = 0.0
    data.y += effect[data.cluster] * np.asarray(z)[data.occasion]
    return data


class Dense:
    """Everything by N x N matrices straight from the definitions."""

    def __init__(self, data: Trial, name, parameters, groups, clusters, reml=True, z=None):
        self.data, self.reml = data, reml
        shape = structure(name, data.m)
        g = data.group if groups else np.zeros_like(data.group)
        n_groups = g.max() + 1
        theta = parameters[: len(parameters) - clusters].reshape(n_groups, -1)
        r, n = theta.shape[1], data.y.size
        same = data.person[:, None] == data.person
        pick = np.ix_(data.occasion, data.occasion)
        shared = (data.cluster[:, None] == data.cluster) & (data.cluster >= 0)[:, None]
        weight = np.ones(n) if z is None else np.asarray(z)[data.occasion]
        shared = shared * np.outer(weight, weight)
        self.v, self.first, size = np.zeros((n, n)), [], len(parameters)
        self.second = np.zeros((size, size, n, n))
        for k in range(n_groups):
            mask = same & (g == k)[:, None]
            self.v += shape.matrix(theta[k])[pick] * mask
            self.first += [d[pick] * mask for d in shape.first(theta[k])]
            second = shape.second(theta[k])
            if second is not None:
                for a in range(r):
                    for b in range(r):
                        self.second[k * r + a, k * r + b] = second[a, b][pick] * mask
        if clusters:
            self.v += parameters[-1] * shared
            self.first.append(shared)
        x, y = data.x, data.y
        self.vi = np.linalg.inv(self.v)
        self.phi = np.linalg.inv(x.T @ self.vi @ x)
        self.beta = self.phi @ x.T @ self.vi @ y
        self.p = self.vi - self.vi @ x @ self.phi @ x.T @ self.vi

    def deviance(self):
        x, y = self.data.x, self.data.y
        n, p = x.shape
        result = np.linalg.slogdet(self.v)[1] + y @ self.p @ y + n * np.log(2 * np.pi)
        if self.reml:
            result += -p * np.log(2 * np.pi) - np.linalg.slogdet(self.phi)[1]
        return result

    def gradient(self):
        py = self.p @ self.data.y
        inner = self.p if self.reml else self.vi
        return np.array([np.sum(inner * d) - py @ d @ py for d in self.first])

    def information(self):
        py, size = self.p @ self.data.y, len(self.first)
        inner = self.p if self.reml else self.vi
        hessian, expected = np.zeros((size, size)), np.zeros((size, size))
        for a, va in enumerate(self.first):
            for b, vb in enumerate(self.first):
                expected[a, b] = np.sum((inner @ va) * (inner @ vb).T)
                bend = np.sum(inner * self.second[a, b]) - py @ self.second[a, b] @ py
                hessian[a, b] = -expected[a, b] + bend + 2 * py @ va @ self.p @ vb @ py
        return hessian, expected

    def kenward_roger(self, row, information, second_order=False, free=None):
        hessian, expected = self.information()
        free = np.arange(len(self.first)) if free is None else free
        w = 2 * np.linalg.inv((hessian if information == "observed" else expected)[np.ix_(free, free)])
        x, vi, phi = self.data.x, self.vi, self.phi
        p = [-x.T @ vi @ self.first[a] @ vi @ x for a in free]
        inner = np.zeros_like(phi)
        for i, a in enumerate(free):
            for j, b in enumerate(free):
                q = x.T @ vi @ self.first[a] @ vi @ self.first[b] @ vi @ x
                inner += w[i, j] * (q - p[i] @ phi @ p[j])
                if second_order:
                    inner -= w[i, j] / 4 * x.T @ vi @ self.second[a, b] @ vi @ x
        adjusted = phi + 2 * phi @ inner @ phi
        slope = np.array([row @ phi @ a @ phi @ row for a in p])
        return np.sqrt(row @ adjusted @ row), 2 * (row @ phi @ row) ** 2 / (slope @ w @ slope)


@pytest.mark.parametrize("name", COVARIANCES)
@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize(("clusters", "z"), [(False, None), (True, None), (True, (0, 1, 1)), (True, (0, 0.5, 0, -2))])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_dense(name, groups, clusters, z, method):
    data = trial(3, n=60, clusters=8) if z is None else acting(z)
    fit = fit_repeated(
        data.y, data.x, data.person, data.occasion, data.m, covariance=name, method=method,
        group=data.group if groups else None, cluster=data.cluster if clusters else None, cluster_occasions=z,
    )  # fmt: skip
    assert fit.converged, fit.message
    assert fit.gradient_norm < 1e-7
    assert z is None or fit.cluster_variance > 0.1
    # Away from the optimum the gradient is not 0 and the profile over beta is put to the test.
    shape = structure(name, data.m)
    away = fit.theta * 1.07
    dense = Dense(data, name, away, groups, clusters, method == "REML", z)
    point = evaluate(fit.data, shape, away, method)
    derivatives = differentiate(fit.data, shape, point, method)
    assert point.deviance == pytest.approx(dense.deviance(), rel=1e-11)
    np.testing.assert_allclose(point.beta / fit.data.scale + fit.data.shift, dense.beta, rtol=1e-9)
    np.testing.assert_allclose(derivatives.gradient, dense.gradient(), rtol=1e-8, atol=1e-9)
    hessian, expected = dense.information()
    np.testing.assert_allclose(derivatives.hessian, hessian, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(derivatives.expected, expected, rtol=1e-8, atol=1e-8)

    at = Dense(data, name, fit.theta, groups, clusters, method == "REML", z)
    assert fit.deviance == pytest.approx(at.deviance(), rel=1e-12)
    assert np.abs(at.gradient() * fit.theta).max() < 1e-6
    if method == "REML":
        row = np.zeros(data.x.shape[1])
        row[data.m] = 1.0
        for information in ("observed", "expected"):
            for version in ("linear", "second_order"):
                ours = kenward_roger(fit, row, information=information, version=version)
                second = version == "second_order" and name != "compound_symmetry"
                se, df = at.kenward_roger(row, information, second)
                assert ours.se[0] == pytest.approx(se, rel=1e-7)
                assert ours.df[0] == pytest.approx(df, rel=1e-6)


@pytest.mark.parametrize("z", [None, (0, 1, 1, 0.5)])
def test_gradient_is_the_slope(z):
    data = trial(5)
    fit = fit_repeated(data.y, data.x, data.person, data.occasion, data.m, cluster=data.cluster, cluster_occasions=z)
    shape, at = structure("unstructured", data.m), fit.theta * 1.05
    slope = differentiate(fit.data, shape, evaluate(fit.data, shape, at, "REML"), "REML").gradient
    for k in range(at.size):
        step = np.zeros(at.size)
        step[k] = 1e-5
        up, down = (evaluate(fit.data, shape, at + s * step, "REML").deviance for s in (1, -1))
        assert slope[k] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", COVARIANCES)
def test_structure_derivatives(name):
    shape = structure(name, 4)
    theta = shape.start(np.diag([3.0, 4.0, 5.0, 6.0]) + 1.0)
    r, eps = theta.size, 1e-6
    second = shape.second(theta)
    for k in range(r):
        step = np.eye(r)[k] * eps
        slope = (shape.matrix(theta + step) - shape.matrix(theta - step)) / (2 * eps)
        np.testing.assert_allclose(shape.first(theta)[k], slope, atol=1e-8)
        bend = (shape.first(theta + step) - shape.first(theta - step)) / (2 * eps)
        np.testing.assert_allclose(0.0 if second is None else second[k], bend, atol=1e-7)
    gradient = np.linspace(-1, 2, r)
    local = shape.local(theta, gradient)
    for k in range(r):
        step = np.eye(r)[k] * 1e-4
        up, down = local.move(step), local.move(-step)
        np.testing.assert_allclose(local.jacobian[:, k], (up - down) / 2e-4, atol=1e-6)
    for k in range(r):
        for j in range(r):
            a, b = np.eye(r)[k] * 1e-3, np.eye(r)[j] * 1e-3
            bend = local.move(a + b) - local.move(a - b) - local.move(b - a) + local.move(-a - b)
            assert local.curvature[k, j] == pytest.approx(gradient @ bend / 4e-6, abs=1e-3)


def complete(n: int = 24, m: int = 3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    return rng.normal(size=(n, m)) @ rng.normal(size=(m, m)) + np.outer(arm, np.arange(m)), arm


def test_complete_data_is_multivariate_regression():
    wide, arm = complete()
    n, m = wide.shape
    occasion, person = np.tile(np.arange(m), n), np.repeat(np.arange(n), m)
    x = np.column_stack([occasion == j for j in range(m)] + [(occasion == j) & (arm[person] == 1) for j in range(m)])
    fit = fit_repeated(wide.ravel(), x, person, occasion, m)
    design = np.column_stack([np.ones(n), arm])
    coefficients = np.linalg.solve(design.T @ design, design.T @ wide)
    residual = wide - design @ coefficients
    sigma = residual.T @ residual / (n - 2)
    np.testing.assert_allclose(fit.beta, coefficients.ravel(), rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, sigma, rtol=1e-9)
    rows = np.eye(2 * m)[m:]
    for result in (satterthwaite(fit, rows), kenward_roger(fit, rows)):
        np.testing.assert_allclose(result.df, n - 2, rtol=1e-8)
        np.testing.assert_allclose(result.se, np.sqrt(np.diag(sigma) * 4 / n), rtol=1e-8)
    # Kenward-Roger reproduces Hotelling's T2 exactly.
    t2 = n / 4 * coefficients[1] @ np.linalg.solve(sigma, coefficients[1])
    joint = kenward_roger_f(fit, rows)
    assert joint.df_denominator == pytest.approx(n - 2 - m + 1, rel=1e-7)
    assert joint.f == pytest.approx(t2 * (n - 2 - m + 1) / ((n - 2) * m), rel=1e-7)


@pytest.mark.parametrize("name", COVARIANCES)
def test_one_occasion_is_least_squares(name):
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(15), rng.normal(size=(15, 2))])
    y = x @ [1.0, 2.0, 0.5] + rng.normal(size=15)
    fit = fit_repeated(y, x, np.arange(15), np.zeros(15, int), 1, covariance=name)
    beta, rss = np.linalg.lstsq(x, y, rcond=None)[:2]
    se = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rss / 12)
    for result in (satterthwaite(fit, np.eye(3)), kenward_roger(fit, np.eye(3))):
        np.testing.assert_allclose(result.estimate, beta, rtol=1e-9)
        np.testing.assert_allclose(result.se, se, rtol=1e-9)
        np.testing.assert_allclose(result.df, 12.0, rtol=1e-8)
    joint = kenward_roger_f(fit, np.eye(3)[1:])
    np.testing.assert_allclose([joint.df_denominator, joint.scale], [12.0, 1.0], rtol=1e-7)
    assert satterthwaite_f(fit, np.eye(3)[1:]).df_denominator == pytest.approx(12.0)


def test_two_occasions_equal_baseline_is_analysis_of_covariance():
    wide, arm = complete(m=2)
    n = len(arm)
    occasion, person = np.tile([0, 1], n), np.repeat(np.arange(n), 2)
    x = np.column_stack([occasion == 0, occasion == 1, (occasion == 1) & (arm[person] == 1)])
    fit = fit_repeated(wide.ravel(), x, person, occasion, 2, method="ML")
    ancova = np.linalg.lstsq(np.column_stack([np.ones(n), arm, wide[:, 0]]), wide[:, 1], rcond=None)[0]
    assert fit.beta[2] == pytest.approx(ancova[1], rel=1e-8)
    assert fit.covariance[0, 1] / fit.covariance[0, 0] == pytest.approx(ancova[2], rel=1e-8)


def test_one_group_with_one_code_is_no_group():
    data = trial(8)
    both = [fit_repeated(data.y, data.x, data.person, data.occasion, data.m, group=g) for g in (None, 0 * data.group)]
    assert both[0].deviance == both[1].deviance


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-4, 1.0, 1e5]), clustered=st.booleans())
def test_properties(seed, scale, clustered):
    data = trial(seed % 7, n=30, m=3)
    rng = np.random.default_rng(seed)
    order = rng.permutation(data.y.size)
    cluster = data.cluster if clustered else None
    row = np.eye(data.x.shape[1])[data.m]
    fit = fit_repeated(data.y, data.x, data.person, data.occasion, data.m, cluster=cluster)
    extra = rng.permutation(data.m)
    # Other row order, other unit and sign of y, other person codes, and a person without any observed outcome.
    other = fit_repeated(
        np.append(-scale * data.y[order], np.full(data.m, np.nan)),
        np.vstack([data.x[order], np.full((data.m, data.x.shape[1]), np.nan)]),
        np.append(1000 - data.person[order], np.full(data.m, 5000)),
        np.append(data.occasion[order], extra),
        data.m,
        cluster=None if cluster is None else np.append(cluster[order], np.full(data.m, 77)),
    )
    assert fit.converged
    assert other.converged
    assert (other.n_persons, other.n_rows) == (fit.n_persons, fit.n_rows)
    np.testing.assert_allclose(other.beta, -scale * fit.beta, rtol=1e-6, atol=1e-9 * scale)
    np.testing.assert_allclose(other.covariance, scale**2 * fit.covariance, rtol=1e-6, atol=1e-9 * scale**2)
    a, b = kenward_roger(fit, row), kenward_roger(other, row)
    np.testing.assert_allclose([b.se / scale, b.df], [a.se, a.df], rtol=1e-6)
    np.testing.assert_allclose([b.low / scale, b.high / scale], [-a.high, -a.low], rtol=1e-6)


def test_cluster_variance_of_zero_is_said():
    data = trial(1, n=40)
    rng = np.random.default_rng(0)
    fits = [
        fit_repeated(data.y, data.x, data.person, data.occasion, data.m, cluster=rng.integers(0, 6, 40)[data.person])
        for _ in range(8)
    ]
    at_zero = [fit for fit in fits if fit.cluster_variance == 0.0]
    assert at_zero
    plain = fit_repeated(data.y, data.x, data.person, data.occasion, data.m)
    for fit in at_zero:
        assert fit.converged
        assert "boundary" in fit.message
        assert fit.deviance == pytest.approx(plain.deviance, rel=1e-12)
        row = np.eye(fit.beta.size)[data.m]
        assert kenward_roger(fit, row).df == pytest.approx(kenward_roger(plain, row).df, rel=1e-7)


def test_cluster_on_every_occasion_is_the_default():
    data = trial(3, n=60, clusters=8)
    row = np.eye(data.x.shape[1])[data.m]
    plain, ones, twos = (
        fit_repeated(data.y, data.x, data.person, data.occasion, data.m, cluster=data.cluster, cluster_occasions=z)
        for z in (None, [1, 1, 1, 1], np.full(4, -200.0))
    )
    assert (ones.deviance, ones.cluster_variance) == (plain.deviance, plain.cluster_variance)
    np.testing.assert_array_equal(ones.beta_cov, plain.beta_cov)
    assert (kenward_roger(ones, row).se, kenward_roger(ones, row).df) == (
        kenward_roger(plain, row).se,
        kenward_roger(plain, row).df,
    )
    # Another unit and sign of all weights only changes the unit of the variance.
    assert twos.deviance == pytest.approx(plain.deviance, rel=1e-12)
    assert twos.cluster_variance * 200.0**2 == pytest.approx(plain.cluster_variance, rel=1e-7)
    assert twos.iterations == plain.iterations
    assert kenward_roger(twos, row).df == pytest.approx(kenward_roger(plain, row).df, rel=1e-7)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_cluster_occasions_in_any_order(seed):
    z = np.array([0.0, 1.0, 0.5])
    data = acting(z)
    rng = np.random.default_rng(seed)
    order, renamed = rng.permutation(data.y.size), rng.permutation(8)
    fit = fit_repeated(data.y, data.x, data.person, data.occasion, 3, cluster=data.cluster, cluster_occasions=z)
    # Other row order, cluster codes and order of the occasions; the contrast of the columns stays.
    turn = np.array([2, 0, 1])
    cluster = np.where(data.cluster < 0, -1, renamed[data.cluster])
    other = fit_repeated(
        data.y[order], data.x[order], data.person[order], turn[data.occasion[order]], 3,
        cluster=cluster[order], cluster_occasions=z[np.argsort(turn)],
    )  # fmt: skip
    row = np.eye(data.x.shape[1])[3]
    assert other.deviance == pytest.approx(fit.deviance, rel=1e-11)
    assert other.cluster_variance == pytest.approx(fit.cluster_variance, rel=1e-6)
    np.testing.assert_allclose(other.covariance[np.ix_(turn, turn)], fit.covariance, rtol=1e-6)
    a, b = kenward_roger(fit, row), kenward_roger(other, row)
    np.testing.assert_allclose([b.estimate, b.se, b.df], [a.estimate, a.se, a.df], rtol=1e-6)


def test_cluster_after_treatment_is_not_one_on_every_occasion():
    data = acting((0, 1, 1), added=3.0)
    always, after = (
        fit_repeated(data.y, data.x, data.person, data.occasion, 3, cluster=data.cluster, cluster_occasions=z)
        for z in (None, (0, 1, 1))
    )
    assert after.deviance < always.deviance - 5.0


def test_cluster_seen_only_before_treatment_does_not_count():
    data = acting((0, 1, 1))
    kept = (data.cluster != 4) | (data.occasion == 0)
    rows = [a[kept] for a in (data.y, data.x, data.person, data.occasion)]
    outside = np.where(data.cluster == 4, -1, data.cluster)
    fits = [
        fit_repeated(*rows, 3, cluster=cluster[kept], cluster_occasions=(0, 1, 1))
        for cluster in (data.cluster, outside)
    ]
    assert [fit.n_clusters for fit in fits] == [7, 7]
    assert fits[0].deviance == fits[1].deviance
    assert fits[0].n_persons == len(np.unique(rows[2]))
    before = np.where((data.occasion > 0) & (data.cluster >= 0), np.nan, data.y)
    with pytest.raises(NotEstimableError, match="variance between clusters is not estimable"):
        fit_repeated(
            before, data.x, data.person, data.occasion, 3, cluster=data.cluster, cluster_occasions=(0, 1, 1),
            covariance="ar1",
        )  # fmt: skip


@pytest.mark.parametrize("name", COVARIANCES)
@pytest.mark.parametrize("z", [None, (0, 1, 1), (0, 0, 1)])
def test_one_cluster_of_all_persons_is_never_taken_for_an_estimate(name, z):
    data = acting((0, 1, 1))
    fit = fit_repeated(
        data.y, data.x, data.person, data.occasion, 3, covariance=name, cluster=0 * data.person, cluster_occasions=z
    )
    assert not fit.converged
    assert "no information on the variance between clusters" in fit.message


def test_nearly_singular_is_not_an_exception():
    rng = np.random.default_rng(4)
    n, m = 5, 5
    person, occasion = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    fit = fit_repeated(rng.normal(size=n * m), np.eye(m)[occasion], person, occasion, m)
    assert not fit.converged
    assert "singular" in fit.message
    with pytest.raises(ValueError, match="not converged"):
        satterthwaite(fit, np.eye(m))
    assert fit_repeated(rng.normal(size=n * m), np.eye(m)[occasion], person, occasion, m, covariance="ar1").converged


def test_few_persons_at_the_last_occasion():
    data = trial(9, n=40, missing=0.0)
    keep = (data.occasion < 3) | (data.person < 8)
    fit = fit_repeated(data.y[keep], data.x[keep], data.person[keep], data.occasion[keep], 4)
    assert fit.converged, fit.message


def long_trial() -> dict:
    data = trial(2)
    return {"y": data.y, "x": data.x, "person": data.person, "occasion": data.occasion, "n_occasions": data.m}


def clustered(d: dict, weights: object) -> dict:
    return d | {"cluster": d["person"] % 5, "cluster_occasions": weights}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d | {"x": np.column_stack([d["x"], d["x"][:, 0] + d["x"][:, 1]])}, "column 8 of X is a linear comb"),
        (lambda d: d | {"x": np.column_stack([d["x"], 0 * d["y"]])}, "column 8 of X is 0"),
        (lambda d: d | {"occasion": 0 * d["occasion"]}, "two rows at occasion 0"),
        (lambda d: d | {"occasion": d["occasion"] + 1}, "must lie in 0"),
        (lambda d: d | {"cluster": np.arange(d["y"].size)}, "cluster changes within a person"),
        (lambda d: clustered(d, [0, 1, 1]), r"one weight per occasion, \(4,\); got \(3,\)"),
        (lambda d: clustered(d, 1.0), "one weight per occasion"),
        (lambda d: clustered(d, [0, 1, np.nan, 1]), "missing or infinite weight"),
        (lambda d: clustered(d, [0, 1, np.inf, 1]), "missing or infinite weight"),
        (lambda d: clustered(d, [0, 1, 1, 1e-9]), "beyond 1e-6"),
        (lambda d: clustered(d, [0, 1e200, 1, 1]), "beyond 1e-6"),
        (lambda d: clustered(d, np.zeros(4)), "0 at every occasion"),
        (lambda d: d | {"cluster_occasions": np.ones(4)}, "cluster is missing"),
        (lambda d: d | {"group": np.full(d["y"].size, 1)}, "without gaps"),
        (lambda d: d | {"x": np.where(d["x"] == d["x"][3, 7], np.nan, d["x"])}, "column 7 of X has a missing"),
        (lambda d: d | {"y": 0 * d["y"]}, "no variance"),
        (lambda d: d | {"y": np.nan * d["y"]}, "No row"),
        (lambda d: d | {"method": "OLS"}, "REML"),
        (lambda d: d | {"covariance": "toeplitz"}, "not known"),
        (lambda d: d | {"person": d["person"] + 0.5}, "integer"),
    ],
)
def test_invalid_input_says_what_to_do(change, words):
    with pytest.raises(ValueError, match=words):
        fit_repeated(**change(long_trial()))


def test_pair_never_seen_together():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(20), 2)
    occasion = np.column_stack([np.zeros(20, int), 1 + np.arange(20) % 2]).ravel()
    y, x = rng.normal(size=40), np.eye(3)[occasion]
    with pytest.raises(NotEstimableError, match="occasions 1 and 2 were never observed in the same person"):
        fit_repeated(y, x, person, occasion, 3)
    assert fit_repeated(y, x, person, occasion, 3, covariance="compound_symmetry").converged
