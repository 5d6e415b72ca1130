"""Alpha and item statistics against psych, published limits, closed forms and properties."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.items import item_covariance, item_matrix, item_statistics
from forwhom.kernels.reliability import cronbach_alpha, feldt_interval, score_precision, spearman_brown

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


@pytest.mark.parametrize("trait", list("ACENO"))
def test_alpha_and_items_agree_with_psych(trait, bfi, reference):
    expected = reference["continuous"][trait]
    alpha = cronbach_alpha(bfi[trait])
    assert alpha.n == expected["n"]
    assert alpha.left_out == len(bfi[trait]) - expected["n"]
    assert alpha.value == pytest.approx(expected["alpha"], abs=1e-13)
    assert alpha.standardised == pytest.approx(expected["standardised"], abs=1e-13)
    assert alpha.mean_r == pytest.approx(expected["mean_r"], abs=1e-13)
    assert [alpha.low, alpha.high] == pytest.approx(expected["feldt"], abs=1e-10)
    pairwise = cronbach_alpha(bfi[trait], missing="pairwise")
    assert pairwise.value == pytest.approx(expected["alpha_pairwise"], abs=1e-13)
    complete = bfi[trait][~np.isnan(bfi[trait]).any(axis=1)]
    items = item_statistics(complete, lowest=1, highest=6)
    for name, key in (("r_rest", "r_drop"), ("alpha_without", "alpha_drop"), ("mean", "mean"), ("sd", "sd")):
        assert getattr(items, name) == pytest.approx(expected[key], abs=1e-12), name
    for shares, row, floor, ceiling in zip(items.shares, expected["shares"], items.floor, items.ceiling, strict=True):
        assert [share for _, share in shares] == pytest.approx(row, abs=1e-12)
        assert (floor, ceiling) == pytest.approx((row[0], row[-1]))


def test_feldt_limits_as_published():
    # C. Evans' worked example (MRC CBU statistics pages): alpha .913, 873 persons, 20 items.
    assert feldt_interval(0.913, 873, 20) == pytest.approx((0.9044024, 0.9211588), abs=5e-8)


def test_bonett_interval_is_the_formula():
    rng = np.random.default_rng(2)
    answers = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
    alpha = cronbach_alpha(answers, interval="bonett")
    half = 1.959963984540054 * np.sqrt(2 * 4 / (3 * 58))
    assert np.log1p(-alpha.low) - np.log1p(-alpha.value) == pytest.approx(half)
    assert np.log1p(-alpha.value) - np.log1p(-alpha.high) == pytest.approx(half)


def test_distribution_free_interval_agrees_with_bootstrap(bfi):
    complete = bfi["N"][~np.isnan(bfi["N"]).any(axis=1)][:400]
    free = cronbach_alpha(complete, interval="distribution-free")
    boot = cronbach_alpha(complete, interval="bootstrap", rng=np.random.default_rng(1), resamples=2000)
    assert (free.low, free.high) == pytest.approx((boot.low, boot.high), abs=0.008)


def test_two_items_give_the_spearman_brown_coefficient():
    rng = np.random.default_rng(4)
    pair = rng.normal(size=(50, 1)) + rng.normal(size=(50, 2))
    standardised = cronbach_alpha(pair).standardised
    assert standardised == pytest.approx(spearman_brown(np.corrcoef(pair.T)[0, 1], 2))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-100, 100))
def test_order_shift_and_scale_do_not_matter(seed, scale, shift):
    rng = np.random.default_rng(seed)
    answers = rng.normal(size=(30, 1)) + rng.normal(size=(30, 5))
    alpha = cronbach_alpha(answers)
    moved = cronbach_alpha(scale * answers[rng.permutation(30)][:, rng.permutation(5)] + shift)
    assert moved.value == pytest.approx(alpha.value, abs=1e-9)
    absent = cronbach_alpha(np.vstack([answers, np.full((3, 5), np.nan)]))
    assert (absent.value, absent.low, absent.n) == (pytest.approx(alpha.value), pytest.approx(alpha.low), 30)
    assert absent.left_out == 3
    assert cronbach_alpha(-answers).value == pytest.approx(alpha.value)


def test_pairwise_covariance_is_each_pairs_own():
    rng = np.random.default_rng(5)
    answers = rng.normal(size=(40, 3)) + 1e6
    answers[rng.random((40, 3)) < 0.2] = np.nan
    found = item_covariance(answers, "pairwise")
    for i, j in ((0, 1), (0, 2), (1, 2), (1, 1)):
        both = ~np.isnan(answers[:, [i, j]]).any(axis=1)
        assert found.matrix[i, j] == pytest.approx(np.cov(answers[both, i], answers[both, j])[0, 1], rel=1e-6)
    assert found.n == min((~np.isnan(answers[:, [i, j]]).any(axis=1)).sum() for i in range(3) for j in range(3))


def test_what_cannot_be_computed_says_why():
    constant = np.ones((10, 3))
    alpha = cronbach_alpha(constant)
    assert alpha.value is None
    assert "does not vary" in alpha.why_absent
    one_still = np.column_stack([np.arange(10.0), np.ones(10), np.arange(10.0)[::-1] ** 2])
    assert cronbach_alpha(one_still).standardised is None
    assert item_statistics(one_still).r_rest[1] is None
    nobody = cronbach_alpha([[1.0, np.nan], [np.nan, 2.0]])
    assert (nobody.value, nobody.n, nobody.left_out) == (None, 0, 2)
    empty = item_statistics([[np.nan, 1.0], [np.nan, 2.0]], lowest=0)
    assert (empty.mean[0], empty.floor[0], empty.r_rest) == (None, None, (None, None))
    same = np.arange(5.0)[:, None] + np.zeros((5, 3))
    assert cronbach_alpha(same).value == pytest.approx(1.0)
    assert cronbach_alpha(same).low is None


def test_bad_input_is_refused():
    for bad, word in (
        (np.ones(4), "dimension"),
        (np.ones((4, 1)), "column"),
        ([[1.0, np.inf], [2.0, 3.0]], "infinite"),
    ):
        with pytest.raises(ValueError, match=word):
            item_matrix(bad)
    answers = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(ValueError, match="rng"):
        cronbach_alpha(answers, interval="bootstrap")
    with pytest.raises(ValueError, match="level"):
        cronbach_alpha(answers, level=95)
    with pytest.raises(ValueError, match="missing"):
        cronbach_alpha(answers, missing="listwise")
    with pytest.raises(ValueError, match="interval"):
        cronbach_alpha(answers, interval="exact")
    with pytest.raises(ValueError, match="lowest"):
        item_statistics(answers, lowest=[1, 2])


def test_score_precision():
    precision = score_precision(10, 0.84)
    assert precision.sem == pytest.approx(4.0)
    assert precision.se_difference == pytest.approx(4 * np.sqrt(2))
    assert precision.smallest_detectable_change == pytest.approx(1.959963984540054 * 4 * np.sqrt(2))
    assert precision.half_width == pytest.approx(1.959963984540054 * 4)
    for sd, reliability in ((0, 0.8), (5, 1.2), (5, -0.1), (np.nan, 0.5)):
        with pytest.raises(ValueError):
            score_precision(sd, reliability)
