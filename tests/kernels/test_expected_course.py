"""Conditional courses against the textbook formula written out, and quantiles against their promise."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.expected_course import expected_course, tail_quantile


def conditional(mean: np.ndarray, cov: np.ndarray, y: np.ndarray, known: list[int], at: int) -> tuple[float, float]:
    """Mean and standard deviation of one position given others: mu + C K^-1 (y - mu)."""
    inside = cov[np.ix_(known, known)]
    weights = np.linalg.solve(inside, cov[known, at])
    value = mean[at] + weights @ (y[known] - mean[known])
    return float(value), float(np.sqrt(cov[at, at] - weights @ cov[known, at]))


def people(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, m, m))
    cov = root @ root.transpose(0, 2, 1) + 0.5 * np.eye(m)
    mean = rng.normal(size=(n, m))
    y = mean + rng.normal(size=(n, m))
    y[:, 1:][rng.random((n, m - 1)) < 0.4] = np.nan
    return mean, cov, y


def test_every_expectation_is_the_textbook_formula() -> None:
    mean, cov, y = people(1, 12, 6)
    made = expected_course(mean, cov, y)
    for i in range(12):
        for j in range(1, 6):
            before = [k for k in range(j) if np.isfinite(y[i, k])]
            start = conditional(mean[i], cov[i], y[i], [0], j)
            then = conditional(mean[i], cov[i], y[i], before, j)
            assert (made.start_mean[i, j], made.start_sd[i, j]) == pytest.approx(start)
            assert (made.next_mean[i, j], made.next_sd[i, j]) == pytest.approx(then)
        for j in range(5):
            known = [k for k in range(j + 1) if np.isfinite(y[i, k])]
            assert (made.last_mean[i, j], made.last_sd[i, j]) == pytest.approx(
                conditional(mean[i], cov[i], y[i], known, 5)
            )


def test_later_scores_never_enter_what_was_expected_before() -> None:
    mean, cov, y = people(2, 5, 5)
    y[:, 3] = 0.0
    changed = y.copy()
    changed[:, 3] = 50.0
    one, two = expected_course(mean, cov, y), expected_course(mean, cov, changed)
    np.testing.assert_array_equal(one.start_mean, two.start_mean)
    np.testing.assert_array_equal(one.next_mean[:, 1:4], two.next_mean[:, 1:4])
    assert not np.allclose(one.next_mean[:, 4], two.next_mean[:, 4])


def test_many_people_are_worked_on_in_parts_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    mean, cov, y = people(3, 30, 4)
    whole = expected_course(mean, cov, y)
    monkeypatch.setattr("forwhom.kernels.expected_course._AT_ONCE", 50)
    np.testing.assert_array_equal(expected_course(mean, cov, y).next_sd, whole.next_sd)


def test_a_position_that_repeats_a_known_one_is_certain() -> None:
    cov = np.array([[4.0, 2.0, 2.0], [2.0, 5.0, 5.0], [2.0, 5.0, 5.0]])
    made = expected_course([[0.0, 0.0, 0.0]], [cov], [[1.0, 3.0, np.nan]])
    assert made.last_mean[0, 1] == pytest.approx(3.0)
    assert made.last_sd[0, 1] == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("mean", "cov", "y", "says"),
    [
        ([[0.0, 0.0]], [[[1.0]]], [[0.0, 0.0]], "shape"),
        ([[0.0]], [[[1.0]]], [[np.nan]], "start is absent"),
        ([[0.0]], [[[0.0]]], [[1.0]], "positive"),
        ([[np.inf]], [[[1.0]]], [[1.0]], "finite"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(mean: object, cov: object, y: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        expected_course(mean, cov, y)


def test_quantiles_of_residuals_hold_their_share_in_finite_samples() -> None:
    # The (n + 1)-rule is exact on average over samples: with 19 exchangeable others, 0.9 is the 18th of 20 places.
    rng = np.random.default_rng(4)
    inside = [rng.exponential() <= tail_quantile(rng.exponential(size=19), 0.9, enough=5, df=3) for _ in range(20000)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.008)
    inside = [rng.exponential() >= tail_quantile(rng.exponential(size=19), 0.1, enough=5, df=3) for _ in range(20000)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.008)


def test_quantiles_mirror_and_fall_back() -> None:
    z = np.random.default_rng(5).normal(size=201)
    assert tail_quantile(z, 0.9, enough=10, df=5) == -tail_quantile(-z, 0.1, enough=10, df=5)
    assert tail_quantile(z, 0.9, enough=500, df=1e9) == pytest.approx(1.281552 * np.sqrt((z**2).mean()))
    assert tail_quantile([], 0.9, enough=1, df=1e9) == pytest.approx(1.281552)
    assert tail_quantile(np.r_[z, np.nan], 0.9, enough=10, df=5) == tail_quantile(z, 0.9, enough=10, df=5)
    with pytest.raises(ValueError, match="share"):
        tail_quantile(z, 1.0, enough=10, df=5)
    with pytest.raises(ValueError, match="df"):
        tail_quantile([], 0.5, enough=10, df=0)
