"""How well a structural equation model fits: tests turned into indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chndtr, chndtrinc

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Indices:
    """Indices from one chi-square; None where it cannot be computed, as when df is 0.

    p : of exact fit; cfi, tli : against the baseline (Bentler, 1990; Tucker & Lewis, 1973)
    rmsea, rmsea_low, rmsea_high : with its 90 % interval (Steiger, 1990; Browne & Cudeck, 1993)
    close : p of the test that RMSEA is at most .05
    """

    chisq: float
    df: int
    p: float | None
    cfi: float | None
    tli: float | None
    rmsea: float | None
    rmsea_low: float | None
    rmsea_high: float | None
    close: float | None


def indices(
    chisq: float,
    df: int,
    baseline_chisq: float,
    baseline_df: int,
    *,
    n: int,
    groups: int = 1,
    scaling: float = 1.0,
    baseline_scaling: float = 1.0,
) -> Indices:
    """Indices from the tests of the model and of the baseline.

    n : persons of all groups
    scaling, baseline_scaling : c of robust tests, for the robust indices (Brosseau-Liard, Savalei & Li, 2012;
        Brosseau-Liard & Savalei, 2014): `chisq` and `baseline_chisq` are then the unscaled ones; 1 for plain indices

    >>> found = indices(85.306, 24, 918.852, 36, n=301)
    >>> round(found.cfi, 3), round(found.tli, 3), round(found.rmsea, 3), round(found.rmsea_low, 3)
    (0.931, 0.896, 0.092, 0.071)
    """
    over = max(chisq - scaling * df, 0.0)
    over_baseline = max(baseline_chisq - baseline_scaling * baseline_df, over)
    if baseline_df == 0:
        cfi = tli = None
    else:
        cfi = 1.0 if over_baseline == 0 else 1 - over / over_baseline
        ratio = (chisq - scaling * df) * baseline_df
        against = baseline_chisq - baseline_scaling * baseline_df
        tli = None if df == 0 else 1.0 if against <= 0 else 1 - ratio / (against * df)
    if df == 0:
        return Indices(chisq, df, None, cfi, tli, None, None, None, None)
    each = np.sqrt(groups * scaling / (n * df))
    scaled = chisq / scaling
    low, high = _noncentral(scaled, df, 0.95), _noncentral(scaled, df, 0.05)
    return Indices(
        chisq=chisq,
        df=df,
        p=float(chdtrc(df, scaled)),
        cfi=cfi,
        tli=tli,
        rmsea=float(np.sqrt(over * groups / (n * df))),
        rmsea_low=float(np.sqrt(low) * each),
        rmsea_high=float(np.sqrt(high) * each),
        close=float(1 - chndtr(scaled, df, n * df * 0.05**2 / (groups * scaling))),
    )


def _noncentral(chisq: float, df: int, below: float) -> float:
    """The non-centrality under which `below` of the distribution lies below chisq; 0 where even none is too much."""
    if chisq <= 0 or float(chndtr(chisq, df, 0.0)) <= below:
        return 0.0
    found = float(chndtrinc(chisq, df, below))
    if np.isfinite(found) and abs(float(chndtr(chisq, df, found)) - below) < 1e-8:
        return found
    low, high = 0.0, max(chisq, 1.0)
    while float(chndtr(chisq, df, high)) > below:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if float(chndtr(chisq, df, middle)) > below else (low, middle)
    return (low + high) / 2


def srmr(observed: Sequence[tuple[Array, Array]], implied: Sequence[tuple[Array, Array]], n: Sequence[int]) -> float:
    """Standardised root mean square residual, means included (Bentler's, as lavaan has it).

    observed, implied : (covariance (p, p), mean (p,)) per group; n : persons per group, by which groups are weighted
    """
    total = 0.0
    for (s, m), (sigma, mu), size in zip(observed, implied, n, strict=True):
        sd = np.sqrt(np.diagonal(s))
        residual = ((s - sigma) / np.outer(sd, sd))[np.tril_indices(sd.size)]
        off = (m - mu) / sd
        total += size * float(np.sqrt((residual @ residual + off @ off) / (residual.size + off.size)))
    return total / sum(n)


@dataclass(frozen=True, slots=True)
class Difference:
    """Chi-square difference of nested models. scaled : True when made of robust tests; p None where df is 0 or the
    scaled difference is not positive (then use the strictly positive variant, or the unscaled tests)."""

    chisq: float | None
    df: int
    p: float | None
    scaled: bool


def chisq_difference(narrow: tuple[float, int, float | None], wide: tuple[float, int, float | None]) -> Difference:
    """Test of the constraints that make `narrow` of `wide` (Satorra & Bentler, 2001, where scalings are given).

    narrow, wide : (unscaled chi-square, df, scaling or None); narrow has more degrees of freedom

    >>> found = chisq_difference((30.0, 12, 1.2), (20.0, 10, 1.1))
    >>> round(found.chisq, 4), found.df
    (5.8824, 2)
    """
    (t0, d0, c0), (t1, d1, c1) = narrow, wide
    df = d0 - d1
    scaled = c0 is not None and c1 is not None
    if df <= 0:
        return Difference(None, df, None, scaled)
    if c0 is None or c1 is None:
        chisq = max(t0 - t1, 0.0)
        return Difference(chisq, df, float(chdtrc(df, chisq)), False)
    c = (d0 * c0 - d1 * c1) / df
    if c <= 0:
        return Difference(None, df, None, True)
    chisq = max((t0 - t1) / c, 0.0)
    return Difference(chisq, df, float(chdtrc(df, chisq)), True)
