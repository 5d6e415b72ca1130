"""What must hold of every pool, whatever the effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels import meta_analysis as ma
from forwhom.kernels.meta_analysis.heterogeneity import _line, _shared_heights, log_likelihood, sets_of, tau2_of
from forwhom.kernels.meta_analysis.two_variances import heights, turn

METHODS = ("REML", "ML", "DL", "PM", "FE")


@st.composite
def effects(draw: st.DrawFn, least: int = 3, most: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    k = draw(st.integers(least, most))
    v = rng.uniform(0.01, 0.4, k)
    return rng.normal(0.3, np.sqrt(v + draw(st.sampled_from([0.0, 0.05, 0.8])))), v


@pytest.mark.parametrize("restricted", [True, False])
def test_likelihoods_of_sets_that_share_studies_are_those_of_each(restricted: bool) -> None:
    rng = np.random.default_rng(8)
    v, x = rng.uniform(0.01, 0.3, 40), np.linalg.qr(np.column_stack([np.ones(40), rng.normal(size=40)]))[0]
    y = 1e4 + rng.normal(size=40)
    sets = sets_of(y, v, x, 1.0 - np.eye(40))
    line = np.concatenate([[0.0], np.geomspace(1e-4, 50.0, 20)])
    fast = _shared_heights(sets, line, restricted=restricted)
    slow = np.stack([log_likelihood(sets, np.full(40, tau2), restricted=restricted) for tau2 in line])
    np.testing.assert_allclose(fast - fast[0], slow - slow[0], rtol=0, atol=1e-8)


def test_one_grid_for_all_is_no_coarser_and_an_outlier_hides_no_peak() -> None:
    line = _line(np.array([1e-9, 3.0]))
    assert line[1] <= 1e-14 * (1 + 1e-9)
    assert line[-1] == pytest.approx(3.0)
    assert np.diff(np.log(line[1:])).max() <= np.log(1e5) / 31 + 1e-12
    rng = np.random.default_rng(9)
    y, v = 1e-3 * rng.normal(size=12), np.full(12, 1e-7)
    y[4] = 50.0
    keep = 1.0 - np.eye(12)
    found = tau2_of(sets_of(y, v, np.ones((12, 1)), keep), "REML")
    alone = [float(tau2_of(sets_of(np.delete(y, i), np.delete(v, i), np.ones((11, 1))), "REML")[0]) for i in range(12)]
    assert found == pytest.approx(alone, rel=1e-9)
    assert found[4] < 1e-5 < found[3]


FIELDS = ("estimate", "tau2", "tau2_high", "i2", "q", "prediction_low", "prediction_high")


@settings(max_examples=25, deadline=None)
@given(effects(), st.sampled_from(METHODS))
def test_turning_all_signs_turns_the_pool(data: tuple[np.ndarray, np.ndarray], method: str) -> None:
    y, v = data
    up, down = ma.random_effects(y, v, method=method), ma.random_effects(-y, v, method=method)
    assert down.estimate == pytest.approx(-up.estimate, abs=1e-9)
    assert down.low[0] == pytest.approx(-up.high[0], abs=1e-9)
    assert down.tau2 == pytest.approx(up.tau2, abs=1e-9)
    if up.prediction_low is not None:
        assert down.prediction_low == pytest.approx(-up.prediction_high, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(effects(), st.sampled_from(METHODS), st.sampled_from([1e-3, 7.0, 1e3]))
def test_another_unit_changes_only_the_unit(data: tuple[np.ndarray, np.ndarray], method: str, unit: float) -> None:
    y, v = data
    one, other = ma.random_effects(y, v, method=method), ma.random_effects(y * unit, v * unit**2, method=method)
    assert other.estimate == pytest.approx(one.estimate * unit, rel=1e-7, abs=1e-9 * unit)
    assert other.tau2 == pytest.approx(one.tau2 * unit**2, rel=1e-7, abs=1e-10 * unit**2)
    assert other.i2 == pytest.approx(one.i2, abs=1e-8)
    assert other.p[0] == pytest.approx(one.p[0], rel=1e-6, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(effects(), st.randoms(use_true_random=False))
def test_the_order_of_studies_does_not_matter(data: tuple[np.ndarray, np.ndarray], shuffle: object) -> None:
    y, v = data
    order = list(range(y.size))
    shuffle.shuffle(order)
    one, other = ma.random_effects(y, v), ma.random_effects(y[order], v[order])
    for field in FIELDS:
        assert getattr(other, field) == pytest.approx(getattr(one, field), rel=1e-8, abs=1e-9), field
    assert other.weights == pytest.approx(one.weights[order], abs=1e-10)
    left = ma.leave_one_out(y, v).estimate
    assert ma.leave_one_out(y[order], v[order]).estimate == pytest.approx(left[order], abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(effects(), st.sampled_from(["REML", "ML"]))
def test_no_other_tau2_is_likelier(data: tuple[np.ndarray, np.ndarray], method: str) -> None:
    y, v = data
    found = ma.random_effects(y, v, method=method)
    basis = np.full((y.size, 1), y.size**-0.5)
    tried = np.linspace(0.0, 10.0 * float(np.var(y)) + 1.0, 4000)
    heights = log_likelihood(sets_of(np.tile(y, (4000, 1)), v, basis), tried, restricted=method == "REML")
    assert heights.max() <= found.log_likelihood + 1e-10


@settings(max_examples=20, deadline=None)
@given(effects(least=4))
def test_where_effects_do_not_vary_random_and_fixed_effects_agree(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, v = data
    close = 0.2 + (y - y.mean()) * 0.05
    wide = v + 0.2
    random, fixed = (
        ma.random_effects(close, wide, test="wald"),
        ma.random_effects(close, wide, test="wald", method="FE"),
    )
    assert random.tau2 == 0.0
    assert random.estimate == pytest.approx(fixed.estimate, abs=1e-12)
    assert random.se[0] == pytest.approx(fixed.se[0], abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(effects())
def test_leaving_one_out_is_fitting_the_others(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, v = data
    series = ma.leave_one_out(y, v)
    for i in range(y.size):
        rest = ma.random_effects(np.delete(y, i), np.delete(v, i))
        assert series.estimate[i] == pytest.approx(rest.estimate, abs=1e-9)
        assert series.tau2[i] == pytest.approx(rest.tau2, abs=1e-9)
        assert series.high[i] == pytest.approx(rest.high[0], abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(effects(least=4))
def test_one_effect_per_study_is_the_two_level_model(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, v = data
    three, two = ma.three_level(y, v, np.arange(y.size)), ma.random_effects(y, v, test="wald")
    assert three.estimate == pytest.approx(two.estimate, abs=1e-7)
    assert three.sigma2_between == pytest.approx(two.tau2, abs=1e-7)
    assert three.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-9)
    assert three.sigma2_within is None
    assert "one effect" in three.words[0]


@settings(max_examples=20, deadline=None)
@given(effects(least=6))
def test_correlated_effects_by_rotation_are_those_of_dense_matrices(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, v = data
    study = np.arange(y.size) // 2
    fit = ma.three_level(y, ma.block_covariance(v, study, 0.6), study, limits=False)
    inverse = np.linalg.inv(fit.marginal)
    ones = np.ones(y.size)
    mean = (ones @ inverse @ y) / (ones @ inverse @ ones)
    rest = y - mean
    height = -0.5 * (
        (y.size - 1) * np.log(2 * np.pi) + np.linalg.slogdet(fit.marginal)[1] + np.log(ones @ inverse @ ones)
        + rest @ inverse @ rest - np.log(y.size)
    )  # fmt: skip
    assert fit.estimate == pytest.approx(mean, abs=1e-9)
    assert fit.se[0] == pytest.approx((ones @ inverse @ ones) ** -0.5, rel=1e-9)
    # metafor's constant log|X'X| / 2 is left out of three levels, as metafor leaves it out of rma.mv by default.
    assert fit.log_likelihood == pytest.approx(height, abs=1e-8)


def test_alike_balanced_studies_have_the_degrees_of_freedom_of_their_means() -> None:
    rng = np.random.default_rng(4)
    study = np.repeat(np.arange(9), 3)
    y = 0.6 * rng.normal(size=9)[study] + 0.5 * rng.normal(size=27)
    fit = ma.three_level(y, np.full(27, 0.02), study, df="satterthwaite")
    assert fit.sigma2_between > 0
    assert fit.sigma2_within > 0
    assert fit.df[0] == pytest.approx(8.0, abs=1e-6)
    means = y.reshape(9, 3).mean(axis=1)
    assert fit.se[0] == pytest.approx(means.std(ddof=1) / 3.0, rel=1e-7)
    robust = ma.cluster_robust(y, fit.marginal, study)
    assert robust.se[0] == pytest.approx(fit.se[0], rel=1e-7)
    assert robust.df[0] == pytest.approx(8.0, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(effects(least=5, most=14), st.integers(2, 4), st.sampled_from([0.0, 0.6]), st.sampled_from([1e-2, 1.0, 1e2]))
def test_no_other_pair_of_variances_is_likelier(
    data: tuple[np.ndarray, np.ndarray], studies: int, rho: float, unit: float
) -> None:
    y, v = data[0] * unit, data[1] * unit**2
    study = np.arange(y.size) % studies
    known = ma.block_covariance(v, study, rho)
    fit = ma.three_level(y, known, study)
    line = np.concatenate([[0.0], np.geomspace(1e-4, 30.0, 30)]) * unit**2
    between, within = (part.ravel() for part in np.meshgrid(line, line))
    turned = turn(y, np.full((y.size, 1), y.size**-0.5), known, study)
    assert heights(turned, between, within, restricted=True).max() <= fit.log_likelihood + 1e-9
    for value, low, high in (
        (fit.sigma2_between, fit.sigma2_between_low, fit.sigma2_between_high),
        (fit.sigma2_within, fit.sigma2_within_low, fit.sigma2_within_high),
    ):
        assert low <= value
        assert high is None or value <= high
