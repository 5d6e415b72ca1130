"""Mediation inside a panel model: recovered where truth is known, with constraints over time and covariates."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from forwhom import models

NAMES = ("x", "m", "y")
SERIES = {name: [f"{name}{t}" for t in range(1, 6)] for name in NAMES}
LAGS = np.array([[0.3, 0.0, 0.0], [0.4, 0.3, 0.0], [0.1, 0.35, 0.3]])
"""Row: effect, column: cause. x carries m (0.4), m carries y (0.35): indirect 0.14."""


@pytest.fixture(scope="module")
def panel() -> pl.DataFrame:
    rng = np.random.default_rng(12)
    n = 2000
    age = rng.standard_normal(n)
    stable = rng.standard_normal((n, 3)) @ np.linalg.cholesky(0.5 * np.eye(3) + 0.4).T + 0.3 * age[:, None]
    w = rng.standard_normal((n, 3))
    made = {"age": age}
    for t in range(5):
        w = w if t == 0 else w @ LAGS.T + 0.8 * rng.standard_normal((n, 3))
        for k, name in enumerate(NAMES):
            made[f"{name}{t + 1}"] = stable[:, k] + w[:, k] + k
    return pl.DataFrame(made)


def test_the_indirect_effect_over_two_waves_is_recovered(panel: pl.DataFrame) -> None:
    text = models.recipes.ri_clpm(
        SERIES, covariates=["age"], equal_lags=True, equal_residuals=True, equal_means=True, indirect=("x", "m", "y")
    )
    fit = models.sem(text, panel)
    found = fit["indirect"]
    assert fit.converged
    assert fit.fit.p is not None
    assert fit.fit.p > 0.001
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.14 < found.high
    assert found.estimate == pytest.approx(fit["x_to_m"].estimate * fit["m_to_y"].estimate)
    assert fit["x_between~age"].estimate == pytest.approx(0.3, abs=0.08)


def test_free_lags_give_one_indirect_effect_per_start_with_the_right_waves(panel: pl.DataFrame) -> None:
    fit = models.sem(models.recipes.ri_clpm(SERIES, indirect=("x", "m", "y")), panel)
    assert [each.left for each in fit.defined] == ["indirect1", "indirect2", "indirect3"]
    product = fit["m_within3~x_within2"].estimate * fit["y_within4~m_within3"].estimate
    assert fit["indirect2"].estimate == pytest.approx(product)


def test_constraints_over_time_cost_the_parameters_they_say(panel: pl.DataFrame) -> None:
    free, lags, means = (
        models.sem(models.recipes.ri_clpm(SERIES, **options), panel).fit.df
        for options in ({}, {"equal_lags": True}, {"equal_lags": True, "equal_means": True})
    )
    assert (lags - free, means - lags) == (3 * 9, 3 * 4)


def test_covariates_may_act_on_every_wave(panel: pl.DataFrame) -> None:
    stable, waves = (
        models.sem(models.recipes.ri_clpm(SERIES, covariates=["age"], covariates_on=where), panel)
        for where in ("intercepts", "waves")
    )
    assert stable.fit.df - waves.fit.df == 3 * 4
    assert waves["x2~age"].estimate == pytest.approx(0.3, abs=0.1)


def test_an_indirect_effect_needs_three_scores() -> None:
    with pytest.raises(ValueError, match="three different names"):
        models.recipes.ri_clpm(SERIES, indirect=("x", "x", "y"))
