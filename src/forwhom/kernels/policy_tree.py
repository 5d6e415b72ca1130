"""Shallow policy trees: the split of people, by at most two questions, that maximises the sum of doubly robust scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.encoding import Array, Codes, Features

MOST_SPLITS = 256
"""Splits tried altogether; numeric covariates share them, each with between 8 and 32 thresholds."""


@dataclass(frozen=True, slots=True)
class Split:
    """One question. Numeric: is the covariate below `cut`? Category: does the person belong to level `cut`?

    fill : value (or level) taken for people in whom the covariate is absent: mean (or mode) of those the rule was learned in
    """

    numeric: bool
    column: int
    cut: float
    fill: float


@dataclass(frozen=True, slots=True)
class Node:
    """A node: a question (`split`), or a leaf that indicates `arm`. `parent` is −1 at the root; `yes` is the branch it hangs on."""

    parent: int
    yes: bool
    split: Split | None
    arm: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A decision rule.

    nodes : parents before children
    value : mean score under the rule among the people it was learned in (optimistic: never a result)
    """

    nodes: tuple[Node, ...]
    value: float

    @property
    def constant(self) -> bool:
        """True when everybody is indicated the same arm."""
        return len({node.arm for node in self.nodes if node.split is None}) == 1


@dataclass(frozen=True, slots=True)
class _Candidates:
    """All splits, and who answers yes to each: (m, n) 1.0 or 0.0."""

    splits: tuple[Split, ...]
    yes: Array


def learn_rule(
    scores: Array, features: Features, *, depth: int, min_leaf: int = 1, most_splits: int = MOST_SPLITS
) -> Rule:
    """The policy tree of depth 0, 1 or 2 with the largest sum of scores, by exact search over the candidate splits.

    scores : (n, A) each person's score under each arm; more is better
    features : what may be asked; absent values are taken as the mean (numeric) or the mode (category) of these people
    min_leaf : least number of people in a leaf
    most_splits : numeric covariates with more distinct values are cut at evenly spaced ranks, so that about this many
        splits are tried; a category is split into one level against the rest

    A smaller tree is preferred when the larger one is no better. Siblings that indicate the same arm are merged.
    Source: Athey & Wager (2021), Econometrica 89:133-161; Zhou, Athey & Wager (2023), Operations Research 71:148-183.
    Raises ValueError for scores that are not finite, or a depth other than 0, 1, 2.

    >>> age = Features(np.arange(8.0)[:, None], np.empty((8, 0), dtype=np.intp), ("age",))
    >>> scores = np.column_stack([np.zeros(8), np.where(np.arange(8) < 3, -1.0, 1.0)])
    >>> rule = learn_rule(scores, age, depth=1)
    >>> rule.nodes[0].split.cut, rule.value, indicated(rule, age)
    (3.0, 0.625, array([0, 0, 0, 1, 1, 1, 1, 1]))
    """
    if depth not in (0, 1, 2):
        raise ValueError(f"depth is {depth}. Rules of depth 0, 1 or 2 can be searched exhaustively.")
    if scores.ndim != 2 or scores.shape[0] != features.numeric.shape[0] or not np.isfinite(scores).all():
        raise ValueError("scores must be a finite table with a row per person and a column per arm.")
    n, arms = scores.shape
    above = scores[:, 1:] - scores[:, :1]
    total = above.sum(axis=0)
    baseline = float(scores[:, 0].sum())
    floor = 1e-9 * max(float(np.abs(above).sum()), 1e-300)
    best, questions = _leaf(total), _Leaf(_best_arm(total))
    here: _Leaf | _Question = questions
    if depth and arms > 1 and n:
        found = _candidates(features, max(min_leaf, 1), most_splits)
        if found.splits:
            here, best = _search(found, above, total, depth, max(min_leaf, 1), floor)
    nodes: list[Node] = []
    _number(_merged(here), -1, False, nodes)
    return Rule(tuple(nodes), (baseline + best) / n if n else 0.0)


