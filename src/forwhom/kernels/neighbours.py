"""The people most like one at the start, and how far their courses spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class NeighbourBoundary:
    """One-sided limit of the courses of nearest neighbours.

    mean, limit : (n, g) NaN where fewer than `least` neighbours have a score
    count : (n, g) neighbours with a score
    """

    mean: Array
    limit: Array
    count: Ints


def nearest_neighbours(points: ArrayLike, others: ArrayLike, k: int) -> Ints:
    """The k nearest of `others` to each of `points`, by Euclidean distance on standardised dimensions.

    points : (n, q) dimensions at the start, NaN where absent; others : (N, q) the people to choose from
    k : how many, at most N
    Each dimension is divided by its standard deviation over `others`; one that is absent counts as the mean of `others`,
    one without spread not at all. Ties go to the earlier row.
    Source: Lutz et al. (2005), J Consult Clin Psychol 73:904-913.

    >>> nearest_neighbours([[0.0], [9.0]], [[1.0], [8.0], [10.0]], 2)
    array([[0, 1],
           [1, 2]])
    """
    here = np.array(points, dtype=np.float64, ndmin=2)
    there = np.array(others, dtype=np.float64, ndmin=2)
    if here.shape[1] != there.shape[1]:
        raise ValueError(f"points have {here.shape[1]} dimensions and others {there.shape[1]}; give the same ones.")
    if not 1 <= k <= there.shape[0]:
        raise ValueError(f"k is {k} with {there.shape[0]} people to choose from; it must be between 1 and that.")
    known = np.isfinite(there)
    count = known.sum(axis=0)
    mean = np.where(known, there, 0.0).sum(axis=0) / np.maximum(count, 1)
    deviation = np.where(known, there - mean, 0.0)
    sd = np.sqrt((deviation**2).sum(axis=0) / np.maximum(count - 1, 1))
    used = sd > 0
    right = deviation[:, used] / sd[used]
    left = np.where(np.isfinite(here), here - mean, 0.0)[:, used] / sd[used]
    found = np.empty((here.shape[0], k), dtype=np.intp)
    for i, point in enumerate(left):
        distance = ((right - point) ** 2).sum(axis=1)
        found[i] = np.argsort(distance, kind="stable")[:k]
    return found


def neighbour_boundary(courses: ArrayLike, share: float, *, least: int) -> NeighbourBoundary:
    """Limit below which a further course like those of the neighbours falls with probability `share`.

    courses : (n, k, g) the neighbours' scores at g times, NaN where a neighbour was not seen
    share : e.g. 0.9 for an upper limit, 0.1 for a lower one
    least : neighbours with a score that a limit needs, 2 or more
    The limit is that of a further observation: mean + t s sqrt(1 + 1/k) with k - 1 degrees of freedom.

    >>> made = neighbour_boundary([[[1.0], [2.0], [3.0]]], 0.9, least=3)
    >>> made.mean, made.limit.round(2)
    (array([[2.]]), array([[4.18]]))
    """
    y = np.asarray(courses, dtype=np.float64)
    if y.ndim != 3:
        raise ValueError(f"courses has shape {y.shape}; give (n, k, g).")
    if not 0.0 < share < 1.0 or least < 2:
        raise ValueError(f"share is {share} and least {least}; give a share between 0 and 1, and 2 or more people.")
    known = np.isfinite(y)
    count = known.sum(axis=1)
    held = np.maximum(count, 1)
    mean = np.where(known, y, 0.0).sum(axis=1) / held
    squares = np.where(known, y - mean[:, None, :], 0.0) ** 2
    sd = np.sqrt(squares.sum(axis=1) / np.maximum(count - 1, 1))
    limit = mean + stdtrit(np.maximum(count - 1, 1), share) * sd * np.sqrt(1.0 + 1.0 / held)
    enough = count >= least
    return NeighbourBoundary(np.where(enough, mean, np.nan), np.where(enough, limit, np.nan), count.astype(np.intp))
