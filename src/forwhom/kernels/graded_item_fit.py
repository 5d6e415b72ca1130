"""Item fit of a graded response model by summed scores: S-X2 (Orlando & Thissen, 2000; Kang & Chen, 2008)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.graded_likelihood import quadrature
from forwhom.kernels.graded_scores import category_curves

Array = NDArray[np.float64]
LEAST = 1.0
"""Least expected count of a cell."""


@dataclass(frozen=True, slots=True)
class ItemFit:
    """One item: `rmsea` is sqrt((chisq / df - 1) / (n - 1)), 0 where negative; None where no degree of freedom is left.

    observed, expected : per score group after collapsing, counts of the categories that were kept apart
    """

    chisq: float | None
    df: int
    p: float | None
    rmsea: float | None
    observed: tuple[tuple[float, ...], ...]
    expected: tuple[tuple[float, ...], ...]


def score_distribution(share: Array) -> Array:
    """Probability of each sum of answers at each point (Lord & Wingersky, 1984): (T + 1, Q).

    share : (J, K, Q) category probabilities, 0 beyond an item's own
    """
    out = np.ones((1, share.shape[2]))
    for each in share:
        most = int(np.flatnonzero(each.any(axis=1))[-1])
        longer = np.zeros((out.shape[0] + most, share.shape[2]))
        for k in range(most + 1):
            longer[k : k + out.shape[0]] += out * each[k]
        out = longer
    return out


def summed_score_fit(y: ArrayLike, slope: Array, step: Array, *, mean: float = 0.0, sd: float = 1.0) -> list[ItemFit]:
    """S-X2 of every item.

    y : (n, J) categories from 0, every one answered; slope, step : of the fitted model; mean, sd : of the trait in these people
    Expected counts below 1 are avoided by joining neighbouring categories within a score group, and before that score groups in
    which not even two cells could hold 1. What is joined depends on the model and the numbers of people per score, not on how they
    answered.

    >>> rng = np.random.default_rng(1)
    >>> slope, step = np.full(6, 1.5), np.tile([1.0, -1.0], (6, 1))
    >>> latent = 1.5 * rng.standard_normal((500, 1, 1)) + step + rng.logistic(size=(500, 6, 1))
    >>> fit = summed_score_fit((latent > 0).sum(axis=2), slope, step)
    >>> all(each.p > 0.001 for each in fit)
    True
    """
    most = np.isfinite(step).sum(axis=1)
    tables = score_tables(y, slope, step, mean=mean, sd=sd)
    return [_one(observed, expected, int(own)) for (observed, expected), own in zip(tables, most, strict=True)]


def score_tables(
    y: ArrayLike, slope: Array, step: Array, *, mean: float = 0.0, sd: float = 1.0
) -> list[tuple[Array, Array]]:
    """Per item observed and expected counts by sum of all items (rows) and answer (columns); arguments as `summed_score_fit`.

    >>> step = np.tile([1.0, -1.0], (3, 1))
    >>> observed, expected = score_tables([[0, 1, 2], [1, 1, 1], [2, 2, 0]], np.ones(3), step)[0]
    >>> observed[3].tolist(), float(expected[3].sum().round(6))
    ([1.0, 1.0, 0.0], 2.0)
    """
    answers = np.asarray(y, dtype=float)
    if not np.isfinite(answers).all():
        raise ValueError("S-X2 groups people by their sum, so every item must be answered.")
    codes = answers.astype(np.intp)
    node, prior = quadrature()
    share = category_curves(slope, step, mean + sd * node)[0]
    total = codes.sum(axis=1)
    most = np.isfinite(step).sum(axis=1)
    people = np.bincount(total, minlength=int(most.sum()) + 1).astype(float)
    scale = people / np.maximum(score_distribution(share) @ prior, 1e-300)
    made = []
    for j, own in enumerate(most):
        rest = score_distribution(np.delete(share, j, axis=0))
        expected, observed = np.zeros((people.size, own + 1)), np.zeros((people.size, own + 1))
        for k in range(own + 1):
            expected[k : k + rest.shape[0], k] = (rest * share[j, k]) @ prior
        np.add.at(observed, (total, codes[:, j]), 1.0)
        made.append((observed, expected * scale[:, None]))
    return made


def _one(observed: Array, expected: Array, most: int) -> ItemFit:
    # The lowest and the highest sum leave one answer only.
    cells = _collapsed(observed[1:-1], expected[1:-1])
    df = sum(len(e) - 1 for _, e in cells) - (most + 1)
    kept = tuple(tuple(o) for o, _ in cells), tuple(tuple(e) for _, e in cells)
    if df < 1:
        return ItemFit(None, max(df, 0), None, None, *kept)
    from scipy.special import chdtrc

    chisq = float(sum(((np.array(o) - np.array(e)) ** 2 / np.array(e)).sum() for o, e in cells))
    rmsea = float(np.sqrt(max(chisq / df - 1, 0.0) / (observed.sum() - 1)))
    return ItemFit(chisq, df, float(chdtrc(df, chisq)), rmsea, *kept)


def _collapsed(observed: Array, expected: Array) -> list[tuple[list[float], list[float]]]:
    """Score groups as lists of cells, each expected to hold `LEAST` or more."""
    rows = [(o, e) for o, e in zip(observed, expected, strict=True) if e.sum() > 0]
    if not rows:
        return []
    made: list[tuple[Array, Array]] = []
    held_o, held_e = np.zeros(observed.shape[1]), np.zeros(observed.shape[1])
    for o, e in rows:
        held_o, held_e = held_o + o, held_e + e
        if len(_joined(held_o, held_e)[1]) > 1:
            made.append((held_o, held_e))
            held_o, held_e = np.zeros_like(held_o), np.zeros_like(held_e)
    if held_e.sum() > 0 and made:
        made[-1] = made[-1][0] + held_o, made[-1][1] + held_e
    return [_joined(o, e) for o, e in made]


def _joined(observed: Array, expected: Array) -> tuple[list[float], list[float]]:
    """Categories of one score group, the rarest joined with its rarer neighbour until all are expected often enough."""
    o, e = [float(v) for v in observed], [float(v) for v in expected]
    while len(e) > 1 and min(e) < LEAST:
        k = e.index(min(e))
        other = k + 1 if k == 0 or (k + 1 < len(e) and e[k + 1] < e[k - 1]) else k - 1
        e[other] += e[k]
        o[other] += o[k]
        del e[k], o[k]
    return o, e
