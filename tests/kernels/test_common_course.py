"""The average course of groups beside what is each person's own."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.common_course import without_common_course


def _rows(n: int, sessions: int, seed: int, missed: float) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    person, t = (each.ravel() for each in np.indices((n, sessions)))
    kept = rng.random(person.size) >= missed
    return rng, person[kept], t[kept]


def test_courses_and_lines_are_told_apart_exactly_where_nothing_else_moves() -> None:
    rng, person, t = _rows(40, 12, 1, 0.3)
    arm = person % 2
    own = rng.normal(size=40)[person] + rng.normal(size=40)[person] * t
    course = np.where(arm == 1, np.sqrt(t + 1.0), np.sin(t))
    left = without_common_course(own + course, t, arm, person, degree=1)
    for each in range(40):
        mine = person == each
        line = np.polyval(np.polyfit(t[mine], left[mine], 1), t[mine])
        assert left[mine] == pytest.approx(line, abs=1e-4)


def test_it_is_least_squares_on_dummies() -> None:
    rng, person, t = _rows(30, 8, 2, 0.2)
    value = rng.normal(size=person.size)
    arm = np.zeros_like(person)
    left = without_common_course(value, t, arm, person)
    design = np.column_stack([person[:, None] == np.arange(30), t[:, None] == np.arange(8)]).astype(float)
    rest = value - design @ np.linalg.lstsq(design, value, rcond=None)[0]
    mine = left - (np.bincount(person, left) / np.bincount(person))[person]
    assert mine == pytest.approx(rest, abs=1e-5)


def test_who_came_does_not_move_it_as_it_moves_plain_averages() -> None:
    rng, person, t = _rows(30, 20, 3, 0.4)
    value = 10 * rng.normal(size=30)[person]
    left = without_common_course(value, t, 0 * person, person)
    plain = value - (np.bincount(t, value) / np.bincount(t))[t]

    def moves(of: np.ndarray) -> float:
        return float((of - (np.bincount(person, of) / np.bincount(person))[person]).std())

    assert moves(left) < 1e-4
    assert moves(plain) > 0.5


def test_occasions_of_few_share_a_course_and_columns_do_not_mix() -> None:
    rng, person, t = _rows(12, 6, 4, 0.0)
    rare = (t < 5) | (person < 2)
    person, t = person[rare], t[rare]
    z = rng.normal(size=(person.size, 2))
    both = without_common_course(z, t, 0 * person, person)
    alone = without_common_course(z[:, 1], t, 0 * person, person)
    assert both[:, 1] == pytest.approx(alone)
    last = (t == 5) & (person == 0)
    before = (t == 4) & (person == 0)
    assert (z - both)[last] == pytest.approx((z - both)[before])
