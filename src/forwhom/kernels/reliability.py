"""Reliability of a sum score from one administration, and what it means for one person's score.

McDonald's omega is in `omega`, agreement between occasions or raters in `agreement`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri, ndtri, stdtrit

from forwhom.kernels.items import (
    Floats,
    Missing,
    alpha_of,
    complete_rows,
    item_covariance,
    item_matrix,
    persons_behind,
)

AlphaInterval = Literal["feldt", "bonett", "distribution-free", "bootstrap"]


@dataclass(frozen=True, slots=True)
class Alpha:
    """Cronbach's alpha with its width.

    value, low, high : None with the reason in `why_absent` when they cannot be computed
    interval : kind of interval really computed
    standardised : alpha of the correlation matrix; None when an item does not vary
    mean_r : average correlation between two items; None when an item does not vary
    n : persons used (pairwise: the smallest number behind any covariance)
    left_out : persons not used
    k : items
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    interval: str
    standardised: float | None
    mean_r: float | None
    n: int
    left_out: int
    k: int
    missing: Missing
    why_absent: str | None = None


@dataclass(frozen=True, slots=True)
class ScorePrecision:
    """How exact one score is, in raw scale points.

    sem : standard error of measurement, sd * sqrt(1 - reliability)
    se_difference : standard error of the difference of two scores of the same person, sem * sqrt(2)
    half_width : half the interval around one observed score at `level`
    smallest_detectable_change : the change that measurement error alone exceeds with probability 1 - level
    """

    sem: float
    se_difference: float
    half_width: float
    smallest_detectable_change: float
    level: float


def cronbach_alpha(
    items: ArrayLike,
    *,
    level: float = 0.95,
    interval: AlphaInterval = "feldt",
    missing: Missing = "complete",
    rng: np.random.Generator | None = None,
    resamples: int = 2000,
) -> Alpha:
    """Cronbach's alpha of the sum of the items, from raw Pearson covariances.

    items : (n, k) in the scale's direction, NaN where absent
    interval :
        "feldt" exact F interval for parallel items with normal scores (Feldt, 1965; Feldt, Woodruff &
        Salih, 1987, eq. 6-7);
        "bonett" normal interval of ln(1 - alpha) with variance 2k / ((k - 1)(n - 2)) (Bonett, 2002);
        "distribution-free" alpha plus and minus t(n - 1) standard errors of Maydeu-Olivares, Coffman &
        Hartmann (2007), cut at 1, which needs neither parallel items nor normal scores. Where answers
        crowd at one end it holds its level better than the others (validation/reliability);
        "bootstrap" percentiles over resampled persons; needs `rng`
    missing : "complete" uses persons who answered every item; "pairwise" every pair of answers, and
        then the interval takes the smallest number of persons behind any pair
    Negative values are possible and are returned as they are: items then work against each other.

    >>> answers = [[1, 2, 1], [2, 2, 3], [3, 4, 3], [4, 4, 5], [2, 3, 2], [5, 4, 4]]
    >>> alpha = cronbach_alpha(answers)
    >>> round(alpha.value, 3), round(alpha.low, 3), round(alpha.high, 3)
    (0.917, 0.647, 0.987)
    """
    _check_level(level)
    matrix = item_matrix(items)
    (n, left_out), k = persons_behind(matrix, missing), matrix.shape[1]
    why: str | None = None
    if n < 2:
        why = f"Alpha needs at least 2 persons who answered; there are {n}."
        return Alpha(None, None, None, level, interval, None, None, n, left_out, k, missing, why_absent=why)
    covariance = item_covariance(matrix, missing)
    value = alpha_of(covariance.matrix)
    standardised, mean_r = _standardised(covariance.matrix)
    low, high = None, None
    if value is None:
        why = "The sum of the items does not vary between persons."
    elif n < 3:
        why = f"An interval needs at least 3 persons; there are {n}."
    elif value >= 1.0:
        why = "The items are identical up to a constant, so no interval can be given."
    elif interval == "feldt":
        low, high = feldt_interval(value, n, k, level=level)
    elif interval == "bonett":
        low, high = _log_interval(value, np.sqrt(2.0 * k / ((k - 1.0) * (n - 2.0))), level)
    elif missing == "pairwise" and interval == "distribution-free":
        why = "The distribution-free interval needs complete persons; take Feldt's, Bonett's or the bootstrap."
    elif interval == "distribution-free":
        se = _alpha_standard_error(complete_rows(matrix), covariance.matrix)
        half = float(stdtrit(n - 1.0, 0.5 + level / 2.0)) * se
        low, high = value - half, min(value + half, 1.0)
    elif interval == "bootstrap":
        low, high = _bootstrap(matrix, missing, level, rng, resamples)
    else:
        raise ValueError(
            f"interval is {interval!r}; possible are 'feldt', 'bonett', 'distribution-free' and 'bootstrap'."
        )
    return Alpha(value, low, high, level, interval, standardised, mean_r, n, left_out, k, missing, why_absent=why)


