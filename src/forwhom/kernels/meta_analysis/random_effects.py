"""Random-effects meta-analysis and meta-regression of independent effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri, fdtrc, ndtr, ndtri, stdtr, stdtrit

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.heterogeneity import (
    METHODS,
    Array,
    Method,
    Sets,
    Weighted,
    log_likelihood,
    q_root,
    q_statistic,
    sets_of,
    tau2_of,
    typical_variance,
    weighted,
)

Test = Literal["knapp-hartung", "knapp-hartung-adhoc", "wald"]
TESTS: tuple[str, ...] = ("knapp-hartung", "knapp-hartung-adhoc", "wald")
PredictionDf = Literal["k-p", "k-p-1"]


@dataclass(frozen=True, slots=True)
class Omnibus:
    """Joint test that coefficients are 0: F on (df1, df2), or chi-squared over df1 when df2 is None."""

    statistic: float
    df1: int
    df2: float | None
    p: float


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Pooled effect, or coefficients of moderators, with what varies between studies.

    coefficients, se, p, low, high : (p,), the intercept first; covariance : (p, p)
    df : of their t; None where limits are normal
    tau2 : variance between studies, with its Q-profile limits; None where k − p is 0
    q, q_df, q_p : test of heterogeneity (Cochran); None where k − p is 0
    i2 : share of the variance of observed effects that is not sampling error, 0 to 1; with limits that follow those of tau2
    h2 : tau2 / typical sampling variance + 1
    prediction_low, prediction_high, prediction_df : where the true effect of a new study of the same kind lies; None with
        moderators (see `predict`), with fixed effects, and below three studies
    weights : (k,) shares of the studies, together 1 (of their own fitted place, with moderators)
    marginal : (k,) v + tau2
    omnibus : of all moderators together; r2 : share of tau2 that moderators explain, None without moderators or when nothing varies
    test, method, level : as used; words : why something is absent, or was done otherwise than asked
    """

    coefficients: Array
    se: Array
    df: float | None
    p: Array
    low: Array
    high: Array
    covariance: Array
    tau2: float | None
    tau2_low: float | None
    tau2_high: float | None
    q: float | None
    q_df: int
    q_p: float | None
    i2: float | None
    i2_low: float | None
    i2_high: float | None
    h2: float | None
    prediction_low: float | None
    prediction_high: float | None
    prediction_df: float | None
    weights: Array
    marginal: Array
    log_likelihood: float
    k: int
    omnibus: Omnibus | None
    r2: float | None
    test: str
    method: str
    level: float
    words: tuple[str, ...] = ()

    @property
    def estimate(self) -> float:
        """The first coefficient: the pooled effect when there is no moderator."""
        return float(self.coefficients[0])


