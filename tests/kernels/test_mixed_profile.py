"""The search of profiles."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mixed_profile import _lowest


@pytest.mark.parametrize(
    "fault", [np.linalg.LinAlgError("not positive definite"), ValueError("no residual variance"), ZeroDivisionError()]
)
def test_a_step_too_far_is_taken_back(fault: Exception) -> None:
    """Where the criterion has no value in floating point the search returns instead of failing."""

    def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
        if x[0] > 2.0:
            raise fault
        return float(100 * (x[0] - 1.5) ** 2), 200 * (x - 1.5)

    value, at = _lowest(objective, np.zeros(1), np.zeros(1))
    assert value == pytest.approx(0.0, abs=1e-8)
    assert at[0] == pytest.approx(1.5, abs=1e-4)
