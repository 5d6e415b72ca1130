"""Small-sample degrees of freedom for contrasts of a mixed model for repeated measures.

Satterthwaite: Giesbrecht & Burns (1985), several rows as Fai & Cornelius (1996).
Kenward-Roger: Kenward & Roger (1997), adjusted covariance of the coefficients and scaled F.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.covariance_structures import Structure, structure
from forwhom.kernels.repeated import RepeatedFit
from forwhom.kernels.repeated_likelihood import (
    Point,
    cluster_vectors,
    differentiate,
    evaluate,
    second_moments,
    split,
)
from forwhom.kernels.repeated_statistics import Sufficient

Array = NDArray[np.float64]
Information = Literal["observed", "expected"]
Version = Literal["linear", "second_order"]


@dataclass(frozen=True, slots=True)
class Contrasts:
    """One row per contrast, each (k,).

    estimate, se, low, high : in the unit of y times the contrast; low and high at `level`, two-sided
    df : degrees of freedom of t; t = estimate / se; p two-sided
    beta_cov : (p, p) covariance of the coefficients behind `se`
    method : what was done, in words
    """

    estimate: Array
    se: Array
    df: Array
    t: Array
    p: Array
    low: Array
    high: Array
    level: float
    beta_cov: Array
    method: str


@dataclass(frozen=True, slots=True)
class FTest:
    """Joint test that every row of L beta is 0: `f` already multiplied by `scale`, degrees of freedom, p.

    All but `df_numerator` are None where the approximation breaks down, and `problem` says why.
    """

    f: float | None
    scale: float | None
    df_numerator: int
    df_denominator: float | None
    p: float | None
    method: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Small:
    """phi (p, p); products (r, p, p) X'V^-1 V_r V^-1 X; weight (r, r) covariance of the r covariance parameters."""

    phi: Array
    products: Array
    weight: Array
    adjusted: Array


def satterthwaite(
    fit: RepeatedFit, contrasts: ArrayLike, *, level: float = 0.95, information: Information = "observed"
) -> Contrasts:
    """Wald t of each row of `contrasts` (k, p) or (p,) with Satterthwaite degrees of freedom.

    information : of the covariance parameters; "observed" as SAS and mmrm, "expected" as the Fisher information.
    A cluster variance estimated as 0 counts as known, as in SAS. Raises ValueError when the fit has not converged.

    >>> from forwhom.kernels.repeated import fit_repeated
    >>> y = np.array([3.0, 5.0, 4.0, 8.0, 9.0, 7.0])
    >>> arm = np.repeat([0.0, 1.0], 3)
    >>> fit = fit_repeated(y, np.column_stack([np.ones(6), arm]), np.arange(6), np.zeros(6, int), 1)
    >>> result = satterthwaite(fit, [0, 1])
    >>> result.estimate.round(6), result.df.round(6)
    (array([4.]), array([4.]))
    """
    rows = _rows(fit, contrasts)
    small = _small(fit, information)
    return _table(fit, rows, fit.beta_cov, _df(rows, small), level, f"Satterthwaite, {information} information")


def kenward_roger(
    fit: RepeatedFit,
    contrasts: ArrayLike,
    *,
    level: float = 0.95,
    version: Version = "linear",
    information: Information = "observed",
) -> Contrasts:
    """Wald t of each row of `contrasts` with Kenward-Roger standard errors and degrees of freedom.

    version : "linear" leaves out second derivatives of V by the covariance parameters (SAS KR(FIRSTORDER), mmrm
        Kenward-Roger-Linear); "second_order" adds them in SAS's parameters (variances and correlation). The same for
        unstructured and compound symmetry, whose second derivatives vanish (SAS DDFM=KR).
    information : "observed" as SAS and mmrm, "expected" as in the paper and pbkrtest.

    Raises ValueError when the fit has not converged or was not fitted by REML.

    >>> from forwhom.kernels.repeated import fit_repeated
    >>> y = np.array([10.0, 7.0, 12.0, 9.5, 14.0, 9.0, 9.0, 8.0])
    >>> visit = np.tile([0, 1], 4)
    >>> fit = fit_repeated(y, np.eye(2)[visit], np.repeat(np.arange(4), 2), visit, 2)
    >>> kenward_roger(fit, [[-1.0, 1.0]]).df.round(6)
    array([3.])
    """
    rows = _rows(fit, contrasts)
    small = _small(fit, information, version)
    words = f"Kenward-Roger ({version}), {information} information"
    return _table(fit, rows, small.adjusted, _df(rows, small), level, words)


