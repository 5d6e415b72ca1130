"""The average course of groups, estimated beside what is each person's own.

    value_it = course_group(t) + own_i(t) + rest

An average over whoever came to an occasion moves with who came: people differ in level (and line), so plain averages of
incomplete rows hold a part that is the same for all at one occasion and new at the next, like error of measurement in common.
Estimated beside own levels (and lines) by backfitting (two-way within estimator; Wansbeek & Kapteyn 1989, J Econometrics 41,
341-361) it does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

STEPS, SETTLED = 200, 1e-7
"""Of the backfitting, and the largest step, in standard deviations, at which it ends."""
LEAST_AT_OCCASION = 5
"""People of a group below which an occasion's average is not its own; such occasions share the average of their neighbours."""


def without_common_course(
    value: ArrayLike, occasion: ArrayLike, group: ArrayLike, own: ArrayLike, *, degree: int = 0
) -> NDArray[np.float64]:
    """Values less the course of their group.

    value : (n,) or (n, k); occasion : (n,) whole numbers; group : (n,) codes whose average course it is, 0, 1, …
    own : (n,) codes of persons, or of stretches of persons, 0, 1, …; degree : of the polynomial each of them has to itself

    Returns the same shape; what is own stays in.

    >>> person, t = np.repeat([0, 1, 2], [4, 4, 2]), np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 1])
    >>> value = np.array([0.0, 5.0, 9.0])[person] + t**2
    >>> person, t, value = (np.tile(each, 3) for each in (person, t, value))
    >>> person += np.repeat([0, 3, 6], 10)
    >>> left = without_common_course(value, t, 0 * t, person)
    >>> bool(np.ptp(left[:4]) < 1e-5), bool(np.ptp(left[8:10]) < 1e-5)
    (True, True)
    """
    z = np.asarray(value, dtype=np.float64)
    flat = z.reshape(len(z), -1)
    t, mine = np.asarray(occasion), np.asarray(own)
    cell, many = _cells(t, np.asarray(group)), int(mine.max()) + 1
    crowd = np.bincount(cell)
    basis = _basis(t, mine, many, degree)
    limit = SETTLED * np.maximum(flat.std(axis=0), np.finfo(float).tiny)
    made = np.empty_like(flat)
    for j in range(flat.shape[1]):
        left = flat[:, j].copy()
        for _ in range(STEPS):
            rest = left.copy()
            for column in basis:
                rest -= column * np.bincount(mine, column * rest, many)[mine]
            step = np.bincount(cell, rest) / crowd
            left -= step[cell]
            if np.abs(step).max() <= limit[j]:
                break
        made[:, j] = left
    return made.reshape(z.shape)


def _cells(t: NDArray[np.intp], group: NDArray[np.intp]) -> NDArray[np.intp]:
    """(n,) codes of group and occasion; occasions few people reached share a code with those before."""
    cell = np.empty(t.size, dtype=np.intp)
    start = 0
    for each in np.unique(group):
        mine = np.flatnonzero(group == each)
        _, place, counts = np.unique(t[mine], return_inverse=True, return_counts=True)
        block = np.cumsum(np.concatenate([[0], (counts[1:] >= LEAST_AT_OCCASION).astype(np.intp)]))
        cell[mine] = start + block[place.ravel()]
        start += int(block[-1]) + 1
    return cell


def _basis(t: NDArray[np.intp], own: NDArray[np.intp], many: int, degree: int) -> list[NDArray[np.float64]]:
    """(n,) columns orthonormal within each own; 0 where the occasions are too few for the degree."""
    count = np.bincount(own, minlength=many)
    middle = np.bincount(own, t, many) / np.maximum(count, 1)
    centred = t - middle[own]
    made: list[NDArray[np.float64]] = []
    for power in range(degree + 1):
        column = centred.astype(np.float64) ** power
        size = np.bincount(own, column**2, many)
        for other in made:
            column = column - other * np.bincount(own, other * column, many)[own]
        left = np.bincount(own, column**2, many)
        usable = left > 1e-9 * size
        made.append(np.where(usable[own], column / np.sqrt(np.where(usable, left, 1.0))[own], 0.0))
    return made


__all__ = ["LEAST_AT_OCCASION", "without_common_course"]
