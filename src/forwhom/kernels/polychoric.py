"""Polychoric correlations: what ordered answers would correlate if they were cut from normal variables.

Two steps (Olsson, 1979): thresholds from each item's own answers, then for each pair the correlation
of largest likelihood with the thresholds held. Every pair is solved at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from forwhom.kernels.bivariate_normal import (
    bivariate_normal_cdf,
    bivariate_normal_density,
)
from forwhom.kernels.items import Missing, complete_rows, item_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGEST = 0.9999
_CATEGORIES = 20
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Polychoric:
    """Polychoric correlation matrix of k items.

    correlation : (k, k); after smoothing where `smoothed`
    thresholds : per item, its categories less one, rising, in standard normal units
    categories : per item, the values seen, rising
    n : persons with at least one answer used; n_pairs : (k, k) persons behind each correlation
    at_limit : pairs of columns whose likelihood rises up to a correlation of -1 or 1 (reported as 0.9999)
    empty_cells : share of cells without a person over all tables of two items
    smallest_eigenvalue : of the matrix before smoothing; below 0 it is not a correlation matrix
    smoothed : eigenvalues were raised to just above 0 and the diagonal rescaled to 1
    """

    correlation: Floats
    thresholds: tuple[Floats, ...]
    categories: tuple[Floats, ...]
    n: int
    n_pairs: Ints
    left_out: int
    at_limit: tuple[tuple[int, int], ...]
    empty_cells: float
    smallest_eigenvalue: float
    smoothed: bool
    missing: Missing


@dataclass(frozen=True, slots=True)
class Coded:
    """Answers as category numbers, and the thresholds between the categories.

    codes : (n, k) category number from 0, -1 where absent
    tau : (k, m) thresholds, padded with infinity for items with fewer categories
    below : (k, m) share of answers at or below each threshold, padded with 1
    steps : (k, m) distance in raw points from each category to the next, padded with 0
    n_items : (k,) answers
    """

    codes: Ints
    tau: Floats
    below: Floats
    steps: Floats
    n_items: Ints
    categories: tuple[Floats, ...]


def polychoric(
    items: ArrayLike, *, missing: Missing = "complete", empty_2x2: float = 0.5, smooth: bool = True
) -> Polychoric:
    """Polychoric correlations of every pair of items, two-step maximum likelihood.

    items : (n, k), at most 20 ordered categories an item, NaN where absent
    missing : "complete" uses persons who answered every item; "pairwise" takes thresholds from all
        answers of an item and each correlation from those who answered both
    empty_2x2 : added to an empty cell of a table of two dichotomous items, its margins kept, because
        the likelihood has no maximum there; larger tables are left as they are. 0 switches it off
    smooth : make a matrix with negative eigenvalues positive definite (Wothke, 1993), and say so
    Raises ValueError for items with one category only, or more than 20.
    Source: Olsson (1979).

    >>> rng = np.random.default_rng(1)
    >>> latent = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=4000)
    >>> answers = np.digitize(latent, [-1, 0, 1])
    >>> round(float(polychoric(answers).correlation[0, 1]), 1)
    0.5
    """
    matrix = item_matrix(items)
    used = complete_rows(matrix) if missing == "complete" else matrix[~np.isnan(matrix).all(axis=1)]
    coded = code_answers(used)
    first, second = item_pairs(matrix.shape[1])
    tables = cross_tables(coded)[first, second]
    n_pairs = tables.sum(axis=(1, 2))
    if n_pairs.min() < 2:
        raise ValueError("Two of the items were answered together by fewer than 2 persons; leave one of them out.")
    rho = _solve(coded, first, second, _fill_empty(tables, coded, first, second, empty_2x2))
    correlation, counts = np.eye(matrix.shape[1]), np.diag(coded.n_items)
    correlation[first, second] = correlation[second, first] = rho
    counts[first, second] = counts[second, first] = n_pairs.astype(np.int64)
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    smoothed = smooth and smallest <= 0.0
    limit = np.abs(rho) >= _LARGEST
    sizes = np.array([len(values) for values in coded.categories])
    return Polychoric(
        correlation=_smooth(correlation) if smoothed else correlation,
        thresholds=tuple(row[np.isfinite(row)] for row in coded.tau),
        categories=coded.categories,
        n=used.shape[0],
        n_pairs=counts,
        left_out=matrix.shape[0] - used.shape[0],
        at_limit=tuple((int(i), int(j)) for i, j in zip(first[limit], second[limit], strict=True)),
        empty_cells=1.0 - float((tables > 0).sum()) / float((sizes[first] * sizes[second]).sum()),
        smallest_eigenvalue=smallest,
        smoothed=bool(smoothed),
        missing=missing,
    )


def item_pairs(k: int) -> tuple[Ints, Ints]:
    """Columns of every pair i < j, in the order all pair arrays here have."""
    first, second = np.triu_indices(k, 1)
    return first.astype(np.int64), second.astype(np.int64)


def code_answers(items: Floats) -> Coded:
    """Number the categories of each item and set its thresholds from the shares at or below them."""
    n, k = items.shape
    present = ~np.isnan(items)
    codes = np.full((n, k), -1, dtype=np.int64)
    categories, counts = [], []
    for j in range(k):
        values, index, count = np.unique(items[present[:, j], j], return_inverse=True, return_counts=True)
        if not 2 <= len(values) <= _CATEGORIES:
            raise ValueError(
                f"Item {j + 1} has {len(values)} different answers; polychoric correlations need 2 to {_CATEGORIES}."
            )
        codes[present[:, j], j] = index
        categories.append(values)
        counts.append(count)
    m = max(len(values) for values in categories) - 1
    below, tau, steps = np.ones((k, m)), np.full((k, m), np.inf), np.zeros((k, m))
    for j, (values, count) in enumerate(zip(categories, counts, strict=True)):
        last = len(values) - 1
        below[j, :last] = np.cumsum(count)[:-1] / count.sum()
        tau[j, :last] = ndtri(below[j, :last])
        steps[j, :last] = np.diff(values)
    return Coded(codes, tau, below, steps, present.sum(axis=0), tuple(categories))


def cross_tables(coded: Coded) -> Floats:
    """Cross tables of every item with every other, (k, k, m + 1, m + 1)."""
    n, k = coded.codes.shape
    width = coded.tau.shape[1] + 1
    # 32 bits count exactly up to 16 million persons and halve the work.
    marks = (coded.codes[:, :, None] == np.arange(width)).reshape(n, k * width).astype(np.float32)
    counts: Floats = (marks.T @ marks).astype(np.float64)
    return counts.reshape(k, width, k, width).transpose(0, 2, 1, 3)


def _fill_empty(tables: Floats, coded: Coded, first: Ints, second: Ints, amount: float) -> Floats:
    sizes = np.array([len(values) for values in coded.categories])
    small = (sizes[first] == 2) & (sizes[second] == 2)
    if amount == 0.0 or not small.any():
        return tables
    filled = tables.copy()
    corner = filled[:, :2, :2]
    same = small & ((corner[:, 0, 0] == 0) | (corner[:, 1, 1] == 0))
    other = small & ~same & ((corner[:, 0, 1] == 0) | (corner[:, 1, 0] == 0))
    sign = amount * (same.astype(float) - other.astype(float))
    filled[:, :2, :2] += sign[:, None, None] * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return np.maximum(filled, 0.0)


def cell_probabilities(coded: Coded, first: Ints, second: Ints, rho: Floats) -> tuple[Floats, Floats]:
    """Probability of every cell of every pair, (pairs, m + 1, m + 1), and its derivative by rho."""
    h, k = coded.tau[first][:, :, None], coded.tau[second][:, None, :]
    r = rho[:, None, None]
    pairs, m = len(rho), coded.tau.shape[1]
    cumulative = np.zeros((pairs, m + 2, m + 2))
    cumulative[:, 1:-1, 1:-1] = bivariate_normal_cdf(h, k, r)
    cumulative[:, -1, 1:-1] = coded.below[second]
    cumulative[:, 1:-1, -1] = coded.below[first]
    cumulative[:, -1, -1] = 1.0
    slope = np.zeros((pairs, m + 2, m + 2))
    slope[:, 1:-1, 1:-1] = bivariate_normal_density(h, k, r)
    return np.diff(np.diff(cumulative, axis=1), axis=2), np.diff(np.diff(slope, axis=1), axis=2)


def _solve(coded: Coded, first: Ints, second: Ints, tables: Floats) -> Floats:
    """Root of every pair's score by Fisher scoring, kept inside a bracket that the score's sign narrows."""
    pairs = len(first)
    rho = np.zeros(pairs)
    low, high = np.full(pairs, -_LARGEST), np.full(pairs, _LARGEST)
    n = tables.sum(axis=(1, 2))
    open_pairs = np.arange(pairs)
    for _ in range(_ROUNDS):
        cells, by_rho = cell_probabilities(coded, first[open_pairs], second[open_pairs], rho[open_pairs])
        ratio = by_rho / np.maximum(cells, 1e-15)
        score = (tables[open_pairs] * ratio).sum(axis=(1, 2)) / n[open_pairs]
        information = (ratio * by_rho).sum(axis=(1, 2))
        here = rho[open_pairs]
        low[open_pairs] = np.where(score > 0.0, here, low[open_pairs])
        high[open_pairs] = np.where(score < 0.0, here, high[open_pairs])
        tried = here + score / np.maximum(information, 1e-12)
        outside = (tried <= low[open_pairs]) | (tried >= high[open_pairs])
        tried = np.where(outside, 0.5 * (low[open_pairs] + high[open_pairs]), tried)
        tried = np.where(score == 0.0, here, tried)
        rho[open_pairs] = tried
        open_pairs = open_pairs[np.abs(tried - here) > 1e-11]
        if not len(open_pairs):
            break
    return _to_limit(coded, first, second, tables, rho)


def _to_limit(coded: Coded, first: Ints, second: Ints, tables: Floats, rho: Floats) -> Floats:
    """Move to the limit those pairs whose likelihood is as high there; the score fades before it."""
    near = np.flatnonzero(np.abs(rho) > 0.9)
    if not len(near):
        return rho
    end = np.sign(rho[near]) * _LARGEST
    here, there = (
        (tables[near] * np.log(np.maximum(cell_probabilities(coded, first[near], second[near], at)[0], 1e-15))).sum(
            axis=(1, 2)
        )
        for at in (rho[near], end)
    )
    moved = rho.copy()
    moved[near] = np.where(there >= here - 1e-8, end, rho[near])
    return moved


def _smooth(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    raised = np.maximum(values, 1e-10)
    raised *= len(values) / raised.sum()
    rebuilt = (vectors * raised) @ vectors.T
    scale = np.sqrt(np.diag(rebuilt))
    rebuilt = rebuilt / np.outer(scale, scale)
    np.fill_diagonal(rebuilt, 1.0)
    return np.asarray(rebuilt)
