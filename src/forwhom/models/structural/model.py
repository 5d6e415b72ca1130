"""Structural equation models: the syntax of lavaan and a table in, a labelled fit out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from forwhom.kernels.sem.fit import SemFit, fit_sem
from forwhom.kernels.sem.indices import Indices, indices, srmr
from forwhom.kernels.sem.ram import implied
from forwhom.models.frames import frame_of
from forwhom.models.structural.bootstrap import Draws, draws, refitted, unlinked
from forwhom.models.structural.data import Groups, groups_of
from forwhom.models.structural.estimates import estimates
from forwhom.models.structural.matrices import ram, starts
from forwhom.models.structural.ordered_fit import fitted_ordered, labelled_ordered, refitted_ordered
from forwhom.models.structural.prepare import prepare
from forwhom.models.structural.result import Missing, Sem
from forwhom.models.structural.standardised import Here
from forwhom.models.structural.table import Kind, Model
from forwhom.models.structural.words import messages
from forwhom.problems import Problem, ProblemsFound

Array = NDArray[np.float64]
LOG_2PI = float(np.log(2 * np.pi))


def sem(
    syntax: str,
    data: Any,
    *,
    group: str | None = None,
    missing: Missing | None = None,
    robust: bool = False,
    ordered: Sequence[str] | bool = (),
    parameterisation: Literal["delta", "theta"] = "delta",
    kind: Kind = "sem",
    std_lv: bool = False,
    fixed_x: bool = True,
    group_equal: Sequence[str] = (),
    level: float = 0.95,
    bootstrap: int = 0,
    rng: np.random.Generator | None = None,
) -> Sem:
    """Fit a structural equation model: by maximum likelihood, or to ordered answers by weighted least squares.

    syntax : lavaan's: =~ ~ ~~ ~1 := ==, labels, fixed values, start(), c(…) per group in the sorted order of the groups
    data : data frame (polars, pandas, pyarrow …) or mapping of names to columns; absent values null or NaN
    group : column of groups, each with parameters of its own but for equal labels and `group_equal`
    missing : "fiml" takes every observed value (missing at random); "listwise" persons without missing values, with
        standard errors from the expected information, as lavaan has it; "pairwise", for ordered answers only, takes each
        correlation from those who have both answers (missing completely at random). None: fiml, or pairwise if ordered
    robust : MLR: sandwich standard errors and scaled tests (Yuan & Bentler, 2000); always so with ordered answers
    ordered : columns that hold ordered answers, or True for everything that is measured or explained: thresholds and
        polychoric correlations, diagonally weighted least squares, mean- and variance-adjusted test (WLSMV)
    parameterisation : of ordered answers: "delta" fixes the scales of the responses behind them, "theta" their residuals
    kind : "sem" (also confirmatory factor analysis), "growth" (intercepts of indicators 0, latent means free), "plain"
        (nothing added but intercepts)
    std_lv : latent variances 1 instead of first loadings 1
    fixed_x : observed predictors are taken as given: no parameters of theirs, and rows in which one is missing are left
        out; False models their joint normal distribution and keeps those rows
    group_equal : loadings, intercepts, thresholds, residuals, means, lv_variances, regressions
    bootstrap : draws of persons, within groups, for standard errors and percentile intervals; needs `rng`

    Means are always modelled (with ordered answers, thresholds). Raises ProblemsFound with everything that is wrong with the
    syntax or the data; an improper or unsettled solution is returned, and said in `messages`.

    >>> rng = np.random.default_rng(1)
    >>> trait = rng.standard_normal(300)
    >>> data = {f"x{i}": trait + rng.standard_normal(300) for i in range(1, 5)}
    >>> fit = sem("f =~ x1 + x2 + x3 + x4", data)
    >>> fit.converged, fit.fit.df, fit["f=~x1"].estimate
    (True, 2, 1.0)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1.")
    if bootstrap and rng is None:
        raise ValueError("a bootstrap needs rng, such as np.random.default_rng(1).")
    frame = frame_of(data)
    model = prepare(
        syntax,
        frame,
        group=group,
        kind=kind,
        std_lv=std_lv,
        fixed_x=fixed_x,
        equal=group_equal,
        ordered=ordered,
        theta=parameterisation == "theta",
        more=_unfit(missing, bool(ordered)),
    )
    if missing is None:
        missing = "pairwise" if model.ordered else "fiml"
    numbers = groups_of(
        frame, model.observed, model.exogenous, group, listwise=missing == "listwise", sums=not model.ordered
    )
    if model.ordered:
        found = fitted_ordered(model, numbers)
        drawn = None
        if bootstrap and rng is not None and found.converged:
            drawn = draws(lambda y: refitted_ordered(found, y), numbers, model.free, bootstrap, rng)
        return labelled_ordered(
            model, numbers, found, syntax=syntax, kind=kind, missing=missing, level=level, drawn=drawn
        )
    expected = missing == "listwise" and not robust
    fit = fitted(model, numbers, robust=robust, expected=expected)
    drawn = None
    if bootstrap and rng is not None and fit.converged:
        drawn = draws(lambda y: refitted(fit, y), numbers, model.free, bootstrap, rng)
    return labelled(
        model, numbers, fit, syntax=syntax, kind=kind, missing=missing, robust=robust, level=level, drawn=drawn
    )


