"""Kraemer's composite moderator against the pairs themselves, and that nobody is judged by weights they made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forwhom.kernels.composite_moderator import composite_moderator, moderator_effect, pair_weights


def sample(n: int = 40, p: int = 3, seed: int = 0, gain: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    m = rng.normal(size=(n, p)) * np.arange(1, p + 1) + 5
    arm = rng.permutation(np.arange(n) % 3 > 0).astype(int)
    return 0.4 * m[:, 0] + arm * gain * m[:, 0] + rng.normal(size=n), arm, m


def pairs(y: np.ndarray, arm: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of one person from each arm: difference in outcome, average and difference of the moderators."""
    rows = [
        (y[i] - y[j], (m[i] + m[j]) / 2, m[i] - m[j])
        for i in np.flatnonzero(arm == 1)
        for j in np.flatnonzero(arm == 0)
    ]
    return tuple(np.array(part) for part in zip(*rows, strict=True))


@pytest.mark.parametrize("binary", [False, True])
def test_effect_size_is_the_correlation_over_all_pairs(binary: bool) -> None:
    y, arm, m = sample(gain=0.5)
    y = (y > np.median(y)).astype(float) if binary else y
    difference, average, _ = pairs(y, arm, m)
    for j in range(3):
        slow = np.corrcoef(difference, average[:, j])[0, 1]
        assert moderator_effect(y, arm, m[:, j]).value == pytest.approx(slow, abs=1e-12)


def test_weights_are_those_of_the_regression_over_all_pairs() -> None:
    y, arm, m = sample(gain=0.5)
    difference, average, apart = pairs(y, arm, m)
    ones = np.ones(difference.size)
    both = np.linalg.lstsq(np.column_stack([ones, average, apart]), difference, rcond=None)[0]
    np.testing.assert_allclose(pair_weights(y, arm, m), both[1:4], rtol=1e-9)
    alone = np.linalg.lstsq(np.column_stack([ones, average]), difference, rcond=None)[0]
    np.testing.assert_allclose(pair_weights(y, arm, m, differences=False), alone[1:], rtol=1e-9)


def test_weights_are_arm_by_moderator_of_least_squares() -> None:
    y, arm, m = sample(gain=0.5)
    x = np.column_stack([np.ones(y.size), arm, m, arm[:, None] * m])
    np.testing.assert_allclose(pair_weights(y, arm, m), np.linalg.lstsq(x, y, rcond=None)[0][5:], rtol=1e-8)


def test_equal_variances_give_half_the_difference_of_correlations() -> None:
    rng = np.random.default_rng(3)
    m, y = rng.normal(size=(2, 30)), rng.normal(size=(2, 30))
    m, y = ((v - v.mean(axis=1, keepdims=True)) / v.std(axis=1, keepdims=True) for v in (m, y))
    found = moderator_effect(y.ravel(), np.repeat([1, 0], 30), m.ravel()).value
    assert found == pytest.approx((np.corrcoef(y[0], m[0])[0, 1] - np.corrcoef(y[1], m[1])[0, 1]) / 2, abs=1e-12)


def test_standard_error_is_that_of_the_bootstrap() -> None:
    y, arm, m = sample(300, seed=5, gain=0.3)
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(600):
        rows = np.concatenate([rng.choice(np.flatnonzero(arm == k), (arm == k).sum()) for k in (0, 1)])
        drawn.append(moderator_effect(y[rows], arm[rows], m[rows, 0]).value)
    assert moderator_effect(y, arm, m[:, 0]).se == pytest.approx(np.std(drawn), rel=0.12)


def test_swapping_arms_or_turning_the_outcome_turns_the_sign() -> None:
    y, arm, m = sample(gain=0.5)
    one = moderator_effect(y, arm, m[:, 0])
    for other in (moderator_effect(y, 1 - arm, m[:, 0]), moderator_effect(-y, arm, m[:, 0])):
        assert other.value == pytest.approx(-one.value)
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low))


