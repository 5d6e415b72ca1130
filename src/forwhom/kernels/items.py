"""Items of one scale: the matrix every reliability kernel starts from, and what each item does in it.

All items are expected in the scale's direction (already reversed where the key says so), one column
an item, one row a person, NaN where there is no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Missing = Literal["complete", "pairwise"]


@dataclass(frozen=True, slots=True)
class ItemCovariance:
    """Covariance of the items and on whom it rests.

    matrix : (k, k) with denominator n - 1
    n : persons used; for pairwise the smallest number behind any element
    left_out : persons with an answer missing (complete) or with no answer at all (pairwise)
    missing : how absent answers were handled
    """

    matrix: Floats
    n: int
    left_out: int
    missing: Missing


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """What each item does; every tuple has one entry an item, None where it cannot be computed.

    n : answers
    mean, sd : of the answers given (denominator n - 1)
    r_rest : correlation with the sum of the other items (corrected item-total correlation)
    alpha_without : Cronbach's alpha of the scale without the item; None for scales of two items
    floor, ceiling : share of answers at the lowest and the highest possible value
    shares : (category, share of the item's answers) in rising order
    persons : behind r_rest and alpha_without
    left_out : persons not behind them
    """

    n: tuple[int, ...]
    mean: tuple[float | None, ...]
    sd: tuple[float | None, ...]
    r_rest: tuple[float | None, ...]
    alpha_without: tuple[float | None, ...]
    floor: tuple[float | None, ...]
    ceiling: tuple[float | None, ...]
    shares: tuple[tuple[tuple[float, float], ...], ...]
    persons: int
    left_out: int
    missing: Missing


def item_matrix(items: ArrayLike, *, least_items: int = 2) -> Floats:
    """The answers as an (n, k) float matrix, or a ValueError saying what is wrong with them."""
    matrix = np.asarray(items, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"items has {matrix.ndim} dimension(s); give persons in rows and items in columns.")
    if matrix.shape[1] < least_items:
        raise ValueError(f"items has {matrix.shape[1]} column(s); at least {least_items} items are needed.")
    if np.isinf(matrix).any():
        raise ValueError("items holds an infinite value; use NaN where an answer is absent.")
    return matrix


def complete_rows(items: Floats) -> Floats:
    """Persons who answered every item."""
    present = ~np.isnan(items).any(axis=1)
    return items if present.all() else items[present]


def persons_behind(items: Floats, missing: Missing) -> tuple[int, int]:
    """Persons a covariance of the items would rest on (pairwise: the smallest number), and persons left out."""
    present = ~np.isnan(items)
    if missing == "pairwise":
        counts = present.T.astype(np.float64) @ present
        return int(counts.min()), int((~present.any(axis=1)).sum())
    if missing != "complete":
        raise ValueError(f"missing is {missing!r}; possible are 'complete' and 'pairwise'.")
    n = int(present.all(axis=1).sum())
    return n, items.shape[0] - n


def item_covariance(items: Floats, missing: Missing = "complete") -> ItemCovariance:
    """Covariance of the items from complete persons, or pair by pair from all who answered both.

    Raises ValueError when fewer than two persons stand behind an element.
    """
    n, left_out = persons_behind(items, missing)
    if n < 2:
        raise ValueError(f"Only {n} person(s) answered {_together(missing)}; at least 2 are needed.")
    if missing == "pairwise":
        return ItemCovariance(_pairwise_covariance(items), n, left_out, missing)
    used = complete_rows(items)
    centred = used - used.mean(axis=0)
    return ItemCovariance(centred.T @ centred / (n - 1), n, left_out, missing)


def item_statistics(
    items: ArrayLike,
    *,
    lowest: float | Sequence[float] | None = None,
    highest: float | Sequence[float] | None = None,
    missing: Missing = "complete",
) -> ItemStatistics:
    """Describe each item: centre, spread, fit with the rest of the scale, use of its categories.

    items : (n, k) in the scale's direction, NaN where absent
    lowest, highest : ends of the answer scale, one number or one an item; floor and ceiling shares
        are None without them, for the lowest answer seen need not be the lowest possible
    missing : whose covariances r_rest and alpha_without rest on. n, mean, sd and shares always use
        every answer given

    Source: corrected item-total correlation, Nunnally & Bernstein (1994, ch. 8), computed from the
    covariance matrix: cov(x_j, T - x_j) / (sd_j * sd(T - x_j)).

    >>> answers = [[1, 2, 1], [2, 2, 3], [3, 4, 3], [4, 4, 5], [2, 3, 2]]
    >>> statistics = item_statistics(answers, lowest=1, highest=5)
    >>> [round(r, 3) for r in statistics.r_rest]
    [1.0, 0.773, 0.845]
    >>> statistics.floor
    (0.2, 0.0, 0.2)
    """
    matrix = item_matrix(items)
    persons, left_out = persons_behind(matrix, missing)
    k = matrix.shape[1]
    # With fewer than two persons every element is 0, and every coefficient below is None.
    covariance = item_covariance(matrix, missing).matrix if persons > 1 else np.zeros((k, k))
    columns = [column[~np.isnan(column)] for column in matrix.T]
    return ItemStatistics(
        n=tuple(len(column) for column in columns),
        mean=tuple(float(column.mean()) if len(column) else None for column in columns),
        sd=tuple(float(column.std(ddof=1)) if len(column) > 1 else None for column in columns),
        r_rest=_r_rest(covariance),
        alpha_without=_alpha_without(covariance),
        floor=_shares_at(columns, _ends(lowest, k, "lowest")),
        ceiling=_shares_at(columns, _ends(highest, k, "highest")),
        shares=tuple(_category_shares(column) for column in columns),
        persons=persons,
        left_out=left_out,
        missing=missing,
    )


def alpha_of(covariance: Floats) -> float | None:
    """Coefficient alpha of a covariance matrix (Cronbach, 1951); None when the sum does not vary."""
    k = covariance.shape[0]
    total = float(covariance.sum())
    if k < 2 or not total > 0.0:
        return None
    return float(k / (k - 1) * (1.0 - np.trace(covariance) / total))


def _together(missing: Missing) -> str:
    return "every item" if missing == "complete" else "some two items together"


def _pairwise_covariance(items: Floats) -> Floats:
    present = ~np.isnan(items)
    weights = present.astype(np.float64)
    counts = weights.T @ weights
    # Centred on each item's own mean first: the products stay exact for large scores.
    values = np.where(present, items, 0.0)
    values = np.where(present, values - values.sum(axis=0) / weights.sum(axis=0), 0.0)
    sums = values.T @ weights
    return np.asarray((values.T @ values - sums * sums.T / counts) / (counts - 1.0))


def _r_rest(covariance: Floats) -> tuple[float | None, ...]:
    variances = np.diag(covariance)
    with_total = covariance.sum(axis=1)
    rest_variance = covariance.sum() - 2.0 * with_total + variances
    product = variances * rest_variance
    return tuple(
        float((c - v) / np.sqrt(p)) if v > 0 and r > 0 else None
        for c, v, r, p in zip(with_total, variances, rest_variance, product, strict=True)
    )


def _alpha_without(covariance: Floats) -> tuple[float | None, ...]:
    k = covariance.shape[0]
    return tuple(alpha_of(np.delete(np.delete(covariance, j, axis=0), j, axis=1)) for j in range(k))


def _ends(end: float | Sequence[float] | None, k: int, name: str) -> Sequence[float] | None:
    if end is None:
        return None
    ends = np.broadcast_to(np.asarray(end, dtype=np.float64), (k,)) if np.ndim(end) == 0 else np.asarray(end)
    if len(ends) != k:
        raise ValueError(f"{name} has {len(ends)} values for {k} items; give one number, or one for each item.")
    return [float(value) for value in ends]


def _shares_at(columns: Sequence[Floats], ends: Sequence[float] | None) -> tuple[float | None, ...]:
    if ends is None:
        return (None,) * len(columns)
    return tuple(
        float(np.mean(column == end)) if len(column) else None for column, end in zip(columns, ends, strict=True)
    )


def _category_shares(column: Floats) -> tuple[tuple[float, float], ...]:
    values, counts = np.unique(column, return_counts=True)
    return tuple((float(value), float(count) / len(column)) for value, count in zip(values, counts, strict=True))
