"""Intraclass correlations against Shrout & Fleiss (1979), psych, simulated components; test-retest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.agreement import intraclass_correlations, retest_reliability

FORMS = ("one_way", "agreement", "consistency", "one_way_average", "agreement_average", "consistency_average")
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_shrout_and_fleiss_as_published():
    icc = intraclass_correlations(SHROUT_FLEISS)
    # Table 4 of the paper, two decimals; mean squares from its Table 3.
    assert [round(getattr(icc, form).value, 2) for form in FORMS] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    squares = (icc.mean_square_persons, icc.mean_square_within, icc.mean_square_raters, icc.mean_square_residual)
    assert [round(square, 2) for square in squares] == [11.24, 6.26, 32.49, 1.02]
    assert (icc.n, icc.k, icc.left_out) == (6, 4, 0)


@pytest.mark.parametrize("which", ["shrout_fleiss", "bfi"])
def test_values_and_limits_agree_with_psych(which, root: Path):
    expected = json.loads((root / "validation/reliability/reference.json").read_text())["icc"][which]
    table = SHROUT_FLEISS
    if which == "bfi":
        with (root / "validation/reliability/bfi_items.csv").open() as file:
            names, *rows = csv.reader(file)
        columns = [names.index(name) for name in ("N1", "N2", "N3")]
        table = [[float(row[j]) for j in columns] for row in rows if all(row[j] for j in columns)][:200]
    icc = intraclass_correlations(table)
    for form, row in zip(FORMS, expected, strict=True):
        found = getattr(icc, form)
        assert (found.value, found.low, found.high) == pytest.approx(
            (row["ICC"], row["lower bound"], row["upper bound"]), abs=1e-12
        ), form


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 9))
def test_properties(seed, shift, scale):
    rng = np.random.default_rng(seed)
    ratings = rng.normal(size=(12, 1)) + rng.normal(size=(12, 3))
    icc = intraclass_correlations(ratings)
    moved = intraclass_correlations(scale * ratings[rng.permutation(12)][:, ::-1] + shift)
    for form in FORMS:
        assert getattr(moved, form).value == pytest.approx(getattr(icc, form).value, abs=1e-8)
    shifted = intraclass_correlations(ratings + np.array([0.0, 5.0, -2.0]))
    assert shifted.consistency.value == pytest.approx(icc.consistency.value, abs=1e-9)
    assert shifted.mean_square_raters > icc.mean_square_raters
    absent = intraclass_correlations(np.vstack([ratings, [1.0, np.nan, 2.0]]))
    assert (absent.n, absent.left_out) == (12, 1)
    assert absent.agreement.value == pytest.approx(icc.agreement.value)


def test_agreement_interval_covers():
    rng = np.random.default_rng(3)
    true, hits = 1.0 / (1.0 + 0.3 + 0.5), 0
    for _ in range(600):
        ratings = (
            rng.normal(size=(30, 1)) + np.sqrt(0.3) * rng.normal(size=(1, 8)) + np.sqrt(0.5) * rng.normal(size=(30, 8))
        )
        found = intraclass_correlations(ratings).agreement
        hits += found.low <= true <= found.high
    assert 0.925 <= hits / 600 <= 0.975


def test_retest_parts_fit_together():
    rng = np.random.default_rng(4)
    first = rng.normal(20, 6, size=80)
    second = first + rng.normal(1.5, 3, size=80)
    second[:3] = np.nan
    retest = retest_reliability(first, second)
    assert (retest.n, retest.left_out) == (77, 3)
    assert retest.pearson.value == pytest.approx(np.corrcoef(first[3:], second[3:])[0, 1])
    assert np.arctanh(retest.pearson.high) - np.arctanh(retest.pearson.low) == pytest.approx(2 * 1.959964 / np.sqrt(74))
    icc = intraclass_correlations(np.column_stack([first, second]))
    assert retest.sem == pytest.approx(np.sqrt(icc.mean_square_residual))
    assert retest.agreement.value < retest.consistency.value
    assert retest.mean_change == pytest.approx(np.mean(second[3:] - first[3:]))
    assert retest.smallest_detectable_change == pytest.approx(1.959963984540054 * np.sqrt(2) * retest.sem)


def test_what_cannot_be_computed_says_why():
    still = retest_reliability([1, 2, 3, 4, 5], [3, 3, 3, 3, 3])
    assert still.pearson.value is None
    assert "does not vary" in still.pearson.why_absent
    same = retest_reliability([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert same.agreement.value == pytest.approx(1.0)
    assert same.agreement.low is None
    assert same.pearson.low is None
    three = retest_reliability([1, 2, 3], [2, 1, 4])
    assert "at least 4" in three.pearson.why_absent
    flat = intraclass_correlations(np.ones((5, 3)))
    assert all(getattr(flat, form).value is None for form in FORMS)
    opposite = intraclass_correlations([[1, -1], [2, -2], [3, -3]])
    assert opposite.consistency_average.value is None
    assert opposite.agreement.value is not None


def test_bad_input_is_refused():
    for bad in ([1.0, 2.0], [[1.0], [2.0]], [[1.0, np.inf], [2.0, 3.0]], [[1.0, 2.0], [np.nan, 1.0]]):
        with pytest.raises(ValueError):
            intraclass_correlations(bad)
    with pytest.raises(ValueError, match="level"):
        intraclass_correlations(SHROUT_FLEISS, level=0)
    with pytest.raises(ValueError, match="shape"):
        retest_reliability([1, 2, 3], [1, 2])
