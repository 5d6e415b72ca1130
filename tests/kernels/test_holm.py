"""Holm's adjusted p values against R's p.adjust (4.2.2), worked by hand."""

from __future__ import annotations

import pytest

from forwhom.kernels.holm import holm


def test_as_p_adjust() -> None:
    assert holm([0.01, 0.02, 0.02, 0.5, 0.04]) == pytest.approx([0.05, 0.08, 0.08, 0.5, 0.08])


def test_never_above_one_nor_below_the_raw_and_in_their_order() -> None:
    raw = [0.9, 0.2, 0.6, 0.04]
    made = holm(raw)
    assert all(m is not None and r <= m <= 1 for r, m in zip(raw, made, strict=True))
    assert made[0] == 1.0
    assert made[3] == pytest.approx(0.16)


def test_no_test_costs_nothing() -> None:
    assert holm([0.03, None, 0.04]) == (0.06, None, 0.06)
    assert holm([0.03]) == (0.03,)
    assert holm([]) == ()


def test_refuses_what_is_no_p() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([1.2])
