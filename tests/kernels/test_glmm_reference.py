"""Generalised mixed models against lme4 and glmmTMB (validation/glmm/README.md says what differs and why)."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forwhom.kernels.glmm import GlmmFit
from forwhom.kernels.glmm_criterion import criterion
from forwhom.kernels.glmm_effects import glmm_effects
from forwhom.kernels.glmm_profile import profile_correlation, profile_fixed, profile_sd

VALIDATION = Path(__file__).resolve().parents[2] / "validation" / "glmm"
REFERENCE = json.loads((VALIDATION / "reference.json").read_text())
CASES = {case["name"]: case for case in json.loads((VALIDATION / "cases.json").read_text())}
FOUND = {found["name"]: found for found in REFERENCE["cases"]}
# glmer weights rows by expected information, which is another approximation where the link is not canonical.
CANONICAL = [name for name, found in FOUND.items() if found["lme4"] and CASES[name]["link"] in ("logit", "log")]
WITH_NODES = [name for name in CANONICAL if CASES[name]["nodes"] > 1]
LAPLACE = [name for name in CANONICAL if CASES[name]["nodes"] == 1]
GLMMTMB = [name for name, found in FOUND.items() if found["glmmTMB"]]


def _models() -> Any:
    spec = importlib.util.spec_from_file_location("glmm_models", VALIDATION / "models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODELS = _models()


@cache
def fitted(name: str) -> GlmmFit:
    return MODELS.fitted(CASES[name])


def theta_like_lme4(name: str, theta: np.ndarray) -> np.ndarray:
    """Our theta in the order of lme4's levels."""
    case = CASES[name]
    sizes = [len(names) * (len(names) + 1) // 2 if full else len(names) for names, _, full in case["levels"]]
    parts = np.split(theta, np.cumsum(sizes)[:-1])
    return np.concatenate([parts[k] for k in MODELS.lme4_order(case, fitted(name))])


@pytest.mark.parametrize("name", WITH_NODES)
def test_quadrature_is_that_of_glmer(name: str) -> None:
    fit, found = fitted(name), FOUND[name]["lme4"]
    assert fit.loglik == pytest.approx(found["loglik"], abs=1e-9)
    np.testing.assert_allclose(fit.beta, found["beta"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(fit.theta, np.atleast_1d(found["theta"]), rtol=0, atol=2e-6)
    np.testing.assert_allclose(np.sqrt(np.diagonal(fit.beta_cov)), found["se"], rtol=1e-4)


@pytest.mark.parametrize("name", LAPLACE)
def test_laplace_is_that_of_glmer_and_never_worse(name: str) -> None:
    fit, found = fitted(name), FOUND[name]["lme4"]
    assert fit.converged
    assert -1e-8 < fit.loglik - found["loglik"] < 2e-5
    # The surface of 'btheb slopes' is flat: glmer stops 1.5e-5 lower.
    close = 7e-5 if name == "btheb slopes" else 1e-5
    np.testing.assert_allclose(fit.beta, found["beta"], rtol=0, atol=close)
    theirs = np.atleast_1d(found["theta"])
    np.testing.assert_allclose(np.abs(theta_like_lme4(name, fit.theta)), np.abs(theirs), rtol=0, atol=close)
    loose = 4e-4 if name in ("btheb slopes", "jobs2") else 1e-4
    np.testing.assert_allclose(np.sqrt(np.diagonal(fit.beta_cov)), found["se"], rtol=loose)


@pytest.mark.parametrize("name", CANONICAL)
def test_likelihood_away_from_the_maximum_is_that_of_glmer(name: str) -> None:
    fit, found = fitted(name), FOUND[name]["lme4"]
    at = np.array(found["at"])
    k = len(fit.theta)
    theta = np.empty(k)
    # Where each element of lme4's theta is among ours.
    theta[theta_like_lme4(name, np.arange(k, dtype=float)).astype(int)] = at[:k]
    prepared = fit.search.prepared
    x = np.linalg.solve(prepared.back, np.concatenate([at[k:], theta]))
    value = criterion(prepared.setup, x, np.zeros(prepared.setup.layout.columns), gradient=False).value
    assert prepared.setup.family.constant - value / 2 == pytest.approx(found["loglik_at"], abs=3e-5)


@pytest.mark.parametrize("name", GLMMTMB)
def test_laplace_is_that_of_glmmtmb(name: str) -> None:
    fit, found = fitted(name), FOUND[name]["glmmTMB"]
    assert -1e-7 < fit.loglik - found["loglik"] < 2e-6
    # On the boundary glmmTMB stops short of it, as its variances are exponentials.
    close = 2e-5 if fit.singular else 5e-6
    np.testing.assert_allclose(fit.beta, found["beta"], rtol=0, atol=close)
    se = np.array([np.nan if isinstance(each, str) else each for each in found["se"]])
    if np.isfinite(se).all():
        np.testing.assert_allclose(np.sqrt(np.diagonal(fit.beta_cov)), se, rtol=4e-5)
    if fit.shape is not None:
        assert fit.shape == pytest.approx(found["shape"], rel=1e-5)


@pytest.mark.parametrize("name", ["intercepts", "slopes", "nested", "crossed", "counts", "15 nodes"])
def test_modes_and_their_variances(name: str) -> None:
    case, found = CASES[name], FOUND[name]["lme4"]
    group = case["levels"][0][1]
    effects = glmm_effects(fitted(name))[[one[1] for one in case["levels"]].index(group)]
    np.testing.assert_allclose(effects.mode[:3], found["modes"], rtol=0, atol=3e-5)
    np.testing.assert_allclose(effects.covariance[:3].ravel(), found["variances"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["intercepts", "slopes"])
def test_profile_intervals_of_fixed_effects_are_the_roots_of_glmmtmb(name: str) -> None:
    fit, theirs = fitted(name), REFERENCE["profiles"][name]["glmmTMB"]
    for k in range(4):
        found = profile_fixed(fit, np.eye(len(fit.beta))[k])
        np.testing.assert_allclose([found.low, found.high], theirs[k], rtol=0, atol=2e-4)


def test_profiles_leave_a_variance_of_0_where_another_is_better() -> None:
    """Away from the estimates the variance between therapists is above 0; lme4 interpolates, glmmTMB stays at 0."""
    fit, theirs = fitted("rates"), REFERENCE["profiles"]["rates"]["lme4"]
    for k in range(4):
        found = profile_fixed(fit, np.eye(4)[k])
        np.testing.assert_allclose([found.low, found.high], theirs[k + 2], rtol=0, atol=1e-3)
    # At this standard deviation of therapists glmer's deviance function, minimised over the others, is 3.84 higher.
    assert profile_sd(fit, 1).high == pytest.approx(0.31329, abs=1e-4)


def test_profile_intervals_of_the_random_part() -> None:
    theirs = REFERENCE["profiles"]
    found = profile_sd(fitted("intercepts"), 0)
    np.testing.assert_allclose(np.log([found.low, found.high]), theirs["intercepts"]["glmmTMB"][4], atol=2e-4)
    found = profile_sd(fitted("15 nodes"), 0)
    np.testing.assert_allclose([found.low, found.high], theirs["15 nodes"]["lme4"][0], atol=1e-4)
    first, second = profile_sd(fitted("slopes"), 0, 0), profile_sd(fitted("slopes"), 0, 1)
    np.testing.assert_allclose(np.log([first.low, first.high]), theirs["slopes"]["glmmTMB"][4], atol=3e-4)
    assert second.low == 0.0
    assert np.log(second.high) == pytest.approx(theirs["slopes"]["glmmTMB"][5][1], abs=3e-4)
    correlation = profile_correlation(fitted("slopes"), 0)
    assert (correlation.low, correlation.high) == (-1.0, 1.0)


def test_versions_are_kept() -> None:
    assert {"R", "lme4", "glmmTMB", "TMB"} <= set(REFERENCE["versions"])