def random_effects(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike | None = None,
    *,
    test: Test = "knapp-hartung",
    method: Method = "REML",
    level: float = 0.95,
    prediction_df: PredictionDf = "k-p",
    intercept: bool = True,
) -> RandomEffects:
    """Pool k independent effects, or regress them on moderators.

    y, v : (k,) effects and their sampling variances, any unit; finite, v above 0
    x : (k, q) moderators without intercept, which is added unless intercept is False (then give one column a group)
    test : "knapp-hartung" (Hartung & Knapp, 2001; Sidik & Jonkman, 2002), t on k − p with residual-based width;
        "knapp-hartung-adhoc" never makes the variance smaller than the usual one (factor at least 1); "wald" normal limits
    method : of tau2, see `heterogeneity.tau2_of`; "FE" pools with fixed effects
    prediction_df : t of the prediction interval on k − p (as metafor) or k − p − 1 (Higgins, Thompson & Spiegelhalter, 2009)

    One study alone is given back with normal limits and everything about heterogeneity None. Where Knapp-Hartung has no
    degrees of freedom, or the effects are all equal (width 0), normal limits stand instead and `test` and `words` say so.
    tau2's limits are by Q-profile (Viechtbauer, 2007), whatever the method.
    Raises ValueError on input that cannot be used, all of it at once.

    >>> pooled = random_effects([-0.2, -0.5, -0.9, -0.4, -0.1], [0.04, 0.09, 0.06, 0.02, 0.12])
    >>> round(pooled.estimate, 3), round(float(pooled.low[0]), 3), round(float(pooled.high[0]), 3)
    (-0.425, -0.778, -0.071)
    """
    effect, variance = checks.effects_and_variances(y, v)
    checks.level_of(level)
    _known(test, TESTS, "test")
    _known(method, METHODS, "method")
    columns = checks.design(x, effect.size, intercept=intercept)
    # Orthonormal columns keep the likelihood's determinants near 1, whatever units the moderators have.
    basis, triangle = np.linalg.qr(columns)
    sets = sets_of(effect, variance, basis)
    k, p = columns.shape
    df = k - p
    words: list[str] = []
    tau2 = tau2_of(sets, method) if df > 0 else np.zeros(1)
    at = weighted(sets, tau2)
    back = np.linalg.inv(triangle)
    factor, used = _factor(sets, at, test, words)
    covariance = factor * (back @ at.inverse[0] @ back.T)
    beta, se = back @ at.beta[0], np.sqrt(np.diag(covariance))
    t_df = None if used == "wald" else float(df)
    half = quantile(t_df, level) * se
    restricted = method == "REML" and df > 0
    fit_words = words + ([] if df > 0 else [_no_heterogeneity(k, p)])
    limits = _tau2_limits(sets, level, fit_words) if df > 0 else (None, None)
    typical = float(typical_variance(variance, basis)[0]) if df > 0 else None
    between = float(tau2[0]) if df > 0 else None
    q = float(q_statistic(sets, np.zeros(1))[0]) if df > 0 else None
    prediction: tuple[float | None, float | None, float | None] = (None, None, None)
    if x is None:
        prediction = _prediction(
            float(beta[0]), float(se[0]), between, k, method, used == "wald", prediction_df, level, fit_words
        )
    weights = at.w[0] / at.w[0].sum()
    moderators = range(1 if intercept else 0, p)
    shown = _for_i2(between, q, df, typical, method)
    i2, i2_low, i2_high = (_share(value, typical) for value in (shown, *limits))
    return RandomEffects(
        coefficients=beta,
        se=se,
        df=t_df,
        p=two_sided(beta / se, t_df),
        low=beta - half,
        high=beta + half,
        covariance=covariance,
        tau2=between,
        tau2_low=limits[0],
        tau2_high=limits[1],
        q=q,
        q_df=df,
        q_p=None if q is None else float(chdtrc(df, q)),
        i2=i2,
        i2_low=i2_low,
        i2_high=i2_high,
        h2=None if typical is None or shown is None else shown / typical + 1.0,
        prediction_low=prediction[0],
        prediction_high=prediction[1],
        prediction_df=prediction[2],
        weights=weights,
        marginal=variance + tau2[0],
        log_likelihood=float(log_likelihood(sets, tau2, restricted=restricted, at=at)[0]),
        k=k,
        omnibus=omnibus(beta, covariance, moderators, t_df) if len(moderators) else None,
        r2=_explained(effect, variance, between, method) if intercept and len(moderators) else None,
        test=used,
        method=method,
        level=level,
        words=tuple(fit_words),
    )


def predict(fit: RandomEffects, x: ArrayLike | None = None) -> tuple[Array, Array, Array, Array, Array]:
    """Expected effect at moderator values, its limits, and the prediction limits there (NaN where the fit has none).

    x : (n, p) rows in the order of the coefficients, with 1 for the intercept; None for the intercept alone
    Returns five (n,) arrays: value, low, high, prediction low, prediction high; t on the df of the fit for all of them.

    >>> fit = random_effects([0.1, 0.3, 0.5, 0.6], [0.02, 0.02, 0.03, 0.02], [1, 2, 3, 4])
    >>> [round(float(part[0]), 2) for part in predict(fit, [[1, 2.5]])[:3]]
    [0.37, 0.29, 0.45]
    """
    p = fit.coefficients.size
    rows = np.eye(1, p) if x is None else np.atleast_2d(np.asarray(x, dtype=np.float64))
    if rows.shape[1] != p:
        raise ValueError(f"x has {rows.shape[1]} columns; {p} are needed, in the order of the coefficients.")
    value = rows @ fit.coefficients
    variance = np.einsum("np,pq,nq->n", rows, fit.covariance, rows)
    t = quantile(fit.df, fit.level)
    half = t * np.sqrt(variance)
    wide = np.full(value.size, np.nan)
    if fit.tau2 is not None and fit.method != "FE" and fit.k - p >= 2:
        wide = t * np.sqrt(variance + fit.tau2)
    return value, value - half, value + half, value - wide, value + wide


