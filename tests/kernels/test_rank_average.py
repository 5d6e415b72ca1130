"""RATE: against grf, against its definition written out, ties, direction, and permutations."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.rank_average import (
    forward_rank_average,
    forward_targeting,
    rank_average,
    rank_weights,
    targeting_weights,
)


@pytest.fixture(scope="module")
def cases(root: Path) -> dict:
    return json.loads((root / "validation" / "heterogeneity" / "reference.json").read_text())["rate"]


@pytest.mark.parametrize("weighting", ["AUTOC", "QINI"])
@pytest.mark.parametrize("name", ["small", "ties", "clusters", "none", "large"])
def test_grf(cases: dict, name: str, weighting: str) -> None:
    case = cases[name]
    theirs = case["fit"][weighting]
    cluster = np.array(case["cluster"]) if isinstance(case["cluster"], list) else None
    found = rank_average(case["score"], case["priority"], weighting=weighting, cluster=cluster)
    assert found.value == pytest.approx(theirs["estimate"], abs=1e-11)
    assert found.toc == pytest.approx(theirs["toc"], abs=1e-10)
    # 4,000 half samples leave 1.1 % of noise; the rest is what half samples of few people differ by.
    assert found.se == pytest.approx(theirs["se"], rel=0.06)
    if name == "large":
        assert found.toc_se[:-1] == pytest.approx(theirs["toc_se"][:-1], rel=0.12)


def slow(score: np.ndarray, priority: np.ndarray, weighting: str) -> float:
    """The definition, averaged over every order of tied people."""
    ties = [np.flatnonzero(priority == value) for value in np.unique(priority)[::-1]]
    values = []
    for orders in itertools.product(*(itertools.permutations(tie) for tie in ties)):
        ranked = score[np.concatenate([np.array(order) for order in orders])]
        n = ranked.size
        toc = [ranked[:j].mean() - score.mean() for j in range(1, n + 1)]
        weight = np.ones(n) if weighting == "AUTOC" else np.arange(1, n + 1) / n
        values.append(float((weight * toc).mean()))
    return float(np.mean(values))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 4)), min_size=2, max_size=6))
def test_definition_over_all_orders_of_ties(rows: list[tuple[float, int]]) -> None:
    score, priority = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    for weighting in ("AUTOC", "QINI"):
        assert rank_average(score, priority, weighting=weighting, shares=()).value == pytest.approx(
            slow(score, priority, weighting), abs=1e-9
        )


@pytest.mark.parametrize("weighting", ["AUTOC", "QINI"])
def test_influence_function_by_finite_differences(weighting: str) -> None:
    rng = np.random.default_rng(2)
    n = 40
    score, priority = rng.normal(size=n) + 1.0, rng.normal(size=n)
    order = np.argsort(-priority)

    def weighted(w: np.ndarray) -> float:
        v, g = w[order], score[order]
        running = np.cumsum(v)
        toc = np.cumsum(v * g) / running - (v @ g) / running[-1]
        share = np.ones(n) if weighting == "AUTOC" else running / running[-1]
        return float((share * v * toc).sum() / running[-1])

    step = 1e-5
    influence = np.array([(weighted(1 + step * e) - weighted(1 - step * e)) / (2 * step) * n for e in np.eye(n)])
    expected = np.sqrt(n / (n - 1) * ((influence - influence.mean()) ** 2).sum()) / n
    assert rank_average(score, priority, weighting=weighting).se == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("weighting", ["AUTOC", "QINI"])
def test_standard_error_with_ties_is_near_the_jackknife(weighting: str) -> None:
    rng = np.random.default_rng(3)
    n = 150
    priority = rng.integers(0, 12, n).astype(float)
    score = rng.normal(size=n) + 0.3 * priority
    left = [
        rank_average(np.delete(score, i), np.delete(priority, i), weighting=weighting, shares=()).value
        for i in range(n)
    ]
    jackknife = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert rank_average(score, priority, weighting=weighting).se == pytest.approx(jackknife, rel=0.05)


def test_weights_sum_to_nothing_and_reversal_turns_the_sign_of_order() -> None:
    rng = np.random.default_rng(5)
    priority = rng.normal(size=31)
    for weighting in ("AUTOC", "QINI"):
        assert rank_weights(priority, weighting).sum() == pytest.approx(0.0, abs=1e-12)
    score = rng.normal(size=31)
    there, back = (rank_average(score, s * priority, weighting="QINI").value for s in (1, -1))
    assert there == pytest.approx(-back, abs=2.0 / 31)
    assert targeting_weights(priority, 1.0) == pytest.approx(np.zeros(31), abs=1e-12)


def test_permuted_scores_average_to_nothing() -> None:
    rng = np.random.default_rng(6)
    score, priority = rng.normal(size=50), rng.normal(size=50)
    made = [rank_average(rng.permutation(score), priority, shares=()) for _ in range(500)]
    values = np.array([m.value for m in made])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(500)
    assert np.mean([m.se for m in made]) == pytest.approx(values.std(), rel=0.12)


def test_forward_ranks_ignore_what_differs_between_folds() -> None:
    rng = np.random.default_rng(7)
    n = 120
    fold = (np.arange(n) % 4)[None]
    said, score = rng.normal(size=(1, n)), rng.normal(size=(1, n))
    said[fold == 0] = np.nan
    one = forward_rank_average(score, said, fold)
    other = forward_rank_average(score, said * np.exp(fold) + 10.0 * fold, fold)
    assert (one.value, one.p_above) == pytest.approx((other.value, other.p_above))
    curve = forward_targeting(score, said, fold, shares=(0.2, 1.0))
    assert curve[0].value is not None
    assert curve[1].value is None


def test_equal_folds_give_the_pooled_estimate() -> None:
    rng = np.random.default_rng(9)
    fold = np.repeat(np.arange(4), 25)
    score, said = rng.normal(size=100), rng.normal(size=100)
    ranks = np.concatenate([said[fold == k].argsort().argsort() for k in range(4)]).astype(float)
    pooled = rank_average(score, ranks)
    assert forward_rank_average(score[None], said[None], fold[None]).value == pytest.approx(pooled.value)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="finite"):
        rank_average([1.0, np.nan], [1, 2])
    with pytest.raises(ValueError, match="rise"):
        rank_average([1.0, 2.0], [1, 2], shares=(0.5, 0.2))
    with pytest.raises(ValueError, match="one cluster"):
        rank_average([1.0, 2.0], [1, 2], cluster=[0, 0])
    with pytest.raises(ValueError, match="possible"):
        rank_weights([1.0, 2.0], "GINI")
