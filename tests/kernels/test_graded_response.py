"""The graded response model against mirt, numerical derivatives and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels import graded_groups
from forwhom.kernels import graded_likelihood as kernel
from forwhom.kernels.graded_response import graded_response


def standard_job() -> np.ndarray:
    """14 items of five categories, 2,000 persons: the generator whose mirt values are below."""
    rng = np.random.default_rng(20261101)
    n, items, categories = 2000, 14, 5
    trait = rng.standard_normal(n)
    slope = rng.uniform(0.8, 2.4, items)
    location = np.sort(rng.uniform(-2.0, 2.0, (items, categories - 1)), 1) + np.arange(categories - 1) * 0.15
    above = 1 / (1 + np.exp(-slope[None, :, None] * (trait[:, None, None] - location[None])))
    return (rng.random((n, items))[:, :, None] < above).sum(2)


def small(seed: int = 1, n: int = 300, items: int = 5, missing: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    trait = rng.standard_normal(n)
    latent = 1.3 * trait[:, None] + rng.logistic(size=(n, items))
    y = (latent[:, :, None] > np.array([-1.0, 0.2, 1.5])).sum(axis=2).astype(float)
    y[:, 0] = np.minimum(y[:, 0], 2)
    y[rng.random(y.shape) < missing] = np.nan
    return y


def test_log_likelihood_and_slopes_are_mirts() -> None:
    # mirt 1.45.1, graded, SE = TRUE, TOL = 1e-6: its EM search ends within 1e-5 of the slopes.
    fit = graded_response(standard_job())
    assert fit.converged
    assert fit.loglik == pytest.approx(-34257.26333, abs=1e-5)
    np.testing.assert_allclose(fit.slope[:3], [1.559050451, 0.8921388857, 1.001974288], atol=3e-5)
    np.testing.assert_allclose(fit.location[0, :3], [-1.751251308, -1.225860312, 1.498172925], atol=6e-5)


def test_derivatives_are_those_of_the_likelihood() -> None:
    answers = kernel.condense(small())
    layout = kernel.Layout(answers.categories)
    node, prior = kernel.quadrature()
    theta = graded_groups._starts([answers], layout) * 1.1
    point = kernel.evaluate(theta, answers, layout, node, prior)
    assert point is not None
    info = kernel.observed_information(point, answers, layout, node)
    for i in range(theta.size):
        e = np.zeros(theta.size)
        e[i] = 1e-5
        up = kernel.evaluate(theta + e, answers, layout, node, prior)
        down = kernel.evaluate(theta - e, answers, layout, node, prior)
        assert up is not None
        assert down is not None
        assert point.gradient[i] == pytest.approx((up.loglik - down.loglik) / 2e-5, rel=1e-5, abs=1e-5)
        np.testing.assert_allclose(info[:, i], -(up.gradient - down.gradient) / 2e-5, rtol=1e-5, atol=1e-4)


def test_scores_follow_the_trait_and_their_errors_are_honest() -> None:
    rng = np.random.default_rng(5)
    trait = rng.standard_normal(800)
    latent = 1.8 * trait[:, None] + rng.logistic(size=(800, 12))
    fit = graded_response((latent[:, :, None] > np.array([-1.0, 1.0])).sum(axis=2))
    inside = np.abs(fit.trait - trait) < 1.96 * fit.trait_se
    assert 0.93 < inside.mean() < 0.97
    assert fit.reliability == pytest.approx(np.corrcoef(fit.trait, trait)[0, 1] ** 2, abs=0.03)


def test_unused_categories_close_up_and_nobody_without_answers_counts() -> None:
    y = small()
    wide = np.vstack([np.where(y == 3, 7, y), np.full(5, np.nan)])
    one, other = graded_response(y), graded_response(wide)
    np.testing.assert_allclose(one.slope, other.slope, atol=1e-6)
    assert np.isnan(other.trait[-1])
    assert other.n == 300


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (np.zeros((5, 3)), "categories in use"),
        (np.random.default_rng(1).random((20, 4)), "whole numbers"),
        (np.zeros((5, 2)), "three items"),
    ],
)
def test_what_cannot_be_scaled_is_refused(y: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        graded_response(y)
