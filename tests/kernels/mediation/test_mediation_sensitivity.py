"""Sensitivity: the closed form against a generated common cause and against the second model itself."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mediation.linear import Mediation, mediate
from forwhom.kernels.mediation.sensitivity import e_value, sensitivity


def fitted(n: int = 400, k: int = 1, **options: object) -> Mediation:
    rng = np.random.default_rng(5)
    x = np.repeat([0.0, 1.0], n // 2)
    m = 0.8 * x[:, None] + rng.normal(size=(n, k))
    y = 0.5 * m.sum(axis=1) + rng.normal(size=n)
    return mediate(x, m, y, draws=300, rng=rng, **options)


def test_at_zero_it_is_the_effect_and_its_interval() -> None:
    found = fitted()
    curve = sensitivity(found)
    here = int(np.argmin(np.abs(curve.rho)))
    estimate, _, low, high, _ = found.of("indirect")
    assert (curve.estimate[here], curve.low[here], curve.high[here]) == pytest.approx((estimate, low, high))
    assert curve.direct[here] == pytest.approx(found.of("direct")[0])


def test_the_true_correlation_gives_the_true_effect_back() -> None:
    rng = np.random.default_rng(8)
    n, rho = 200_000, 0.4
    x = np.repeat([0.0, 1.0], n // 2)
    errors = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)
    m = 0.7 * x + errors[:, 0]
    found = mediate(x, m, 0.2 * x + 0.3 * m + errors[:, 1], draws=2, rng=rng)
    curve = sensitivity(found)
    at = int(np.argmin(np.abs(curve.rho - rho)))
    assert found.of("indirect")[0] > 0.4
    assert curve.estimate[at] == pytest.approx(0.21, abs=0.01)
    assert curve.direct[at] == pytest.approx(0.2, abs=0.02)


def test_the_effect_is_zero_and_the_interval_covers_it_where_said() -> None:
    curve = sensitivity(fitted())
    assert np.interp(curve.rho_zero, curve.rho, curve.estimate) == pytest.approx(0, abs=1e-3)
    assert curve.rho_from < curve.rho_zero < curve.rho_to
    assert np.interp(curve.rho_from, curve.rho, curve.low) == pytest.approx(0, abs=1e-9)
    assert np.interp(curve.rho_to, curve.rho, curve.high) == pytest.approx(0, abs=1e-9)
    assert not curve.covers
    assert curve.r2_residual == pytest.approx(curve.rho_zero**2)


def test_a_second_mediator_that_does_nothing_changes_little() -> None:
    rng = np.random.default_rng(5)
    n = 5000
    x = np.repeat([0.0, 1.0], n // 2)
    m = np.column_stack([0.8 * x + rng.normal(size=n), rng.normal(size=n)])
    y = 0.5 * m[:, 0] + rng.normal(size=n)
    one = sensitivity(mediate(x, m[:, 0], y, draws=2, rng=rng))
    two = sensitivity(mediate(x, m, y, draws=2, rng=rng), effect="indirect_1")
    assert two.rho_zero == pytest.approx(one.rho_zero, abs=0.02)
    assert np.isnan(two.direct).all()


def test_limits_by_the_delta_method_are_near_those_of_the_draws() -> None:
    found = fitted(n=2000)
    drawn, delta = sensitivity(found), sensitivity(found, limits="delta")
    here = int(np.argmin(np.abs(drawn.rho)))
    assert delta.low[here] == pytest.approx(drawn.low[here], abs=0.02)
    assert delta.high[here] == pytest.approx(drawn.high[here], abs=0.02)


def test_what_has_no_such_analysis_is_refused() -> None:
    with pytest.raises(ValueError, match="'direct' has no such analysis"):
        sensitivity(fitted(), effect="direct")
    with pytest.raises(ValueError, match="one mediator"):
        sensitivity(fitted(k=2), limits="delta")


def test_e_values_are_those_of_the_risk_ratio() -> None:
    ratio = np.exp(0.91 * 0.5)
    assert e_value(1.0, -0.2, 2.2, sd=2.0).estimate == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    assert e_value(1.0, -0.2, 2.2, sd=2.0).limit == 1.0
    up, down = e_value(0.4, 0.1, 0.7, sd=1.0), e_value(-0.4, -0.7, -0.1, sd=1.0)
    assert (up.estimate, up.limit) == pytest.approx((down.estimate, down.limit))
