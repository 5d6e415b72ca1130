"""Individual effects: the closed form against a slow oracle, special cases, symmetries, and the stored simulation."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from forwhom.kernels import individual_effects as kernel
from forwhom.kernels.crossfit import CrossFit, Features
from forwhom.kernels.effect_basis import effect_basis
from forwhom.kernels.individual_effects import average_contrast, individual_effects


def numbers(x: np.ndarray) -> Features:
    return Features(x, np.empty((len(x), 0), dtype=np.intp), tuple(f"x{j}" for j in range(x.shape[1])))


def fit_of(
    scores: np.ndarray, effects: np.ndarray, cluster: np.ndarray | None = None, binary: bool = False
) -> CrossFit:
    """scores, effects : (R, n, A)"""
    repeats, n, arms = scores.shape
    fold = np.stack([(np.arange(n) + r) % 5 for r in range(repeats)])
    return CrossFit(
        scores, effects, effects, effects[None], ("made",), fold, np.full((n, arms), 1 / arms), np.arange(n) % arms,
        np.ones(n, dtype=bool), cluster, binary,
    )  # fmt: skip


def example(n: int = 24, seed: int = 5, arms: int = 2) -> tuple[CrossFit, Features, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    effect = 0.3 + 0.8 * x[:, 0]
    scores = rng.normal(size=(2, n, arms))
    scores[:, :, 1] += effect + 1.5 * rng.normal(size=n)
    predicted = np.zeros((2, n, arms))
    predicted[:, :, 1] = 0.4 * x[:, 0] + 0.1 * rng.normal(size=(2, n))
    return fit_of(scores, predicted), numbers(x), effect


def slow(fit: CrossFit, features: Features, person: int, sd: float) -> tuple[float, float, float]:
    """Effect and the masses below its limits' places, from everybody else: dense matrices, one person at a time."""
    basis = effect_basis(features)
    k = (basis.vectors * basis.values) @ basis.vectors.T
    n = k.shape[0]
    score = (fit.scores[:, :, 1] - fit.scores[:, :, 0]).mean(axis=0)
    learned = np.zeros((2, n))
    for r in range(2):
        for f in range(5):
            rows = fit.fold[r] == f
            learned[r, rows] = fit.effects[r, rows, 1] - fit.effects[r, rows, 1].mean()
    offset = 0.5 * learned.mean(axis=0)
    residual = score - offset
    omega2, sigma2, _ = kernel._grid(residual - residual.mean(), basis, sd)
    omegas = kernel.OMEGA * sd
    gaps = np.gradient(kernel.OMEGA)
    others = np.arange(n) != person
    log, mean, variance = [], [], []
    for o2, s2 in zip(omega2, sigma2, strict=True):
        place = int(np.argmin(np.abs(omegas**2 - o2)))
        prior = -0.5 * (kernel.OMEGA[place] / 0.5) ** 2 + np.log(gaps[place])
        noise = s2 + kernel.ROUGH * o2
        whole = (1 - kernel.ROUGH) * o2 * k
        c = whole[np.ix_(others, others)] + noise * np.eye(n - 1)
        inverse = np.linalg.inv(c)
        ones = np.ones(n - 1)
        precision = ones @ inverse @ ones
        delta = ones @ inverse @ residual[others] / precision
        rest = residual[others] - delta
        log.append(prior - 0.5 * (np.linalg.slogdet(c)[1] + np.log(precision) + rest @ inverse @ rest))
        toward = inverse @ whole[others, person]
        mean.append(offset[person] + delta + toward @ rest)
        known = whole[person, person] - whole[person, others] @ toward + (1 - ones @ toward) ** 2 / precision
        variance.append(known + kernel.ROUGH * o2)
    weight = np.exp(np.array(log) - max(log))
    weight /= weight.sum()
    found = individual_effects(fit, features, sd=sd)
    below = [
        float(weight @ ndtr((limit - np.array(mean)) / np.sqrt(variance)))
        for limit in (found.low[0, person], found.high[0, person])
    ]
    return float(weight @ np.array(mean)), below[0], below[1]