def feldt_interval(alpha: float, n: int, k: int, *, level: float = 0.95) -> tuple[float, float]:
    """Limits of alpha when (1 - population alpha) / (1 - alpha) follows F(n - 1, (n - 1)(k - 1)).

    Works from published numbers too. Source: Feldt (1965); Feldt, Woodruff & Salih (1987), eq. 6-7.

    >>> tuple(round(limit, 7) for limit in feldt_interval(0.913, n=873, k=20))
    (0.9044024, 0.9211588)
    """
    _check_level(level)
    if n < 2 or k < 2:
        raise ValueError(f"n is {n} and k is {k}; at least 2 persons and 2 items are needed.")
    if not alpha <= 1.0:
        raise ValueError(f"alpha is {alpha}; it cannot exceed 1.")
    tail = (1.0 - level) / 2.0
    df1, df2 = n - 1.0, (n - 1.0) * (k - 1.0)
    low = 1.0 - (1.0 - alpha) * float(fdtri(df1, df2, 1.0 - tail))
    high = 1.0 - (1.0 - alpha) * float(fdtri(df1, df2, tail))
    return low, high


def spearman_brown(reliability: float, factor: float) -> float:
    """Reliability of a test made `factor` times as long with parallel parts (Spearman, 1910; Brown, 1910).

    >>> round(spearman_brown(0.6, 2), 2)
    0.75
    """
    if factor <= 0.0:
        raise ValueError(f"factor is {factor}; it is the new length divided by the old one, above 0.")
    denominator = 1.0 + (factor - 1.0) * reliability
    if denominator <= 0.0:
        raise ValueError(f"A reliability of {reliability} cannot be carried to {factor} times the length.")
    return factor * reliability / denominator


def score_precision(sd: float, reliability: float, *, level: float = 0.95) -> ScorePrecision:
    """Standard error of measurement and the change that exceeds it, for one sd and one reliability.

    sd : in raw scale points, of the population the reliability belongs to
    reliability : 0 to 1. The retest coefficient answers "has the score moved between occasions",
        alpha and omega leave out what changes from day to day and give narrower bands
    Source: Lord & Novick (1968); smallest detectable change, Beckerman et al. (2001).

    >>> precision = score_precision(7.5, 0.80)
    >>> round(precision.sem, 2), round(precision.se_difference, 2), round(precision.smallest_detectable_change, 1)
    (3.35, 4.74, 9.3)
    """
    _check_level(level)
    if not sd > 0.0 or not np.isfinite(sd):
        raise ValueError(f"sd is {sd}; it must be a positive number of scale points.")
    if not 0.0 <= reliability <= 1.0:
        raise ValueError(f"reliability is {reliability}; a standard error needs one between 0 and 1.")
    z = float(ndtri(0.5 + level / 2.0))
    sem = sd * float(np.sqrt(1.0 - reliability))
    difference = sem * float(np.sqrt(2.0))
    return ScorePrecision(sem, difference, z * sem, z * difference, level)


def _standardised(covariance: Floats) -> tuple[float | None, float | None]:
    sd = np.sqrt(np.diag(covariance))
    if not (sd > 0.0).all():
        return None, None
    correlation = covariance / np.outer(sd, sd)
    k = len(sd)
    mean_r = float((correlation.sum() - k) / (k * (k - 1)))
    return alpha_of(correlation), mean_r


def _alpha_standard_error(items: Floats, covariance: Floats) -> float:
    """Standard error of alpha from each person's influence on it (Maydeu-Olivares et al., 2007)."""
    n, k = items.shape
    centred = items - items.mean(axis=0)
    trace, total = float(np.trace(covariance)), float(covariance.sum())
    of_sum = centred.sum(axis=1) ** 2
    of_items = (centred**2).sum(axis=1)
    influence = k / (k - 1) * (trace * of_sum / total - of_items) / total
    return float(np.sqrt(np.sum((influence - influence.mean()) ** 2) / (n * (n - 1.0))))


def _log_interval(alpha: float, se_log: float, level: float) -> tuple[float, float]:
    centre, z = float(np.log1p(-alpha)), float(ndtri(0.5 + level / 2.0))
    return 1.0 - float(np.exp(centre + z * se_log)), 1.0 - float(np.exp(centre - z * se_log))


def _bootstrap(
    items: Floats, missing: Missing, level: float, rng: np.random.Generator | None, resamples: int
) -> tuple[float | None, float | None]:
    if rng is None:
        raise ValueError("The bootstrap needs rng, e.g. rng=numpy.random.default_rng(1).")
    used = complete_rows(items) if missing == "complete" else items
    n = used.shape[0]
    values = []
    for _ in range(resamples):
        drawn = alpha_of(item_covariance(used[rng.integers(0, n, n)], missing).matrix)
        if drawn is not None:
            values.append(drawn)
    if not values:
        return None, None
    low, high = np.quantile(values, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
