"""Many random-effects fits that share their studies, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from forwhom.kernels.meta_analysis.heterogeneity import Array, Sets, tau2_of, typical_variance, weighted


@dataclass(frozen=True, slots=True)
class Many:
    """m fits.

    beta, se, p, low, high : (m, p); covariance : (m, p, p), Knapp-Hartung's factor (m,) in it
    tau2, i2, q, df : (m,); i2 as a share
    """

    beta: Array
    se: Array
    p: Array
    low: Array
    high: Array
    covariance: Array
    factor: Array
    tau2: Array
    i2: Array
    q: Array
    df: Array


def fit_many(sets: Sets, *, method: str, test: str, level: float) -> Many:
    """Fit every set; limits are NaN where Knapp-Hartung has no degrees of freedom or no width."""
    tau2 = tau2_of(sets, method)
    at = weighted(sets, tau2)
    df = sets.df
    factor = np.ones(df.size)
    if test != "wald":
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(df > 0, (at.w * at.residual**2).sum(axis=1) / df, np.nan)
        if test == "knapp-hartung-adhoc":
            factor = np.maximum(factor, 1.0)
    covariance = factor[:, None, None] * at.inverse
    se = np.sqrt(np.einsum("mpp->mp", covariance))
    upper = 0.5 + level / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        t = -np.abs(at.beta / np.where(se > 0, se, np.nan))
    if test == "wald":
        half, p = float(ndtri(upper)) * se, 2.0 * ndtr(t)
    else:
        half, p = stdtrit(df, upper)[:, None] * se, 2.0 * stdtr(df[:, None], t)
    start = weighted(sets, np.zeros(df.size))
    q = (start.w * start.residual**2).sum(axis=1)
    typical = typical_variance(sets.v, sets.x, sets.keep)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = tau2 if method != "FE" else np.maximum(0.0, (q / df - 1.0) * typical)
        i2 = between / (between + typical)
    return Many(at.beta, se, p, at.beta - half, at.beta + half, covariance, factor, tau2, i2, q, df)
