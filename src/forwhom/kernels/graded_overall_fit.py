"""Overall fit of a graded response model from its means and products of pairs, and pairs of items that hang together beyond it.

C2 (Cai & Monroe, 2014; Monroe & Cai, 2015) is a limited-information test in the family of M2 (Maydeu-Olivares & Joe, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_likelihood import quadrature
from forwhom.kernels.graded_scores import category_curves, expected_answers
from forwhom.kernels.sem.indices import indices

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OverallFit:
    """C2 on the people with every item answered.

    chisq, df, p : None where fewer moments than parameters are left
    rmsea, rmsea_low, rmsea_high : with its 90 % interval; srmsr : root mean square of the residual correlations
    """

    chisq: float | None
    df: int
    p: float | None
    rmsea: float | None
    rmsea_low: float | None
    rmsea_high: float | None
    srmsr: float
    n: int


def overall_fit(y: ArrayLike, slope: Array, step: Array) -> OverallFit:
    """C2 of a model fitted to one population with mean 0 and standard deviation 1.

    y : (n, J) categories from 0, every one answered; slope, step : maximum likelihood estimates

    Moments are the shares of every category above the lowest and the mean products of answers of every pair of items.

    >>> rng = np.random.default_rng(1)
    >>> slope, step = np.full(6, 1.5), np.tile([1.0, -1.0], (6, 1))
    >>> latent = 1.5 * rng.standard_normal((500, 1, 1)) + step + rng.logistic(size=(500, 6, 1))
    >>> fit = overall_fit((latent > 0).sum(axis=2), slope, step)
    >>> fit.df
    9
    """
    answers = np.asarray(y, dtype=float)
    if not np.isfinite(answers).all():
        raise ValueError("C2 compares products of answers, so every item must be answered.")
    n, items = answers.shape
    node, prior = quadrature()
    share, first, _ = category_curves(slope, step, node)
    value = np.arange(share.shape[1], dtype=float)
    categories = np.isfinite(step).sum(axis=1) + 1
    one = [(j, k) for j in range(items) for k in range(1, int(categories[j]))]
    two = [(i, j) for i in range(items) for j in range(i + 1, items)]
    mean, square = np.einsum("jkq,k->jq", share, value), np.einsum("jkq,k->jq", share, value**2)
    expected, spread = _moments(share, mean, square, one, two, prior)
    observed = np.concatenate(
        [[(answers[:, j] == k).mean() for j, k in one], [(answers[:, i] * answers[:, j]).mean() for i, j in two]]
    )
    slopes = _derivatives(slope, share, first, mean, value, categories, one, two, node, prior)
    chisq = _quadratic(n, observed - expected, spread, slopes)
    df = observed.size - slopes.shape[1]
    residual = srmsr(answers, mean, square, prior)
    if df < 1 or chisq is None:
        return OverallFit(None, max(df, 0), None, None, None, None, residual, n)
    made = indices(chisq, df, chisq, df, n=n - 1)
    return OverallFit(chisq, df, made.p, made.rmsea, made.rmsea_low, made.rmsea_high, residual, n)


def _moments(
    share: Array, mean: Array, square: Array, one: list[tuple[int, int]], two: list[tuple[int, int]], prior: Array
) -> tuple[Array, Array]:
    """Expected moments and their covariance in one person."""
    item, category = (np.array([each[k] for each in one]) for k in (0, 1))
    left, right = (np.array([each[k] for each in two]) for k in (0, 1))
    single = share[item, category]
    pair = mean[left] * mean[right]
    conditional = np.concatenate([single, pair])
    expected = conditional @ prior
    product = (conditional * prior) @ conditional.T
    m = len(one)
    # Where two moments share an item the answers are not independent given the trait.
    for a in range(m):
        same = np.flatnonzero(item == item[a])
        product[a, same] = np.where(category[same] == category[a], expected[a], 0.0)
        for side, other in ((left, right), (right, left)):
            with_item = np.flatnonzero(side == item[a])
            both = category[a] * (single[a] * mean[other[with_item]]) @ prior
            product[a, m + with_item] = product[m + with_item, a] = both
    for i in range(mean.shape[0]):
        of_item = [(k, int(right[k] if left[k] == i else left[k])) for k in np.flatnonzero((left == i) | (right == i))]
        rows, others = (np.array([each[k] for each in of_item]) for k in (0, 1))
        inner = ((mean[others] * square[i]) * prior) @ mean[others].T
        # A pair with itself also shares its other item.
        np.fill_diagonal(inner, (square[i] * square[others]) @ prior)
        product[m + rows[:, None], m + rows[None, :]] = inner
    made: Array = product - np.outer(expected, expected)
    return expected, made


def _derivatives(
    slope: Array,
    share: Array,
    first: Array,
    mean: Array,
    value: Array,
    categories: NDArray[np.intp],
    one: list[tuple[int, int]],
    two: list[tuple[int, int]],
    node: Array,
    prior: Array,
) -> Array:
    """Of the moments by slopes and intercepts, item by item: (moments, parameters)."""
    size = int(categories.sum())
    begin = np.concatenate([[0], np.cumsum(categories)[:-1]])
    single = np.zeros((slope.size, share.shape[1], size, node.size))
    for j, k in enumerate(categories):
        passed = np.cumsum(first[j, ::-1], axis=0)[::-1][1 : int(k)] / slope[j]
        for s in range(int(k) - 1):
            single[j, s + 1, begin[j] + 1 + s] += passed[s]
            single[j, s, begin[j] + 1 + s] -= passed[s]
        single[j, :, begin[j]] = first[j] / slope[j] * node
    of_mean = np.einsum("jkpq,k->jpq", single, value)
    rows = [single[j, k] @ prior for j, k in one]
    rows += [(of_mean[i] * mean[j] + of_mean[j] * mean[i]) @ prior for i, j in two]
    return np.array(rows)


def _quadratic(n: int, away: Array, spread: Array, slopes: Array) -> float | None:
    """n e' C e with C the inverse covariance less what the estimates can absorb."""
    from scipy.linalg import qr, solve_triangular

    try:
        half = np.linalg.cholesky(spread)
    except np.linalg.LinAlgError:
        return None
    turned = solve_triangular(half, np.column_stack([away, slopes]), lower=True)
    basis = qr(turned[:, 1:], mode="economic")[0]
    e = turned[:, 0] - basis @ (basis.T @ turned[:, 0])
    return float(n * (e @ e))


