"""The mixed model against lme4, lmerTest, pbkrtest and nlme (validation/mixed/README.md says what differs and why)."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from forwhom.kernels.mixed import Level, MixedFit, fit_mixed
from forwhom.kernels.mixed_compare import likelihood_ratio
from forwhom.kernels.mixed_df import kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f
from forwhom.kernels.mixed_effects import fitted_values, random_effects

VALIDATION = Path(__file__).resolve().parents[2] / "validation" / "mixed"
REFERENCE = json.loads((VALIDATION / "reference.json").read_text())
LME4 = REFERENCE["lme4"]

Table = dict[str, np.ndarray]


def _module(name: str):
    spec = importlib.util.spec_from_file_location(f"mixed_{name}", VALIDATION / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=2)
def _simulated(large: bool) -> dict[str, Table]:
    return _module("simulate").cases(large=large)


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _btheb(root: Path) -> Table:
    rows = _csv(root / "examples" / "beat-the-blues" / "btheb_computer_cbt.csv")
    names = {0: "bdi.pre", 2: "bdi.2m", 3: "bdi.3m", 5: "bdi.5m", 8: "bdi.8m"}
    kept = [
        (int(row["id"]), float(month), float(row["treatment"] != "TAU"), float(row[column]))
        for month, column in names.items()
        for row in rows
        if row[column] not in ("", "NA")
    ]
    patient, time, treat, y = np.array(kept).T
    return {"patient": patient.astype(int), "time": time, "treat": treat, "y": y}


def _enrichd() -> Table:
    root = Path(__file__).resolve().parents[2]
    path = Path(os.environ.get("FORWHOM_SHARED_DATA", root.parent / "shared" / "data"))
    path = path / "e_process" / "enrichd_bdi_cbt_arm.csv"
    if not path.is_file():
        pytest.skip("no ENRICHD data at FORWHOM_SHARED_DATA")
    rows = [row for row in _csv(path) if row["BDI"] not in ("", "NA") and row["time"] not in ("", "NA")]
    return {
        "patient": np.array([int(row["ID"]) for row in rows]),
        "time": np.array([float(row["time"]) for row in rows]) / 7,
        "y": np.array([float(row["BDI"]) for row in rows]),
    }


def _package(name: str) -> Table:
    """A data set of an R package, written by reference.R; FORWHOM_R_DATA says where."""
    path = Path(os.environ.get("FORWHOM_R_DATA", "")) / f"{name}.csv"
    if not os.environ.get("FORWHOM_R_DATA") or not path.is_file():
        pytest.skip("no data sets of the R packages at FORWHOM_R_DATA")
    rows = _csv(path)
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def _data(case: str) -> tuple[np.ndarray, np.ndarray, list[Level]]:
    """y, X and levels of a case, as the formula of the same name in reference.R."""
    base = case.removesuffix("_ml")
    if base in ("sleepstudy", "pastes", "machines"):
        table = _package(base)
    elif base.startswith("btheb"):
        table = _btheb(VALIDATION.parents[1])
    elif base == "enrichd":
        table = _enrichd()
    else:
        known = {
            "ragged_slopes": "ragged",
            "flat_intercept": "flat_9",
            "flat_slope": "flat_9",
            "flat_nothing": "flat_11",
        }
        table = _simulated(base.endswith("_20k"))[known.get(base, base)]
    if base == "sleepstudy":
        x = np.column_stack([np.ones(len(table["Days"])), table["Days"]])
        return table["Reaction"], x, [Level(x, table["Subject"].astype(int))]
    if base == "pastes":
        one = np.ones(len(table["strength"]))
        return table["strength"], one[:, None], [Level(one, table[k].astype(int)) for k in ("sample", "batch")]
    if base == "machines":
        worker, machine = table["worker"].astype(int), table["machine"].astype(int)
        one = np.ones(len(worker))
        x = np.column_stack([one, machine == 2, machine == 3]).astype(float)
        return table["score"], x, [Level(one, worker * 10 + machine), Level(one, worker)]
    one, time = np.ones(len(table["y"])), table["time"]
    pair = np.column_stack([one, time])
    if base == "enrichd" or base.startswith("flat"):
        z = one if base == "flat_intercept" else pair
        return table["y"], pair, [Level(z, table["patient"])]
    treat = table["treat"]
    x = np.column_stack([one, time, treat, time * treat])
    levels = [Level(pair, table["patient"], correlated=base != "btheb_uncorrelated")]
    if base == "ragged_slopes":
        levels += [Level(time, table["therapist"] + 100 * table["site"]), Level(one, table["site"])]
    elif "therapist" in table:
        levels.append(Level(one, table["therapist"]))
    return table["y"], x, levels


_fits: dict[str, MixedFit] = {}


def _fit(case: str) -> MixedFit:
    if case not in _fits:
        _fits[case] = fit_mixed(*_data(case), method="ML" if case.endswith("_ml") else "REML")
    return _fits[case]


def _vector(values) -> np.ndarray:
    return np.atleast_1d(np.array(values, dtype=float))


@pytest.mark.parametrize("case", LME4)
def test_estimates(case):
    fit, expected = _fit(case), LME4[case]
    assert fit.converged
    assert fit.n_rows == expected["n"]
    # Never above lme4's criterion, at its default tolerance or polished; equal to the polished one.
    rounding = 1e-12 * abs(fit.deviance)
    assert fit.deviance <= expected["deviance"] + rounding
    assert fit.deviance <= expected["deviance_default"] + rounding
    assert fit.deviance == pytest.approx(expected["deviance"], abs=1e-7)
    np.testing.assert_allclose(fit.beta, _vector(expected["beta"]), rtol=1e-6)
    np.testing.assert_allclose(fit.sigma2, expected["sigma2"], rtol=1e-6)
    np.testing.assert_allclose(fit.theta, _vector(expected["theta"]), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(fit.beta_cov, np.atleast_2d(np.array(expected["vcov"], float)), rtol=1e-5)
    assert fit.singular == expected["singular"]


@pytest.mark.parametrize("case", LME4)
def test_satterthwaite(case):
    fit, expected = _fit(case), LME4[case]
    table = satterthwaite(fit, np.eye(len(fit.beta)))
    np.testing.assert_allclose(table.se, _vector(expected["satterthwaite"]["se"]), rtol=1e-5)
    np.testing.assert_allclose(table.df, _vector(expected["satterthwaite"]["df"]), rtol=1e-4)
    k = len(fit.beta)
    joint = satterthwaite_f(fit, np.eye(k)[1:] if k > 1 else np.eye(1))
    assert joint.f == pytest.approx(expected["satterthwaite_f"]["f"], rel=1e-4)
    assert joint.df_denominator == pytest.approx(expected["satterthwaite_f"]["df"], rel=1e-4)


@pytest.mark.parametrize("case", [case for case in LME4 if "kenward_roger" in LME4[case]])
def test_kenward_roger(case):
    fit, expected = _fit(case), LME4[case]
    table = kenward_roger(fit, np.eye(len(fit.beta)))
    np.testing.assert_allclose(table.se, _vector(expected["kenward_roger"]["se"]), rtol=1e-4)
    np.testing.assert_allclose(table.df, _vector(expected["kenward_roger"]["df"]), rtol=1e-4)
    k = len(fit.beta)
    joint = kenward_roger_f(fit, np.eye(k)[1:] if k > 1 else np.eye(1))
    assert joint.f == pytest.approx(expected["kenward_roger_f"]["Fstat"], rel=1e-4)
    assert joint.df_denominator == pytest.approx(expected["kenward_roger_f"]["ddf"], rel=1e-4)
    assert joint.scale == pytest.approx(expected["kenward_roger_f"]["F.scaling"], rel=1e-4)


@pytest.mark.parametrize("case", [case for case in LME4 if "ranef" in LME4[case] and "uncorrelated" not in case])
def test_random_effects(case):
    if case == "outside":
        pytest.skip("lme4 is told of the patients without therapist in another way")
    data = _data(case)
    fit, expected = _fit(case), LME4[case]
    effects = random_effects(fit)
    for effect, other in zip(effects, expected["ranef"].values(), strict=True):
        mode = np.atleast_2d(np.array(other["mode"], dtype=float))
        count = len(mode)
        # R orders the groups by their names.
        place = np.searchsorted(effect.group, np.array(other["group"], dtype=int))
        np.testing.assert_allclose(effect.mode[place], mode, rtol=1e-5, atol=1e-5)
        if other["covariance"]:
            spread = np.array(other["covariance"], dtype=float).reshape(count, mode.shape[1], mode.shape[1])
            np.testing.assert_allclose(effect.covariance[place], spread, rtol=1e-5, atol=1e-6)
    first = np.array(expected["fitted"])
    np.testing.assert_allclose(fitted_values(fit, data[1], data[2], effects=effects)[: len(first)], first, atol=1e-5)


@pytest.mark.parametrize("case", REFERENCE["nlme"])
def test_nlme(case):
    fit, expected = _fit(case), REFERENCE["nlme"][case]
    assert fit.deviance <= expected["deviance"] + 1e-9
    assert fit.deviance == pytest.approx(expected["deviance"], rel=1e-8)
    np.testing.assert_allclose(fit.beta, expected["beta"], rtol=1e-5)
    np.testing.assert_allclose(fit.sigma2, expected["sigma2"], rtol=1e-4)
    np.testing.assert_allclose(fit.beta_cov, expected["vcov"], rtol=1e-3)


def test_likelihood_ratio():
    y, x, levels = _data("btheb")
    larger = fit_mixed(y, x, levels, method="ML")
    intercept = fit_mixed(y, x, [Level(x[:, 0], levels[0].group)], method="ML")
    no_arm = fit_mixed(y, x[:, :2], levels, method="ML")
    for smaller, name in ((intercept, "btheb_slope"), (no_arm, "btheb_fixed")):
        test, expected = likelihood_ratio(smaller, larger), REFERENCE["likelihood_ratio"][name]
        assert test.df == expected["df"]
        assert test.statistic == pytest.approx(expected["statistic"], rel=1e-4)
        assert test.p == pytest.approx(expected["p"], rel=1e-3)


def test_stored_coverage_of_the_intraclass_intervals_is_near_nominal():
    cells = json.loads((VALIDATION / "icc_coverage.json").read_text())["cells"]
    assert len(cells) == 18
    for cell in cells:
        assert 0.93 <= cell["coverage"] <= 0.995, cell
