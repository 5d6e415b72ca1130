"""Agreement of two coders on ordered categories, with limits that know which things belong together: jackknife over clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from forwhom.kernels.agreement import Coefficient

Floats = NDArray[np.float64]
FEW = "Fewer than three sessions, so no interval over sessions."


@dataclass(frozen=True, slots=True)
class ClusteredAgreement:
    """Every coefficient with jackknife limits over clusters, t on clusters − 1, cut at −1 and 1.

    kappa, linear, quadratic : Cohen's, plain and weighted; ac1 : Gwet's; adjusted : prevalence- and bias-adjusted kappa
    alpha : Krippendorff's, ordinal; icc : ICC(2,1) of the categories' values, agreement, single
    n : things coded by both; left_out : by one only; clusters : in which things coded by both are
    """

    kappa: Coefficient
    linear: Coefficient
    quadratic: Coefficient
    ac1: Coefficient
    adjusted: Coefficient
    alpha: Coefficient
    icc: Coefficient
    n: int
    left_out: int
    clusters: int
    level: float


def clustered_agreement(
    first: ArrayLike, second: ArrayLike, cluster: ArrayLike, *, categories: ArrayLike, level: float = 0.95
) -> ClusteredAgreement:
    """Agreement of two coders where things of one cluster (turns of one session) belong together.

    first, second : (n,) categories as numbers; NaN where not coded
    cluster : (n,) code of the cluster of each thing
    categories : all that could have been used, in order; at least two
    A coefficient has no limits where it is not defined without one of the clusters, or where leaving out any changes nothing.
    Sources of the coefficients: `coder_agreement` and `agreement`; of the limits: Efron & Tibshirani (1993, chapter 11), with a cluster
    as the unit.

    >>> a, b = [0, 1, 1, 0, 1, 0, 0, 1, 1], [0, 1, 0, 0, 1, 1, 0, 1, 1]
    >>> found = clustered_agreement(a, b, np.repeat([1, 2, 3], 3), categories=[0, 1])
    >>> round(found.kappa.value, 2), found.clusters
    (0.55, 3)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
    one, two, of = (np.asarray(each, dtype=np.float64) for each in (first, second, cluster))
    known = np.asarray(categories, dtype=np.float64)
    if one.ndim != 1 or not one.shape == two.shape == of.shape:
        raise ValueError(
            f"first has shape {one.shape}, second {two.shape}, cluster {of.shape}; give one each per thing."
        )
    both = ~(np.isnan(one) | np.isnan(two))
    one, two, of = one[both], two[both], of[both]
    if known.size < 2 or not np.isin(np.concatenate([one, two]), known).all():
        raise ValueError("a code is none of the categories, or there are fewer than two.")
    tables = _tables(one, two, of, known)
    clusters = tables.shape[0]
    whole = tables.sum(axis=0)
    parts = np.concatenate([whole[None], whole - tables]) if clusters >= 3 else whole[None]
    apart = np.abs(np.subtract.outer(np.arange(known.size), np.arange(known.size))) / (known.size - 1)
    made = (
        _kappa(parts, np.eye(known.size)),
        _kappa(parts, 1.0 - apart),
        _kappa(parts, 1.0 - apart**2),
        *_of_agreeing(parts),
        _ordinal_alpha(parts),
        _icc(parts, known),
    )
    kappa, linear, quadratic, ac1, adjusted, alpha, icc = (_limits(each, level) for each in made)
    left_out = int((~both).sum())
    return ClusteredAgreement(
        kappa, linear, quadratic, ac1, adjusted, alpha, icc, int(one.size), left_out, clusters, level
    )


def _tables(one: Floats, two: Floats, of: Floats, known: Floats) -> Floats:
    """(clusters, k, k) counts, first coder in rows."""
    names, place = np.unique(of, return_inverse=True)
    order = np.argsort(known)
    row, column = (order[np.searchsorted(known, each, sorter=order)] for each in (one, two))
    made = np.zeros((names.size, known.size, known.size))
    np.add.at(made, (place, row, column), 1.0)
    return made


