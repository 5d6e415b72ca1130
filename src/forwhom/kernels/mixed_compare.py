"""Likelihood-ratio test of two nested mixed models."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.kernels.mixed import MixedFit

__all__ = ["LikelihoodRatio", "likelihood_ratio"]


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """Difference of two deviances.

    statistic : deviance of the smaller model minus that of the larger, at least 0
    df : parameters the larger model has more; p : from chi-square with df
    p_boundary : p from the 50:50 mixture of chi-square with df - 1 and df (Self & Liang 1987; Stram & Lee 1994), right
        when the larger model adds one variance and its covariances within a level; None when it also adds fixed effects
    """

    statistic: float
    df: int
    p: float
    p_boundary: float | None


def likelihood_ratio(smaller: MixedFit, larger: MixedFit) -> LikelihoodRatio:
    """Test of the smaller of two nested models of the same rows, both fitted by the same method.

    Models that differ in fixed effects must be fitted by ML. Raises ValueError otherwise.

    >>> import numpy as np
    >>> from forwhom.kernels.mixed import Level, fit_mixed
    >>> y, one = np.array([2.0, 4.0, 5.0, 7.0, 1.0, 2.0]), np.ones((6, 1))
    >>> levels = [Level(one, np.repeat([0, 1, 2], 2))]
    >>> larger = np.column_stack([one, [0, 1, 0, 1, 0, 1]])
    >>> test = likelihood_ratio(fit_mixed(y, one, levels, method="ML"), fit_mixed(y, larger, levels, method="ML"))
    >>> test.df, round(test.statistic, 3), round(test.p, 4)
    (1, 7.808, 0.0052)
    """
    from scipy.special import chdtrc

    more_fixed = len(larger.beta) - len(smaller.beta)
    df = larger.n_parameters - smaller.n_parameters
    if smaller.n_rows != larger.n_rows or smaller.method != larger.method:
        raise ValueError("Both models must be fitted to the same rows by the same method.")
    if df < 1 or more_fixed < 0:
        raise ValueError("The larger model must have more parameters than the smaller, and no fewer fixed effects.")
    if more_fixed and larger.method == "REML":
        raise ValueError(
            "Restricted likelihoods of different fixed effects cannot be compared: fit both by method='ML'."
        )
    statistic = max(0.0, smaller.deviance - larger.deviance)
    p = float(chdtrc(df, statistic))
    boundary = None
    if not more_fixed:
        lower = float(chdtrc(df - 1, statistic)) if df > 1 else float(statistic == 0.0)
        boundary = 0.5 * (lower + p)
    return LikelihoodRatio(statistic, df, p, boundary)