def _unfit(missing: Missing | None, ordered: bool) -> list[Problem]:
    """A way to deal with missing values that the estimator does not have."""
    if missing != ("fiml" if ordered else "pairwise"):
        return []
    do = 'Use missing="pairwise" or "listwise".' if ordered else 'Use missing="fiml" or "listwise".'
    why = "ordered answers are not fitted by likelihood" if ordered else "pairwise is for ordered answers"
    return [Problem("model-missing", do, found=f"missing is {missing}, but {why}")]


def fitted(model: Model, numbers: Groups, *, robust: bool, expected: bool) -> SemFit:
    """Run the kernel; what it refuses becomes a Problem."""
    try:
        return fit_sem(
            [ram(model, group) for group in range(model.groups)],
            numbers.y,
            starts(model, numbers.y),
            robust=robust,
            expected=expected,
            exogenous=[model.observed.index(name) for name in model.exogenous],
        )
    except ValueError as why:
        singular = "the information is singular: the model, or the unrestricted one, is not identified in these data"
        found = singular if isinstance(why, np.linalg.LinAlgError) else str(why)
        do = "Look for variables that are sums of others, for too many parameters, or give start values: start(0.5)*x."
        raise ProblemsFound([Problem("model-refused", do, found=found)]) from None


def labelled(
    model: Model,
    numbers: Groups,
    fit: SemFit,
    *,
    syntax: str,
    kind: Kind,
    missing: Missing,
    robust: bool,
    level: float,
    drawn: Draws | None = None,
) -> Sem:
    """Labels around what the kernel returned."""
    covariance = fit.covariance if fit.robust is None else fit.robust
    covariance = covariance if fit.converged else np.full_like(covariance, np.nan)
    theta, covariance, drawn = unlinked(model, fit.theta, covariance, drawn)
    parameters, defined = estimates(model, numbers.labels, theta, covariance, _implied_by(model), level, drawn)
    given = len(model.exogenous)
    free = model.free - model.groups * given * (given + 3) // 2
    loglik = fit.loglik - sum(_given_loglik(model, y) for y in numbers.y)
    moments = [(at.sigma, at.mu) for at in fit.observed], [(at.sigma, at.mu) for at in fit.implied]
    sizes = [group.data.n for group in fit.groups]
    plain, scaled, corrected = _indices(fit)
    said = messages(model, fit, parameters, free)
    said += tuple(
        f"{each.left} := {each.right} has no value here." for each in defined if not np.isfinite(each.estimate)
    )
    return Sem(
        syntax=syntax,
        kind=kind,
        missing=missing,
        robust=robust,
        level=level,
        intervals="normal" if drawn is None else "bootstrap percentile",
        parameters=parameters,
        defined=defined,
        n=fit.n,
        groups=tuple(zip(numbers.labels, sizes, strict=True)) if numbers.labels else (),
        left_out=numbers.left_out,
        patterns=sum(group.data.count.size for group in fit.groups),
        free=free,
        fit=plain,
        scaled=scaled,
        robust_fit=corrected,
        scaling=fit.scaling,
        srmr=srmr(*moments, sizes),
        loglik=loglik,
        aic=2 * free - 2 * loglik,
        bic=free * float(np.log(fit.n)) - 2 * loglik,
        converged=fit.converged,
        messages=(*said, *(drawn.messages if drawn else ())),
        model=model,
        kernel=fit,
    )


def _implied_by(model: Model) -> Callable[[Array], Here]:
    models = [ram(model, group, linked=False) for group in range(model.groups)]
    return lambda theta: ([implied(each, theta) for each in models], {})


def _given_loglik(model: Model, y: Array) -> float:
    """Log likelihood of the predictors taken as given, which is no part of the model's."""
    if not model.exogenous:
        return 0.0
    x = y[:, [model.observed.index(name) for name in model.exogenous]]
    covariance = np.atleast_2d(np.cov(x, rowvar=False, bias=True))
    return float(-x.shape[0] / 2 * (x.shape[1] * (LOG_2PI + 1) + np.linalg.slogdet(covariance)[1]))


def _indices(fit: SemFit) -> tuple[Indices, Indices | None, Indices | None]:
    """Plain, scaled and robust; robust ones from incomplete data as complete data would have given them."""
    own, base = (fit.chisq, fit.df), (fit.baseline_chisq, fit.baseline_df)
    groups = len(fit.groups)
    plain = indices(*own, *base, n=fit.n, groups=groups)
    robust = None
    found = fit.corrected
    if found is not None and 0 < found.scaling < np.inf and 0 < found.baseline_scaling < np.inf:
        robust = indices(
            found.chisq, fit.df, found.baseline_chisq, fit.baseline_df,
            n=fit.n, groups=groups, scaling=found.scaling, baseline_scaling=found.baseline_scaling,
        )  # fmt: skip
    c, b = fit.scaling, fit.baseline_scaling
    # Scalings are not finite where the information is singular; negative ones come with misfit in tiny samples.
    if c is None or b is None or not (0 < c < np.inf and 0 < b < np.inf):
        return plain, None, robust
    scaled = indices(own[0] / c, own[1], base[0] / b, base[1], n=fit.n, groups=groups)
    if not all(group.data.complete for group in fit.groups):
        return plain, scaled, robust
    return plain, scaled, indices(*own, *base, n=fit.n, groups=groups, scaling=c, baseline_scaling=b)


__all__ = ["fitted", "labelled", "sem"]
