"""Policy trees: against every possible tree, against policytree in R, and what must hold of any rule."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.kernels.encoding import Features
from forwhom.kernels.policy_tree import indicated, learn_rule, leaves, roundest

ALL = 10**6


def people(numeric: np.ndarray, categories: np.ndarray | None = None, levels: int = 3) -> Features:
    n = numeric.shape[0]
    codes = np.empty((n, 0), dtype=np.intp) if categories is None else categories
    return Features(
        numeric,
        codes,
        tuple(f"x{j}" for j in range(numeric.shape[1])),
        tuple(f"c{j}" for j in range(codes.shape[1])),
        tuple(tuple("abcdef"[:levels]) for _ in range(codes.shape[1])),
    )


def every_tree(scores: np.ndarray, features: Features, rows: np.ndarray, depth: int, leaf: int) -> float:
    """Largest sum of scores of any tree: recursion over every question anybody could ask."""
    best = float(scores[rows].sum(axis=0).max())
    if depth == 0:
        return best
    for j in range(features.numeric.shape[1]):
        for cut in features.numeric[:, j]:
            yes = features.numeric[rows, j] < cut
            best = max(best, _both(scores, features, rows, yes, depth, leaf))
    for j in range(features.categories.shape[1]):
        for level in range(6):
            best = max(best, _both(scores, features, rows, features.categories[rows, j] == level, depth, leaf))
    return best


def _both(scores: np.ndarray, features: Features, rows: np.ndarray, yes: np.ndarray, depth: int, leaf: int) -> float:
    if min(yes.sum(), (~yes).sum()) < leaf:
        return -np.inf
    return every_tree(scores, features, rows[yes], depth - 1, leaf) + every_tree(
        scores, features, rows[~yes], depth - 1, leaf
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("depth", "leaf", "arms"), [(1, 1, 2), (2, 1, 2), (2, 3, 2), (2, 2, 3), (1, 4, 4)])
def test_no_tree_does_better(seed: int, depth: int, leaf: int, arms: int) -> None:
    rng = np.random.default_rng([seed, depth, leaf, arms])
    n = 14
    features = people(rng.normal(size=(n, 2)).round(1), rng.integers(0, 3, (n, 1)))
    scores = rng.normal(size=(n, arms))
    rule = learn_rule(scores, features, depth=depth, min_leaf=leaf, most_splits=ALL)
    best = every_tree(scores, features, np.arange(n), depth, leaf)
    assert rule.value * n == pytest.approx(best, abs=1e-10)
    reached = scores[np.arange(n), indicated(rule, features)].mean()
    assert reached == pytest.approx(rule.value, abs=1e-12)
    at = leaves(rule, features)
    assert np.unique(at, return_counts=True)[1].min() >= min(leaf, n)


def test_same_trees_as_policytree(root: Path) -> None:
    folder = root / "validation" / "recommendation"
    reference = json.loads((folder / "trees.json").read_text())
    assert len(reference["sets"]) == 16
    for one in reference["sets"]:
        table = np.genfromtxt(folder / f"trees_{one['set']}.csv", delimiter=",", names=True)
        x = np.column_stack([table[name] for name in table.dtype.names if name.startswith("x")])
        scores = np.column_stack([table[name] for name in table.dtype.names if name.startswith("s")])
        rule = learn_rule(scores, people(x), depth=one["depth"], min_leaf=one["min_leaf"], most_splits=ALL)
        assert rule.value == pytest.approx(one["value"], abs=1e-10)
        np.testing.assert_array_equal(indicated(rule, people(x)), one["told"])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_order_of_people_and_what_all_arms_share_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    features = people(rng.normal(size=(n, 3)), rng.integers(-1, 3, (n, 1)))
    features.numeric[rng.random((n, 3)) < 0.1] = np.nan
    scores = rng.normal(size=(n, 3))
    rule = learn_rule(scores, features, depth=2, min_leaf=5)
    order = rng.permutation(n)
    again = learn_rule(scores[order], features.take(order), depth=2, min_leaf=5)
    np.testing.assert_array_equal(indicated(rule, features)[order], indicated(again, features.take(order)))
    shifted = learn_rule(scores + rng.normal(size=(n, 1)), features, depth=2, min_leaf=5)
    np.testing.assert_array_equal(indicated(rule, features), indicated(shifted, features))


def test_absent_values_take_the_mean_of_the_people_it_was_learned_in() -> None:
    age = np.array([20.0, 30.0, 40.0, 50.0, 60.0, 70.0])
    gain = np.where(age > 35, 1.0, -1.0)
    rule = learn_rule(np.column_stack([np.zeros(6), gain]), people(age[:, None]), depth=1)
    split = rule.nodes[0].split
    assert split is not None
    assert split.fill == pytest.approx(45.0)
    # In new people the mean is another one, and the rule does not look at it.
    np.testing.assert_array_equal(indicated(rule, people(np.array([[np.nan], [20.0], [20.0]]))), [1, 0, 0])


def test_absent_category_takes_the_commonest_level_and_a_new_level_is_the_rest() -> None:
    kind = np.array([0, 0, 0, 0, 1, 1, 2, 2])[:, None]
    scores = np.column_stack([np.zeros(8), np.where(kind[:, 0] == 0, 1.0, -1.0)])
    rule = learn_rule(scores, people(np.empty((8, 0)), kind), depth=1)
    new = people(np.empty((3, 0)), np.array([[-1], [5], [0]]), 6)
    np.testing.assert_array_equal(indicated(rule, new), [1, 0, 1])


def test_nothing_to_gain_asks_nothing() -> None:
    rng = np.random.default_rng(3)
    scores = np.column_stack([np.zeros(50), np.ones(50)])
    rule = learn_rule(scores, people(rng.normal(size=(50, 4))), depth=2)
    assert rule.constant
    assert len(rule.nodes) == 1
    assert rule.nodes[0].arm == 1
    everything_absent = people(np.full((50, 2), np.nan), np.full((50, 1), -1))
    assert learn_rule(rng.normal(size=(50, 2)), everything_absent, depth=2).constant


def test_fewer_thresholds_where_there_are_many_values() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(600, 1))
    scores = np.column_stack([np.zeros(600), x[:, 0] - 0.3])
    coarse = learn_rule(scores, people(x), depth=1)
    exact = learn_rule(scores, people(x), depth=1, most_splits=ALL)
    assert coarse.nodes[0].split is not None
    assert abs(coarse.nodes[0].split.cut - 0.3) < 0.15
    assert 0 <= exact.value - coarse.value < 0.01


@given(st.floats(-1e4, 1e4), st.floats(1e-6, 100.0))
def test_round_thresholds_lie_between(low: float, gap: float) -> None:
    high = low + gap
    cut = roundest(np.array([low]), np.array([high]))[0]
    assert low < cut <= high


def test_refuses_in_words() -> None:
    features = people(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="depth is 3"):
        learn_rule(np.zeros((3, 2)), features, depth=3)
    with pytest.raises(ValueError, match="finite"):
        learn_rule(np.array([[0.0, np.nan]] * 3), features, depth=1)
