"""Means of subgroups and whether they differ, without assuming equal variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from forwhom.kernels.cluster_robust import fit_robust, robust_f

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
    Without clusters Welch's test (Welch, 1951, Biometrika 38:330-336). With clusters a Wald test on CR2 standard errors
    with small-sample degrees of freedom (HTZ: `cluster_robust.robust_f`). NaN with fewer than two subgroups of two people, or where
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
    if np.unique(cluster).size < 2:
        return _NONE
    fit = fit_robust(values, np.eye(levels.size)[place], cluster)
    test = robust_f(fit, np.column_stack([-np.ones(many), np.eye(many)]))
    if test.f is None or test.df_denominator is None or test.p is None:
        return _NONE
    return Differ(test.f, float(many), test.df_denominator, test.p)


def _welch(mean: Array, variance: Array, count: Array, many: int) -> Differ:
    weight = 1 / variance
    share = weight / weight.sum()
    grand = float(share @ mean)
    uneven = float(((1 - share) ** 2 / (count - 1)).sum())
    k = many + 1
    f = float((weight * (mean - grand) ** 2).sum()) / many / (1 + 2 * (k - 2) / (k**2 - 1) * uneven)
    df = (k**2 - 1) / (3 * uneven)
    return Differ(f, float(many), df, float(fdtrc(many, df, f)))
