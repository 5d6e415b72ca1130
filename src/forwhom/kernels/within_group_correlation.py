"""Correlation of two changes within groups, with an interval that holds in small samples, and how far one person moves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr

Floats = NDArray[np.float64]
FEWEST_DF = 4
"""Degrees of freedom (people less groups less one) below which an interval would say next to nothing."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation after each group's means are taken out.

    r, low, high : Pearson; limits by Fisher's z with one degree of freedom less per further group
    p : two-sided, of r = 0, by t on `df` = n - groups - 1
    rank, rank_low, rank_high : of the ranks (Spearman) within groups, limits after Bonett & Wright (2000)
    least, most : r when the person is left out whose absence moves it most, downwards and upwards
    n : people with both values; groups : with two people or more
    """

    r: float
    low: float
    high: float
    p: float
    df: int
    rank: float
    rank_low: float
    rank_high: float
    least: float
    most: float
    n: int
    groups: int


def within_group_correlation(
    x: ArrayLike, y: ArrayLike, group: ArrayLike | None = None, *, level: float = 0.95
) -> Correlation:
    """Correlation of x and y within groups (partial correlation given group).

    x, y : (n,) NaN where absent; group : (n,) codes such as arms, -1 for people to leave out; None: one group

    Raises ValueError when fewer than 4 degrees of freedom remain or a variable does not vary within groups.
    Sources: Fisher (1921, 1924) for the limits and the correction for variables held constant; Bonett & Wright (2000,
    Psychometrika 65:23-28) for ranks.

    >>> found = within_group_correlation([1, 2, 3, 4, 5, 6, 7], [2, 1, 4, 3, 7, 5, 6])
    >>> round(found.r, 3), round(found.low, 2), round(found.high, 2), found.df
    (0.821, 0.18, 0.97, 5)
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    codes = np.zeros(a.size, dtype=np.intp) if group is None else np.asarray(group)
    kept = np.isfinite(a) & np.isfinite(b) & (codes >= 0)
    codes, inverse, size = np.unique(codes[kept], return_inverse=True, return_counts=True)
    alone = size[inverse] < 2
    a, b, place = a[kept][~alone], b[kept][~alone], np.unique(inverse[~alone], return_inverse=True)[1]
    groups = int((size >= 2).sum())
    df = a.size - groups - 1
    if groups == 0 or df < FEWEST_DF:
        people = FEWEST_DF + max(groups, 1) + 1
        raise ValueError(f"{a.size} people have both values; {people} are the least with {max(groups, 1)} group(s).")
    r = _r(_centred(a, place), _centred(b, place))
    if not np.isfinite(r):
        raise ValueError("a variable does not vary within groups, so nothing can go together with it.")
    rank = _r(_centred(_ranks(a, place), place), _centred(_ranks(b, place), place))
    left_out = _without_each(a, b, place)
    low, high = _fisher(r, 1.0, df - 1, level)
    rank_low, rank_high = _fisher(rank, 1 + rank**2 / 2, df - 1, level)
    p = float(2 * stdtr(df, -abs(r) * np.sqrt(df / (1 - r**2)))) if abs(r) < 1 else 0.0
    return Correlation(
        r=r,
        low=low,
        high=high,
        p=p,
        df=df,
        rank=rank,
        rank_low=rank_low,
        rank_high=rank_high,
        least=float(np.nanmin(left_out)),
        most=float(np.nanmax(left_out)),
        n=int(a.size),
        groups=groups,
    )


def _fisher(r: float, variance: float, size: int, level: float) -> tuple[float, float]:
    """Limits on the scale of z; the variance of z is `variance` / `size`."""
    if abs(r) >= 1:
        return r, r
    half = ndtri(0.5 + level / 2) * np.sqrt(variance / size)
    z = np.arctanh(r)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def _centred(values: Floats, place: NDArray[np.intp]) -> Floats:
    means: Floats = np.bincount(place, values) / np.bincount(place)
    return values - means[place]


def _ranks(values: Floats, place: NDArray[np.intp]) -> Floats:
    """Mid-ranks within groups, from 0 to 1 so that groups of any size weigh alike per person."""
    made = np.empty(values.size)
    for k in range(int(place.max()) + 1):
        own = place == k
        _, inverse, count = np.unique(values[own], return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        made[own] = ((2 * last - count + 1) / 2)[inverse] / own.sum()
    return made


def _r(a: Floats, b: Floats) -> float:
    scale = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / scale, -1, 1)) if scale > 1e-12 * a.size else float("nan")


def _without_each(a: Floats, b: Floats, place: NDArray[np.intp]) -> Floats:
    """(n,) the correlation without each person, from sums within groups."""
    size = np.bincount(place).astype(float)[place]
    ca, cb = _centred(a, place), _centred(b, place)
    # Taking one value out of a group of m lowers a sum of products about the mean by m / (m - 1) times its own product.
    grown = size / (size - 1)
    saa, sbb, sab = ca @ ca - grown * ca**2, cb @ cb - grown * cb**2, ca @ cb - grown * ca * cb
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Floats = np.clip(sab / np.sqrt(np.maximum(saa, 0) * np.maximum(sbb, 0)), -1, 1)
    return made