@pytest.mark.parametrize("person", [0, 11])
def test_closed_form_is_leaving_the_person_out(person: int) -> None:
    fit, features, _ = example()
    mean, low, high = slow(fit, features, person, 1.3)
    found = individual_effects(fit, features, sd=1.3)
    # Points of the grid of negligible density are left out by the closed form.
    assert found.effect[0, person] == pytest.approx(mean, abs=2e-4)
    assert (low, high) == pytest.approx((0.025, 0.975), abs=2e-4)


def test_own_score_does_not_move_ones_own_effect_much() -> None:
    fit, features, _ = example(n=40)
    moved = fit.scores.copy()
    moved[:, 7, 1] += 2.0
    before = individual_effects(fit, features, sd=1.0)
    after = individual_effects(replace(fit, scores=moved), features, sd=1.0)
    # Not exactly zero: the grid of sigma is laid over the variance of all scores.
    assert after.effect[0, 7] == pytest.approx(before.effect[0, 7], abs=2e-3)
    assert np.abs(after.effect[0] - before.effect[0]).max() > 0.02


def test_without_covariates_everyone_has_the_average_of_the_others() -> None:
    fit, _, _ = example(n=30)
    fit = replace(fit, effects=np.zeros_like(fit.effects))
    found = individual_effects(fit, numbers(np.ones((30, 2))), sd=1.0)
    score = (fit.scores[:, :, 1] - fit.scores[:, :, 0]).mean(axis=0)
    assert found.effect[0] == pytest.approx((score.sum() - score) / 29)
    assert found.shrunken[0] == 1.0
    # Effects may still differ as the prior allows.
    assert (found.high - found.low).mean() > (found.average_high - found.average_low)[0]


def test_order_of_people_is_irrelevant() -> None:
    fit, features, _ = example(n=150)
    order = np.random.default_rng(1).permutation(150)
    other = replace(
        fit, scores=fit.scores[:, order], effects=fit.effects[:, order], fold=fit.fold[:, order], arm=fit.arm[order]
    )
    one, two = individual_effects(fit, features, sd=1.0), individual_effects(other, features.take(order), sd=1.0)
    assert two.effect[0] == pytest.approx(one.effect[0, order], abs=1e-6)
    assert two.low[0] == pytest.approx(one.low[0, order], abs=1e-5)


def test_a_constant_added_and_the_arms_exchanged() -> None:
    fit, features, _ = example(n=40)
    one = individual_effects(fit, features, sd=1.0)
    shifted = individual_effects(replace(fit, scores=fit.scores + np.array([0.0, 3.0])), features, sd=1.0)
    assert shifted.effect == pytest.approx(one.effect + 3.0)
    assert shifted.high == pytest.approx(one.high + 3.0)
    exchanged = replace(fit, scores=fit.scores[:, :, ::-1], effects=-fit.effects)
    flipped = individual_effects(exchanged, features, sd=1.0)
    assert flipped.effect == pytest.approx(-one.effect)
    assert flipped.low == pytest.approx(-one.high, abs=1e-5)
    assert flipped.average == pytest.approx(-one.average)


def test_the_unit_of_the_outcome_is_irrelevant() -> None:
    fit, features, _ = example(n=40)
    one = individual_effects(fit, features, sd=1.0)
    ten = individual_effects(replace(fit, scores=10 * fit.scores, effects=10 * fit.effects), features, sd=10.0)
    assert ten.effect == pytest.approx(10 * one.effect)
    assert ten.low == pytest.approx(10 * one.low, abs=1e-4)
    assert ten.shrunken == pytest.approx(one.shrunken)


def test_every_arm_against_the_first() -> None:
    fit, features, _ = example(n=60, arms=3)
    found = individual_effects(fit, features, sd=1.0)
    assert found.effect.shape == (2, 60)
    two = replace(fit, scores=fit.scores[:, :, [0, 2]], effects=fit.effects[:, :, [0, 2]])
    assert found.effect[1] == pytest.approx(individual_effects(two, features, sd=1.0).effect[0])


