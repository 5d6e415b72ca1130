"""Three-level meta-analysis: effects within studies (samples), studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.random_effects import Omnibus, omnibus
from forwhom.kernels.meta_analysis.two_variances import Array, Point, Turned, turn
from forwhom.kernels.meta_analysis.variance_search import highest, profile_limits

Df = Literal["between-within", "satterthwaite", "normal"]
DFS: tuple[str, ...] = ("between-within", "satterthwaite", "normal")


@dataclass(frozen=True, slots=True)
class ThreeLevel:
    """Pooled effect, or coefficients, when studies give several effects.

    coefficients, se, p, low, high, df : (p,); df infinite where limits are normal; covariance : (p, p)
    sigma2_between, sigma2_within : variance of true effects between studies, and between effects of a study; None where the
        data cannot tell (one study; or one effect each, when all variance is between)
    …_low, …_high : profile-likelihood limits; None for a high limit that the likelihood does not set, or limits not asked for
    q, q_df, q_p : test that all effects are the same but for sampling error (Cochran, with the sampling covariance)
    i2_between, i2_within : shares of the variance of observed effects, 0 to 1
    prediction_low, prediction_high, prediction_df : for an effect of a new study; None with moderators or below three studies
    marginal : (k, k) covariance of the effects, sampling and true together
    n_clusters : studies; words : why something is absent or was done otherwise than asked
    """

    coefficients: Array
    se: Array
    df: Array
    p: Array
    low: Array
    high: Array
    covariance: Array
    sigma2_between: float | None
    sigma2_within: float | None
    sigma2_between_low: float | None
    sigma2_between_high: float | None
    sigma2_within_low: float | None
    sigma2_within_high: float | None
    q: float | None
    q_df: int
    q_p: float | None
    i2_between: float | None
    i2_within: float | None
    prediction_low: float | None
    prediction_high: float | None
    prediction_df: float | None
    marginal: Array
    log_likelihood: float
    k: int
    n_clusters: int
    omnibus: Omnibus | None
    df_method: str
    method: str
    level: float
    words: tuple[str, ...] = ()

    @property
    def estimate(self) -> float:
        """The first coefficient: the pooled effect when there is no moderator."""
        return float(self.coefficients[0])


def three_level(
    y: ArrayLike,
    v: ArrayLike,
    cluster: ArrayLike,
    *,
    x: ArrayLike | None = None,
    level: float = 0.95,
    df: Df = "between-within",
    method: Literal["REML", "ML"] = "REML",
    intercept: bool = True,
    limits: bool = True,
) -> ThreeLevel:
    """Pool effects within studies (Konstantopoulos, 2011; Van den Noortgate et al., 2013).

    y : (k,) effects; v : (k,) sampling variances, or (k, k) their covariance within studies (`block_covariance`)
    cluster : (k,) label of the study or independent sample; x : (k, q) moderators without intercept
    df : "between-within", studies less coefficients for what is constant within studies, effects less coefficients for
        the rest (metafor's "contain"); "satterthwaite", from the information of the two variances; "normal"
    limits : profile limits of the variances, the slow part
    The model is y = x beta + b_study + w_effect + e. With one effect per study it is `random_effects`. Tests rest on the model;
    `cluster_robust` with `marginal` holds also when it is wrong.
    Raises ValueError on input that cannot be used.

    >>> fit = three_level([0.1, 0.3, 0.5, 0.4, 0.9, 0.7], [0.05] * 6, [1, 1, 2, 2, 3, 3])
    >>> round(fit.estimate, 3), fit.df, round(fit.sigma2_between, 3)
    (0.483, array([2.]), 0.066)
    """
    effect, given = _effects(y, v)
    checks.level_of(level)
    if df not in DFS:
        raise ValueError(f"df is {df!r}; possible are {', '.join(DFS)}.")
    if method not in ("REML", "ML"):
        raise ValueError(f"method is {method!r}; possible are REML, ML.")
    columns = checks.design(x, effect.size, intercept=intercept)
    group = checks.codes(cluster, effect.size)
    k, p = columns.shape
    studies = int(group.max()) + 1
    words: list[str] = []
    basis, triangle = np.linalg.qr(columns)
    data = turn(effect, basis, given, group)
    free = _free(k, p, studies, words)
    restricted = method == "REML"
    best, at = highest(data, free, restricted=restricted)
    back = np.linalg.inv(triangle)
    beta, covariance = back @ at.beta, back @ at.inverse @ back.T
    se = np.sqrt(np.diag(covariance))
    dfs = _dfs(df, at, best, free, back, covariance, columns, group, studies)
    half = stdtrit(dfs, 0.5 + level / 2.0) * se
    between, within = (float(best[i]) if free[i] else None for i in range(2))
    found: list[tuple[float | None, float | None]] = [(None, None), (None, None)]
    for i in range(2):
        if limits and free[i]:
            found[i] = profile_limits(data, best, at.value, i, free, level, restricted=restricted)
    q = _q(data) if k > p else None
    typical = _typical(data)
    prediction: tuple[float | None, float | None, float | None] = (None, None, None)
    if x is None:
        prediction = _prediction(float(beta[0]), float(se[0]), float(dfs[0]), best, studies, level, words)
    total = None if typical is None else float(best.sum()) + typical
    some = range(1 if intercept else 0, p)
    joint = None if df == "normal" or not len(some) else float(dfs[list(some)].min())
    return ThreeLevel(
        coefficients=beta,
        se=se,
        df=dfs,
        p=np.asarray(2.0 * stdtr(dfs, -np.abs(beta / se))),
        low=beta - half,
        high=beta + half,
        covariance=covariance,
        sigma2_between=between,
        sigma2_within=within,
        sigma2_between_low=found[0][0],
        sigma2_between_high=found[0][1],
        sigma2_within_low=found[1][0],
        sigma2_within_high=found[1][1],
        q=q,
        q_df=k - p,
        q_p=None if q is None else float(chdtrc(k - p, q)),
        i2_between=None if between is None or total is None else between / total,
        i2_within=None if within is None or total is None else within / total,
        prediction_low=prediction[0],
        prediction_high=prediction[1],
        prediction_df=prediction[2],
        marginal=_marginal(given, group, best),
        log_likelihood=at.value,
        k=k,
        n_clusters=studies,
        omnibus=omnibus(beta, covariance, some, joint) if len(some) else None,
        df_method=df,
        method=method,
        level=level,
        words=tuple(words),
    )


def _effects(y: ArrayLike, v: ArrayLike) -> tuple[Array, Array]:
    """Effects, and variances or covariances."""
    given = np.asarray(v, dtype=np.float64)
    if given.ndim != 2:
        return checks.effects_and_variances(y, given)
    if given.shape[0] != given.shape[1] or not np.isfinite(given).all():
        raise ValueError(f"The sampling covariance has shape {given.shape}; a square of finite numbers is needed.")
    effect, _ = checks.effects_and_variances(y, np.diag(given))
    return effect, given


def _free(k: int, p: int, studies: int, words: list[str]) -> tuple[bool, bool]:
    """Which of the variances (between, within) the data can show."""
    if k <= p:
        words.append(f"{k} effects and {p} coefficients leave nothing from which heterogeneity could be seen.")
        return False, False
    if studies == 1:
        words.append("All effects are from one study, so nothing is seen of how studies differ.")
        return False, True
    if studies == k:
        words.append(
            "Each study gives one effect, so variance within studies cannot be told from variance between them."
        )
        return True, False
    return True, True


def _dfs(
    df: str, at: Point, best: Array, free: tuple[bool, bool], back: Array, covariance: Array, columns: Array,
    group: NDArray[np.intp], studies: int,
) -> Array:  # fmt: skip
    """Degrees of freedom of each coefficient."""
    k, p = columns.shape
    if df == "normal":
        return np.full(p, np.inf)
    first = columns[np.unique(group, return_index=True)[1]][group]
    constant = np.isclose(columns, first, rtol=0.0, atol=1e-12 * np.abs(columns).max()).all(axis=0)
    contain: Array = np.asarray(np.maximum(np.where(constant, studies, k) - p, 1), dtype=np.float64)
    inside = [i for i in range(2) if free[i] and best[i] > 0.0]
    if df == "between-within" or not inside:
        return contain
    # Satterthwaite: 2 Var² / (gradient' Cov(variances) gradient), variances at 0 taken as known.
    spread = np.linalg.inv(at.expected[np.ix_(inside, inside)])
    out = np.empty(p)
    for j in range(p):
        gradient = np.array([back[j] @ at.toward[i] @ back[j] for i in inside])
        out[j] = 2.0 * covariance[j, j] ** 2 / float(gradient @ spread @ gradient)
    return out


def _q(data: Turned) -> float:
    """Cochran's Q with the sampling covariance alone."""
    wx = data.x / data.spread[:, None]
    beta = np.linalg.solve(data.x.T @ wx, wx.T @ data.y)
    return float(((data.y - data.x @ beta) ** 2 / data.spread).sum())


def _typical(data: Turned) -> float | None:
    """(k − p) / tr(P), P of the sampling covariance alone."""
    k, p = data.x.shape
    if k <= p:
        return None
    wx = data.x / data.spread[:, None]
    trace = float((1.0 / data.spread).sum() - np.trace(np.linalg.solve(data.x.T @ wx, wx.T @ wx)))
    return float((k - p) / trace)


def _prediction(
    estimate: float, se: float, df: float, best: Array, studies: int, level: float, words: list[str]
) -> tuple[float | None, float | None, float | None]:
    if studies < 3:
        words.append("No prediction interval: three studies or more are needed to see how effects are spread.")
        return None, None, None
    half = float(stdtrit(df, 0.5 + level / 2.0)) * float(np.sqrt(se**2 + best.sum()))
    return estimate - half, estimate + half, None if np.isinf(df) else df


def _marginal(given: Array, group: NDArray[np.intp], best: Array) -> Array:
    whole: Array = np.diag(given) if given.ndim == 1 else given.copy()
    whole = whole + best[0] * (group[:, None] == group[None, :])
    whole[np.diag_indices_from(whole)] += best[1]
    return whole
