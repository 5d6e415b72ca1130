"""Rates against R's poisson.test, MASS::glm.nb and sandwich, and what must coincide."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.rates import exact_rate_ratio, poisson_rate, rate_regression


@pytest.fixture(scope="module")
def reference(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / "validation" / "risk" / "reference.json").read_text(encoding="utf-8")))


def test_exact_limits_against_r(reference):
    for row in reference["rates"]:
        rate = poisson_rate(row["events"], row["exposure"])
        assert (rate.low, rate.high) == pytest.approx(row["limits"], rel=1e-10)
    value, low, high, _ = exact_rate_ratio(11, 800.0, 21, 1011.0)
    assert value == pytest.approx(reference["rate_ratio"]["estimate"])
    assert (low, high) == pytest.approx(reference["rate_ratio"]["limits"], rel=1e-9)


def test_negative_binomial_and_sandwich_against_r(reference):
    expected = reference["counts"]["simulated"]
    data = {name: np.asarray(values) for name, values in expected["data"].items()}
    fit = rate_regression(data["y"], data["t"], np.column_stack([data["arm"], data["severity"]]))
    assert fit.model == "negative binomial"
    assert 1 / fit.dispersion == pytest.approx(expected["theta"], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-8)
    assert fit.intercept == pytest.approx(expected["coef"][0], abs=1e-7)
    for j, (name, ratio) in enumerate(zip(("arm", "severity"), fit.ratios, strict=True), start=1):
        assert ratio.coefficient == pytest.approx(expected["coef"][j], abs=1e-7)
        assert ratio.se == pytest.approx(expected["se"][j], abs=1e-6)
        assert [math.log(ratio.low), math.log(ratio.high)] == pytest.approx(expected["profile"][name], abs=1e-6)
        assert math.log(ratio.robust_value) == pytest.approx(expected["poisson"][j], abs=1e-8)
        assert ratio.robust_se == pytest.approx(expected["hc1"][j], abs=1e-8)


def slow_likelihood(y, t, x, b0, b1, alpha):
    mu = t * np.exp(b0 + b1 * x)
    return stats.nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mu)).sum()


def test_maximum_and_limits_of_the_likelihood():
    rng = np.random.default_rng(3)
    x, t = np.arange(50) % 2, rng.uniform(0.5, 2, 50)
    y = rng.negative_binomial(0.7, 0.25, 50)
    fit = rate_regression(y, t, x)
    ratio = fit.ratios[0]
    at = (fit.intercept, ratio.coefficient, fit.dispersion)
    peak = slow_likelihood(y, t, x, *at)
    assert fit.log_likelihood == pytest.approx(peak, abs=1e-8)
    for k in range(3):
        for shift in (-1e-3, 1e-3):
            moved = list(at)
            moved[k] += shift
            assert slow_likelihood(y, t, x, *moved) < peak


def test_counts_without_extra_variation_fall_back_to_poisson_in_words():
    fit = rate_regression([2, 1, 2, 1, 2, 1, 1, 1, 1, 1], np.ones(10), np.repeat([1, 0], 5))
    assert (fit.model, fit.dispersion) == ("Poisson", 0.0)
    assert "no more between people than Poisson" in fit.words
    assert fit.ratios[0].value == pytest.approx(8 / 5)
    assert fit.ratios[0].robust_value == pytest.approx(8 / 5)
    # Two arms, Poisson: the information of the log ratio is that of the two totals.
    assert fit.ratios[0].se == pytest.approx(math.sqrt(1 / 8 + 1 / 5))


def test_robust_standard_error_by_hand():
    """Two arms: the sandwich of the log rate ratio is the sum over arms of squared residuals over squared totals."""
    y, arm = np.array([0, 3, 1, 9, 2, 0, 1, 4]), np.repeat([1, 0], 4)
    fit = rate_regression(y, np.ones(8), arm)
    by_hand = sum(((y[arm == a] - y[arm == a].mean()) ** 2).sum() / y[arm == a].sum() ** 2 for a in (0, 1))
    assert fit.ratios[0].robust_se == pytest.approx(math.sqrt(by_hand * 8 / 6), rel=1e-9)


def test_no_events_in_one_arm():
    fit = rate_regression([0, 0, 0, 0, 0, 2, 1, 0, 3, 1], np.ones(10), np.repeat([1, 0], 5))
    ratio = fit.ratios[0]
    assert (ratio.value, ratio.low, ratio.coefficient, ratio.robust_se) == (0.0, 0.0, None, None)
    # Poisson with equal exposure: the likelihood given the total is binomial, with all 7 in the reference.
    share = math.exp(-stats.chi2.isf(0.05, 1) / 14)
    assert ratio.high == pytest.approx(1 / share - 1, rel=1e-6)
    assert "only its upper limit" in ratio.words
    other = rate_regression([0, 0, 0, 0, 0, 2, 1, 0, 3, 1], np.ones(10), np.repeat([0, 1], 5)).ratios[0]
    assert (other.value, other.high) == (None, None)
    assert other.low == pytest.approx(1 / ratio.high, rel=1e-6)


def test_order_of_people_and_unit_of_time_do_not_matter():
    rng = np.random.default_rng(9)
    y, t, x = rng.negative_binomial(1, 0.3, 40), rng.uniform(1, 3, 40), np.arange(40) % 2
    order = rng.permutation(40)
    one, two = rate_regression(y, t, x).ratios[0], rate_regression(y[order], 12 * t[order], x[order]).ratios[0]
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), rel=1e-6)


def test_exact_ratio_without_events_in_the_reference():
    value, low, high, p = exact_rate_ratio(4, 10.0, 0, 10.0)
    assert (value, high) == (None, None)
    assert low == pytest.approx(1 / (1 - stats.beta.ppf(0.025, 4, 1)) - 1)
    assert p == pytest.approx(2 * 0.5**4)


@pytest.mark.parametrize("events", [0, 1, 5, 40])
def test_garwood_tails(events):
    rate = poisson_rate(events, 2.0, 0.9)
    assert stats.poisson.cdf(events, rate.high * 2) == pytest.approx(0.05)
    if events:
        assert stats.poisson.sf(events - 1, rate.low * 2) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: poisson_rate(-1, 2), "whole number"),
        (lambda: poisson_rate(1, 0), "positive"),
        (lambda: exact_rate_ratio(0, 1.0, 0, 1.0), "No events"),
        (lambda: rate_regression([0, 0, 0], np.ones(3), [0, 1, 0]), "No events"),
        (lambda: rate_regression([1, 2.5, 0], np.ones(3), [0, 1, 0]), "whole numbers"),
        (lambda: rate_regression([1, 2, 0], [1, 0, 1], [0, 1, 0]), "Person-time"),
        (lambda: rate_regression([1, 2, 0], np.ones(3), [1, 1, 1]), "constant"),
        (lambda: rate_regression([1, 2, 0], np.ones(3), [1, math.nan, 1]), "present for everybody"),
        (lambda: rate_regression([1, 2, 0], np.ones(2), [1, 0, 1]), "one person-time"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_few_events_on_one_side_of_two_covariates_end_in_numbers_without_a_word_from_lapack(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """One event among 80, two, three, dealt anywhere: both coefficients may have no end, and no mean overflows on the way."""
    rng = np.random.default_rng(4)
    arm, other = np.repeat([0.0, 1.0], 40), np.tile([0.0, 0.0, 0.0, 1.0], 20)
    for events in (1, 1, 1, 2, 2, 3):
        counts = np.bincount(rng.integers(0, 80, events), minlength=80)
        for second in (other, rng.normal(size=80), (counts > 0).astype(float)):
            fit = rate_regression(counts, np.full(80, 19.0), np.column_stack([second, arm]))
            for ratio in fit.ratios:
                assert ratio.p is not None
                assert 0 <= ratio.p <= 1
                for value in (ratio.value, ratio.low, ratio.high):
                    assert value is None or np.isfinite(value)
    # LAPACK writes to the terminal itself.
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
