"""Rubin's rules by hand and at their limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forwhom.kernels.rubin import pool


def test_by_hand():
    """Formulas of Barnard & Rubin (1999) worked through with four imputations."""
    pooled = pool([1.0, 1.4, 0.9, 1.2], [0.20, 0.22, 0.19, 0.21], complete_df=40)
    between = np.var([1.0, 1.4, 0.9, 1.2], ddof=1)
    total = 0.205 + 1.25 * between
    share = 1.25 * between / total
    df = 1 / (share**2 / 3 + 1 / (41 / 43 * 40 * (1 - share)))
    assert float(pooled.se) == pytest.approx(np.sqrt(total))
    assert float(pooled.df) == pytest.approx(df)
    assert float(pooled.high) == pytest.approx(1.125 + stats.t.isf(0.025, df) * np.sqrt(total))
    assert float(pooled.p) == pytest.approx(2 * stats.t.sf(1.125 / np.sqrt(total), df))


def test_many_analyses_at_once_are_pooled_each_by_itself():
    rng = np.random.default_rng(0)
    q, u = rng.normal(size=(10, 3)), rng.uniform(1, 2, (10, 3))
    together = pool(q, u, complete_df=30)
    for k in range(3):
        assert together.low[k] == pytest.approx(float(pool(q[:, k], u[:, k], complete_df=30).low))


def test_identical_analyses_keep_their_degrees_of_freedom():
    pooled = pool([2.0, 2.0, 2.0], [1.0, 1.0, 1.0], complete_df=17)
    assert (float(pooled.df), float(pooled.se), float(pooled.monte_carlo_se)) == (17.0, 1.0, 0.0)


def test_one_imputation_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        pool([1.0], [1.0], complete_df=10)
    with pytest.raises(ValueError, match="between 0 and 1"):
        pool([1.0, 2.0], [1.0, 1.0], complete_df=10, level=95)
