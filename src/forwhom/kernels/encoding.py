"""Baseline characteristics as a matrix of standardised columns, learned from some people and applied to all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

RARE = 10
"""A level, or an absence, seen in fewer people than this gets no column of its own."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of people before treatment.

    numeric : (n, q) numbers, NaN where absent
    categories : (n, c) codes of levels, −1 where absent
    levels : per category, its levels in the order of the codes
    """

    numeric: Array
    categories: Codes
    numeric_names: tuple[str, ...]
    category_names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()

    def take(self, rows: Codes) -> Features:
        """The features of these people."""
        return Features(self.numeric[rows], self.categories[rows], self.numeric_names, self.category_names, self.levels)


@dataclass(frozen=True, slots=True)
class Raw:
    """Features before any learning: one column per number, per absence and per level; nothing imputed.

    numeric : (n, q), absent as 0; absent : (n, q), 1.0 where absent
    level : (n, l) one column per level of each category, the last of each category for absent; 1.0 where it holds
    category : (l,) which category each level column belongs to
    """

    numeric: Array
    absent: Array
    level: Array
    category: Codes


def spread(features: Features) -> Raw:
    """Features spread into columns, once for all encodings."""
    numeric = np.asarray(features.numeric, float)
    absent = np.isnan(numeric)
    blocks: list[Array] = []
    category: list[int] = []
    for index, codes in enumerate(features.categories.T):
        known = len(features.levels[index])
        blocks.append((np.where(codes < 0, known, codes)[:, None] == np.arange(known + 1)).astype(float))
        category += [index] * (known + 1)
    level = np.hstack(blocks) if blocks else np.zeros((numeric.shape[0], 0))
    return Raw(np.where(absent, 0.0, numeric), absent.astype(float), level, np.array(category, dtype=np.intp))


def encode(raw: Raw, learn: Codes) -> Array:
    """Everybody's features as standardised columns, (n, p); every constant comes from the people `learn` alone.

    Numbers: absent ones take the mean, and a column says who was absent where at least `RARE` people were (and at
    least as many were not). Categories: a column per level that at least `RARE` people have; rarer levels, absence
    among them, share one column. Columns that do not vary among the people learned from are left out.

    >>> features = Features(np.array([[1.0], [3.0], [np.nan], [9.0]]), np.zeros((4, 0), int), ("age",))
    >>> encode(spread(features), np.array([0, 1])).ravel().tolist()
    [-1.0, 1.0, 0.0, 7.0]
    """
    missing = raw.absent[learn]
    count = learn.size - missing.sum(axis=0)
    mean = raw.numeric[learn].sum(axis=0) / np.maximum(count, 1.0)
    columns = [raw.numeric + raw.absent * mean]
    often = (count >= RARE) & (learn.size - count >= RARE)
    columns.append(raw.absent[:, often])
    seen = raw.level[learn].sum(axis=0)
    common = seen >= RARE
    columns.append(raw.level[:, common])
    rare = np.flatnonzero(~common)
    columns.extend(
        raw.level[:, rare[raw.category[rare] == index]].sum(axis=1)[:, None] for index in np.unique(raw.category[rare])
    )
    x = np.hstack(columns)
    centre, scale = x[learn].mean(axis=0), x[learn].std(axis=0)
    varies = scale > 1e-9 * np.maximum(1.0, np.abs(centre))
    return np.asarray((x[:, varies] - centre[varies]) / scale[varies])
