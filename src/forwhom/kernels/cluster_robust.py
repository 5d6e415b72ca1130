"""Least squares with standard errors that hold in small samples, whatever the variances and within-cluster correlations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, stdtr, stdtrit

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
_SINGULAR = 1e-10
_ROUNDING = 1e-12
_LEANS = 1e-7
_ONE_ALONE = "one cluster (or one person in none) alone determines it, and others say nothing of its width"


@dataclass(frozen=True, slots=True)
class RobustFit:
    """Ordinary least squares, with what the robust covariance CR2 needs.

    beta : (p,) coefficients; cov (p, p) their CR2 covariance; bread (p, p) (X'X)^-1
    residuals : (n,)
    n_clusters : of people who count as one; n without clusters
    """

    beta: Array
    cov: Array
    bread: Array
    residuals: Array
    n: int
    n_clusters: int
    _weighted: Array = field(repr=False)
    _orthonormal: Array = field(repr=False)
    _group: Codes = field(repr=False)
    _alone: Array = field(repr=False)

    def of_one_cluster(self, rows: ArrayLike) -> NDArray[np.bool_]:
        """Which contrasts (q, p) of the coefficients cannot be estimated without one of the clusters; (q,)."""
        contrasts = np.asarray(rows, dtype=np.float64)
        size = np.sqrt(np.einsum("qp,pr,qr->q", contrasts, self.bread, contrasts))
        leans: NDArray[np.bool_] = np.abs(contrasts @ self._alone).max(axis=1, initial=0.0) > _LEANS * size
        return leans


@dataclass(frozen=True, slots=True)
class RobustT:
    """One contrast: t = value / se on Satterthwaite's df; low and high at `level`; p two-sided, p_above for value > 0.

    problem : why there is a value and no width (se, df, limits and p are NaN then); empty otherwise
    """

    value: float
    se: float
    df: float
    low: float
    high: float
    level: float
    p: float
    p_above: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RobustF:
    """Joint test of several contrasts: approximate Hotelling's T2 (HTZ). `problem` says why there is none."""

    f: float | None
    df_numerator: int
    df_denominator: float | None
    p: float | None
    problem: str = ""


def cluster_codes(cluster: ArrayLike | None, n: int) -> Codes:
    """Codes 0 … G − 1; without clusters, and for people in none (code −1), everybody is a cluster of one.

    >>> cluster_codes([4, -1, 4, -1], 4)
    array([0, 1, 0, 2])
    """
    if cluster is None:
        return np.arange(n, dtype=np.intp)
    given = np.asarray(cluster, dtype=np.intp)
    if given.shape != (n,):
        raise ValueError(f"cluster has shape {given.shape}; one code for each of the {n} people is needed.")
    alone = given < 0
    own = given.copy()
    own[alone] = given.max(initial=0) + 1 + np.arange(int(alone.sum()))
    first: Codes = np.unique(own, return_inverse=True)[1].astype(np.intp)
    return first


def fit_robust(y: ArrayLike, x: ArrayLike, cluster: ArrayLike | None = None) -> RobustFit:
    """Least squares of y on x with the bias-reduced robust covariance CR2.

    y : (n,) any unit; x : (n, p) of full column rank, intercept included by the caller; all finite
    cluster : (n,) codes of people treated together, −1 in none; None: everybody is independent (CR2 is then HC2)

    CR2 multiplies each cluster's residuals by (I − H_gg)^(-1/2), so that the covariance is unbiased when the errors are
    in truth independent with one variance (Bell & McCaffrey, 2002; Pustejovsky & Tipton, 2018, eq. 6-7).
    Raises ValueError when x is rank deficient or fewer than two clusters remain.

    >>> fit = fit_robust([1.0, 3.0, 2.0, 6.0], np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]]))
    >>> fit.beta.round(2), np.sqrt(np.diag(fit.cov)).round(2)
    (array([0.9, 1.4]), array([0.53, 0.54]))
    """
    outcome, design = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if design.ndim != 2 or outcome.shape != design.shape[:1]:
        raise ValueError(f"x has shape {design.shape} and y {outcome.shape}; (n, p) and (n,) are needed.")
    if not (np.isfinite(outcome).all() and np.isfinite(design).all()):
        raise ValueError("y and x must be finite; leave out people with absent values first.")
    n, p = design.shape
    orthonormal, triangle = np.linalg.qr(design) if n > p else (design, np.zeros((p, p)))
    # What a column adds to those before it, against its own length.
    if not (np.abs(np.diag(triangle)) > _SINGULAR * np.sqrt((design**2).sum(axis=0))).all():
        raise ValueError(f"{n} rows cannot determine {p} coefficients that say different things; use fewer columns.")
    group = cluster_codes(cluster, n)
    n_clusters = int(group.max()) + 1
    if n_clusters < 2:
        raise ValueError("All people are in one cluster; at least two are needed to see how much clusters differ.")
    inverse = np.linalg.solve(triangle, np.eye(p))
    bread = inverse @ inverse.T
    beta = inverse @ (orthonormal.T @ outcome)
    residuals = outcome - design @ beta
    # What rounding leaves of an outcome that the columns give exactly is no error to learn a width from.
    residuals = np.where(np.abs(residuals) > _ROUNDING * np.abs(outcome).max(), residuals, 0.0)
    weighted = _adjusted(orthonormal, group, n_clusters) @ inverse.T
    meat = _sum_by(weighted * residuals[:, None], group, n_clusters)
    alone = inverse @ shown_by_one(orthonormal, group, n_clusters)
    return RobustFit(beta, meat.T @ meat, bread, residuals, n, n_clusters, weighted, orthonormal, group, alone)


def robust_t(fit: RobustFit, contrast: ArrayLike, *, level: float = 0.95) -> RobustT:
    """t of one contrast (p,) with Satterthwaite's df under independent errors (Bell & McCaffrey, 2002).

    Where one cluster alone determines the contrast there is no width: least squares follows that cluster, and its residuals
    are 0 in that direction whatever its error. (clubSandwich leaves the direction out and gives a width of what remains.)

    >>> fit = fit_robust([1.0, 3.0, 2.0, 6.0], np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]]))
    >>> t = robust_t(fit, [0, 1])
    >>> round(t.value, 2), round(t.df, 2), round(t.p, 2)
    (1.4, 1.51, 0.16)
    """
    row = np.asarray(contrast, dtype=np.float64)
    value = float(row @ fit.beta)
    if fit.of_one_cluster(row[None, :])[0]:
        nan = float("nan")
        return RobustT(value, nan, nan, nan, nan, level, nan, nan, _ONE_ALONE)
    se = float(np.sqrt(np.maximum(row @ fit.cov @ row, 0.0)))
    df = degrees_of_freedom(fit, row[None, :])
    if not se > 0.0:
        return RobustT(value, se, df, value, value, level, float("nan"), float("nan"))
    t, half = value / se, float(stdtrit(df, 0.5 + level / 2.0)) * se
    above = float(stdtr(df, -t))
    return RobustT(value, se, df, value - half, value + half, level, float(2.0 * stdtr(df, -abs(t))), above)


def robust_f(fit: RobustFit, rows: ArrayLike) -> RobustF:
    """Joint test that every row (q, p) of contrasts is 0: the HTZ approximation of Pustejovsky & Tipton (2018, sec. 3.2).

    F = (eta − q + 1) / (eta q) Q on q and eta − q + 1 degrees of freedom; with one row the square of `robust_t`.

    >>> fit = fit_robust([1.0, 3.0, 2.0, 6.0], np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]]))
    >>> round(robust_f(fit, [[0.0, 1.0]]).p, 4) == round(robust_t(fit, [0, 1]).p, 4)
    True
    """
    contrasts = np.atleast_2d(np.asarray(rows, dtype=np.float64))
    q = contrasts.shape[0]
    if np.linalg.matrix_rank(contrasts) < q:
        raise ValueError("The contrasts are linearly dependent; leave out those the others imply.")
    if fit.of_one_cluster(contrasts).any():
        return RobustF(None, q, None, None, _ONE_ALONE.replace("it,", "an effect,"))
    eta = degrees_of_freedom(fit, contrasts)
    covariance = contrasts @ fit.cov @ contrasts.T
    # In units of what independent errors give, so that a moderator's own unit does not look like no variance.
    unit = np.sqrt(np.diag(contrasts @ fit.bread @ contrasts.T))
    if np.linalg.matrix_rank(covariance / np.outer(unit, unit)) < q:
        why = (
            "there are fewer clusters than effects to test together"
            if fit.n_clusters < q
            else "the outcome hardly varies among the people these effects rest on"
        )
        return RobustF(None, q, None, None, why)
    if eta - q + 1 <= 0:
        return RobustF(None, q, None, None, "too few people or clusters stand behind the effects tested together")
    effect = contrasts @ fit.beta
    f = float((eta - q + 1.0) / (eta * q) * (effect @ np.linalg.solve(covariance, effect)))
    df = eta - q + 1.0
    return RobustF(f, q, df, float(fdtrc(q, df, f)))


def robust_mean(values: ArrayLike, cluster: ArrayLike | None = None, *, level: float = 0.95) -> RobustT:
    """Mean of values with its interval, which holds when few clusters carry what the mean does not know.

    values : (n,), finite; cluster : (n,) codes, −1 in none, or None: everybody is independent (Student's t then)
    Standard error CR2, as `fit_robust` of an intercept; degrees of freedom by Satterthwaite, under errors with the same
    correlation within every cluster, estimated and never below 0 (Imbens & Kolesar, 2016, REStat 98:701-712, sec. IV).
    Clusters less one would count everybody who is in no cluster: with five therapists in one of two arms it gives the
    width of a hundred clusters, where what is not known comes from five. The error is not kept above that of
    independent people: the degrees of freedom stand for its being small by chance.
    Fewer than two people (clusters), or clusters whose sums agree to the last digit although people differ: limits are
    infinite.

    >>> mean = robust_mean([1.0, 2.0, 3.0, 6.0], [0, 0, 1, 1])
    >>> mean.value, round(mean.se, 2), round(mean.df, 2)
    (3.0, 1.5, 1.0)
    """
    given = np.asarray(values, dtype=np.float64)
    n = given.size
    if given.ndim != 1 or not np.isfinite(given).all():
        raise ValueError("values must be one finite number per person; leave out people with absent values first.")
    value = float(given.mean()) if n else float("nan")
    group = cluster_codes(cluster, n)
    size = np.bincount(group).astype(np.float64)
    if size.size < 2:
        return RobustT(value, np.inf, 0.0, -np.inf, np.inf, level, float("nan"), float("nan"))
    rest = given - value
    sums = np.bincount(group, weights=rest)
    share = size / n
    factor = 1.0 / (1.0 - share)
    se = float(np.sqrt((factor * sums**2).sum()) / n)
    squares = float((rest**2).sum())
    pairs = float((size * (size - 1.0)).sum())
    alike = (float((sums**2).sum()) - squares) / pairs * n / squares if pairs > 0 and squares > 0 else 0.0
    df = _df_of_mean(size, share, factor, min(1.0, max(0.0, alike)))
    if not se > _SINGULAR * np.sqrt(squares) / n:
        half = 0.0 if np.ptp(given) <= _ROUNDING * abs(value) else np.inf
        return RobustT(value, half, df, value - half, value + half, level, float("nan"), float("nan"))
    t, half = value / se, float(stdtrit(df, 0.5 + level / 2.0)) * se
    p, above = float(2.0 * stdtr(df, -abs(t))), float(stdtr(df, -t))
    return RobustT(value, se, df, value - half, value + half, level, p, above)


def _df_of_mean(size: Array, share: Array, factor: Array, alike: float) -> float:
    """(tr C)^2 / tr(C C), C the covariance of the clusters' adjusted sums of residuals, as diagonal plus rank two."""
    if size.max() == 1.0:
        return size.size - 1.0
    variance = size * (1.0 + (size - 1.0) * alike)
    total, root = float(variance.sum()), np.sqrt(factor)
    own, p, q = factor * variance, root * variance, root * share
    pq, pp, qq = float(p @ q), float(p @ p), float(q @ q)
    trace = float(own.sum()) - 2.0 * pq + total * qq
    low_rank = 2.0 * pp * qq + 2.0 * pq**2 - 4.0 * total * pq * qq + (total * qq) ** 2
    squared = float(own @ own) + 2.0 * float(own @ (total * q**2 - 2.0 * p * q)) + low_rank
    return trace**2 / squared


def _adjusted(orthonormal: Array, group: Codes, n_clusters: int) -> Array:
    """(I − H_gg)^(-1/2) Q_g of every cluster, stacked; directions a cluster alone determines are left out."""
    if n_clusters == group.size:
        rest = 1.0 - (orthonormal**2).sum(axis=1)
        return orthonormal * np.where(rest > _SINGULAR, 1.0 / np.sqrt(np.maximum(rest, _SINGULAR)), 0.0)[:, None]
    adjusted = np.empty_like(orthonormal)
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        part = orthonormal[rows]
        # I − Q Q' acts as 1 − s^2 along the left singular vectors of Q, so only a small matrix is decomposed.
        left, singular, right = np.linalg.svd(part, full_matrices=False)
        rest = 1.0 - singular**2
        factor = np.where(rest > _SINGULAR, singular / np.sqrt(np.maximum(rest, _SINGULAR)), 0.0)
        adjusted[rows] = (left * factor) @ right
    return adjusted


def _sum_by(values: Array, group: Codes, n_groups: int) -> Array:
    if n_groups == group.size:
        # Everybody alone: the order of people serves as well as that of clusters.
        return values
    out = np.zeros((n_groups, *values.shape[1:]))
    np.add.at(out, group, values)
    return out


def shown_by_one(orthonormal: Array, group: Codes, n_clusters: int) -> Array:
    """(p, m) directions of the orthonormal columns (n, p) that only one cluster shows: its own block Q_g'Q_g is 1 there."""
    length = _sum_by((orthonormal**2).sum(axis=1, keepdims=True), group, n_clusters)[:, 0]
    found = [np.zeros((orthonormal.shape[1], 0))]
    for g in np.flatnonzero(length > 1.0 - _SINGULAR):
        part = orthonormal[group == g]
        values, vectors = np.linalg.eigh(part.T @ part)
        found.append(vectors[:, values > 1.0 - _SINGULAR])
    return np.hstack(found)


def degrees_of_freedom(fit: RobustFit, contrasts: Array) -> float:
    """Degrees of freedom eta of the CR2 covariance D of contrasts (q, p): q (q + 1) / sum of Var(D_st), E(D) made I.

    With one contrast it is Satterthwaite's (tr C)^2 / tr(C C), C the covariance of what the clusters add. D is set against its
    expectation and not against (X'X)^-1: where a cluster has directions without residual CR2 is too small on average.
    NaN where the expectation is singular.
    Cluster g adds u_g = a_g' e for each contrast; Cov(u_g, u_h) = a_g' (I − H)_gh a_h, written as a diagonal less a product of
    rank p, so that no matrix over pairs of people is formed.
    """
    plain = np.sqrt(np.einsum("qp,pr,qr->q", contrasts, fit.bread, contrasts))
    a = fit._weighted @ (contrasts / plain[:, None]).T
    values, vectors = np.linalg.eigh(_expected(fit, a))
    if not values[0] > _SINGULAR:
        return float("nan")
    a = a @ ((vectors / np.sqrt(values)) @ vectors.T)
    q, n_clusters = contrasts.shape[0], fit.n_clusters
    own = [[_sum_by(a[:, s] * a[:, t], fit._group, n_clusters) for t in range(q)] for s in range(q)]
    low = [_sum_by(fit._orthonormal * a[:, [s]], fit._group, n_clusters) for s in range(q)]
    total = 0.0
    for s in range(q):
        for t in range(q):
            cross = low[s].T @ low[t]
            both = (low[s] * low[t]).sum(axis=1)
            total += float(
                own[s][s] @ own[t][t]
                - own[s][s] @ (low[t] ** 2).sum(axis=1)
                - own[t][t] @ (low[s] ** 2).sum(axis=1)
                + (cross**2).sum()
                + own[s][t] @ own[s][t]
                - 2.0 * own[s][t] @ both
                + (cross * cross.T).sum()
            )
    return float(q * (q + 1.0) / total)


def _expected(fit: RobustFit, a: Array) -> Array:
    """(q, q) sum over clusters of a_g' (I − H)_gg a_g: the CR2 covariance on average under independent errors."""
    low = np.stack([_sum_by(fit._orthonormal * column[:, None], fit._group, fit.n_clusters) for column in a.T])
    return np.asarray(a.T @ a - np.einsum("sgp,tgp->st", low, low))