def satterthwaite_f(fit: RepeatedFit, contrasts: ArrayLike, *, information: Information = "observed") -> FTest:
    """Joint F test of the rows of `contrasts` (Fai & Cornelius, 1996). Rows must be linearly independent."""
    from scipy.special import fdtrc

    rows = _independent(_rows(fit, contrasts))
    small = _small(fit, information)
    values, vectors = np.linalg.eigh(rows @ fit.beta_cov @ rows.T)
    turned = vectors.T @ rows
    k = rows.shape[0]
    f = float(np.mean((turned @ fit.beta) ** 2 / values))
    df = _df(turned, small)
    if k == 1:
        denominator = float(df[0])
    else:
        # Below 2 the mean of F does not exist, and the published rule falls back to 2.
        total = float(np.sum(np.where(df > 2, df / np.where(df > 2, df - 2, 1.0), 0.0)))
        denominator = 2.0 * total / (total - k) if total > k else 2.0
    return FTest(f, 1.0, k, denominator, float(fdtrc(k, denominator, f)), f"Satterthwaite, {information} information")


def kenward_roger_f(
    fit: RepeatedFit, contrasts: ArrayLike, *, version: Version = "linear", information: Information = "observed"
) -> FTest:
    """Joint scaled F test of the rows of `contrasts` (Kenward & Roger, 1997, section 3). Rows must be independent."""
    from scipy.special import fdtrc

    rows = _independent(_rows(fit, contrasts))
    small = _small(fit, information, version)
    k = rows.shape[0]
    theta = rows.T @ np.linalg.solve(rows @ small.phi @ rows.T, rows)
    turned = np.einsum("ij,jk,rkl,lm->rim", theta, small.phi, small.products, small.phi, optimize=True)
    traces = np.trace(turned, axis1=1, axis2=2)
    a1 = float(traces @ small.weight @ traces)
    a2 = float(np.einsum("rs,rij,sji->", small.weight, turned, turned, optimize=True))
    words = f"Kenward-Roger ({version}), {information} information"
    found = _kr_scale(k, a1, a2)
    if found is None:
        problem = (
            f"{fit.n_persons} persons are too few for a joint test of {k} contrasts: no F has the required moments."
        )
        return FTest(None, None, k, None, None, words, problem)
    scale, denominator = found
    value = rows @ fit.beta
    f = scale * float(value @ np.linalg.solve(rows @ small.adjusted @ rows.T, value)) / k
    return FTest(f, scale, k, denominator, float(fdtrc(k, denominator, f)), words)


def _kr_scale(k: int, a1: float, a2: float) -> tuple[float, float] | None:
    """Scale and denominator degrees of freedom from A1 and A2 of Kenward & Roger (1997); None where none are positive.

    Written without their quotients of moments, which pass through infinity while the degrees of freedom stay finite.
    """
    if k == 1:
        return 1.0, 2.0 / a2 if a2 > 0 else float("inf")
    if a2 <= 0:
        return 1.0, float("inf")
    b = (a1 + 6.0 * a2) / (2.0 * k)
    g = ((k + 1) * a1 - (k + 4) * a2) / ((k + 2) * a2)
    base = 3 * k + 2 * (1 - g)
    v0, v1, v2 = 1.0 + g / base * b, 1.0 - (k - g) / base * b, 1.0 - (k + 2 - g) / base * b
    inverse_mean = 1.0 - a2 / k
    excess = inverse_mean**2 * v0 - v1**2 * v2
    if excess == 0.0:
        return inverse_mean, float("inf")
    denominator = 4.0 + (k + 2.0) * v1**2 * v2 / excess
    if denominator <= 0.0 or abs(denominator - 2.0) < 1e-8:
        return None
    scale = denominator * inverse_mean / (denominator - 2.0)
    return (scale, denominator) if scale > 0.0 else None