def indicated(rule: Rule, features: Features) -> Codes:
    """(n,) the arm the rule indicates to each person."""
    n = features.numeric.shape[0]
    reached = [np.ones(n, dtype=bool)]
    arm = np.zeros(n, dtype=np.intp)
    for k, node in enumerate(rule.nodes):
        if k:
            above = rule.nodes[node.parent].split
            assert above is not None
            answer = answers_yes(above, features)
            reached.append(reached[node.parent] & (answer if node.yes else ~answer))
        if node.split is None:
            arm[reached[k]] = node.arm
    return arm


def leaves(rule: Rule, features: Features) -> Codes:
    """(n,) the node (a leaf) each person ends in."""
    n = features.numeric.shape[0]
    at = np.zeros(n, dtype=np.intp)
    for k, node in enumerate(rule.nodes):
        if k:
            above = rule.nodes[node.parent].split
            assert above is not None
            at[(at == node.parent) & (answers_yes(above, features) == node.yes)] = k
    return at


def answers_yes(split: Split, features: Features) -> NDArray[np.bool_]:
    """(n,) True for the people whose answer to the question is yes."""
    if split.numeric:
        values = features.numeric[:, split.column]
        return np.asarray(np.where(np.isfinite(values), values, split.fill) < split.cut)
    codes = features.categories[:, split.column]
    return np.asarray(np.where(codes >= 0, codes, int(split.fill)) == int(split.cut))


@dataclass(frozen=True, slots=True)
class _Leaf:
    arm: int


@dataclass(frozen=True, slots=True)
class _Question:
    split: Split
    yes: _Leaf | _Question
    no: _Leaf | _Question


def _leaf(total: Array) -> float:
    """Best sum of scores above arm 0 of a leaf: 0 is arm 0 itself."""
    return max(0.0, float(total.max())) if total.size else 0.0


def _best_arm(total: Array) -> int:
    return int(total.argmax()) + 1 if total.size and total.max() > 0 else 0


def _leaves(sums: Array) -> Array:
    """The same for many leaves at once; arms on the first axis."""
    best: Array = np.maximum(sums.max(axis=0), 0.0)
    return best


def _search(
    found: _Candidates, above: Array, total: Array, depth: int, min_leaf: int, floor: float
) -> tuple[_Leaf | _Question, float]:
    """The best tree and the sum of scores above arm 0 it reaches."""
    yes = found.yes
    left = (yes @ above).T
    one = _leaves(left) + _leaves(total[:, None] - left)
    best, tree = _leaf(total), _Leaf(_best_arm(total))
    g = int(one.argmax())
    here: _Leaf | _Question = tree
    if one[g] > best + floor:
        best = float(one[g])
        here = _Question(found.splits[g], _Leaf(_best_arm(left[:, g])), _Leaf(_best_arm(total - left[:, g])))
    if depth < 2:
        return here, best
    count = yes @ yes.T
    size = np.diagonal(count)
    both = np.stack([(yes * above[:, a]) @ yes.T for a in range(above.shape[1])])
    no_room = (count < min_leaf) | (size[:, None] - count < min_leaf)
    in_yes = _leaves(both) + _leaves(left[:, :, None] - both)
    in_yes[no_room] = -np.inf
    rest = size[None, :] - count
    no_room = (rest < min_leaf) | (yes.shape[1] - size[:, None] - rest < min_leaf)
    other = left[:, None, :] - both
    in_no = _leaves(other) + _leaves((total[:, None] - left)[:, :, None] - other)
    in_no[no_room] = -np.inf
    h_yes, h_no = in_yes.argmax(axis=1), in_no.argmax(axis=1)
    row = np.arange(size.size)
    whole_yes, whole_no = _leaves(left), _leaves(total[:, None] - left)
    split_yes = in_yes[row, h_yes] > whole_yes + floor
    split_no = in_no[row, h_no] > whole_no + floor
    two = np.where(split_yes, in_yes[row, h_yes], whole_yes) + np.where(split_no, in_no[row, h_no], whole_no)
    g = int(two.argmax())
    if two[g] <= best + floor:
        return here, best
    return _Question(
        found.splits[g],
        _branch(found, above, yes[g] > 0, int(h_yes[g]) if split_yes[g] else -1),
        _branch(found, above, yes[g] == 0, int(h_no[g]) if split_no[g] else -1),
    ), float(two[g])


