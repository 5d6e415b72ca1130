"""Generalised mixed models: slow versions that cannot be wrong, special cases that coincide, refusals in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forwhom.kernels.glmm import GlmmFit, Level, fit_glmm
from forwhom.kernels.glmm_checks import separation
from forwhom.kernels.glmm_compare import glmm_likelihood_ratio
from forwhom.kernels.glmm_criterion import criterion, factors
from forwhom.kernels.glmm_effects import glmm_effects, glmm_predicted
from forwhom.kernels.glmm_families import make_family
from forwhom.kernels.glmm_marginal import marginal_means
from forwhom.kernels.glmm_profile import profile_correlation, profile_fixed, profile_sd

N = 200
RNG = np.random.default_rng(7)
PERSON = np.repeat(np.arange(50), 4)
TIME = np.tile(np.arange(4.0), 50)
THERAPIST = PERSON // 7
SITE = THERAPIST // 3
RATER = RNG.integers(0, 6, N)
ONE = np.ones((N, 1))
LINE = np.column_stack([ONE, TIME])
X = np.column_stack([ONE, TIME, (PERSON % 2).astype(float)])
ETA = -0.3 + 0.2 * TIME + RNG.normal(size=50)[PERSON] + 0.5 * RNG.normal(size=8)[THERAPIST]
BINARY = (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(float)
COUNT = RNG.poisson(np.exp(0.5 + 0.4 * ETA)).astype(float)

LEVELS = {
    "intercepts": [Level(ONE, PERSON)],
    "slopes": [Level(LINE, PERSON)],
    "independent slopes": [Level(LINE, PERSON, correlated=False)],
    "nested, outer first": [Level(ONE, THERAPIST), Level(LINE, PERSON)],
    "three nested": [Level(ONE, PERSON), Level(LINE, THERAPIST), Level(ONE, SITE)],
    "crossed": [Level(ONE, RATER), Level(LINE, PERSON)],
    "nested and crossed": [Level(ONE, PERSON), Level(LINE, RATER), Level(ONE, THERAPIST)],
    "some without therapist": [Level(ONE, PERSON), Level(ONE, np.where(THERAPIST < 3, -1, THERAPIST))],
    "some without rater": [Level(ONE, PERSON), Level(LINE, np.where(RATER < 2, -1, RATER))],
    "same grouping twice": [Level(ONE, PERSON), Level(TIME[:, None], PERSON)],
}
FAMILIES = [
    ("binomial", "logit"),
    ("binomial", "probit"),
    ("binomial", "cloglog"),
    ("poisson", "log"),
    ("negative_binomial", "log"),
]


def outcome(family: str) -> np.ndarray:
    return BINARY if family == "binomial" else COUNT


def fit(name: str = "intercepts", family: str = "binomial", **more: Any) -> GlmmFit:
    return fit_glmm(outcome(family), X, LEVELS[name], family=family, **more)


def away(found: GlmmFit) -> np.ndarray:
    """A point that is no maximum."""
    x = np.minimum(found.search.x, 2.0)
    return x + 0.15 * np.cos(1 + np.arange(len(x))) + 0.1


def dense_deviance(found: GlmmFit, x: np.ndarray) -> float:
    """Laplace from the definition: dense matrices, and a general search for the mode of each random effect."""
    from scipy.optimize import minimize

    setup = found.search.prepared.setup
    layout = setup.layout
    wide = np.zeros((layout.columns, layout.columns))
    for start, q, root, index in zip(layout.starts, layout.sizes, factors(setup, x), layout.index, strict=True):
        for group in range(int(index.max()) + 1):
            part = slice(start + group * q, start + group * q + q)
            wide[part, part] = root
    Z = layout.rows.toarray() @ wide
    fixed = setup.X @ x[: setup.X.shape[1]]
    shape = float(x[-1]) if setup.shaped else 0.0

    def penalised(u: np.ndarray) -> tuple[float, np.ndarray]:
        eta = fixed + Z @ u
        return u @ u / 2 - setup.family.value(eta, shape).sum(), u - Z.T @ setup.family.slope(eta, shape)

    u = minimize(
        penalised, np.zeros(layout.columns), jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 2000}
    ).x
    weight = setup.family.terms(fixed + Z @ u, shape).weight
    return 2 * penalised(u)[0] + np.linalg.slogdet(Z.T @ (weight[:, None] * Z) + np.eye(layout.columns))[1]


@pytest.mark.parametrize("name", list(LEVELS))
def test_laplace_is_its_definition(name: str) -> None:
    found = fit(name)
    x = away(found)
    u = np.zeros(found.search.prepared.setup.layout.columns)
    value = criterion(found.search.prepared.setup, x, u, gradient=False).value
    assert value == pytest.approx(dense_deviance(found, x), abs=1e-6)


@pytest.mark.parametrize(("family", "link"), FAMILIES)
@pytest.mark.parametrize(("name", "points"), [("slopes", 1), ("crossed", 1), ("intercepts", 5), ("slopes", 3)])
def test_gradient_is_the_slope(family: str, link: str, name: str, points: int) -> None:
    found = fit(name, family, link=link, quadrature_points=points)
    setup, x = found.search.prepared.setup, away(found)
    made = criterion(setup, x, found.search.u)

    def value(x: np.ndarray) -> float:
        return criterion(setup, x, made.u, gradient=False).value

    step = 1e-5 * np.eye(len(x))
    slope = np.array([(value(x + one) - value(x - one)) / 2e-5 for one in step])
    np.testing.assert_allclose(made.gradient, slope, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_derivatives_of_every_family(family: str, link: str) -> None:
    rng = np.random.default_rng(1)
    trials = np.full(40, 5.0)
    made = make_family(family, link, rng.integers(0, 6, 40).astype(float), trials, rng.uniform(0.5, 2, 40))
    eta, h = rng.normal(size=40) * 2, 1e-5
    terms = made.terms(eta, 0.3)
    np.testing.assert_allclose(
        terms.slope, (made.value(eta + h, 0.3) - made.value(eta - h, 0.3)) / (2 * h), atol=1e-6, rtol=1e-6
    )
    np.testing.assert_allclose(
        terms.weight, -(made.slope(eta + h, 0.3) - made.slope(eta - h, 0.3)) / (2 * h), atol=1e-6, rtol=1e-6
    )
    turn = (made.terms(eta + h, 0.3).weight - made.terms(eta - h, 0.3).weight) / (2 * h)
    np.testing.assert_allclose(terms.turn, turn, atol=1e-6, rtol=1e-6)


def test_many_nodes_are_the_integral() -> None:
    from scipy.integrate import quad

    found = fit(quadrature_points=31)
    sd, eta = float(found.theta[0]), X @ found.beta

    def density(b: float, rows: np.ndarray) -> float:
        p = 1 / (1 + np.exp(-(eta[rows] + b)))
        return float(
            np.prod(np.where(BINARY[rows] == 1, p, 1 - p)) * np.exp(-0.5 * (b / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        )

    total = sum(np.log(quad(density, -9 * sd, 9 * sd, args=(k == PERSON,), epsabs=1e-13)[0]) for k in range(50))
    assert found.loglik == pytest.approx(total, abs=1e-7)


def test_two_effects_by_quadrature_are_the_integral() -> None:
    """Two independent effects on disjoint rows of a person are two integrals of one effect each."""
    half = (TIME < 2).astype(float)
    Z = np.column_stack([half, 1 - half])
    both = fit_glmm(COUNT, X, [Level(Z, PERSON, correlated=False)], family="poisson", quadrature_points=15)
    apart = fit_glmm(
        COUNT,
        X,
        [Level(ONE, PERSON * 2 + half.astype(int))],
        family="poisson",
        quadrature_points=15,
        start_theta=np.array([0.4]),
    )
    # The same model when both standard deviations are equal; with its own two it can only be better.
    assert both.loglik >= apart.loglik - 1e-9
    at = np.linalg.solve(both.search.prepared.back, np.r_[apart.beta, apart.theta, apart.theta])
    value = criterion(both.search.prepared.setup, at, np.zeros(100), gradient=False).value
    assert both.search.prepared.setup.family.constant - value / 2 == pytest.approx(apart.loglik, abs=1e-7)


def test_weights_are_repeated_rows_and_trials_are_repeated_outcomes() -> None:
    plain = fit()
    doubled = fit_glmm(np.tile(BINARY, 2), np.tile(X, (2, 1)), [Level(np.tile(ONE, (2, 1)), np.tile(PERSON, 2))])
    weighted = fit(weights=np.full(N, 2.0))
    np.testing.assert_allclose(weighted.beta, doubled.beta, atol=1e-7)
    assert weighted.loglik == pytest.approx(doubled.loglik, abs=1e-8)
    assert weighted.loglik != pytest.approx(plain.loglik, abs=1)
    trials = fit_glmm(2 * BINARY, X, LEVELS["intercepts"], trials=np.full(N, 2.0))
    np.testing.assert_allclose(trials.theta, doubled.theta, atol=1e-7)


def test_order_of_rows_and_levels_and_names_of_groups_do_not_matter() -> None:
    plain = fit("nested, outer first")
    order = np.random.default_rng(3).permutation(N)
    shuffled = fit_glmm(
        BINARY[order], X[order], [Level(LINE[order], 900 - PERSON[order]), Level(ONE, 5 * THERAPIST[order])]
    )
    assert shuffled.loglik == pytest.approx(plain.loglik, abs=1e-8)
    np.testing.assert_allclose(shuffled.beta, plain.beta, atol=1e-6)
    np.testing.assert_allclose(shuffled.tau[0], plain.tau[1], atol=1e-5)


def test_other_outcome_turns_the_signs() -> None:
    one, other = fit("slopes"), fit_glmm(1 - BINARY, X, LEVELS["slopes"])
    np.testing.assert_allclose(one.beta, -other.beta, atol=1e-6)
    assert one.loglik == pytest.approx(other.loglik, abs=1e-9)


def test_scale_of_a_slope_does_not_matter() -> None:
    days = np.column_stack([ONE, TIME * 1000])
    scaled = fit_glmm(BINARY, np.column_stack([ONE, TIME * 1000, X[:, 2]]), [Level(days, PERSON)])
    plain = fit("slopes")
    assert scaled.loglik == pytest.approx(plain.loglik, abs=1e-7)
    assert scaled.beta[1] * 1000 == pytest.approx(plain.beta[1], abs=1e-6)
    assert scaled.tau[0][1, 1] * 1e6 == pytest.approx(plain.tau[0][1, 1], abs=1e-5)


def test_offset_moves_the_constant_only() -> None:
    plain, moved = fit(family="poisson"), fit(family="poisson", offset=np.full(N, 0.7))
    np.testing.assert_allclose(plain.beta - moved.beta, [0.7, 0, 0], atol=1e-6)


def test_a_negative_binomial_with_poisson_counts_is_poisson() -> None:
    poisson, shaped = fit(family="poisson"), fit(family="negative_binomial")
    assert shaped.loglik == pytest.approx(poisson.loglik, abs=1e-4)
    assert shaped.n_parameters == poisson.n_parameters + 1
    assert shaped.shape is None
    assert shaped.converged
    assert "vary no more than those of a Poisson" in shaped.message


def test_an_effect_that_is_not_there_is_named() -> None:
    balanced = np.tile([0.0, 1.0, 1.0, 0.0], 50)
    found = fit_glmm(balanced, ONE, [Level(ONE, PERSON, label="person")])
    assert found.singular
    assert found.converged
    assert found.message == "level 1 (person): the variance is estimated as 0"
    assert found.tau[0][0, 0] == 0.0
    assert found.loglik == pytest.approx(N * np.log(0.5), abs=1e-9)
    assert found.beta_cov[0, 0] == pytest.approx(4 / N, rel=1e-6)
    assert profile_sd(found, 0).low == 0.0


def test_separated_outcomes_are_refused_with_the_column() -> None:
    y = BINARY.copy()
    y[X[:, 2] == 1] = 1.0
    with pytest.raises(
        ValueError, match=r"arm: .*tells the outcomes apart for 100 of the rows \(separation\)|constant, arm"
    ):
        fit_glmm(y, X, LEVELS["intercepts"], names=["constant", "time", "arm"])
    found = separation(y, X)
    assert found is not None
    assert 2 in found.columns
    assert 1 not in found.columns
    assert not found.complete
    assert separation(BINARY, X) is None
    counts = np.where(X[:, 2] == 1, 0.0, COUNT)
    with pytest.raises(ValueError, match="separation"):
        fit_glmm(counts, X, LEVELS["intercepts"], family="poisson")
    assert separation(COUNT, X, counts=True) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": np.zeros(N)}, "outcome is constant: every row has 0"),
        ({"y": np.ones(N)}, "outcome is constant: every row has 1"),
        ({"y": BINARY + 0.5}, "whole numbers"),
        ({"y": BINARY * 2}, "0 to trials"),
        ({"y": np.where(TIME == 1, np.nan, BINARY)}, "y has 50 absent"),
        ({"X": np.column_stack([X, X[:, 1] * 2])}, r"combinations of the others \(column 4\)"),
        ({"levels": [Level(ONE, np.zeros(N, dtype=int))]}, "1 group"),
        ({"levels": [Level(ONE, np.arange(N))]}, "one row per group"),
        ({"levels": [Level(np.column_stack([ONE, 2 * ONE]), PERSON)]}, "combinations of each other"),
        ({"y": (PERSON % 3 == 0).astype(float)}, "within every group all outcomes are the same"),
        ({"family": "gamma"}, "is not known. Possible: binomial"),
        ({"weights": np.zeros(N)}, "weights must be above 0"),
        ({"levels": LEVELS["crossed"], "quadrature_points": 7}, "needs one grouping factor"),
        ({"quadrature_points": 0}, "between 1"),
        ({"family": "poisson", "trials": np.ones(N)}, "trials belong to a binomial"),
        ({"family": "poisson", "y": np.zeros(N)}, "every count is 0"),
        ({"start_theta": np.ones(3)}, "must hold 1"),
        ({"offset": np.zeros(3)}, "offset must be"),
    ],
)
def test_what_cannot_be_fitted_is_said(change: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"y": BINARY, "X": X, "levels": LEVELS["intercepts"], **change}
    with pytest.raises(ValueError, match=words):
        fit_glmm(given.pop("y"), given.pop("X"), given.pop("levels"), **given)


def test_several_things_wrong_are_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"constant.*one row per group"):
        fit_glmm(np.zeros(N), X, [Level(ONE, np.arange(N))])


def test_twelve_people() -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(12), 3)
    y = (rng.random(36) < 1 / (1 + np.exp(-rng.normal(size=12)[person]))).astype(float)
    small = fit_glmm(y, np.ones((36, 1)), [Level(np.ones((36, 1)), person)], quadrature_points=15)
    assert small.converged
    found = profile_fixed(small, np.ones(1))
    assert found.low is not None
    assert found.low < small.beta[0] < found.high
    # The profile knows that the variance is hardly known.
    assert found.high - found.low > 2 * 1.96 * np.sqrt(small.beta_cov[0, 0]) * 0.9


def test_start_does_not_change_the_end() -> None:
    one, other = fit("slopes"), fit("slopes", start_theta=np.array([0.0, 0.0, 2.0]))
    assert one.loglik == pytest.approx(other.loglik, abs=1e-8)


def test_predictions_use_the_groups_that_were_seen() -> None:
    found = fit("slopes")
    effects = glmm_effects(found)[0]
    eta, p = glmm_predicted(found, X, LEVELS["slopes"])
    np.testing.assert_allclose(eta, X @ found.beta + (LINE * effects.mode[PERSON]).sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-eta)))
    unseen, _ = glmm_predicted(found, X, [Level(LINE, PERSON + 1000)])
    np.testing.assert_allclose(unseen, X @ found.beta)
    assert (np.linalg.eigvalsh(effects.covariance) > -1e-12).all()


def test_conditional_variances_of_crossed_effects_are_those_of_the_dense_matrix() -> None:
    levels = [Level(ONE, RATER), Level(LINE, PERSON, correlated=False)]
    found = fit_glmm(COUNT, X, levels, family="poisson", start_theta=np.array([0.3, 0.3, 0.2]))
    effects = glmm_effects(found)
    eta, _ = glmm_predicted(found, X, levels)
    columns = [(np.arange(6) == RATER[:, None]), *((np.arange(50) == PERSON[:, None]) * z[:, None] for z in LINE.T)]
    Z = np.concatenate(columns, axis=1) * np.repeat(found.theta, [6, 50, 50])
    inverse = np.linalg.inv(Z.T @ (np.exp(eta)[:, None] * Z) + np.eye(106))
    variance = np.diagonal(inverse) * np.repeat(found.theta, [6, 50, 50]) ** 2
    np.testing.assert_allclose(effects[0].covariance[:, 0, 0], variance[:6], atol=1e-9)
    np.testing.assert_allclose(effects[1].covariance[:, 0, 0], variance[6:56], atol=1e-9)
    np.testing.assert_allclose(effects[1].covariance[:, 1, 1], variance[56:], atol=1e-9)


def test_population_means_are_those_of_many_people() -> None:
    found = fit("slopes", quadrature_points=5)
    rng = np.random.default_rng(0)
    b = rng.multivariate_normal(np.zeros(2), found.tau[0], size=200_000)
    row = np.array([[1.0, 2.0, 1.0]])
    drawn = 1 / (1 + np.exp(-(row @ found.beta + b @ [1.0, 2.0])))
    made = marginal_means(found, [row, row * [1, 1, 0]], [[[[1.0, 2.0]]]] * 2)
    assert made.mean[0] == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(200_000))
    assert (made.low < made.mean).all()
    assert (made.mean < made.high).all()


@pytest.mark.parametrize(("family", "link"), FAMILIES)
def test_derivatives_of_population_means(family: str, link: str) -> None:
    from dataclasses import replace

    found = fit("slopes", family, link=link)
    made = marginal_means(found, [X], [[LINE]])
    h = 1e-6
    k = len(found.beta)
    for at in range(k + 3):
        values = []
        for sign in (1, -1):
            theta, beta = found.theta.copy(), found.beta.copy()
            (theta if at >= k else beta)[at - k if at >= k else at] += sign * h
            root = np.array([[theta[0], 0], [theta[1], theta[2]]])
            values.append(
                marginal_means(replace(found, beta=beta, theta=theta, tau=(root @ root.T,)), [X], [[LINE]]).mean[0]
            )
        assert made.slope[0, at] == pytest.approx((values[0] - values[1]) / (2 * h), abs=1e-6)


def test_probit_means_by_quadrature_and_in_closed_form() -> None:
    found = fit(link="probit")
    made = marginal_means(found, [X[:1]], [[ONE[:1]]])
    node, weight = np.polynomial.hermite_e.hermegauss(61)
    from scipy.special import ndtr

    by_nodes = (weight * ndtr(X[0] @ found.beta + found.theta[0] * node)).sum() / weight.sum()
    assert made.mean[0] == pytest.approx(by_nodes, abs=1e-9)


def test_likelihood_ratio_of_an_effect_and_of_a_variance() -> None:
    larger, smaller = fit(), fit_glmm(BINARY, X[:, :2], LEVELS["intercepts"])
    test = glmm_likelihood_ratio(smaller, larger)
    assert test.df == 1
    assert test.p_boundary is None
    assert test.statistic == pytest.approx(2 * (larger.loglik - smaller.loglik))
    variance = glmm_likelihood_ratio(fit(), fit("nested, outer first"))
    assert variance.df == 3
    assert variance.p_boundary is not None
    assert variance.p_boundary < variance.p or variance.p == 1.0
    with pytest.raises(ValueError, match="quadrature_points"):
        glmm_likelihood_ratio(smaller, fit(quadrature_points=5))


def test_profile_meets_the_quantile() -> None:
    """Refit with a coefficient held: as an offset. The deviance rises by the quantile of chi-square."""
    found = fit(quadrature_points=5)
    interval = profile_fixed(found, np.array([0.0, 1.0, 0.0]))
    for end in (interval.low, interval.high):
        held = fit_glmm(BINARY, X[:, [0, 2]], LEVELS["intercepts"], offset=X[:, 1] * end, quadrature_points=5)
        assert held.deviance - found.deviance == pytest.approx(3.841459, abs=1e-4)


def test_profile_of_a_correlation_meets_the_quantile() -> None:
    rng = np.random.default_rng(11)
    person = np.repeat(np.arange(80), 6)
    time = np.tile(np.linspace(-1, 1, 6), 80)
    b = rng.multivariate_normal([0, 0], [[0.5, 0.25], [0.25, 0.4]], size=80)
    y = rng.poisson(np.exp(1.2 + b[person, 0] + b[person, 1] * time)).astype(float)
    Z = np.column_stack([np.ones(480), time])
    found = fit_glmm(y, Z, [Level(Z, person)], family="poisson")
    interval = profile_correlation(found, 0)
    wald = found.tau[0][0, 1] / np.sqrt(found.tau[0][0, 0] * found.tau[0][1, 1])
    assert interval.estimate == pytest.approx(wald)
    assert -1 < interval.low < wald < interval.high < 1
    assert interval.low < 0.25 / np.sqrt(0.2) < interval.high
    # With z = intercept + k * time, standardised, the correlation held is a linear tie of the factor's elements.
    turned = profile_correlation(found, 0, 1, 0)
    np.testing.assert_allclose([turned.low, turned.high], [interval.low, interval.high], atol=1e-4)


def test_a_variance_of_0_is_not_taken_where_a_higher_maximum_lies_far_away() -> None:
    """With a shape of its own for every row, counts of very different persons have a second maximum at a variance of 0."""
    rng = np.random.default_rng(12)
    person = np.repeat(np.arange(25), 3)
    y = rng.poisson(np.exp(np.clip(-0.5 + 4 * rng.normal(size=25)[person], -5, 5))).astype(float)
    found = fit_glmm(y, np.ones((75, 1)), [Level(np.ones((75, 1)), person)], family="negative_binomial")
    poisson = fit_glmm(y, np.ones((75, 1)), [Level(np.ones((75, 1)), person)], family="poisson")
    assert found.loglik > poisson.loglik - 1e-4
    assert found.tau[0][0, 0] > 1