def _rows(fit: RepeatedFit, contrasts: ArrayLike) -> Array:
    rows = np.atleast_2d(np.asarray(contrasts, dtype=float))
    if rows.ndim != 2 or rows.shape[1] != fit.beta.size or not np.isfinite(rows).all():
        raise ValueError(f"contrasts must be finite, (k, {fit.beta.size}); got {np.shape(contrasts)}.")
    if not rows.any(axis=1).all():
        raise ValueError("a contrast with only zeros has no standard error; leave it out.")
    return rows


def _independent(rows: Array) -> Array:
    if np.linalg.matrix_rank(rows) < rows.shape[0]:
        raise ValueError("the rows of the contrasts are linearly dependent; leave out those the others imply.")
    return rows


def _df(rows: Array, small: _Small) -> Array:
    """2 Var^2 / Var(Var) of each contrast; infinite where its variance does not depend on covariance parameters."""
    weighted = rows @ small.phi
    variance = np.einsum("kp,kp->k", weighted, rows)
    slope = np.einsum("kp,rpq,kq->kr", weighted, small.products, weighted, optimize=True)
    spread = np.einsum("kr,rs,ks->k", slope, small.weight, slope, optimize=True)
    with np.errstate(divide="ignore"):
        return np.asarray(2.0 * variance**2 / spread)


def _small(fit: RepeatedFit, information: Information, version: Version | None = None) -> _Small:
    if not fit.converged:
        raise ValueError(f"the fit has not converged ({fit.message}), so degrees of freedom would mean nothing.")
    if version is not None and fit.method != "REML":
        raise ValueError("Kenward-Roger is defined for REML; refit with method='REML'.")
    if information not in ("observed", "expected") or version not in (None, "linear", "second_order"):
        raise ValueError("information is 'observed' or 'expected', version 'linear' or 'second_order'.")
    stats = fit.data
    shape = structure(fit.structure_name, fit.n_occasions)
    point = evaluate(stats, shape, fit.theta, fit.method)
    assert point is not None
    derivatives = differentiate(stats, shape, point, fit.method)
    hessian = derivatives.hessian if information == "observed" else derivatives.expected
    free = np.ones(fit.theta.size, dtype=bool)
    if fit.cluster_variance == 0.0:
        free[-1] = False
    weight = np.zeros_like(hessian)
    weight[np.ix_(free, free)] = 2.0 * _inverse(hessian[np.ix_(free, free)])
    p = stats.n_fixed
    products = derivatives.products[:, :p, :p]
    adjusted = point.phi
    if version is not None:
        adjusted = point.phi + _adjustment(stats, shape, point, products, weight, version)
    scale = np.outer(stats.scale, stats.scale)
    return _Small(point.phi / scale, products * scale, weight, adjusted / scale)


def _inverse(hessian: Array) -> Array:
    """Inverse of a positive definite matrix whose rows may differ by orders of magnitude."""
    size = np.sqrt(np.diag(hessian))
    half = np.linalg.inv(np.linalg.cholesky(hessian / np.outer(size, size)))
    return np.asarray((half.T @ half) / np.outer(size, size))


