"""Percentile ranks and z scores."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.profile_place import percentile_rank, z_score


def test_ties_are_halved_and_sides_mirror() -> None:
    sample = np.array([1.0, 2.0, 2.0, 2.0, 9.0, np.nan])
    assert percentile_rank(sample, 2.0) == pytest.approx((1 + 1.5) / 5)
    assert percentile_rank(sample, 2.0) == pytest.approx(1 - percentile_rank(-sample, -2.0))


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert percentile_rank([3.0, np.nan], 3.0) is None
    assert np.isnan(z_score([3.0, 3.0], 3.0)[0])
    assert np.isnan(z_score([3.0], 3.0)[1])
    assert z_score([1.0, 3.0, 5.0], 7.0) == pytest.approx((2.0, 2.0))
