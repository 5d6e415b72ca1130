"""Bivariate normal probabilities and polychoric correlations: slow oracles, lavaan, psych, closed forms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, ndtri

from forwhom.kernels.bivariate_normal import bivariate_normal_cdf, bivariate_normal_density
from forwhom.kernels.polychoric import code_answers, item_pairs, polychoric
from forwhom.kernels.polychoric_sampling import sampling_contributions

COLLAPSE = {"five": [1, 2, 3, 4, 5, 5], "three": [1, 1, 2, 2, 3, 3], "two": [0, 0, 0, 1, 1, 1]}
REVERSED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}


@pytest.fixture(scope="module")
def reference(root: Path) -> dict:
    return json.loads((root / "validation/reliability/reference.json").read_text())


@pytest.fixture(scope="module")
def bfi(root: Path) -> np.ndarray:
    with (root / "validation/reliability/bfi_items.csv").open() as file:
        names, *rows = csv.reader(file)
    table = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    for j, name in enumerate(names):
        if name in REVERSED:
            table[:, j] = 7 - table[:, j]
    return table


def collapsed(bfi: np.ndarray, key: str) -> np.ndarray:
    trait, how = key.split("_")
    start = 5 * "ACENO".index(trait)
    five = bfi[:, start : start + 5]
    five = five[~np.isnan(five).any(axis=1)][:600]
    return np.array(COLLAPSE[how], dtype=float)[five.astype(int) - 1]


def test_bivariate_normal_agrees_with_mvtnorm(reference):
    grid = reference["bivariate"]
    found = bivariate_normal_cdf(grid["h"], grid["k"], grid["rho"])
    # mvtnorm's TVPACK promises 1e-15; the largest difference seen is 5e-16.
    assert found == pytest.approx(np.array(grid["p"]), abs=3e-15)


@pytest.mark.parametrize(("h", "k", "rho"), [(0.4, -1.1, 0.6), (-0.2, 0.3, -0.9), (1.5, 1.4, 0.99), (0.0, 0.7, 0.2)])
def test_bivariate_normal_agrees_with_double_integration(h, k, rho):
    def density(y, x):
        return float(bivariate_normal_density(np.array(x), np.array(y), np.array(rho)))

    slow, _ = dblquad(density, -8, h, -8, k, epsabs=1e-10, epsrel=1e-10)
    assert float(bivariate_normal_cdf(h, k, rho)) == pytest.approx(slow, abs=1e-8)
    # Plackett's identity, one dimension and therefore finer.
    along, _ = quad(
        lambda r: float(bivariate_normal_density(np.array(h), np.array(k), np.array(r))), 0, rho, epsabs=1e-14
    )
    assert float(bivariate_normal_cdf(h, k, rho)) == pytest.approx(ndtr(h) * ndtr(k) + along, abs=1e-13)


@settings(max_examples=200, deadline=None)
@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-1, 1))
@example(5e-324, 0.0, 0.875)
@example(0.0, -5e-324, 0.875)
def test_bivariate_normal_identities(h, k, rho):
    p = float(bivariate_normal_cdf(h, k, rho))
    assert p == pytest.approx(float(bivariate_normal_cdf(k, h, rho)), abs=1e-15)
    assert p + float(bivariate_normal_cdf(h, -k, -rho)) == pytest.approx(float(ndtr(h)), abs=2e-15)
    assert max(float(ndtr(h) + ndtr(k)) - 1, 0) - 1e-15 <= p <= min(float(ndtr(h)), float(ndtr(k))) + 1e-15


def test_bivariate_normal_at_the_ends():
    inf = np.inf
    h, k = np.array([inf, -inf, 0.3, inf, 0.0, 0.5, 0.5]), np.array([0.2, 0.2, inf, inf, 0.0, 0.9, -0.9])
    rho = np.array([0.4, 0.4, -1.0, 0.0, 1.0, 1.0, -1.0])
    expected = [ndtr(0.2), 0, ndtr(0.3), 1, 0.5, ndtr(0.5), max(ndtr(0.5) + ndtr(-0.9) - 1, 0)]
    assert bivariate_normal_cdf(h, k, rho) == pytest.approx(expected, abs=1e-15)
    with pytest.raises(ValueError, match="between -1 and 1"):
        bivariate_normal_cdf(0, 0, 1.2)


@pytest.mark.parametrize("key", [f"{trait}_{how}" for trait in "ACENO" for how in COLLAPSE])
def test_polychoric_agrees_with_lavaan_and_psych(key, bfi, reference):
    expected = reference["ordinal"][key]
    found = polychoric(collapsed(bfi, key))
    assert found.n == expected["n"]
    # lavaan's optimiser stops at 3e-8; psych's uses a tolerance of about 2e-5.
    assert found.correlation == pytest.approx(np.array(expected["polychoric"]), abs=1e-7)
    assert found.correlation == pytest.approx(np.array(expected["psych"]), abs=5e-5)
    for mine, theirs in zip(found.thresholds, expected["thresholds"].values(), strict=True):
        assert mine == pytest.approx(np.atleast_1d(theirs), abs=1e-9)


def test_all_25_items(bfi, reference):
    complete, pairwise = polychoric(bfi), polychoric(bfi, missing="pairwise")
    assert complete.n == reference["bfi25"]["n_complete"]
    assert complete.left_out == len(bfi) - complete.n
    assert complete.correlation == pytest.approx(np.array(reference["bfi25"]["lavaan"]), abs=1e-7)
    assert pairwise.correlation == pytest.approx(np.array(reference["bfi25"]["psych"]), abs=5e-5)
    assert pairwise.n_pairs[0, 1] == (~np.isnan(bfi[:, :2]).any(axis=1)).sum()
    assert not complete.smoothed
    assert complete.smallest_eigenvalue > 0


def test_each_pair_is_the_maximum_of_its_likelihood():
    rng = np.random.default_rng(8)
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0.8, -0.5], [0.8, 1, -0.2], [-0.5, -0.2, 1]], size=300)
    answers = np.column_stack([np.digitize(latent[:, 0], [0.0]), np.digitize(latent[:, 1:], [-1.0, 0.2, 1.0])])
    found = polychoric(answers)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        table = np.array([[np.sum((answers[:, i] == a) & (answers[:, j] == b)) for b in range(4)] for a in range(4)])

        def minus_log_likelihood(rho, table=table, i=i, j=j):
            h = np.concatenate([[-np.inf], found.thresholds[i], [np.inf]])
            k = np.concatenate([[-np.inf], found.thresholds[j], [np.inf]])
            cells = np.diff(np.diff(bivariate_normal_cdf(h[:, None], k[None, :], rho), axis=0), axis=1)
            seen = table[: len(h) - 1, : len(k) - 1]
            return -np.sum(seen[seen > 0] * np.log(cells[seen > 0]))

        slow = minimize_scalar(minus_log_likelihood, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-10})
        assert found.correlation[i, j] == pytest.approx(slow.x, abs=1e-6)


def test_median_dichotomies_give_the_sine_formula():
    table = {(0, 0): 40, (1, 1): 40, (0, 1): 10, (1, 0): 10}
    answers = np.array([cell for cell, count in table.items() for _ in range(count)])
    assert polychoric(answers).correlation[0, 1] == pytest.approx(np.sin(np.pi / 2 * (0.8 - 0.2)), abs=1e-9)


def test_recoding_and_order_do_not_matter(bfi):
    five = collapsed(bfi, "E_five")
    original = polychoric(five).correlation
    rng = np.random.default_rng(0)
    assert polychoric(np.exp(five)[rng.permutation(600)]).correlation == pytest.approx(original, abs=1e-10)
    flipped = five.copy()
    flipped[:, 0] *= -1
    changed = polychoric(flipped).correlation
    assert changed[0, 1:] == pytest.approx(-original[0, 1:], abs=1e-9)
    assert changed[1:, 1:] == pytest.approx(original[1:, 1:], abs=1e-10)


def test_empty_cells_and_limits():
    empty = np.array([[0, 0]] * 20 + [[1, 1]] * 20 + [[0, 1]] * 5)
    kept, bare = polychoric(empty), polychoric(empty, empty_2x2=0.0)
    assert bare.at_limit == ((0, 1),)
    assert bare.correlation[0, 1] == pytest.approx(0.9999)
    assert not kept.at_limit
    assert 0.9 < kept.correlation[0, 1] < 0.9999
    assert kept.empty_cells == pytest.approx(0.25)


def test_a_matrix_with_negative_eigenvalues_is_smoothed_and_says_so():
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(25, 1))
    answers = (shared + 0.35 * rng.normal(size=(25, 8)) > ndtri(np.linspace(0.15, 0.85, 8)) * 1.06).astype(float)
    rough, smooth = polychoric(answers, smooth=False), polychoric(answers)
    assert rough.smallest_eigenvalue < 0
    assert smooth.smoothed
    assert not rough.smoothed
    assert np.linalg.eigvalsh(smooth.correlation)[0] > 0
    assert np.diag(smooth.correlation) == pytest.approx(np.ones(8))


def test_bad_items_are_refused():
    with pytest.raises(ValueError, match="1 different"):
        polychoric([[1, 1], [2, 1], [3, 1]])
    with pytest.raises(ValueError, match="different answers"):
        polychoric(np.random.default_rng(1).normal(size=(50, 2)))
    with pytest.raises(ValueError, match="fewer than 2"):
        polychoric([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 2]], missing="pairwise")


def standard_errors(answers: np.ndarray) -> np.ndarray:
    coded = code_answers(answers)
    first, second = item_pairs(answers.shape[1])
    rho = polychoric(answers, missing="pairwise").correlation[first, second]
    none = np.zeros_like(coded.tau)
    shares = [sampling_contributions(coded, rho, one, none) for one in np.eye(len(rho))]
    return np.sqrt([share @ share for share in shares])


@pytest.mark.parametrize("trait", list("ACENO"))
def test_standard_errors_of_dichotomies_agree_with_lavaan(trait, bfi, reference):
    # A table of two dichotomies is fitted exactly, so every sandwich coincides; lavaan divides by n - 1.
    expected = np.array(reference["ordinal"][f"{trait}_two"]["polychoric_se"])
    assert standard_errors(collapsed(bfi, f"{trait}_two")) == pytest.approx(expected * np.sqrt(599 / 600), rel=1e-6)


def test_standard_errors_hold_where_items_are_not_cut_from_normal_variables(bfi):
    # These two items fit a cut normal surface badly; here lavaan's 0.018 is a quarter too small.
    answers = collapsed(bfi, "N_five")[:, :2]
    rng = np.random.default_rng(11)
    draws = [polychoric(answers[rng.integers(0, 600, 600)]).correlation[0, 1] for _ in range(400)]
    assert standard_errors(answers)[0] == pytest.approx(np.std(draws), rel=0.1)


def test_standard_errors_with_absent_answers_follow_the_pairs():
    rng = np.random.default_rng(12)
    answers = np.digitize(rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=800), [-0.5, 0.5]).astype(float)
    holes = answers.copy()
    holes[:400, 0] = np.nan
    assert standard_errors(holes)[0] == pytest.approx(standard_errors(answers[400:])[0], rel=0.03)
