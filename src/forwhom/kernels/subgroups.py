"""Means of subgroups and whether they differ, without assuming equal variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Differ:
    """F test of equal means; all NaN where it cannot be made."""

    f: float
    df: float
    df_within: float
    p: float


_NONE = Differ(float("nan"), float("nan"), float("nan"), float("nan"))


def differ(values: Array, level: Codes, cluster: Codes | None = None) -> Differ:
    """Do the means of subgroups differ?

    values : (n,); level : (n,) codes, negative for people in no subgroup; cluster : (n,) codes, or None
    Without clusters Welch's test (Welch, 1951, Biometrika 38:330-336). With clusters a Wald test on CR1 standard errors
    with clusters − 1 degrees of freedom in the denominator. NaN with fewer than two subgroups of two people, or where
    a subgroup's values do not vary.

    >>> test = differ(np.array([1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 9.0]), np.array([0, 0, 0, 1, 1, 1, 1]))
    >>> round(test.f, 3), round(test.df_within, 3), round(test.p, 3)
    (4.122, 3.836, 0.115)
    """
    inside = level >= 0
    values, level = values[inside], level[inside]
    cluster = None if cluster is None else cluster[inside]
    levels, place = np.unique(level, return_inverse=True)
    count = np.bincount(place, minlength=levels.size).astype(float)
    if levels.size < 2 or count.min() < 2:
        return _NONE
    mean = np.bincount(place, weights=values) / count
    rest = values - mean[place]
    variance = np.bincount(place, weights=rest**2) / (count - 1) / count
    if not variance.min() > 1e-14 * max(float(np.abs(values).max()) ** 2, 1e-300):
        return _NONE
    many = levels.size - 1
    if cluster is None:
        return _welch(mean, variance, count, many)
    unit = np.unique(cluster, return_inverse=True)[1]
    units = int(unit.max()) + 1
    if units <= many + 1:
        return _NONE
    sums = np.zeros((units, levels.size))
    np.add.at(sums, (unit, place), rest / count[place])
    covariance = sums.T @ sums * units / (units - 1)
    contrast = np.column_stack([-np.ones(many), np.eye(many)])
    middle = contrast @ covariance @ contrast.T
    if np.linalg.matrix_rank(middle) < many:
        return _NONE
    gap = contrast @ mean
    f = float(gap @ np.linalg.solve(middle, gap)) / many
    return Differ(f, float(many), float(units - 1), float(fdtrc(many, units - 1, f)))


def _welch(mean: Array, variance: Array, count: Array, many: int) -> Differ:
    weight = 1 / variance
    share = weight / weight.sum()
    grand = float(share @ mean)
    uneven = float(((1 - share) ** 2 / (count - 1)).sum())
    k = many + 1
    f = float((weight * (mean - grand) ** 2).sum()) / many / (1 + 2 * (k - 2) / (k**2 - 1) * uneven)
    df = (k**2 - 1) / (3 * uneven)
    return Differ(f, float(many), df, float(fdtrc(many, df, f)))
