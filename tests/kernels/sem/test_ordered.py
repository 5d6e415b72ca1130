"""Moments and derivatives of ordered answers: slow versions, special cases, properties."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from forwhom.kernels.polychoric import polychoric
from forwhom.kernels.sem.dwls import fit_dwls, shifted_difference
from forwhom.kernels.sem.missing_robust import complete_information
from forwhom.kernels.sem.mixed_pairs import continuous_pair, serial_pair
from forwhom.kernels.sem.ordered import Ordered, by_parameter, predicted
from forwhom.kernels.sem.ordered_moments import ordered_moments
from forwhom.kernels.sem.ram import Cells, Ram

NONE = Cells.of([], [], [])


def answers(n: int, p: int, cuts: list[float], seed: int = 0, loading: float = 0.7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = loading * rng.standard_normal((n, 1)) + np.sqrt(1 - loading**2) * rng.standard_normal((n, p))
    return np.digitize(y, cuts).astype(float)


def one_factor(p: int, categories: int, *, theta: bool = False) -> Ordered:
    covariances = np.zeros((p + 1, p + 1))
    covariances[p, p] = 1.0
    if theta:
        covariances[np.arange(p), np.arange(p)] = 1.0
    m = categories - 1
    ram = Ram(
        np.zeros((p + 1, p + 1)),
        covariances,
        np.zeros(p + 1),
        Cells.of(list(range(p)), [p] * p, list(range(p))),
        NONE,
        NONE,
        p,
    )
    free = Cells.of(list(range(p * m)), [0] * (p * m), list(range(p, p + p * m)))
    return Ordered(
        ram, np.ones(p, dtype=bool), np.repeat(np.arange(p), m), np.zeros(p * m), np.ones(p), free, NONE, theta
    )


def start(p: int, categories: int) -> np.ndarray:
    return np.concatenate([np.full(p, 0.5), np.tile(np.linspace(-0.5, 0.5, categories - 1), p)])


@pytest.mark.parametrize("theta", [False, True])
def test_derivatives_by_finite_differences(theta: bool) -> None:
    model, at, step = one_factor(4, 3, theta=theta), start(4, 3) + np.linspace(0, 0.3, 12), 1e-6
    exact = by_parameter(model, predicted(model, at), 12)
    for k in range(12):
        up, down = at.copy(), at.copy()
        up[k], down[k] = at[k] + step, at[k] - step
        slope = (predicted(model, up).values - predicted(model, down).values) / (2 * step)
        np.testing.assert_allclose(exact[:, k], slope, atol=1e-8)


def test_the_sampling_covariance_is_that_of_many_samples() -> None:
    found = [ordered_moments(answers(400, 3, [-0.4, 0.9], seed), np.ones(3, dtype=bool)) for seed in range(400)]
    spread = np.cov(np.array([each.statistics for each in found]).T) * 400
    told = np.mean([each.gamma for each in found], axis=0)
    np.testing.assert_allclose(np.diagonal(told), np.diagonal(spread), rtol=0.25)
    np.testing.assert_allclose(told, spread, atol=0.3)


def test_continuous_pairs_are_product_moment_correlations_with_the_textbook_error() -> None:
    rng = np.random.default_rng(2)
    y = rng.multivariate_normal([1, 2], [[4, 1.2], [1.2, 1]], size=4000)
    found = ordered_moments(y, np.zeros(2, dtype=bool))
    np.testing.assert_allclose(found.matrix, np.cov(y.T, bias=True), rtol=1e-10)
    s = found.matrix
    # Variance of a normal covariance: s11 s22 + s12^2.
    assert found.gamma[-1, -1] == pytest.approx(s[0, 0] * s[1, 1] + s[0, 1] ** 2, rel=0.1)


def test_a_polyserial_correlation_is_that_of_the_response_behind() -> None:
    rng = np.random.default_rng(4)
    z = rng.multivariate_normal([0, 0], [[1, -0.6], [-0.6, 1]], size=20000)
    tau = np.array([-0.5, 0.7])
    pair = serial_pair((z[:, 0] - z[:, 0].mean()) / z[:, 0].std(), 1.0, np.digitize(z[:, 1], tau), tau)
    assert pair.rho == pytest.approx(-0.6, abs=0.02)
    assert not pair.at_limit
    same = continuous_pair(z[:, 0], z[:, 0], 1.0, 1.0)
    assert same.at_limit


def test_what_is_missing_leaves_the_pairs_that_are_there() -> None:
    y = answers(500, 3, [0.0, 0.8], 5)
    y[:100, 0] = np.nan
    found = ordered_moments(y, np.ones(3, dtype=bool))
    assert found.incomplete
    np.testing.assert_allclose(found.matrix, polychoric(y, missing="pairwise", smooth=False).correlation)
    alone = polychoric(y[100:, [0, 1]]).thresholds[0]
    np.testing.assert_allclose(found.statistics[:2], alone, atol=1e-12)


def test_nested_models_have_a_difference_and_equal_ones_none() -> None:
    data = ordered_moments(answers(600, 4, [0.2], 6), np.ones(4, dtype=bool))
    wide = fit_dwls([one_factor(4, 2)], [data], start(4, 2))
    equal = one_factor(4, 2)
    shared = Ordered(
        Ram(*(equal.ram.paths, equal.ram.covariances, equal.ram.means), Cells.of([0, 1, 2, 3], [4] * 4, [0] * 4), NONE, NONE, 4),
        equal.ordered, equal.item, equal.thresholds, equal.scales, Cells.of([0, 1, 2, 3], [0] * 4, [1, 2, 3, 4]), NONE,
    )  # fmt: skip
    narrow = fit_dwls([shared], [data], np.array([0.6, 0.0, 0.0, 0.0, 0.0]))
    chisq, df = shifted_difference(narrow, wide)
    assert df == 3
    assert chisq is not None
    assert 0 <= chisq < 15
    assert shifted_difference(wide, wide) == (None, 0)


def test_robust_indices_need_free_thresholds_and_a_proper_matrix() -> None:
    data = ordered_moments(answers(600, 4, [0.2], 6), np.ones(4, dtype=bool))
    assert fit_dwls([one_factor(4, 2)], [data], start(4, 2)).robust is not None


def test_the_complete_information_is_that_of_the_normal_density() -> None:
    sigma = np.array([[2.0, 0.6], [0.6, 1.0]])
    rng = np.random.default_rng(9)
    y = rng.multivariate_normal([0, 0], sigma, size=200000)

    def loglik(cells: np.ndarray) -> np.ndarray:
        matrix = np.array([[cells[0], cells[1]], [cells[1], cells[2]]])
        return np.asarray(multivariate_normal(cells[3:], matrix).logpdf(y))

    at, step = np.array([2.0, 0.6, 1.0, 0.0, 0.0]), 1e-4
    scores = np.array([(loglik(at + step * e) - loglik(at - step * e)) / (2 * step) for e in np.eye(5)])
    np.testing.assert_allclose(complete_information(sigma), scores @ scores.T / len(y), atol=0.03)


def test_impossible_input_is_refused() -> None:
    same = answers(100, 3, [0.0], 1)
    same[:, 1] = same[:, 0]
    with pytest.raises(ValueError, match="runs to -1 or 1"):
        fit_dwls([one_factor(3, 2)], [ordered_moments(same, np.ones(3, dtype=bool))], start(3, 2))
    two = ordered_moments(answers(100, 2, [0.0], 1), np.ones(2, dtype=bool))
    with pytest.raises(ValueError, match="not identified"):
        fit_dwls([one_factor(2, 2)], [two], start(2, 2))
    with pytest.raises(ValueError, match="different answers"):
        ordered_moments(np.ones((10, 2)), np.ones(2, dtype=bool))
