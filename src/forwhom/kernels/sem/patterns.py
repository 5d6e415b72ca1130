"""Data condensed by pattern of missing values: all that the normal likelihood needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patterns:
    """K patterns of missing values over p variables.

    count : (K,) persons; seen : (K, p) True where observed
    mean : (K, p) and cross : (K, p, p) mean and covariance (divided by count) of the observed entries, 0 elsewhere
    person : (n,) pattern of each person; y : (n, p) the data with 0 where absent
    empty : persons with no value at all, who are left out
    """

    count: Array
    seen: NDArray[np.bool_]
    mean: Array
    cross: Array
    person: NDArray[np.intp]
    y: Array
    empty: int

    @property
    def n(self) -> int:
        """Persons with at least one value."""
        return self.person.size

    @property
    def complete(self) -> bool:
        """True when nothing is missing."""
        return bool(self.seen.all())


def patterns(y: Array) -> Patterns:
    """Condense (n, p) data, NaN where absent.

    Raises ValueError for infinite values, no rows, and variables without variance.
    """
    y = np.asarray(y, dtype=float)
    if y.ndim != 2 or y.shape[1] < 1:
        raise ValueError(f"data have shape {y.shape}; persons by variables are needed.")
    if np.isinf(y).any():
        raise ValueError("data hold infinite values. Write absent values as NaN.")
    there = np.isfinite(y)
    some = there.any(axis=1)
    y, there = y[some], there[some]
    if y.shape[0] < 2:
        raise ValueError("fewer than two persons have a value.")
    packed = np.packbits(there, axis=1)
    _, first, person, count = np.unique(packed, axis=0, return_index=True, return_inverse=True, return_counts=True)
    person = person.ravel()
    filled = np.where(there, y, 0.0)
    k, p = count.size, y.shape[1]
    order = np.argsort(person, kind="stable")
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])
    mean = np.add.reduceat(filled[order], starts, axis=0) / count[:, None]
    centred = np.where(there, y - mean[person], 0.0)
    cross = np.empty((k, p, p))
    for number, (start, size) in enumerate(zip(starts, count, strict=True)):
        part = centred[order[start : start + size]]
        cross[number] = part.T @ part / size
    return Patterns(count.astype(float), there[first], mean, cross, person, filled, int((~some).sum()))