def _branch(found: _Candidates, above: Array, inside: NDArray[np.bool_], h: int) -> _Leaf | _Question:
    """One branch below the root: a leaf, or a question with two leaves."""
    if h < 0:
        return _Leaf(_best_arm(above[inside].sum(axis=0)))
    answer = found.yes[h] > 0
    return _Question(
        found.splits[h],
        _Leaf(_best_arm(above[inside & answer].sum(axis=0))),
        _Leaf(_best_arm(above[inside & ~answer].sum(axis=0))),
    )


def _merged(tree: _Leaf | _Question) -> _Leaf | _Question:
    """Without questions whose answer does not matter."""
    if isinstance(tree, _Leaf):
        return tree
    yes, no = _merged(tree.yes), _merged(tree.no)
    return yes if yes == no and isinstance(yes, _Leaf) else _Question(tree.split, yes, no)


def _number(tree: _Leaf | _Question, parent: int, yes: bool, nodes: list[Node]) -> None:
    """Write the tree as a list, parents first."""
    if isinstance(tree, _Leaf):
        nodes.append(Node(parent, yes, None, tree.arm))
        return
    k = len(nodes)
    nodes.append(Node(parent, yes, tree.split, -1))
    _number(tree.yes, k, True, nodes)
    _number(tree.no, k, False, nodes)


def _candidates(features: Features, min_leaf: int, most: int) -> _Candidates:
    """Every split that leaves room for a leaf on both sides."""
    q = features.numeric.shape[1]
    per = int(np.clip(most // max(q, 1), 8, 32)) if most < 10**6 else most
    splits: list[Split] = []
    rows: list[Array] = []
    for column in range(q):
        values = features.numeric[:, column]
        seen = np.isfinite(values)
        if not seen.any():
            continue
        fill = float(values[seen].mean())
        cuts, yes = _cuts(np.where(seen, values, fill), min_leaf, per)
        splits += [Split(True, column, float(cut), fill) for cut in cuts]
        rows.append(yes)
    for column in range(features.categories.shape[1]):
        codes = features.categories[:, column]
        seen = codes >= 0
        if not seen.any():
            continue
        counts = np.bincount(codes[seen])
        mode = int(counts.argmax())
        filled = np.where(seen, codes, mode)
        counts[mode] += int((~seen).sum())
        levels = np.flatnonzero((counts >= min_leaf) & (codes.size - counts >= min_leaf))
        if np.count_nonzero(counts) == 2:
            levels = levels[:1]
        splits += [Split(False, column, float(level), float(mode)) for level in levels]
        rows.append((filled[None, :] == levels[:, None]).astype(float))
    n = features.numeric.shape[0]
    return _Candidates(tuple(splits), np.concatenate(rows) if rows else np.empty((0, n)))


def _cuts(values: Array, min_leaf: int, most: int) -> tuple[Array, Array]:
    """Thresholds of one covariate, in rising order, and who is below each."""
    distinct, counts = np.unique(values, return_counts=True)
    below = np.cumsum(counts)[:-1]
    possible = np.flatnonzero((below >= min_leaf) & (values.size - below >= min_leaf))
    if possible.size > most:
        wanted = np.linspace(below[possible[0]], below[possible[-1]], most)
        possible = np.unique(possible[np.searchsorted(below[possible], wanted)])
    cuts = roundest(distinct[possible], distinct[possible + 1])
    return cuts, (values[None, :] < cuts[:, None]).astype(float)


def roundest(low: Array, high: Array) -> Array:
    """The number with the fewest decimals that is above `low` and at most `high`: thresholds people can remember.

    >>> roundest(np.array([29.0, 34.2, 0.11]), np.array([34.0, 34.9, 0.12]))
    array([30.  , 34.5 ,  0.12])
    """
    cut = high.copy()
    open_ = np.ones(high.shape, dtype=bool)
    for digits in range(-4, 13):
        if not open_.any():
            break
        for step in (10.0**digits, 2 * 10.0**digits):
            tried = np.floor(high * step + 1e-9) / step
            inside = open_ & (tried > low) & (tried <= high)
            cut[inside] = tried[inside]
            open_ &= ~inside
    return cut
