"""Likelihood-ratio test of two nested generalised mixed models."""

from __future__ import annotations

from forwhom.kernels.glmm import GlmmFit
from forwhom.kernels.mixed_compare import LikelihoodRatio

__all__ = ["glmm_likelihood_ratio"]


def glmm_likelihood_ratio(smaller: GlmmFit, larger: GlmmFit) -> LikelihoodRatio:
    """Test of the smaller of two nested models of the same rows, family, link and number of quadrature points.

    Raises ValueError where these differ. `p_boundary` is right when the larger model adds one variance and its covariances.

    >>> import numpy as np
    >>> from forwhom.kernels.glmm import Level, fit_glmm
    >>> y, one = np.array([0.0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1]), np.ones((12, 1))
    >>> levels = [Level(one, np.repeat(np.arange(4), 3))]
    >>> larger = np.column_stack([one, np.tile([0.0, 1, 2], 4)])
    >>> test = glmm_likelihood_ratio(fit_glmm(y, one, levels), fit_glmm(y, larger, levels))
    >>> test.df, test.p < 1
    (1, True)
    """
    from scipy.special import chdtrc

    for what in ("family", "link", "quadrature_points", "n_rows"):
        first, second = getattr(smaller, what), getattr(larger, what)
        if first != second:
            raise ValueError(f"The models differ in {what} ({first}, {second}): their likelihoods cannot be compared.")
    more_fixed = len(larger.beta) - len(smaller.beta)
    df = larger.n_parameters - smaller.n_parameters
    if df < 1 or more_fixed < 0:
        raise ValueError("The larger model must have more parameters than the smaller, and no fewer fixed effects.")
    statistic = max(0.0, smaller.deviance - larger.deviance)
    p = float(chdtrc(df, statistic))
    boundary = None
    if not more_fixed:
        lower = float(chdtrc(df - 1, statistic)) if df > 1 else float(statistic == 0.0)
        boundary = 0.5 * (lower + p)
    return LikelihoodRatio(statistic, df, p, boundary)
