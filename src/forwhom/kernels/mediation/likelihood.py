"""The log-likelihood of a whole mediation model."""

from __future__ import annotations

import numpy as np

from forwhom.kernels.mediation.linear import Mediation


def joint_likelihood(fit: Mediation) -> tuple[float, int]:
    """Log-likelihood of mediators and outcome given treatment and covariates, and the number of parameters.

    Rows count as independent, errors of linear models as normal. The model of the outcome holds the mediators, so the parts
    add up. Several mediators in no order have correlated errors, which the sum over their own equations would miss.

    >>> from forwhom.kernels.mediation.linear import mediate
    >>> rng = np.random.default_rng(1)
    >>> x = np.repeat([0.0, 1.0], 50)
    >>> m = x + rng.normal(size=100)
    >>> fit = mediate(x, m, m + rng.normal(size=100), draws=100, rng=rng)
    >>> loglik, parameters = joint_likelihood(fit)
    >>> bool(np.isclose(loglik, fit.mediators[0].loglik + fit.outcome.loglik)), parameters
    (True, 7)
    """
    first = fit.chain or fit.mediators
    if fit.chain or len(first) == 1:
        loglik, parameters = sum(each.loglik for each in first), sum(each.parameters for each in first)
    else:
        before, m = fit.columns.before, fit.columns.m
        turned, _ = np.linalg.qr(before)
        rest = m - turned @ (turned.T @ m)
        n, k = m.shape
        size = float(np.linalg.slogdet(rest.T @ rest / n)[1])
        loglik = -n / 2 * (k * (np.log(2 * np.pi) + 1) + size)
        parameters = k * before.shape[1] + k * (k + 1) // 2
    return float(loglik + fit.outcome.loglik), parameters + fit.outcome.parameters


__all__ = ["joint_likelihood"]
