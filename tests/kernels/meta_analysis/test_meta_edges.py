"""Few studies, equal effects, empty cells, impossible input."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels import meta_analysis as ma


def test_one_study_is_given_back_and_nothing_is_said_of_others() -> None:
    fit = ma.random_effects([-0.4], [0.04])
    assert fit.estimate == -0.4
    assert fit.se[0] == pytest.approx(0.2)
    assert fit.test == "wald"
    assert fit.low[0] == pytest.approx(-0.4 - 1.959964 * 0.2, abs=1e-6)
    assert (fit.tau2, fit.tau2_low, fit.q, fit.i2, fit.prediction_low) == (None,) * 5
    assert any("Knapp-Hartung" in words for words in fit.words)
    assert any("One effect alone" in words for words in fit.words)


def test_two_studies_have_a_wide_interval_and_no_prediction() -> None:
    fit = ma.random_effects([-0.2, -0.9], [0.04, 0.06])
    assert fit.df == 1.0
    assert fit.high[0] > 3.0
    assert fit.prediction_low is None
    assert any("two studies" in words for words in fit.words)


def test_equal_effects_do_not_make_a_width_of_zero() -> None:
    fit = ma.random_effects([0.5] * 5, [0.1] * 5)
    assert fit.test == "wald"
    assert fit.se[0] == pytest.approx(np.sqrt(0.02))
    assert any("width 0" in words for words in fit.words)
    assert ma.random_effects([0.5] * 5, [0.1] * 5, test="knapp-hartung-adhoc").se[0] == pytest.approx(np.sqrt(0.02))


def test_prediction_degrees_of_freedom_are_chosen_and_kept() -> None:
    y, v = [0.1, 0.5, 0.9, 0.2, 0.7], [0.02] * 5
    metafor, riley = ma.random_effects(y, v), ma.random_effects(y, v, prediction_df="k-p-1")
    assert (metafor.prediction_df, riley.prediction_df) == (4.0, 3.0)
    assert riley.prediction_high > metafor.prediction_high
    assert ma.random_effects(y, v, method="FE").prediction_low is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ma.random_effects([], []), "no effect"),
        (lambda: ma.random_effects([0.1, np.nan], [0.1, -1.0]), "effect 2: y is nan; effect 2: v is -1.0"),
        (lambda: ma.random_effects([0.1, 0.2], [0.1]), "shape"),
        (lambda: ma.random_effects([0.1, 0.2], [0.1, 0.1], method="SJ"), "possible are REML"),
        (lambda: ma.random_effects([0.1, 0.2], [0.1, 0.1], test="t"), "possible are knapp-hartung"),
        (lambda: ma.random_effects([0.1, 0.2, 0.3], [0.1] * 3, [1.0, 1.0, 1.0]), "does not vary"),
        (lambda: ma.random_effects([0.1, 0.2], [0.1, 0.1], level=95), "share between 0 and 1"),
        (lambda: ma.leave_one_out([0.1, 0.2], [0.1, 0.1]), "at least three"),
        (lambda: ma.influence([0.1, 0.2], [0.1, 0.1]), "too few"),
        (lambda: ma.block_covariance([0.1, 0.2], [1, 1], 1.0), "rho"),
        (lambda: ma.three_level([0.1, 0.2], [[0.1, 0.05], [0.05, 0.1]], [1, 2]), "different clusters"),
        (lambda: ma.three_level([0.1, 0.2, 0.4], [[0.1, 0.2, 0], [0.2, 0.1, 0], [0, 0, 1]], [1, 1, 2]), "positive definite"),
        (lambda: ma.cluster_robust([0.1, 0.2], [0.1, 0.1], [1, 1]), "one cluster"),
        (lambda: ma.selection_model([0.1, 0.2], [0.1, 0.1], [5]), "one-sided p"),
        (lambda: ma.hedges_g([1, 2], [1], [10, 11, 12], [1], [1], [9]), "One number per effect"),
    ],
)  # fmt: skip
def test_impossible_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        call()


def test_studies_that_cannot_be_used_keep_their_reason() -> None:
    made = ma.hedges_g([10, 10, np.nan], [2, 0, 2], [20, 20, 20], [8, 8, 8], [2, 0, 2], [20, 20, 1])
    assert made.usable.tolist() == [True, False, False]
    assert made.problem == ("", "sd1 and sd2 are both 0", "mean1 is absent; n2 is below 2")
    events = ma.log_odds_ratio([0, 4, 9], [10, 4, 8], [0, 5, 1], [10, 5, 9])
    assert events.usable.tolist() == [False, False, False]
    assert [text.split(" ")[0] for text in events.problem] == ["nobody", "everybody", "e1"]


def test_an_effect_is_the_same_whatever_was_printed() -> None:
    m1, s1, n1, m2, s2, n2 = 10.2, 4.0, 20, 12.9, 5.0, 25
    g = ma.hedges_g(m1, s1, n1, m2, s2, n2)
    pooled = np.sqrt((19 * s1**2 + 24 * s2**2) / 43)
    d, t = (m1 - m2) / pooled, (m1 - m2) / (pooled * np.sqrt(1 / n1 + 1 / n2))
    from scipy.stats import t as student

    p, half = 2 * student.sf(abs(t), 43), student.ppf(0.975, 43) * pooled * np.sqrt(1 / n1 + 1 / n2)
    others = [
        ma.g_from_d(d, n1, n2),
        ma.g_from_t(t, n1, n2),
        ma.g_from_f(t**2, n1, n2, -1),
        ma.g_from_p(p, n1, n2, -1),
        ma.g_from_p(p / 2, n1, n2, -1, two_sided=False),
        ma.g_from_interval(m1 - m2 - half, m1 - m2 + half, n1, n2),
    ]
    for other in others:
        assert other.value[0] == pytest.approx(g.value[0], rel=1e-9)
        assert other.variance[0] == pytest.approx(g.variance[0], rel=1e-9)
    back = ma.log_odds_from_g(*(getattr(ma.g_from_log_odds([0.7], [0.2]), part) for part in ("value", "variance")))
    assert (back.value[0], back.variance[0]) == pytest.approx((0.7, 0.2))
    # With r = 0.5 the sd of changes is the raw sd, so a change is an effect after.
    change = ma.g_from_change(-3, 5, 30, -1, 5, 32, 0.5)
    assert change.value[0] == pytest.approx(ma.hedges_g(-3, 5, 30, -1, 5, 32).value[0])
    assert change.variance[0] == pytest.approx(ma.hedges_g(-3, 5, 30, -1, 5, 32).variance[0])


def test_one_sided_p_above_a_half_goes_the_other_way() -> None:
    assert ma.g_from_p(0.9, 30, 30, 1, two_sided=False).value[0] < 0


def test_a_shared_control_group_is_counted_once() -> None:
    # Two arms against one control: their mean difference has the variance of (a + b) / 2 − c.
    v = ma.shared_control_covariance([1 / 20 + 1 / 30, 1 / 25 + 1 / 30], ["c", "c"], [30, 30])
    mean = np.array([0.5, 0.5])
    assert mean @ v @ mean == pytest.approx((1 / 20 + 1 / 25) / 4 + 1 / 30)
    g = ma.hedges_g([1, 2], [2, 2], [20, 25], [0, 0], [2, 2], [30, 30])
    made = ma.shared_control_covariance(g.variance, ["c", "c"], [30, 30], g.value)
    assert made[0, 1] == pytest.approx(1 / 30 + g.value[0] * g.value[1] / (2 * np.sqrt(50 * 55)), rel=1e-8)


def test_small_study_tests_refuse_in_words() -> None:
    y, v = [0.1, 0.4, 0.3, 0.6], [0.1, 0.2, 0.05, 0.3]
    assert "4 studies are too few" in ma.egger(y, v).problem
    assert "4 studies are too few" in ma.begg(y, v).problem
    assert "4 studies are too few" in ma.trim_and_fill(y, v).problem
    assert "4 studies are too few" in ma.selection_model(y, v).problem
    assert ma.pet_peese(y, v).chosen is None
    assert ma.pet_peese(y, v).estimate is None
    same = [0.1] * 12
    assert "equally precise" in ma.egger(np.linspace(0, 1, 12), same).problem
    assert "no study lies" in ma.selection_model(np.linspace(3, 4, 12), same).problem


def test_whole_samples_can_be_left_out() -> None:
    y, v = np.array([0.1, 0.3, 0.5, 0.4, 0.9]), np.full(5, 0.05)
    series = ma.leave_one_out(y, v, group=["a", "a", "b", "b", "c"])
    assert series.k.tolist() == [3, 3, 4]
    assert series.estimate[0] == pytest.approx(ma.random_effects(y[2:], v[2:]).estimate, abs=1e-9)


def test_a_study_that_alone_carries_a_moderator_has_no_deleted_residual() -> None:
    y, v = np.array([0.1, 0.3, 0.5, 0.4, 0.9]), np.full(5, 0.05)
    found = ma.influence(y, v, [0, 0, 0, 0, 1])
    assert np.isnan(found.residual).tolist() == [False, False, False, False, True]
    assert found.notable[4]


def test_three_levels_say_what_they_cannot_tell() -> None:
    one = ma.three_level([0.1, 0.3, 0.6], [0.02] * 3, ["a"] * 3)
    assert one.sigma2_between is None
    assert one.sigma2_within is not None
    assert one.prediction_low is None
    assert "one study" in one.words[0]
    alone = ma.three_level([0.3], [0.02], ["a"])
    assert (alone.q, alone.sigma2_between, alone.sigma2_within) == (None, None, None)


def test_few_clusters_make_a_word() -> None:
    found = ma.cluster_robust([0.1, 0.3, 0.5, 0.4, 0.9, 0.7], [0.05] * 6, [1, 1, 2, 2, 3, 3])
    assert "below 4 degrees of freedom" in found.words[0]
    assert found.wald([[1.0]]).f == pytest.approx((found.estimate / found.se[0]) ** 2)


def test_what_one_study_alone_determines_has_no_robust_width() -> None:
    y, v = np.array([0.1, 0.3, 0.5, 0.4, 0.9, 0.7, 0.2]), np.full(7, 0.05)
    cluster, x = [1, 1, 2, 3, 4, 4, 5], [0, 0, 0, 0, 1, 1, 0]
    found = ma.cluster_robust(y, v, cluster, x=x)
    assert np.isnan(found.se).tolist() == [False, True]
    assert np.isnan(found.df).tolist() == [False, True]
    assert found.coefficients[1] == pytest.approx(0.5, abs=1e-12)
    assert found.joint.f is None
    assert any("one cluster alone" in words for words in found.words)
