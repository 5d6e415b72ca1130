"""Parts within and between persons: against regressions on deviations, known truth, and each other."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mediation.stacked import mediate_stacked
from forwhom.kernels.mediation.within import Parts, mediate_parts


def made(people: int = 60, rows: int = 8, seed: int = 1) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), rows)
    n = person.size
    levels = rng.normal(size=people)
    of_m = 0.8 * levels + 0.5 * rng.normal(size=people)
    of_y = -0.5 * of_m + 0.5 * rng.normal(size=people)
    xw = rng.normal(size=n)
    mw = 0.5 * xw + rng.normal(size=n)
    return person, levels[person] + xw, of_m[person] + mw, of_y[person] + 0.6 * mw + rng.normal(size=n)


def parts(*given: np.ndarray, **options: object) -> Parts:
    person, x, m, y = given
    return mediate_parts(x, m, y, person, **{"draws": 60, "rng": np.random.default_rng(1), **options})


def own(values: np.ndarray, person: np.ndarray) -> np.ndarray:
    return (np.bincount(person, values) / np.bincount(person))[person]


def test_the_part_within_is_the_regression_of_deviations() -> None:
    person, x, m, y = made()
    keep = np.random.default_rng(2).random(person.size) < 0.8
    person, x, m, y = (each[keep] for each in (person, x, m, y))
    found = parts(person, x, m, y)
    xw, mw, yw = (each - own(each, person) for each in (x, m, y))
    a = xw @ mw / (xw @ xw)
    c, b = np.linalg.lstsq(np.column_stack([xw, mw]), yw, rcond=None)[0]
    assert found.of("within_indirect")[0] == pytest.approx(a * b, rel=1e-9)
    assert found.of("within_direct")[0] == pytest.approx(c, rel=1e-8)
    assert found.slopes[0] == pytest.approx(np.array([[a, 0], [c, b]]), rel=1e-8)


def test_observed_means_are_weighted_regressions_of_means() -> None:
    person, x, m, y = made()
    found = parts(person, x, m, y)
    xb, mb, yb = (own(each, person) for each in (x, m, y))
    one = np.ones(len(x))
    a = np.linalg.lstsq(np.column_stack([one, xb]), mb, rcond=None)[0][1]
    b = np.linalg.lstsq(np.column_stack([one, xb, mb]), yb, rcond=None)[0][2]
    assert found.of("observed_between_indirect")[0] == pytest.approx(a * b, rel=1e-8)


def test_latent_means_find_the_truth_that_observed_means_miss() -> None:
    found = parts(*made(people=8000, rows=3), draws=2)
    assert found.of("between_indirect")[0] == pytest.approx(0.8 * -0.5, abs=0.03)
    assert found.of("within_indirect")[0] == pytest.approx(0.5 * 0.6, abs=0.01)
    assert found.of("observed_between_indirect")[0] > -0.3
    assert found.reliability[0] == pytest.approx(3 / 4, abs=0.02)


def test_an_arm_can_only_be_carried_between_persons() -> None:
    person, _, m, y = made()
    arm = (person % 2).astype(float)
    found = parts(person, arm, m + 0.5 * arm, y)
    assert np.isnan(found.of("within_indirect")).all()
    assert dict(found.reasons)["within"] == "There is no such effect: treatment does not vary within persons."
    assert np.isfinite(found.of("between_indirect")).all()


def test_treatments_randomised_within_persons_act_within_them_only() -> None:
    person, _, m, y = made()
    x = np.tile([0.0, 1.0], person.size // 2)
    found = parts(person, x, m + 0.5 * x, y)
    assert np.isfinite(found.of("within_indirect")).all()
    assert np.isnan(found.of("between_indirect")[0])
    assert "does not differ between persons" in dict(found.reasons)["between"]


def test_several_mediators_add_up_and_covariates_enter_the_parts_they_vary_in() -> None:
    person, x, m, y = made()
    time = np.tile(np.arange(8.0), 60)
    age = np.random.default_rng(3).normal(size=60)[person]
    two = np.column_stack([m, 0.3 * x + np.random.default_rng(4).normal(size=m.size)])
    found = parts(person, x, two, y, covariates=np.column_stack([time, age]))
    for part in ("within", "between"):
        single = [found.of(f"{part}_indirect_{j}")[0] for j in (1, 2)]
        assert sum(single) == pytest.approx(found.of(f"{part}_indirect")[0], rel=1e-9)
    xw, yw, tw = (each - own(each, person) for each in (x, y, time))
    total = np.linalg.lstsq(np.column_stack([xw, tw]), yw, rcond=None)[0][0]
    assert found.of("within_total")[0] == pytest.approx(total, rel=1e-8)


def test_draws_are_of_whole_persons() -> None:
    person, x, m, y = made(people=20)
    found = parts(person, x, m, y)
    chosen = np.random.default_rng(1).integers(0, 20, (60, 20))[5]
    rows = np.concatenate([np.flatnonzero(person == each) for each in chosen])
    again = parts(np.repeat(np.arange(20), 8), x[rows], m[rows], y[rows])
    assert found.draws[5] == pytest.approx(again.estimate, rel=1e-7, nan_ok=True)


def test_too_little_is_refused_all_at_once() -> None:
    with pytest.raises(ValueError, match=r"3 persons are too few.*constant"):
        mediate_parts(
            np.ones(30), np.arange(30.0), np.arange(30.0) ** 2, np.arange(30) % 3, rng=np.random.default_rng(1)
        )


def test_random_slopes_with_no_spread_are_fixed_slopes() -> None:
    person, x, m, y = made(people=30, rows=10)
    fixed = parts(person, x, m, y)
    found = mediate_stacked(x, m, y, person, direct_varies=False, draws=50, rng=np.random.default_rng(1))
    assert found.estimate[found.names.index("indirect_of_average")] == pytest.approx(
        fixed.of("within_indirect")[0], abs=0.02
    )
    assert abs(found.covariance) < 0.05


def test_the_covariance_of_the_slopes_is_found() -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(100), 10)
    slopes = rng.multivariate_normal([0.4, 0.4], [[0.25, 0.1], [0.1, 0.25]], 100)[person]
    level = rng.normal(size=(2, 100))[:, person]
    x = rng.normal(size=person.size)
    mw = slopes[:, 0] * x + rng.normal(size=person.size)
    y = slopes[:, 1] * mw + rng.normal(size=person.size) + level[1]
    found = mediate_stacked(x, mw + level[0], y, person, direct_varies=False, rng=rng)
    assert found.covariance == pytest.approx(0.1, abs=3 * found.covariance_se)
    assert 0.01 < found.covariance_se < 0.06
    assert found.low[2] < 0.16 + 0.1 < found.high[2]
    assert found.estimate[2] - found.estimate[3] == pytest.approx(found.covariance)


def test_what_does_not_vary_within_persons_is_refused() -> None:
    person, x, m, y = made()
    with pytest.raises(ValueError, match="treatment must vary within persons"):
        mediate_stacked(person * 1.0, m, y, person, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="absent or infinite"):
        mediate_stacked(x * np.nan, m, y, person, rng=np.random.default_rng(1))
