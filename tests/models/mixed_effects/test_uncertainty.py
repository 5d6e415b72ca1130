"""Every covariance parameter has a standard error and a named interval, or the reason why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forwhom.kernels import mixed_df
from forwhom.kernels.mixed_autoregressive import fit_rows
from forwhom.models import mixed
from forwhom.models.mixed_effects.uncertainty import ALIKE, BOUNDARY

Table = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def table() -> Table:
    rng = np.random.default_rng(5)
    person, month = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    start, slope = rng.normal(size=(2, 60))
    serial = rng.normal(size=(60, 5))
    for k in range(1, 5):
        serial[:, k] = 0.4 * serial[:, k - 1] + np.sqrt(0.84) * serial[:, k]
    eta = start[person] + 0.4 * (slope + 0.5 * start)[person] * month
    return {
        "y": 20 - month + 2 * eta + rng.normal(size=300),
        "diary": (3 * start[:, None] + serial).ravel(),
        "noise": rng.normal(size=300),
        "well": (rng.random(300) < 1 / (1 + np.exp(-eta))).astype(float),
        "days": rng.negative_binomial(2, 2 / (2 + np.exp(1 + 0.5 * start[person]))).astype(float),
        "month": month,
        "sex": np.where(np.arange(60) % 3 == 0, "f", "m")[person],
        "id": person,
        "rater": rng.integers(0, 6, 300),
    }


def test_every_parameter_has_its_error_and_interval_in_json(table: Table) -> None:
    fit = mixed("y ~ month + (month | id)", table)
    said = json.loads(json.dumps(fit.as_dict()))
    kinds = [each["interval"] for each in said["random"]]
    assert kinds == ["wald-log", "wald-log", "wald-fisher-z", "wald-log"]
    for each in said["random"]:
        value = each["sd"] if each["other"] is None else each["correlation"]
        assert each["se"] > 0
        assert each["low"] < value < each["high"]


def test_profiles_are_named_and_take_the_place_of_wald_intervals(table: Table) -> None:
    plain = mixed("y ~ month + (1 | id)", table)
    profiled = mixed("y ~ month + (1 | id)", table, profile=True)
    assert {each.interval for each in profiled.random} == {"profile"}
    for one, other in zip(plain.random, profiled.random, strict=True):
        assert one.se == pytest.approx(other.se)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=0.03)
        assert one.low != other.low


def test_correlated_residuals_have_intervals_of_all_parameters(table: Table) -> None:
    for option in ({"ar1": "month"}, {"car1": "month"}):
        fit = mixed("diary ~ month + (1 | id)", table, profile=True, **option)
        assert all(each.interval == "wald-log" and each.se for each in fit.random)
        assert fit.serial.interval == "profile"
        assert fit.as_dict()["autocorrelation"]["se"] > 0
    assert mixed("diary ~ month + (1 | id)", table, car1="month").serial.interval == "wald-logit"


def test_a_variance_of_0_has_none_and_says_why(table: Table) -> None:
    fit = mixed("noise ~ month + (1 | id) + (1 | rater)", table)
    none = [each for each in fit.random if each.se is None]
    assert none
    assert {each.reason for each in none} == {BOUNDARY}
    assert all(each.variance == pytest.approx(0, abs=1e-8) and each.interval is None for each in none)
    assert BOUNDARY in fit.summary()


@pytest.mark.parametrize("outcome", ["y", "well"])
@pytest.mark.parametrize("profile", [False, True])
def test_effects_that_cannot_be_told_apart_are_said(table: Table, outcome: str, profile: bool) -> None:
    family = "gaussian" if outcome == "y" else "binomial"
    fit = mixed(f"{outcome} ~ month + (sex | id)", table, family=family, profile=profile)
    assert any("cannot be told apart" in said for said in fit.messages)
    flagged = [each for each in fit.random if each.reason == ALIKE]
    assert [(each.term, each.other) for each in flagged] == [("sexm", None), ("(Intercept)", "sexm")]
    assert all(each.se is None and each.low is None for each in flagged)


def test_counts_have_an_interval_of_their_shape(table: Table) -> None:
    fit = mixed("days ~ month + (1 | id)", table, family="negative_binomial")
    found = fit.as_dict()["dispersion"]
    assert found["interval"] == "wald-log"
    assert found["low"] < fit.shape < found["high"]
    assert all(each.se for each in fit.random)


def test_kenward_roger_with_a_covariance_that_no_row_tells_of(table: Table) -> None:
    fit = mixed("y ~ month + (0 + sex | id) + (1 | rater)", table, df="kenward-roger")
    assert fit["month"].df > 100
    assert fit.as_dict()["terms"][0]["p"] is not None


def test_a_fit_prints_where_kenward_roger_breaks_down(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(mixed_df, "_kenward_roger", broken)
    fit = mixed("y ~ month + (1 | id)", table, df="kenward-roger")
    assert fit["month"].se == pytest.approx(mixed("y ~ month + (1 | id)", table, df="normal")["month"].se)
    assert fit["month"].p is None
    assert any("Kenward-Roger cannot be computed here" in said for said in fit.messages)
    assert fit.as_dict()["terms"][0]["p"] is None
    assert fit.contrast({"month": 2})[0].se == pytest.approx(2 * fit["month"].se)
    assert "Kenward-Roger cannot be computed" in fit.summary()


def test_intervals_are_those_of_nlme_and_glmmtmb() -> None:
    root = Path(__file__).parents[3] / "validation"
    want = json.loads((root / "mixed" / "spread_reference.json").read_text())
    data = pl.read_csv(root / "glmm" / "btheb.csv")
    wave = "bdi ~ month * arm + (1 | id)"
    serial = mixed(wave, data, car1="month")
    assert serial.serial is not None
    found = {
        "REML": mixed(wave, data).random,
        "ML": mixed(wave, data, reml=False).random,
        "car1": serial.random,
        "binomial": mixed("few ~ month + arm + (1 | id)", data, family="binomial").random,
    }
    for name, random in found.items():
        # nlme differentiates numerically, in steps that the correlation of residuals feels.
        near = 5e-3 if name == "car1" else 5e-4
        for each, (low, estimate, high) in zip(random, want[name], strict=False):
            assert [each.low, each.sd, each.high] == pytest.approx([low, estimate, high], rel=near), name
    limits = [serial.serial.low, serial.serial.estimate, serial.serial.high]
    assert limits == pytest.approx(want["car1"][2], rel=4e-2)
    rows = serial.kernel.rows
    assert rows is not None
    at = [fit_rows(replace(rows, rho=rows.rho + h), crossed=False, method="REML").deviance for h in (-0.003, 0, 0.003)]
    assert serial.serial.se == pytest.approx(np.sqrt(2 * 0.003**2 / (at[0] - 2 * at[1] + at[2])), rel=1e-4)
    counts = mixed("bdi ~ month + arm + (1 | id)", data, family="negative_binomial")
    assert counts.dispersion is not None
    for each, limits in zip((counts.random[0], counts.dispersion), want["negative_binomial"], strict=True):
        assert [each.low, each.high] == pytest.approx([limits[0], limits[2]], rel=1e-3)
