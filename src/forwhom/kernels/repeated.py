"""Mixed model for repeated measures (MMRM): generalised least squares with a structured covariance over occasions.

Model: the outcomes of one person are normal with mean X beta and a covariance matrix over occasions that all persons
(or all of one arm) share; missing outcomes are missing at random given the observed ones (Mallinckrodt et al., 2008).
Optionally persons share a therapist or site with its own random effect, on all occasions or on some of them only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forwhom.kernels.covariance_structures import COVARIANCES, CovarianceName, Structure, structure
from forwhom.kernels.repeated_likelihood import Method, split
from forwhom.kernels.repeated_optimise import Optimum, optimise
from forwhom.kernels.repeated_statistics import NotEstimableError, Sufficient, condense

__all__ = ["COVARIANCES", "CovarianceName", "NotEstimableError", "RepeatedFit", "fit_repeated"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RepeatedFit:
    """A fitted mixed model for repeated measures.

    beta : (p,) coefficients; beta_cov (p, p) model-based covariance (X'V^-1 X)^-1, not adjusted for small samples
    covariance : (m, m) over occasions, or (g, m, m) with one per group
    theta : covariance parameters, named by `theta_names`: as SAS PROC MIXED prints them, variances not deviations
    cluster_variance : variance between clusters tau2, at an occasion of weight 1; None without clusters; 0.0 when the
        optimum lies on the boundary
    n_clusters : clusters with a person observed where the cluster acts
    loglik, deviance : log likelihood (restricted under REML) and -2 times it, on SAS's and lme4's scale; the same as
        nlme's under ML and REML
    aic_nlme, bic_nlme : count p + r parameters and N - p (REML) or N (ML) rows
    aic_sas, bic_sas : count r (REML) or p + r (ML) parameters and persons; also those of the R package mmrm under REML
    converged : optimum found, with positive definite information, away from a singular covariance
    gradient_norm : largest derivative of -2 log likelihood by scale-free coordinates, at the result
    message : what happened, in words
    """

    beta: Array
    beta_cov: Array
    covariance: Array
    theta: Array
    theta_names: tuple[str, ...]
    cluster_variance: float | None
    loglik: float
    deviance: float
    aic_nlme: float
    bic_nlme: float
    aic_sas: float
    bic_sas: float
    converged: bool
    iterations: int
    gradient_norm: float
    message: str
    method: Method
    structure_name: CovarianceName
    n_persons: int
    n_rows: int
    n_occasions: int
    n_clusters: int
    data: Sufficient = field(repr=False)


def fit_repeated(
    y: ArrayLike,
    x: ArrayLike,
    person: ArrayLike,
    occasion: ArrayLike,
    n_occasions: int,
    *,
    covariance: CovarianceName = "unstructured",
    group: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    cluster_occasions: ArrayLike | None = None,
    method: Method = "REML",
    max_iterations: int = 100,
) -> RepeatedFit:
    """Fit by (restricted) maximum likelihood; Newton steps with exact derivatives from condensed data.

    y : (N,) outcome, any unit; NaN rows count as not observed
    x : (N, p) design of full column rank, intercept included by the caller
    person, occasion : (N,) integer codes; occasion 0 … n_occasions - 1, at most one row per person and occasion
    covariance : over occasions; "ar1" kinds take neighbouring occasions as equally spaced
    group : (N,) codes 0 … g - 1, constant within person: one covariance matrix per group (arm)
    cluster : (N,) codes, constant within person, -1 for persons in no cluster: random effect of therapist or site
    cluster_occasions : (m,) weight z of the cluster's effect at each occasion, all 1 by default (random intercept).
        A therapist can have no effect before treatment: 0 there and 1 after. Rows j and k of one cluster have covariance
        tau2 z_j z_k through it, as lme4's (0 + z | cluster)

    Raises ValueError for invalid input, NotEstimableError (a ValueError) when the data can not support the model.
    Numerical failure is no exception: `converged` is False and `message` says why.

    Source: Jennrich & Schluchter (1986); Lindstrom & Bates (1988); REML as Harville (1977).

    >>> y = np.array([10.0, 7.0, 12.0, 9.5, 14.0, 9.0, 9.0, 8.0])
    >>> visit = np.tile([0, 1], 4)
    >>> fit = fit_repeated(y, np.eye(2)[visit], np.repeat(np.arange(4), 2), visit, 2)
    >>> fit.beta.round(3), fit.covariance.round(3)
    (array([11.25 ,  8.375]), array([[4.917, 1.708],
           [1.708, 1.229]]))
    """
    if method not in ("REML", "ML"):
        raise ValueError(f"method is {method!r}; 'REML' and 'ML' are possible.")
    shape = structure(covariance, n_occasions)
    every_pair = covariance == "unstructured" and n_occasions > 1
    codes = (None if c is None else np.asarray(c) for c in (group, cluster))
    stats = condense(
        np.asarray(y, dtype=float),
        np.asarray(x, dtype=float),
        np.asarray(person),
        np.asarray(occasion),
        n_occasions,
        *codes,
        every_pair=every_pair,
        loading=None if cluster_occasions is None else np.asarray(cluster_occasions, dtype=float),
    )
    n_parameters = len(shape.names) * stats.n_groups + (stats.clusters is not None)
    spare = stats.n_rows - stats.n_fixed
    if spare < n_parameters:
        raise NotEstimableError(
            f"{stats.n_rows} rows less {stats.n_fixed} coefficients leave {spare} for {n_parameters} covariance "
            "parameters. Choose a simpler covariance or fewer columns."
        )
    return _result(stats, shape, optimise(stats, shape, method, max_iterations), method, covariance)


def _result(
    stats: Sufficient, shape: Structure, found: Optimum, method: Method, covariance: CovarianceName
) -> RepeatedFit:
    point = found.point
    theta, tau2 = split(stats, point.theta)
    sigma = np.stack([shape.matrix(t) for t in theta])
    names = shape.names
    if stats.n_groups > 1:
        names = tuple(f"group[{g}].{name}" for g in range(stats.n_groups) for name in shape.names)
    if stats.clusters is not None:
        names = (*names, "cluster_variance")
    p, r = stats.n_fixed, point.theta.size
    reml = method == "REML"
    counted = r if reml else p + r
    deviance = point.deviance
    return RepeatedFit(
        beta=point.beta / stats.scale + stats.shift,
        beta_cov=point.phi / np.outer(stats.scale, stats.scale),
        covariance=sigma if stats.n_groups > 1 else sigma[0],
        theta=point.theta,
        theta_names=names,
        cluster_variance=tau2 if stats.clusters is not None else None,
        loglik=-deviance / 2.0,
        deviance=deviance,
        aic_nlme=deviance + 2.0 * (p + r),
        bic_nlme=deviance + float(np.log(stats.n_rows - p * reml)) * (p + r),
        aic_sas=deviance + 2.0 * counted,
        bic_sas=deviance + float(np.log(stats.n_persons)) * counted,
        converged=found.converged,
        iterations=found.iterations,
        gradient_norm=found.gradient_norm,
        message=found.message,
        method=method,
        structure_name=covariance,
        n_persons=stats.n_persons,
        n_rows=stats.n_rows,
        n_occasions=stats.n_occasions,
        n_clusters=0 if stats.clusters is None else stats.clusters.by_cluster.size,
        data=stats,
    )