def srmsr(answers: Array, mean: Array, square: Array, prior: Array) -> float:
    """Root mean square of observed less expected correlations of answers.

    answers : (n, J); mean, square : (J, Q) expected answer and its square at each point of weight `prior`
    """
    centre = mean @ prior
    cross = (mean * prior) @ mean.T - np.outer(centre, centre)
    np.fill_diagonal(cross, square @ prior - centre**2)
    sd = np.sqrt(np.diagonal(cross))
    apart = (np.corrcoef(answers, rowvar=False) - cross / np.outer(sd, sd))[np.triu_indices(mean.shape[0], 1)]
    return float(np.sqrt((apart**2).mean()))


def residual_correlations(y: ArrayLike, slope: Array, step: Array, trait: Array) -> Array:
    """Q3 (Yen, 1984): correlations of answers less what the person's score leads one to expect, (J, J).

    y : (n, J) categories from 0, NaN where absent; trait : (n,) scores; pairs of items take the people who answered both

    >>> rng = np.random.default_rng(1)
    >>> q3 = residual_correlations(rng.integers(0, 3, (50, 3)), np.ones(3), np.tile([1.0, -1.0], (3, 1)), np.zeros(50))
    >>> q3.shape, float(q3[0, 0])
    ((3, 3), 1.0)
    """
    answers = np.asarray(y, dtype=float)
    known = np.isfinite(trait)
    residual = np.full_like(answers, np.nan)
    residual[known] = answers[known] - expected_answers(slope, step, trait[known]).T
    items = answers.shape[1]
    out = np.eye(items)
    for i in range(items):
        for j in range(i):
            both = np.isfinite(residual[:, i]) & np.isfinite(residual[:, j])
            a, b = residual[both, i], residual[both, j]
            enough = both.sum() > 2 and np.ptp(a) > 0 and np.ptp(b) > 0
            out[i, j] = out[j, i] = np.corrcoef(a, b)[0, 1] if enough else np.nan
    return out
