"""Lagged paths within persons: an oracle of the expectation, bias gone, properties, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.cross_lag import within_paths
from forwhom.kernels.lag_moments import expected, expected_two, stretches, weights

PHI = np.array([[0.4, 0.0], [0.2, 0.3]])


def _panel(n: int, sessions: int, phi: np.ndarray, seed: int, *, trend: float = 0.0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    w = np.zeros((n, 2))
    rows = np.empty((n, sessions, 2))
    level = rng.multivariate_normal([0, 0], [[2, 1.6], [1.6, 2]], size=n)
    slope = rng.normal(size=(n, 1)) * np.array([trend, -trend])
    for t in range(-30, sessions):
        w = w @ phi.T + rng.normal(size=(n, 2))
        if t >= 0:
            rows[:, t] = w + level + slope * t
    i, t = np.indices((n, sessions))
    return i.ravel(), t.ravel(), rows[..., 0].ravel(), rows[..., 1].ravel()


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("at", [np.arange(6), np.array([0, 1, 2, 5, 6, 7, 8])])
def test_the_expectation_is_that_of_the_long_way(at: np.ndarray, degree: int) -> None:
    """Against covariances of every lag and lead written out."""
    keep, same, ahead = weights(at, 11, degree=degree)
    gamma = np.array([[2.0, 0.5], [0.5, 1.0]])

    def covariance(s: int, t: int) -> np.ndarray:
        power = np.linalg.matrix_power(PHI, abs(s - t)) @ gamma
        return power if s >= t else power.T

    xx = sum(keep[i, j] * covariance(at[i], at[j]) for i in range(at.size) for j in range(at.size))
    yx = sum(keep[i, j] * covariance(at[i] + 1, at[j]) for i in range(at.size) for j in range(at.size))
    made = expected(PHI[None], gamma[None], same[None], ahead[None])[0]
    assert made[:3] == pytest.approx([xx[0, 0], xx[0, 1], xx[1, 1]])
    assert made[3:] == pytest.approx(yx.ravel())
    keep, _, ahead = weights(at, 11, degree=degree, on=2)
    two = sum(keep[i, j] * covariance(at[i] + 2, at[j]) for i in range(at.size) for j in range(at.size))
    assert expected_two(PHI[None], gamma[None], ahead[None])[0] == pytest.approx(np.diag(two))


@pytest.mark.parametrize("degree", [0, 1])
def test_few_sessions_do_not_bias_the_paths(degree: int) -> None:
    made = within_paths(*_panel(3000, 8, PHI, 1), degree=degree, draws=2, rng=np.random.default_rng(1))
    assert made.solved
    assert made.phi == pytest.approx(PHI, abs=0.05)
    assert made.uncorrected[0, 0] < 0.25


def test_a_correlation_between_persons_is_no_path_within() -> None:
    made = within_paths(*_panel(400, 12, np.diag([0.3, 0.3]), 2), draws=200, rng=np.random.default_rng(1))
    low, high = np.quantile(made.draws, [0.005, 0.995], axis=0)
    assert low[1, 0] < 0 < high[1, 0]
    assert low[0, 1] < 0 < high[0, 1]


def test_trends_that_go_together_are_taken_out_where_asked() -> None:
    rows = _panel(1500, 14, np.diag([0.3, 0.3]), 3, trend=0.2)
    plain, without = (within_paths(*rows, degree=degree, draws=50, rng=np.random.default_rng(1)) for degree in (0, 1))
    assert not plain.solved or abs(plain.phi[1, 0]) > 0.03
    assert without.phi == pytest.approx(np.diag([0.3, 0.3]), abs=0.06)


def test_order_of_rows_units_and_scale_do_not_matter() -> None:
    person, session, a, b = _panel(80, 9, PHI, 4)
    one = within_paths(person, session, a, b, draws=5, rng=np.random.default_rng(1))
    mix = np.random.default_rng(2).permutation(person.size)
    other = within_paths(person[mix], session[mix] + 3, 10 * a[mix] + 7, b[mix], draws=5, rng=np.random.default_rng(1))
    assert other.standard == pytest.approx(one.standard, abs=1e-6)
    assert other.phi[1, 0] == pytest.approx(one.phi[1, 0] / 10, abs=1e-6)


def test_missed_sessions_break_the_chain_only_there() -> None:
    person, session, a, b = _panel(2500, 10, PHI, 5)
    seen = np.random.default_rng(1).random(person.size) > 0.2
    made = within_paths(person[seen], session[seen], a[seen], b[seen], draws=2, rng=np.random.default_rng(1))
    assert made.phi == pytest.approx(PHI, abs=0.06)


def test_therapists_are_resampled_whole() -> None:
    person, session, a, b = _panel(90, 9, PHI, 6)
    made = within_paths(person, session, a, b, unit=person // 15, draws=20, rng=np.random.default_rng(1))
    assert made.units == 6
    assert made.people == 90


def test_nothing_to_go_by_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="pairs of neighbouring occasions"):
        within_paths([0, 0, 1, 1], [0, 1, 0, 1], [1.0, 2, 3, 4], [1.0, 2, 2, 1], rng=np.random.default_rng(1))


def test_scores_without_a_stationary_course_have_no_paths() -> None:
    rng = np.random.default_rng(1)
    i, t = np.indices((60, 10))
    grow = (rng.normal(size=(60, 1)) * np.arange(10)).ravel()
    made = within_paths(i.ravel(), t.ravel(), grow, 2 * grow + 0.01 * rng.normal(size=600), draws=5, rng=rng)
    assert not made.solved
    assert np.isnan(made.phi).all()


def _bent(n: int, sessions: int, seed: int, *, missed: float = 0.0) -> tuple[np.ndarray, ...]:
    """Own parabolas that go together, and a course of everybody."""
    person, t, a, b = _panel(n, sessions, PHI, seed)
    rng = np.random.default_rng(seed + 1)
    u = 2 * t / (sessions - 1) - 1
    own = sum(rng.normal(size=n)[person] * shape for shape in (u, 1.5 * u**2))
    kept = rng.random(person.size) >= missed
    common = 2 * np.sqrt(t)
    return person[kept], t[kept], (a + own + common)[kept], (b - own - common)[kept]


def test_stretches_share_their_borders_and_lose_no_pair() -> None:
    assert stretches(np.arange(78), 16) == [(0, 20), (19, 39), (38, 58), (57, 78)]
    assert stretches(np.arange(16), 16) == [(0, 16)]
    assert stretches(np.arange(50), None) == [(0, 50)]
    made = within_paths(*_panel(20, 50, PHI, 1), degree=2, stretch=16, draws=0, rng=np.random.default_rng(1))
    assert made.pairs == 20 * 49
    gap = np.array([0, 1, 2, 3, 40, 41, 42, 43])
    assert [b - a for a, b in stretches(gap, 16)] == [4, 4]


@pytest.mark.parametrize(("sessions", "stretch"), [(20, None), (50, 16)])
def test_bent_courses_are_taken_out_by_parabolas_and_not_by_means(sessions: int, stretch: int | None) -> None:
    rows = _bent(800, sessions, 7, missed=0.2)
    arm = np.zeros(rows[0].size, dtype=int)
    curved, plain = (
        within_paths(*rows, degree=degree, stretch=stretch, common=arm, draws=60, rng=np.random.default_rng(1))
        for degree, stretch in ((2, stretch), (0, None))
    )
    assert curved.phi == pytest.approx(PHI, abs=0.05)
    assert abs(plain.phi[1, 0] - PHI[1, 0]) > 0.08
    assert (np.quantile(plain.further_draws, 0.025, axis=0) > 0).all()
    assert (np.quantile(curved.further_draws, 0.005, axis=0) < 0).all()


def test_error_of_measurement_draws_paths_to_zero_and_hangs_together_over_two_occasions() -> None:
    phi = np.array([[0.6, 0.0], [0.3, 0.6]])
    person, t, a, b = _panel(1500, 20, phi, 8)
    rng = np.random.default_rng(1)
    made = within_paths(
        person, t, a + rng.normal(size=a.size), b + rng.normal(size=a.size), draws=60, rng=np.random.default_rng(1)
    )
    assert made.phi[0, 0] < 0.5
    assert (np.quantile(made.further_draws, 0.025, axis=0) > 0).all()


def test_further_is_none_of_a_right_model_and_absent_where_three_in_a_row_are() -> None:
    made = within_paths(*_panel(2000, 12, PHI, 9), draws=60, rng=np.random.default_rng(1))
    assert (np.abs(made.further) < 3 * made.further_draws.std(axis=0) + 0.005).all()
    person, t, a, b = _panel(300, 15, PHI, 9)
    pairs = t % 3 != 2
    assert np.isnan(
        within_paths(person[pairs], t[pairs], a[pairs], b[pairs], draws=5, rng=np.random.default_rng(1)).further
    ).all()


def test_a_degree_or_stretch_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="stretch 3 or more"):
        within_paths(*_panel(20, 9, PHI, 1), stretch=2, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="5 pairs"):
        within_paths(*_panel(20, 5, PHI, 1), degree=2, rng=np.random.default_rng(1))