def _limits(values: Floats, level: float) -> Coefficient:
    """values : of all clusters, then without each; NaN where not defined"""
    value, left = float(values[0]), values[1:]
    if np.isnan(value):
        return Coefficient(None, why_absent="The codes do not vary, so nothing could agree beyond chance.")
    if left.size < 3:
        return Coefficient(value, why_absent=FEW)
    if np.isnan(left).any():
        why = "Without one of the sessions the codes do not vary, so no interval over sessions can be given."
        return Coefficient(value, why_absent=why)
    groups = left.size
    se = float(np.sqrt((groups - 1) / groups * ((left - left.mean()) ** 2).sum()))
    if not se > 1e-9:
        why = "Leaving out a session changes nothing, so no interval over sessions can be given."
        return Coefficient(value, why_absent=why)
    half = float(stdtrit(groups - 1, 0.5 + level / 2.0)) * se
    return Coefficient(value, max(-1.0, value - half), min(1.0, value + half))


def _shares(tables: Floats) -> Floats:
    """Shares of each table; NaN for an empty one."""
    n = tables.sum(axis=(1, 2), keepdims=True)
    return np.asarray(np.divide(tables, n, out=np.full_like(tables, np.nan), where=n > 0))


def _beyond(observed: Floats, chance: Floats) -> Floats:
    """(observed − chance) / (1 − chance); NaN where chance alone agrees fully."""
    room = 1.0 - chance
    return np.asarray(np.divide(observed - chance, room, out=np.full_like(room, np.nan), where=room > 1e-12))


def _kappa(tables: Floats, weights: Floats) -> Floats:
    shares = _shares(tables)
    observed = (weights * shares).sum(axis=(1, 2))
    chance = np.einsum("gi,gj,ij->g", shares.sum(axis=2), shares.sum(axis=1), weights)
    return _beyond(observed, chance)


def _of_agreeing(tables: Floats) -> tuple[Floats, Floats]:
    """AC1 and adjusted kappa."""
    shares = _shares(tables)
    k = tables.shape[1]
    agreed = np.trace(shares, axis1=1, axis2=2)
    used = (shares.sum(axis=1) + shares.sum(axis=2)) / 2.0
    chance = (used * (1.0 - used)).sum(axis=1) / (k - 1.0)
    return _beyond(agreed, chance), (k * agreed - 1.0) / (k - 1.0)


def _ordinal_alpha(tables: Floats) -> Floats:
    pairs = tables + tables.transpose(0, 2, 1)
    of_value = pairs.sum(axis=1)
    n = of_value.sum(axis=1)
    middle = np.cumsum(of_value, axis=1) - of_value / 2.0
    apart = (middle[:, :, None] - middle[:, None, :]) ** 2
    observed = (pairs * apart).sum(axis=(1, 2)) * (n - 1.0)
    expected = np.einsum("gi,gj,gij->g", of_value, of_value, apart)
    ratio = np.divide(observed, expected, out=np.full_like(n, np.nan), where=expected > 0)
    return np.asarray(1.0 - ratio)


def _icc(tables: Floats, values: Floats) -> Floats:
    """ICC(2,1) of two raters from mean squares (Shrout & Fleiss, 1979)."""
    n = tables.sum(axis=(1, 2))
    centred = values - values.mean()
    total, apart = np.add.outer(centred, centred), np.subtract.outer(centred, centred)
    sums, differences = ((tables * each).sum(axis=(1, 2)) for each in (total, apart))
    squares, square_differences = ((tables * each**2).sum(axis=(1, 2)) for each in (total, apart))
    with np.errstate(divide="ignore", invalid="ignore"):
        persons = (squares - sums**2 / n) / 2.0 / (n - 1.0)
        raters = differences**2 / n / 2.0
        residual = (square_differences - differences**2 / n) / 2.0 / (n - 1.0)
        spread = persons + residual + 2.0 * (raters - residual) / n
        return np.where((n > 1) & (spread > 1e-12), (persons - residual) / spread, np.nan)
