"""Cluster-robust inference for pooled effects: CR2, Satterthwaite's degrees of freedom, Hotelling-like joint tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from forwhom.kernels.cluster_robust import RobustF, RobustFit, degrees_of_freedom, robust_f, shown_by_one
from forwhom.kernels.meta_analysis import checks
from forwhom.kernels.meta_analysis.effects import Array

_SINGULAR = 1e-10
FEW_DF = 4.0
"""Satterthwaite degrees of freedom below which p is not to be trusted (Tipton, 2015)."""


@dataclass(frozen=True, slots=True)
class ClusterRobust:
    """Coefficients with widths that hold whatever the dependence within clusters.

    coefficients, se, df, p, low, high : (p,); covariance : (p, p); df by Satterthwaite, one per coefficient
    joint : of all moderators (HTZ); None without
    words : which coefficients have too few degrees of freedom (below 4) for their p, and which rest on one cluster alone;
        those have NaN for everything but the coefficient, because how clusters differ says nothing of them
    """

    coefficients: Array
    se: Array
    df: Array
    p: Array
    low: Array
    high: Array
    covariance: Array
    joint: RobustF | None
    n_clusters: int
    kind: str
    level: float
    words: tuple[str, ...]
    _fit: RobustFit = field(repr=False)

    @property
    def estimate(self) -> float:
        """The first coefficient: the pooled effect when there is no moderator."""
        return float(self.coefficients[0])

    def wald(self, rows: ArrayLike) -> RobustF:
        """Joint test that contrasts (q, p) of the coefficients are 0 (Pustejovsky & Tipton, 2018)."""
        return robust_f(self._fit, rows)


def cluster_robust(
    y: ArrayLike,
    covariance: ArrayLike,
    cluster: ArrayLike,
    *,
    x: ArrayLike | None = None,
    level: float = 0.95,
    intercept: bool = True,
    kind: Literal["CR2"] = "CR2",
) -> ClusterRobust:
    """Weighted least squares with weights from a working covariance, and CR2 widths that do not believe it.

    y : (k,) effects; covariance : (k,) or (k, k) of the effects, sampling and true together (`marginal` of a fit)
    cluster : (k,) labels of independent samples; covariance may not link two of them
    x : (k, q) moderators without intercept, as in the fit

    The adjustment is that of clubSandwich for inverse-variance weights (Pustejovsky & Tipton, 2018, eq. 6-7), the working
    covariance as target. Raises ValueError below two clusters.

    >>> found = cluster_robust([0.1, 0.3, 0.5, 0.4, 0.9, 0.7], [0.05] * 6, [1, 1, 2, 2, 3, 3])
    >>> round(found.estimate, 3), found.se.round(3), found.df.round(2)
    (0.483, array([0.174]), array([2.]))
    """
    whole = np.asarray(covariance, dtype=np.float64)
    effect, _ = checks.effects_and_variances(y, np.diag(whole) if whole.ndim == 2 else whole)
    checks.level_of(level)
    if kind != "CR2":
        raise ValueError(f"kind is {kind!r}; possible is CR2.")
    design = checks.design(x, effect.size, intercept=intercept)
    group = checks.codes(cluster, effect.size)
    fit = _fit(effect, design, whole, group)
    p = design.shape[1]
    se, df = np.sqrt(np.diag(fit.cov)), np.array([degrees_of_freedom(fit, row[None, :]) for row in np.eye(p)])
    single = fit.of_one_cluster(np.eye(p))
    se[single], df[single] = np.nan, np.nan
    half = stdtrit(df, 0.5 + level / 2.0) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        two_sided = 2.0 * stdtr(df, -np.abs(fit.beta / se))
    moderators = np.eye(p)[1 if intercept else 0 :]
    return ClusterRobust(
        coefficients=fit.beta,
        se=se,
        df=df,
        p=two_sided,
        low=fit.beta - half,
        high=fit.beta + half,
        covariance=fit.cov,
        joint=_joint(fit, moderators, single) if x is not None and len(moderators) else None,
        n_clusters=fit.n_clusters,
        kind=kind,
        level=level,
        words=_words(df, single),
        _fit=fit,
    )


def _fit(y: Array, x: Array, whole: Array, group: NDArray[np.intp]) -> RobustFit:
    """The fit in whitened effects, where the kernel of robust tests finds what it needs."""
    k, n_clusters = y.size, int(group.max()) + 1
    if n_clusters < 2:
        raise ValueError("All effects are in one cluster; at least two are needed to see how much clusters differ.")
    if whole.ndim == 2 and np.abs(np.where(group[:, None] == group[None, :], 0.0, whole)).max(initial=0.0) > 0.0:
        raise ValueError("The covariance links effects of different clusters; give them one cluster.")
    order = np.argsort(group, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    lower = [_cholesky(whole, part) for part in rows]
    white_x, white_y = np.empty_like(x), np.empty(k)
    for part, low in zip(rows, lower, strict=True):
        solved = np.linalg.solve(low, np.column_stack([x[part], y[part]]))
        white_x[part], white_y[part] = solved[:, :-1], solved[:, -1]
    basis, triangle = np.linalg.qr(white_x)
    back = np.linalg.inv(triangle)
    beta, bread = back @ (basis.T @ white_y), back @ back.T
    white_residual = white_y - white_x @ beta
    weighted = np.empty_like(x)
    for part, low in zip(rows, lower, strict=True):
        weighted[part] = _adjusted(basis[part], low) @ back.T
    meat = np.zeros((n_clusters, x.shape[1]))
    np.add.at(meat, group, weighted * white_residual[:, None])
    alone = back @ shown_by_one(basis, group, n_clusters)
    return RobustFit(beta, meat.T @ meat, bread, y - x @ beta, k, n_clusters, weighted, basis, group, alone)


def _joint(fit: RobustFit, rows: Array, single: NDArray[np.bool_]) -> RobustF:
    if single.any():
        return RobustF(None, rows.shape[0], None, None, "one cluster alone determines a coefficient")
    return robust_f(fit, rows)


def _words(df: Array, single: NDArray[np.bool_]) -> tuple[str, ...]:
    words = []
    if single.any():
        names = ", ".join(str(j + 1) for j in np.flatnonzero(single))
        words.append(f"Coefficient {names}: one cluster alone determines it, so clusters tell nothing of its width.")
    few = np.flatnonzero(df < FEW_DF)
    if few.size:
        names = ", ".join(str(j + 1) for j in few)
        words.append(
            f"Coefficient {names}: below {FEW_DF:g} degrees of freedom, where p and limits are not to be trusted."
        )
    return tuple(words)


def _cholesky(whole: Array, part: NDArray[np.intp]) -> Array:
    """L of the cluster's covariance L L'."""
    if whole.ndim == 1:
        return np.diag(np.sqrt(whole[part]))
    try:
        return np.asarray(np.linalg.cholesky(whole[np.ix_(part, part)]), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise ValueError("The covariance is not positive definite: some correlations cannot hold together.") from None


def _adjusted(basis: Array, low: Array) -> Array:
    """Rows a of whitened effects with which a cluster enters, for coefficients of the orthonormal columns.

    clubSandwich takes A = D' B^(-1/2) D, B = D (Phi − X (X'WX)^-1 X') D', Phi = D'D. With D = L' and whitened columns Q this is
    B = L'L (I − QQ') L'L, and the whitened rows are L' (A' L^-T Q) = L'L B^(-1/2) Q.
    """
    inner = low.T @ low
    if inner.shape[0] == 1:
        rest = 1.0 - float((basis**2).sum())
        return basis / np.sqrt(rest) if rest > _SINGULAR else np.zeros_like(basis)
    target = inner @ (np.eye(inner.shape[0]) - basis @ basis.T) @ inner
    values, vectors = np.linalg.eigh(0.5 * (target + target.T))
    # A direction that the cluster alone determines has no residual to learn from.
    kept = values > _SINGULAR * max(float(values[-1]), float(np.trace(inner @ inner)) * 1e-6)
    root = (vectors * np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)) @ vectors.T
    return np.asarray(inner @ (root @ basis))
