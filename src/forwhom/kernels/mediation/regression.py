"""Least squares with what a table of paths shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from forwhom.kernels.mediation.columns import Floats


@dataclass(frozen=True, slots=True)
class Regression:
    """One outcome on (n, q) columns, in their own units.

    coefficients, se, statistic, p, low, high : (q,); t with `df`, or z where df is infinite (binary outcomes)
    covariance : (q, q); variance : of the residuals, divided by df (1 for probit, pi^2 / 3 for logit)
    r2 : share explained; NaN for binary outcomes; link : "linear", "logit" or "probit"
    n : rows; loglik : log-likelihood of independent rows at its maximum, normal errors where the link is linear
    """

    coefficients: Floats
    se: Floats
    df: float
    statistic: Floats
    p: Floats
    low: Floats
    high: Floats
    covariance: Floats
    variance: float
    r2: float
    link: str
    n: int
    loglik: float

    @property
    def parameters(self) -> int:
        """Coefficients, and the variance of the residuals where there is one."""
        return self.coefficients.size + (self.link == "linear")

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 parameters - 2 log-likelihood; lower is better among models of the same rows."""
        return 2 * self.parameters - 2 * self.loglik


def least_squares(columns: Floats, y: Floats, *, level: float = 0.95) -> Regression:
    """Ordinary least squares by orthogonal decomposition; columns (n, q), constant included, independent.

    >>> made = least_squares(np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]]), np.array([1.0, 3.0, 4.0, 6.0]))
    >>> made.coefficients.round(6), made.se.round(6), made.df
    (array([2., 3.]), array([1.      , 1.414214]), 2)
    >>> round(made.loglik, 6), round(made.aic, 6)
    (-5.675754, 17.351508)
    """
    n, q = columns.shape
    turned, upper = np.linalg.qr(columns)
    inverse = np.linalg.solve(upper, np.eye(q))
    beta = inverse @ (turned.T @ y)
    rest = y - columns @ beta
    df = n - q
    variance = float(rest @ rest) / df
    covariance = variance * inverse @ inverse.T
    away = y - y.mean()
    r2 = 1 - float(rest @ rest) / float(away @ away)
    with np.errstate(divide="ignore"):
        loglik = -n / 2 * float(np.log(2 * np.pi * float(rest @ rest) / n) + 1)
    return table(beta, covariance, df, variance, r2, level, "linear", n, loglik)


def table(
    beta: Floats,
    covariance: Floats,
    df: float,
    variance: float,
    r2: float,
    level: float,
    link: str,
    n: int,
    loglik: float,
) -> Regression:
    """Coefficients with their covariance matrix as a `Regression`; df infinite for z."""
    se = np.sqrt(np.diagonal(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se
    half = stdtrit(df, (1 + level) / 2) * se
    p = 2 * stdtr(df, -np.abs(statistic))
    return Regression(beta, se, df, statistic, p, beta - half, beta + half, covariance, variance, r2, link, n, loglik)


__all__ = ["Regression", "least_squares", "table"]
