"""Omega against lavaan and semTools, least squares and likelihood by slow search, bootstrap, properties."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from forwhom.kernels.categorical_omega import green_yang, through_loadings
from forwhom.kernels.omega import mcdonald_omega
from forwhom.kernels.one_factor import least_squares, maximum_likelihood, observed_information
from forwhom.kernels.polychoric import code_answers, item_pairs, polychoric
from forwhom.kernels.reliability import cronbach_alpha

COLLAPSE = {"five": [1, 2, 3, 4, 5, 5], "three": [1, 1, 2, 2, 3, 3], "two": [0, 0, 0, 1, 1, 1]}
REVERSED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation/reliability/reference.json").read_text())


@pytest.fixture(scope="module")
def bfi(root: Path) -> dict[str, np.ndarray]:
    with (root / "validation/reliability/bfi_items.csv").open() as file:
        names, *rows = csv.reader(file)
    table = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    keyed = {name: 7 - column if name in REVERSED else column for name, column in zip(names, table.T, strict=True)}
    return {trait: np.column_stack([keyed[f"{trait}{j}"] for j in range(1, 6)]) for trait in "ACENO"}


def collapsed(bfi: dict[str, np.ndarray], key: str) -> np.ndarray:
    trait, how = key.split("_")
    five = bfi[trait][~np.isnan(bfi[trait]).any(axis=1)][:600]
    return np.array(COLLAPSE[how], dtype=float)[five.astype(int) - 1]


@pytest.mark.parametrize("trait", list("ACENO"))
def test_continuous_omega_agrees_with_lavaan(trait, bfi, reference):
    expected = reference["continuous"][trait]
    robust = mcdonald_omega(bfi[trait])
    # lavaan stops at loadings within about 1e-6 of the optimum; ours has a gradient below 1e-9.
    assert robust.value == pytest.approx(expected["omega"], abs=1e-6)
    assert robust.loadings == pytest.approx(expected["loadings"], abs=2e-6)
    assert robust.se == pytest.approx(expected["omega_se_mlr"], rel=1e-5)
    assert mcdonald_omega(bfi[trait], interval="normal").se == pytest.approx(expected["omega_se_ml"], rel=1e-5)
    observed = mcdonald_omega(bfi[trait], total_variance="observed")
    assert observed.value == pytest.approx(expected["omega_observed"], abs=2e-6)
    fit = robust.fit
    assert fit.chi_square == pytest.approx(expected["fit"]["chisq"], rel=1e-8)
    assert (fit.df, fit.rmsea, fit.srmr) == pytest.approx(
        (expected["fit"]["df"], expected["fit"]["rmsea"], expected["fit"]["srmr"]), abs=1e-7
    )


@pytest.mark.parametrize("key", [f"{trait}_{how}" for trait in "ACENO" for how in COLLAPSE])
def test_categorical_omega_agrees_with_semtools(key, bfi, reference):
    expected = reference["ordinal"][key]
    answers = collapsed(bfi, key)
    model = mcdonald_omega(answers, ordinal=True)
    observed = mcdonald_omega(answers, ordinal=True, total_variance="observed", interval="none")
    assert model.loadings == pytest.approx(expected["loadings"], abs=1e-6)
    assert model.value == pytest.approx(expected["green_yang_model"], abs=1e-6)
    assert observed.value == pytest.approx(expected["green_yang_observed"], abs=1e-6)
    assert model.latent_response_omega == pytest.approx(expected["latent"], abs=1e-6)
    assert model.latent_response_alpha == pytest.approx(expected["ordinal_alpha"], abs=1e-6)
    # Diagonally weighted least squares weighs the correlations differently; the model fits badly here.
    assert model.value == pytest.approx(expected["green_yang_wls"], abs=0.016)
    assert model.low < model.value < model.high


def test_green_yang_is_the_correlation_of_two_parallel_sums():
    """Slow oracle: two answers of each person to the same test share the factor and nothing else."""
    loadings, cuts = np.array([0.8, 0.6, 0.4]), [[-1.0, 0.5], [0.2], [-0.3, 0.4, 1.2]]
    probabilities = {}
    for i in range(3):
        for j in range(3):
            joint = multivariate_normal([0, 0], [[1, loadings[i] * loadings[j]], [loadings[i] * loadings[j], 1]])
            probabilities[i, j] = sum(
                joint.cdf([a, b]) - joint.cdf([a, 50]) * joint.cdf([50, b]) for a in cuts[i] for b in cuts[j]
            )
    parallel = sum(probabilities.values())
    variance = 0.0
    for cut in cuts:
        shares = np.diff([0, *ndtr(cut), 1])
        values = np.arange(len(shares))
        variance += shares @ values**2 - (shares @ values) ** 2
    total = sum(value for (i, j), value in probabilities.items() if i != j) + variance

    # Answers whose shares have exactly these thresholds to 1e-6.
    n = 1_000_000
    uniform = (np.arange(n) + 0.5) / n
    columns = [np.searchsorted(ndtr(cut), uniform) for cut in cuts]
    coded = code_answers(np.column_stack(columns).astype(float))
    assert green_yang(coded, loadings).value == pytest.approx(parallel / total, abs=2e-5)


def test_categorical_omega_is_the_reliability_of_real_sums():
    rng = np.random.default_rng(21)
    loadings, factor = np.array([0.9, 0.7, 0.5, 0.6]), rng.normal(size=(300_000, 1))
    unique = np.sqrt(1 - loadings**2)
    once, again = (
        np.digitize(factor * loadings + unique * rng.normal(size=(300_000, 4)), [0.5, 1.2]) for _ in range(2)
    )
    retest = np.corrcoef(once.sum(axis=1), again.sum(axis=1))[0, 1]
    omega = mcdonald_omega(once, ordinal=True, interval="none")
    assert omega.value == pytest.approx(retest, abs=0.004)
    assert omega.latent_response_omega > omega.value + 0.05


@pytest.mark.parametrize("total_variance", ["model", "observed"])
@pytest.mark.parametrize("ordinal", [False, True])
def test_standard_error_agrees_with_the_bootstrap(ordinal, total_variance, bfi):
    answers = collapsed(bfi, "N_three")
    delta = mcdonald_omega(answers, ordinal=ordinal, total_variance=total_variance)
    boot = mcdonald_omega(
        answers,
        ordinal=ordinal,
        total_variance=total_variance,
        interval="bootstrap",
        rng=np.random.default_rng(5),
        resamples=300,
    )
    assert boot.value == delta.value
    assert (delta.low, delta.high) == pytest.approx((boot.low, boot.high), abs=0.012)
    assert "300 resamples" in boot.interval


def test_derivatives_of_green_yang(bfi):
    answers = collapsed(bfi, "C_five")
    coded = code_answers(answers)
    first, second = item_pairs(5)
    correlation = polychoric(answers).correlation
    loadings, rho = least_squares(correlation).loadings, correlation[first, second]

    def at(tau=coded.tau, weights=loadings, pairs=rho):
        return green_yang(replace(coded, tau=tau, below=ndtr(tau)), weights, pairs).value

    found, h = green_yang(coded, loadings, rho), 1e-6
    for j in range(5):
        step = h * np.eye(5)[j]
        assert found.by_loadings[j] == pytest.approx(
            (at(weights=loadings + step) - at(weights=loadings - step)) / 2 / h, abs=1e-7
        )
        step = np.zeros_like(coded.tau)
        step[j, 1] = h
        assert found.by_thresholds[j, 1] == pytest.approx(
            (at(coded.tau + step) - at(coded.tau - step)) / 2 / h, abs=1e-7
        )
    step = h * np.eye(10)[3]
    assert found.by_correlations[3] == pytest.approx((at(pairs=rho + step) - at(pairs=rho - step)) / 2 / h, abs=1e-7)
    change = np.zeros((5, 5))
    change[first[3], second[3]] = change[second[3], first[3]] = h
    moved = (least_squares(correlation + change).loadings - least_squares(correlation - change).loadings) / 2 / h
    towards = np.arange(1.0, 6.0)
    assert through_loadings(correlation, loadings, towards)[3] == pytest.approx(towards @ moved, abs=1e-6)


def test_maximum_likelihood_is_the_optimum():
    rng = np.random.default_rng(6)
    correlation = np.corrcoef((rng.normal(size=(80, 1)) + rng.normal(size=(80, 6)) * np.linspace(0.5, 2, 6)).T)

    def discrepancy(theta):
        implied = np.outer(theta[:6], theta[:6]) + np.diag(theta[6:])
        return np.linalg.slogdet(implied)[1] + np.trace(np.linalg.solve(implied, correlation))

    factor = maximum_likelihood(correlation)
    slow = minimize(discrepancy, np.full(12, 0.5), method="BFGS", options={"gtol": 1e-9, "maxiter": 2000})
    mine = np.concatenate([factor.loadings, factor.unique])
    assert discrepancy(mine) <= slow.fun + 1e-10
    assert mine == pytest.approx(slow.x, abs=1e-5)
    # Second derivatives by differences of the likelihood itself.
    inverse = np.linalg.inv(factor.implied)
    hessian, h = observed_information(correlation, inverse, factor.loadings), 1e-4
    for a, b in ((0, 0), (0, 3), (2, 8), (7, 7), (7, 10)):
        i, j = h * np.eye(12)[a], h * np.eye(12)[b]
        numeric = sum(s * t * discrepancy(mine + s * i + t * j) for s in (-1, 1) for t in (-1, 1)) / (4 * h * h)
        assert hessian[a, b] == pytest.approx(numeric / 2, rel=1e-4, abs=1e-6)


def test_equal_items_make_omega_alpha():
    """With tau-equivalent items omega and alpha are one number."""
    loadings, sd = np.full(5, 0.6), np.ones(5)
    covariance = np.outer(loadings, loadings) + np.diag(sd - 0.36)
    rng = np.random.default_rng(9)
    scores = rng.normal(size=(100, 5))
    scores -= scores.mean(axis=0)
    scores = scores @ np.linalg.inv(np.linalg.cholesky(np.cov(scores.T))).T @ np.linalg.cholesky(covariance).T
    assert mcdonald_omega(scores).value == pytest.approx(cronbach_alpha(scores).value, abs=1e-9)


def test_order_units_and_empty_rows_do_not_matter(bfi):
    rng = np.random.default_rng(1)
    answers = collapsed(bfi, "E_five")
    for ordinal in (False, True):
        omega = mcdonald_omega(answers, ordinal=ordinal)
        other = np.vstack([answers[rng.permutation(600)][:, ::-1] * 3 - 7, np.full((4, 5), np.nan)])
        changed = mcdonald_omega(other, ordinal=ordinal)
        assert (changed.value, changed.se) == pytest.approx((omega.value, omega.se), rel=1e-7)
        assert changed.left_out == 4
        assert mcdonald_omega(-answers, ordinal=ordinal).value == pytest.approx(omega.value, abs=1e-9)


def test_a_reversed_item_is_named(bfi):
    answers = collapsed(bfi, "N_five").copy()
    answers[:, 2] = 6 - answers[:, 2]
    assert mcdonald_omega(answers).negative == (2,)


def heywood() -> np.ndarray:
    rng = np.random.default_rng(2)
    correlation = np.array([[1, 0.9, 0.85, 0.2], [0.9, 1, 0.6, 0.1], [0.85, 0.6, 1, 0.1], [0.2, 0.1, 0.1, 1]])
    scores = rng.normal(size=(60, 4))
    scores -= scores.mean(axis=0)
    return scores @ np.linalg.inv(np.linalg.cholesky(np.cov(scores.T))).T @ np.linalg.cholesky(correlation).T


def test_declines_with_a_reason():
    rng = np.random.default_rng(7)
    ordinary = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
    still = ordinary.copy()
    still[:, 1] = 2.0
    copies = ordinary.copy()
    copies[:, 3] = copies[:, 0] + copies[:, 1]
    for answers, word in (
        (heywood(), "Heywood"),
        (ordinary[:, :2], "3 items"),
        (ordinary[:4], "more persons"),
        (still, "Item 2 does not vary"),
        (copies, "exact sum"),
        (np.full((5, 4), np.nan), "0 person"),
    ):
        omega = mcdonald_omega(answers)
        assert omega.value is None
        assert omega.low is None
        assert word in omega.why_absent
    cut = (ordinary > 0).astype(float)
    for answers, word in (
        (cut[:, :2], "3 items"),
        (np.where(np.arange(4) == 2, 1.0, cut), "Item 3 does not vary"),
        (np.full((5, 4), np.nan), "0 person"),
        (np.full((5, 4), np.nan)[:, :3], "0 person"),
    ):
        omega = mcdonald_omega(answers, ordinal=True)
        assert omega.value is None
        assert word in omega.why_absent


def test_bad_arguments_are_refused():
    answers = np.random.default_rng(0).normal(size=(30, 4))
    with pytest.raises(ValueError, match="rng"):
        mcdonald_omega(answers, interval="bootstrap")
    with pytest.raises(ValueError, match="not normal"):
        mcdonald_omega(answers, ordinal=True, interval="normal")
    with pytest.raises(ValueError, match="interval"):
        mcdonald_omega(answers, interval="wald")
    with pytest.raises(ValueError, match="level"):
        mcdonald_omega(answers, level=1.0)


def test_pairwise_answers(bfi):
    answers = bfi["N"][:500]
    assert np.isnan(answers).any()
    pairwise = mcdonald_omega(answers, missing="pairwise")
    assert pairwise.value == pytest.approx(mcdonald_omega(answers).value, abs=0.01)
    assert pairwise.low is None
    assert "bootstrap" in pairwise.why_absent
    ordinal = mcdonald_omega(np.minimum(answers, 5), ordinal=True, missing="pairwise")
    assert ordinal.low < ordinal.value < ordinal.high


def test_noise_is_declined_or_proper_but_never_nonsense():
    rng = np.random.default_rng(31)
    reasons = set()
    for _ in range(150):
        n, k = int(rng.integers(12, 50)), int(rng.integers(3, 8))
        omega = mcdonald_omega(rng.choice([0.0, 0.5]) * rng.normal(size=(n, 1)) + rng.normal(size=(n, k)))
        if omega.value is None:
            reasons.add(omega.why_absent[:12])
        else:
            assert 0.0 <= omega.low <= omega.value <= omega.high <= 1.0
    assert reasons == {"Heywood case"}
