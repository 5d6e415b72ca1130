"""Neighbours against a sort written out, and their boundary against the t interval of a further observation."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.neighbours import nearest_neighbours, neighbour_boundary


def test_neighbours_are_those_of_a_sort_written_out() -> None:
    rng = np.random.default_rng(1)
    others, points = rng.normal(size=(40, 3)) * [1, 10, 100], rng.normal(size=(6, 3)) * [1, 10, 100]
    sd = others.std(axis=0, ddof=1)
    found = nearest_neighbours(points, others, 5)
    for i in range(6):
        by_hand = sorted(range(40), key=lambda k: sum(((points[i] - others[k]) / sd) ** 2))[:5]
        assert found[i].tolist() == by_hand


def test_units_and_dimensions_without_spread_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    others, points = rng.normal(size=(20, 2)), rng.normal(size=(3, 2))
    plain = nearest_neighbours(points, others, 4)
    stretched = nearest_neighbours(points * [7, 0.1] + 3, others * [7, 0.1] + 3, 4)
    np.testing.assert_array_equal(plain, stretched)
    constant = nearest_neighbours(np.c_[points, np.full(3, 9.0)], np.c_[others, np.full(20, 5.0)], 4)
    np.testing.assert_array_equal(plain, constant)


def test_an_absent_dimension_counts_as_the_mean() -> None:
    others = np.array([[0.0, 0.0], [0.0, 4.0], [1.0, 2.0]])
    absent = nearest_neighbours([[0.0, np.nan]], others, 3)
    np.testing.assert_array_equal(absent, nearest_neighbours([[0.0, 2.0]], others, 3))


def test_boundary_is_the_limit_for_a_further_observation() -> None:
    y = np.array([12.0, 15.0, 9.0, 20.0, 14.0])
    made = neighbour_boundary(y[None, :, None], 0.9, least=5)
    # t with 4 degrees of freedom at 0.9 is 1.5332 (tables).
    assert made.limit[0, 0] == pytest.approx(y.mean() + 1.533206 * y.std(ddof=1) * np.sqrt(1.2), rel=1e-6)
    lower = neighbour_boundary(-y[None, :, None], 0.1, least=5)
    assert lower.limit[0, 0] == pytest.approx(-made.limit[0, 0])


def test_too_few_neighbours_give_no_boundary() -> None:
    y = np.array([[[1.0, 1.0], [2.0, np.nan], [3.0, 4.0]]])
    made = neighbour_boundary(y, 0.9, least=3)
    assert np.isfinite(made.limit[0, 0])
    assert np.isnan(made.limit[0, 1])
    assert np.isnan(made.mean[0, 1])
    assert made.count.tolist() == [[3, 2]]


def test_bad_input_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        nearest_neighbours([[1.0]], [[1.0, 2.0]], 1)
    with pytest.raises(ValueError, match="k is 3"):
        nearest_neighbours([[1.0]], [[1.0], [2.0]], 3)
    with pytest.raises(ValueError, match="least"):
        neighbour_boundary(np.ones((1, 3, 1)), 0.9, least=1)
    with pytest.raises(ValueError, match="shape"):
        neighbour_boundary(np.ones((3, 1)), 0.9, least=2)
