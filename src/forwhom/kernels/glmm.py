"""The generalised linear mixed model: binary and count outcomes, by Laplace's approximation or adaptive quadrature.

    g(E[y | b]) = X beta + offset + sum over levels of Z_l b_l,   b_l of each group ~ N(0, tau_l)

Levels may be nested or crossed. Criterion and parameters are those of lme4's glmer (Bates, Maechler, Bolker & Walker
2015, J Stat Softw 67(1), doi:10.18637/jss.v067.i01): beta and the Cholesky factors of tau are searched together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.glmm_boundary import NO_WORSE, boundary_words, nothing_varies, settle, without_limit
from forwhom.kernels.glmm_checks import Checked, check
from forwhom.kernels.glmm_criterion import criterion, factors
from forwhom.kernels.glmm_families import LARGEST_LOG_SHAPE
from forwhom.kernels.glmm_search import Found, minimise
from forwhom.kernels.glmm_setup import Prepared, fixed_only, prepare, start
from forwhom.kernels.mixed_groups import Floats, Level, name

__all__ = ["GlmmFit", "Level", "fit_glmm"]

FamilyName = Literal["binomial", "poisson", "negative_binomial"]
Link = Literal["logit", "probit", "cloglog", "log"]

# A standard deviation on the scale of the link beyond this is an estimate that runs off.
RUNS_OFF = 20.0
# Curvature below this, relative to the largest, is none.
FLAT = 1e-8
# Smallest diagonal of a factor to start from.
LEAST = 0.01
# Whitened standard deviation of the second start, where the first ended at a variance of 0.
FAR = 3.0


@dataclass(frozen=True, slots=True)
class GlmmFit:
    """A fitted generalised mixed model.

    family, link : as asked for; quadrature_points : per random effect, 1 for Laplace
    beta : (p,) fixed effects on the scale of the link (log odds, log rate); beta_cov : (p, p), from the curvature in
        beta and theta together
    tau : per level (q, q) covariance matrix of the random effects, scale of the link squared
    theta : elements of the Cholesky factors of tau, column by column, levels as given (lme4's theta)
    parameter_cov : covariance of (beta, theta, log shape); 0 for what lies on a boundary
    shape : of a negative binomial, variance = mean + mean^2 / shape; None for other families, and without limit (Poisson)
    loglik : with all constants; deviance : -2 loglik
    n_rows, n_groups : rows, and groups per level (rows coded -1 at a level are in none)
    n_parameters : fixed effects, variances and covariances, shape together
    converged : another step would change the log-likelihood by rounding only
    iterations : steps of the search; gradient_norm : largest slope of the deviance in the whitened parameters
    singular : an estimate lies on the boundary (a variance of 0, a correlation of -1 or 1); message says which
    search : what is computed with later
    """

    family: FamilyName
    link: Link
    quadrature_points: int
    beta: Floats
    beta_cov: Floats
    tau: tuple[Floats, ...]
    theta: Floats
    parameter_cov: Floats
    shape: float | None
    loglik: float
    deviance: float
    n_rows: int
    n_groups: tuple[int, ...]
    n_parameters: int
    converged: bool
    iterations: int
    gradient_norm: float
    singular: bool
    message: str
    search: Search = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Search:
    """The model as searched, where the search ended (x, u), and the curvature there; what it was made of."""

    prepared: Prepared
    x: Floats
    u: Floats
    hessian: Floats
    ready: Checked
    levels: tuple[Level, ...]


def fit_glmm(
    y: NDArray[np.floating],
    X: NDArray[np.floating],
    levels: Sequence[Level],
    *,
    family: FamilyName = "binomial",
    link: Link | None = None,
    trials: NDArray[np.floating] | None = None,
    weights: NDArray[np.floating] | None = None,
    offset: NDArray[np.floating] | None = None,
    quadrature_points: int = 1,
    start_theta: NDArray[np.floating] | None = None,
    names: Sequence[str] | None = None,
) -> GlmmFit:
    """Fit a generalised linear mixed model by maximum likelihood.

    y : (N,) successes (0 or 1 when there is one trial) or counts; X : (N, p) fixed effects, the constant included
    levels : grouping factors in any order, nested or crossed; no absent values anywhere
    link : "logit" (default for binomial), "probit", "cloglog"; "log" for counts
    trials : (N,) of a binomial outcome, 1 by default
    weights : (N,) above 0; multiplies the log-likelihood of a row (how often it occurred)
    offset : (N,) added to the linear predictor, e.g. log of the time observed
    quadrature_points : 1 for Laplace; more (7 to 25) for adaptive Gauss-Hermite quadrature, one grouping factor only
    start_theta : theta to start from; names : words for the columns of X in messages

    Raises ValueError, with everything that is wrong, for absent values, constant outcomes, outcomes that X separates,
    collinear columns, and levels whose variance has no finite estimate. Source: Bates et al. (2015), Pinheiro & Bates (1995);
    compared with lme4 and glmmTMB in validation/glmm.

    >>> relapsed = np.array([0.0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1])
    >>> patient = np.repeat(np.arange(4), 3)
    >>> fit = fit_glmm(relapsed, np.ones((12, 1)), [Level(np.ones((12, 1)), patient)], quadrature_points=9)
    >>> round(fit.loglik, 4), fit.singular, fit.message
    (-8.3178, True, 'level 1: the variance is estimated as 0')
    """
    chosen: Link = link or ("logit" if family == "binomial" else "log")
    ready = check(y, X, levels, family, chosen, trials, weights, offset)
    prepared = prepare(ready, levels, family, chosen, quadrature_points)
    words = list(names) if names is not None else [f"column {k + 1}" for k in range(ready.X.shape[1])]
    beta, information = fixed_only(prepared, ready, words)
    x, inverse = start(prepared, beta, information)
    if start_theta is not None:
        x = _with_theta(prepared, x, np.asarray(start_theta, dtype=np.float64))
    function = Evaluated(prepared)

    def search(x: Floats) -> Found:
        function.u[:] = 0.0
        jump = partial(without_limit, prepared)
        return settle(prepared, function, minimise(function, x, inverse, jump=jump))

    found = search(x)
    if nothing_varies(prepared, found.x):
        # A variance of 0 can be a maximum beside a higher one far away.
        other = search(start(prepared, beta, information, first=FAR)[0])
        found = other if other.value < found.value - NO_WORSE else found
    return _result(ready, tuple(levels), prepared, found, family, chosen, quadrature_points)


class Evaluated:
    """The criterion as a function of x that starts each search for the mode where the last one ended."""

    def __init__(self, prepared: Prepared) -> None:
        self.setup = prepared.setup
        self.u = np.zeros(prepared.setup.layout.columns)

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        found = criterion(self.setup, x, self.u)
        if np.isfinite(found.value):
            self.u = found.u
        return found.value, found.gradient


def _with_theta(prepared: Prepared, x: Floats, theta: Floats) -> Floats:
    p = prepared.setup.X.shape[1]
    end = len(x) - prepared.setup.shaped
    if theta.shape != (end - p,) or not np.isfinite(theta).all():
        raise ValueError(f"start_theta must hold {end - p} finite values; its shape is {theta.shape}.")
    x = x.copy()
    x[p:end] = np.linalg.solve(prepared.back[p:end, p:end], theta)
    for part, row, column in zip(prepared.setup.slices, prepared.setup.rows, prepared.setup.columns, strict=True):
        own = x[part]
        # At 0 the slope is 0, and the search could not leave.
        x[part] = np.where((row == column) & (np.abs(own) < LEAST), LEAST, own)
    return x


def _inverse(hessian: Floats) -> tuple[Floats, bool]:
    """Twice the inverse on the directions that are curved, and whether a direction curves the wrong way."""
    values, vectors = np.linalg.eigh(hessian)
    curved = values > FLAT * values[-1]
    kept = vectors[:, curved]
    return 2.0 * (kept / values[curved]) @ kept.T, bool((values < -1e-5 * values[-1]).any())


def _result(
    ready: Checked,
    levels: tuple[Level, ...],
    prepared: Prepared,
    found: Found,
    family: FamilyName,
    link: Link,
    points: int,
) -> GlmmFit:
    setup, layout = prepared.setup, prepared.setup.layout
    labels = [level.label for level in levels]
    final = criterion(setup, found.x, np.zeros(layout.columns), gradient=False)
    p = setup.X.shape[1]
    boundary = boundary_words(prepared, found.x, labels)
    covariance, wrong_way = _inverse(found.hessian)
    words = list(boundary)
    ran = [
        name(labels, layout.given[k]) for k, one in enumerate(factors(setup, found.x)) if np.abs(one).max() > RUNS_OFF
    ]
    words += [
        f"{called}: the variance runs off: in nearly all groups the outcomes are all alike, and no finite estimate is "
        "supported"
        for called in ran
    ]
    if not found.converged or wrong_way:
        words.append(f"the search stopped after {found.iterations} steps without reaching a maximum of the likelihood")
    covariance = prepared.back @ covariance @ prepared.back.T
    original = prepared.back @ found.x
    roots = [back @ one for back, one in zip(prepared.z_back, factors(setup, found.x), strict=True)]
    order = np.argsort(layout.given)
    deviance = final.value - 2.0 * setup.family.constant
    return GlmmFit(
        family=family,
        link=link,
        quadrature_points=points,
        beta=original[:p],
        beta_cov=covariance[:p, :p],
        tau=tuple(roots[k] @ roots[k].T for k in order),
        theta=original[p : len(original) - setup.shaped],
        parameter_cov=covariance,
        shape=float(np.exp(found.x[-1])) if setup.shaped and found.x[-1] <= LARGEST_LOG_SHAPE else None,
        loglik=-deviance / 2,
        deviance=deviance,
        n_rows=len(setup.X),
        n_groups=tuple(layout.real[k] for k in order),
        n_parameters=setup.size,
        converged=found.converged and not ran and not wrong_way,
        iterations=found.iterations,
        gradient_norm=float(np.abs(found.gradient).max()),
        singular=bool(boundary),
        message="; ".join(words),
        search=Search(prepared, found.x, final.u, found.hessian, ready, levels),
    )
