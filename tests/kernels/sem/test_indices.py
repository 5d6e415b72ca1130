"""Indices of fit against published values and their own definitions; chi-square differences; score tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ncx2

from forwhom.kernels.sem.fit import fit_sem
from forwhom.kernels.sem.indices import chisq_difference, indices, srmr
from forwhom.kernels.sem.ram import Cells, Ram
from forwhom.kernels.sem.score_tests import Cell, score_tests

NONE = Cells.of([], [], [])


@pytest.mark.parametrize(("chisq", "df", "n"), [(85.306, 24, 301), (3000.0, 265, 2800), (50.0, 40, 60), (9.0, 1, 30)])
def test_the_limits_of_rmsea_are_those_of_the_noncentral_distribution(chisq: float, df: int, n: int) -> None:
    found = indices(chisq, df, 10 * chisq, df + 10, n=n)
    for limit, below in ((found.rmsea_low, 0.95), (found.rmsea_high, 0.05)):
        assert limit is not None
        if limit > 0:
            assert ncx2.cdf(chisq, df, limit**2 * n * df) == pytest.approx(below, abs=1e-7)
    assert found.close == pytest.approx(ncx2.sf(chisq, df, n * df * 0.0025), abs=1e-9)


def test_a_model_that_fits_better_than_expected_has_rmsea_zero_and_cfi_one() -> None:
    found = indices(5.0, 10, 400.0, 15, n=200)
    assert (found.rmsea, found.rmsea_low, found.cfi) == (0.0, 0.0, 1.0)
    assert found.tli is not None
    assert found.tli > 1


def test_saturated_models_have_no_test() -> None:
    found = indices(0.0, 0, 100.0, 6, n=100)
    assert (found.p, found.rmsea, found.tli, found.cfi) == (None, None, None, 1.0)


def test_srmr_of_one_wrong_correlation() -> None:
    observed, implied = (np.array([[4.0, 1.0], [1.0, 1.0]]), np.zeros(2)), (np.diag([4.0, 1.0]), np.zeros(2))
    assert srmr([observed], [implied], [50]) == pytest.approx(np.sqrt(0.25 / 5))


def test_a_scaled_difference_that_is_not_positive_has_no_p() -> None:
    found = chisq_difference((30.0, 12, 0.9), (20.0, 10, 1.4))
    assert found.chisq is None
    assert found.p is None
    assert chisq_difference((30.0, 12, 1.0), (20.0, 10, 1.0)).chisq == pytest.approx(10.0)


def one_factor(free: list[int]) -> Ram:
    """Five indicators, loadings 1 unless in `free`; residual variances, factor variance, means."""
    paths = np.zeros((6, 6))
    fixed = [i for i in range(5) if i not in free]
    paths[fixed, 5] = 1.0
    q = len(free)
    loadings = Cells.of(free, [5] * q, list(range(q)))
    spread = Cells.of(list(range(6)), list(range(6)), list(range(q, q + 6)))
    means = Cells.of(list(range(5)), [0] * 5, list(range(q + 6, q + 11)))
    return Ram(paths, np.zeros((6, 6)), np.zeros(6), loadings, spread, means, 5)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_near_the_optimum_the_index_is_the_fall_of_chisquare_and_the_change_the_departure(missing: float) -> None:
    rng = np.random.default_rng(8)
    y = rng.standard_normal((3000, 1)) + rng.standard_normal((3000, 5))
    y[rng.random(y.shape) < missing] = np.nan
    wide = fit_sem([one_factor([1, 2, 3, 4])], [y], np.r_[np.ones(10), np.zeros(5)])
    near = one_factor([1, 2, 3])
    near.paths[4, 5] = wide.theta[3] - 0.001
    narrow = fit_sem([near], [y], np.r_[np.ones(9), np.zeros(5)])
    found = score_tests(narrow, [Cell(0, "paths", 4, 5)], expected=False)
    assert found.index[0] == pytest.approx(narrow.chisq - wide.chisq, rel=0.003)
    assert found.change[0] == pytest.approx(0.001, rel=0.003)


def test_a_cell_that_cannot_be_freed_has_no_index() -> None:
    rng = np.random.default_rng(9)
    y = rng.standard_normal((300, 1)) + rng.standard_normal((300, 5))
    fit = fit_sem([one_factor([1, 2, 3, 4])], [y], np.r_[np.ones(10), np.zeros(5)])
    assert np.isnan(score_tests(fit, [Cell(0, "paths", 0, 5)]).index[0])