def test_average_is_the_mean_score_with_a_t_interval() -> None:
    score = np.array([1.0, 2.0, 3.0, 6.0])
    assert average_contrast(score, None) == pytest.approx((3.0, 4.6666667**0.5 / 2, 3.0))
    # Two clusters: sums of deviations −3 and 3.
    assert average_contrast(score, np.array([0, 0, 1, 1])) == pytest.approx((3.0, np.sqrt(2 * 18) / 4, 1.0))


def test_clusters_widen_everybody() -> None:
    fit, features, _ = example(n=60)
    cluster = np.arange(60) // 10
    scores = fit.scores.copy()
    scores[:, :, 1] += np.repeat([2.0, -2.0, 1.0, -1.0, 3.0, -3.0], 10)
    alone = individual_effects(replace(fit, scores=scores), features, sd=1.0)
    grouped = individual_effects(replace(fit, scores=scores, cluster=cluster), features, sd=1.0)
    assert grouped.average_se[0] > 1.5 * alone.average_se[0]
    assert grouped.average_df[0] == pytest.approx(5)
    with pytest.raises(ValueError, match="two at least"):
        individual_effects(replace(fit, cluster=np.zeros(60, dtype=np.intp)), features, sd=1.0)
    assert ((grouped.high - grouped.low) > (alone.high - alone.low)).all()
    assert grouped.effect == pytest.approx(alone.effect)


def test_risks_stay_between_minus_one_and_one() -> None:
    fit, features, _ = example(n=40)
    found = individual_effects(replace(fit, scores=3 * fit.scores, binary=True), features, sd=1.0)
    assert found.low.min() >= -1.0
    assert found.high.max() <= 1.0


def test_a_smaller_level_is_narrower() -> None:
    fit, features, _ = example(n=40)
    wide, narrow = (individual_effects(fit, features, sd=1.0, level=level) for level in (0.95, 0.5))
    assert ((narrow.low > wide.low) & (narrow.high < wide.high)).all()


def test_bad_input_is_refused() -> None:
    fit, features, _ = example()
    with pytest.raises(ValueError, match="same people"):
        individual_effects(fit, features.take(np.arange(5)), sd=1.0)
    with pytest.raises(ValueError, match="standard deviation"):
        individual_effects(fit, features, sd=0.0)
    with pytest.raises(ValueError, match="level"):
        individual_effects(fit, features, sd=1.0, level=95)
    small, few, _ = example(n=9)
    with pytest.raises(ValueError, match="9 people"):
        individual_effects(small, few, sd=1.0)


@pytest.mark.parametrize("size", [0.0, 0.5])
def test_intervals_cover_on_average(size: float) -> None:
    rng = np.random.default_rng(8)
    covered, width = [], []
    for _ in range(25):
        x = rng.normal(size=(100, 4))
        effect = 0.4 + size * x[:, 0]
        scores = np.stack([np.zeros(100), effect + 2 * rng.normal(size=100)], axis=1)[None]
        found = individual_effects(fit_of(scores, np.zeros((1, 100, 2))), numbers(x), sd=1.0)
        covered.append(((found.low[0] <= effect) & (effect <= found.high[0])).mean())
        width.append((found.high - found.low).mean())
    assert np.mean(covered) > 0.94
    assert np.mean(width) < 2.5


def test_the_stored_simulation_says_what_the_docstring_claims(root: Path) -> None:
    with (root / "validation/individual_effects/coverage.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    weak = {"pure interaction of 2, 5", "rare corner of 2, 20", "U shape, 1 of 5"}
    assert {row["n"] for row in rows} >= {"100", "200", "400"}
    for row in rows:
        floor = 0.84 if row["cell"] in weak else 0.93
        assert float(row["coverage"]) + 2 * float(row["coverage_se"] or 0) > floor, row
        if row["cell"].startswith("no "):
            assert float(row["coverage"]) > 0.95
            assert abs(float(row["matching"])) < 4 * float(row["matching_se"]) + 1e-3
