"""The mixed model for repeated measures against nlme, mmrm, lme4, lmerTest and pbkrtest (validation/mmrm)."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from forwhom.kernels.covariance_structures import COVARIANCES
from forwhom.kernels.repeated import RepeatedFit, fit_repeated
from forwhom.kernels.repeated_df import _small, kenward_roger, kenward_roger_f, satterthwaite, satterthwaite_f

Long = dict[str, np.ndarray]
SETS = ("btheb", "btheb_ancova", "bcrp", "simulated")


@pytest.fixture(scope="session")
def reference(root: Path) -> dict:
    return json.loads((root / "validation" / "mmrm" / "reference.json").read_text())


def equal_baseline(long: Long) -> np.ndarray:
    """Occasion means, and each further arm's difference at every occasion but the first."""
    occasion, arm = long["occasion"], long["arm"]
    last = int(occasion.max())
    columns = [occasion == j for j in range(last + 1)]
    columns += [(occasion == j) & (arm == a) for a in range(1, int(arm.max()) + 1) for j in range(1, last + 1)]
    return np.column_stack(columns).astype(float)


def to_long(rows: list[dict[str, str]], columns: list[str], arm: list[int]) -> Long:
    cells = [(i, j, row[c]) for i, row in enumerate(rows) for j, c in enumerate(columns) if row[c] not in ("", "NA")]
    person, occasion, y = (np.array(part) for part in zip(*cells, strict=True))
    return {"person": person, "occasion": occasion, "y": y.astype(float), "arm": np.array(arm)[person]}


@cache
def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def data(request: pytest.FixtureRequest, root: Path) -> Long:
    """The long table of a named set with the design `x` of reference.R."""
    name = request.param
    if name == "simulated":
        rows = read(root / "validation" / "mmrm" / "simulated.csv")
        renamed = {"id": "person", "occasion": "occasion", "arm": "arm", "site": "site", "therapist": "therapist"}
        long = {new: np.array([int(row[old]) for row in rows]) for old, new in renamed.items()}
        long |= {new: np.array([float(row[new]) for row in rows]) for new in ("y", "age")}
        return long | {"x": np.column_stack([equal_baseline(long), long["age"]])}
    folder = request.getfixturevalue("shared_data") / "a_rct"
    if name == "bcrp":
        rows = read(folder / "bcrp_breast_cancer_recovery.csv")
        long = to_long(rows, ["cesdt1", "cesdt3"], [3 - int(row["cond"]) for row in rows])
        return long | {"x": equal_baseline(long)}
    rows = read(folder / "btheb_computer_cbt.csv")
    arm = [int(row["treatment"] == "BtheB") for row in rows]
    if name == "btheb":
        long = to_long(rows, ["bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"], arm)
        return long | {"x": equal_baseline(long)}
    long = to_long(rows, ["bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"], arm)
    before = np.array([float(row["bdi.pre"]) for row in rows])[long["person"]]
    drug = np.array([row["drug"] == "Yes" for row in rows])[long["person"]]
    visit = np.eye(4)[long["occasion"]]
    return long | {"x": np.column_stack([visit, long["arm"][:, None] * visit, before[:, None] * visit, drug])}


@pytest.fixture(scope="session")
def acting(root: Path) -> dict:
    """What R says on a cluster that acts on some occasions only."""
    return json.loads((root / "validation" / "mmrm" / "cluster_occasions.json").read_text())


def with_added(data: Long, acting: dict) -> Long:
    added = np.array(acting["added"])[data["site"]] * np.array(acting["weights"]["post"])[data["occasion"]]
    return data | {"y": data["y"] + added}


def fit_of(data: Long, **options: object) -> RepeatedFit:
    m = int(data["occasion"].max()) + 1
    return fit_repeated(data["y"], data["x"], data["person"], data["occasion"], m, **options)


@pytest.mark.parametrize("data", SETS, indirect=True, ids=SETS)
@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_nlme(request, data, covariance, method, reference):
    theirs = reference["gls"][request.node.callspec.params["data"]][covariance][method]
    fit = fit_of(data, covariance=covariance, method=method)
    # gls stops early where the likelihood is flat: its own log likelihood is then up to 1e-7 below ours, never above.
    assert fit.loglik == pytest.approx(theirs["loglik"], rel=1e-9)
    assert fit.loglik >= theirs["loglik"] - 1e-10 * abs(theirs["loglik"])
    assert [fit.aic_nlme, fit.bic_nlme] == pytest.approx([theirs["aic"], theirs["bic"]], rel=1e-9)
    # Under ML gls multiplies the covariance of the coefficients by N / (N - p).
    factor = 1.0 if method == "REML" else np.sqrt(fit.n_rows / (fit.n_rows - fit.beta.size))
    se = np.sqrt(np.diag(fit.beta_cov))
    np.testing.assert_allclose(se * factor, theirs["se"], rtol=1e-4)
    np.testing.assert_allclose((fit.beta - theirs["beta"]) / se, 0.0, atol=1e-4)


