"""The mixed model for repeated measures against a slow dense version, coinciding special cases and properties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from forwhom.kernels.covariance_structures import COVARIANCES, structure
from forwhom.kernels.repeated import NotEstimableError, fit_repeated
from forwhom.kernels.repeated_df import kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f
from forwhom.kernels.repeated_likelihood import differentiate, evaluate
from hypothesis import given, settings
from hypothesis import strategies as st


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


class Dense:
    """Everything by N x N matrices straight from the definitions."""

    def __init__(self, data: Trial, name, parameters, groups, clusters, reml=True):
        self.data, self.reml = data, reml
        shape = structure(name, data.m)
        g = data.group if groups else np.zeros_like(data.group)
        n_groups = g.max() + 1
        theta = parameters[: len(parameters) - clusters].reshape(n_groups, -1)
        r, n = theta.shape[1], data.y.size
        same = data.person[:, None] == data.person
        pick = np.ix_(data.occasion, data.occasion)
        shared = (data.cluster[:, None] == data.cluster) & (data.cluster >= 0)[:, None]
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
            self.first.append(shared.astype(float))
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
@pytest.mark.parametrize("clusters", [False, True])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_dense(name, groups, clusters, method):
    data = trial(3, n=60, clusters=8)
    fit = fit_repeated(
        data.y, data.x, data.person, data.occasion, data.m, covariance=name, method=method,
        group=data.group if groups else None, cluster=data.cluster if clusters else None,
    )  # fmt: skip
    assert fit.converged, fit.message
    assert fit.gradient_norm < 1e-7
    # Away from the optimum the gradient is not 0 and the profile over beta is put to the test.
    shape = structure(name, data.m)
    away = fit.theta * 1.07
    dense = Dense(data, name, away, groups, clusters, method == "REML")
    point = evaluate(fit.data, shape, away, method)
    derivatives = differentiate(fit.data, shape, point, method)
    assert point.deviance == pytest.approx(dense.deviance(), rel=1e-11)
    np.testing.assert_allclose(point.beta / fit.data.scale + fit.data.shift, dense.beta, rtol=1e-9)
    np.testing.assert_allclose(derivatives.gradient, dense.gradient(), rtol=1e-8, atol=1e-9)
    hessian, expected = dense.information()
    np.testing.assert_allclose(derivatives.hessian, hessian, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(derivatives.expected, expected, rtol=1e-8, atol=1e-8)

    at = Dense(data, name, fit.theta, groups, clusters, method == "REML")
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
