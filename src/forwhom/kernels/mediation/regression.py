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
    link: str = "linear"


def least_squares(columns: Floats, y: Floats, *, level: float = 0.95) -> Regression:
    """Ordinary least squares by orthogonal decomposition; columns (n, q), constant included, independent.

    >>> made = least_squares(np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]]), np.array([1.0, 3.0, 4.0, 6.0]))
    >>> made.coefficients.round(6), made.se.round(6), made.df
    (array([2., 3.]), array([1.      , 1.414214]), 2)
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
    return table(beta, covariance, df, variance, 1 - float(rest @ rest) / float(away @ away), level, "linear")


def table(
    beta: Floats, covariance: Floats, df: float, variance: float, r2: float, level: float, link: str
) -> Regression:
    """Coefficients with their covariance matrix as a `Regression`; df infinite for z."""
    se = np.sqrt(np.diagonal(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se
    half = stdtrit(df, (1 + level) / 2) * se
    p = 2 * stdtr(df, -np.abs(statistic))
    return Regression(beta, se, df, statistic, p, beta - half, beta + half, covariance, variance, r2, link)


__all__ = ["Regression", "least_squares", "table"]
