"""Structural equation models against numerical derivatives, coinciding special cases and lavaan."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.sem.fit import fit_sem, saturated_model
from forwhom.kernels.sem.optimise import Group, evaluate, expected_hessian, hessian
from forwhom.kernels.sem.patterns import patterns
from forwhom.kernels.sem.ram import Cells, Ram
from forwhom.kernels.sem.saturated import independent_deviance, saturated

NONE = Cells.of([], [], [])


def growth_data(n: int = 1000) -> np.ndarray:
    """Five waves of a growing score, a fifth of it missing; the generator whose lavaan values are below."""
    rng = np.random.default_rng(20260301)
    root = np.linalg.cholesky([[4.0, -0.3], [-0.3, 0.25]])
    u = rng.standard_normal((n, 2)) @ root.T
    y = 10 + u[:, [0]] + (-0.6 + u[:, [1]]) * np.arange(5) + np.sqrt(1.5) * rng.standard_normal((n, 5))
    y[rng.random(y.shape) < 0.2] = np.nan
    return y


def growth_model() -> Ram:
    """Latent growth: residual variances 0 to 4, variances and covariance of level and slope 5 to 7, means 8 and 9."""
    paths = np.zeros((7, 7))
    paths[:5, 5], paths[:5, 6] = 1.0, np.arange(5)
    cells = Cells.of([0, 1, 2, 3, 4, 5, 6, 6], [0, 1, 2, 3, 4, 5, 6, 5], list(range(8)))
    return Ram(paths, np.zeros((7, 7)), np.zeros(7), NONE, cells, Cells.of([5, 6], [0, 0], [8, 9]), 5)


def path_model() -> Ram:
    """Two factors, one explaining the other, with a reciprocal-free mixture of every kind of cell."""
    paths = np.zeros((8, 8))
    paths[0, 6] = paths[3, 7] = 1.0
    free = Cells.of([1, 2, 4, 5, 7], [6, 6, 7, 7, 6], [0, 1, 2, 3, 4])
    covariances = Cells.of([0, 1, 2, 3, 4, 5, 6, 7, 4], [0, 1, 2, 3, 4, 5, 6, 7, 1], [5, 5, 6, 7, 8, 9, 10, 11, 12])
    return Ram(
        paths,
        np.zeros((8, 8)),
        np.zeros(8),
        free,
        covariances,
        Cells.of(list(range(6)), [0] * 6, list(range(13, 19))),
        6,
    )


PATH_THETA = np.array([0.8, 1.2, 0.9, 1.1, 0.5, 1, 0.9, 1.1, 1, 0.8, 1.3, 0.7, 0.2, *np.linspace(-0.2, 0.3, 6)])


def path_data(seed: int = 3, n: int = 150) -> np.ndarray:
    rng = np.random.default_rng(seed)
    f = rng.standard_normal(n)
    g = 0.5 * f + rng.standard_normal(n)
    y = np.column_stack([f, f, f, g, g, g]) + rng.standard_normal((n, 6))
    y[rng.random(y.shape) < 0.25] = np.nan
    return y


def test_derivatives_are_those_of_the_likelihood() -> None:
    group = Group(path_model(), patterns(path_data()))
    point = evaluate([group], PATH_THETA)
    assert point is not None
    step = 1e-6
    for i in range(PATH_THETA.size):
        e = np.zeros(PATH_THETA.size)
        e[i] = step
        up, down = evaluate([group], PATH_THETA + e), evaluate([group], PATH_THETA - e)
        assert up is not None
        assert down is not None
        assert point.gradient[i] == pytest.approx((up.deviance - down.deviance) / (2 * step), rel=1e-5, abs=1e-4)
        curve = (up.gradient - down.gradient) / (2 * step)
        np.testing.assert_allclose(hessian([group], point)[:, i], curve, rtol=1e-5, atol=1e-3)


def test_expected_information_is_what_the_observed_one_tends_to() -> None:
    theta = np.array([1.5, 1.5, 1.5, 1.5, 1.5, 4, 0.25, -0.3, 10, -0.6])
    rng = np.random.default_rng(1)
    n = 100_000
    u = rng.multivariate_normal([10, -0.6], [[4, -0.3], [-0.3, 0.25]], n)
    y = u[:, [0]] + u[:, [1]] * np.arange(5) + np.sqrt(1.5) * rng.standard_normal((n, 5))
    y[: n // 3, 3:] = np.nan
    group = Group(growth_model(), patterns(y))
    point = evaluate([group], theta)
    assert point is not None
    np.testing.assert_allclose(np.diag(hessian([group], point)), np.diag(expected_hessian([group], point)), rtol=0.05)


def test_latent_growth_is_lavaans() -> None:
    # lavaan 0.6.20: growth(…, missing = "ML"); robust values from estimator = "MLR" in 0.6.14.
    fit = fit_sem([growth_model()], [growth_data()], [1, 1, 1, 1, 1, 0.5, 0.5, 0, 9, 0], robust=True)
    assert fit.converged
    assert fit.loglik == pytest.approx(-8147.934159, abs=1e-6)
    assert (fit.chisq, fit.df) == (pytest.approx(8.683342232, abs=1e-6), 10)
    assert fit.baseline_chisq == pytest.approx(2084.91708205, abs=1e-6)
    estimates = [1.484693831, 1.503406258, 1.590269083, 1.586384751, 1.326484114, 3.665773067, 0.2875601398]
    np.testing.assert_allclose(fit.theta[:7], estimates, atol=3e-6)
    errors = [0.1502733405, 0.1063156821, 0.1032834957, 0.117207743, 0.1553479595, 0.2285143573, 0.0240366219]
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance))[:7], errors, rtol=1e-5)
    assert fit.scaling == pytest.approx(0.998215511815, abs=1e-5)
    assert fit.baseline_scaling == pytest.approx(1.03123909951, abs=1e-5)


def test_saturated_moments_settle_and_coincide_with_the_plain_ones() -> None:
    y = path_data()
    found = saturated(patterns(y))
    assert np.abs(found.moments.q).max() < 1e-3
    assert np.abs(found.moments.r).max() < 1e-3
    whole = np.nan_to_num(y)
    plain = saturated(patterns(whole))
    np.testing.assert_allclose(plain.sigma, np.cov(whole, rowvar=False, bias=True))
    model = saturated_model(6)
    row, column = np.tril_indices(6)
    start = np.concatenate([found.sigma[row, column], found.mu])
    again = fit_sem([model], [y], start)
    assert again.chisq == pytest.approx(0.0, abs=1e-6)
    assert again.df == 0


def test_baseline_is_the_product_of_univariate_likelihoods() -> None:
    y = path_data()
    expected = 0.0
    for column in y.T:
        x = column[np.isfinite(column)]
        expected += x.size * (np.log(2 * np.pi * x.var()) + 1)
    assert independent_deviance(patterns(y)) == pytest.approx(expected)


def test_order_of_persons_and_rows_without_values_do_not_matter() -> None:
    y = path_data()
    one = fit_sem([path_model()], [y], PATH_THETA)
    other = fit_sem([path_model()], [np.vstack([np.full(6, np.nan), y[::-1]])], PATH_THETA)
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-6)
    assert other.n == one.n


def test_two_equal_groups_are_one() -> None:
    y = path_data()
    one = fit_sem([path_model()], [np.vstack([y, y])], PATH_THETA)
    two = fit_sem([path_model(), path_model()], [y, y], PATH_THETA)
    np.testing.assert_allclose(one.theta, two.theta, atol=1e-6)
    assert one.loglik == pytest.approx(two.loglik)


def test_a_model_that_is_not_identified_is_told() -> None:
    model = path_model()
    free = Cells.of([*model.free_paths.row, 0], [*model.free_paths.column, 6], [*model.free_paths.parameter, 19])
    paths = model.paths.copy()
    paths[0, 6] = 0
    loose = Ram(paths, model.covariances, model.means, free, model.free_covariances, model.free_means, 6)
    fit = fit_sem([loose], [path_data()], [*PATH_THETA, 1.0])
    assert not fit.converged
    assert "identified" in fit.message


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (np.full((5, 6), np.inf), "infinite"),
        (np.full((5, 6), np.nan), "fewer than two"),
        (np.column_stack([path_data()[:, :5], np.ones(150)]), "variance"),
    ],
)
def test_data_that_cannot_be_used_are_refused(y: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fit_sem([path_model()], [y], PATH_THETA)
