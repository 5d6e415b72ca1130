"""Limits that know which turns belong together: against the plain coefficients, leaving out by hand, and coverage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from forwhom.kernels.agreement import intraclass_correlations
from forwhom.kernels.clustered_agreement import clustered_agreement
from forwhom.kernels.coder_agreement import krippendorff_alpha, two_coders
from forwhom.kernels.kappa import kappa

KNOWN = (1, 2, 3, 4)
RNG = np.random.default_rng(5)
Alone = Callable[[np.ndarray, np.ndarray], float | None]
ALONE: dict[str, Alone] = {
    "kappa": lambda a, b: two_coders(a, b, categories=KNOWN).kappa.value,
    "linear": lambda a, b: two_coders(a, b, categories=KNOWN, weights="linear").kappa.value,
    "quadratic": lambda a, b: two_coders(a, b, categories=KNOWN, weights="quadratic").kappa.value,
    "ac1": lambda a, b: two_coders(a, b, categories=KNOWN).ac1.value,
    "adjusted": lambda a, b: two_coders(a, b, categories=KNOWN).adjusted.value,
    "alpha": lambda a, b: krippendorff_alpha(np.column_stack([a, b]), metric="ordinal").alpha.value,
    "icc": lambda a, b: intraclass_correlations(np.column_stack([a, b])).agreement.value,
}


def drawn(sessions: int, turns: int = 12, errs: float = 0.4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    one = RNG.integers(1, 5, sessions * turns).astype(float)
    two = np.where(RNG.random(one.size) < errs, RNG.integers(1, 5, one.size), one)
    return one, two, RNG.permutation(np.repeat(np.arange(sessions), turns))


@pytest.mark.parametrize("name", ALONE)
def test_value_and_limits_are_those_of_leaving_out_a_session_by_hand(name: str) -> None:
    t_of_4 = 2.7764451051977987
    for _ in range(20):
        one, two, of = drawn(5)
        found = getattr(clustered_agreement(one, two, of, categories=KNOWN), name)
        assert found.value == pytest.approx(ALONE[name](one, two), abs=1e-12)
        left = np.array([ALONE[name](one[of != k], two[of != k]) for k in range(5)], dtype=float)
        half = t_of_4 * float(np.sqrt(4 / 5 * ((left - left.mean()) ** 2).sum()))
        assert found.low == pytest.approx(max(-1, found.value - half), abs=1e-9)
        assert found.high == pytest.approx(min(1, found.value + half), abs=1e-9)


def test_plain_kappa_has_the_limits_of_the_kernel_of_kappa() -> None:
    one, two, of = drawn(6)
    found = clustered_agreement(one, two, of, categories=KNOWN).kappa
    other = kappa(np.column_stack([one, two]), of)
    assert (found.value, found.low, found.high) == pytest.approx((other.value, other.low, other.high), abs=1e-12)


def test_with_two_categories_every_weight_is_the_same_and_with_equal_use_so_are_the_others() -> None:
    one, two, of = drawn(6)
    one, two = 2.0 + (one > 2), 2.0 + (two > 2)
    found = clustered_agreement(one, two, of, categories=KNOWN)
    for each in (found.linear, found.quadratic):
        assert (each.value, each.low, each.high) == pytest.approx(
            (found.kappa.value, found.kappa.low, found.kappa.high), abs=1e-12
        )
    # Each category used equally often by each coder in each session: chance is one half for all of them.
    one = np.tile([0, 0, 0, 0, 1, 1, 1, 1], 4)
    two = np.concatenate([np.roll([0, 0, 0, 0, 1, 1, 1, 1], k) for k in (0, 1, 2, 0)])
    found = clustered_agreement(one, two, np.repeat(np.arange(4), 8), categories=(0, 1))
    for each in (found.ac1, found.adjusted):
        assert (each.value, each.low, each.high) == pytest.approx(
            (found.kappa.value, found.kappa.low, found.kappa.high), abs=1e-12
        )


def test_order_and_roles_do_not_matter() -> None:
    one, two, of = drawn(5)
    found = clustered_agreement(one, two, of, categories=KNOWN)
    turned = clustered_agreement(two[::-1], one[::-1], 10 - of[::-1], categories=KNOWN)
    for name in ALONE:
        first, second = getattr(found, name), getattr(turned, name)
        assert (first.value, first.low, first.high) == pytest.approx((second.value, second.low, second.high), abs=1e-12)


def test_where_no_limits_can_be_given_the_reason_stands_there() -> None:
    one, two, of = drawn(2)
    few = clustered_agreement(one, two, of, categories=KNOWN)
    same = clustered_agreement(one, one, np.arange(one.size) % 4, categories=KNOWN)
    only = np.array([1.0, 1, 0, 0, 0, 0, 0, 0, 0])
    lone = clustered_agreement(only, only, np.repeat([1, 2, 3], 3), categories=(0, 1))
    for name in ALONE:
        for found in (getattr(few, name), getattr(same, name)):
            assert found.value is not None
            assert (found.low, found.high) == (None, None)
            assert found.why_absent
    assert "Fewer than three" in (few.icc.why_absent or "")
    assert "changes nothing" in (same.quadratic.why_absent or "")
    for found in (lone.kappa, lone.alpha, lone.icc):
        assert (found.value, found.low) == (1.0, None)
        assert "Without one of the sessions" in (found.why_absent or "")
    assert clustered_agreement([1, 1], [1, 1], [1, 2], categories=KNOWN).alpha.value is None


def test_turns_of_one_coder_are_counted_and_wrong_arguments_refused() -> None:
    found = clustered_agreement([1, 2, np.nan], [1, 2, 2], [1, 2, 3], categories=KNOWN)
    assert (found.n, found.left_out, found.clusters) == (2, 1, 2)
    assert clustered_agreement([np.nan], [1], [1], categories=KNOWN).kappa.value is None
    with pytest.raises(ValueError, match="shape"):
        clustered_agreement([1, 2], [1, 2], [1], categories=KNOWN)
    with pytest.raises(ValueError, match="none of the categories"):
        clustered_agreement([1, 9], [1, 2], [1, 2], categories=KNOWN)
    with pytest.raises(ValueError, match="level"):
        clustered_agreement([1, 2], [1, 2], [1, 2], categories=KNOWN, level=2)


def test_limits_enclose_the_truth_where_coders_err_in_some_sessions_only() -> None:
    """Half of the sessions without an error, half with three in ten turns: 400 draws, 95 % limits; those by turn enclose less."""
    rng = np.random.default_rng(8)

    def session_codes(sessions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        errs = np.where(rng.random((sessions, 1)) < 0.5, 0.0, 0.4)
        true = rng.integers(1, 5, (sessions, 30))
        other = np.where(rng.random(true.shape) < errs, rng.integers(1, 5, true.shape), true)
        return true.ravel().astype(float), other.ravel().astype(float), np.repeat(np.arange(sessions), 30)

    truth = clustered_agreement(*session_codes(20_000), categories=KNOWN)
    inside = dict.fromkeys(ALONE, 0)
    by_turn = 0
    for _ in range(400):
        one, two, of = session_codes(10)
        found = clustered_agreement(one, two, of, categories=KNOWN)
        for name in ALONE:
            each, true = getattr(found, name), getattr(truth, name).value
            inside[name] += each.low is not None and each.low <= true <= each.high
        plain = two_coders(one, two, categories=KNOWN).kappa
        by_turn += (
            plain.low is not None and plain.high is not None and plain.low <= (truth.kappa.value or 0) <= plain.high
        )
    for name, times in inside.items():
        assert 0.91 <= times / 400 <= 0.99, name
    assert by_turn / 400 < 0.8