def omnibus(beta: Array, covariance: Array, which: range, df: float | None) -> Omnibus:
    """Joint test of some coefficients, F with df or chi-squared without."""
    rows = np.array(which)
    some = beta[rows]
    statistic = float(some @ np.linalg.solve(covariance[np.ix_(rows, rows)], some))
    q = rows.size
    if df is None:
        return Omnibus(statistic, q, None, float(chdtrc(q, statistic)))
    return Omnibus(statistic / q, q, df, float(fdtrc(q, df, statistic / q)))


def quantile(df: float | None, level: float) -> float:
    """Half-width in standard errors."""
    upper = 0.5 + level / 2.0
    return float(ndtri(upper)) if df is None else float(stdtrit(df, upper))


def two_sided(t: Array, df: float | None) -> Array:
    """Two-sided p of t, or of z without df."""
    return np.asarray(2.0 * (ndtr(-np.abs(t)) if df is None else stdtr(df, -np.abs(t))))


def _known(value: str, possible: tuple[str, ...], name: str) -> None:
    if value not in possible:
        raise ValueError(f"{name} is {value!r}; possible are {', '.join(possible)}.")


def _factor(sets: Sets, at: Weighted, test: str, words: list[str]) -> tuple[float, str]:
    """Factor on the usual covariance, and the test that is used in the end."""
    if test == "wald":
        return 1.0, test
    df = float(sets.df[0])
    if df < 1:
        words.append(
            "Limits are normal: as many effects as coefficients leave Knapp-Hartung's width no degrees of freedom."
        )
        return 1.0, "wald"
    factor = float((at.w * at.residual**2).sum()) / df
    if factor <= 1e-20 * max(1.0, float((at.w * sets.y**2).sum())):
        if test == "knapp-hartung-adhoc":
            return 1.0, test
        words.append("Limits are normal: the effects fit exactly, which would make Knapp-Hartung's width 0.")
        return 1.0, "wald"
    return (max(1.0, factor) if test == "knapp-hartung-adhoc" else factor), test


def _no_heterogeneity(k: int, p: int) -> str:
    if k == 1:
        return "One effect alone shows nothing of how effects differ between studies."
    return f"{k} effects and {p} coefficients leave nothing from which heterogeneity could be seen."


def _tau2_limits(sets: Sets, level: float, words: list[str]) -> tuple[float, float]:
    df, tail = sets.df, (1.0 - level) / 2.0
    low = float(q_root(sets, np.asarray(chdtri(df, tail)))[0])
    target = np.asarray(chdtri(df, 1.0 - tail))
    high = float(q_root(sets, target)[0])
    if high == 0.0 and float(q_statistic(sets, np.zeros(1))[0]) < float(target[0]):
        words.append(
            "The effects differ less than chance alone would make them differ, so both limits of the variance between studies are 0."
        )
    return low, high


def _for_i2(between: float | None, q: float | None, df: int, typical: float | None, method: str) -> float | None:
    """The variance between studies that I2 rests on; with fixed effects the one that Q shows."""
    if method != "FE" or q is None or typical is None:
        return between
    return max(0.0, (q / df - 1.0) * typical)


def _share(between: float | None, typical: float | None) -> float | None:
    return None if between is None or typical is None else between / (between + typical)


def _prediction(
    estimate: float, se: float, tau2: float | None, k: int, method: str, normal: bool, rule: str, level: float,
    words: list[str],
) -> tuple[float | None, float | None, float | None]:  # fmt: skip
    """Limits of the true effect of a new study, and their degrees of freedom."""
    _known(rule, ("k-p", "k-p-1"), "prediction_df")
    if method == "FE" or tau2 is None:
        return None, None, None
    if k < 3:
        words.append("No prediction interval: two studies cannot show how effects are spread; three are needed.")
        return None, None, None
    # Normal limits would take tau2 as known; k − 1 is right about how little is known of it, also with a Wald test.
    df = float(k - 1 if rule == "k-p" else k - 2)
    half = quantile(df, level) * float(np.sqrt(se**2 + tau2))
    return estimate - half, estimate + half, df


def _explained(y: Array, v: Array, tau2: float | None, method: str) -> float | None:
    """1 − tau2 with moderators / tau2 without, not below 0 (Raudenbush, 2009)."""
    if tau2 is None or method == "FE":
        return None
    alone = float(tau2_of(sets_of(y, v, np.full((y.size, 1), y.size**-0.5)), method)[0])
    return None if alone == 0.0 else max(0.0, (alone - tau2) / alone)
