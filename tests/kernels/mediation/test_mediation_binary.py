"""Binary mediators and outcomes: against simulation from the fitted models and special cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, ndtr

from forwhom.kernels.mediation.binary import Link, mean_of, regression, weighted
from forwhom.kernels.mediation.generalized import mediate_binary
from forwhom.kernels.mediation.linear import Mediation, mediate

N = 300


def made(seed: int = 4) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    x, c = rng.integers(0, 2, N).astype(float), rng.normal(size=N) + 3
    m = 0.7 * x + 0.3 * c + rng.normal(size=N)
    d = (0.8 * x + 0.4 * (c - 3) + rng.normal(size=N) > 0.2).astype(float)
    y = (0.4 * x + 0.6 * m + 0.3 * x * m + 0.2 * c - 1.5 + rng.logistic(size=N) > 0).astype(float)
    return x, c, m, d, y


def simulated(fit: Mediation, c: np.ndarray, mediator: Link, outcome: Link) -> dict[str, float]:
    """The algorithm of Imai, Keele and Tingley with many mediators drawn for each person."""
    rng = np.random.default_rng(1)
    a, b = fit.mediators[0].coefficients, fit.outcome.coefficients
    people = np.tile(c, 4000)
    noise, toss = rng.normal(size=people.size) * np.sqrt(fit.mediators[0].variance), rng.random(people.size)

    def mean(x_of_y: float, x_of_m: float) -> float:
        eta = a[0] + a[1] * x_of_m + a[2] * people
        m = eta + noise if mediator == "linear" else (toss < mean_of(eta, mediator)).astype(float)
        return float(mean_of(b[0] + b[1] * x_of_y + b[2] * people + b[3] * m + b[4] * x_of_y * m, outcome).mean())

    return {
        "total": mean(1, 1) - mean(0, 0),
        "direct_pure": mean(1, 0) - mean(0, 0),
        "indirect_total": mean(1, 1) - mean(1, 0),
    }


@pytest.mark.parametrize(
    ("mediator", "outcome"), [("linear", "logit"), ("linear", "probit"), ("probit", "linear"), ("logit", "probit")]
)
def test_effects_are_those_of_mediators_drawn_at_random(mediator: Link, outcome: Link) -> None:
    x, c, m, d, y = made()
    left = d if mediator != "linear" else m
    right = m if outcome == "linear" else y
    fit = mediate_binary(
        x, left, right, c, mediator_link=mediator, outcome_link=outcome, interaction=True, draws=3,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    for name, value in simulated(fit, c, mediator, outcome).items():
        assert fit.of(name)[0] == pytest.approx(value, abs=6e-4), name


def test_with_linear_links_it_is_linear_mediation() -> None:
    x, c, m, _, y = made()
    plain = mediate(x, m, y, c, interaction=True, draws=40, rng=np.random.default_rng(2))
    other = mediate_binary(x, m, y, c, interaction=True, draws=40, rng=np.random.default_rng(2))
    assert other.names == plain.names
    assert other.estimate == pytest.approx(plain.estimate, rel=1e-9)
    assert other.draws == pytest.approx(plain.draws, rel=1e-7)


def test_a_draw_is_the_fit_to_the_rows_drawn() -> None:
    x, c, m, _, y = made()
    options = {"outcome_link": "logit", "interaction": True}
    fit = mediate_binary(x, m, y, c, draws=20, rng=np.random.default_rng(2), **options)
    rows = np.random.default_rng(2).integers(0, N, (20, N))[6]
    again = mediate_binary(
        x[rows], m[rows], y[rows], c[rows], draws=2, mediator_at=m.mean(), rng=np.random.default_rng(2), **options
    )
    assert fit.draws[6] == pytest.approx(again.estimate, rel=1e-7)


def test_effects_through_single_mediators_of_a_binary_outcome() -> None:
    x, c, m, _, y = made()
    two = np.column_stack([m, np.random.default_rng(1).normal(size=N)])
    fit = mediate_binary(x, two, y, c, outcome_link="probit", draws=30, rng=np.random.default_rng(2))
    values = dict(zip(fit.names, fit.estimate[0], strict=True))
    assert values["indirect_1"] + values["indirect_2"] == pytest.approx(values["indirect"], abs=2e-3)
    assert abs(values["indirect_2"]) < abs(values["indirect_1"])


def test_weighted_fits_are_fits_to_repeated_rows() -> None:
    x, c, m, _, y = made()
    wide = np.column_stack([np.ones(N), x, c, m])
    counts = np.random.default_rng(1).integers(0, 3, (2, N)).astype(float)
    for link in ("logit", "probit"):
        beta, settled = weighted(wide, y, counts, link, np.zeros(4))
        rows = np.repeat(np.arange(N), counts[1].astype(int))
        assert settled.all()
        assert beta[1] == pytest.approx(regression(wide[rows], y[rows], link).coefficients, rel=1e-7)


def test_means() -> None:
    eta = np.array([-1.0, 0.5])
    assert mean_of(eta, "logit") == pytest.approx(expit(eta))
    assert mean_of(eta, "probit") == pytest.approx(ndtr(eta))


def test_groups_and_corrected_and_monte_carlo_intervals() -> None:
    x, c, m, _, y = made()
    ends = []
    for options in ({}, {"interval": "bca"}, {"interval": "monte carlo"}, {"cluster": np.arange(N) % 30}):
        fit = mediate_binary(x, m, y, c, outcome_link="probit", draws=300, rng=np.random.default_rng(2), **options)
        ends.append(fit.of("indirect")[2:4])
    low, high = np.array(ends).T
    assert np.ptp(low) < 0.04
    assert np.ptp(high) < 0.04


def test_what_cannot_be_modelled_is_refused() -> None:
    x, c, m, d, y = made()
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="must be the only one"):
        mediate_binary(x, np.column_stack([d, m]), y, mediator_link="logit", rng=rng)
    with pytest.raises(ValueError, match="outcome must be 0 or 1"):
        mediate_binary(x, d, m, outcome_link="logit", rng=rng)
    with pytest.raises(ValueError, match="separate the zeros from the ones"):
        mediate_binary(x, m, (c > 3).astype(float), c, outcome_link="probit", rng=rng)
