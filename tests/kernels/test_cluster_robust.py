"""Robust regression: against clubSandwich and sandwich, and against the definitions written out with full matrices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import fractional_matrix_power

from forwhom.kernels.cluster_robust import (
    cluster_codes,
    degrees_of_freedom,
    fit_robust,
    robust_f,
    robust_mean,
    robust_t,
)


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation" / "heterogeneity" / "reference.json").read_text())["robust"]


def design(reference: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = {name: np.array(values) for name, values in reference["data"].items()}
    x = np.column_stack([np.ones(data["y"].size), data["x1"], data["x2"], data["x3"]])
    return data["y"], x, data["g"].astype(int)


@pytest.mark.parametrize("which", ["clusters", "people"])
def test_clubsandwich(reference: dict, which: str) -> None:
    y, x, group = design(reference)
    fit, theirs = fit_robust(y, x, group if which == "clusters" else None), reference[which]
    found = [robust_t(fit, row) for row in np.eye(4)]
    for name in ("se", "df", "p"):
        assert [getattr(t, name) for t in found] == pytest.approx(theirs[name], rel=1e-8)
    assert fit.beta == pytest.approx(theirs["beta"], rel=1e-8)
    joint = robust_f(fit, np.eye(4)[1:])
    assert (joint.f, joint.df_denominator, joint.p) == pytest.approx(
        (theirs["f"], theirs["df_denom"], theirs["p_f"]), rel=1e-8
    )


MODELS = {"own": ["own"], "rare": ["rare"], "both": ["own", "shared"], "shared": ["shared"]}


@pytest.mark.parametrize("model", MODELS)
def test_clubsandwich_where_one_cluster_determines_a_coefficient(root: Path, model: str) -> None:
    stored = json.loads((root / "validation" / "heterogeneity" / "one_cluster.json").read_text())
    data, theirs = {name: np.array(values) for name, values in stored["data"].items()}, stored[model]
    x = np.column_stack([np.ones(data["y"].size), data["x1"], *(data[name] for name in MODELS[model])])
    fit, eye = fit_robust(data["y"], x, data["g"]), np.eye(x.shape[1])
    # The covariance and the ratio of traces are theirs everywhere.
    assert fit.beta == pytest.approx(theirs["beta"], rel=1e-8)
    assert np.sqrt(np.diag(fit.cov)) == pytest.approx(theirs["se"], rel=1e-8)
    assert [degrees_of_freedom(fit, row[None, :]) for row in eye] == pytest.approx(theirs["df"], rel=1e-8)
    tested = [1, 2] if model != "both" else [1, 3]
    assert degrees_of_freedom(fit, eye[tested]) - 1 == pytest.approx(theirs["df_denom"], rel=1e-8)
    # A width is told only of what more than one cluster shows.
    alone = [name in ("own", "rare") for name in ["", "", *MODELS[model]]]
    assert fit.of_one_cluster(eye).tolist() == alone
    for j, hidden in enumerate(alone):
        found = robust_t(fit, eye[j])
        assert found.value == pytest.approx(theirs["beta"][j], rel=1e-8)
        assert (found.problem != "") == np.isnan(found.se) == np.isnan(found.low) == np.isnan(found.p) == hidden
        if not hidden:
            assert (found.se, found.df, found.p) == pytest.approx(
                tuple(theirs[k][j] for k in ("se", "df", "p")), rel=1e-8
            )
    joint = robust_f(fit, eye[tested])
    if any(alone[j] for j in tested):
        assert joint.f is None
        assert "one cluster" in joint.problem
    else:
        assert (joint.f, joint.p) == pytest.approx((theirs["f"], theirs["p_f"]), rel=1e-8)


def test_one_person_may_alone_determine_a_coefficient_and_units_do_not_matter() -> None:
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(30), np.eye(30)[4], 1e7 * rng.normal(size=30), 1e-7 * rng.normal(size=30)])
    fit = fit_robust(rng.normal(size=30), x)
    assert fit.of_one_cluster(np.eye(4)).tolist() == [False, True, False, False]
    assert np.isnan(robust_t(fit, np.eye(4)[1]).se)
    plain = fit_robust(fit.residuals + x @ fit.beta, x / np.array([1.0, 1.0, 1e7, 1e-7]))
    assert robust_f(fit, np.eye(4)[2:]).p == pytest.approx(robust_f(plain, np.eye(4)[2:]).p, rel=1e-6)


def test_without_clusters_it_is_hc2(reference: dict) -> None:
    y, x, _ = design(reference)
    assert np.sqrt(np.diag(fit_robust(y, x).cov)) == pytest.approx(reference["hc2"], rel=1e-8)


def test_definition_with_full_matrices() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(24), rng.normal(size=(24, 2))])
    y, group = rng.normal(size=24), rng.integers(0, 7, 24)
    group = cluster_codes(group, 24)
    bread = np.linalg.inv(x.T @ x)
    left = np.eye(24) - x @ bread @ x.T
    residual, meat, p = left @ y, np.zeros((3, 3)), []
    c = np.array([0.0, 1.0, -0.5])
    for g in np.unique(group):
        rows = group == g
        a = fractional_matrix_power(left[np.ix_(rows, rows)], -0.5).real
        score = x[rows].T @ a @ residual[rows]
        meat += np.outer(score, score)
        p.append(left[:, rows] @ a @ x[rows] @ bread @ c)
    gram = np.array(p) @ np.array(p).T
    fit = fit_robust(y, x, group)
    assert fit.cov == pytest.approx(bread @ meat @ bread)
    assert robust_t(fit, c).df == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum())


def test_people_in_no_cluster_stand_alone() -> None:
    assert cluster_codes([3, -1, 3, -1, -1], 5).tolist() == [0, 1, 0, 2, 3]
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=12), np.column_stack([np.ones(12), rng.normal(size=12)])
    assert fit_robust(y, x, np.full(12, -1)).cov == pytest.approx(fit_robust(y, x).cov)


def test_refusals() -> None:
    y, one = np.arange(6.0), np.ones((6, 1))
    with pytest.raises(ValueError, match="one cluster"):
        fit_robust(y, one, np.zeros(6, int))
    with pytest.raises(ValueError, match="determine"):
        fit_robust(y, np.column_stack([one, one]))
    with pytest.raises(ValueError, match="finite"):
        fit_robust(np.where(y == 2, np.nan, y), one)
    with pytest.raises(ValueError, match="dependent"):
        robust_f(fit_robust(y, np.column_stack([one, y**2])), [[0.0, 1.0], [0.0, 2.0]])


def test_more_effects_than_clusters_give_no_joint_test() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 4))])
    found = robust_f(fit_robust(rng.normal(size=30), x, np.arange(30) % 3), np.eye(5)[1:])
    assert found.f is None
    assert "too few" in found.problem or "fewer" in found.problem


def test_an_outcome_that_does_not_vary_is_named_as_the_reason_and_not_clusters() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(60), rng.normal(size=(60, 3))])
    # 0.1 and 1 leave rounding behind, which is no error to learn a width from.
    for constant in (0.0, 0.1, 1.0):
        found = robust_f(fit_robust(np.full(60, constant), x, None), np.eye(4)[1:])
        assert found.f is None
        assert "hardly varies" in found.problem
        assert "cluster" not in found.problem
    few = robust_f(fit_robust(rng.normal(size=60), x, np.arange(60) % 2), np.eye(4)[1:])
    assert "fewer clusters" in few.problem


def partly_nested(rng: np.random.Generator, alike: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """A hundred people of five therapists and a hundred of none; true mean 0. alike : correlation within therapists."""
    therapist = rng.integers(0, 5, 100)
    treated = np.sqrt(alike) * rng.normal(size=5)[therapist] + np.sqrt(1 - alike) * rng.normal(size=100)
    return np.r_[treated, rng.normal(size=100)], np.r_[therapist, np.full(100, -1)]


def test_mean_is_students_without_clusters() -> None:
    values = np.random.default_rng(1).normal(1.0, 2.0, 25)
    for cluster in (None, np.arange(25), np.full(25, -1)):
        mean = robust_mean(values, cluster, level=0.9)
        assert (mean.low, mean.high) == pytest.approx(stats.t.interval(0.9, 24, values.mean(), stats.sem(values)))
        assert mean.p == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)


def test_mean_is_a_regression_on_nothing_where_people_of_a_cluster_are_not_alike() -> None:
    rng = np.random.default_rng(2)
    group = rng.integers(0, 9, 60)
    values = rng.normal(size=60)
    # Opposite values side by side: no correlation within clusters, so the working model is independence.
    values = np.concatenate([values, -values])
    group = np.concatenate([group, group])
    mean, slow = robust_mean(values, group), robust_t(fit_robust(values, np.ones((120, 1)), group), [1.0])
    assert mean.df == pytest.approx(slow.df)
    values += 0.3 * rng.normal(size=120)
    mean, slow = robust_mean(values, group), robust_t(fit_robust(values, np.ones((120, 1)), group), [1.0])
    assert (mean.value, mean.se) == pytest.approx((slow.value, slow.se))


def test_degrees_of_freedom_of_a_mean_with_full_matrices() -> None:
    values, cluster = partly_nested(np.random.default_rng(3))
    group = cluster_codes(cluster, values.size)
    same, n = group[:, None] == group[None], values.size
    rest = values - values.mean()
    products = np.outer(rest, rest)[same & ~np.eye(n, dtype=bool)]
    alike = max(0.0, products.mean() / (rest**2).mean())
    assert alike > 0.02
    error = np.where(same, alike, 0.0) + (1 - alike) * np.eye(n)
    left = np.eye(n) - 1 / n
    vectors = np.array([left[:, group == g].sum(axis=1) / np.sqrt(1 - (group == g).mean()) for g in np.unique(group)])
    c = vectors @ error @ vectors.T
    assert robust_mean(values, cluster).df == pytest.approx(np.trace(c) ** 2 / np.trace(c @ c))


def test_equal_clusters_have_clusters_less_one() -> None:
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(8), 10)
    values = rng.normal(size=80) + rng.normal(size=8)[group]
    mean, means = robust_mean(values, group), values.reshape(8, 10).mean(axis=1)
    assert mean.df == pytest.approx(7)
    assert mean.se == pytest.approx(stats.sem(means))


@pytest.mark.parametrize(("alike", "least"), [(0.0, 0.93), (0.2, 0.93)])
def test_five_therapists_in_one_arm_are_not_a_hundred_clusters(alike: float, least: float) -> None:
    """Student's t with clusters less one covers 0.91 to 0.92 of the time here with a correlation of 0.2."""
    rng = np.random.default_rng(5)
    found = [robust_mean(*partly_nested(rng, alike)) for _ in range(1500)]
    assert np.mean([mean.low <= 0 <= mean.high for mean in found]) > least


def test_a_mean_without_an_interval() -> None:
    values = np.array([1.0, 2.0, 2.0, 1.0])
    assert robust_mean(values, [0, 0, 0, 0]).low == -np.inf
    # Cluster sums that agree to the last digit do not say how much clusters differ.
    assert robust_mean(values, [0, 0, 1, 1]).high == np.inf
    same = robust_mean(np.full(4, 0.1), [0, 0, 1, 1])
    assert (same.se, same.low) == (0.0, pytest.approx(0.1))
    with pytest.raises(ValueError, match="finite"):
        robust_mean([1.0, np.nan])
