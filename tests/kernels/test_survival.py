"""Survival kernels against R's survival, the 6-MP trial, and what must coincide."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forwhom.kernels.cox import cox
from forwhom.kernels.survival import kaplan_meier, log_rank, number_at_risk


@pytest.fixture(scope="module")
def reference(root: Path) -> dict[str, Any]:
    return dict(json.loads((root / "validation" / "risk" / "reference.json").read_text(encoding="utf-8"))["survival"])


@pytest.fixture(params=["simulated", "gehan"])
def case(request, reference) -> dict[str, Any]:
    found = dict(reference[request.param])
    found["data"] = {name: np.asarray(values) for name, values in found["data"].items()}
    return found


def numbers(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def test_kaplan_meier_against_r(case):
    data, expected = case["data"], case["km"]
    for limits, low, high in (
        ("log-log", "low", "high"),
        ("log", "log_low", "log_high"),
        ("plain", "plain_low", "plain_high"),
    ):
        curve = kaplan_meier(data["time"], data["event"], limits=limits)
        np.testing.assert_allclose(curve.times, expected["time"])
        np.testing.assert_array_equal(curve.at_risk, expected["at_risk"])
        np.testing.assert_allclose(curve.survival, expected["survival"], atol=1e-12)
        alive = np.asarray(expected["survival"]) > 0
        np.testing.assert_allclose(curve.se[alive], numbers(expected["se"])[alive], atol=1e-12)
        np.testing.assert_allclose(curve.low[alive], numbers(expected[low])[alive], atol=1e-10)
        np.testing.assert_allclose(curve.high[alive], numbers(expected[high])[alive], atol=1e-10)
        assert np.isfinite(curve.low).all()
        assert np.isfinite(curve.high).all()
    curve = kaplan_meier(data["time"], data["event"])
    assert [curve.median, curve.median_low, curve.median_high] == expected["median"]


def test_log_rank_against_r(case, reference):
    data = case["data"]
    assert log_rank(data["time"], data["event"], data["arm"]).statistic == pytest.approx(
        case["logrank"]["statistic"], rel=1e-10
    )
    if "site" in data:
        three = log_rank(data["time"], data["event"], data["site"])
        assert three.df == 2
        assert three.statistic == pytest.approx(reference["simulated"]["logrank_site"], rel=1e-10)
        assert three.p == pytest.approx(stats.chi2.sf(three.statistic, 2))


def test_cox_against_r(case):
    data, expected = case["data"], case["cox"]
    names = list(expected["profile"])
    fit = cox(data["time"], data["event"], np.column_stack([data[name] for name in names]))
    np.testing.assert_allclose([ratio.coefficient for ratio in fit.ratios], np.atleast_1d(expected["coef"]), atol=1e-8)
    np.testing.assert_allclose([ratio.se for ratio in fit.ratios], np.atleast_1d(expected["se"]), atol=1e-8)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(expected["loglik"], abs=1e-8)
    for name, ratio in zip(names, fit.ratios, strict=True):
        assert [math.log(ratio.low), math.log(ratio.high)] == pytest.approx(expected["profile"][name], abs=1e-6)


def test_leukaemia_trial_as_published():
    """Freireich (1963) in Cox & Oakes (1984): 6-MP arm, survival 0.690 at 10 and 0.448 at 23 weeks."""
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(time, event)
    at = dict(zip(curve.times, curve.survival, strict=True))
    assert at[7] == pytest.approx(0.807, abs=5e-4)
    assert at[13] == pytest.approx(0.690, abs=5e-4)
    assert at[23] == pytest.approx(0.448, abs=5e-4)
    assert curve.median == 23


def slow_cox(beta, time, event, x):
    """Efron's log partial likelihood, written as the sum it is."""
    total = 0.0
    for t in np.unique(time[event == 1]):
        dead = np.flatnonzero((time == t) & (event == 1))
        risk = np.exp(beta * x[time >= t]).sum()
        tied = np.exp(beta * x[dead]).sum()
        total += (beta * x[dead]).sum() - sum(math.log(risk - k / dead.size * tied) for k in range(dead.size))
    return total


def test_cox_against_the_sum_it_maximises():
    rng = np.random.default_rng(4)
    time, event, x = rng.integers(1, 6, 40), rng.integers(0, 2, 40), rng.normal(size=40)
    fit = cox(time, event, x)
    best = fit.ratios[0].coefficient
    assert fit.log_likelihood == pytest.approx(slow_cox(best, time, event, x), abs=1e-10)
    assert fit.log_likelihood_null == pytest.approx(slow_cox(0.0, time, event, x), abs=1e-10)
    assert all(slow_cox(best + shift, time, event, x) < fit.log_likelihood for shift in (-1e-3, 1e-3))
    for end in (fit.ratios[0].low, fit.ratios[0].high):
        drop = 2 * (fit.log_likelihood - slow_cox(math.log(end), time, event, x))
        assert drop == pytest.approx(stats.chi2.isf(0.05, 1), abs=1e-7)


