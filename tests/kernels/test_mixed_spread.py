"""Standard errors of covariance parameters: differences of the criterion, other programs, boundaries, what is not identified."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mixed import Level, fit_crossed, fit_mixed
from forwhom.kernels.mixed_df import kenward_roger, unidentified
from forwhom.kernels.mixed_spread import mixed_spread, wald_interval

ROWS, PERSONS = 240, 40


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    person, time = np.repeat(np.arange(PERSONS), 6), np.tile(np.arange(6.0), PERSONS)
    start = rng.normal(size=PERSONS)
    slope = 0.3 * start + 0.4 * rng.normal(size=PERSONS)
    y = 10 + 2 * start[person] + (slope[person] - 0.5) * time + rng.normal(size=ROWS)
    return y, np.column_stack([np.ones(ROWS), time]), person, (np.arange(PERSONS) % 2)[person].astype(float)


def deviance(y: np.ndarray, x: np.ndarray, z: np.ndarray, person: np.ndarray, p: np.ndarray) -> float:
    """The restricted deviance at (sd, sd, correlation, residual sd), person by person."""
    tau = np.outer(p[:2], p[:2]) * np.array([[1, p[2]], [p[2], 1]])
    information, cross, square, logdet = np.zeros((2, 2)), np.zeros(2), 0.0, 0.0
    for each in range(PERSONS):
        rows = person == each
        v = z[rows] @ tau @ z[rows].T + p[3] ** 2 * np.eye(rows.sum())
        w = np.linalg.inv(v)
        information += x[rows].T @ w @ x[rows]
        cross += x[rows].T @ w @ y[rows]
        square += float(y[rows] @ w @ y[rows])
        logdet += float(np.linalg.slogdet(v)[1])
    return (
        logdet + float(np.linalg.slogdet(information)[1]) + square - float(cross @ np.linalg.solve(information, cross))
    )


def test_standard_errors_are_those_of_the_parameters_own_hessian(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    y, x, person, _ = data
    fit = fit_mixed(y, x, [Level(x, person)])
    tau = fit.tau[0]
    sd = np.sqrt(np.diagonal(tau))
    at = np.array([*sd, tau[0, 1] / sd.prod(), np.sqrt(fit.sigma2)])
    step = 1e-3 * np.eye(4)
    hessian = np.empty((4, 4))
    for i in range(4):
        for j in range(4):
            corners = [
                deviance(y, x, x, person, at + a * step[i] + b * step[j]) * a * b for a in (-1, 1) for b in (-1, 1)
            ]
            hessian[i, j] = sum(corners) / 4e-6
    expected = np.sqrt(np.diagonal(2 * np.linalg.inv(hessian)))
    found = mixed_spread(fit)
    assert [*found.sd[0], found.correlation[0][0, 1], found.residual] == pytest.approx(expected, rel=2e-4)


def test_nested_and_crossed_fits_have_the_same_standard_errors(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    y, x, person, _ = data
    therapist = person // 4
    levels = [Level(x, person), Level(x[:, :1], therapist)]
    shifted = y + np.linspace(-3, 3, 10)[therapist]
    one, other = (mixed_spread(each(shifted, x, levels)) for each in (fit_mixed, fit_crossed))
    for a, b in zip(
        (*one.sd, *one.correlation, one.residual), (*other.sd, *other.correlation, other.residual), strict=True
    ):
        assert a == pytest.approx(b, rel=1e-5, nan_ok=True)


def test_a_slope_that_never_varies_within_persons_is_not_identified(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    y, x, person, sex = data
    fit = fit_mixed(y, x, [Level(np.column_stack([np.ones(ROWS), sex]), person)])
    assert len(unidentified(fit)) == 1
    found = mixed_spread(fit)
    # Among persons with sex 0 only the intercept varies: its variance is told by them alone.
    assert found.alike[0].tolist() == [[False, True], [True, True]]
    assert np.isfinite(found.sd[0]).tolist() == [True, False]
    assert not len(unidentified(fit_mixed(y, x, [Level(x, person)])))


def test_kenward_roger_takes_what_the_likelihood_ignores_as_known(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    y, x, person, sex = data
    z = np.column_stack([1 - sex, sex])
    together = kenward_roger(fit_mixed(y, x, [Level(z, person)]), [0.0, 1.0])
    apart = kenward_roger(fit_mixed(y, x, [Level(z, person, correlated=False)]), [0.0, 1.0])
    assert together.se == pytest.approx(apart.se, rel=1e-7)
    assert together.df == pytest.approx(apart.df, rel=1e-5)


def test_there_is_no_standard_error_on_the_boundary(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    y, x, person, _ = data
    rng = np.random.default_rng(3)
    found = mixed_spread(fit_mixed(rng.normal(size=ROWS), x, [Level(x[:, :1], person)]))
    if not found.boundary[0].any():
        pytest.fail("choose another seed: the variance is not 0")
    assert np.isnan(found.sd[0]).all()
    assert found.residual > 0
    del y


def test_intervals_stay_within_what_a_parameter_can_be() -> None:
    assert wald_interval(0.5, 1.0, "log").low > 0
    assert wald_interval(0.95, 0.2, "fisher-z").high < 1
    assert 0 < wald_interval(0.05, 0.2, "logit").low < wald_interval(0.05, 0.2, "logit").high < 1


@pytest.mark.parametrize("scale", ["log", "fisher-z", "logit"])
def test_a_small_standard_error_gives_the_plain_interval(scale: str) -> None:
    found = wald_interval(0.4, 1e-5, scale)
    assert [found.low, found.high] == pytest.approx([0.4 - 1.959964e-5, 0.4 + 1.959964e-5], abs=1e-9)
