"""Agreement of raters on a category beyond chance: Cohen's and Fleiss' kappa, with limits that know whose sessions were rated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kappa:
    """value : None with the reason in `why_absent`; low, high : jackknife over clusters, at `level`; None with fewer than three

    observed, by_chance : share of agreeing pairs of raters, and that expected of raters who agree by chance alone
    n : things rated by all; left_out : rated by some only; raters : how many
    """

    value: float | None
    low: float | None
    high: float | None
    observed: float
    by_chance: float
    n: int
    left_out: int
    raters: int
    level: float
    name: str
    why_absent: str = ""


def kappa(ratings: ArrayLike, cluster: ArrayLike | None = None, *, level: float = 0.95) -> Kappa:
    """Cohen's kappa of two raters, Fleiss' of more, of unordered categories.

    ratings : (n, k) category of each thing by each rater, as numbers; NaN where not rated. Things without a rating by all are left out
    cluster : (n,) codes of things that belong together (the sessions of one person); None: each stands alone
    Sources: Cohen (1960, Educ Psychol Meas 20, 37-46); Fleiss (1971, Psychol Bull 76, 378-382). Limits: jackknife leaving
    out a cluster at a time, t on clusters − 1.

    >>> two = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [20, 5, 10, 15], axis=0)
    >>> found = kappa(two)
    >>> round(found.value, 2), found.name
    (0.4, "Cohen's kappa")
    """
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ValueError(f"ratings has shape {matrix.shape}; give things in rows and at least 2 raters in columns.")
    whole = np.isfinite(matrix).all(axis=1)
    used = matrix[whole]
    n, k = used.shape
    name = "Cohen's kappa" if k == 2 else "Fleiss' kappa"
    rest = (n, matrix.shape[0] - n, k, level, name)
    if n < 2:
        return Kappa(None, None, None, float("nan"), float("nan"), *rest, why_absent="fewer than two were rated by all")
    levels = np.unique(used)
    marks = used[:, :, None] == levels
    codes = np.arange(n) if cluster is None else np.unique(np.asarray(cluster)[whole], return_inverse=True)[1]
    groups = int(codes.max()) + 1
    # What the coefficient is made of, summed within clusters, so that leaving one out is a subtraction.
    per_rater = np.zeros((groups, k, levels.size))
    np.add.at(per_rater, codes, marks.astype(np.float64))
    counted = marks.sum(axis=1)
    agreeing = np.bincount(codes, ((counted * (counted - 1)).sum(axis=1)) / (k * (k - 1)), groups)
    sizes = np.bincount(codes, minlength=groups).astype(np.float64)
    observed, chance = _parts(agreeing.sum(), per_rater.sum(axis=0), float(n))
    if not chance < 1:
        why = "all raters gave one category throughout"
        return Kappa(None, None, None, observed, chance, *rest, why_absent=why)
    value = (observed - chance) / (1 - chance)
    if groups < 3:
        return Kappa(value, None, None, observed, chance, *rest, why_absent="fewer than three people, so no interval")
    left = []
    for g in range(groups):
        part, expected = _parts(agreeing.sum() - agreeing[g], per_rater.sum(axis=0) - per_rater[g], n - sizes[g])
        left.append((part - expected) / (1 - expected) if expected < 1 else value)
    se = float(np.sqrt((groups - 1) / groups * ((np.array(left) - np.mean(left)) ** 2).sum()))
    half = float(stdtrit(groups - 1, 0.5 + level / 2)) * se
    return Kappa(value, max(-1.0, value - half), min(1.0, value + half), observed, chance, *rest)


def _parts(agreeing: float, per_rater: Floats, n: float) -> tuple[float, float]:
    """Observed agreement and agreement by chance."""
    shares = per_rater / n
    chance = float((shares[0] * shares[1]).sum()) if len(shares) == 2 else float((shares.mean(axis=0) ** 2).sum())
    return float(agreeing / n), chance