def test_no_events_in_one_arm():
    time, event = np.arange(1, 21) % 7 + 1, np.repeat([1, 0], 10)
    fit = cox(time, event, 1 - event)
    ratio = fit.ratios[0]
    assert (ratio.value, ratio.coefficient, ratio.low) == (0.0, None, 0.0)
    # The ceiling of the likelihood is that of the arm with the events alone against everybody still at risk.
    ceiling = slow_cox(-40.0, time, event, 1 - event)
    drop = 2 * (ceiling - slow_cox(math.log(ratio.high), time, event, 1 - event))
    assert drop == pytest.approx(stats.chi2.isf(0.05, 1), abs=1e-6)
    assert "no events in the arm" in ratio.words
    other = cox(time, event, event).ratios[0]
    assert (other.value, other.high) == (None, None)
    assert other.low == pytest.approx(1 / ratio.high, rel=1e-6)
    assert "no events in the reference" in other.words


people = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 1)), min_size=8, max_size=40)


@given(people, st.randoms(use_true_random=False))
def test_order_of_people_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    curves = [kaplan_meier([r[0] for r in part], [r[1] for r in part]) for part in (rows, mixed)]
    np.testing.assert_array_equal(curves[0].survival, curves[1].survival)
    assert ((curves[0].low <= curves[0].survival) & (curves[0].survival <= curves[0].high)).all()
    assert curves[0].at_risk[0] == len(rows)
    assert (curves[0].events + curves[0].censored).sum() == len(rows)
    if len({r[2] for r in rows}) == 2 and any(r[1] for r in rows):
        tests = [log_rank(*zip(*part, strict=True)) for part in (rows, mixed)]
        assert (tests[0].p is None) == (tests[1].p is None)
        if tests[0].p is not None:
            assert tests[0].p == pytest.approx(tests[1].p, abs=1e-9)
        assert tests[0].observed.sum() == pytest.approx(tests[0].expected.sum())


def test_without_censoring_survival_is_the_share_still_without_event():
    time = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    curve = kaplan_meier(time, np.ones(8))
    np.testing.assert_allclose(curve.survival, [(time > t).mean() for t in curve.times], atol=1e-12)
    assert curve.low[-1] == 0.0
    assert curve.high[-1] == curve.high[-2]


def test_score_test_of_cox_is_near_log_rank_without_ties():
    rng = np.random.default_rng(6)
    arm = np.arange(60) % 2
    time = rng.exponential(size=60) * np.where(arm, 1.3, 1.0)
    test, fit = log_rank(time, np.ones(60), arm), cox(time, np.ones(60), arm)
    assert fit.p == pytest.approx(test.p, abs=0.02)


def test_scaling_a_covariate_scales_its_coefficient():
    rng = np.random.default_rng(8)
    time, x = rng.exponential(size=50), rng.normal(size=50)
    one, thousand = cox(time, np.ones(50), x).ratios[0], cox(time, np.ones(50), 1000 * x + 7).ratios[0]
    assert thousand.coefficient * 1000 == pytest.approx(one.coefficient, abs=1e-8)
    assert thousand.p == pytest.approx(one.p, abs=1e-9)
    flipped = cox(time, np.ones(50), -x).ratios[0]
    assert (flipped.low, flipped.high) == pytest.approx((1 / one.high, 1 / one.low), rel=1e-6)


def test_number_at_risk_counts_those_leaving_at_that_time():
    np.testing.assert_array_equal(number_at_risk([1, 2, 2, 5], [0, 1, 2, 5, 5.1]), [4, 4, 3, 1, 0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kaplan_meier([], []), "nobody to follow"),
        (lambda: kaplan_meier([1, -1], [1, 0]), "not negative"),
        (lambda: kaplan_meier([1, math.nan], [1, 0]), "present"),
        (lambda: kaplan_meier([1, 2], [1, 2]), "event indicator"),
        (lambda: kaplan_meier([1, 2], [1]), "one event indicator per person"),
        (lambda: kaplan_meier([1, 2], [1, 0], level=2), "between 0 and 1"),
        (lambda: kaplan_meier([1, 2], [1, 0], limits="exact"), "Unknown limits"),
        (lambda: log_rank([1, 2], [1, 0], ["a", "a"]), "at least two groups"),
        (lambda: log_rank([1, 2], [1, 0], ["a"]), "one label per person"),
        (lambda: cox([1, 2], [0, 0], [0, 1]), "Nobody had the event"),
        (lambda: cox([1, 2], [1, 0], [1, 1]), "constant"),
        (lambda: cox([1, 2], [1, 0], [1, math.nan]), "present for everybody"),
        (lambda: cox([1, 2], [1, 0], [1]), "one row of covariates"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_groups_that_cannot_be_told_apart_have_no_p():
    assert log_rank([1, 2, 3, 4], [0, 0, 1, 0], ["a", "a", "b", "b"]).p is None
