"""Bounds of chains: common causes of known strength give the true effects back, and what holds no link is refused."""

from __future__ import annotations

import numpy as np
import pytest

from forwhom.kernels.mediation.columns import Floats
from forwhom.kernels.mediation.linear import Mediation, mediate
from forwhom.kernels.mediation.sensitivity import Sensitivity, sensitivity

A, LINK, B, DIRECT = (0.7, 0.4), 0.5, (0.3, 0.6), 0.2
TRUE = {"through_1": A[0] * B[0], "through_2": A[1] * B[1], "through_1_2": A[0] * LINK * B[1]}
TRUE["indirect"] = sum(TRUE.values())
RHO = 0.4


def fitted(tied: tuple[int, int] | None, n: int = 200_000, draws: int = 2) -> Mediation:
    """Errors of the first mediator, the second and the outcome; two of them tied by RHO."""
    rng = np.random.default_rng(8)
    of = np.eye(3)
    if tied is not None:
        of[tied] = of[tied[::-1]] = RHO
    errors = rng.multivariate_normal(np.zeros(3), of, n) * [1.0, 2.0, 0.5]
    x = np.repeat([0.0, 1.0], n // 2)
    m1 = A[0] * x + errors[:, 0]
    m2 = A[1] * x + LINK * m1 + errors[:, 1]
    y = DIRECT * x + B[0] * m1 + B[1] * m2 + errors[:, 2]
    return mediate(x, np.column_stack([m1, m2]), y, serial=True, draws=draws, rng=rng)


def at(curve: Sensitivity, rho: float = RHO) -> float:
    here: Floats = curve.estimate[np.argmin(np.abs(curve.rho - rho))]
    return float(here)


@pytest.mark.parametrize("mediator", [0, 1])
@pytest.mark.parametrize("effect", list(TRUE))
def test_a_cause_of_mediator_and_outcome_is_taken_back(effect: str, mediator: int) -> None:
    found = fitted((mediator, 2))
    assert at(sensitivity(found, effect=effect, mediator=mediator)) == pytest.approx(TRUE[effect], abs=0.012)
    # What the second mediator does is estimated given the first, whatever moves that.
    untouched = mediator == 0 and effect in ("through_2", "through_1_2")
    assert (abs(found.of(effect)[0] - TRUE[effect]) < 0.01) == untouched


def test_a_cause_of_two_mediators_is_taken_back() -> None:
    found = fitted((0, 1))
    assert found.of("through_1_2")[0] > TRUE["through_1_2"] + 0.2
    assert at(sensitivity(found, effect="through_1_2", mediator=0, other=1)) == pytest.approx(
        TRUE["through_1_2"], abs=0.012
    )


def test_the_bound_of_a_link_is_the_partial_correlation_of_the_mediators() -> None:
    found = fitted(None, n=400, draws=100)
    curve = sensitivity(found, effect="through_1_2", mediator=0, other=1)
    first, second = (
        each - np.where(found.columns.x[:, 0] == 1, each[200:].mean(), each[:200].mean()) for each in found.columns.m.T
    )
    assert curve.rho_zero == pytest.approx(np.corrcoef(first, second)[0, 1])
    assert (curve.r2_mediator, curve.r2_outcome) == (found.chain[0].r2, found.chain[1].r2)
    here = int(np.argmin(np.abs(curve.rho)))
    estimate, _, low, high, _ = found.of("through_1_2")
    assert (curve.estimate[here], curve.low[here], curve.high[here]) == pytest.approx((estimate, low, high))


def test_the_chain_and_its_last_mediator_share_a_bound() -> None:
    found = fitted(None, n=400, draws=100)
    one, other = (sensitivity(found, effect=name, mediator=1).rho_zero for name in ("through_2", "through_1_2"))
    assert one == pytest.approx(other)


def test_links_that_are_not_there_are_refused() -> None:
    found = fitted(None, n=100, draws=10)
    with pytest.raises(ValueError, match="no link from mediator 1 to mediator 2"):
        sensitivity(found, effect="through_2", mediator=0, other=1)
    with pytest.raises(ValueError, match="no link"):
        sensitivity(found, effect="indirect", mediator=0, other=1)
    with pytest.raises(ValueError, match="from 0 to 1"):
        sensitivity(found, mediator=2)