def test_nobody_is_scored_by_weights_their_outcome_made() -> None:
    y, arm, m = sample(90, gain=0.5)
    before = composite_moderator(y, arm, m, repeats=4, rng=np.random.default_rng(1)).score
    for i in (0, 7, 50):
        changed = y.copy()
        changed[i] += 1000.0
        after = composite_moderator(changed, arm, m, repeats=4, rng=np.random.default_rng(1)).score
        assert after[i] == pytest.approx(before[i], abs=1e-12)
        assert np.abs(after - before).max() > 0.1


def test_absent_values_are_filled_from_other_folds_only() -> None:
    y, arm, m = sample(90, gain=0.5)
    m[3, 0] = np.nan
    found = composite_moderator(y, arm, m, repeats=2, rng=np.random.default_rng(1))
    assert np.isfinite(found.score).all()
    assert np.isfinite(found.weights).all()


def test_without_moderation_the_composite_shows_none_out_of_sample_and_flatters_in_sample() -> None:
    values, above, flattered = [], 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        m, arm = rng.normal(size=(80, 4)), np.tile([0, 1], 40)
        found = composite_moderator(m.sum(axis=1) + rng.normal(size=80), arm, m, repeats=3, rng=rng)
        values.append(found.effect_size.value)
        above += found.effect_size.low > 0
        flattered += found.optimism > 0
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
    assert above <= 6
    assert flattered >= 57


def test_known_moderation_is_found() -> None:
    rng = np.random.default_rng(4)
    m, arm = rng.normal(size=(400, 3)), np.tile([0, 1], 200)
    y = m[:, 2] + arm * (m[:, 0] - m[:, 1]) + rng.normal(size=400)
    found = composite_moderator(y, arm, m, repeats=5, rng=rng)
    # M* = m0 - m1 has covariance 2 and 0 with the outcome, variance 2 in each arm; the outcome has variance 4 and 2.
    truth = (2 - 0) / np.sqrt((2 + 2) * (4 + 2))
    assert found.effect_size.low < truth < found.effect_size.high
    assert found.effect_size.low > 0.2
    np.testing.assert_allclose(found.weights, [1, -1, 0], atol=0.35)
    assert found.agreement[:2].tolist() == [1, 1]


def test_rows_in_another_order_and_other_units_change_nothing_in_sample() -> None:
    y, arm, m = sample(60, gain=0.5)
    one = composite_moderator(y, arm, m, repeats=1, rng=np.random.default_rng(1))
    order = np.random.default_rng(2).permutation(60)
    other = composite_moderator(
        y[order], arm[order], m[order] * [10, 1, 1] + 7, repeats=1, rng=np.random.default_rng(1)
    )
    assert other.in_sample == pytest.approx(one.in_sample)
    np.testing.assert_allclose(other.weights, one.weights, rtol=1e-8)


def test_clusters_stay_whole_and_widen() -> None:
    rng = np.random.default_rng(6)
    cluster = np.repeat(np.arange(20), 10)
    slope = rng.normal(size=20)[cluster]
    m, arm = rng.normal(size=(200, 2)), np.tile([0, 1], 100)
    y = arm * slope * m[:, 0] + 0.5 * rng.normal(size=200)
    alone = composite_moderator(y, arm, m, repeats=3, rng=np.random.default_rng(1)).effect_size
    together = composite_moderator(y, arm, m, repeats=3, cluster=cluster, rng=np.random.default_rng(1)).effect_size
    assert together.se > alone.se


@pytest.mark.parametrize(
    "change",
    [
        lambda y, a, m: (y[:-1], a, m),
        lambda y, a, m: (np.where(y == y[0], np.nan, y), a, m),
        lambda y, a, m: (y, a + 1, m),
        lambda y, a, m: (y, a, np.where(m == m[0, 0], np.inf, m)),
        lambda y, a, m: (y[a == 0], a[a == 0], m[a == 0]),
        lambda y, a, m: (y[:9], a[:9], m[:9]),
    ],
)
def test_refuses(change: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        composite_moderator(*change(*sample()), rng=np.random.default_rng(1))
