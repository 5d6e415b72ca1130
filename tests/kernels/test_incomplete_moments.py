"""Moments of incomplete data: against the saturated model of structural equations, and draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.incomplete_moments import coefficients, drawn_moments, incomplete, sample_moments
from forwhom.kernels.sem.patterns import patterns
from forwhom.kernels.sem.saturated import saturated


def _data(n: int = 80, p: int = 4, share: float = 0.2, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + 5
    y[:, 1:][rng.random((n, p - 1)) < share] = np.nan
    return y


def test_they_are_those_of_the_saturated_model() -> None:
    y = _data()
    made = sample_moments(incomplete(y)).products[0]
    other = saturated(patterns(y))
    mean = made[0, 1:]
    assert mean == pytest.approx(other.mu, abs=1e-6)
    assert made[1:, 1:] - np.outer(mean, mean) == pytest.approx(other.sigma, abs=1e-5)


def test_complete_data_need_no_search() -> None:
    y = _data(share=0.0)
    made = sample_moments(incomplete(y))
    wide = np.column_stack([np.ones(len(y)), y])
    assert made.iterations == 0
    assert made.products[0] == pytest.approx(wide.T @ wide / len(y))


def test_a_draw_is_the_sample_of_its_rows() -> None:
    y = _data()
    rng = np.random.default_rng(1)
    counts = rng.multinomial(len(y), np.full(len(y), 1 / len(y)), size=3)
    of = incomplete(y)
    drawn = drawn_moments(of, counts, start=sample_moments(of))
    for k in range(3):
        alone = sample_moments(incomplete(np.repeat(y, counts[k], axis=0))).products[0]
        assert drawn.products[k] == pytest.approx(alone, rel=5e-3, abs=5e-3)


def test_coefficients_are_least_squares() -> None:
    y = _data(share=0.0)
    made, left = coefficients(sample_moments(incomplete(y)).products, 4, [0, 1, 2, 3])
    x = np.column_stack([np.ones(len(y)), y[:, :3]])
    beta, rest, *_ = np.linalg.lstsq(x, y[:, 3], rcond=None)
    assert made[0] == pytest.approx(beta)
    assert left[0] == pytest.approx(rest[0] / len(y))


def test_a_function_of_others_has_no_solution() -> None:
    y = _data(share=0.0)
    y[:, 3] = y[:, 0] - 2 * y[:, 1]
    assert not sample_moments(incomplete(y)).good[0]


@pytest.mark.parametrize(
    ("y", "word"),
    [
        ([[1.0, 2.0], [np.nan, np.nan]], "at least one value"),
        ([[1.0, 2.0], [1.0, 3.0]], "variable 1 is the same"),
        ([[1.0, np.nan], [2.0, np.nan], [np.nan, 1.0], [np.nan, 2.0]], "hardly ever seen together"),
    ],
)
def test_what_cannot_be_estimated_is_refused_in_words(y: list[list[float]], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        incomplete(y)
