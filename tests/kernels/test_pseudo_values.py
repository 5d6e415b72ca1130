"""Pseudo-observations against leaving people out one by one, and the case without anybody lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwhom.kernels.pseudo_values import pseudo_risk
from forwhom.kernels.survival import kaplan_meier


def risk(time: np.ndarray, event: np.ndarray, horizon: float) -> float:
    """One minus the Kaplan-Meier curve at the horizon, by the project's own curve."""
    curve = kaplan_meier(time, event)
    before = curve.survival[curve.times <= horizon]
    return 1.0 - (float(before[-1]) if before.size else 1.0)


@given(st.integers(0, 10_000))
def test_each_is_what_the_person_adds_to_the_risk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 25))
    time, event = rng.integers(1, 8, n).astype(float), rng.random(n) < 0.5
    found = pseudo_risk(time, event, 5.0)
    for i in range(n):
        others = np.arange(n) != i
        expected = n * risk(time, event, 5.0) - (n - 1) * risk(time[others], event[others], 5.0)
        if not (event | (time >= 5.0)).all():
            assert found[i] == pytest.approx(expected, abs=1e-9)


def test_without_losses_they_are_the_events() -> None:
    found = pseudo_risk([2.0, 9.0, 12.0, 12.0], [True, True, False, False], 8.0)
    np.testing.assert_array_equal(found, [1, 0, 0, 0])


def test_equal_hazards_give_equal_means_however_long_people_are_followed() -> None:
    rng = np.random.default_rng(3)
    means = []
    for longest in (6.0, 12.0):
        time = rng.exponential(8.0, 4000)
        until = rng.uniform(1.0, longest, 4000)
        until[:800] = longest
        means.append(pseudo_risk(np.minimum(time, until), time <= until, 6.0).mean())
    assert means[0] == pytest.approx(1 - np.exp(-6 / 8), abs=0.03)
    assert means[1] == pytest.approx(1 - np.exp(-6 / 8), abs=0.03)


@pytest.mark.parametrize("time", [[1.0, np.nan], [1.0, -1.0], [1.0]])
def test_times_that_are_none_are_refused(time: list[float]) -> None:
    with pytest.raises(ValueError, match="time"):
        pseudo_risk(time, [True, False], 1.0)