@pytest.mark.parametrize("data", SETS, indirect=True, ids=SETS)
@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("kind", ["satterthwaite", "kr_linear"])
def test_mmrm(request, data, covariance, kind, reference):
    compare(
        fit_of(data, covariance=covariance), reference["mmrm"][request.node.callspec.params["data"]][covariance], kind
    )


@pytest.mark.parametrize("data", ["btheb", "bcrp"], indirect=True)
@pytest.mark.parametrize("kind", ["satterthwaite", "kr_linear"])
def test_mmrm_one_covariance_per_arm(request, data, kind, reference):
    name = request.node.callspec.params["data"]
    fit = fit_of(data, group=data["arm"])
    compare(fit, reference["mmrm"][f"{name}_grouped"]["unstructured"], kind)


def compare(fit: RepeatedFit, theirs: dict, kind: str) -> None:
    theirs = theirs[kind]
    every = np.eye(fit.beta.size)
    together = every[theirs["joint"]["columns"]]
    if kind == "satterthwaite":
        table, joint = satterthwaite(fit, every), satterthwaite_f(fit, together)
    else:
        table, joint = kenward_roger(fit, every), kenward_roger_f(fit, together)
    assert fit.converged
    assert [fit.loglik, fit.aic_sas, fit.bic_sas] == pytest.approx(
        [theirs["loglik"], theirs["aic"], theirs["bic"]], rel=1e-11
    )
    np.testing.assert_allclose(fit.beta, theirs["beta"], rtol=1e-6)
    np.testing.assert_allclose(table.se, theirs["se"], rtol=1e-6)
    np.testing.assert_allclose(table.df, theirs["df"], rtol=1e-6)
    np.testing.assert_allclose(table.p, theirs["p"], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(fit.covariance, np.array(theirs["sigma"]), rtol=1e-6)
    assert [joint.f, joint.df_denominator, joint.p] == pytest.approx(
        [theirs["joint"]["f"], theirs["joint"]["df_den"], theirs["joint"]["p"]], rel=1e-5
    )


@pytest.mark.parametrize("data", ["btheb", "simulated"], indirect=True)
@pytest.mark.parametrize("covariance", ["ar1", "heterogeneous_ar1"])
def test_mmrm_second_derivatives(request, data, covariance, reference):
    """mmrm's full Kenward-Roger adds second derivatives in its own parameters: log deviations and r / sqrt(1 + r^2).

    Ours adds them in variances and the correlation. Both are the linear version less Phi sum_rs W_rs R_rs Phi / 2, and
    changing parameters adds V_a times the second derivative of parameter a to V_rs.
    """
    fit = fit_of(data, covariance=covariance)
    linear, second = (kenward_roger(fit, np.eye(fit.beta.size), version=v) for v in ("linear", "second_order"))
    bend = np.zeros(fit.theta.size)
    bend[:-1] = 4 * fit.theta[:-1]
    slope = 2 * fit.theta
    rho = fit.theta[-1]
    z = rho / np.sqrt(1 - rho**2)
    slope[-1], bend[-1] = (1 + z * z) ** -1.5, -3 * z * (1 + z * z) ** -2.5
    small = _small(fit, "observed", "linear")
    # W in mmrm's parameters, then the part of R that ours does not have.
    weight = small.weight / np.outer(slope, slope)
    extra = np.einsum("r,rij->ij", np.diag(weight) * bend, small.products)
    adjusted = second.beta_cov - 0.5 * small.phi @ extra @ small.phi
    theirs = reference["mmrm"][request.node.callspec.params["data"]][covariance]["kr"]
    np.testing.assert_allclose(np.sqrt(np.diag(adjusted)), theirs["se"], rtol=1e-6)
    np.testing.assert_allclose(linear.df, theirs["df"], rtol=1e-6)


@pytest.mark.parametrize("data", ["simulated"], indirect=True)
@pytest.mark.parametrize(("name", "cluster"), [("person", None), ("site", "site"), ("therapist", "therapist")])
def test_random_intercepts(data, name, cluster, reference):
    """Compound symmetry is lmer's random intercept; a cluster of some persons only is its (0 + inside | cluster)."""
    theirs = reference["lmer"][name]
    compare_lmer(
        fit_of(data, covariance="compound_symmetry", cluster=None if cluster is None else data[cluster]), theirs
    )


@pytest.mark.parametrize("data", ["simulated"], indirect=True)
@pytest.mark.parametrize("weights", ["post", "graded"])
@pytest.mark.parametrize("cluster", ["site", "therapist"])
def test_cluster_on_some_occasions(data, weights, cluster, acting):
    """lmer's (0 + z | cluster), for some persons only where z is 0 outside the cluster."""
    theirs = acting["lmer"][f"{weights}_{cluster}"]
    data, z = with_added(data, acting), acting["weights"][weights]
    options = {"covariance": "compound_symmetry", "cluster": data[cluster], "cluster_occasions": z}
    fit = fit_of(data, **options)
    compare_lmer(fit, theirs)
    assert fit_of(data, method="ML", **options).loglik == pytest.approx(theirs["loglik_ml"], rel=1e-11)


def compare_lmer(fit: RepeatedFit, theirs: dict) -> None:
    every = np.eye(fit.beta.size)
    together = every[theirs["joint"]["columns"]]
    assert fit.loglik == pytest.approx(theirs["loglik"], rel=1e-11)
    np.testing.assert_allclose(fit.beta, theirs["beta"], rtol=1e-6)
    variances = list(theirs["variances"].values())
    assert fit.covariance[0, 1] == pytest.approx(variances[0], rel=1e-5)
    if fit.cluster_variance is not None:
        assert fit.cluster_variance == pytest.approx(variances[1], rel=1e-5)
    plain = satterthwaite(fit, every)
    np.testing.assert_allclose(plain.se, theirs["se"], rtol=1e-6)
    np.testing.assert_allclose(plain.df, theirs["df_satterthwaite"], rtol=1e-4)
    joint = satterthwaite_f(fit, together)
    assert [joint.f, joint.df_denominator] == pytest.approx(
        [theirs["joint"]["satterthwaite_f"], theirs["joint"]["satterthwaite_df"]], rel=1e-5
    )
    # pbkrtest takes the expected information of the covariance parameters.
    adjusted = kenward_roger(fit, every, information="expected")
    np.testing.assert_allclose(adjusted.se, theirs["se_kr"], rtol=1e-6)
    np.testing.assert_allclose(adjusted.df, theirs["df_kr"], rtol=1e-5)
    joint = kenward_roger_f(fit, together, information="expected")
    assert [joint.f, joint.scale, joint.df_denominator] == pytest.approx(
        [theirs["joint"]["kr_f"], theirs["joint"]["kr_scale"], theirs["joint"]["kr_df"]], rel=1e-6
    )


@pytest.mark.parametrize("data", ["simulated"], indirect=True)
@pytest.mark.parametrize("covariance", ["unstructured", "heterogeneous_ar1", "ar1"])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_lme_site_above_structure(data, covariance, method, reference):
    theirs = reference["lme"][covariance][method]
    compare_lme(fit_of(data, covariance=covariance, cluster=data["site"], method=method), theirs)


@pytest.mark.parametrize("data", ["simulated"], indirect=True)
@pytest.mark.parametrize("covariance", ["unstructured", "heterogeneous_ar1"])
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_lme_site_on_some_occasions_above_structure(data, covariance, method, acting):
    data = with_added(data, acting)
    z = acting["weights"]["post"]
    fit = fit_of(data, covariance=covariance, cluster=data["site"], cluster_occasions=z, method=method)
    compare_lme(fit, acting["lme"][covariance][method])


def compare_lme(fit: RepeatedFit, theirs: dict) -> None:
    se = np.sqrt(np.diag(fit.beta_cov))
    assert fit.loglik == pytest.approx(theirs["loglik"], rel=1e-9)
    assert fit.loglik >= theirs["loglik"] - 1e-9
    np.testing.assert_allclose((fit.beta - theirs["beta"]) / se, 0.0, atol=1e-4)
    np.testing.assert_allclose(se, theirs["se"], rtol=1e-4)
    assert fit.cluster_variance == pytest.approx(theirs["cluster_variance"], rel=1e-3)
