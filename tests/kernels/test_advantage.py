"""The advantage index: a slow version by hand, what it is 0 for, and which sign is good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forwhom.kernels.advantage import advantage, indicated_arm
from forwhom.kernels.crossfit import CrossFit


def example(n: int = 60, arms: int = 2, repeats: int = 2, seed: int = 1) -> tuple[CrossFit, np.ndarray]:
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=(repeats, n, arms))
    effects[:, :, 0] = 0.0
    arm = rng.integers(0, arms, size=n)
    y = rng.normal(size=n) + arm
    observed = rng.random(n) < 0.8
    y[~observed] = np.nan
    scores = rng.normal(size=(repeats, n, arms))
    fold = np.stack([rng.permutation(np.arange(n) % 5) for _ in range(repeats)])
    return (
        CrossFit(
            scores, effects, effects, effects[None], ("made",), fold, np.full((n, arms), 1 / arms), arm, observed, None, False
        ),
        y,
    )  # fmt: skip


@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_slow_version_agrees(arms: int, sign: int) -> None:
    fit, y = example(arms=arms)
    differences, robust, matching = [], [], []
    for r in range(2):
        got, other, contrast, by_fold = [], [], [], []
        for i in range(60):
            best = max(range(arms), key=lambda a: sign * fit.effects[r, i, a])
            rest = [fit.scores[r, i, a] for a in range(arms) if a != best]
            contrast.append(fit.scores[r, i, best] - np.mean(rest))
            if fit.observed[i]:
                (got if fit.arm[i] == best else other).append(y[i])
        differences.append(np.mean(got) - np.mean(other))
        robust.append(np.mean(contrast))
        for f in range(5):
            rows = np.flatnonzero(fit.fold[r] == f)
            best = indicated_arm(fit, sign=sign)[r, rows]
            followed = np.mean([fit.scores[r, i, b] for i, b in zip(rows, best, strict=True)])
            shares = [np.mean(best == a) for a in range(arms)]
            at_random = sum(shares[a] * fit.scores[r, rows, a].mean() for a in range(arms))
            by_fold.append((followed - at_random) * rows.size / (rows.size - 1) * rows.size / 60)
        matching.append(sum(by_fold))
    found = advantage(fit, y, sign=sign)
    assert found.difference.estimate == pytest.approx(np.mean(differences))
    assert found.robust.estimate == pytest.approx(np.mean(robust))
    assert found.matching.estimate == pytest.approx(np.mean(matching))
    assert found.got.n + found.other.n == pytest.approx(fit.observed.sum())
    assert found.share.sum() == pytest.approx(1.0)


def test_two_groups_are_compared_after_welch() -> None:
    fit, y = example(repeats=1)
    best = indicated_arm(fit, sign=1)[0]
    one, two = (y[fit.observed & ((fit.arm == best) == same)] for same in (True, False))
    a, b = one.var(ddof=1) / one.size, two.var(ddof=1) / two.size
    found = advantage(fit, y, sign=1).difference
    assert found.se == pytest.approx(np.sqrt(a + b))
    assert found.df == pytest.approx((a + b) ** 2 / (a**2 / (one.size - 1) + b**2 / (two.size - 1)))


def test_more_repeats_of_the_same_do_not_narrow_anything() -> None:
    fit, y = example(repeats=1)
    many = replace(
        fit, scores=np.repeat(fit.scores, 9, 0), effects=np.repeat(fit.effects, 9, 0), fold=np.repeat(fit.fold, 9, 0)
    )
    one, nine = advantage(fit, y, sign=1), advantage(many, y, sign=1)
    for name in ("difference", "robust", "matching"):
        assert getattr(nine, name).se == pytest.approx(getattr(one, name).se)
        assert getattr(nine, name).low == pytest.approx(getattr(one, name).low)


def test_an_average_effect_is_in_the_index_but_not_in_the_matching() -> None:
    fit, y = example(n=400, repeats=1)
    y = y + 10.0 * fit.arm
    scores = fit.scores.copy()
    scores[:, :, 1] += 10.0
    effects = fit.effects.copy()
    effects[:, :, 1] += 1.0
    before = advantage(replace(fit, effects=effects), y - 10.0 * fit.arm, sign=1)
    after = advantage(replace(fit, effects=effects, scores=scores), y, sign=1)
    assert after.robust.estimate > before.robust.estimate + 5
    assert after.difference.estimate > before.difference.estimate + 5
    assert after.matching.estimate == pytest.approx(before.matching.estimate)


def test_predictions_without_knowledge_match_nothing_on_average() -> None:
    rng = np.random.default_rng(5)
    found, below, above = [], 0, 0
    for seed in range(300):
        fit, y = example(repeats=1, seed=seed)
        scores = fit.scores + np.array([0.0, 5.0]) + rng.normal(size=(1, 60, 1))
        matching = advantage(replace(fit, scores=scores), y, sign=1).matching
        found.append(matching.estimate)
        below += matching.high < 0
        above += matching.low > 0
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(300)
    assert below + above < 0.1 * 300


def test_perfect_predictions_are_worth_what_they_are_worth() -> None:
    fit, _ = example(n=2000, repeats=1)
    effect = np.where(np.arange(2000) % 2, 1.0, -1.0)
    effects = np.stack([np.zeros(2000), effect], axis=1)[None]
    outcome = fit.arm * effect
    known = replace(fit, effects=effects, scores=effects, observed=np.ones(2000, dtype=bool))
    found = advantage(known, outcome, sign=1)
    assert found.robust.estimate == pytest.approx(1.0)
    assert found.difference.estimate == pytest.approx(1.0, abs=0.1)
    # Half the people get each arm: matched they have 0.5, unmatched 0.
    assert found.matching.estimate == pytest.approx(0.5, abs=0.01)
    worse = advantage(known, outcome, sign=-1)
    assert worse.robust.estimate == pytest.approx(-1.0)


def test_the_larger_half_is_the_half_with_larger_predictions() -> None:
    fit, y = example(repeats=1)
    found = advantage(fit, y, sign=1, strongest=0.5)
    size = np.abs(fit.effects[0, :, 1])
    inside = size >= np.sort(size)[30]
    best = indicated_arm(fit, sign=1)[0]
    seen = inside & fit.observed
    expected = y[seen & (fit.arm == best)].mean() - y[seen & (fit.arm != best)].mean()
    assert found.difference.estimate == pytest.approx(expected)
    everyone = replace(fit, effects=np.zeros_like(fit.effects))
    assert advantage(everyone, y, sign=1, strongest=0.5).got.n == (fit.observed & (fit.arm == 0)).sum()


def test_risks_without_events_have_a_width() -> None:
    fit, y = example(repeats=1)
    y = np.where(np.isfinite(y), 0.0, np.nan)
    found = advantage(replace(fit, binary=True), y, sign=-1).difference
    assert found.estimate == 0.0
    assert found.low < -0.02
    assert found.high > 0.02


def test_clusters_are_the_units_of_the_width() -> None:
    fit, y = example(n=60, repeats=1)
    cluster = np.arange(60) // 10
    found = advantage(replace(fit, cluster=cluster), y, sign=1)
    assert found.robust.df == pytest.approx(5)
    # Clusters of unequal size have fewer degrees of freedom than their number less one.
    assert 2 < found.difference.df <= np.unique(cluster[fit.observed]).size - 1
    alone = advantage(replace(fit, cluster=np.arange(60)), y, sign=1).robust
    assert alone.se == pytest.approx(advantage(fit, y, sign=1).robust.se)


def test_nobody_got_another_arm() -> None:
    fit, y = example(repeats=1)
    effects = np.zeros_like(fit.effects)
    effects[0, :, 1] = np.where(fit.arm == 1, 1.0, -1.0)
    found = advantage(replace(fit, effects=effects), y, sign=1)
    assert np.isnan(found.difference.estimate)
    assert found.difference.repeats == 0
    assert np.isfinite(found.robust.estimate)
    assert np.isnan(found.other.mean)


def test_bad_input_is_refused() -> None:
    fit, y = example()
    with pytest.raises(ValueError, match="cross-fit was made with"):
        advantage(fit, np.zeros(60), sign=1)
    with pytest.raises(ValueError, match="sign is 0"):
        advantage(fit, y, sign=0)
    with pytest.raises(ValueError, match="strongest"):
        advantage(fit, y, sign=1, strongest=0.0)
