"""Effect sizes against metafor, published limits, R's noncentral t, and the classic cost of dichotomising."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.effect_size import (
    dichotomising_cost,
    hedges_correction,
    hedges_g,
    prepost_effect,
    standardised_difference,
)


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation/change/reference.json").read_text())


def test_correction_agrees_with_the_gamma_function(reference):
    for df, factor in reference["correction"]:
        assert hedges_correction(df) == pytest.approx(factor, rel=1e-12)
    assert hedges_correction(99_999) == pytest.approx(hedges_correction(100_001), abs=3e-10)
    assert hedges_correction(np.inf) == 1.0


def test_noncentral_limits_as_published():
    # Kelley (2007), MBESS: t = 2.83 with 126 degrees of freedom gives noncentrality .8337502 to 4.815359.
    per = np.sqrt(64 / 2)
    g = hedges_g(2.83 / per, 1, 64, 0, 1, 64)
    assert (g.low * per, g.high * per) == pytest.approx((0.8337502, 4.815359), abs=1e-6)


def test_two_groups_agree_with_metafor_and_noncentral_t(reference):
    for case in reference["two_groups"]:
        g = hedges_g(*case["input"])
        assert g.value == pytest.approx(case["g"], rel=1e-10)
        assert (g.low, g.high) == pytest.approx(case["limits"], abs=1e-8)
        mirrored = hedges_g(*case["input"][3:], *case["input"][:3])
        assert (mirrored.value, mirrored.low, mirrored.high) == pytest.approx((-g.value, -g.high, -g.low), abs=1e-9)


def test_two_groups_as_published():
    # Borenstein et al. (2009, ch. 4): means 103 and 100, sds 5.5 and 4.5, 50 each: g = 0.5924, variance 0.0411.
    g = hedges_g(103, 5.5, 50, 100, 4.5, 50)
    assert (round(g.value, 4), round(g.se**2, 4)) == (0.5924, 0.0411)


def test_prepost_agrees_with_metafor(reference):
    expected = reference["prepost"]
    effect = prepost_effect(expected["before"], expected["after"])
    assert effect.correlation == pytest.approx(expected["r"])
    assert effect.paired.value == pytest.approx(expected["dz_corrected"], rel=1e-10)
    assert (effect.paired.low, effect.paired.high) == pytest.approx(expected["dz_limits"], abs=1e-8)
    assert effect.baseline.value == pytest.approx(expected["becker_corrected"], rel=1e-10)
    # metafor's large-sample variance takes the sds as equal and 2n for 2 df; both vanish with n.
    assert effect.baseline.se**2 == pytest.approx(expected["becker_variance"], rel=0.1)
    assert effect.average.value / effect.average.correction == pytest.approx(expected["d_av"], rel=1e-12)
    factor = np.sqrt(2 * (1 - expected["r"]))
    assert effect.repeated.value == pytest.approx(effect.paired.value * factor)
    assert effect.repeated.low == pytest.approx(effect.paired.low * factor)


def test_prepost_forms_coincide_for_equal_spread_and_half_correlation():
    rng = np.random.default_rng(1)
    raw = rng.normal(size=(4000, 2))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    scores = white @ np.linalg.cholesky([[1, 0.5], [0.5, 1]]).T + [0.0, 0.6]
    effect = prepost_effect(scores[:, 0], scores[:, 1])
    values = [getattr(effect, form).value for form in ("baseline", "average", "repeated", "paired")]
    assert values == pytest.approx([0.6] * 4, abs=1e-3)
    assert effect.average.df == pytest.approx(2 * 3999 / 1.25)
    assert effect.average.se < effect.baseline.se


def test_prepost_leaves_out_and_refuses():
    effect = prepost_effect([1, 2, 4, 3, np.nan], [2, 4, 4, np.nan, 1])
    assert (effect.n, effect.left_out) == (3, 2)
    for before, after in (([1, 2], [2, 3]), ([1, 2, 3], [2, 3, 4]), ([1, 1, 1], [2, 3, 7])):
        with pytest.raises(ValueError):
            prepost_effect(before, after)


def test_model_based_difference_is_its_formula():
    g = standardised_difference(-4.2, 1.5, sd=10.7, df_sd=98, df=80)
    j = hedges_correction(98)
    assert g.value == pytest.approx(-j * 4.2 / 10.7)
    assert g.se**2 == pytest.approx((j * 1.5 / 10.7) ** 2 + g.value**2 / 196)
    known = standardised_difference(-4.2, 1.5, sd=10.7, df_sd=np.inf)
    assert (known.value, known.se) == (pytest.approx(-4.2 / 10.7), pytest.approx(1.5 / 10.7))
    assert known.high - known.value == pytest.approx(1.959963984540054 * 1.5 / 10.7)


def test_two_groups_are_a_special_case_of_the_model():
    """A t test is a model: its difference, standard error and pooled sd give g again."""
    n, sd = 40, 8.0
    g = hedges_g(25, sd, n, 21, sd, n)
    model = standardised_difference(4, sd * np.sqrt(2 / n), sd=sd, df_sd=2 * n - 2, df=2 * n - 2)
    assert model.value == pytest.approx(g.value)
    assert model.se == pytest.approx(g.se, rel=0.01)
    assert (model.low, model.high) == pytest.approx((g.low, g.high), abs=0.02)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-20, 20), st.floats(0.1, 5), st.floats(1, 30), st.floats(5, 400), st.floats(3, 400), st.floats(0.01, 100)
)
def test_units_and_direction(difference, se, sd, df_sd, df, unit):
    g = standardised_difference(difference, se, sd=sd, df_sd=df_sd, df=df)
    other = standardised_difference(-unit * difference, unit * se, sd=unit * sd, df_sd=df_sd, df=df)
    assert (other.value, other.low, other.high) == pytest.approx((-g.value, -g.high, -g.low), rel=1e-9, abs=1e-12)
    wider = standardised_difference(difference, se, sd=sd, df_sd=df_sd, df=df, level=0.99)
    assert wider.low < g.low < g.value < g.high < wider.high


def test_dichotomising_agrees_with_the_normal_density(reference):
    for share, kept in reference["dichotomising"]:
        cost = dichotomising_cost(share)
        assert cost.correlation_kept == pytest.approx(kept, rel=1e-12)
        assert cost.information_kept == pytest.approx(kept**2)
        assert dichotomising_cost(1 - share).information_kept == pytest.approx(cost.information_kept)


def test_dichotomising_as_published():
    # Cohen (1983): a cut at the median leaves .798 of r and 2/pi of the information; one sd away .66 of r.
    cost = dichotomising_cost(0.5)
    assert (round(cost.correlation_kept, 3), round(cost.information_kept, 3)) == (0.798, 0.637)
    assert cost.people_factor == pytest.approx(np.pi / 2)
    assert round(dichotomising_cost(0.1586553).correlation_kept, 2) == 0.66


def test_dichotomising_is_what_happens_to_real_correlations():
    rng = np.random.default_rng(2)
    x = rng.normal(size=400_000)
    y = 0.3 * x + np.sqrt(0.91) * rng.normal(size=400_000)
    cut = y > np.quantile(y, 0.8)
    kept = np.corrcoef(x, cut)[0, 1] / np.corrcoef(x, y)[0, 1]
    assert kept == pytest.approx(dichotomising_cost(0.2).correlation_kept, abs=0.006)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="df"):
        hedges_correction(1)
    for arguments in (
        {"difference": 1, "se": 0, "sd": 1, "df_sd": 10},
        {"difference": 1, "se": 1, "sd": -1, "df_sd": 10},
        {"difference": np.nan, "se": 1, "sd": 1, "df_sd": 10},
        {"difference": 1, "se": 1, "sd": 1, "df_sd": 10, "df": 0},
        {"difference": 1, "se": 1, "sd": 1, "df_sd": 10, "level": 2},
    ):
        with pytest.raises(ValueError):
            standardised_difference(arguments.pop("difference"), arguments.pop("se"), **arguments)
    with pytest.raises(ValueError, match="at least 2"):
        hedges_g(1, 1, 1, 0, 1, 9)
    for share in (0, 1, -0.1, np.nan):
        with pytest.raises(ValueError, match="share"):
            dichotomising_cost(share)