def _adjustment(
    stats: Sufficient, shape: Structure, point: Point, products: Array, weight: Array, version: Version
) -> Array:
    """2 Phi [sum_rs W_rs (Q_rs - P_r Phi P_s - R_rs / 4)] Phi (Kenward & Roger, 1997, equation 5)."""
    inner = _sum_of_q(stats, shape, point, weight)
    inner -= np.einsum("rs,rij,jk,skl->il", weight, products, point.phi, products, optimize=True)
    if version == "second_order" and not shape.linear:
        inner -= 0.25 * _sum_of_r(stats, shape, point, weight)
    result = 2.0 * point.phi @ inner @ point.phi
    return (result + result.T) / 2.0


def _sum_of_q(stats: Sufficient, shape: Structure, point: Point, weight: Array) -> Array:
    """Sum over r, s of W_rs X'V^-1 V_r V^-1 V_s V^-1 X, without forming any single one."""
    theta, _ = split(stats, point.theta)
    p, r, m = stats.n_fixed, theta.shape[1], stats.n_occasions
    firsts = [shape.first(t) for t in theta]
    result = np.zeros((p, p))
    kernels = np.zeros_like(point.inverse)
    for g, first in enumerate(firsts):
        here = stats.group == g
        flat = first.reshape(r, m * m)
        place = slice(g * r, (g + 1) * r)
        outer = (flat.T @ weight[place, place] @ flat).reshape(m, m, m, m)
        kernels[here] = np.einsum("jkli,ckl->cji", outer, point.inverse[here], optimize=True)
    x = point.weighted[..., :p]
    result += x.reshape(-1, p).T @ (kernels[stats.cell] @ x).reshape(-1, p)
    if stats.clusters is not None and point.cluster is not None:
        state, k = point.cluster, stats.clusters
        correction = state.correction[..., :p]
        rest = state.sums[..., :p] - 0.5 * k.count[:, None, None] * correction
        cross = rest.reshape(-1, p).T @ (kernels[k.cell] @ correction).reshape(-1, p)
        result -= cross + cross.T
        vectors = cluster_vectors(stats, point, firsts)[1][..., :p]
        u, n_theta = state.u[:, :p], theta.size
        inner = np.einsum("rs,hsp->hrp", weight[:n_theta, :n_theta], vectors, optimize=True)
        result -= np.einsum("h,hrp,hrq->pq", state.kappa, vectors, inner, optimize=True)
        side = np.einsum("r,hrp->hp", weight[:n_theta, -1], vectors) * state.omega[:, None] ** 2
        result += side.T @ u + u.T @ side
        result += weight[-1, -1] * (u * (state.omega**3 * state.c)[:, None]).T @ u
    return result


def _sum_of_r(stats: Sufficient, shape: Structure, point: Point, weight: Array) -> Array:
    """Sum over r, s of W_rs X'V^-1 V_rs V^-1 X."""
    theta, _ = split(stats, point.theta)
    p, r = stats.n_fixed, theta.shape[1]
    result = np.zeros((p, p))
    for g, t in enumerate(theta):
        second = shape.second(t)
        if second is not None:
            place = slice(g * r, (g + 1) * r)
            bend = np.tensordot(weight[place, place], second, axes=2)
            moments = second_moments(stats, point, g)[:, :p, :, :p]
            result += np.einsum("jk,jakb->ab", bend, moments, optimize=True)
    return result


def _table(fit: RepeatedFit, rows: Array, beta_cov: Array, df: Array, level: float, method: str) -> Contrasts:
    from scipy.special import stdtr, stdtrit

    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; it must lie between 0 and 1, such as 0.95.")
    estimate = rows @ fit.beta
    se = np.sqrt(np.einsum("kp,pq,kq->k", rows, beta_cov, rows))
    t = estimate / se
    width = stdtrit(df, 0.5 + level / 2.0) * se
    return Contrasts(
        estimate, se, df, t, 2.0 * stdtr(df, -np.abs(t)), estimate - width, estimate + width, level, beta_cov, method
    )
